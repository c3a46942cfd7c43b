resource "krenalis_workspace" "this" {
  name           = var.name
  profile_schema = var.profile_schema

  warehouse = {
    platform = "PostgreSQL"
    settings = var.warehouse
  }

  # an object of which nothing is left is a warning
  ui_preferences = var.user_profile == null ? null : { user_profile = var.user_profile }

  identifiers                        = var.identifiers
  resolve_identities_on_batch_import = false # a nightly job calls resolve_identities()

  deletion_protection = var.protected
}

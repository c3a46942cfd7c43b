terraform {
  required_providers {
    krenalis = { source = "krenalis/krenalis" }
  }
}

variable "workspace" {
  type = any
}

resource "krenalis_workspace" "this" {
  name           = "Customers"
  profile_schema = jsondecode(var.workspace.profile_schema)
  warehouse      = { platform = "PostgreSQL", settings = var.workspace.settings }
  drop_columns   = var.workspace.drop_columns
  on_destroy     = "drop"

  deletion_protection = false
}

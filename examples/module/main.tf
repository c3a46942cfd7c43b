# A module that makes a workspace as your company wants workspaces to be, called once for each entry of a map.

terraform {
  required_version = ">= 1.11"

  required_providers {
    krenalis = {
      source  = "krenalis/krenalis"
      version = "~> 0.1"
    }
  }
}

# A module that is called with for_each has no provider block of its own: the root's is passed.
provider "krenalis" {
  postgresql = { password = var.password }
}

module "workspace" {
  source   = "./modules/workspace"
  for_each = var.workspaces

  providers = { krenalis = krenalis }

  name           = each.value.name
  profile_schema = jsondecode(file("${path.module}/${each.value.profile_schema}"))
  warehouse      = merge(var.server, { schema = each.key })
  user_profile   = each.value.user_profile
  identifiers    = each.value.identifiers
  protected      = each.value.protected
}

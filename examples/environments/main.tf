# The same profile schema in several warehouses: a workspace for each environment, each in a schema of its own.

terraform {
  required_version = ">= 1.11"

  required_providers {
    krenalis = {
      source  = "krenalis/krenalis"
      version = "~> 0.1"
    }
  }
}

provider "krenalis" {
  postgresql = { password = var.password }
}

locals {
  profile_schema = jsondecode(file("${path.module}/profile-schema.json"))
}

resource "krenalis_workspace" "environment" {
  for_each = var.environments

  name = "Customers (${each.key})"

  profile_schema = merge(local.profile_schema, {
    properties = concat(local.profile_schema.properties, var.extra_properties)
  })

  warehouse = {
    platform = "PostgreSQL"
    settings = {
      host     = var.host
      port     = var.port
      username = var.username
      database = var.database
      schema   = each.value.schema
    }
  }

  deletion_protection = each.value.protected
}

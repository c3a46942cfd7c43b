# A profile schema that several teams keep in files of their own, put together in HCL.

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

resource "krenalis_workspace" "customers" {
  name           = "Customers"
  profile_schema = local.profile_schema

  warehouse = {
    platform = "PostgreSQL"
    settings = {
      host     = var.host
      port     = var.port
      username = var.username
      database = var.database
      schema   = var.schema
    }
  }

  # An example is made to be destroyed: leave this line out where customers' data is at stake.
  deletion_protection = false

  lifecycle {
    precondition {
      condition     = length(local.twice) == 0
      error_message = "More than one file has these properties: ${join(", ", local.twice)}."
    }

    precondition {
      condition     = length(local.missing) == 0
      error_message = "Reports read columns that no profile would have: ${join(", ", local.missing)}."
    }
  }
}

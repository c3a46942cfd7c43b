# The example workspace of the Krenalis API documentation, in a PostgreSQL warehouse.

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
  name = "Customers"

  # the document that the API takes, as it is
  profile_schema = jsondecode(file("${path.module}/profile-schema.json"))

  warehouse = {
    platform = "PostgreSQL"
    mode     = "Normal"
    settings = {
      host     = var.host
      port     = var.port
      username = var.username
      database = var.database
      schema   = var.schema
    }
  }

  ui_preferences = {
    user_profile = {
      first_name = "first_name"
      last_name  = "last_name"
      extra      = "email"
    }
  }

  # An example is made to be destroyed. Leave this line out where customers' data is at stake: the default, true,
  # refuses to destroy or replace the workspace while planning.
  deletion_protection = false
}

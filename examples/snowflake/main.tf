# The example workspace of the Krenalis API documentation, in a Snowflake warehouse, as the documentation has it.

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
  # Snowflake refuses passwords more and more; with neither, SNOWFLAKE_PRIVATE_KEY or SNOWFLAKE_PASSWORD count
  snowflake = { private_key = var.private_key }
}

resource "krenalis_workspace" "customers" {
  name = "Customers"

  # the document that the API takes, as it is
  profile_schema = jsondecode(file("${path.module}/profile-schema.json"))

  warehouse = {
    platform = "Snowflake"
    mode     = "Normal"
    settings = {
      account   = var.account
      username  = var.username
      role      = var.role
      database  = var.database
      schema    = var.schema
      warehouse = var.warehouse
    }
  }

  ui_preferences = {
    user_profile = {
      first_name = "first_name"
      last_name  = "last_name"
      extra      = "email"
    }
  }
}

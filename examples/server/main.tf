# A workspace on a Krenalis server, which makes the tables in the warehouse and runs on them.

terraform {
  # write-only attributes came with 1.11
  required_version = ">= 1.11"

  required_providers {
    krenalis = {
      source  = "krenalis/krenalis"
      version = "~> 0.1"
    }
  }
}

provider "krenalis" {
  endpoint = var.endpoint # or KRENALIS_ENDPOINT
  api_key  = var.api_key  # or KRENALIS_API_KEY
}

resource "krenalis_workspace" "customers" {
  name = "Customers"

  # the document that the API takes, as it is
  profile_schema = jsondecode(file("${path.module}/profile-schema.json"))

  warehouse = {
    platform = "PostgreSQL"
    settings = {
      host     = var.host
      port     = var.port
      username = var.username
      database = var.database
      schema   = var.schema

      # the server keeps the password; plan and state do not
      password_wo         = var.password
      password_wo_version = 1 # with the next password, the next number
    }
  }

  ui_preferences = {
    user_profile = {
      first_name = "first_name"
      last_name  = "last_name"
      extra      = "email"
    }
  }

  identifiers = ["customer_id", "email"]

  # the server keeps the tables of a deleted workspace; "drop" removes them too
  on_destroy = "abandon"
}

# What the pipeline in .github/workflows plans and applies.

terraform {
  required_version = ">= 1.11"

  # Where the state is, comes from PG_CONN_STR. Any backend with locks does.
  backend "pg" {}

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
  profile_schema = jsondecode(file("${path.module}/profile-schema.json"))

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

  # Properties whose data may go. The review names what is lost by a plan, and the pipeline lets somebody approve it.
  drop_columns = var.drop_columns
}

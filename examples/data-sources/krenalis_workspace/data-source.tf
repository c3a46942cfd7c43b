terraform {
  required_version = ">= 1.11"

  required_providers {
    krenalis = {
      source  = "krenalis/krenalis"
      version = "~> 0.1"
    }
  }
}

# A workspace that is managed elsewhere, found by its warehouse. The password comes from PGPASSWORD or the like.
data "krenalis_workspace" "customers" {
  warehouse = {
    platform = "PostgreSQL"
    settings = {
      host     = "db.internal"
      port     = 5432
      username = "reader" # needs USAGE on the schema and SELECT on its table krenalis_workspace
      database = "cdp"
      schema   = "customers"
    }
  }
}

output "customer_columns" {
  value = data.krenalis_workspace.customers.profile_columns
}

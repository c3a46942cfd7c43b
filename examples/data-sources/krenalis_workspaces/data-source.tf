terraform {
  required_version = ">= 1.11"

  required_providers {
    krenalis = {
      source  = "krenalis/krenalis"
      version = "~> 0.1"
    }
  }
}

# All workspaces of a database. The password comes from PGPASSWORD or the like.
data "krenalis_workspaces" "all" {
  host     = "db.internal"
  port     = 5432
  username = "reader" # needs USAGE on each schema and SELECT on its table krenalis_workspace
  database = "cdp"
}

output "schemas" {
  value = { for workspace in data.krenalis_workspaces.all.workspaces : workspace.id => workspace.schema }
}

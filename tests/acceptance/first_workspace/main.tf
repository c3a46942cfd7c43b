terraform {
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

variable "password" {
  description = "Password of the user krenalis."
  type        = string
  sensitive   = true
  ephemeral   = true # it is kept in neither plan nor state
}

resource "krenalis_workspace" "customers" {
  name           = "Customers"
  profile_schema = jsondecode(file("${path.module}/profile-schema.json"))

  warehouse = {
    platform = "PostgreSQL"
    settings = {
      host     = "127.0.0.1"
      port     = 5432
      username = "krenalis"
      database = "cdp"
      schema   = "customers"
    }
  }

  ui_preferences = {
    user_profile = { first_name = "first_name", extra = "email" }
  }
}

terraform {
  required_version = ">= 1.11"

  required_providers {
    krenalis = {
      source  = "krenalis/krenalis"
      version = "~> 0.1"
    }
  }
}

resource "krenalis_workspace" "customers" {
  name = "Customers"

  # the same document as HCL; jsondecode(file("profile-schema.json")) takes it as the API does
  profile_schema = {
    kind = "object"
    properties = [
      { name = "customer_id", type = { kind = "string", maxLength = 36 }, readOptional = true },
      { name = "contact", type = { kind = "string", maxLength = 254 }, readOptional = true },
      {
        name         = "address"
        readOptional = true
        type = {
          kind = "object"
          properties = [
            { name = "city", type = { kind = "string" }, readOptional = true },
          ]
        }
      },
    ]
  }

  warehouse = {
    platform = "PostgreSQL"
    settings = {
      host     = "db.internal"
      port     = 5432
      username = "krenalis"
      database = "cdp"
      schema   = "customers"
    }
  }

  ui_preferences = {
    user_profile = { extra = "contact" }
  }

  # once, "contact" was "email", and there was a "phone_number" that nobody needs any more
  renames      = { contact = "email" }
  drop_columns = ["phone_number"]
}

terraform {
  required_version = ">= 1.11"

  required_providers {
    krenalis = {
      source  = "krenalis/krenalis"
      version = "~> 0.1"
    }
  }
}

locals {
  profile_schema = {
    kind = "object"
    properties = [
      { name = "email", type = { kind = "string", maxLength = 254 }, readOptional = true },
      {
        name         = "address"
        readOptional = true
        type = {
          kind       = "object"
          properties = [{ name = "city", type = { kind = "string" }, readOptional = true }]
        }
      },
    ]
  }
}

# { address_city = "character varying", email = "character varying(254)" }
output "postgresql" {
  value = provider::krenalis::profile_columns(local.profile_schema, "PostgreSQL")
}

# { ADDRESS_CITY = "VARCHAR", EMAIL = "VARCHAR(254)" }
output "snowflake" {
  value = provider::krenalis::profile_columns(local.profile_schema, "Snowflake")
}

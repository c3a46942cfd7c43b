terraform {
  required_providers {
    krenalis = {
      source  = "krenalis/krenalis"
      version = "~> 0.1"
    }
  }
}

# The columns of a profile schema, before there is any workspace: such as { email = "character varying(254)" }.
output "columns" {
  value = provider::krenalis::profile_columns(jsondecode(file("${path.module}/profile-schema.json")), "PostgreSQL")
}

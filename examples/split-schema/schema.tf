locals {
  # In the order in which the properties shall be: a list, because a set of files has none.
  domains = ["identity", "contact", "consent"]

  # A list of properties each.
  files = { for domain in local.domains : domain => jsondecode(file("${path.module}/schema/${domain}.json")) }

  # A type that is used more than once: an object that each of these properties has.
  address = jsondecode(file("${path.module}/schema/types/address.json"))
  addresses = [for use in ["billing", "shipping"] : {
    name         = "${use}_address"
    description  = "Address for ${use}"
    readOptional = true
    type         = local.address
  }]

  profile_schema = {
    kind       = "object"
    properties = flatten([[for domain in local.domains : local.files[domain]], local.addresses])
  }

  # What becomes of it in the warehouse, known without one.
  columns = provider::krenalis::profile_columns(local.profile_schema, "PostgreSQL")
  missing = setsubtract(var.columns_of_reports, keys(local.columns))

  names = [for property in local.profile_schema.properties : property.name]
  twice = toset([for name in local.names : name if length([for other in local.names : other if other == name]) > 1])
}

check "all_files_are_used" {
  assert {
    condition     = toset([for file in fileset("${path.module}/schema", "*.json") : trimsuffix(file, ".json")]) == toset(local.domains)
    error_message = "A file in schema/ is not among local.domains, so its properties are in no profile."
  }
}

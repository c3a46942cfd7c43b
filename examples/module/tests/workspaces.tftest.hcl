# Run by `terraform test` against a real PostgreSQL with two empty schemas, "shop" and "newsletter". What is made is
# destroyed at the end, so nothing is protected here.

variables {
  workspaces = {
    shop       = { name = "Shop", profile_schema = "schemas/shop.json", identifiers = ["email"], protected = false }
    newsletter = { name = "Newsletter", profile_schema = "schemas/newsletter.json", protected = false }
  }
}

run "create" {
  assert {
    condition     = length(distinct(values(output.ids))) == 2
    error_message = "The entries do not have a workspace each."
  }

  assert {
    condition     = output.profile_columns["shop"]["spent"] == "numeric(12,2)"
    error_message = "The warehouse's column for an amount is not of the type that its precision and scale ask for."
  }
}

run "refuses_a_file_that_is_not_there" {
  command = plan

  variables {
    workspaces = { shop = { name = "Shop", profile_schema = "schemas/shops.json" } }
  }

  expect_failures = [var.workspaces]
}

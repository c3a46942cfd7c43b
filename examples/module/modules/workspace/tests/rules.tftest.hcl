# What the module refuses and what it adds. No server is needed: the provider is a mock.

mock_provider "krenalis" {}

variables {
  name = "Shop"
  profile_schema = {
    kind       = "object"
    properties = [{ name = "email", type = { kind = "string" }, readOptional = true }]
  }
  warehouse = { host = "db.internal", username = "krenalis", database = "cdp", schema = "shop" }
}

run "defaults" {
  command = plan

  assert {
    condition     = krenalis_workspace.this.deletion_protection
    error_message = "A workspace of the module is protected unless somebody says otherwise."
  }

  assert {
    condition     = krenalis_workspace.this.warehouse.settings.port == 5432
    error_message = "The port of PostgreSQL is the usual one unless somebody says otherwise."
  }

  assert {
    condition     = output.profiles_view == "shop.profiles"
    error_message = "The view of the profiles is not named with its schema."
  }
}

run "refuses_a_blank_name" {
  command = plan

  variables {
    name = " "
  }

  expect_failures = [var.name]
}

run "refuses_the_path_of_a_profile_schema" {
  command = plan

  variables {
    profile_schema = "schema.json"
  }

  expect_failures = [var.profile_schema]
}

run "refuses_a_schema_that_needs_quotes" {
  command = plan

  variables {
    warehouse = { host = "db.internal", username = "krenalis", database = "cdp", schema = "Shop" }
  }

  expect_failures = [var.warehouse]
}

run "refuses_an_identifier_twice" {
  command = plan

  variables {
    identifiers = ["email", "email"]
  }

  expect_failures = [var.identifiers]
}

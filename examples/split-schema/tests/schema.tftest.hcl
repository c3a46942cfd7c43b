# Whether the files fit together. No server is needed: the provider is a mock, and its functions are the real ones.

mock_provider "krenalis" {}

variables {
  password = "not used"
}

run "puts_the_files_together" {
  command = plan

  assert {
    condition     = [for property in local.profile_schema.properties : property.name] == ["customer_id", "first_name", "last_name", "email", "phone_number", "consent", "billing_address", "shipping_address"]
    error_message = "The properties are not those of the files, in the order of the domains."
  }

  assert {
    condition     = output.profile_columns["billing_address_city"] == output.profile_columns["shipping_address_city"]
    error_message = "The two addresses are not of one type."
  }
}

run "refuses_to_take_a_column_from_reports" {
  command = plan

  variables {
    columns_of_reports = ["email", "loyalty_points"]
  }

  expect_failures = [krenalis_workspace.customers]
}

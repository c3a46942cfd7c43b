# Run by `terraform test` against an empty schema of a real PostgreSQL; what was made is destroyed at the end.

run "create" {
  assert {
    condition     = krenalis_workspace.customers.profile_columns["email"] == "character varying(254)"
    error_message = "The warehouse's column for the email address is not of the type that its maxLength asks for."
  }

  assert {
    condition     = krenalis_workspace.customers.objects["profiles"] == "view"
    error_message = "The warehouse has no view with the profiles."
  }
}

run "plan_again" {
  command = plan

  assert {
    condition     = krenalis_workspace.customers.id == run.create.id
    error_message = "Without a change of the configuration, the workspace is planned to be another one."
  }

  assert {
    condition     = length(krenalis_workspace.customers.migration) == 0
    error_message = "Without a change of the configuration, columns are planned to change."
  }
}

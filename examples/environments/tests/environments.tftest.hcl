# Run by `terraform test` against a real PostgreSQL with two empty schemas, "blue" and "green".

variables {
  environments = {
    blue  = { schema = "blue", protected = false }
    green = { schema = "green", protected = false }
  }
}

run "create" {
  assert {
    condition     = length(distinct(values(output.ids))) == 2
    error_message = "The environments do not have a workspace each."
  }
}

run "add_a_property" {
  variables {
    extra_properties = [{ name = "tier", type = { kind = "int", bitSize = 8 }, readOptional = true }]
  }

  assert {
    condition     = alltrue([for w in krenalis_workspace.environment : one(w.migration) == "ADD COLUMN \"tier\" smallint"])
    error_message = "The new property's column is not added in each environment."
  }
}

output "id" {
  description = "Identifier of the workspace, as the API and `terraform import` take it."
  value       = krenalis_workspace.customers.id
}

output "profile_columns" {
  description = "Columns of a profile in the warehouse, with their SQL types."
  value       = krenalis_workspace.customers.profile_columns
}

output "id" {
  description = "Identifier of the workspace."
  value       = krenalis_workspace.customers.id
}

output "profile_columns" {
  description = "Columns of a profile in the warehouse, with their SQL types."
  value       = local.columns
}

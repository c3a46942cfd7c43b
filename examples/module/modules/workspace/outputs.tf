output "id" {
  description = "Id of the workspace."
  value       = krenalis_workspace.this.id
}

output "profile_columns" {
  description = "Columns of a profile in the warehouse, with their SQL types."
  value       = krenalis_workspace.this.profile_columns
}

output "profiles_view" {
  description = "The view that reports read, with its schema."
  value       = "${var.warehouse.schema}.profiles"
}

output "ids" {
  description = "Ids of the workspaces, by the schema of their warehouse."
  value       = { for schema, workspace in module.workspace : schema => workspace.id }
}

output "profile_columns" {
  description = "Columns of the profiles with their SQL types, by the schema of the warehouse."
  value       = { for schema, workspace in module.workspace : schema => workspace.profile_columns }
}

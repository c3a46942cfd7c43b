output "ids" {
  description = "Identifiers of the workspaces, by environment."
  value       = { for name, workspace in krenalis_workspace.environment : name => workspace.id }
}

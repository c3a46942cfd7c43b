output "id" {
  description = "Identifier of the workspace."
  value       = krenalis_workspace.customers.id
}

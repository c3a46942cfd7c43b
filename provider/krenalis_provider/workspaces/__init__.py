"""The system of the API documentation: workspaces, their rules, and where they live. Knows nothing of Terraform."""

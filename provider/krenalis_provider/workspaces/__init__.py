"""The calls of the API documentation, for every system of workspaces. Nothing here needs Terraform."""

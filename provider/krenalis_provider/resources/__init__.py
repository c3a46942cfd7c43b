"""Resource types: the translation between Terraform's values and the workspaces domain."""

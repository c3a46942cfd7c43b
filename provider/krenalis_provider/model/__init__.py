"""Plain values of a workspace and their rules. Imports no driver, no platform and nothing of Terraform."""

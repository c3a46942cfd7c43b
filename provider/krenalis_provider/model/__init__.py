"""Plain values of a workspace and their rules. Knows no connection, no platform and no Terraform."""

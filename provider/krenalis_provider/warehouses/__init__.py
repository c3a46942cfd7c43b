"""The data warehouse of a workspace, with a folder for each platform. Knows nothing of Terraform."""

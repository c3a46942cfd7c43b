"""The data warehouse of a workspace, with a folder for each platform. Imports nothing of Terraform; some messages name it."""

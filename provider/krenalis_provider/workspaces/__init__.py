"""What the provider asks for workspaces, in a warehouse or, later, of a Krenalis server. Imports nothing of Terraform."""

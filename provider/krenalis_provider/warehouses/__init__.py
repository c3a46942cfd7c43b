"""What a workspace needs of its data warehouse, and how each platform provides it. Knows nothing of Terraform."""

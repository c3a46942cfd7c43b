"""What the executable does for people who start it: the subcommands. Terraform starts it without any."""

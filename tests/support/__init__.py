"""The parts that tests and the demo stand on: a throw-away PostgreSQL and the one Terraform runner."""

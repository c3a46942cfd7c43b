"""The Krenalis provider: resources call workspaces, and workspaces call warehouses."""

__version__ = "0.1.0"
ADDRESS = "registry.terraform.io/krenalis/krenalis"
"""By which Terraform knows it; configurations leave out the host."""

"""The Krenalis provider: resources call workspaces, and workspaces call warehouses."""

__version__ = "0.1.0"

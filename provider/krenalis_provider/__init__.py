"""The Krenalis provider: resources over the workspaces domain, and the domain over the warehouses."""

__version__ = "0.1.0"

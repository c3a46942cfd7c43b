"""The workspaces of a Krenalis server, by its REST API."""

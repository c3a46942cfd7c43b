"""The REST API of a Krenalis server, as a client sees it; it knows neither Terraform nor any warehouse.

`server` and `errors` need the standard library alone. httpx and pydantic are imported with `api`, on first use.
"""

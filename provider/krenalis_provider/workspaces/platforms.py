"""The platforms of warehouses, by the API's own words for them."""

from typing import Final

PLATFORMS: Final = ("PostgreSQL", "Snowflake")

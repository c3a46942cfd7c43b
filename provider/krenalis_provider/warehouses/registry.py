"""The platforms of warehouses. Importing this module imports no driver."""

from krenalis_provider.warehouses.platform import Platform, Setting
from krenalis_provider.warehouses.postgresql.platform import PostgreSQL
from krenalis_provider.warehouses.snowflake.platform import Snowflake

PLATFORMS: tuple[Platform, ...] = (PostgreSQL(), Snowflake())


def names() -> tuple[str, ...]:
    """The names of all platforms."""
    return tuple(platform.name for platform in PLATFORMS)


def platform(name: object) -> Platform | None:
    """The platform of that name, if there is one."""
    return next((platform for platform in PLATFORMS if platform.name == name), None)


def known_platform(name: str) -> Platform:
    """The platform of a name that was checked. Raises `ValueError` for an unknown name."""
    if found := platform(name):
        return found
    raise ValueError(f"no such platform: {name}")


def secrets() -> tuple[Setting, ...]:
    """The parameters of all platforms that an environment variable may hold."""
    return tuple(each for platform in PLATFORMS for each in platform.parameters if each.variable)

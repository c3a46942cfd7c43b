"""The settings of every platform by which a warehouse is reached, in one object: the rules of validate tell whose they are."""

from typing import Final

from tfplugin.cty import NUMBER, STRING
from tfplugin.schema import Attribute

SETTINGS_DESCRIPTION: Final = "How to reach the warehouse. Which settings are needed depends on the platform."
PLATFORMS_DESCRIPTION: Final = "`PostgreSQL` (15 or newer) or `Snowflake`"


def setting(description: str, *, sensitive: bool = False) -> Attribute:
    """A text that some platforms need, or none."""
    return Attribute(type=STRING, optional=True, sensitive=sensitive, description=description)


CONNECTION: Final = {
    "host": setting("PostgreSQL: host name or IP address of the server. Required."),
    "port": Attribute(type=NUMBER, optional=True, description="PostgreSQL: port of the server. Required."),
    "account": setting(
        "Snowflake: the account identifier, such as `myorg-account123`; neither a URL nor a host name. Required."
    ),
    "role": setting("Snowflake: the role to work as; it owns what is made. Required."),
    "warehouse": setting("Snowflake: the virtual warehouse that executes statements. Required."),
    "password": setting(
        "The user's password. It is kept in the state: prefer the provider's `postgresql.password` or "
        "`snowflake.password`, `PGPASSWORD`, `.pgpass` or a service file, `SNOWFLAKE_PASSWORD` or a private key.",
        sensitive=True,
    ),
}
"""All but the user, the database and the schema, of which each schema has its own to say."""

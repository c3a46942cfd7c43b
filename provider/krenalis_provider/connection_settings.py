"""The connection attributes that resource and data sources share; validation refuses the ones of another platform."""

from typing import Final

from krenalis_provider.warehouses.platform import Setting, block_name
from krenalis_provider.warehouses.registry import PLATFORMS
from tfplugin.cty import NUMBER, STRING
from tfplugin.schema import Attribute

SETTINGS_DESCRIPTION: Final = "How to reach the warehouse. Which settings are needed depends on the platform."
PLATFORMS_DESCRIPTION: Final = " or ".join(f"`{platform.name}`{platform.versions}" for platform in PLATFORMS)


def setting(description: str, *, sensitive: bool = False) -> Attribute:
    """An optional text: which texts are needed depends on the platform."""
    return Attribute(type=STRING, optional=True, sensitive=sensitive, description=description)


def attribute(setting: Setting, description: str) -> Attribute:
    """The attribute of a setting, which need not be set in a configuration."""
    return Attribute(
        type=NUMBER if setting.is_number else STRING,
        optional=True,
        sensitive=setting.sensitive,
        description=description,
    )


_PASSWORDS: Final = " or ".join(f"`{block_name(platform.name)}.password`" for platform in PLATFORMS)
_PASSWORD_SOURCES: Final = ", ".join(platform.elsewhere_passwords for platform in PLATFORMS)

CONNECTION: Final = {
    **{
        each.name: attribute(each, f"{platform.name}: {each.description}")
        for platform in PLATFORMS
        for each in platform.settings
    },
    "password": setting(
        f"The user's password. It is kept in the state: prefer the provider's {_PASSWORDS}. Left out, these count, then "
        f"{_PASSWORD_SOURCES}.",
        sensitive=True,
    ),
}
"""Username, database and schema are missing: the resource and each data source describe them differently."""

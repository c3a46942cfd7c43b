"""The argument that names a platform."""

from argparse import ArgumentTypeError

from krenalis_provider.warehouses import registry


def platform_name(text: str) -> str:
    """The name of the platform that is meant, in any case of letters. Raises `ArgumentTypeError`."""
    for name in registry.names():
        if name.lower() == text.lower():
            return name
    raise ArgumentTypeError(f'there is no platform "{text}": use {" or ".join(registry.names())}')

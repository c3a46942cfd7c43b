"""The values of arguments that several subcommands have."""

from argparse import ArgumentTypeError

from krenalis_provider.warehouses import registry


def platform_name(text: str) -> str:
    """The name of the platform that is meant, in any case of letters. Raises `ArgumentTypeError`."""
    for name in registry.names():
        if name.lower() == text.lower():
            return name
    raise ArgumentTypeError(f'there is no platform "{text}": use {" or ".join(registry.names())}')


def plain_text(text: str) -> str:
    """The text. Raises `ArgumentTypeError` for bytes that are none, which Python gives as halves of characters."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ArgumentTypeError(f"{text!a} is not UTF-8") from None
    return text

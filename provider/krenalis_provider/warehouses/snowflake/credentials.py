"""The credentials of a login to Snowflake: their places and rules. No message shows any of them.

What is known of private keys is in `login`, because it takes cryptography.
"""

from typing import Final, NamedTuple

from krenalis_provider.model.attribute_path import AttributePath
from krenalis_provider.model.value_rules import no_pem

password_problem: Final = no_pem(
    "no password: set private_key in the provider's snowflake block to the private key, or SNOWFLAKE_PRIVATE_KEY"
)
passphrase_problem: Final = no_pem(
    "no passphrase: set private_key to the private key, and this to what opens it"
)


class Credential(NamedTuple):
    """What a user logs in with, by its place in the configuration."""

    path: AttributePath
    """Empty for an environment variable."""
    variable: str = ""
    remark: str = ""
    """A sentence on it for a login that it fails."""

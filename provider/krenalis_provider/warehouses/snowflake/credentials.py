"""The rules of the credentials of a login to Snowflake. No message shows any of them."""

from typing import Final

from krenalis_provider.model.value_rules import no_pem

password_problem: Final = no_pem(
    "no password: set private_key in the provider's snowflake block to the private key, or SNOWFLAKE_PRIVATE_KEY"
)

"""The settings by which Snowflake is reached, their rules, and equal spellings of names and accounts.

Source: Snowflake's documentation, Account identifiers and Identifier requirements.
"""

import re
from dataclasses import dataclass
from typing import Final

from krenalis_provider.model.value_rules import TEXT, characters
from krenalis_provider.warehouses.settings import password, required, schema, schema_of

_LONGEST_ACCOUNT: Final = 255
_ACCOUNT: Final = re.compile(r"[A-Za-z0-9_]+(?:[.-][A-Za-z0-9_]+)*")
_HOST: Final = re.compile(
    r"(?:https?://)?([A-Za-z0-9_.-]+)\.snowflakecomputing\.(?:com|cn)\b.*", re.IGNORECASE
)
_PAGE: Final = re.compile(
    r"(?:https?://)?app\.snowflake\.com/([A-Za-z0-9_]+)/([A-Za-z0-9_]+)\b.*", re.IGNORECASE
)


def account_problem(text: str) -> str | None:
    """The reason why a text is no account identifier, as the end of a sentence.

    An account identifier has the names of the organization and the account, or a locator and perhaps its
    region and cloud. A Krenalis server accepts neither underscores nor locators (docs/facts/krenalis.md,
    "Connection settings").
    """
    if found := _HOST.fullmatch(text) or _PAGE.fullmatch(text):
        return f'must be the account identifier alone, which is "{"-".join(found.groups())}"'
    if len(text) > _LONGEST_ACCOUNT or not _ACCOUNT.fullmatch(text):
        return 'must be an account identifier of Snowflake, such as "myorg-account123" or "xy12345.eu-central-1.aws"'
    return None


def account_key(account: str) -> str:
    """The same text for all spellings of an account: case means nothing, and ``.`` and ``_`` equal ``-``."""
    return re.sub("[._]", "-", account.lower())


def name_key(name: str) -> str:
    """The name that Snowflake makes of a spelling: in upper case, unless the spelling is in double quotes."""
    quoted = re.fullmatch(r'"((?:[^"]|"")+)"', name)
    return quoted[1].replace('""', '"') if quoted else name.upper()


_NAME: Final = (TEXT, characters(1, 255))


@dataclass(frozen=True, slots=True, kw_only=True)
class SnowflakeSettings:
    """The settings by which a schema of a database is reached.

    Without a password, a private key or a password of the provider block or the environment applies
    (`login`).
    """

    account: str = required(TEXT, account_problem)
    username: str = required(*_NAME)
    role: str = required(*_NAME)
    database: str = required(*_NAME)
    warehouse: str = required(*_NAME)
    """The virtual warehouse, which computes."""
    password: str | None = password()
    schema: str = schema(*_NAME)

    @property
    def address(self) -> str:
        """The place of the warehouse in the settings' spelling; without a schema, of the database."""
        place = schema_of(self.schema, self.database) if self.schema else f'database "{self.database}"'
        return f'{place} of account "{self.account}"'

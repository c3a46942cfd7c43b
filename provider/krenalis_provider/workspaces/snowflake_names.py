"""Names in Snowflake, as a configuration spells them: what is an account identifier, and which spellings are one name.

The facts are those of Snowflake's documentation, Account identifiers and Identifier requirements.
"""

import re
from typing import Final

_LONGEST_ACCOUNT: Final = 255
_ACCOUNT: Final = re.compile(r"[A-Za-z0-9_]+(?:[.-][A-Za-z0-9_]+)*")
_HOST: Final = re.compile(
    r"(?:https?://)?([A-Za-z0-9_.-]+)\.snowflakecomputing\.(?:com|cn)\b.*", re.IGNORECASE
)
_PAGE: Final = re.compile(
    r"(?:https?://)?app\.snowflake\.com/([A-Za-z0-9_]+)/([A-Za-z0-9_]+)\b.*", re.IGNORECASE
)


def account_problem(text: str) -> str | None:
    """Why a text is no account identifier, as the end of a sentence.

    One has the names of the organization and the account, or a locator and perhaps its region and cloud. That of a
    Krenalis server is narrower: it has neither underscores nor locators (spec krenalis D.5).
    """
    if found := _HOST.fullmatch(text) or _PAGE.fullmatch(text):
        return f'must be the account identifier alone, which is "{"-".join(found.groups())}"'
    if len(text) > _LONGEST_ACCOUNT or not _ACCOUNT.fullmatch(text):
        return 'must be an account identifier of Snowflake, such as "myorg-account123" or "xy12345.eu-central-1.aws"'
    return None


def account_key(account: str) -> str:
    """The same text for all spellings of an account: case, and whether a sign is ``-``, ``.`` or ``_``, mean nothing."""
    return re.sub("[._]", "-", account.lower())


def name_key(name: str) -> str:
    """The name that Snowflake makes of one: in upper case, unless it is in double quotes."""
    quoted = re.fullmatch(r'"((?:[^"]|"")+)"', name)
    return quoted[1].replace('""', '"') if quoted else name.upper()

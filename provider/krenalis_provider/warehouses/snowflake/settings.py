"""The settings by which Snowflake is reached, their rules, and equal spellings of names and accounts.

Source: Snowflake's documentation, Account identifiers and Identifier requirements.
"""

import re
from typing import Final

from krenalis_provider.model.value_rules import TEXT, characters
from krenalis_provider.warehouses.settings import password, required, schema, schema_of
from krenalis_provider.warehouses.snowflake.credentials import password_problem
from lightstart.records import Record

_ACCOUNT: Final = re.compile(r"[A-Za-z0-9_]+(?:[.-][A-Za-z0-9_]+)*")
_LONGEST_LABEL: Final = 63
"""In characters: what stands between two dots of a host name is no longer."""
_HOST: Final = re.compile(
    r"(?:[a-z:]+//)?(?:app-(?=[^/]*\.privatelink\.))?([A-Za-z0-9_.-]+)\.snowflakecomputing\.(com|cn)\b.*",
    re.IGNORECASE,
)
_PAGE: Final = re.compile(
    r"(?:https?://)?app\.(?:[A-Za-z0-9.-]+\.(privatelink)\.snowflakecomputing|snowflake)\.(com|cn)"
    r"/([A-Za-z0-9_.-]+)/([A-Za-z0-9_]+)\b.*",
    re.IGNORECASE,
)
_REGION_OF_SQL: Final = re.compile(r"(?:aws_)?[a-z]{2}(?:_gov)?_[a-z]+_\d", re.IGNORECASE)
_PRIVATE: Final = "privatelink"
_OREGON: Final = ("us-west-2",)
_NOT_AN_ACCOUNT: Final = (_PRIVATE, "global")
"""What may follow a locator immediately, and looks like the name of an account."""


def account_problem(text: str) -> str | None:
    """The reason why a text is no account identifier, as the end of a sentence.

    An account identifier has the names of the organization and the account, or a locator and perhaps its
    region and cloud. A Krenalis server accepts neither underscores nor locators (docs/facts/krenalis.md,
    "Connection settings").
    """
    if clause := _pasted(text.strip()):
        return clause
    labels = text.split(".")
    if not _ACCOUNT.fullmatch(text) or max(map(len, labels)) > _LONGEST_LABEL:
        return (
            "must be an account identifier of Snowflake: the names of an organization and an account, such as "
            '"myorg-account123", or a locator with its region, such as "xy12345.eu-central-1"'
        )
    organization = labels[0] if _taken_apart(text)[0] != labels[0] else ""
    if "_" in organization or any(map(_REGION_OF_SQL.fullmatch, labels[1:])):
        return (
            "must have the form for connections, not the one of SQL: organization and account with a hyphen, such "
            'as "myorg-account123", or a locator before its region, such as "xy12345.us-east-2.aws"'
        )
    return None


def _pasted(text: str) -> str | None:
    """What to say of the address of a page or a host; None for other texts."""
    if page := _PAGE.fullmatch(text):
        private, domain, place, name = page.groups()
        if "-" not in place:
            identifier = f"{place}-{name}"
        else:
            identifier = name if place.lower() in _OREGON and not private else f"{name}.{place}"
        identifier = ".".join(filter(None, (identifier, private)))
    elif host := _HOST.fullmatch(text):
        identifier, domain = host.groups()
    else:
        return None
    if account_problem(identifier):
        return None
    clause = f'must be the account identifier alone, which is "{identifier}"'
    own, right = host_name(identifier).rpartition(".")[::2]
    if right == domain.lower():
        return clause
    return f'{clause}; set host = "{own}.{domain.lower()}" in the provider\'s snowflake block'


def host_problem(text: str) -> str | None:
    """The reason why a text cannot be a host, as a clause."""
    if not text or re.fullmatch(r"[A-Za-z0-9_.-]+|\[?[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*\]?", text):
        return None
    return "must be a host name alone: no URL, blanks or path, and the port is a parameter of its own"


def host_name(account: str) -> str:
    """The host of an account, where no other is configured.

    It is the identifier in lower case with a hyphen for each underscore, below the domain of the region. Of an
    organization in China nothing tells the domain. Source: docs/facts/snowflake.md, "Accounts".
    """
    name, segments = _taken_apart(account)
    in_china = any(segment.startswith("cn-") for segment in segments)
    labels = ".".join((name, *segments)).lower().replace("_", "-")
    return f"{labels}.snowflakecomputing.{'cn' if in_china else 'com'}"


def login_name(account: str) -> str:
    """The name of an account in a login: the locator alone, or organization and account.

    The driver sends it as it is, and in upper case as the issuer of the token that a private key signs. Source:
    docs/facts/snowflake.md, "Accounts".
    """
    return _taken_apart(account)[0]


def account_key(account: str) -> str:
    """The same text for all identifiers of an account, as far as they tell it.

    Case means nothing, and neither does the way to it (``privatelink``) nor the cloud ``aws``, which the identifiers
    of some regions leave out. A locator alone is of ``us-west-2``. Organization and account are equal to no locator.
    """
    name, segments = _taken_apart(account)
    telling = tuple(segment.replace("_", "-") for segment in segments if segment not in (_PRIVATE, "aws"))
    return ".".join((name.lower().replace("_", "-"), *(() if telling == _OREGON else telling)))


def former_account_key(account: str) -> str:
    """The text that `account_key` gave before it knew regions: private data may hold it."""
    return re.sub("[._]", "-", account.lower())


def _taken_apart(account: str) -> tuple[str, tuple[str, ...]]:
    """The name in a login, and the segments after it, in lower case.

    Snowsight copies organization and account with a dot between them. Their names have no hyphens, and each region
    has one.
    """
    name, *segments = account.split(".")
    lower = tuple(segment.lower() for segment in segments)
    is_organization = "-" not in name and lower[1:] in ((), (_PRIVATE,))
    if lower and is_organization and "-" not in lower[0] and lower[0] not in _NOT_AN_ACCOUNT:
        return f"{name}-{segments[0]}", lower[1:]
    return name, lower


def name_key(name: str) -> str:
    """The name that Snowflake makes of a spelling: in upper case, unless the spelling is in double quotes."""
    quoted = re.fullmatch(r'"((?:[^"]|"")+)"', name)
    return quoted[1].replace('""', '"') if quoted else name.upper()


_NAME: Final = (TEXT, characters(1, 255))


class SnowflakeSettings(Record, kw_only=True):
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
    password: str | None = password(password_problem)
    schema: str = schema(*_NAME)

    @property
    def address(self) -> str:
        """The place of the warehouse in the settings' spelling; without a schema, of the database."""
        place = schema_of(self.schema, self.database) if self.schema else f'database "{self.database}"'
        return f'{place} of account "{self.account}"'

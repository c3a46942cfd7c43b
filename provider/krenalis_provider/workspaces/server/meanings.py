"""What an error of the API means for a plan, as tables: the verdict, the value at fault, and the remedy.

Source: docs/facts/krenalis.md, "The REST API" and "Workspaces at a server".
"""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from krenalis_provider.api.answers import says_key_has_one_workspace
from krenalis_provider.api.errors import (
    ApiError,
    Forbidden,
    NoAnswer,
    NoAuthorities,
    NotFound,
    OtherWorkspace,
    Refused,
    ServerFailed,
    TooManyRequests,
    Unauthorized,
    Unavailable,
    UnknownKey,
    Untrusted,
    WithoutTLS,
    WrongEndpoint,
)
from krenalis_provider.model.attribute_path import AttributePath, ProviderPath, setting
from krenalis_provider.model.errors import NOWHERE, Verdict

_KEY: Final = ProviderPath.of("api_key")
_ENDPOINT: Final = ProviderPath.of("endpoint")
_SCHEMA: Final = AttributePath.of("profile_schema")
_PLATFORM: Final = AttributePath.of("warehouse", "platform")
_MODE: Final = AttributePath.of("warehouse", "mode")
_ANSWERED: Final = Verdict.CONTRADICTED
_UNCLEAR: Final = Verdict.COULD_NOT_TELL


BUSY: Final = ("OperationAlreadyExecuting", "AlterSchemaInExecution", "IdentityResolutionInExecution")
"""The codes with which the server refuses what waits for another operation of the workspace."""


class Meaning(NamedTuple):
    """What an answer means; the remedy is a sentence or more, and may be empty where the answer says all."""

    verdict: Verdict
    path: AttributePath
    summary: str
    remedy: str = ""


# fmt: off
_CODES: Final = {
    "WarehouseNotInitializable": Meaning(
        _ANSWERED, setting("schema"), "Warehouse is not empty",
        "A Krenalis server fills an empty schema only: empty it, or name another one.",
    ),
    "WarehousePlatformNotExist": Meaning(
        _ANSWERED, _PLATFORM, "Krenalis server lacks the platform", "Name a platform that the server has, or update the server.",
    ),
    "WorkspacesLimitReached": Meaning(
        _ANSWERED, NOWHERE, "Too many workspaces",
        "Delete a workspace of the organization, or let the server's administrator raise the limit.",
    ),
    "OrganizationDisabled": Meaning(
        _ANSWERED, _KEY, "Organization is disabled",
        "Let the server's administrator enable it, or give the key of another organization.",
    ),
    "DifferentWarehouse": Meaning(
        _ANSWERED, setting("host"), "Another warehouse", "Correct the warehouse's settings: they lead to another warehouse.",
    ),
    "NotReadOnlyMCPSettings": Meaning(
        _ANSWERED, NOWHERE, "MCP settings may write",
        "The workspace's MCP settings, which Terraform leaves as they are, have a user that may write. Take those rights "
        "away, or correct the settings in the Admin console.",
    ),
    "InspectionMode": Meaning(
        _ANSWERED, _MODE, "Warehouse is in mode Inspection",
        "It refuses changes of the profile schema and identity resolution: set warehouse.mode to another one first.",
    ),
    "MaintenanceMode": Meaning(
        _ANSWERED, _MODE, "Warehouse is in mode Maintenance", "Set warehouse.mode to another one first.",
    ),
    "InvalidAlterSchema": Meaning(
        _ANSWERED, _SCHEMA, "Profile schema cannot be altered so",
        "Name renamed properties in renames, and those that may lose their data in drop_columns.",
    ),
    "ConnectionNotExist": Meaning(
        _ANSWERED, AttributePath.of("primary_sources"), "Invalid primary sources",
        "A primary source is the id of a connection of this workspace, as Krenalis shows it.",
    ),
    **dict.fromkeys(
        ("PropertyNotExist", "TypeNotAllowed"),
        Meaning(
            _ANSWERED, AttributePath.of("identifiers"), "Invalid identifiers",
            "An identifier is a property of the profile schema, of kind string, int, uuid or ip, or a decimal of scale 0.",
        ),
    ),
    **dict.fromkeys(
        BUSY,
        Meaning(
            _UNCLEAR, NOWHERE, "Another operation is not finished",
            "Apply again when it has ended. Where it never ends, look into the server's log.",
        ),
    ),
}
_SQLSTATES: Final = {
    "28P01": Meaning(
        Verdict.ABSENT, setting("password"), "Wrong user name or password",
        "Check username and password; PostgreSQL does not tell which of the two is wrong.",
    ),
    "28000": Meaning(
        Verdict.ABSENT, setting("username"), "Login refused",
        "Check that the role exists and may log in, and that pg_hba.conf lets the Krenalis server in.",
    ),
    "3D000": Meaning(Verdict.ABSENT, setting("database"), "Database does not exist", "Name an existing one, or make it first."),
    "3F000": Meaning(
        Verdict.ABSENT, setting("schema"), "Schema does not exist",
        "Name an existing schema that the role may use, in lower case.",
    ),
    "42501": Meaning(
        Verdict.ABSENT, setting("username"), "Missing right",
        "The role needs CONNECT on the database, and USAGE and CREATE on the schema.",
    ),
    "42704": Meaning(
        _ANSWERED, setting("database"), "Database holds another workspace",
        "A Krenalis server can fill one schema of a database only, because it takes types of another one for its own. "
        "Name another database.",
    ),
    "23505": Meaning(
        _ANSWERED, setting("schema"), "Another creation is under way",
        "Somebody else made a workspace in this schema at the same time: name another one.",
    ),
    **dict.fromkeys(("53300", "57P03", "53000", "53200"), Meaning(
        _UNCLEAR, setting("host"), "Warehouse is busy", "Try again when it is well.",
    )),
}
_WORDS: Final = (
    (r"(cannot|unable to) unmarshal|unexpected EOF", Meaning(_ANSWERED, AttributePath.of("warehouse", "settings"), "Invalid warehouse", "Correct the warehouse's settings.")),
    (r"account identifier is correct|account (is )?not found", Meaning(
        Verdict.ABSENT, setting("account"), "Account does not exist", "Check the account.")),
    (r"[Ii]ncorrect username or password", Meaning(
        Verdict.ABSENT, setting("password"), "Wrong user name or password", "Check username and password.")),
    (r"no such host|hostname resolving|connection refused|timeout|deadline exceeded|unreachable|failed to connect", Meaning(
        _UNCLEAR, setting("host"), "Krenalis server could not reach the warehouse",
        "Check host and port, that the warehouse runs, and that networks let the Krenalis server through.")),
    (r"try again later", Meaning(_UNCLEAR, NOWHERE, "Krenalis server is busy", "Try again later.")),
)
_PLACES: Final = (
    (r"^name ", AttributePath.of("name")),
    (r"/name\"", AttributePath.of("name")),
    (r"/warehouse/mode|/mode\"|WarehouseMode", _MODE),
    (r"warehouse platform|/warehouse/platform", _PLATFORM),
    (r"profile 'image'", AttributePath.of("ui_preferences", "user_profile", "image")),
    (r"profile 'firstName'", AttributePath.of("ui_preferences", "user_profile", "first_name")),
    (r"profile 'lastName'", AttributePath.of("ui_preferences", "user_profile", "last_name")),
    (r"profile 'extra'", AttributePath.of("ui_preferences", "user_profile", "extra")),
    (r"^identifier ", AttributePath.of("identifiers")),
    (r"primary source", AttributePath.of("primary_sources")),
    (r"rePaths", AttributePath.of("renames")),
    (r"schema|profile|properties|content length", _SCHEMA),
)
_GONE: Final = Meaning(
    _ANSWERED, NOWHERE, "Workspace not found",
    "It was deleted, or belongs to another organization or server than those of endpoint and api_key.",
)
_RESTRICTED: Final = Meaning(Verdict.ABSENT, _KEY, "API key is restricted to a workspace")
_OTHER_FORM: Final = Meaning(
    _ANSWERED, AttributePath.of("id"), "Workspace not found", "The ids that this server gives have another form."
)
_NOT_MADE: Final = Meaning(_UNCLEAR, NOWHERE, "Request could not be made")
_KINDS: Final[Mapping[type[ApiError], Meaning]] = {
    UnknownKey: Meaning(
        Verdict.ABSENT, _KEY, "API key is not known",
        "If the workspace was deleted, terraform state rm forgets it.",
    ),
    Unauthorized: Meaning(Verdict.ABSENT, _KEY, "API key refused"),
    Forbidden: Meaning(Verdict.ABSENT, _KEY, "API key refused"),
    OtherWorkspace: Meaning(_ANSWERED, _KEY, "API key is restricted to another workspace"),
    TooManyRequests: Meaning(
        _UNCLEAR, NOWHERE, "Krenalis server's rate limit exceeded", "Try again later, or with a lower -parallelism."
    ),
    WrongEndpoint: Meaning(_ANSWERED, _ENDPOINT, "No Krenalis server at the endpoint"),
    ServerFailed: Meaning(_UNCLEAR, NOWHERE, "Krenalis server failed"),
    Untrusted: Meaning(_ANSWERED, _ENDPOINT, "Krenalis server's certificate does not verify"),
    WithoutTLS: Meaning(_ANSWERED, _ENDPOINT, "Krenalis server has no TLS"),
    NoAuthorities: Meaning(
        Verdict.ABSENT, ProviderPath.of("ca_cert_file"), "Certificate authorities cannot be read",
        "Name a file in PEM form with the authority's certificate; a relative path starts at the folder in which Terraform runs.",
    ),
    NoAnswer: Meaning(_UNCLEAR, _ENDPOINT, "Krenalis server does not answer"),
}
"""By kind of error; a kind stands before the one that it is a kind of."""
# fmt: on
_SQLSTATE: Final = re.compile(r"\(SQLSTATE ([0-9A-Z]{5})\)")
_SETTING: Final = re.compile(
    r"not valid: (host|port|username|user name|password|database|schema|account|role|warehouse)"
)
_OF_MCP: Final = "MCP"


def meaning_of(error: ApiError) -> Meaning:
    """What an error means."""
    match error:
        case NotFound():
            return _GONE
        case Unauthorized() if says_key_has_one_workspace(error):
            return _RESTRICTED
        case Unavailable():
            return _of_warehouse(error)
        case Refused() if error.code in _CODES:
            return _CODES[error.code]
    for kind, meaning in _KINDS.items():
        if isinstance(error, kind):
            return meaning
    return _refused(error) if isinstance(error, Refused) else _NOT_MADE


def _refused(error: Refused) -> Meaning:
    """What an answer without a telling code means."""
    if error.code == "InvalidWarehouseSettings":
        if _OF_MCP in error.message:
            remedy = "Terraform leaves them as they are: correct them in the Admin console."
            return Meaning(_ANSWERED, NOWHERE, "Invalid MCP settings", remedy)
        named = _SETTING.search(error.message)
        path = (
            setting(named[1].replace("user name", "username"))
            if named
            else AttributePath.of("warehouse", "settings")
        )
        return Meaning(_ANSWERED, path, "Invalid warehouse", "Correct the warehouse's settings.")
    if "Krenalis-Workspace header is invalid" in error.message:
        return _OTHER_FORM
    path = next((path for words, path in _PLACES if re.search(words, error.message)), NOWHERE)
    return Meaning(
        _ANSWERED, path, "Krenalis server refused the workspace", "Correct what it names, and plan again."
    )


def _of_warehouse(error: Unavailable) -> Meaning:
    """What the server says of its warehouse: 503 stands for all that fails there, for permanent mistakes too."""
    code = _SQLSTATE.search(error.message)
    if code and (meaning := _SQLSTATES.get(code[1])):
        return meaning
    if code:
        remedy = "Mend what it names, in the warehouse or in the configuration, and apply again."
        return Meaning(_ANSWERED, AttributePath.of("warehouse"), "Warehouse refused a statement", remedy)
    for words, meaning in _WORDS:
        if re.search(words, error.message):
            return meaning
    return Meaning(_UNCLEAR, AttributePath.of("warehouse"), "Warehouse failed", "Try again when it is well.")

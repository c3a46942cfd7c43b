"""What single diagnostics of a log tell: of lost data, of what goes along, of what could not be checked."""

import re
from collections.abc import Collection, Iterable, Mapping
from enum import Enum
from typing import Any, Final

from krenalis_provider.command.review.files import members, text_of
from krenalis_provider.command.review.model import Message
from krenalis_provider.command.review.secrets import Secrets
from krenalis_provider.resources.workspace import loss_sentences
from krenalis_provider.resources.workspace.loss_sentences import LossSentence, Lost
from lightstart.records import Record

GO_ALONG: Final = frozenset(
    {
        "Objects go with columns",
        "Objects go with the warehouse",
        "View over the profiles was changed outside Terraform",
    }
)
"""The summaries of what others made, and what goes."""

UNCHECKED: Final = frozenset(
    {
        "Another operation is not finished",
        "Connection to PostgreSQL lost",
        "Connection to Snowflake lost",
        "Krenalis server could not reach the warehouse",
        "Krenalis server does not answer",
        "Krenalis server failed",
        "Krenalis server is busy",
        "Krenalis server's rate limit exceeded",
        "New warehouse settings were not tried",
        "No connection to Snowflake",
        "Not rehearsed",
        "PostgreSQL could not be reached",
        "PostgreSQL failed",
        "PostgreSQL is starting or stopping",
        "PostgreSQL refused the connection",
        "PostgreSQL took too long",
        "Request could not be made",
        "Result could not be fetched",
        "Snowflake could not be reached",
        "Snowflake failed",
        "Snowflake took too long",
        "Snowflake's certificate does not verify",
        "Something else than Snowflake answered",
        "Too many connections",
        "User is locked",
        "Virtual warehouse cannot be used",
        "Virtual warehouse has used up its credits",
        "Warehouse failed",
        "Warehouse is busy",
        "Warehouse is locked",
        "Warehouse not checked",
        "Warehouse was taken over",
    }
)
"""The summaries of what could not be found out; the provider's modules have each of them."""

_NOT_REFRESHED: Final = re.compile(r'Workspace "(?P<name>.*)" could not be refreshed', re.DOTALL)
_SUBJECT: Final = re.compile(
    r'(?=.*"\)\Z)(?P<summary>.*?) \((?:workspace "(?P<name>.*)"|(?:schema|database) ".*")\)', re.DOTALL
)
"""A summary with what it is about at its end: the workspace, or while its name is not known, its place."""


class Kind(Enum):
    """What a diagnostic tells of."""

    LOSS = "lost data"
    ALONG = "what goes with the data"
    UNCHECKED = "what could not be checked"
    OTHER = "anything else"


class Said(Record, kw_only=True):
    """A diagnostic, and what is understood of it."""

    message: Message
    kind: Kind
    address: str = ""
    """The resource's address as Terraform spells it, which may hold a secret; empty for none."""
    workspace: str = ""
    """The name, without secrets, of the workspace that the summary names."""
    loss: LossSentence | None = None
    """What the summary says of lost data, without secrets."""
    reason: str = ""
    """Why rows were not counted."""
    is_kept: bool = False
    """Whether nothing is lost after all, because Terraform only forgets the workspace."""


class Count(Record):
    """The rows of a loss in words, as far as a diagnostic tells of them (see `LossSentence`)."""

    rows: str
    among: str
    reason: str


Losses = Mapping[tuple[Lost, str], Collection[Count]]
"""What is lost, and the name of the column, to all that diagnostics say of its rows."""


def read(diagnostic: Mapping[str, Any], secrets: Secrets) -> Said:
    """What a diagnostic says, but for the code beside it, which may hold a secret.

    Our own words are looked for before secrets are taken out, because a secret may be one of them.
    """
    summary, detail = text_of(diagnostic.get("summary")), text_of(diagnostic.get("detail"))
    address = text_of(diagnostic.get("address"))
    subject, loss = _SUBJECT.fullmatch(summary), loss_sentences.read(summary)
    headline = subject["summary"] if subject else summary
    named = subject or _NOT_REFRESHED.fullmatch(summary)
    clean = secrets.without
    return Said(
        message=Message(clean(headline), clean(detail), clean(address), clean(_place(diagnostic))),
        kind=_kind(headline, loss),
        address=address,
        workspace=clean(loss.workspace if loss else (named["name"] or "") if named else ""),
        loss=loss
        and LossSentence(loss.lost, *map(clean, (loss.workspace, loss.column, loss.rows, loss.among))),
        reason=clean(loss_sentences.read_reason(detail)),
        is_kept=loss is not None and loss_sentences.only_forgets(loss, detail),
    )


def losses_of(said: Iterable[Said]) -> Losses:
    """The losses that diagnostics tell of."""
    found: dict[tuple[Lost, str], set[Count]] = {}
    for each in said:
        if each.loss:
            count = Count(each.loss.rows, each.loss.among, each.reason)
            found.setdefault((each.loss.lost, each.loss.column), set()).add(count)
    return found


def _kind(headline: str, loss: LossSentence | None) -> Kind:
    if loss:
        return Kind.LOSS
    if headline in GO_ALONG:
        return Kind.ALONG
    return Kind.UNCHECKED if headline in UNCHECKED or _NOT_REFRESHED.fullmatch(headline) else Kind.OTHER


def _place(diagnostic: Mapping[str, Any]) -> str:
    """The file and the line, as far as they are told."""
    within = members(diagnostic.get("range"))
    file, line = text_of(within.get("filename")), members(within.get("start")).get("line")
    return f"{file}:{line}" if file and isinstance(line, int) else file

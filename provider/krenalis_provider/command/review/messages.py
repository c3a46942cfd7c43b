"""The diagnostics of a log: which workspace each is about, and what it tells of.

Terraform 1.15 prints warnings with equal texts of one block once, for any of its instances in any module; 1.11 prints them
all (docs/facts/terraform.md, "Messages").
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from krenalis_provider.command.review.blocks import Blocks
from krenalis_provider.command.review.files import members, text_of, time_of
from krenalis_provider.command.review.model import Message
from krenalis_provider.command.review.secrets import Secrets
from krenalis_provider.resources.workspace import loss_sentences
from krenalis_provider.resources.workspace.loss_sentences import LossSentence
from lightstart.records import Record

GO_ALONG: Final = (
    "Objects go with columns",
    "Objects go with the warehouse",
    "View over the profiles was changed outside Terraform",
)
"""The summaries of what others made, and what goes."""

UNCHECKED: Final = (
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
)
"""The summaries of what could not be found out; the provider's modules have each of them."""

_NOT_REFRESHED: Final = re.compile(r'Workspace "(?P<name>.*)" could not be refreshed', re.DOTALL)
_SUBJECT: Final = re.compile(r'(?P<summary>.*) \(workspace "(?P<name>.*)"\)', re.DOTALL)
_OF_TERRAFORM: Final = "Provider development overrides are in effect"
_LISTS_ALL: Final = 11
"""The minor version of Terraform 1 up to which plans show equal warnings of several instances each."""


class Log(Record, kw_only=True):
    """What a log tells."""

    errors: tuple[Message, ...] = ()
    warnings: tuple[Message, ...] = ()
    terraform: str = ""
    """The version of Terraform; empty if the log does not say it."""
    changes: frozenset[tuple[str, str]] = frozenset()
    """The address and the action of each planned change."""
    is_whole: bool = True
    """Whether the command came to its end."""
    blocks: Blocks = Blocks({})
    """The blocks of the plan that it is the log of."""
    wrote_plan: bool = True
    """Whether it planned something: one that failed before has written no plan file."""
    times: tuple[datetime, ...] = ()
    """When its first and its last message were written; empty if nothing tells it."""

    @property
    def is_folded(self) -> bool:
        """Whether a warning may be meant for other instances of the same block too."""
        major, _, rest = self.terraform.partition(".")
        minor = rest.partition(".")[0]
        return not (major == "1" and minor.isdigit() and int(minor) <= _LISTS_ALL)


def read_messages(log: Sequence[Mapping[str, Any]], secrets: Secrets, blocks: Blocks) -> Log:
    """What the messages of a log tell, without secrets."""
    errors, warnings, changes = [], [], set()
    terraform, is_whole = "", False
    times = [at for message in log if (at := time_of(message.get("@timestamp")))]
    for message in log:
        match message.get("type"):
            case "version":
                terraform = secrets.without(text_of(message.get("terraform")))
            case "planned_change":
                change = members(message.get("change"))
                address = text_of(members(change.get("resource")).get("addr"))
                changes.add((address, text_of(change.get("action"))))
            case "change_summary":
                is_whole = True
            case "diagnostic":
                diagnostic = members(message.get("diagnostic"))
                said = _message(diagnostic, secrets)
                if diagnostic.get("severity") == "error":
                    errors.append(said)
                elif said.headline != _OF_TERRAFORM:
                    warnings.append(said)
    return Log(
        errors=tuple(dict.fromkeys(errors)),
        warnings=tuple(dict.fromkeys(warnings)),
        terraform=terraform,
        changes=frozenset(changes),
        is_whole=is_whole or bool(errors),
        blocks=blocks,
        wrote_plan=is_whole or bool(changes) or not errors,
        times=(min(times), max(times)) if times else (),
    )


class Told(Record):
    """The warnings about one workspace."""

    losses: tuple[tuple[LossSentence, Message], ...] = ()
    along: tuple[Message, ...] = ()
    unchecked: tuple[Message, ...] = ()
    others: tuple[Message, ...] = ()


def told_of(address: str, log: Log) -> Told:
    """The warnings of a log about the workspace at an address."""
    own = [each for each in log.warnings if each.address == address]
    if log.is_folded:
        known = {each.headline for each in own}
        own += [
            each
            for each in _of_others(address, log)
            # a text with a name or a number of its own is never folded with another one
            if each.headline in UNCHECKED and each.headline not in known
        ]
    return _sorted(own)


def shared_losses(address: str, log: Log) -> tuple[tuple[LossSentence, Message], ...]:
    """The losses that were told of other instances of the same block.

    Each loss has a warning. If that of an instance is missing, it was equal to the one of another instance.
    """
    return _sorted(_of_others(address, log)).losses if log.is_folded else ()


def _of_others(address: str, log: Log) -> Iterator[Message]:
    """The warnings of other instances of the same block."""
    block = log.blocks.of(address)
    for each in log.warnings:
        if each.address and each.address != address and log.blocks.of(each.address) == block:
            yield each


def without_address(name: str, log: Log) -> Told:
    """The warnings that have no address and name a workspace: those of a resource whose block was removed."""
    found = []
    for each in log.warnings:
        sentence = loss_sentences.read(each.headline)
        if not each.address and name in (each.workspace, sentence.workspace if sentence else None):
            found.append(each)
    return _sorted(found)


def sorted_warnings(log: Log) -> Told:
    """All warnings by what they tell of."""
    return _sorted(log.warnings)


def _sorted(messages: Iterable[Message]) -> Told:
    losses, along, unchecked, others = [], [], [], []
    for each in messages:
        if sentence := loss_sentences.read(each.headline):
            losses.append((sentence, each))
        elif each.headline in GO_ALONG:
            along.append(each)
        elif each.headline in UNCHECKED or _NOT_REFRESHED.fullmatch(each.headline):
            unchecked.append(each)
        else:
            others.append(each)
    return Told(tuple(losses), tuple(along), tuple(unchecked), tuple(others))


def _message(diagnostic: Mapping[str, Any], secrets: Secrets) -> Message:
    """A diagnostic without the code beside it, which may hold a secret."""
    summary = secrets.without(text_of(diagnostic.get("summary")))
    found = _SUBJECT.fullmatch(summary)
    named = found or _NOT_REFRESHED.fullmatch(summary)
    start = members(members(diagnostic.get("range")).get("start"))
    file = text_of(members(diagnostic.get("range")).get("filename"))
    line = start.get("line")
    place = f"{file}:{line}" if file and isinstance(line, int) else file
    return Message(
        found["summary"] if found else summary,
        secrets.without(text_of(diagnostic.get("detail"))),
        secrets.without(text_of(diagnostic.get("address"))),
        secrets.without(place),
        named["name"] if named else "",
    )

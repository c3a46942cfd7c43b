"""A log as a whole: what it planned and when, and which of its warnings are about which workspace.

Terraform 1.15 prints warnings with equal texts of one block once, for any of its instances in any module; 1.11 prints them
all (docs/facts/terraform.md, "Messages"). Each text names the workspace, so only instances of one name share it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from krenalis_provider.command.review import messages
from krenalis_provider.command.review.blocks import Blocks
from krenalis_provider.command.review.files import members, text_of, time_of
from krenalis_provider.command.review.messages import Kind, Losses, Said
from krenalis_provider.command.review.model import Message
from krenalis_provider.command.review.secrets import Secrets
from krenalis_provider.resources.workspace.loss_sentences import Lost
from lightstart.records import Record, field, replace

TYPE: Final = "krenalis_workspace"
"""The type of resource that is reviewed."""
_OF_TERRAFORM: Final = "Provider development overrides are in effect"
_LISTS_ALL: Final = 11
"""The minor version of Terraform 1 up to which plans show equal warnings of several instances each."""


class Told(Record, kw_only=True):
    """The warnings about one workspace."""

    is_logged: bool = False
    """Whether there is a log at all."""
    losses: Losses = field(default_factory=dict)
    shared: Losses = field(default_factory=dict)
    """The losses that were told of other instances of the block."""
    along: tuple[Message, ...] = ()
    unchecked: tuple[Message, ...] = ()
    others: tuple[Message, ...] = ()
    messages: tuple[Message, ...] = ()
    """Those of them that are the workspace's own, with those of its losses."""


class Log(Record, kw_only=True):
    """What a log tells."""

    blocks: Blocks
    """The blocks of the plan that it is the log of."""
    errors: tuple[Message, ...] = ()
    warnings: tuple[Said, ...] = ()
    terraform: str = ""
    """The version of Terraform; empty if the log does not say it."""
    changes: frozenset[tuple[str, str]] = frozenset()
    """The address and the action of each planned change of a workspace."""
    is_whole: bool = True
    """Whether the command came to its end."""
    wrote_plan: bool = True
    """Whether it planned something: one that failed before has written no plan file."""
    times: tuple[datetime, ...] = ()
    """When its first and its last message were written; empty if nothing tells it."""
    own: Mapping[str, Sequence[Said]] = field(default_factory=dict)
    """The warnings of each address."""
    nameless: Mapping[str, Sequence[Said]] = field(default_factory=dict)
    """Those without an address by the workspace that they name: those of a resource whose block was removed."""
    shared: Mapping[tuple[str, str, str], Told] = field(default_factory=dict)
    """What may be meant for all instances of a block that have one name, by folder, block and name."""

    def told_of(self, address: str, name: str, id_: str, kinds: Collection[Lost]) -> Told:
        """The warnings about the workspace at an address, with the losses of some kinds; name and id are redacted."""
        own, nameless = self.own.get(address, ()), self.nameless.get(name, ())
        losses = [*_losses(own, id_, kinds)] or [*_losses(nameless, id_, kinds)]
        return _told([*losses, *(each for each in (*own, *nameless) if each.loss is None)])

    def with_shared(self, told: Told, address: str, name: str) -> Told:
        """The same with what was told of other instances of the block, because Terraform prints equal texts once.

        Each loss has a warning. If that of an instance is missing, it was equal to the one of another instance.
        """
        shared = self.shared.get((*self.blocks.of(address), name))
        if shared is None:
            return told
        known = {each.headline for each in told.unchecked}
        unchecked = (*told.unchecked, *(each for each in shared.unchecked if each.headline not in known))
        return replace(told, shared=shared.losses, unchecked=unchecked)


def read_messages(log: Sequence[Mapping[str, Any]], secrets: Secrets, blocks: Blocks) -> Log:
    """What the messages of a log tell, without secrets. Of several logs in one file, the last one counts."""
    begins = [place for place, message in enumerate(log) if message.get("type") == "version"]
    log = log[begins[-1] :] if begins else log
    terraform = secrets.without(text_of(log[0].get("terraform"))) if begins else ""
    errors: list[Message] = []
    warnings: list[Said] = []
    planned = [members(each.get("change")) for each in log if each.get("type") == "planned_change"]
    is_whole = any(each.get("type") == "change_summary" for each in log)
    for message in log:
        if message.get("type") == "diagnostic":
            diagnostic = members(message.get("diagnostic"))
            said = messages.read(diagnostic, secrets)
            if diagnostic.get("severity") == "error":
                errors.append(said.message)
            elif diagnostic.get("summary") != _OF_TERRAFORM:
                warnings.append(said)
    times = [at for message in log if (at := time_of(message.get("@timestamp")))]
    own, nameless = _by_subject(warnings)
    return Log(
        blocks=blocks,
        errors=tuple(dict.fromkeys(errors)),
        warnings=tuple(dict.fromkeys(warnings)),
        terraform=terraform,
        changes=frozenset(_changes(planned)),
        is_whole=is_whole or bool(errors),
        wrote_plan=is_whole or bool(planned) or not errors,
        times=(min(times), max(times)) if times else (),
        own=own,
        nameless=nameless,
        shared=_shared(own, blocks) if _is_folded(terraform) else {},
    )


def _changes(planned: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for change in planned:
        resource = members(change.get("resource"))
        if resource.get("resource_type") == TYPE:
            yield text_of(resource.get("addr")), text_of(change.get("action"))


def _by_subject(warnings: Iterable[Said]) -> tuple[Mapping[str, list[Said]], Mapping[str, list[Said]]]:
    """The warnings by address, and those without one by the workspace that they name."""
    own: dict[str, list[Said]] = defaultdict(list)
    nameless: dict[str, list[Said]] = defaultdict(list)
    for each in warnings:
        if each.address:
            own[each.address].append(each)
        elif each.workspace:
            nameless[each.workspace].append(each)
    return dict(own), dict(nameless)


def _shared(own: Mapping[str, Iterable[Said]], blocks: Blocks) -> Mapping[tuple[str, str, str], Told]:
    found: dict[tuple[str, str, str], list[Said]] = defaultdict(list)
    for address, said in own.items():
        block = blocks.of(address)
        for each in said:
            if each.workspace:
                found[*block, each.workspace].append(each)
    return {key: _told(said) for key, said in found.items()}


def _is_folded(terraform: str) -> bool:
    """Whether a warning may be meant for other instances of the same block too."""
    major, _, rest = terraform.partition(".")
    minor = rest.partition(".")[0]
    return not (major == "1" and minor.isdigit() and int(minor) <= _LISTS_ALL)


def _losses(said: Iterable[Said], id_: str, kinds: Collection[Lost]) -> Iterator[Said]:
    """The losses of some kinds. That of a destruction has the workspace's id, because there may be two of one name."""
    for each in said:
        if each.loss and each.loss.lost in kinds:
            detail = each.message.detail
            is_other = each.loss.lost is Lost.DESTROYED and "(id " in detail and f"(id {id_})" not in detail
            if not (id_ and is_other):
                yield each


def _told(said: Sequence[Said]) -> Told:
    def of(kind: Kind) -> tuple[Message, ...]:
        return tuple(each.message for each in said if each.kind is kind)

    return Told(
        is_logged=True,
        losses=messages.losses_of(said),
        along=of(Kind.ALONG),
        unchecked=of(Kind.UNCHECKED),
        others=of(Kind.OTHER),
        messages=tuple(each.message for each in said),
    )

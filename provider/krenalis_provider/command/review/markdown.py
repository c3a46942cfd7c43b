"""A review as Markdown for a pull request (GitHub flavoured): a table first, and all details folded.

Whatever comes from the plan stands in code, where neither Markdown nor mentions mean anything, or is spelled so that no
character has a meaning. A comment holds 65,536 characters, so a long review leaves out details until it fits.
"""

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from krenalis_provider.command.review import mermaid, words
from krenalis_provider.command.review.model import Message, Review, Setting, WorkspaceReview
from krenalis_provider.command.review.text import lines, plain, shortened
from krenalis_provider.command.review.verdict import Gravity, verdict_of
from krenalis_provider.command.review.words import Code, Line, Prose
from krenalis_provider.model.wording import counted
from lightstart.records import Record

LONGEST: Final = 65_000
_ICONS: Final = {
    Gravity.FAILED: "❌",
    Gravity.LOST: "🛑",
    Gravity.MAY_BE_LOST: "⚠️",
    Gravity.GONE: "⚠️",
    Gravity.SAFE: "✅",
}
_NAME: Final = 120  # characters of one name or value
_TEXT: Final = 2_000  # characters of one message
_PLAIN: Final = re.compile(r"[A-Za-z0-9_ .:,;/()\[\]{}\"'=+*~^%$&!?<>#@→-]+")
_SAFE_IN_PROSE: Final = re.compile(r"[A-Za-z0-9 ,.()\"'%;–—→…⟨⟩]")
_MENTIONS: Final = re.compile(r"@|#(?=\w)|://|(?i:www\.)|(?i:gh-)(?=\d)")


class _Detail(Record, kw_only=True):
    """How much is shown of each workspace."""

    workspaces: int
    columns: int
    settings: int
    messages: int
    text: int
    """Characters of one message."""
    sql: int
    """Characters of SQL."""
    diagrams: bool


_DETAILS: Final = (
    _Detail(workspaces=100, columns=60, settings=60, messages=30, text=2_000, sql=12_000, diagrams=True),
    _Detail(workspaces=100, columns=30, settings=30, messages=10, text=800, sql=3_000, diagrams=False),
    _Detail(workspaces=60, columns=10, settings=10, messages=5, text=300, sql=0, diagrams=False),
    _Detail(workspaces=20, columns=3, settings=3, messages=2, text=150, sql=0, diagrams=False),
    _Detail(workspaces=5, columns=3, settings=0, messages=1, text=80, sql=0, diagrams=False),
    _Detail(workspaces=0, columns=0, settings=0, messages=0, text=0, sql=0, diagrams=False),
)
"""From the fullest to the shortest, which always fits: it has hardly a text of anybody."""


def comment(review: Review) -> str:
    """The review, with as many details as fit into a comment."""
    texts = ("\n".join(_page(review, detail)) + "\n" for detail in _DETAILS)
    shortest = ""
    for text in texts:
        if len(text.encode()) <= LONGEST:
            return text
        shortest = text
    return shortest


def code(text: str, most: int = _NAME) -> str:
    """A name or value in code, as Markdown, in a cell of a table too."""
    shown = plain(shortened(text, most))
    if _PLAIN.fullmatch(shown) and shown == shown.strip():
        return f"`{shown}`"
    return _html_code(shown)


def prose(text: str, most: int = _TEXT) -> str:
    """Sentences of others, in which no character has a meaning for Markdown."""
    shown = " ".join(lines(shortened(text, most))) or "(no text)"
    parts, at = [], 0
    for found in _MENTIONS.finditer(shown):
        parts += [_entities(shown[at : found.start()]), _html_code(found[0])]
        at = found.end()
    return "".join([*parts, _entities(shown[at:])])


def _html_code(text: str) -> str:
    return f"<code>{''.join(each if each.isalnum() else f'&#{ord(each)};' for each in text)}</code>"


def _entities(text: str) -> str:
    return "".join(
        each if _SAFE_IN_PROSE.fullmatch(each) or each.isalnum() else f"&#{ord(each)};" for each in text
    )


def _inline(line: Line, most: int = _TEXT) -> str:
    return "".join(_part(part, most) for part in line)


def _part(part: str | Code | Prose, most: int) -> str:
    match part:
        case Code():
            return code(part.text)
        case Prose():
            return prose(part.text, most)
        case _:
            return part


def _page(review: Review, detail: _Detail) -> Iterator[str]:
    verdict = verdict_of(review)
    yield f"## {_ICONS[verdict.gravity]} Krenalis: {verdict.title}"
    yield ""
    yield verdict.sentence
    yield ""
    yield from _errors(review.errors, detail)
    if review.losses:
        yield from _bullets([words.loss(each) for each in review.losses], detail.messages)
    if review.gone and not review.has_failed:
        yield from _bullets([words.gone_from(each) for each in review.gone], detail.messages)
    if review.workspaces:
        yield from _table(
            ("Workspace", "Action", "Columns", "Data lost"),
            [_row(each) for each in review.workspaces],
            detail.workspaces,
        )
    yield from ([*_paragraph(words.others(review))])
    for notice in review.notices:
        yield from ("> [!NOTE]", f"> {_own(notice)}", "")
    for each in review.workspaces[: detail.workspaces]:
        yield from _workspace(each, detail)
    if review.warnings and detail.messages:
        yield from _folded("Other warnings", _messages(review.warnings, detail))
    if detail is not _DETAILS[0]:
        yield from (
            "> [!NOTE]",
            "> Some details are left out, because a comment has a limit. The page that `--html` writes has all.",
            "",
        )
    yield f"<sub>{_inline(words.origin(review), _NAME)} · terraform-provider-krenalis review</sub>"


def _own(sentence: str) -> str:
    """A sentence of ours, which may name a file or an option."""
    return html.escape(sentence, quote=False)


def _paragraph(text: str) -> tuple[str, ...]:
    return (text, "") if text else ()


def _row(of: WorkspaceReview) -> Sequence[str]:
    name = f"<br>{prose(of.name, _NAME)}" if of.name else ""
    lost = _inline(words.lost_in_short(of))
    return (
        f"{code(of.address)}{name}",
        words.action(of),
        words.columns_in_short(of),
        f"**{lost}**" if of.losses or of.has_gone_data else lost,
    )


def _workspace(of: WorkspaceReview, detail: _Detail) -> Iterator[str]:
    address = html.escape(plain(shortened(of.address, _NAME)), quote=False)
    title = f"<code>{address}</code>: {words.action(of)}"
    yield from _folded(title, _details(of, detail), is_open=bool(of.losses) or of.has_gone_data)


def _details(of: WorkspaceReview, detail: _Detail) -> Iterator[str]:
    if of.losses:
        yield from _section(words.title_of_losses(of))
        yield from _bullets([words.loss(each) for each in of.losses], detail.columns)
    if of.along:
        yield from _section("What goes with it")
        yield from _messages(of.along, detail)
    facts = [words.place(of), *words.facts(of)]
    yield from _bullets(facts, 1 + detail.messages)
    if of.unchecked:
        yield from _section("What could not be checked")
        yield from _messages(of.unchecked, detail)
    if of.settings and detail.settings:
        yield from _section("Settings")
        yield from _settings(of.settings, detail.settings)
    yield from _columns(of, detail)
    if of.drift and detail.settings:
        yield from _section("Changed outside Terraform")
        yield from _settings(of.drift, detail.settings)
    if of.warnings:
        yield from _section("Warnings")
        yield from _messages(of.warnings, detail)
    yield from _sql(of, detail)
    if detail.diagrams:
        for title, diagram in mermaid.diagrams(of):
            yield from _folded(title, ["```mermaid", diagram, "```", ""])


def _columns(of: WorkspaceReview, detail: _Detail) -> Iterator[str]:
    if not of.changed_columns:
        return
    yield from _section("Profile columns")
    yield from _table(
        ("", "Column", "SQL type", ""),
        [
            (
                words.SIGNS[each.change],
                _inline(words.name_of(each)),
                _inline(words.type_of(each)),
                f"**{each.change.value}**" if each.change.loses_data else each.change.value,
            )
            for each in words.changed_in_order(of)
        ],
        detail.columns,
    )
    yield from _paragraph(words.kept(of))


def _settings(settings: Sequence[Setting], most: int) -> Iterator[str]:
    def cell(value: str | None) -> str:
        return "–" if value is None else code(value)

    rows = [(code(each.path), cell(each.before), cell(each.after)) for each in settings]
    yield from _table(("Attribute", "Before", "After"), rows, most)


def _sql(of: WorkspaceReview, detail: _Detail) -> Iterator[str]:
    if not of.sql.statements:
        yield from _paragraph(of.sql.note)
        return
    whole = "\n".join(f"{words.in_short(statement)};" for statement in of.sql.statements)
    whole = "\n".join(plain(line) for line in whole.split("\n"))
    shown = whole[: detail.sql]
    if not shown:
        return
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    cut = [] if shown == whole else [f"… and {len(whole) - len(shown):,} characters more.", ""]
    yield from _folded(
        f"SQL: {counted(len(of.sql.statements), 'statement')}",
        [*_paragraph(of.sql.note), f"{fence}sql", shown, fence, "", *cut],
    )


def _errors(errors: Sequence[Message], detail: _Detail) -> Iterator[str]:
    for each in errors[: detail.messages]:
        yield f"- **{prose(each.headline, detail.text)}**{_inline(words.message(each)[1:])}"
        yield from (f"  <br>{prose(line)}" for line in lines(shortened(each.detail, detail.text)))
    if errors:
        yield ""
    yield from _more(len(errors), detail.messages)


def _messages(messages: Sequence[Message], detail: _Detail) -> Iterator[str]:
    for each in messages[: detail.messages]:
        text = prose(each.detail, detail.text) if each.detail else ""
        yield f"- **{prose(each.headline, detail.text)}**{text and f': {text}'}"
    yield ""
    yield from _more(len(messages), detail.messages)


def _bullets(items: Sequence[Line], most: int) -> Iterator[str]:
    yield from (f"- {_inline(each)}" for each in items[:most])
    if items:
        yield ""
    yield from _more(len(items), most)


def _section(title: str) -> Iterator[str]:
    yield from (f"#### {title}", "")


def _folded(title: str, content: Iterable[str], *, is_open: bool = False) -> Iterator[str]:
    """A part that is folded; `title` is HTML, on a line in which Markdown means nothing."""
    yield from (
        f"<details{' open' if is_open else ''}><summary>{title}</summary>",
        "",
        *content,
        "</details>",
        "",
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], most: int) -> Iterator[str]:
    if not most:
        return
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from (f"| {' | '.join(row)} |" for row in rows[:most])
    yield ""
    yield from _more(len(rows), most)


def _more(number: int, most: int) -> Iterator[str]:
    """How many are left out of a list that shows any."""
    if 0 < most < number:
        yield from (f"… and {number - most:,} more.", "")

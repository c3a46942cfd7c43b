"""A review as one page that needs nothing else: no script, no font, no file, no network."""

from collections.abc import Iterator, Sequence
from typing import Final

from krenalis_provider.command.review import diagram, html_parts, words
from krenalis_provider.command.review.elements import Element, Node, element, text
from krenalis_provider.command.review.model import Message, Review, WorkspaceReview
from krenalis_provider.command.review.style import CSS
from krenalis_provider.command.review.text import plain
from krenalis_provider.command.review.verdict import Gravity, Verdict, verdict_of
from krenalis_provider.command.review.words import Prose

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
_CLASSES: Final = {
    Gravity.FAILED: "failed",
    Gravity.LOST: "lost",
    Gravity.MAY_BE_LOST: "may",
    Gravity.GONE: "may",
    Gravity.SAFE: "safe",
}
_ICONS: Final = {
    Gravity.FAILED: "M16 16 L32 32 M32 16 L16 32",
    Gravity.LOST: "M24 13 V27 M24 33.5 V34",
    Gravity.MAY_BE_LOST: "M24 13 V27 M24 33.5 V34",
    Gravity.GONE: "M24 13 V27 M24 33.5 V34",
    Gravity.SAFE: "M14 25 L21 32 L34 17",
}
_OCTAGON: Final = "M16 4 H32 L44 16 V32 L32 44 H16 L4 32 V16 Z"
_CIRCLE: Final = "M24 4 A20 20 0 1 1 23.99 4 Z"
_TRIANGLE: Final = "M24 5 L45 42 H3 Z"
_SHAPES: Final = {
    Gravity.FAILED: _OCTAGON,
    Gravity.LOST: _OCTAGON,
    Gravity.MAY_BE_LOST: _TRIANGLE,
    Gravity.GONE: _TRIANGLE,
    Gravity.SAFE: _CIRCLE,
}
_MOST_LOSSES: Final = 6  # workspaces in the verdict; all losses are at the workspaces
_MOST_OF_ONE: Final = 3
_MOST_LISTED: Final = 20


def page(review: Review) -> str:
    """The page."""
    verdict = verdict_of(review)
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", f"{verdict.title} – Krenalis plan review"),
        element("style", CSS),
    )
    body = element(
        "body",
        _skip(),
        _header(review, verdict),
        element("main", _main(review), id="content"),
        _footer(review),
    )
    return f"<!DOCTYPE html>\n{text(element('html', head, body, lang='en'))}\n"


def _skip() -> Element:
    return element("a", "Skip to the details", href="#content", class_="skip")


def _header(review: Review, verdict: Verdict) -> Element:
    losses = [*_verdict_losses(review)]
    return element(
        "header",
        element("p", "Krenalis · review of a Terraform plan", class_="kicker"),
        element(
            "div",
            _icon(verdict.gravity),
            element("div", element("h1", verdict.title), element("p", verdict.sentence)),
            element("ul", _first(losses, _MOST_LOSSES)) if losses else None,
            class_=f"verdict {_CLASSES[verdict.gravity]}",
        ),
    )


def _icon(gravity: Gravity) -> Element:
    return element(
        "svg",
        element("path", d=_SHAPES[gravity], fill="currentColor"),
        element(
            "path",
            d=_ICONS[gravity], fill="none", stroke="var(--card)", stroke_width="4.5", stroke_linecap="round",
            stroke_linejoin="round",
        ),
        class_="icon", viewBox="0 0 48 48", aria_hidden="true",
    )  # fmt: skip


def _verdict_losses(review: Review) -> Iterator[Element]:
    """A workspace each, with its first losses; or the losses of a log."""
    for number, each in enumerate(review.workspaces):
        if each.losses:
            link = element("a", element("code", plain(each.address)), href=f"#w{number}")
            listed = [element("li", html_parts.inline(words.loss(loss))) for loss in each.losses]
            yield element("li", link, element("ul", _first(listed, _MOST_OF_ONE)))
    for each in () if review.has_failed else review.gone:
        yield element("li", html_parts.inline(words.gone_from(each)))
    for loss in review.losses:
        yield element("li", html_parts.inline(words.loss(loss)))


def _first(items: Sequence[Element], most: int) -> Iterator[Element]:
    """The first items, and the number of the others."""
    yield from items[:most]
    if len(items) > most:
        yield element("li", f"and {len(items) - most:,} more")


def _main(review: Review) -> Iterator[Node]:
    yield from (element("p", notice, class_="note") for notice in review.notices)
    if review.errors:
        yield _section("Errors", "errors", [html_parts.message_list(review.errors, is_of_all=True)])
    if review.workspaces:
        yield _summary(review)
    elif others := words.others(review):
        yield element("p", others)
    for number, each in enumerate(review.workspaces):
        yield _workspace(each, f"w{number}")
    if review.warnings:
        yield _section(
            "Other warnings", "warnings", [html_parts.message_list(review.warnings, is_of_all=True)]
        )


def _section(title: str, name: str, content: Sequence[Node]) -> Element:
    return element("section", element("h2", title, id=name), content, class_="card", aria_labelledby=name)


def _summary(review: Review) -> Element:
    rows = [
        element(
            "tr",
            element(
                "th",
                element("a", element("code", plain(each.address)), href=f"#w{number}"),
                element("br"),
                html_parts.inline((Prose(each.name),)),
                scope="row",
            ),
            element("td", words.action(each)),
            element("td", words.columns_in_short(each)),
            element(
                "td",
                element(
                    "span",
                    html_parts.inline(words.lost_in_short(each)),
                    class_="loss"
                    if each.losses
                    else "gone"
                    if each.is_gone or each.has_gone_data
                    else "none",
                ),
            ),
        )
        for number, each in enumerate(review.workspaces)
    ]
    table = html_parts.table("Workspaces", ("Workspace", "Action", "Columns", "Data lost"), rows)
    others = words.others(review)
    return _section("Workspaces", "workspaces", [table, *([element("p", others)] if others else [])])


def _workspace(of: WorkspaceReview, name: str) -> Element:
    title = f"{name}-title"
    head = element(
        "header",
        element("h2", plain(of.name) or "Workspace", id=title),
        (
            element("span", each, class_=f"badge {'dropped' if of.losses else 'none'}")
            for each in words.actions(of)
        ),
        element("p", element("code", plain(of.address)), class_="where"),
        element("p", html_parts.inline(words.place(of)), class_="where"),
    )
    return element("section", head, _parts(of, name), class_="card", id=name, aria_labelledby=title)


def _parts(of: WorkspaceReview, name: str) -> Iterator[Node]:
    if of.losses:
        yield _losses(of)
    if facts := [element("li", html_parts.inline(each)) for each in words.facts(of, most=None)]:
        yield element("ul", facts)
    yield from _told("What goes with it", of.along)
    yield from _told("What could not be checked", of.unchecked)
    if of.changed_columns:
        yield html_parts.folded("Profile columns", len(of.changed_columns), html_parts.columns_table(of))
    if images := diagram.diagrams(of):
        drawn = [html_parts.figure(each, f"{name}-{place}") for place, each in enumerate(images)]
        title = "Tables before and after" if len(images) > 1 else "Tables"
        yield html_parts.folded(title, 0, [element("div", drawn, class_="diagrams")])
    for title, settings in (("Settings", of.settings), ("Changed outside Terraform", of.drift)):
        if settings:
            yield html_parts.folded(title, len(settings), [html_parts.settings_table(title, settings)])
    yield from _told("Warnings", of.warnings)
    if of.sql.statements:
        yield html_parts.folded("SQL", len(of.sql.statements), list(html_parts.statements(of)), is_open=False)
    elif of.sql.note:
        yield element("p", of.sql.note)


def _losses(of: WorkspaceReview) -> Element:
    title = element("h3", words.title_of_losses(of))
    listed = [element("li", html_parts.inline(words.loss(each))) for each in of.losses]
    rest = listed[_MOST_LISTED:]
    more = (
        element("details", element("summary", f"{len(rest):,} more"), element("ul", rest)) if rest else None
    )
    kind = "lost" if any(each.is_certain for each in of.losses) else "may"
    return element("div", title, element("ul", listed[:_MOST_LISTED]), more, class_=f"lossbox {kind}")


def _told(title: str, messages: Sequence[Message]) -> Iterator[Element]:
    if messages:
        yield html_parts.folded(title, len(messages), [html_parts.message_list(messages)])


def _footer(review: Review) -> Element:
    origin = html_parts.inline(words.origin(review))
    return element("footer", origin, " · made by terraform-provider-krenalis review")

"""The parts of the page: tables, folded parts, lists of messages, and lines of text."""

from collections.abc import Iterator, Sequence

from krenalis_provider.command.review import diagram, words
from krenalis_provider.command.review.elements import Element, Node, element
from krenalis_provider.command.review.model import Column, Message, Setting, WorkspaceReview
from krenalis_provider.command.review.svg import NARROW, WIDE, svg
from krenalis_provider.command.review.text import lines, plain
from krenalis_provider.command.review.words import Code, Line, Prose
from krenalis_provider.model.wording import counted


def folded(title: str, number: int, content: Sequence[Node], *, is_open: bool = True) -> Element:
    """A part of a workspace under a title that folds it, with the number of what is in it."""
    count = element("span", f" ({number:,})", class_="count") if number else None
    return element(
        "details", element("summary", title, count), element("div", content, class_="body"), open=is_open
    )


def columns_table(of: WorkspaceReview) -> list[Node]:
    """The columns that change, and the number of all others."""
    heads = ("Change", "Column", "Type before", "Type after")
    listed: list[Node] = [
        table(
            "Profile columns that change, with their SQL types",
            heads,
            [_column(each) for each in words.changed_in_order(of)],
        )
    ]
    if kept := words.kept(of):
        listed.append(element("p", kept))
    return listed


def _column(column: Column) -> Element:
    kind = column.change.name.lower()
    sign = f"{words.SIGNS[column.change]} {column.change.value}"
    return element(
        "tr",
        element("td", element("span", sign, class_=f"badge {kind}")),
        element("th", inline(words.name_of(column)), scope="row"),
        element("td", _value(column.before_type)),
        element("td", _value(column.after_type)),
        class_=kind,
    )


def _value(value: str | None) -> Node:
    return element("code", plain(value)) if value else "–"


def figure(image: diagram.Diagram, name: str) -> Element:
    """A diagram under its title, in a space of its own that scrolls; the screen's width decides which drawing it shows."""
    drawing = element(
        "div",
        svg(image, name, WIDE),
        svg(image, f"{name}-narrow", NARROW),
        class_="scroll",
        tabindex="0",
        role="group",
        aria_label=f"Tables, {image.title}",
    )
    return element("figure", element("figcaption", image.title), drawing)


def settings_table(title: str, settings: Sequence[Setting]) -> Element:
    """Attributes before and after."""
    rows = [
        element(
            "tr",
            element("th", element("code", plain(each.path)), scope="row"),
            element("td", _value(each.before)),
            element("td", _value(each.after)),
        )
        for each in settings
    ]
    return table(title, ("Attribute", "Before", "After"), rows)


def table(title: str, heads: Sequence[str], rows: Sequence[Element]) -> Element:
    """A table in a space of its own that scrolls, also by keys. On a small screen, each cell has its column's name."""
    head = element("thead", element("tr", (element("th", each, scope="col") for each in heads)))
    body = element("tbody", (_labelled(row, heads) for row in rows))
    return element(
        "div",
        element("table", head, body, aria_label=title),
        class_="scroll",
        tabindex="0",
        role="group",
        aria_label=title,
    )


def _labelled(row: Element, heads: Sequence[str]) -> Element:
    cells = [cell for cell in row.children if isinstance(cell, Element)]
    labelled = (
        cell._replace(attributes=(*cell.attributes, ("data-label", head)))
        for cell, head in zip(cells, heads, strict=True)
    )
    return row._replace(children=tuple(labelled))


def message_list(messages: Sequence[Message], *, is_of_all: bool = False) -> Element:
    """A list of messages; beside those that are not of one workspace stands what they are about."""
    return element(
        "ul",
        (
            element(
                "li",
                element("strong", inline(words.message(each) if is_of_all else (Prose(each.headline),))),
                (element("p", line) for line in lines(each.detail)),
            )
            for each in messages
        ),
        class_="messages",
    )


def statements(of: WorkspaceReview) -> Iterator[Element]:
    """The statements, each with the body of a procedure folded."""
    if of.sql.note:
        yield element("p", of.sql.note)
    for statement in of.sql.statements:
        whole = [plain(line) for line in f"{statement};".split("\n")]
        if not words.is_long(statement):
            yield element("pre", "\n".join(whole))
        else:
            summary = element("summary", element("code", whole[0]), f" … {counted(len(whole), 'line')}")
            yield element("details", summary, element("pre", "\n".join(whole)))


def inline(line: Line) -> list[Node]:
    """A line of text."""
    return [_part(part) for part in line]


def _part(part: str | Code | Prose) -> Node:
    match part:
        case Code():
            return element("code", plain(part.text))
        case Prose():
            return " ".join(lines(part.text))
        case _:
            return part

"""Texts of anybody cannot become Markdown, HTML, mentions or links, nor hide or reorder what stands around them."""

import re
import unicodedata
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from krenalis_provider.command.review.html import page
from krenalis_provider.command.review.markdown import comment
from krenalis_provider.command.review.reading import review
from krenalis_provider.command.review.text import shortened
from tests.support.review_plans import ADDRESS, change, document, log, plan, run, values, warning

HOSTILE = [
    "<script>alert(1)</script>",
    "</details></section><img src=x onerror=alert(1)>",
    "</style><style>*{display:none}</style>",
    '" onmouseover="alert(1)" x="',
    "![pic](https://evil.example/x.png)",
    "[click](javascript:alert(1))",
    "<https://evil.example>",
    "https://evil.example and www.evil.example",
    "@everyone #1 GH-1 owner/repo#2 someone@example.com",
    "`` ` ``` code",
    "```\n</details>\n# Heading",
    "| a | b |\n|---|---|",
    "line\n\n<h1>next</h1>",
    "\r\n- [ ] task",
    "\x1b[31mred\x1b[0m \x07\x00\x9b31m",
    "\u202egnp.exe \u2066x\u2069 \u200b\u200d\ufeff\u2060",
    "z\u0300\u0301\u0302\u0303\u0304\u0305\u0306algo",
    "&lt;b&gt; &#60;i&#62; &amp;",
    "*bold* _it_ ~~no~~ $x$ \\* \\",
    "<!-- comment",
    "]]> --> %%",
    "💥 ﷽ 漢字" * 20,
    "x" * 5000,
    "",
    "   ",
    "\ud800",
    "\U000e0fff\u0378",
]
ALLOWED = {
    "code", "br", "sub", "details", "summary", "table", "thead", "tbody", "tr", "th", "td", "p", "h2", "h4", "ul",
    "li", "strong", "pre", "blockquote", "em",
}  # fmt: skip
_SYNTAX = MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough")


def hostile_plan(text: str) -> tuple[dict[str, Any], list[Any]]:
    """A plan and a log that have a text wherever one can be."""
    property_ = {"name": "email", "description": text, "type": {"kind": "string"}, "readOptional": True}
    of = change(
        ["update"],
        values(name="before", objects={text: "table", "krenalis_profiles_0": "table"}),
        values(
            name=text,
            profile_schema=document(property_),
            profile_columns={text: text, "email": text},
            losses=[{"property": text, "column": text, "kind": "dropped", "becomes": None}],
            objects={text: text, "krenalis_profiles_0": "table", f"a{text}": "view"},
            identifiers=[text],
            primary_sources={text: text},
            renames={text: text},
            plan_check=text,
        ),
        address=f'module.m["{text}"].{ADDRESS}["{text}"]',
        previous_address=text,
        importing={"id": text},
        action_reason=text,
    )
    drift = {**of, "change": {**of["change"], "actions": ["update"]}}
    gone = change(["delete"], values(name=text), None, address=f"{ADDRESS}.b")
    whole = plan(of, gone, resource_drift=[drift], terraform_version=text)
    told = [
        warning(text, text, address=of["address"]),
        warning(f'Objects go with columns (workspace "{text}")', text, address=of["address"]),
        warning(f'Workspace "{text}" loses column "{text}"', text, address=of["address"]),
        warning("Not rehearsed", text, address=of["address"]),
        warning(text, text, address=text),
        warning(text, text, address="", severity="error"),
    ]
    return whole, log(*told, of=whole, terraform=text)


class Tags(HTMLParser):
    """The tags and attributes of a text, and the texts outside of code."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []
        self.comments: list[str] = []
        self._open: list[str] = []
        self.unbalanced: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in ("br", "meta"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        if not {"code", "pre", "style"} & {*self._open}:
            self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def invisible(text: str) -> Iterator[str]:
    for each in text:
        if each != "\n" and unicodedata.category(each) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
            yield hex(ord(each))


def check_markdown(text: str) -> None:
    assert not [*invisible(text)]
    rendered = Tags(_SYNTAX.render(text))
    assert set(rendered.tags) <= ALLOWED, set(rendered.tags) - ALLOWED
    assert {name for name, _ in rendered.attributes} <= {"open", "class"}
    assert not rendered.comments
    assert not rendered.unbalanced
    for said in rendered.texts:
        # what GitHub makes links of, outside of code
        assert not re.search(r"@\w|#\w|GH-\d|://|www\.", said, re.IGNORECASE), said


def check_page(text: str) -> None:
    assert not [*invisible(text)]
    body = text.replace(text[text.index("<style>") : text.index("</style>")], "<style>", 1)
    found = Tags(body)
    assert not {"script", "img", "iframe", "link", "object", "embed", "form", "base"} & set(found.tags)
    assert not [name for name, _ in found.attributes if name.startswith("on") or name in ("src", "style")]
    links = [value or "" for name, value in found.attributes if name in ("href", "xlink:href")]
    assert all(value.startswith("#") for value in links)
    assert not found.comments
    assert not found.unbalanced
    assert found.tags.count("style") == 1


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_text_stays_a_text(text: str) -> None:
    found = review(*hostile_plan(text))
    check_markdown(comment(found))
    check_page(page(found))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_text_of_a_log_alone_stays_a_text(text: str) -> None:
    for severity in ("warning", "error"):
        told = [
            warning(f'Workspace "{text}" will be destroyed', text, address=text),
            warning(f'Workspace "{text}" will be deleted, and its warehouse stays', address=""),
            warning(f'Workspace "{text}" loses column "{text}"', text),
            warning(text, text, severity=severity),
        ]
        found = review(None, log(*told, terraform=text))
        check_markdown(comment(found))
        check_page(page(found))


def test_a_message_cannot_steer_a_terminal(tmp_path: Path) -> None:
    refused = run(tmp_path, plan(change(["\x1b[31mvanish\u202e\u3164z\u0300\u0301\u0302"], values(), None)))
    assert refused.code == 1
    assert not [*invisible(refused.stderr)]
    assert r"\x1b[31mvanish\u202e\u3164" in refused.stderr
    assert r"\u0302" in refused.stderr


@given(
    text=st.text(st.sampled_from("`|<>\n\r@#*_[]()!&;:/\\\"'~$%=-+. aA1\u202e\u0301\x1b漢"), max_size=30)
    | st.text(max_size=30)
)
def test_any_text_stays_a_text(text: str) -> None:
    found = review(*hostile_plan(text))
    check_markdown(comment(found))
    check_page(page(found))


def test_what_hides_or_reorders_is_named() -> None:
    found = review(*hostile_plan("a\u202eb\x1bc"))
    for text in (comment(found), page(found)):
        assert "U+202E" in text.replace("&#43;", "+")
        assert "U+001B" in text.replace("&#43;", "+")


def test_a_shortened_text_is_never_longer() -> None:
    for most in range(1, 9):
        assert len(shortened("abcdefgh", most)) == most
    assert shortened("abcdefgh", 2) == "a…"


@pytest.mark.parametrize(("name", "word"), [
    ("pk", "pk_"), ("FK", "FK_"), ("uK", "uK_"), ("pks", "pks"), ("1st", "_1st"), ("漢", "_"),
])  # fmt: skip
def test_no_column_is_a_keyword_of_mermaid(name: str, word: str) -> None:
    of = change(["create"], None, values(profile_columns={name: "text"}))
    assert f'text {word} "added"' in comment(review(plan(of), None))


def test_harmless_names_stay_readable() -> None:
    found = review(plan(change(["create"], None, values(name="Kunden (Österreich), 漢字"))), None)
    assert "Kunden (Österreich), 漢字" in comment(found)
    assert '<h2 id="w0-title">Kunden (Österreich), 漢字</h2>' in page(found)

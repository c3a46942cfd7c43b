"""All pages: which there are, from which template, and with what in its fields."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from krenalis_provider.provider import KrenalisProvider
from tools.docs.function_markdown import arguments, signature
from tools.docs.links import dead_links
from tools.docs.mistakes import DocsError
from tools.docs.schema_markdown import schema_markdown
from tools.docs.tables import TABLES
from tools.docs.template import render, text_functions, with_header

FOLDERS: Final = ("resources", "data-sources", "functions", "guides")
"""The registry's folders in `docs/`; `docs/index.md` is beside them."""
_LARGEST: Final = 500_000
"""In bytes: the registry cuts a page off there."""
_PROVIDER: Final = "krenalis"
_SUFFIX: Final = ".md.tmpl"


class _Page(NamedTuple):
    path: str
    """Relative to the root of the repository."""
    template: str
    """Likewise."""
    fields: Mapping[str, str]


class Site(NamedTuple):
    """All that was made, and all that is wrong with it."""

    pages: Mapping[str, str]
    """By path, relative to the root: the text."""
    mistakes: tuple[str, ...]


def make(root: Path) -> Site:
    """Make the pages of the templates and examples below `root`."""
    functions = {**text_functions(root), **TABLES}
    made: dict[str, str] = {}
    mistakes = [f"{path}: belongs to no page: remove it" for path in _needless(root)]
    for page in _pages(root):
        try:
            template = _read(root / page.template)
            text = with_header(render(template, page.fields, functions), page.template)
        except DocsError as error:
            mistakes.append(f"{page.path}, from {page.template}: {error}")
            continue
        if len(text.encode()) > _LARGEST:
            mistakes.append(f"{page.path}: is larger than the {_LARGEST:,} bytes that the registry shows")
        made[page.path] = text.rstrip("\n") + "\n"
    mistakes += dead_links(root, made)
    return Site(made, tuple(mistakes))


def _read(template: Path) -> str:
    if not template.is_file():
        raise DocsError("there is no such template")
    return template.read_text()


def _pages(root: Path) -> Iterator[_Page]:
    provider = KrenalisProvider()
    schema = provider.schema()
    yield _Page(
        "docs/index.md",
        f"templates/index{_SUFFIX}",
        {
            "ProviderName": _PROVIDER,
            "Description": schema.description,
            "SchemaMarkdown": schema_markdown(schema),
            "ExampleFile": "examples/provider/provider.tf",
        },
    )
    for folder, kind, schemas in (
        ("resources", "Resource", {name: each.schema() for name, each in provider.resources().items()}),
        (
            "data-sources",
            "Data Source",
            {name: each.schema() for name, each in provider.data_sources().items()},
        ),
    ):
        for name, schema in schemas.items():
            examples = f"examples/{folder}/{name}"
            yield _Page(
                *_paths(root, folder, name.removeprefix(f"{_PROVIDER}_")),
                {
                    "ProviderName": _PROVIDER,
                    "Name": name,
                    "Type": kind,
                    "Description": schema.description,
                    "SchemaMarkdown": schema_markdown(schema),
                    "ExampleFile": f"{examples}/{folder.removesuffix('s')}.tf",
                    "ImportFile": f"{examples}/import.sh",
                    "ImportIDConfigFile": f"{examples}/import-by-string-id.tf",
                },
            )
    for name, function in provider.functions().items():
        yield _Page(
            *_paths(root, "functions", name),
            {
                "ProviderName": _PROVIDER,
                "Name": name,
                "Type": "Function",
                "Summary": function.summary,
                "Description": function.description,
                "ExampleFile": f"examples/functions/{name}/function.tf",
                "FunctionSignatureMarkdown": signature(name, function),
                "FunctionArgumentsMarkdown": arguments(function),
            },
        )
    for path in sorted((root / "templates" / "guides").glob(f"*{_SUFFIX}")):
        name = path.name.removesuffix(_SUFFIX)
        yield _Page(f"docs/guides/{name}.md", f"templates/guides/{path.name}", {"ProviderName": _PROVIDER})


def _paths(root: Path, folder: str, name: str) -> tuple[str, str]:
    """The page of an object and its template: its own, or that of its folder."""
    own = f"templates/{folder}/{name}{_SUFFIX}"
    return f"docs/{folder}/{name}.md", own if (root / own).is_file() else f"templates/{folder}{_SUFFIX}"


def _needless(root: Path) -> list[str]:
    """The files among the templates that belong to no page."""
    shared = {f"templates/{folder}{_SUFFIX}" for folder in FOLDERS if folder != "guides"}
    used = {page.template for page in _pages(root)} | shared
    there = (path.relative_to(root).as_posix() for path in (root / "templates").rglob("*") if path.is_file())
    return sorted(set(there) - used)

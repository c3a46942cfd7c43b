"""Every attribute is described, so that a page and an editor say what may be set, what its absence means, and what a change does."""

import re
from collections.abc import Iterator

import pytest

from krenalis_provider.provider import KrenalisProvider
from tfplugin.schema import AnyAttribute, Attribute, NestedAttribute, Schema

PROVIDER = KrenalisProvider()
SCHEMAS: dict[str, Schema] = {
    "provider": PROVIDER.schema(),
    **{f"resource {name}": each.schema() for name, each in PROVIDER.resources().items()},
    **{f"data source {name}": each.schema() for name, each in PROVIDER.data_sources().items()},
}


def members(schema: Schema | NestedAttribute, path: str) -> Iterator[tuple[str, AnyAttribute]]:
    for name, attribute in schema.attributes.items():
        yield f"{path}.{name}", attribute
        if isinstance(attribute, NestedAttribute):
            yield from members(attribute, f"{path}.{name}")


ALL = [each for name, schema in SCHEMAS.items() for each in members(schema, name)]
every = pytest.mark.parametrize(("path", "attribute"), ALL, ids=[path for path, _ in ALL])
IN_SENTENCES = re.compile(r"[A-Z`].*[.]", re.DOTALL)


@every
def test_a_description_is_in_whole_sentences(path: str, attribute: AnyAttribute) -> None:
    assert IN_SENTENCES.fullmatch(attribute.description)


@every
def test_a_description_has_all_words_that_are_accepted(path: str, attribute: AnyAttribute) -> None:
    for validator in attribute.validators:
        rule = validator("~") if isinstance(attribute, Attribute) else None
        words = re.findall(r'"([^"]+)"', rule or "") if (rule or "").startswith("must be one of") else []
        assert [word for word in words if f"`{word}`" not in attribute.description] == []


@every
def test_a_description_says_what_absence_means(path: str, attribute: AnyAttribute) -> None:
    if attribute.optional:
        assert re.search(r"Left out|by default|\(the default\)|Required|Also from", attribute.description), (
            path
        )
    if isinstance(attribute, Attribute) and attribute.default is not None:
        assert f"`{str(attribute.default).lower()}` by default" in attribute.description


@every
def test_a_description_says_whether_a_change_replaces_the_workspace(
    path: str, attribute: AnyAttribute
) -> None:
    assert bool(attribute.requires_replace) == ("A change replaces the workspace." in attribute.description)


@every
def test_a_description_says_where_a_secret_is_kept(path: str, attribute: AnyAttribute) -> None:
    if attribute.sensitive:
        assert "state" in attribute.description
    if isinstance(attribute, Attribute) and attribute.write_only:
        assert "in no state and no plan" in attribute.description


def test_schemas_and_functions_are_described() -> None:
    described = [
        *(schema.description for schema in SCHEMAS.values()),
        *(function.description for function in PROVIDER.functions().values()),
        *(each.description for function in PROVIDER.functions().values() for each in function.parameters),
    ]

    assert len(described) > 5
    assert [text for text in described if not IN_SENTENCES.fullmatch(text)] == []

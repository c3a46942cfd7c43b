"""The settings of identity resolution in the resource's hands: what is refused, kept, and followed to new paths."""

import sys
from typing import Any

import pytest

from krenalis_provider.configuration import Configuration
from krenalis_provider.resources.workspace import WorkspaceResource
from krenalis_provider.resources.workspace.schema import SCHEMA
from krenalis_provider.workspaces.interface import Workspaces
from tests.support.memory_workspaces import MemoryWorkspaces
from tfplugin.cty import UNKNOWN, infer
from tfplugin.diagnostics import Severity
from tfplugin.planning import propose
from tfplugin.resource import ObjectValue, PlanRequest, ValidateRequest

TEXT = {"kind": "string"}
PROPERTIES: dict[str, Any] = {
    "email": TEXT,
    "number": {"kind": "int", "bitSize": 32},
    "score": {"kind": "float", "bitSize": 64},
    "tags": {"kind": "array", "elementType": TEXT},
    "home": {"kind": "object", "properties": [{"name": "city", "type": TEXT, "readOptional": True}]},
}
SETTINGS = {"host": "db.internal", "port": 5432, "username": "u", "database": "d", "schema": "s"}
SYSTEM: Workspaces | None = None
NAMES = ("identifiers", "primary_sources", "resolve_identities_on_batch_import")
KEPT = {
    "identifiers": ["number", "email"],
    "primary_sources": {"email": "7", "home.city": "8"},
    "resolve_identities_on_batch_import": False,
}


@pytest.fixture(autouse=True, params=[None, MemoryWorkspaces()], ids=["direct", "in memory"])
def _each_system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run every test on workspaces in warehouses, and on others: the resource makes no difference between them."""
    monkeypatch.setattr(sys.modules[__name__], "SYSTEM", request.param)


def document(**changes: Any) -> Any:
    """A dynamic value: the profile schema with properties changed, or removed (None)."""
    types = {name: type_ for name, type_ in {**PROPERTIES, **changes}.items() if type_}
    properties = [{"name": name, "type": type_, "readOptional": True} for name, type_ in types.items()]
    return infer({"kind": "object", "properties": properties})


def config(**values: Any) -> ObjectValue:
    settings: Any = SCHEMA.attributes["warehouse"]
    members = dict.fromkeys(settings.attributes["settings"].attributes) | SETTINGS
    return {
        **dict.fromkeys(SCHEMA.attributes),
        "name": "Customers",
        "profile_schema": document(),
        "warehouse": {"platform": "PostgreSQL", "mode": "Normal", "settings": members},
        "plan_check": "off",
        **values,
    }


def errors_of_validate(**values: Any) -> list[tuple[str, str]]:
    request = ValidateRequest(config=config(**values))
    WorkspaceResource().validate(request)
    return [(diagnostic.summary, diagnostic.detail) for diagnostic in request.diagnostics]


@pytest.mark.parametrize(
    ("identifiers", "message"),
    [
        (["emial"], 'identifiers[0]: the profile schema has no property "emial": did you mean "email"?'),
        (
            ["email", "home.City"],
            'identifiers[1]: the profile schema has no property "home.City": did you mean',
        ),
        (["email", "number", "email"], 'identifiers[2]: "email" is already identifiers[0]: remove one'),
        (["score"], 'identifiers[0]: "score" is of kind float, which cannot tell people apart'),
        (["tags"], 'identifiers[0]: "tags" is of kind array'),
        (["home"], 'identifiers[0]: "home" is of kind object'),
        ([""], "identifiers[0]: must be the path of a property"),
        (["home_city."], "identifiers[0]: must be the path of a property"),
        ([None], "identifiers[0]: must be the path of a property"),
    ],
)
def test_validate_refuses_identifiers(identifiers: list[Any], message: str) -> None:
    ((summary, detail),) = errors_of_validate(identifiers=identifiers)
    assert summary == "Invalid identifiers"
    assert detail.startswith(message)


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        ({"emial": "1"}, 'primary_sources["emial"]: the profile schema has no property "emial": did you mean "email"?'),
        ({"tags": "1"}, 'primary_sources["tags"]: "tags" is of kind array, whose values come from all sources: remove'),
        ({"home": "1"}, 'primary_sources["home"]: "home" is of kind object, whose values come from all sources: name'),
        ({"email": "0"}, 'primary_sources["email"]: must be the id of a connection'),
        ({"email": "crm"}, 'primary_sources["email"]: must be the id of a connection'),
        ({"email": None}, 'primary_sources["email"]: must be the id of a connection'),
    ],
)  # fmt: skip
def test_validate_refuses_primary_sources(sources: dict[str, Any], message: str) -> None:
    ((summary, detail),) = errors_of_validate(primary_sources=sources)
    assert summary == "Invalid primary sources"
    assert detail.startswith(message)


@pytest.mark.parametrize(
    "values",
    [
        {"identifiers": UNKNOWN, "primary_sources": UNKNOWN, "resolve_identities_on_batch_import": UNKNOWN},
        {"identifiers": [UNKNOWN, "email"], "primary_sources": {"email": UNKNOWN}},
        {"identifiers": ["anything"], "primary_sources": {"something": "1"}, "profile_schema": UNKNOWN},
        {"identifiers": [], "primary_sources": {}},
        {
            "identifiers": ["home.city", "number"],
            "primary_sources": {"score": "1", "home.city": "2147483647"},
        },
    ],
)
def test_validate_accepts_what_is_right_or_not_known_yet(values: dict[str, Any]) -> None:
    assert errors_of_validate(**values) == []


def test_what_is_known_beside_what_is_not_is_checked() -> None:
    told = errors_of_validate(identifiers=[UNKNOWN, "score"], primary_sources={"tags": UNKNOWN})
    assert [summary for summary, _ in told] == ["Invalid identifiers", "Invalid primary sources"]


def planned(prior: ObjectValue | None, **values: Any) -> tuple[Any, list[str]]:
    """The planned settings and the errors, of the workspace `prior` or of a creation; Terraform keeps what is null."""
    wanted = config(**values)
    proposed = wanted
    if prior is not None:
        proposed = {
            name: prior[name] if wanted[name] is None and SCHEMA.attributes[name].computed else wanted[name]
            for name in wanted
        }
    request = propose(SCHEMA, PlanRequest(prior=prior, config=wanted, proposed=proposed))
    result = WorkspaceResource(Configuration(system=SYSTEM)).plan(request)
    assert result.state is not None
    errors = [found.detail for found in request.diagnostics if found.severity is Severity.ERROR]
    return {name: result.state[name] for name in NAMES}, errors


def made(**values: Any) -> ObjectValue:
    """The state of a workspace with the settings `KEPT`, which no configuration decides."""
    request = propose(SCHEMA, PlanRequest(prior=None, config=config(), proposed=config()))
    state = WorkspaceResource(Configuration(system=SYSTEM)).plan(request).state
    assert state is not None
    return {**state, "id": "1", **KEPT, **values}


def test_a_creation_takes_the_defaults() -> None:
    settings, errors = planned(None)
    assert (settings, errors) == (dict(zip(NAMES, ([], {}, True), strict=True)), [])


def test_a_creation_takes_what_is_configured() -> None:
    assert planned(None, **KEPT) == (KEPT, [])


def test_a_change_keeps_what_the_configuration_does_not_say() -> None:
    assert planned(made(), name="Clients") == (KEPT, [])
    some, _ = planned(made(), identifiers=["email"], resolve_identities_on_batch_import=True)
    assert some == {**KEPT, "identifiers": ["email"], "resolve_identities_on_batch_import": True}


def test_a_state_without_the_settings_gets_the_defaults() -> None:
    settings, errors = planned(made(**dict.fromkeys(NAMES)), name="Clients")
    assert (settings, errors) == (dict(zip(NAMES, ([], {}, True), strict=True)), [])


def test_a_replacement_does_not_keep_them() -> None:
    elsewhere: Any = config()["warehouse"]
    elsewhere = {**elsewhere, "settings": {**elsewhere["settings"], "schema": "elsewhere"}}
    prior = made(deletion_protection=False)
    settings, errors = planned(prior, warehouse=elsewhere, deletion_protection=False)
    assert (settings["identifiers"], errors) == ([], [])


@pytest.mark.parametrize(
    ("changes", "renames", "followed"),
    [
        (
            {"email": None, "contact": TEXT},
            {"contact": "email"},
            {"identifiers": ["number", "contact"], "primary_sources": {"contact": "7", "home.city": "8"}},
        ),
        (
            {"home": None, "residence": PROPERTIES["home"]},
            {"residence": "home"},
            {"primary_sources": {"email": "7", "residence.city": "8"}},
        ),
        # the same column by another path, without a word
        ({"home": None, "home_city": TEXT}, {}, {"primary_sources": {"email": "7", "home_city": "8"}}),
        (
            # a chain: each takes the other's name along
            {"number": TEXT, "email": None, "code": {"kind": "int", "bitSize": 32}},
            {"code": "number", "number": "email"},
            {"identifiers": ["code", "number"], "primary_sources": {"number": "7", "home.city": "8"}},
        ),
    ],
    ids=["a property", "an object", "another path", "a chain"],
)
def test_what_is_kept_follows_its_properties(
    changes: dict[str, Any], renames: dict[str, str], followed: dict[str, Any]
) -> None:
    settings, errors = planned(made(), profile_schema=document(**changes), renames=renames or None)
    assert (settings, errors) == (KEPT | followed, [])


def test_a_renamed_property_is_not_looked_for_again() -> None:
    after = document(email=None, contact=TEXT)
    done = made(
        profile_schema=after,
        profile_columns={"number": "integer", "score": "double precision", "tags": "character varying[]",
                         "home_city": "character varying", "contact": "character varying"},
        identifiers=["contact"],
        primary_sources={},
    )  # fmt: skip
    settings, errors = planned(done, profile_schema=after, renames={"contact": "email"})
    assert (settings["identifiers"], errors) == (["contact"], [])


@pytest.mark.parametrize(
    ("changes", "messages"),
    [
        (
            {"email": None},
            [
                'identifiers[1]: the profile schema has no property "email"',
                'primary_sources["email"]: the profile schema has no property "email"',
            ],
        ),
        ({"number": PROPERTIES["score"]}, ['identifiers[0]: "number" is of kind float']),
        ({"email": PROPERTIES["tags"]}, ['identifiers[1]: "email" is of kind array', 'primary_sources["email"]: ']),
    ],
    ids=["goes", "another type", "an array"],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused_until_the_configuration_decides(
    changes: dict[str, Any], messages: list[str]
) -> None:
    change = {"profile_schema": document(**changes), "drop_columns": ["email", "number"]}

    _, errors = planned(made(), **change)

    assert len(errors) == len(messages), errors
    for error, message in zip(errors, messages, strict=True):
        assert error.startswith(message)
        assert "the configuration" in error
    assert planned(made(), **change, identifiers=[], primary_sources={})[1] == []


def test_what_is_kept_is_unknown_while_its_paths_may_change() -> None:
    settings, errors = planned(made(), profile_schema=UNKNOWN)
    assert errors == []
    assert (settings["identifiers"], settings["primary_sources"]) == (UNKNOWN, UNKNOWN)
    assert settings["resolve_identities_on_batch_import"] is False

    none = made(identifiers=[], primary_sources={})
    assert planned(none, profile_schema=UNKNOWN)[0]["identifiers"] == []

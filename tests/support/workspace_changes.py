"""What may become of a workspace: changes of its profile schema and of its other settings, one by one or several at once.

The workspace before has the document `DOCUMENT`, and its profile columns have names that begin with ``zz_``, so that
they can be told from all others in whatever PostgreSQL prints.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from hypothesis import strategies as st

_SHORT: Final = {"kind": "string", "maxLength": 5}
_TEXT: Final = {"kind": "string", "maxLength": 100}
_LONG_TEXT: Final = {"kind": "string"}
_HOME: Final = {"zz_city": _TEXT, "zz_zip": _SHORT}
_PROPERTIES: Final[Mapping[str, Any]] = {
    "zz_email": _TEXT,
    "zz_name": _SHORT,
    "zz_score": {"kind": "int", "bitSize": 32},
    "zz_home": {"kind": "object", "properties": _HOME},
    "zz_rank": {"kind": "int", "bitSize": 16},
    "zz_born": {"kind": "date"},
    "zz_price": {"kind": "decimal", "precision": 10, "scale": 2},
    "zz_tags": {"kind": "array", "elementType": _SHORT},
    "zz_flag": {"kind": "boolean"},
}
ELSEWHERE: Final = "elsewhere"
"""The schema to which a replacement moves the workspace."""


@dataclass(slots=True)
class Draft:
    """A configuration that is being changed, and what becomes of the columns."""

    properties: dict[str, Any] = field(default_factory=lambda: dict(_PROPERTIES))
    attributes: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    """The columns that get another name, old to new."""
    breaks: list[str] = field(default_factory=list)
    """What somebody did to objects of the workspace before."""
    mode: str | None = None
    ending: str = "change"
    """Or "destruction", or "replacement"."""

    def rename(self, old: str, new: str, *columns: str) -> None:
        """Rename a property; `columns` are the ends of its columns' names, if it is an object."""
        self.properties = {new if name == old else name: type_ for name, type_ in self.properties.items()}
        self.attributes.setdefault("renames", {})[new] = old
        self.columns |= {old + end: new + end for end in columns or ("",)}

    def lose(self, name: str, type_: Any = None) -> None:
        """Drop a property, or give it a type that does not hold every value."""
        self.attributes.setdefault("drop_columns", []).append(name)
        if type_ is None:
            del self.properties[name]
        else:
            self.properties[name] = type_

    def retype(self, name: str, type_: Any) -> None:
        """Give a property a type that holds every value."""
        self.properties[name] = type_

    def insert(self, name: str, type_: Any) -> None:
        """Add a property in front."""
        self.properties = {name: type_, **self.properties}


def _document(properties: Mapping[str, Any]) -> Any:
    def listed(members: Mapping[str, Any]) -> list[Any]:
        return [
            {"name": name, "type": written(type_), "readOptional": True} for name, type_ in members.items()
        ]

    def written(type_: Any) -> Any:
        return {**type_, "properties": listed(type_["properties"])} if type_["kind"] == "object" else type_

    return {"kind": "object", "properties": listed(properties)}


DOCUMENT: Final = _document(_PROPERTIES)


def _chain(draft: Draft) -> None:
    draft.rename("zz_name", "zz_first")
    draft.rename("zz_email", "zz_name")


def _reverse(draft: Draft) -> None:
    draft.properties = dict(reversed(draft.properties.items()))


def _first_last(draft: Draft) -> None:
    draft.properties["zz_email"] = draft.properties.pop("zz_email")


def _inspect(draft: Draft) -> None:
    draft.mode = "Inspection"


def _set(**attributes: Any) -> Callable[[Draft], None]:
    return lambda draft: draft.attributes.update(attributes)


def _broken(*statements: str) -> Callable[[Draft], None]:
    return lambda draft: draft.breaks.extend(statements)


STEPS: Final[Mapping[str, tuple[str, Callable[[Draft], None]]]] = {
    "append": ("", lambda d: d.retype("zz_new1", _TEXT)),
    "append two": ("", lambda d: d.properties.update(zz_new1=_TEXT, zz_new3={"kind": "json"})),
    "insert": ("", lambda d: d.insert("zz_new2", {"kind": "int", "bitSize": 32})),
    "rename": ("email", lambda d: d.rename("zz_email", "zz_contact")),
    "rename the number": ("score", lambda d: d.rename("zz_score", "zz_points")),
    "rename in a chain": ("email name", _chain),
    "rename the object": ("home", lambda d: d.rename("zz_home", "zz_house", "_zz_city", "_zz_zip")),
    "widen in place": ("email", lambda d: d.retype("zz_email", {"kind": "string", "maxLength": 200})),
    "remove the limit": ("name", lambda d: d.retype("zz_name", _LONG_TEXT)),
    "widen a decimal": ("price", lambda d: d.retype("zz_price", {"kind": "decimal", "precision": 12, "scale": 2})),
    "widen an array": ("tags", lambda d: d.retype("zz_tags", {"kind": "array", "elementType": _LONG_TEXT})),
    "rewrite a number": ("score", lambda d: d.retype("zz_score", {"kind": "int", "bitSize": 64})),
    "rewrite a small number": ("rank", lambda d: d.retype("zz_rank", {"kind": "int", "bitSize": 32})),
    "rewrite a date": ("born", lambda d: d.retype("zz_born", {"kind": "datetime"})),
    "lose a type": ("flag", lambda d: d.lose("zz_flag", _TEXT)),
    "lose a length": ("name", lambda d: d.lose("zz_name", {"kind": "string", "maxLength": 4})),
    "lose a number": ("score", lambda d: d.lose("zz_score", {"kind": "date"})),
    "drop a text": ("email", lambda d: d.lose("zz_email")),
    "drop a number": ("score", lambda d: d.lose("zz_score")),
    "drop the object": ("home", lambda d: d.lose("zz_home")),
    "drop the last": ("flag", lambda d: d.lose("zz_flag")),
    "reverse": ("order", _reverse),
    "move to the end": ("order email", _first_last),
    "name": ("", _set(name="Clients")),
    "mode": ("mode", _inspect),
    "preferences": ("", _set(ui_preferences={"user_profile": {"first_name": "zz_rank", "last_name": None, "extra": None, "image": None}})),
    "identifiers": ("", _set(identifiers=["zz_rank"])),
    "repair the index": ("", _broken("DROP INDEX updated_atx")),
    "repair the events' view": ("", _broken("DROP VIEW events")),
    "repair the profiles' view": ("", _broken("DROP VIEW profiles")),
    "repair the procedure": ("", _broken("DROP PROCEDURE resolve_identities()")),
    "repair a table": ("", _broken("DROP TABLE krenalis_destination_profiles")),
    "repair a column": ("price", _broken("ALTER TABLE krenalis_identities DROP COLUMN zz_price")),
    "repair the events": ("", _broken("DROP VIEW events", "DROP TABLE krenalis_events")),
    "repair the record": ("", _broken("DROP TABLE krenalis_workspace")),
}  # fmt: skip
"""By name: what of the workspace a step is about, so that no two that meet are taken together; and the step."""

ENDINGS: Final = ("change", "destruction", "replacement")


@dataclass(frozen=True, slots=True)
class WorkspaceChange:
    """Steps that are taken together, and what they come to."""

    steps: tuple[str, ...]
    ending: str = "change"

    def __str__(self) -> str:
        return ", ".join([*self.steps, *([] if self.ending == "change" else [self.ending])])

    def draft(self) -> Draft:
        """The configuration after it."""
        draft = Draft(ending=self.ending)
        for step in self.steps:
            STEPS[step][1](draft)
        draft.attributes["document"] = _document(draft.properties)
        return draft


@st.composite
def workspace_changes(draw: st.DrawFn) -> WorkspaceChange:
    """Draw one step or several, or an end, with whatever was broken before."""
    ending = draw(st.sampled_from([*("change",) * 6, *ENDINGS[1:]]))
    offered = [step for step in STEPS if ending == "change" or step.startswith("repair")]
    steps: list[str] = []
    most = 3 if ending == "change" else 1
    for step in draw(
        st.lists(st.sampled_from(offered), min_size=ending == "change", max_size=most, unique=True)
    ):
        if not any(_meet(step, other) for other in steps):
            steps.append(step)
    return WorkspaceChange(tuple(steps), ending)


def _meet(one: str, other: str) -> bool:
    """Whether two steps are about the same, or both add the same."""
    about, of_other = (set(STEPS[step][0].split()) for step in (one, other))
    both_append = one.startswith("append") and other.startswith("append")
    # in the mode Inspection no columns change
    return (
        bool(about & of_other) or both_append or ("mode" in about | of_other and about | of_other != {"mode"})
    )

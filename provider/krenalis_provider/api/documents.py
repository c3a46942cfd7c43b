"""The documents of the API, as pydantic models.

The API documentation and the server spell some members differently. Both spellings are read, and what is sent holds
both, because a server ignores members that it does not know. Source: docs/facts/krenalis.md, "The REST API".
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeVar

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from krenalis_provider.api.answers import Asked
from krenalis_provider.api.errors import ServerFailed

_WRAPPED: Final = "schema"
_SHOWN: Final = 3  # differences

Id = Annotated[str, BeforeValidator(lambda value: str(value) if type(value) is int else value)]
"""An id: the server gives a string, the API documentation a whole number."""

_OrEmpty = BeforeValidator(lambda value: "" if value is None else value)
_OrNothing = BeforeValidator(lambda value: {} if value is None else value)
_OrNone = BeforeValidator(lambda value: [] if value is None else value)


class Document(BaseModel):
    """A document of the API: members are spelled in camel case, and unknown ones are ignored."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        populate_by_name=True,
    )


class UserProfile(Document):
    """The property paths that the Admin console shows a profile by; empty means none."""

    image: Annotated[str, _OrEmpty] = ""
    first_name: Annotated[str, _OrEmpty] = ""
    last_name: Annotated[str, _OrEmpty] = ""
    extra: Annotated[str, _OrEmpty] = ""


class UIPreferences(Document):
    """The preferences of the Admin console: `profile`, or `userProfile` in the API documentation."""

    user_profile: Annotated[UserProfile, _OrNothing] = Field(
        default=UserProfile(), validation_alias=AliasChoices("profile", "userProfile", "user_profile")
    )

    def body(self) -> dict[str, Any]:
        """What is sent, in both spellings; all four paths, because those that are left out are cleared."""
        profile = self.user_profile.model_dump(by_alias=True)
        return {"profile": profile, "userProfile": profile}


class Workspace(Document):
    """A workspace. The profile schema is JSON as it came, whose fractions are Decimals."""

    id: Id
    name: str
    profile_schema: dict[str, Any]
    primary_sources: Annotated[dict[str, Id], _OrNothing] = Field(default_factory=dict)
    """The id of a connection for each property path that has a primary source."""
    resolve_identities_on_batch_import: bool = True
    identifiers: Annotated[list[str], _OrNone] = Field(default_factory=list)
    warehouse_mode: str = Field(
        default="Normal", validation_alias=AliasChoices("warehouseMode", "mode", "warehouse_mode")
    )
    ui_preferences: Annotated[UIPreferences, _OrNothing] = UIPreferences()


class Workspaces(Document):
    """A list of workspaces, in no order."""

    workspaces: Annotated[list[Workspace], _OrNone]


class Created(Document):
    """The answer to a creation."""

    id: Id


class Warehouse(Document):
    """A workspace's warehouse. The settings hold passwords in clear text: they are never logged or shown."""

    platform: str
    settings: dict[str, Any] = Field(repr=False)
    mcp_settings: dict[str, Any] | None = Field(default=None, repr=False)


class Platform(Document):
    """A platform that the server has."""

    name: str


class Platforms(Document):
    """The platforms that the server has."""

    platforms: list[Platform]


class Run(Document):
    """What a server does in the background: an alteration of the profile schema, or an identity resolution."""

    start: str | None = Field(default=None, validation_alias=AliasChoices("startTime", "start"))
    """When it began, by RFC 3339; None if there was none."""
    end: str | None = Field(default=None, validation_alias=AliasChoices("endTime", "end"))
    error: str | None = None
    """Why it failed; None or empty while it runs and after it went well. Not every server says it of a resolution."""

    @property
    def runs(self) -> bool:
        """Whether it has begun and not ended."""
        return self.start is not None and self.end is None


class IdentitySettings(Document):
    """The settings of identity resolution."""

    run_on_batch_import: bool
    identifiers: Annotated[list[str], _OrNone]


class _Schema(Document):
    """A profile schema."""

    schema_: dict[str, Any] = Field(validation_alias=_WRAPPED)


class Preview(Document):
    """The statements of an alteration."""

    queries: Annotated[list[str], _OrNone]


_D = TypeVar("_D", bound=Document)


def read(kind: type[_D], document: Any, asked: Asked) -> _D:
    """Read an answer's document. Raises `ServerFailed`, which names members and tells no values."""
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        found = [(".".join(map(str, each["loc"])), each["msg"]) for each in error.errors(include_input=False)]
        shown = "; ".join(f"{place or 'the whole'}: {what}" for place, what in found[:_SHOWN])
        raise ServerFailed(
            asked.request,
            f"The answer of {asked.endpoint} is not the document that a Krenalis server gives ({shown}). A newer server "
            "may need a newer provider.",
            status=200,
        ) from None  # its text may hold values


def unwrapped_schema(document: Any, asked: Asked) -> Mapping[str, Any]:
    """The profile schema in an answer: the answer itself, or in the API documentation its member `schema`.

    Raises `ServerFailed`.
    """
    inner = (
        document.get(_WRAPPED, document)
        if isinstance(document, dict) and "kind" not in document
        else document
    )
    return read(_Schema, {_WRAPPED: inner}, asked).schema_

"""The schema of `krenalis_workspace`; its descriptions are the documentation."""

from collections.abc import Mapping
from typing import Any, Final

from krenalis_provider.configuration import PLAN_CHECKS
from krenalis_provider.connection_settings import (
    CONNECTION,
    PLATFORMS_DESCRIPTION,
    SETTINGS_DESCRIPTION,
    setting,
)
from krenalis_provider.warehouses import registry
from tfplugin.cty import BOOL, DYNAMIC, NUMBER, STRING, List, Map
from tfplugin.schema import Attribute, NestedAttribute, Nesting, Schema
from tfplugin.validators import one_of

DROP: Final = "drop"
ABANDON: Final = "abandon"
"""What becomes of the warehouse of a workspace that is destroyed."""


def _property_path(what: str) -> Attribute:
    return Attribute(
        type=STRING,
        optional=True,
        description=f"Path of the profile schema's property that holds {what}. Left out, none is shown.",
    )


def _lost(description: str) -> Attribute:
    return Attribute(type=STRING, computed=True, description=description)


def _another_name(before: str, after: str, prior: Mapping[str, Any]) -> bool:
    """Whether two spellings of the name of a database or schema are different names on the workspace's platform."""
    platform = registry.platform(prior["warehouse"]["platform"])
    return platform is None or platform.folded(before) != platform.folded(after)


_WRITTEN_PASSWORD: Final = {
    "password_wo": Attribute(
        type=STRING,
        optional=True,
        write_only=True,
        sensitive=True,
        description=(
            "In server mode, the user's password, in place of `password`: it is given to the server, which keeps it, and is "
            "in no state and no plan. Terraform cannot see that it is another one: to have a new one sent, change "
            "`password_wo_version` with it. It may be ephemeral; it needs Terraform 1.11 or newer. Left out, `password` counts."
        ),
    ),
    "password_wo_version": Attribute(
        type=NUMBER,
        optional=True,
        description=(
            "Any number: with another one than before, `password_wo` is given to the server again. Left out, it is given "
            "at creation alone."
        ),
    ),
}

_SETTINGS: Final = NestedAttribute(
    required=True,
    description=SETTINGS_DESCRIPTION,
    attributes={
        **CONNECTION,
        "password": setting(
            f"{CONNECTION['password'].description} In server mode the server needs one for itself: prefer `password_wo`.",
            sensitive=True,
        ),
        "username": setting("The user to connect as; on PostgreSQL it owns what is made. Required."),
        "database": Attribute(
            type=STRING,
            optional=True,
            requires_replace=_another_name,
            description="Name of the database. Required. A change replaces the workspace.",
        ),
        "schema": Attribute(
            type=STRING,
            optional=True,
            requires_replace=_another_name,
            description=(
                "Name of the schema within the database; it must exist and hold no tables or views. Required. "
                "A change replaces the workspace."
            ),
        ),
        **_WRITTEN_PASSWORD,
    },
)

_WAREHOUSE: Final = NestedAttribute(
    required=True,
    description=(
        "The data warehouse that holds the workspace's profiles, identities and events: a schema of a database that is yours."
    ),
    attributes={
        "platform": Attribute(
            type=STRING,
            required=True,
            requires_replace=True,
            description=f"The platform: {PLATFORMS_DESCRIPTION}. A change replaces the workspace.",
        ),
        "mode": Attribute(
            type=STRING,
            optional=True,
            computed=True,
            keeps_state=True,
            description=(
                "What the warehouse may be used for: `Normal` for everything, `Inspection` for reading alone, which also refuses a changed "
                "profile schema, `Maintenance` for neither reading nor writing. Left out, it is `Normal` at creation and stays as it is "
                "later."
            ),
        ),
        "settings": _SETTINGS,
    },
)

_UI_PREFERENCES: Final = NestedAttribute(
    optional=True,
    description="What Krenalis's Admin console shows of a profile. Left out, there is nothing special to show.",
    attributes={
        "user_profile": NestedAttribute(
            optional=True,
            description=(
                "The header of a profile's page: which properties are shown there, each by its path, such as `email` or "
                "`address.city`, of at most 100 characters. Left out, it shows none."
            ),
            attributes={
                "image": _property_path("the person's image, in base64"),
                "first_name": _property_path("the first name"),
                "last_name": _property_path("the last name"),
                "extra": _property_path("something more, such as the email address"),
            },
        )
    },
)

SCHEMA: Final = Schema(
    timeouts={"create": "10m", "read": "1m", "update": "10m", "delete": "10m"},
    description=(
        "A Krenalis workspace: a profile schema, the data warehouse that holds its profiles and events, and UI "
        "preferences. Creating it fills an empty schema of the warehouse with tables, views and types, and in direct mode a "
        "procedure, whole or not at all; destroying it drops exactly these, or leaves them, as `on_destroy` says."
    ),
    attributes={
        "id": Attribute(
            type=STRING, computed=True, keeps_state=True, description="The workspace's id, made at creation."
        ),
        "name": Attribute(
            type=STRING,
            required=True,
            description="The name that people see: 1 to 100 characters. It changes in place.",
        ),
        "profile_schema": Attribute(
            type=DYNAMIC,
            required=True,
            description=(
                "The profile schema: which properties a profile has, and of which kinds. Each becomes a column of the warehouse. It is "
                "the document of the Krenalis API in its own spelling, written as HCL or read with "
                '`jsondecode(file("profile-schema.json"))`. A change alters the columns in place; what would lose data is refused '
                "unless `renames` or `drop_columns` say what is meant."
            ),
        ),
        "warehouse": _WAREHOUSE,
        "ui_preferences": _UI_PREFERENCES,
        "identifiers": Attribute(
            type=List(STRING),
            optional=True,
            computed=True,
            description=(
                "Paths of the properties that tell which identities are one person, the most telling first; each of "
                "kind string, int, uuid or ip, or a decimal of scale 0. Left out, there are none at creation, and "
                "they stay as they are later, following `renames`; one whose property goes is refused."
            ),
        ),
        "primary_sources": Attribute(
            type=Map(STRING),
            optional=True,
            computed=True,
            description=(
                "By path of a property: the id of the connection whose values go before those of all others, such as "
                "`8sYbWqhTkRfG`, or a whole number as the API documentation has it. Left "
                "out, there are none at creation, and they stay as they are later, following `renames`; one whose property goes "
                "is refused."
            ),
        ),
        "resolve_identities_on_batch_import": Attribute(
            type=BOOL,
            optional=True,
            computed=True,
            description=(
                "Whether identities are to be resolved after each batch import. Left out, `true` at creation, and as "
                "it is later. In direct mode nothing imports: what does, reads this and calls `resolve_identities()`."
            ),
        ),
        "deletion_protection": Attribute(
            type=BOOL,
            optional=True,
            computed=True,
            default=True,
            description=(
                "Whether destroying or replacing the workspace is refused; `true` by default. To destroy it, set "
                "`false` and apply first."
            ),
        ),
        "on_destroy": Attribute(
            type=STRING,
            optional=True,
            computed=True,
            keeps_state=True,
            validators=(one_of(DROP, ABANDON),),
            description=(
                "What destroying or replacing the workspace does to its warehouse: `drop` drops the tables with their data, "
                "`abandon` leaves all that is there. Left out, it is at creation `drop` in direct mode and `abandon` in server "
                "mode, as servers do it, and stays as it is later. A change counts once it is applied. An abandoned warehouse "
                "is not empty: no workspace can be made in its schema."
            ),
        ),
        "renames": Attribute(
            type=Map(STRING),
            optional=True,
            description=(
                "Properties that were renamed or moved, new path = old path: their columns keep their data. An entry "
                "that is done is ignored, and may stay or go. The path of an object renames all that is below it. Left out, a property "
                "with another name is a new one, beside one that goes."
            ),
        ),
        "drop_columns": Attribute(
            type=List(STRING),
            optional=True,
            description=(
                "Paths of properties whose data may be lost, because they go or change their type. Left out, each change "
                "of the profile schema that would lose data is refused. An entry that is done is ignored."
            ),
        ),
        "plan_check": Attribute(
            type=STRING,
            optional=True,
            validators=(one_of(*PLAN_CHECKS),),
            description=(
                "What a plan does with what it finds wrong in this workspace's warehouse: `strict`, `error`, `warn` or `off`, as in the "
                "provider block. Left out, the provider's `plan_check` counts. `warn` or `off` are for a warehouse that the same apply "
                "creates; beside `KRENALIS_PLAN_CHECK=strict`, these two are errors."
            ),
        ),
        "rehearse": Attribute(
            type=BOOL,
            optional=True,
            description=(
                "Whether a plan tries out on PostgreSQL what it plans, and undoes it. Left out, the provider's `rehearse` counts. With "
                '`plan_check = "off"` nothing is rehearsed either.'
            ),
        ),
        "profile_columns": Attribute(
            type=Map(STRING),
            computed=True,
            description=(
                "The warehouse's profile columns: name to SQL type; in server mode, those that the profile schema gives."
            ),
        ),
        "migration": Attribute(
            type=List(STRING),
            computed=True,
            description="The column operations of the change that is planned; empty otherwise.",
        ),
        "losses": NestedAttribute(
            computed=True,
            nesting=Nesting.LIST,
            description=(
                "The columns whose data the planned change removes, as `drop_columns` permits; empty otherwise. It is for "
                "policies, which read plans as JSON, where there are no warnings. Where the whole workspace goes, the plan's "
                "actions say so."
            ),
            attributes={
                "property": _lost("Path of the property, in the profile schema before the change."),
                "column": _lost("Name of the column."),
                "kind": _lost(
                    "`dropped`, or `retyped`: the column is made anew, empty, because not every value fits the new type."
                ),
                "becomes": _lost("SQL type of the new, empty column; null where the column is dropped."),
            },
        ),
        "objects": Attribute(
            type=Map(STRING),
            computed=True,
            description=(
                "The tables, views, indexes, types and procedures that the warehouse has of the workspace: name to kind. "
                "A missing one shows in the plan and is made again by applying it. Empty in server mode, where the server looks "
                "after them."
            ),
        ),
    },
)

"""A review as plain values, which the two outputs print. All texts are redacted, and may hold anything else.

A text of the plan or the log may come from anybody: each output makes it harmless as it prints it (`text.py`).
"""

from enum import Enum

from lightstart.records import Record


class Action(Enum):
    """What applying does to a workspace."""

    CREATE = "created"
    UPDATE = "changed"
    REPLACE = "replaced"
    DESTROY = "destroyed"
    FORGET = "forgotten"
    """Terraform forgets it, and leaves it as it is."""
    FORGET_AND_CREATE = "forgotten, and a new one is created"
    NOTHING = "unchanged"


class System(Enum):
    """Where a workspace lives."""

    DIRECT = "in its warehouse"
    SERVER = "in a Krenalis server"
    UNKNOWN = "not known"


class Setting(Record):
    """A value that changes; `before` or `after` is None where there is none."""

    path: str
    before: str | None
    after: str | None


class Change(Enum):
    """What becomes of a column."""

    ADDED = "added"
    DROPPED = "dropped"
    EMPTIED = "emptied"
    """Made anew, of another type, without its data."""
    RETYPED = "retyped"
    RENAMED = "renamed"
    KEPT = "unchanged"

    @property
    def loses_data(self) -> bool:
        """Whether the data of the column goes."""
        return self in (Change.DROPPED, Change.EMPTIED)


class Column(Record):
    """A profile column before and after; of one that is added or dropped, one side is empty."""

    change: Change
    before: str = ""
    """The name before."""
    before_type: str = ""
    after: str = ""
    """The name afterwards."""
    after_type: str = ""

    @property
    def name(self) -> str:
        """The name afterwards; of a dropped column, the name before."""
        return self.after or self.before


class Loss(Record, kw_only=True):
    """Data that is lost."""

    what: str
    """Our own words, such as ``column``, followed by the name of the column."""
    column: str = ""
    workspace: str = ""
    """The workspace's name or address, where nothing else says which one it is."""
    rows: str = ""
    """The rows in words; empty if they were not counted."""
    uncounted: str = ""
    """Why there is no number, or not the whole one; empty if there is nothing to say."""
    stays: str = ""
    """What stays, in our own words, where no rows are lost."""
    is_certain: bool = True
    """False for data that may be lost: what decides it is not known before applying."""


class Message(Record):
    """A diagnostic of the log."""

    headline: str
    """Its summary, without the workspace that it may name at its end."""
    detail: str = ""
    address: str = ""
    """The resource it is about; empty for none."""
    place: str = ""
    """A file and a line."""


class Sql(Record):
    """What is executed, or why that is not told."""

    statements: tuple[str, ...] = ()
    note: str = ""
    """A sentence for people, such as who runs them."""


class Tables(Record):
    """The objects of a warehouse at one time."""

    objects: tuple[tuple[str, str], ...]
    """Name and kind."""
    columns: tuple[tuple[str, str], ...]
    """Name and SQL type of the profile columns."""


class WorkspaceReview(Record, kw_only=True):
    """One workspace of a plan."""

    address: str
    name: str
    action: Action
    moved_from: str = ""
    deposed: bool = False
    import_id: str | None = None
    """The id that it is imported by; None if it is not imported."""
    order: str = ""
    """In which order a replacement goes; empty for anything else."""
    reason: str = ""
    """Why Terraform replaces or destroys it, as a clause."""
    system: System = System.UNKNOWN
    warehouse: tuple[str, ...] = ()
    """Where it is: the platform, and the host or account, the database and the schema as far as the plan has them."""
    warehouse_after: tuple[str, ...] = ()
    """Where it, or the workspace in its place, is afterwards; empty for one that goes."""
    schema_changes: bool = False
    """Whether the document of the profile schema changes, with or without its columns."""
    settings: tuple[Setting, ...] = ()
    columns: tuple[Column, ...] | None = ()
    """All profile columns, in order; None while they are not known."""
    made_again: tuple[str, ...] = ()
    """Objects that are missing in the warehouse and are made again."""
    gone: tuple[str, ...] = ()
    """Tables and columns that are gone with their data already, such as ``table krenalis_events``."""
    losses: tuple[Loss, ...] = ()
    stays: str = ""
    """What stays of a workspace that goes, as a sentence."""
    along: tuple[Message, ...] = ()
    """What goes with the data: indexes, policies and so on."""
    unchecked: tuple[Message, ...] = ()
    """What could not be checked."""
    warnings: tuple[Message, ...] = ()
    """All other warnings."""
    sql: Sql = Sql()
    drift: tuple[Setting, ...] = ()
    """What was changed outside Terraform since the last apply."""
    messages: tuple[Message, ...] = ()
    """The warnings of the log that tell of it, those of its losses too."""
    is_gone: bool = False
    """Whether it is there no more, although nothing of Terraform's has destroyed it."""
    before: Tables | None = None
    after: Tables | None = None

    @property
    def has_gone_data(self) -> bool:
        """Whether data is gone already, by something outside Terraform. A workspace that goes from a server leaves it."""
        return bool(self.gone) or (self.is_gone and self.system is not System.SERVER)

    @property
    def changed_columns(self) -> tuple[Column, ...]:
        """The columns that do not stay as they are."""
        return tuple(each for each in self.columns or () if each.change is not Change.KEPT)


class Review(Record, kw_only=True):
    """All that is said of a plan."""

    workspaces: tuple[WorkspaceReview, ...] = ()
    """Those of which there is something to say."""
    unchanged: int = 0
    """How many other workspaces there are."""
    others: int = 0
    """How many resources of other kinds change."""
    errors: tuple[Message, ...] = ()
    errored: bool = False
    """Whether the plan itself says that Terraform failed."""
    warnings: tuple[Message, ...] = ()
    """Warnings that are not of one workspace."""
    losses: tuple[Loss, ...] = ()
    """Losses of which only the log tells, because there is no plan."""
    notices: tuple[str, ...] = ()
    """What the reader has to know of the plan as a whole: our own sentences."""
    is_refused: bool = False
    """Whether the plan is not shown, although one was given: the notices say why."""
    terraform: str = ""
    """The version of Terraform; empty if nothing tells it."""
    planned_at: str = ""
    """When the plan was made; empty if nothing tells it."""
    has_plan: bool = True

    @property
    def has_failed(self) -> bool:
        """Whether Terraform could not make the plan, so that there is nothing to apply."""
        return self.errored or bool(self.errors)

    @property
    def losing(self) -> tuple[WorkspaceReview, ...]:
        """The workspaces that lose data, or may."""
        return tuple(each for each in self.workspaces if each.losses)

    @property
    def loses_data(self) -> bool:
        """Whether data would be lost, or may be."""
        return bool(self.losing or self.losses)

    @property
    def gone(self) -> tuple[WorkspaceReview, ...]:
        """The workspaces that are gone already, or data of which is."""
        return tuple(each for each in self.workspaces if each.is_gone or each.has_gone_data)

    @property
    def is_certain(self) -> bool:
        """Whether any of the losses is certain."""
        every = [*self.losses, *(loss for each in self.workspaces for loss in each.losses)]
        return any(loss.is_certain for loss in every)

"""What stands against making a workspace, from what was seen of the server and the schema."""

from collections.abc import Iterator

from krenalis_provider.warehouses.postgresql.errors import identifier
from krenalis_provider.warehouses.postgresql.inspection import Survey
from krenalis_provider.workspaces.errors import Finding, Verdict
from krenalis_provider.workspaces.model import PostgreSQLSettings

_CONTENT_KINDS = ("table", "view", "materialized view", "foreign table", "sequence")


def obstacles(settings: PostgreSQLSettings, survey: Survey, replaces: str | None) -> tuple[Finding, ...]:
    """List everything at once. The objects of the workspace with the id `replaces` are no obstacle."""
    return (*_server(settings, survey), *_schema(settings, survey), *_content(settings, survey, replaces))


def hindrances(
    settings: PostgreSQLSettings, survey: Survey, workspace_id: str, *, moved: bool
) -> tuple[Finding, ...]:
    """What stands against changing the workspace with that id, found at the place it `moved` to or was at."""
    record = survey.found.record
    place = f'schema "{settings.schema}" of database "{settings.database}"'
    findings = [*_server(settings, survey), *_schema(settings, survey, creates=bool(survey.found.missing))]
    if record and record.id != workspace_id:
        instead = f'workspace "{record.name}" with the id {record.id}'
    elif moved and record is None:
        instead = "no workspace's record"
    else:
        return tuple(findings)
    wrong = (
        f"{place} at {settings.host}:{settings.port} holds {instead}, and not this workspace (id {workspace_id}). "
        "Correct the warehouse's settings."
    )
    return (*findings, _contradicted("host", "Another warehouse", wrong))


def _server(settings: PostgreSQLSettings, survey: Survey) -> Iterator[Finding]:
    server = f"{settings.host}:{settings.port}"
    if survey.too_old:
        yield _contradicted(
            "host",
            "PostgreSQL is too old",
            f"{server} runs PostgreSQL {survey.version}. Krenalis needs version 15 or newer: upgrade the server, or "
            "name another one.",
        )
    if survey.standby:
        yield _contradicted(
            "host", "PostgreSQL is read-only", f"{server} is a standby. Name the primary server instead."
        )
    elif survey.read_only:
        yield _contradicted(
            "database",
            "PostgreSQL is read-only",
            f'in database "{settings.database}", transactions of role "{settings.username}" are read-only by '
            "default. Set default_transaction_read_only to off for the role, the database or the server.",
        )
    if survey.encoding != "UTF8":
        yield _contradicted(
            "database",
            "Database is not in UTF-8",
            f'database "{settings.database}" has the encoding {survey.encoding}. Krenalis needs UTF8: name another '
            "database, or make one with: CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8';",
        )


def _schema(settings: PostgreSQLSettings, survey: Survey, *, creates: bool = True) -> Iterator[Finding]:
    schema, role = identifier(settings.schema), identifier(settings.username)
    if not survey.schema_exists:
        yield _absent(
            "Schema does not exist",
            f'database "{settings.database}" has no schema "{settings.schema}". Name an existing one, or let an '
            f"administrator run: CREATE SCHEMA {schema}; GRANT USAGE, CREATE ON SCHEMA {schema} TO {role};",
        )
    missing = [right for right in survey.missing_rights if creates or right != "CREATE"]
    if missing:
        rights = " and ".join(missing)
        yield _absent(
            "Missing right on the schema",
            f'role "{settings.username}" lacks {rights} on schema "{settings.schema}" of database '
            f'"{settings.database}". Let its owner run: GRANT USAGE, CREATE ON SCHEMA {schema} TO {role};',
        )


def _content(settings: PostgreSQLSettings, survey: Survey, replaces: str | None) -> Iterator[Finding]:
    place = f'schema "{settings.schema}" of database "{settings.database}"'
    record = survey.found.record
    objects = dict(survey.found.objects)
    if record and record.id == replaces:
        objects = {name: kind for name, kind in objects.items() if name not in survey.found.ours}
    elif record:
        yield _contradicted(
            "schema",
            "Warehouse already holds a workspace",
            f'{place} holds the Krenalis workspace "{record.name}" with the id {record.id}. Name another schema, '
            "or remove that workspace first.",
            record.id,
        )
        return
    kinds = list(objects.values())
    counts = {kind: survey.others.get(kind, 0) + kinds.count(kind) for kind in _CONTENT_KINDS}
    if any(counts.values()):
        yield _contradicted(
            "schema",
            "Warehouse is not empty",
            f"{place} holds {_enumerated([_counted(n, kind) for kind, n in counts.items() if n])}. Krenalis needs "
            "an empty schema: empty it, or name another one.",
        )
    if taken := [
        f'{kind} "{name}"' for name, kind in objects.items() if kind not in (*_CONTENT_KINDS, "index")
    ]:
        yield _contradicted(
            "schema",
            "Names are taken",
            f"{place} holds {_enumerated(taken)}, where Krenalis makes objects of its own by "
            f"{'that name' if len(taken) == 1 else 'those names'}. Drop or rename what is in the way, or name "
            "another schema.",
        )


def _counted(number: int, kind: str) -> str:
    return f"{number} {kind}{'' if number == 1 else 's'}"


def _enumerated(items: list[str]) -> str:
    *first, last = items
    return f"{', '.join(first)} and {last}" if first else last


def _contradicted(setting: str, summary: str, detail: str, workspace_id: str | None = None) -> Finding:
    return Finding(Verdict.CONTRADICTED, f"warehouse.settings.{setting}", summary, detail, workspace_id)


def _absent(summary: str, detail: str) -> Finding:
    return Finding(Verdict.ABSENT, "warehouse.settings.schema", summary, detail)

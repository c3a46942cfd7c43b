"""The PostgreSQL provisioner without Terraform: login roles that work as another one, and what ownership decides."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from krenalis_provider.model.errors import CheckFailed, Verdict, WarehouseError
from krenalis_provider.model.observed import Counts, RowCount
from krenalis_provider.model.profile_columns import profile_columns
from krenalis_provider.model.profile_schema import parse
from krenalis_provider.warehouses.engines.engine import Provisioner
from krenalis_provider.warehouses.migration.compute import migrate
from krenalis_provider.warehouses.postgresql import dialect
from krenalis_provider.warehouses.postgresql.platform import PostgreSQL
from krenalis_provider.warehouses.postgresql.settings import PostgreSQLSettings
from tests.support.customers import COLUMNS, CUSTOMERS, only_finding
from tests.support.postgresql import Database
from tests.support.postgresql_warehouse import content, execute, provisioner_of, settings_of, soon
from tests.support.workspaces import profile_schema


@dataclass(frozen=True, slots=True)
class Team:
    """A role that may create in the schema, and two logins that may do nothing but take it on."""

    database: Database
    role: str
    logins: tuple[str, str]

    def provisioner(self, login: str, role: str | None = None) -> Provisioner:
        settings = settings_of(self.database, username=login)
        return PostgreSQL().provisioner(settings, {"role": role or self.role})


@pytest.fixture
def team(database: Database) -> Iterator[Team]:
    role, *logins = (f"{database.name} {name}" for name in ("team", "ann", "bob"))
    execute(
        database,
        f'CREATE ROLE "{role}"',
        f'GRANT USAGE, CREATE ON SCHEMA "{database.schema}" TO "{role}"',
        *(
            f'CREATE ROLE "{login}" LOGIN NOINHERIT PASSWORD \'{database.password}\' IN ROLE "{role}"'
            for login in logins
        ),
    )
    yield Team(database, role, (logins[0], logins[1]))
    execute(database, f'DROP OWNED BY "{role}" CASCADE', *(f'DROP ROLE "{name}"' for name in (*logins, role)))


def test_a_role_that_a_login_s_settings_take_on_owns_and_is_named(team: Team) -> None:
    login = team.logins[0]
    execute(team.database, f'ALTER ROLE "{login}" SET role = "{team.role}"')
    provisioner = provisioner_of(team.database, username=login)
    assert provisioner.rehearsals
    assert provisioner.check(soon(), replaces=None) == ()
    assert provisioner.rehearsals.rehearse_creation(CUSTOMERS, COLUMNS, soon(), replaces=None) == ()
    provisioner.initialize(CUSTOMERS, COLUMNS, soon())

    owners = "SELECT DISTINCT relowner::regrole::text FROM pg_class WHERE relnamespace = 'cdp'::regnamespace"
    assert execute(team.database, owners) == [(f'"{team.role}"',)]
    execute(team.database, f'ALTER TABLE krenalis_workspace OWNER TO "{team.logins[1]}"')
    found = [each.detail for each in provisioner.check_update(CUSTOMERS.id, soon())]
    assert all(f'role "{team.role}" lacks' in each for each in found)
    execute(team.database, found[0].partition("run: ")[2])
    provisioner.update(replace(CUSTOMERS, name="Clients"), COLUMNS, soon())
    execute(team.database, f'ALTER TABLE krenalis_workspace OWNER TO "{team.role}"')
    provisioner.drop(CUSTOMERS.id, soon())
    assert content(team.database) == set()


def test_the_role_of_the_configuration_goes_before_the_one_of_a_login_s_settings(team: Team) -> None:
    login, other = team.logins
    execute(team.database, f'ALTER ROLE "{login}" SET role = "{other}"', f'GRANT "{other}" TO "{login}"')
    team.provisioner(login).initialize(CUSTOMERS, COLUMNS, soon())

    owners = "SELECT DISTINCT relowner::regrole::text FROM pg_class WHERE relnamespace = 'cdp'::regnamespace"
    assert execute(team.database, owners) == [(f'"{team.role}"',)]


def test_a_role_of_a_login_s_settings_that_may_not_be_taken_on_leaves_the_login_as_it_is(
    database: Database,
) -> None:
    stranger = f"{database.name}_stranger"
    execute(database, f"CREATE ROLE {stranger}", f"ALTER ROLE {database.role} SET role = {stranger}")
    try:
        provisioner_of(database).initialize(CUSTOMERS, COLUMNS, soon())
        owners = (
            "SELECT DISTINCT relowner::regrole::text FROM pg_class WHERE relnamespace = 'cdp'::regnamespace"
        )
        assert execute(database, owners) == [(database.role,)]
    finally:
        execute(database, f"DROP ROLE {stranger}")


def test_what_one_login_made_another_one_counts_migrates_and_drops(team: Team) -> None:
    ann, bob = map(team.provisioner, team.logins)
    document = profile_schema()
    document["properties"].append({"name": "tier", "type": {"kind": "string"}, "readOptional": True})
    schema = parse(document).schema
    assert schema is not None
    wanted, changed = profile_columns(schema), replace(CUSTOMERS, profile_schema=document)

    assert ann.check(soon(), replaces=None) == ()
    ann.initialize(CUSTOMERS, COLUMNS, soon())
    owners = execute(
        team.database,
        "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class "
        f"WHERE relnamespace = '{team.database.schema}'::regnamespace",
    )
    assert owners == [(team.role,)]

    change = migrate(
        dialect,
        present=bob.inspect(soon()).columns,
        before=COLUMNS,
        after=wanted,
        renames={},
        drop_columns=[],
        mode=changed.mode,
    )
    assert bob.check_update(CUSTOMERS.id, soon(), migration=change) == ()
    bob.update(changed, wanted, soon(), migration=change)
    assert "tier" in ann.inspect(soon()).columns

    assert bob.count(CUSTOMERS.id, soon()) == Counts(RowCount(0), RowCount(0), RowCount(0))
    assert bob.check_drop(CUSTOMERS.id, soon()) == ()
    bob.drop(CUSTOMERS.id, soon())
    assert content(team.database) == set()


def test_a_role_that_may_not_be_taken_on_is_an_error_with_its_grant(team: Team) -> None:
    execute(team.database, f'REVOKE "{team.role}" FROM "{team.logins[0]}"')

    (finding,) = team.provisioner(team.logins[0]).check(soon(), replaces=None)

    assert (finding.verdict, str(finding.path), finding.summary) == (
        Verdict.ABSENT,
        "provider postgresql.role",
        "Role cannot be taken on",
    )
    assert f'run: GRANT "{team.role}" TO "{team.logins[0]}"' in finding.detail


def test_a_role_that_does_not_exist_is_an_error_with_its_creation(team: Team) -> None:
    with pytest.raises(WarehouseError) as caught:
        team.provisioner(team.logins[0], 'no "body"').inspect(soon())

    assert (str(caught.value.path), caught.value.summary) == (
        "provider postgresql.role",
        "Role does not exist",
    )
    assert f'CREATE ROLE "no ""body"""; GRANT "no ""body""" TO "{team.logins[0]}"' in caught.value.detail


def test_missing_rights_are_those_of_the_role_that_is_taken_on(team: Team) -> None:
    schema = f'"{team.database.schema}"'
    execute(team.database, f'REVOKE CREATE ON SCHEMA {schema} FROM "{team.role}"')

    findings = team.provisioner(team.logins[0]).check(soon(), replaces=None)

    detail = only_finding(findings, Verdict.ABSENT, "schema", "Missing right on the schema")
    assert f'GRANT USAGE, CREATE ON SCHEMA {schema} TO "{team.role}";' in detail


def test_a_drop_by_who_owns_nothing_is_found_at_plan(initialized: Database, team: Team) -> None:
    execute(initialized, f'GRANT SELECT, INSERT, UPDATE ON krenalis_workspace TO "{team.role}"')
    stranger = team.provisioner(team.logins[0])

    findings = stranger.check_drop(CUSTOMERS.id, soon())

    detail = only_finding(findings, Verdict.ABSENT, "username", "Missing right to change the warehouse")
    assert f'"krenalis_events" (owner {initialized.role})' in detail
    assert f'GRANT "{initialized.role}" TO "{team.role}"' in detail
    with pytest.raises(WarehouseError):
        stranger.drop(CUSTOMERS.id, soon())


def test_who_owns_the_schema_may_drop_what_is_in_it(initialized: Database, team: Team) -> None:
    execute(
        initialized,
        f'GRANT SELECT, INSERT, UPDATE ON krenalis_workspace TO "{team.role}"',
        f'ALTER SCHEMA "{initialized.schema}" OWNER TO "{team.role}"',
    )
    owner = team.provisioner(team.logins[0])

    assert owner.check_drop(CUSTOMERS.id, soon()) == ()
    owner.drop(CUSTOMERS.id, soon())

    assert content(initialized) == set()


def test_a_missing_index_on_a_table_of_others_is_found_at_plan(initialized: Database, team: Team) -> None:
    execute(
        initialized,
        "DROP INDEX updated_atx",
        f'GRANT SELECT, INSERT, UPDATE ON krenalis_workspace TO "{team.role}"',
    )

    findings = team.provisioner(team.logins[0]).check_update(CUSTOMERS.id, soon())

    only_finding(findings, Verdict.ABSENT, "username", "Missing right to change the warehouse")
    with pytest.raises((WarehouseError, CheckFailed)):
        team.provisioner(team.logins[0]).update(CUSTOMERS, COLUMNS, soon())
    assert provisioner_of(initialized).check_update(CUSTOMERS.id, soon()) == ()


def test_what_the_role_may_read_is_listed(initialized: Database, team: Team) -> None:
    database = PostgreSQLSettings(
        host=initialized.server.host,
        port=initialized.server.port,
        username=team.logins[0],
        database=initialized.name,
        password=initialized.password,
    )

    listing = PostgreSQL().list_workspaces(database, {"role": team.role}, soon())
    assert f'TO "{team.role}";' in listing.unreadable[initialized.schema]

    execute(initialized, f'GRANT SELECT ON krenalis_workspace TO "{team.role}"')
    listing = PostgreSQL().list_workspaces(database, {"role": team.role}, soon())
    assert listing.workspaces == {initialized.schema: CUSTOMERS}


@dataclass(frozen=True, slots=True)
class Membership:
    """Our role is a member of another one, with an option that it lacks."""

    database: Database
    role: str
    other: str

    def without(self, option: str) -> None:
        execute(self.database, f'GRANT "{self.other}" TO "{self.role}" WITH {option} FALSE')


@pytest.fixture
def membership(initialized: Database) -> Iterator[Membership]:
    with initialized.connect() as connection:
        if connection.info.server_version < 160_000:
            pytest.skip("memberships have options from PostgreSQL 16 on")
    other = f"{initialized.name} other"
    execute(
        initialized,
        f'CREATE ROLE "{other}"',
        f'GRANT USAGE, CREATE ON SCHEMA "{initialized.schema}" TO "{other}"',
    )
    yield Membership(initialized, initialized.role, other)
    execute(initialized, f'DROP OWNED BY "{other}" CASCADE', f'DROP ROLE "{other}"')


def test_a_role_that_may_not_be_taken_on_is_given_by_the_grant_of_the_message(team: Team) -> None:
    login = team.logins[0]
    execute(team.database, f'REVOKE "{team.role}" FROM "{login}"')
    with team.database.connect() as connection:
        if connection.info.server_version >= 160_000:
            connection.execute(f'GRANT "{team.role}" TO "{login}" WITH SET FALSE'.encode())
    (finding,) = team.provisioner(login).check(soon(), replaces=None)

    execute(team.database, finding.detail.partition("let an administrator run: ")[2])

    assert team.provisioner(login).check(soon(), replaces=None) == ()


def test_objects_of_a_role_without_its_rights_can_be_dropped_after_the_grant_of_the_message(
    membership: Membership,
) -> None:
    database = membership.database
    membership.without("INHERIT")
    execute(database, f'ALTER TABLE krenalis_events OWNER TO "{membership.other}"')
    provisioner = provisioner_of(database)
    detail = only_finding(
        provisioner.check_drop(CUSTOMERS.id, soon()),
        Verdict.ABSENT,
        "username",
        "Missing right to change the warehouse",
    )

    execute(database, detail.partition("let an administrator run: ")[2])

    assert provisioner.check_drop(CUSTOMERS.id, soon()) == ()
    provisioner.drop(CUSTOMERS.id, soon())


def test_a_view_is_given_back_only_to_a_role_that_can_be_taken_on(membership: Membership) -> None:
    database = membership.database
    membership.without("SET")
    execute(database, f'ALTER VIEW profiles OWNER TO "{membership.other}"')
    document = profile_schema()
    document["properties"] = [each for each in document["properties"] if each["name"] != "gender"]
    schema = parse(document).schema
    assert schema is not None
    wanted = profile_columns(schema)
    provisioner = provisioner_of(database)
    change = migrate(
        dialect,
        present=provisioner.inspect(soon()).columns,
        before=COLUMNS,
        after=wanted,
        renames={},
        drop_columns=["gender"],
        mode=CUSTOMERS.mode,
    )
    detail = only_finding(
        provisioner.check_update(CUSTOMERS.id, soon(), migration=change),
        Verdict.ABSENT,
        "username",
        "Missing right to give the view back",
    )

    execute(database, detail.partition("Let an administrator run: ")[2])

    assert provisioner.check_update(CUSTOMERS.id, soon(), migration=change) == ()
    provisioner.update(replace(CUSTOMERS, profile_schema=document), wanted, soon(), migration=change)

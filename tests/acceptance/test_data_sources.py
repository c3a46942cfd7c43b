"""The data sources: with real Terraform as users write them, and by their calls where one look at the answer is enough."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from krenalis_provider.provider import KrenalisProvider
from tests.acceptance.postgresql_warehouse import CUSTOMERS, copy_record, execute
from tests.support.plugin import Caller, Told
from tests.support.postgresql import Database
from tests.support.terraform import Terraform
from tests.support.terraform_process import folded
from tests.support.workspaces import configuration
from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.cty import UNKNOWN

EXAMPLES = Path(__file__).parents[2] / "examples" / "data-sources"
PROVIDER = 'terraform {\n  required_providers {\n    krenalis = { source = "krenalis/krenalis" }\n  }\n}\n'
WORKSPACE = "krenalis_workspace"
WORKSPACES = "krenalis_workspaces"


def example(name: str, database: Database) -> str:
    """The example of a data source, for the database."""
    text = (EXAMPLES / name / "data-source.tf").read_text()
    settings = {**database.settings(), "schema": database.schema}
    for key, written in {
        "host": '"db.internal"',
        "port": "5432",
        "username": '"reader"',
        "database": '"cdp"',
        "schema": '"customers"',
    }.items():
        text = text.replace(f"= {written}", f"= {json.dumps(settings[key])}")
    return text


def assert_matches(pattern: str, text: str) -> None:
    assert re.search(pattern, folded(text)), text


def without_password(database: Database) -> dict[str, Any]:
    return {name: value for name, value in database.settings().items() if name != "password"}


def configured(**block: Any) -> Caller:
    """The provider with a provider block."""
    caller = Caller(KrenalisProvider())
    type_ = caller.session.provider_schema.type
    postgresql: Any = type_.attributes["postgresql"]
    if isinstance(given := block.get("postgresql"), dict):
        block["postgresql"] = dict.fromkeys(postgresql.attributes) | given
    response = caller.call(
        "configure_provider", pb.ConfigureProvider.Request(config=caller.wire(type_, block))
    )
    assert not response.diagnostics
    return caller


def ask(caller: Caller, call: str, name: str, config: dict[str, Any]) -> tuple[Any, list[Told]]:
    """What a call of a data source answers."""
    type_ = caller.session.data_source(name).schema().type
    requests: Any = {"read": pb.ReadDataSource, "validate": pb.ValidateDataResourceConfig}
    modules = {"read": "read_data_source", "validate": "validate_data_resource_config"}
    request = requests[call].Request(type_name=name, config=caller.wire(type_, config))
    response = caller.call(modules[call], request)
    state = caller.read(type_, response.state) if call == "read" else None
    return state, [Told.of(diagnostic) for diagnostic in response.diagnostics]


def by_warehouse(settings: Any, platform: Any = "PostgreSQL") -> dict[str, Any]:
    """The configuration of `krenalis_workspace`."""
    if isinstance(settings, dict):
        names = ("host", "port", "username", "password", "database", "schema", "account", "role", "warehouse")
        settings = dict.fromkeys(names) | settings
    return {"warehouse": {"platform": platform, "settings": settings}}


def by_database(place: Database, /, **changes: Any) -> dict[str, Any]:
    """The configuration of `krenalis_workspaces`."""
    given = {**place.settings(), **changes}
    return {name: value for name, value in given.items() if name != "schema"}


class TestWithTerraform:
    def test_the_examples_show_a_workspace_and_all_of_a_database(
        self, terraform: Terraform, warehouse: Database
    ) -> None:
        terraform.environment["PGPASSWORD"] = warehouse.password
        terraform.write(PROVIDER + example(WORKSPACE, warehouse) + example(WORKSPACES, warehouse))

        applied = terraform.apply()

        output = terraform.output()
        assert output["customer_columns"]["email"] == "character varying(254)"
        assert output["schemas"] == {CUSTOMERS.id: warehouse.schema}
        assert warehouse.password not in json.dumps(applied.state)

    def test_a_workspace_that_the_same_apply_makes_is_found_after_it(
        self, any_terraform: Terraform, database: Database
    ) -> None:
        depends = f"  depends_on = [{WORKSPACE}.customers]\n}}\n\noutput"
        data = example(WORKSPACES, database).replace("}\n\noutput", depends, 1)
        any_terraform.environment["PGPASSWORD"] = database.password
        any_terraform.write(configuration(without_password(database)) + data)

        any_terraform.apply()

        assert list(any_terraform.output()["schemas"].values()) == [database.schema]

    def test_what_is_wrong_offline_is_found_by_validate(
        self, any_terraform: Terraform, database: Database
    ) -> None:
        text = example(WORKSPACE, database).replace('"PostgreSQL"', '"postgres"')
        any_terraform.write(PROVIDER + text)

        any_terraform.validate(
            expect_error=r'warehouse\.platform: unknown platform "postgres": did you mean "PostgreSQL"\?'
        )

    def test_a_wrong_password_stops_the_plan_and_is_not_printed(
        self, any_terraform: Terraform, warehouse: Database
    ) -> None:
        block = f'provider "krenalis" {{\n  postgresql = {{ password = "tiger-{warehouse.password}" }}\n}}\n'
        any_terraform.write(PROVIDER + block + example(WORKSPACES, warehouse))

        failed = any_terraform.plan(expect_error=r"Wrong user name or password.*password: .*Check username")

        assert "tiger" not in failed.text


class TestWorkspace:
    def test_it_is_as_the_record_and_the_catalogue_have_it(self, pristine: Database) -> None:
        state, told = ask(configured(), "read", WORKSPACE, by_warehouse(pristine.settings()))

        assert told == []
        assert (state["id"], state["name"], state["mode"]) == (CUSTOMERS.id, CUSTOMERS.name, "Normal")
        assert state["profile_schema"].value == CUSTOMERS.profile_schema
        assert state["profile_columns"]["email"] == "character varying(254)"
        assert (state["objects"]["profiles"], state["objects"]["krenalis_workspace"]) == ("view", "table")
        assert state["ui_preferences"] == {
            "user_profile": {"image": None, "first_name": None, "last_name": None, "extra": None}
        }
        assert state["identifiers"] == []
        assert state["resolve_identities_on_batch_import"] is True
        assert state["primary_sources"] == {}

    def test_settings_of_identity_resolution_are_those_of_the_record(self, warehouse: Database) -> None:
        execute(
            warehouse,
            """UPDATE krenalis_workspace SET identifiers = '["email"]', primary_sources = '{"email": "7"}',
                      resolve_identities_on_batch_import = false""",
        )

        state, _ = ask(configured(), "read", WORKSPACE, by_warehouse(warehouse.settings()))

        assert state["identifiers"] == ["email"]
        assert state["resolve_identities_on_batch_import"] is False
        assert state["primary_sources"] == {"email": "7"}

    def test_a_role_that_may_only_read_the_record_is_enough(self, warehouse: Database) -> None:
        execute(
            warehouse,
            f'REVOKE ALL ON SCHEMA "{warehouse.schema}" FROM "{warehouse.role}"',
            f'GRANT USAGE ON SCHEMA "{warehouse.schema}" TO "{warehouse.role}"',
            f'ALTER TABLE krenalis_workspace OWNER TO "{warehouse.server.user}"',
            f'GRANT SELECT ON krenalis_workspace TO "{warehouse.role}"',
        )

        state, told = ask(configured(), "read", WORKSPACE, by_warehouse(warehouse.settings()))

        assert (state["id"], told) == (CUSTOMERS.id, [])

    @pytest.mark.parametrize(
        ("changes", "summary", "detail"),
        [
            ({"schema": "nowhere"}, "Workspace not found", "settings.schema: the schema holds no workspace"),
            ({"port": 1}, "PostgreSQL could not be reached", "settings.host: .*Check host, port"),
            ({"password": "wrong"}, "Wrong user name or password", "settings.password: .*Check username"),
            ({"password": None}, "Password missing", "settings.password: .*PGPASSWORD"),
            ({"database": "none"}, "Database does not exist", "settings.database: .*CREATE DATABASE"),
        ],
    )
    def test_what_is_not_there_is_one_error_with_the_remedy(
        self, pristine: Database, changes: dict[str, Any], summary: str, detail: str
    ) -> None:
        settings = {**pristine.settings(), **changes}

        state, told = ask(configured(), "read", WORKSPACE, by_warehouse(settings))

        assert state is None
        (error,) = told
        assert error.severity == "error"
        assert error.summary.startswith(f'{summary} (workspace "postgresql://')
        assert_matches(rf"warehouse\.{detail}", error.detail)

    @pytest.mark.parametrize(
        ("change", "detail"),
        [
            (
                "DELETE FROM krenalis_workspace",
                "tables of a workspace, but not its record. Apply the workspace",
            ),
            (
                "DROP TABLE krenalis_workspace",
                "tables of a workspace, but not its record. Apply the workspace",
            ),
            ("UPDATE krenalis_workspace SET format_version = 9", "format version is 9.*Use the version"),
            (
                "ALTER TABLE krenalis_workspace OWNER TO postgres",
                "permission denied.*SELECT on its table krenalis_workspace",
            ),
        ],
    )
    def test_a_record_that_cannot_be_read_is_one_error_with_the_remedy(
        self, warehouse: Database, change: str, detail: str
    ) -> None:
        execute(warehouse, change)

        state, told = ask(configured(), "read", WORKSPACE, by_warehouse(warehouse.settings()))

        assert state is None
        (error,) = told
        assert_matches(detail, error.detail)

    @pytest.mark.parametrize(
        ("changes", "platform", "detail"),
        [
            ({"host": None}, "PostgreSQL", "warehouse.settings.host: is required by platform PostgreSQL"),
            (
                {"port": 70000},
                "PostgreSQL",
                "warehouse.settings.port: must be a whole number from 1 to 65535",
            ),
            ({"schema": "pg_x"}, "PostgreSQL", 'warehouse.settings.schema: cannot start with "pg_"'),
            ({"account": "a"}, "PostgreSQL", "warehouse.settings.account: is not a setting of PostgreSQL"),
            (
                {"host": None, "port": None, "role": "r", "warehouse": "w"},
                "Snowflake",
                "warehouse.settings.account: is required by platform Snowflake",
            ),
        ],
    )
    def test_settings_are_checked_as_those_of_the_resource(
        self, pristine: Database, changes: dict[str, Any], platform: str, detail: str
    ) -> None:
        config = by_warehouse({**pristine.settings(), **changes}, platform)

        _, (error,) = ask(configured(), "validate", WORKSPACE, config)

        assert error.summary == "Invalid warehouse"
        assert_matches(detail, error.detail)

    @pytest.mark.parametrize(
        "config",
        [
            {"warehouse": UNKNOWN},
            by_warehouse(UNKNOWN),
            by_warehouse({}, UNKNOWN),
            by_warehouse(dict.fromkeys(("host", "port", "username", "database", "schema"), UNKNOWN)),
        ],
    )
    def test_what_is_not_known_yet_is_not_wrong(self, config: dict[str, Any]) -> None:
        assert ask(configured(), "validate", WORKSPACE, config) == (None, [])


@pytest.fixture
def secret_source(
    request: pytest.FixtureRequest, pristine: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    """The provider block, with the password where the test says."""
    match request.param:
        case "provider block":
            return {"postgresql": {"password": pristine.password}}
        case "PGPASSWORD":
            monkeypatch.setenv("PGPASSWORD", pristine.password)
        case "password file":
            file = tmp_path / "pgpass"
            file.write_text(f"{pristine.server.host}:*:*:*:{pristine.password}\n")
            file.chmod(0o600)
            monkeypatch.setenv("PGPASSFILE", str(file))
        case "service file":
            file = tmp_path / "services"
            file.write_text(f"[cdp]\npassword={pristine.password}\n")
            monkeypatch.setenv("PGSERVICEFILE", str(file))
            monkeypatch.setenv("PGSERVICE", "cdp")
    return {}


class TestConnecting:
    @pytest.mark.parametrize(
        "secret_source", ["provider block", "PGPASSWORD", "password file", "service file"], indirect=True
    )
    def test_a_password_may_come_from_elsewhere(
        self, pristine: Database, secret_source: dict[str, Any]
    ) -> None:
        caller = configured(**secret_source)

        one, _ = ask(caller, "read", WORKSPACE, by_warehouse(without_password(pristine)))
        several, _ = ask(caller, "read", WORKSPACES, by_database(pristine, password=None))

        assert one["id"] == CUSTOMERS.id
        assert [workspace["id"] for workspace in several["workspaces"]] == [CUSTOMERS.id]

    @pytest.mark.parametrize("name", [WORKSPACE, WORKSPACES])
    def test_a_provider_block_that_is_not_known_yet_is_an_error(self, pristine: Database, name: str) -> None:
        caller = configured(postgresql={"password": UNKNOWN})
        configs = {WORKSPACE: by_warehouse(pristine.settings()), WORKSPACES: by_database(pristine)}

        state, (error,) = ask(caller, "read", name, configs[name])

        assert state is None
        assert_matches("provider postgresql.password.*depends_on", error.detail)

    @pytest.mark.parametrize("name", [WORKSPACE, WORKSPACES])
    def test_a_timeout_holds(self, warehouse: Database, name: str) -> None:
        configs = {WORKSPACE: by_warehouse(warehouse.settings()), WORKSPACES: by_database(warehouse)}
        with warehouse.connect() as other, other.transaction():
            other.execute(f'LOCK TABLE "{warehouse.schema}".krenalis_workspace')

            state, (error,) = ask(
                configured(), "read", name, {**configs[name], "timeouts": {"read": "500ms"}}
            )

        assert state is None
        assert_matches("PostgreSQL took too long|Warehouse is locked", error.summary)


class TestWorkspaces:
    def test_they_are_listed_by_schema_and_what_cannot_be_read_is_one_warning(
        self, warehouse: Database
    ) -> None:
        for schema in ("b", "a", "locked away", "old"):
            copy_record(warehouse, schema)
        execute(
            warehouse,
            "UPDATE a.krenalis_workspace SET id = '7', name = 'Others', mode = 'Inspection'",
            "UPDATE old.krenalis_workspace SET format_version = 0",
            f'REVOKE USAGE ON SCHEMA "locked away" FROM "{warehouse.role}"',
        )

        state, (warning,) = ask(configured(), "read", WORKSPACES, by_database(warehouse))

        assert state["workspaces"] == [
            {"id": "7", "name": "Others", "schema": "a", "mode": "Inspection"},
            {"id": CUSTOMERS.id, "name": "Customers", "schema": "b", "mode": "Normal"},
            {"id": CUSTOMERS.id, "name": "Customers", "schema": warehouse.schema, "mode": "Normal"},
        ]
        assert warning.severity == "warning"
        assert warning.summary == f'Workspaces of database "{warehouse.name}" were left out'
        assert_matches(
            'may not use schema "locked away".* GRANT USAGE ON SCHEMA "locked away"', warning.detail
        )
        assert_matches('schema "old" holds .* its format version is 0', warning.detail)

    def test_a_database_without_any_has_an_empty_list(self, database: Database) -> None:
        state, told = ask(configured(), "read", WORKSPACES, by_database(database))

        assert (state["workspaces"], told) == ([], [])

    @pytest.mark.parametrize(
        ("changes", "summary", "path"),
        [
            ({"port": 1}, "PostgreSQL could not be reached", "host"),
            ({"password": "wrong"}, "Wrong user name or password", ""),
            ({"database": "none"}, "Database does not exist", "database"),
        ],
    )
    def test_a_database_that_cannot_be_looked_into_is_an_error(
        self, pristine: Database, changes: dict[str, Any], summary: str, path: str
    ) -> None:
        state, (error,) = ask(configured(), "read", WORKSPACES, by_database(pristine, **changes))

        assert state is None
        database = changes.get("database", pristine.name)
        assert (error.severity, error.summary) == ("error", f'{summary} (database "{database}")')
        assert error.path == path
        assert error.detail.startswith(f"{path or 'password'}: connecting to database")

    @pytest.mark.parametrize(
        ("name", "value", "rule"),
        [
            ("port", 70000, "must be a whole number from 1 to 65535"),
            ("host", "db..internal", "has an empty label"),
            ("username", "", "must be 1 to 63 bytes long"),
            ("database", "d" * 64, "must be 1 to 63 bytes long"),
        ],
    )
    def test_settings_are_checked_as_those_of_a_warehouse(
        self, pristine: Database, name: str, value: Any, rule: str
    ) -> None:
        _, (error,) = ask(configured(), "validate", WORKSPACES, by_database(pristine, **{name: value}))

        assert (error.summary, error.path) == ("Invalid database", name)
        assert error.detail.startswith(f"{name}: {rule}")

    def test_what_is_not_known_yet_is_not_wrong(self) -> None:
        config = dict.fromkeys(("host", "port", "username", "password", "database"), UNKNOWN)

        assert ask(configured(), "validate", WORKSPACES, config) == (None, [])

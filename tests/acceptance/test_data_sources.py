"""The data sources: with real Terraform as users write them, and by their calls where one look at the answer is enough."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from krenalis_provider.model.workspace import WarehouseMode
from krenalis_provider.provider import KrenalisProvider
from krenalis_provider.warehouses.postgresql import listing
from lightstart import records
from tests.support.customers import COLUMNS, CUSTOMERS
from tests.support.plugin import Caller, Told
from tests.support.postgresql import Database
from tests.support.postgresql_warehouse import PostgreSQLWarehouse, copy_record, execute, soon
from tests.support.terraform import Terraform
from tests.support.terraform_process import folded
from tests.support.warehouse import NO_PORT, Warehouse, Warehouses, only_on
from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.cty import UNKNOWN, infer

EXAMPLES = Path(__file__).parents[2] / "examples" / "data-sources"
PROVIDER = 'terraform {\n  required_providers {\n    krenalis = { source = "krenalis/krenalis" }\n  }\n}\n'
WORKSPACE = "krenalis_workspace"
WORKSPACES = "krenalis_workspaces"


def with_workspace(warehouse: Warehouse) -> Warehouse:
    """The warehouse, now with the workspace `CUSTOMERS`."""
    warehouse.provisioner().initialize(CUSTOMERS, COLUMNS, soon())
    return warehouse


@pytest.fixture(scope="module")
def customers(warehouses: Warehouses) -> Iterator[Warehouse]:
    """A warehouse with the workspace `CUSTOMERS` that no test changes."""
    warehouse = warehouses.new()
    yield with_workspace(warehouse)
    warehouse.drop()


@pytest.fixture
def holding(warehouse: Warehouse) -> Warehouse:
    """A warehouse with the workspace `CUSTOMERS`."""
    return with_workspace(warehouse)


def example(name: str, warehouse: Warehouse) -> str:
    """The example of a data source, for the warehouse."""
    text = (EXAMPLES / name / "data-source.tf").read_text()
    text = text[
        text.index("\n}\n") + len("\n}\n") :
    ]  # the block terraform is in the rest of the configuration
    settings = warehouse.settings()
    names = [key for key in settings if key != "password" and (name == WORKSPACE or key != "schema")]
    lines = [f"{key} = {json.dumps(settings[key])}\n" for key in names]
    if name == WORKSPACES:
        lines.append(f"platform = {json.dumps(warehouse.platform)}\n")
    given = r"host +=.*?database +=[^\n]*\n( *schema +=[^\n]*\n)?"
    text = re.sub(given, lambda _: "".join(lines), text, count=1, flags=re.DOTALL)
    return text.replace('"PostgreSQL"', json.dumps(warehouse.platform))


def provider_for(warehouse: Warehouse, **members: object) -> str:
    return f'{PROVIDER}provider "krenalis" {{\n  {warehouse.provider(**members)}\n}}\n'


def assert_matches(pattern: str, text: str) -> None:
    assert re.search(pattern, folded(text)), text


def configured(warehouse: Warehouse, **members: Any) -> Caller:
    """The provider with a provider block for the warehouse, and with further members of that."""
    caller = Caller(KrenalisProvider())
    type_ = caller.session.provider_schema.type
    name = warehouse.platform.lower()
    given = {**warehouse.parameters(), **members}
    block = {name: infer(given)} if given else {}
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


def of_warehouse(warehouse: Warehouse, /, **changes: Any) -> dict[str, Any]:
    """The configuration of `krenalis_workspace`."""
    return by_warehouse(warehouse.settings(**changes), warehouse.platform)


def by_warehouse(settings: Any, platform: Any = "PostgreSQL") -> dict[str, Any]:
    """The configuration of `krenalis_workspace`."""
    if isinstance(settings, dict):
        names = ("host", "port", "username", "password", "database", "schema", "account", "role", "warehouse")
        settings = dict.fromkeys(names) | settings
    return {"warehouse": {"platform": platform, "settings": settings}}


def by_database(warehouse: Warehouse, /, **changes: Any) -> dict[str, Any]:
    """The configuration of `krenalis_workspaces`."""
    given = {"platform": warehouse.platform, **warehouse.settings(**changes)}
    return {name: value for name, value in given.items() if name != "schema"}


class TestWithTerraform:
    def test_the_examples_show_a_workspace_and_all_of_a_database(
        self, terraform: Terraform, holding: Warehouse
    ) -> None:
        terraform.environment[holding.password_variable] = holding.password
        text = provider_for(holding) + example(WORKSPACE, holding) + example(WORKSPACES, holding)
        terraform.write(text)

        applied = terraform.apply()

        output = terraform.output()
        assert output["customer_columns"][holding.name("email")] == holding.text(254)
        assert output["schemas"] == {CUSTOMERS.id: holding.schema}
        assert holding.password not in json.dumps(applied.state)

    def test_a_workspace_that_the_same_apply_makes_is_found_after_it(
        self, any_terraform: Terraform, warehouse: Warehouse
    ) -> None:
        depends = f"  depends_on = [{WORKSPACE}.customers]\n}}\n\noutput"
        data = example(WORKSPACES, warehouse).replace("}\n\noutput", depends, 1)
        any_terraform.environment[warehouse.password_variable] = warehouse.password
        any_terraform.write(warehouse.configuration(without=["password"]) + data)

        any_terraform.apply()

        assert list(any_terraform.output()["schemas"].values()) == [warehouse.schema]

    @only_on("PostgreSQL", "a platform is spelt the same way everywhere")
    def test_what_is_wrong_offline_is_found_by_validate(
        self, any_terraform: Terraform, warehouse: Warehouse
    ) -> None:
        text = example(WORKSPACE, warehouse).replace('"PostgreSQL"', '"postgres"')
        any_terraform.write(PROVIDER + text)

        any_terraform.validate(
            expect_error=r'warehouse\.platform: unknown platform "postgres": did you mean "PostgreSQL"\?'
        )

    def test_a_wrong_password_stops_the_plan_and_is_not_printed(
        self, any_terraform: Terraform, warehouse: Warehouse
    ) -> None:
        wrong = f"tiger-{warehouse.password}"
        any_terraform.write(provider_for(warehouse, password=wrong) + example(WORKSPACES, warehouse))

        failed = any_terraform.plan(expect_error=r"Wrong user name or password.*password: .*Check ")

        assert "tiger" not in failed.text


class TestWorkspace:
    def test_it_is_as_the_record_and_the_catalogue_have_it(self, customers: Warehouse) -> None:
        state, told = ask(configured(customers), "read", WORKSPACE, of_warehouse(customers))

        assert told == []
        assert (state["id"], state["name"], state["mode"]) == (CUSTOMERS.id, CUSTOMERS.name, "Normal")
        assert state["profile_schema"].value == CUSTOMERS.profile_schema
        assert state["profile_columns"][customers.name("email")] == customers.text(254)
        objects = [state["objects"][customers.name(name)] for name in ("profiles", "krenalis_workspace")]
        assert objects == ["view", "table"]
        assert state["ui_preferences"] == {
            "user_profile": {"image": None, "first_name": None, "last_name": None, "extra": None}
        }
        assert state["identifiers"] == []
        assert state["resolve_identities_on_batch_import"] is True
        assert state["primary_sources"] == {}

    def test_settings_of_identity_resolution_are_those_of_the_record(self, holding: Warehouse) -> None:
        holding.execute(
            """UPDATE krenalis_workspace SET identifiers = '["email"]', primary_sources = '{"email": "7"}',
                      resolve_identities_on_batch_import = false""",
        )

        state, _ = ask(configured(holding), "read", WORKSPACE, of_warehouse(holding))

        assert state["identifiers"] == ["email"]
        assert state["resolve_identities_on_batch_import"] is False
        assert state["primary_sources"] == {"email": "7"}

    # Snowflake's grants are not emulated
    def test_a_role_that_may_only_read_the_record_is_enough(self, initialized: Database) -> None:
        execute(
            initialized,
            f'REVOKE ALL ON SCHEMA "{initialized.schema}" FROM "{initialized.role}"',
            f'GRANT USAGE ON SCHEMA "{initialized.schema}" TO "{initialized.role}"',
            f'ALTER TABLE krenalis_workspace OWNER TO "{initialized.server.user}"',
            f'GRANT SELECT ON krenalis_workspace TO "{initialized.role}"',
        )
        warehouse = PostgreSQLWarehouse(initialized.server.port, initialized)

        state, told = ask(configured(warehouse), "read", WORKSPACE, of_warehouse(warehouse))

        assert (state["id"], told) == (CUSTOMERS.id, [])

    @pytest.mark.parametrize(
        ("changes", "summary", "detail"),
        [
            ({"password": "wrong"}, "Wrong user name or password", "settings.password: .*Check "),
            ({"password": None}, "Password missing", "settings.password: .*_?PASSWORD"),
            ({"database": "none"}, "Database does not exist", "settings.database: .*CREATE DATABASE"),
        ],
    )
    def test_what_is_not_there_is_one_error_with_the_remedy(
        self, customers: Warehouse, changes: dict[str, Any], summary: str, detail: str
    ) -> None:
        self.not_read(customers, of_warehouse(customers, **changes), summary, detail)

    def test_a_schema_without_a_workspace_is_an_error(self, warehouse: Warehouse) -> None:
        detail = "settings.schema: the schema holds no workspace"
        self.not_read(warehouse, of_warehouse(warehouse), "Workspace not found", detail)

    def test_a_server_out_of_reach_is_an_error(self, customers: Warehouse) -> None:
        away = customers.at(NO_PORT)
        summary = f"{away.platform} could not be reached"
        self.not_read(away, of_warehouse(away), summary, r"settings\.\w+: .*Check ")

    def not_read(self, warehouse: Warehouse, config: dict[str, Any], summary: str, detail: str) -> None:
        state, told = ask(configured(warehouse), "read", WORKSPACE, config)

        assert state is None
        (error,) = told
        assert error.severity == "error"
        assert error.summary.startswith(f"{summary} (schema ")
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
        ],
    )
    def test_a_record_that_cannot_be_read_is_one_error_with_the_remedy(
        self, holding: Warehouse, change: str, detail: str
    ) -> None:
        holding.execute(change)

        state, told = ask(configured(holding), "read", WORKSPACE, of_warehouse(holding))

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
    @only_on("PostgreSQL", "the platform is in the cases")
    def test_settings_are_checked_as_those_of_the_resource(
        self, customers: Warehouse, changes: dict[str, Any], platform: str, detail: str
    ) -> None:
        config = by_warehouse({**customers.settings(), **changes}, platform)

        _, (error,) = ask(configured(customers), "validate", WORKSPACE, config)

        assert error.summary.startswith("Invalid warehouse (schema ")
        assert_matches(detail, error.detail)

    @pytest.mark.parametrize(
        "config",
        [
            {"warehouse": UNKNOWN},
            by_warehouse(UNKNOWN),
            by_warehouse({"schema": "s"}, UNKNOWN),
            by_warehouse(dict.fromkeys(("host", "port", "username", "database", "schema"), UNKNOWN)),
        ],
    )
    @only_on("PostgreSQL", "the warehouse is not looked at")
    def test_what_is_not_known_yet_is_not_wrong(self, warehouse: Warehouse, config: dict[str, Any]) -> None:
        assert ask(configured(warehouse), "validate", WORKSPACE, config) == (None, [])


class TestConnecting:
    """Where else PostgreSQL's passwords may be is in test_secrets."""

    @pytest.mark.parametrize("source", ["provider block", "environment"])
    def test_a_password_may_come_from_elsewhere(
        self, customers: Warehouse, source: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if source == "environment":
            monkeypatch.setenv(customers.password_variable, customers.password)
            caller = configured(customers)
        else:
            caller = configured(customers, password=customers.password)

        one, _ = ask(caller, "read", WORKSPACE, of_warehouse(customers, password=None))
        several, _ = ask(caller, "read", WORKSPACES, by_database(customers, password=None))

        assert one["id"] == CUSTOMERS.id
        assert [workspace["id"] for workspace in several["workspaces"]] == [CUSTOMERS.id]

    @pytest.mark.parametrize("name", [WORKSPACE, WORKSPACES])
    def test_a_provider_block_that_is_not_known_yet_is_an_error(
        self, customers: Warehouse, name: str
    ) -> None:
        caller = configured(customers, password=UNKNOWN)
        configs = {WORKSPACE: of_warehouse(customers), WORKSPACES: by_database(customers)}

        state, (error,) = ask(caller, "read", name, configs[name])

        assert state is None
        assert_matches(f"provider {customers.platform.lower()}.password.*depends_on", error.detail)

    @pytest.mark.parametrize("name", [WORKSPACE, WORKSPACES])
    def test_a_timeout_holds(self, holding: Warehouse, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        longer = records.replace(listing._LIMIT, values={"longest": "60s"})  # than the time that there is
        monkeypatch.setattr(listing, "_LIMIT", longer)
        configs = {WORKSPACE: of_warehouse(holding), WORKSPACES: by_database(holding)}
        with holding.held():
            state, (error,) = ask(
                configured(holding), "read", name, {**configs[name], "timeouts": {"read": "5s"}}
            )

        assert state is None
        assert_matches(f"{holding.platform} took too long|Warehouse is locked", error.summary)


class TestWorkspaces:
    # rights on single schemas of Snowflake are not emulated; its listing is tested with its provisioner
    def test_they_are_listed_by_schema_and_what_cannot_be_read_is_one_warning(
        self, initialized: Database
    ) -> None:
        for schema in ("b", "a", "locked away", "old"):
            copy_record(initialized, schema)
        execute(
            initialized,
            "UPDATE a.krenalis_workspace SET id = '7', name = 'Others', mode = 'Inspection'",
            "UPDATE old.krenalis_workspace SET format_version = 0",
            f'REVOKE USAGE ON SCHEMA "locked away" FROM "{initialized.role}"',
        )
        warehouse = PostgreSQLWarehouse(initialized.server.port, initialized)

        state, (warning,) = ask(configured(warehouse), "read", WORKSPACES, by_database(warehouse))

        assert state["workspaces"] == [
            {"id": "7", "name": "Others", "schema": "a", "mode": "Inspection"},
            {"id": CUSTOMERS.id, "name": "Customers", "schema": "b", "mode": "Normal"},
            {"id": CUSTOMERS.id, "name": "Customers", "schema": warehouse.schema, "mode": "Normal"},
        ]
        assert warning.severity == "warning"
        assert warning.summary == f'Workspaces of database "{initialized.name}" were left out'
        assert_matches(
            'may not use schema "locked away".* GRANT USAGE ON SCHEMA "locked away"', warning.detail
        )
        assert_matches('schema "old" holds .* its format version is 0', warning.detail)

    def test_a_database_without_any_has_an_empty_list(self, warehouse: Warehouse) -> None:
        state, told = ask(configured(warehouse), "read", WORKSPACES, by_database(warehouse))

        assert (state["workspaces"], told) == ([], [])

    def test_two_schemas_of_a_database_are_both_listed(self, holding: Warehouse) -> None:
        holding.make_schema("another")
        second = replace(CUSTOMERS, id="7", name="Others", mode=WarehouseMode.INSPECTION)
        holding.provisioner(schema="another").initialize(second, COLUMNS, soon())

        state, told = ask(configured(holding), "read", WORKSPACES, by_database(holding))

        assert told == []
        assert state["workspaces"] == [
            {"id": "7", "name": "Others", "schema": holding.name("another"), "mode": "Inspection"},
            {"id": CUSTOMERS.id, "name": "Customers", "schema": holding.schema, "mode": "Normal"},
        ]

    @pytest.mark.parametrize(
        ("changes", "summary", "name"),
        [
            ({"password": "wrong"}, "Wrong user name or password", "password"),
            ({"database": "none"}, "Database does not exist", "database"),
        ],
    )
    def test_a_database_that_cannot_be_looked_into_is_an_error(
        self, customers: Warehouse, changes: dict[str, Any], summary: str, name: str
    ) -> None:
        config = by_database(customers, **changes)

        state, (error,) = ask(configured(customers), "read", WORKSPACES, config)

        assert state is None
        assert (error.severity, error.path) == ("error", "")
        assert error.summary == f'{summary} (database "{config["database"]}")'
        assert error.detail.startswith(f"{name}: ")

    def test_a_server_out_of_reach_is_an_error(self, customers: Warehouse) -> None:
        away = customers.at(NO_PORT)

        state, (error,) = ask(configured(away), "read", WORKSPACES, by_database(away))

        assert state is None
        assert error.summary.startswith(f"{away.platform} could not be reached (database ")
        assert error.detail.startswith("host: " if away.has_port else "account: ")

    @pytest.mark.parametrize(
        ("name", "value", "rule"),
        [
            ("port", 70000, "must be a whole number from 1 to 65535"),
            ("host", "db..internal", "has an empty label"),
            ("username", "", "must be 1 to 63 bytes long"),
            ("database", "d" * 64, "must be 1 to 63 bytes long"),
        ],
    )
    @only_on("PostgreSQL", "the rules of each platform have their own tests")
    def test_settings_are_checked_as_those_of_a_warehouse(
        self, customers: Warehouse, name: str, value: Any, rule: str
    ) -> None:
        config = by_database(customers, **{name: value})

        _, (error,) = ask(configured(customers), "validate", WORKSPACES, config)

        assert error.summary.startswith("Invalid database (database ")
        assert error.path == ""  # Terraform would print the line
        assert error.detail.startswith(f"{name}: {rule}")

    @only_on("PostgreSQL", "the database is not looked at")
    def test_what_is_not_known_yet_is_not_wrong(self, warehouse: Warehouse) -> None:
        config = dict.fromkeys(("host", "port", "username", "password", "database"), UNKNOWN)

        assert ask(configured(warehouse), "validate", WORKSPACES, config) == (None, [])

"""A secret in every place that may hold one, right, wrong or misplaced: nobody sees it who need not."""

import logging
import secrets
from pathlib import Path
from typing import Final

import pytest

from krenalis_provider.model.errors import WarehouseError
from tests.support import workspaces
from tests.support.postgresql_warehouse import soon
from tests.support.sinks import Sinks
from tests.support.terraform import Terraform
from tests.support.warehouse import Warehouse, only_on

SOURCES: Final = [
    ("PostgreSQL", "settings"), ("PostgreSQL", "provider block"), ("PostgreSQL", "service file"),
    ("PostgreSQL", "environment"), ("PostgreSQL", "password file"),
    ("Snowflake", "settings"), ("Snowflake", "provider block"), ("Snowflake", "environment"),
]  # fmt: skip
"""By platform, where its password may be: what counts more comes first."""
VARIABLES: Final = """
variable "stored" {
  type      = string
  sensitive = true
}

variable "password" {
  type      = string
  ephemeral = true
  default   = null
}

variable "pem" {
  type      = string
  ephemeral = true
  default   = null
}
"""
STORED: Final = {
    "terraform.tfstate", "terraform.tfstate.backup", "plan file: tfplan", "plan file: tfstate", "show: stdout",
}  # fmt: skip
"""Where Terraform keeps the password of the settings: state, plan, and the plan in JSON."""


def canary() -> str:
    """A secret that nothing else looks like, with characters that every notation escapes in its own way."""
    return f'{secrets.token_hex(6)}/"<&é>+{secrets.token_hex(6)}'


def pem(secret: str, kind: str = "PRIVATE KEY") -> str:
    """A text that looks like a private key's file, and has the secret in it."""
    return f"-----BEGIN {kind}-----\n{secret}\n-----END {kind}-----\n"


class Places:
    """A configuration, an environment and files, each place of a secret with a canary of its own."""

    def __init__(self, terraform: Terraform, warehouse: Warehouse, folder: Path) -> None:
        self.terraform, self.warehouse, self.folder = terraform, warehouse, folder
        self.canaries: list[str] = []

    def canary(self) -> str:
        self.canaries.append(canary())
        return self.canaries[-1]

    def give(self, source: str, secret: str) -> None:
        """Let the secret be the password in one place, and let places that count less have others."""
        order = [name for platform, name in SOURCES if platform == self.warehouse.platform]
        environment = self.terraform.environment
        settings, provider = {}, dict[str, object]()
        for name in order[order.index(source) :]:
            value = secret if name == source else self.canary()
            match name:
                case "settings":
                    environment["TF_VAR_stored"] = value
                    settings["password"] = "var.stored"
                case "provider block":
                    environment["TF_VAR_password"] = value
                    provider["password"] = "var.password"
                case "environment":
                    environment[self.warehouse.password_variable] = value
                case "password file":
                    environment["PGPASSFILE"] = str(self.folder / "pgpass")
                    write_secret(self.folder / "pgpass", f"*:*:*:*:{value}\n")
                case "service file":
                    environment |= {"PGSERVICE": "w", "PGSERVICEFILE": str(self.folder / "services")}
                    write_secret(self.folder / "services", f"[w]\npassword={value}\n")
        without = () if settings else ("password",)
        text = self.warehouse.configuration(
            settings,
            without=without,
            provider=self.warehouse.provider(**provider),
            extra="deletion_protection = false",
        )
        self.terraform.write(text + VARIABLES)
        environment.setdefault("TF_VAR_stored", "")


def write_secret(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)


@pytest.fixture
def places(any_terraform: Terraform, warehouse: Warehouse, tmp_path: Path) -> Places:
    return Places(any_terraform, warehouse, tmp_path)


@pytest.fixture
def sinks(any_terraform: Terraform) -> Sinks:
    return Sinks(any_terraform)


@pytest.mark.slow
@pytest.mark.parametrize(("warehouses", "source"), SOURCES, indirect=["warehouses"])
def test_a_password_is_seen_nowhere_but_in_the_state_of_the_settings(
    source: str, places: Places, sinks: Sinks, warehouse: Warehouse
) -> None:
    log = places.terraform.log("TRACE")
    right, wrong = canary(), places.canary()
    warehouse.set_password(right)
    places.give(source, wrong)
    sinks.failure()
    places.give(source, right)
    sinks.life()

    found = sinks.found(right, log=log)
    assert sinks.found(*places.canaries, log=log) == set()
    if source == "settings":
        assert found <= STORED
    else:
        assert found == set()


RESOURCE: Final = {
    "host": "postgresql://u:{}@db/d", "username": "postgres://u:{}@db", "database": "host=db password={}",
    "schema": "postgresql://u:{}@db/d", "password": pem("{}"),
}  # fmt: skip
ACCOUNT: Final = {
    "account": "https://u:{}@myorg-account123.snowflakecomputing.com",
    "password": pem("{}", "CERTIFICATE"),
}
PROVIDER: Final = {
    "sslkey": pem("{}"), "sslcert": pem("{}", "CERTIFICATE"), "sslrootcert": "{}\n", "password": pem("{}"),
    "role": "postgresql://u:{}@db/d", "sslmode": "{}", "sslpasswort": "{}",
}  # fmt: skip
SNOWFLAKE_PROVIDER: Final = {
    "password": pem("{}"), "private_key": "{}", "host": "https://u:{}@host", "protocol": "{}", "private_key_pass": "{}",
}  # fmt: skip
DATABASE: Final = {name: RESOURCE[name] for name in ("host", "username", "database", "password")}


def filled(forms: dict[str, str]) -> tuple[dict[str, object], list[str]]:
    """The values with a canary in each, and the canaries."""
    canaries = {name: secrets.token_hex(12) for name in forms}
    return {name: form.replace("{}", canaries[name]) for name, form in forms.items()}, list(canaries.values())


def configuration_of(platform: str, where: str) -> tuple[str, int, list[str]]:
    """A configuration with misplaced secrets, the number of its mistakes, and the secrets."""
    postgresql = {"host": "db", "port": 5432, "username": "u", "database": "d", "schema": "s"}
    snowflake = {
        "account": "myorg-account123",
        "username": "u",
        "role": "r",
        "database": "d",
        "schema": "s",
        "warehouse": "w",
    }
    right = postgresql if platform == "PostgreSQL" else snowflake
    if where == "provider":
        values, canaries = filled(PROVIDER if platform == "PostgreSQL" else SNOWFLAKE_PROVIDER)
        members = ", ".join(f"{name} = {workspaces.expression(value)}" for name, value in values.items())
        text = workspaces.configuration(
            right, platform=platform, provider=f"{platform.lower()} = {{ {members} }}"
        )
        return text, len(values), canaries
    values, canaries = filled(RESOURCE if platform == "PostgreSQL" else ACCOUNT)
    if where == "resource":
        return workspaces.configuration({**right, **values}, platform=platform), len(values), canaries
    text = workspaces.configuration(right, platform=platform)
    of_all, more = filled(DATABASE)
    text += data("krenalis_workspaces", f"port = 5432\n{lines(of_all)}") if platform == "PostgreSQL" else ""
    one = f'warehouse = {{\nplatform = "{platform}"\nsettings = {{\n{lines({**right, **values})}\n}}\n}}'
    text += data("krenalis_workspace", one)
    return text, len(values) + (len(of_all) if platform == "PostgreSQL" else 0), canaries + more


def lines(values: dict[str, object]) -> str:
    return "\n".join(f"{name} = {workspaces.expression(value)}" for name, value in values.items())


def data(kind: str, body: str) -> str:
    return f'data "{kind}" "found" {{\n{body}\n}}\n'


@pytest.mark.parametrize("platform", ["PostgreSQL", "Snowflake"])
@pytest.mark.parametrize("where", ["provider", "resource", "data sources"])
def test_a_misplaced_secret_is_refused_at_validate_and_not_shown(
    where: str, platform: str, any_terraform: Terraform, sinks: Sinks
) -> None:
    log = any_terraform.log("TRACE")
    text, mistakes, canaries = configuration_of(platform, where)
    any_terraform.write(text)

    sinks.failure(validates=False)

    assert sinks.texts["validate: stderr"].count("Error: Invalid ") == mistakes
    assert sinks.found(*canaries, log=log) == set()


def test_a_file_s_content_in_the_place_of_its_path_is_not_shown_by_way_of_an_ephemeral_variable(
    any_terraform: Terraform, sinks: Sinks
) -> None:
    log, secret = any_terraform.log("TRACE"), canary()
    settings = {"host": "db", "port": 5432, "username": "u", "database": "d", "schema": "s"}
    any_terraform.environment |= {"TF_VAR_pem": pem(secret), "TF_VAR_stored": ""}
    any_terraform.write(
        workspaces.configuration(settings, provider="postgresql = { sslkey = var.pem }") + VARIABLES
    )

    sinks.failure()  # validate does not know the variable

    assert "must be the path of a file" in sinks.texts["plan: stderr"]
    assert sinks.found(secret, log=log) == set()


FILES: Final = ("PGSSLKEY", "PGSSLCERT", "PGSSLROOTCERT", "PGSSLCRL", "PGSERVICEFILE", "PGPASSFILE")
WORDS: Final = (
    "PGSSLMODE", "PGSERVICE", "PGCHANNELBINDING", "PGREQUIREAUTH", "PGTARGETSESSIONATTRS", "PGSSLMINPROTOCOLVERSION",
    "PGHOST", "PGHOSTADDR", "PGUSER", "PGDATABASE", "PGPORT", "PGAPPNAME",
)  # fmt: skip


@only_on("PostgreSQL", "the variables are its own")
@pytest.mark.parametrize("variable", [*FILES, *WORDS])
def test_a_secret_in_a_wrong_variable_is_not_shown(
    variable: str, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    secret = secrets.token_hex(12)
    monkeypatch.setenv(variable, pem(secret) if variable in FILES else secret)
    if variable == "PGSERVICEFILE":
        monkeypatch.setenv("PGSERVICE", "w")
    with caplog.at_level(logging.DEBUG):
        try:
            told = str(warehouse.provisioner().check(soon(), replaces=None))
        except WarehouseError as error:
            told = str(error)
    assert secret not in told + caplog.text


@only_on("PostgreSQL", "Terraform makes no difference")
def test_a_password_in_an_import_id_is_not_repeated(
    any_terraform: Terraform, warehouse: Warehouse, sinks: Sinks
) -> None:
    log = any_terraform.log("TRACE")
    secret = secrets.token_hex(12)
    any_terraform.write(warehouse.configuration())
    for identifier in (
        f"postgresql://u:{secret}@db:5432/d/s",
        f"postgresql://u@db:5432/d/s?password={secret}",
        secret,
    ):
        sinks.run("import", "-input=false", workspaces.ADDRESS, identifier, succeeds=False)

    assert secret not in sinks.texts["import: stderr"]
    own = [line for line in log.read_text().splitlines() if " provider.terraform-provider-krenalis: " in line]
    assert own
    assert not [line for line in own if secret in line]
    others = {"import: stdout", "log", "terraform command line"}  # Terraform itself, of its command line
    assert sinks.found(secret, log=log) <= others

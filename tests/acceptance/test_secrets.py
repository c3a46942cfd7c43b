"""A secret in every place that may hold one: each place works, and nothing of it is seen where it need not be."""

import base64
import json
import logging
import secrets
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from krenalis_provider.model.errors import CheckFailed, WarehouseError
from krenalis_provider.warehouses.engines.engine import Provisioner
from tests.support.customers import COLUMNS, CUSTOMERS
from tests.support.postgresql_warehouse import soon
from tests.support.terraform import Terraform
from tests.support.warehouse import NO_PORT, Warehouse, only_on

EVERYWHERE: Final = ("settings", "provider block", "environment")
PLACES: Final = [
    *(("PostgreSQL", place) for place in (*EVERYWHERE, "password file", "service file")),
    *(("Snowflake", place) for place in EVERYWHERE),
]
"""Where a platform's secret may be."""


def canary() -> str:
    """A secret that nothing else looks like, with characters that every notation escapes in its own way."""
    return f'{secrets.token_hex(6)}/"<&é>+{secrets.token_hex(6)}'


def pem(secret: str) -> str:
    """A file's text that looks like a private key, and has the secret in it."""
    return f"-----BEGIN PRIVATE KEY-----\n{secret}\n-----END PRIVATE KEY-----\n"


def seen(secret: str, text: str) -> bool:
    """Whether a text has the secret in any notation."""
    begin, end = secret[:12], secret[-12:]  # no notation escapes these
    whole = base64.b64encode(secret.encode()).decode()
    forms = (begin, end, quote(secret), json.dumps(secret)[1:-1], whole[:-4], whole[4:-4])
    return any(form in text for form in forms)


@dataclass(frozen=True, slots=True)
class Given:
    """A secret in one of `PLACES`: as a credential of the provider, as a setting, or where the driver looks."""

    parameters: Mapping[str, str]
    settings: str | None = None


def give(place: str, secret: str, folder: Path, environment: pytest.MonkeyPatch, variable: str) -> Given:
    match place:
        case "settings":
            return Given({}, secret)
        case "provider block":
            return Given({"password": secret})
        case "environment":
            environment.setenv(variable, secret)
        case "password file":
            environment.setenv("PGPASSFILE", str(password_file(folder, secret)))
        case "service file":
            environment.setenv("PGSERVICE", "warehouse")
            environment.setenv("PGSERVICEFILE", str(service_file(folder, secret)))
    return Given({})


def password_file(folder: Path, secret: str) -> Path:
    path = folder / "pgpass"
    path.write_text(f"*:*:*:*:{secret}\n")
    path.chmod(0o600)
    return path


def service_file(folder: Path, secret: str) -> Path:
    path = folder / "pg_service.conf"
    path.write_text(f"[warehouse]\npassword={secret}\n")
    return path


@pytest.fixture
def secret(warehouse: Warehouse) -> str:
    """The password of the warehouse's user."""
    secret = canary()
    warehouse.set_password(secret)
    return secret


@pytest.fixture(autouse=True)
def _everything_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level(logging.DEBUG):
        yield


@pytest.mark.parametrize(("warehouses", "place"), PLACES, indirect=["warehouses"])
class TestPlace:
    """Without Terraform, and so without anything that would take a secret out of a text."""

    def test_a_password_is_taken_from_it(
        self, place: str, warehouse: Warehouse, secret: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert (
            self.provisioner(place, warehouse, secret, tmp_path, monkeypatch).check(soon(), replaces=None)
            == ()
        )

    @pytest.mark.parametrize("failure", ["wrong password", "closed port", "failing statement"])
    def test_no_failure_shows_it(
        self,
        place: str,
        failure: str,
        warehouse: Warehouse,
        secret: str,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        if failure == "wrong password":
            secret = canary()
        elif failure == "failing statement":
            warehouse.allow_only_reading()
        elif failure == "closed port":
            warehouse = warehouse.at(NO_PORT)
        provisioner = self.provisioner(place, warehouse, secret, tmp_path, monkeypatch)

        with pytest.raises(WarehouseError if failure != "failing statement" else CheckFailed) as caught:
            provisioner.initialize(CUSTOMERS, COLUMNS, soon())

        causes = [caught.value, caught.value.__cause__, caught.value.__context__]
        told = [*map(repr, causes), *map(str, causes), caught.value.detail, repr(provisioner), caplog.text]
        assert not [text for text in told if seen(secret, text)]

    def provisioner(
        self,
        place: str,
        warehouse: Warehouse,
        secret: str,
        folder: Path,
        environment: pytest.MonkeyPatch,
    ) -> Provisioner:
        given = give(place, secret, folder, environment, warehouse.password_variable)
        return warehouse.provisioner(given.parameters, password=given.settings)


VARIABLES: Final = """
variable "password" {
  type      = string
  sensitive = true
}

variable "provider_password" {
  type      = string
  ephemeral = true
}
"""


@only_on("PostgreSQL", "the places are its own")
def test_terraform_shows_none_and_stores_only_that_of_the_settings(
    any_terraform: Terraform, warehouse: Warehouse, secret: str, tmp_path: Path
) -> None:
    others = {name: canary() for name in ("provider", "PGPASSWORD", "pgpass", "service", "sslkey")}
    key = tmp_path / "client.key"
    key.write_text(pem(others["sslkey"]))
    any_terraform.environment |= {
        "TF_VAR_password": secret,
        "TF_VAR_provider_password": others["provider"],
        "PGPASSWORD": others["PGPASSWORD"],
        "PGPASSFILE": str(password_file(tmp_path, others["pgpass"])),
        "PGSERVICE": "warehouse",
        "PGSERVICEFILE": str(service_file(tmp_path, others["service"])),
    }
    provider = f'postgresql = {{ password = var.provider_password, sslmode = "prefer", sslkey = "{key}" }}'
    text = warehouse.configuration({"password": "var.password"}, provider=provider)
    any_terraform.write(text + VARIABLES)

    assert_shows_none(any_terraform, secret, list(others.values()))


@only_on("Snowflake", "the places are its own")
def test_terraform_shows_none_of_snowflake_s(
    any_terraform: Terraform, warehouse: Warehouse, secret: str
) -> None:
    others = {name: canary() for name in ("provider", "environment", "environment's key", "passphrase")}
    key = rsa.generate_private_key(65537, 2048)
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    others["key"] = text.splitlines()[3]
    any_terraform.environment |= {
        "TF_VAR_password": secret,
        "TF_VAR_provider_password": others["provider"],
        "TF_VAR_private_key": text,
        "SNOWFLAKE_PASSWORD": others["environment"],
        "SNOWFLAKE_PRIVATE_KEY": pem(others["environment's key"]),
        "SNOWFLAKE_PRIVATE_KEY_PASSPHRASE": others["passphrase"],
    }
    provider = warehouse.provider(password="var.provider_password", private_key="var.private_key")
    configuration = warehouse.configuration({"password": "var.password"}, provider=provider)
    any_terraform.write(
        configuration + VARIABLES + 'variable "private_key" {\n  type      = string\n  ephemeral = true\n}\n'
    )

    assert_shows_none(any_terraform, secret, list(others.values()))


def assert_shows_none(terraform: Terraform, secret: str, others: list[str]) -> None:
    """Apply, and fail: none of the secrets is seen, and none but that of the settings is stored."""
    log = terraform.log("TRACE")
    plan = terraform.folder / "saved.plan"
    planned = terraform.plan(out=plan)
    applied = terraform.apply(plan=plan)
    wrong = terraform.environment["TF_VAR_password"] = canary()
    failed = terraform.plan(expect_error="Wrong user name or password")

    assert "connected to" in log.read_text()
    shown = [r.stdout + r.stderr for r in (planned, applied, failed)] + [log.read_text()]
    with zipfile.ZipFile(plan) as saved:
        stored = [saved.read(name).decode(errors="replace") for name in saved.namelist()]
    stored += [json.dumps(planned.plan, ensure_ascii=False)]
    stored += [path.read_text() for path in terraform.folder.glob("*.tfstate*")]
    for each in (secret, wrong, *others):
        assert not [text for text in shown if seen(each, text)]
    for each in (wrong, *others):
        assert not [text for text in stored if seen(each, text)]
    assert [text for text in stored if seen(secret, text)]

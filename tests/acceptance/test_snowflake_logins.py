"""Logins to Snowflake that fail: at which setting or credential each is told, and how sure that is; keys that do log in."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from snowflake.connector.errors import DatabaseError, ProgrammingError

from krenalis_provider.model.errors import Verdict, WarehouseError
from krenalis_provider.warehouses.snowflake.credentials import Credential
from krenalis_provider.warehouses.snowflake.errors import login_error
from krenalis_provider.warehouses.snowflake.login import RefusedKey, means_of_login, opened
from krenalis_provider.warehouses.snowflake.session import session
from krenalis_provider.warehouses.snowflake.settings import SnowflakeSettings
from tests.acceptance.snowflake_hosts import HOST, answering, refusing
from tests.support.snowflake import SnowflakeDatabase
from tests.support.snowflake_warehouse import SnowflakeWarehouse
from tests.support.terraform import Terraform
from tests.support.warehouse import Warehouse, only_on
from tfplugin.deadline import Deadline

KEY = rsa.generate_private_key(65537, 2048)
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
PUBLIC = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
OTHER = (
    rsa.generate_private_key(65537, 2048)
    .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    .decode()
)
ED25519 = (
    ed25519.Ed25519PrivateKey.generate()
    .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    .decode()
)
SETTINGS = SnowflakeSettings(
    account="myorg-account123", username="u", role="r", database="d", warehouse="w", schema="s"
)
PASSWORD = "provider snowflake.password"
PRIVATE_KEY = "provider snowflake.private_key"
ACCOUNT, USERNAME = "warehouse.settings.account", "warehouse.settings.username"


def refused(settings: SnowflakeSettings, parameters: dict[str, str]) -> WarehouseError:
    with pytest.raises(WarehouseError) as raised, session(settings, parameters, Deadline.after(60)):
        pass
    return raised.value


@pytest.mark.parametrize(
    ("code", "message", "verdict", "path", "summary"),
    [
        ("390100", "Incorrect.", Verdict.ABSENT, PASSWORD, "Wrong user name or password"),
        ("390102", "Locked.", Verdict.COULD_NOT_TELL, USERNAME, "User is locked"),
        ("390104", "Login again.", Verdict.COULD_NOT_TELL, ACCOUNT, "Snowflake could not be reached"),
        ("390111", "Gone.", Verdict.COULD_NOT_TELL, ACCOUNT, "Snowflake could not be reached"),
        ("390112", "Expired.", Verdict.COULD_NOT_TELL, ACCOUNT, "Snowflake could not be reached"),
        ("390114", "Expired.", Verdict.COULD_NOT_TELL, ACCOUNT, "Snowflake could not be reached"),
        ("390139", "Not accepted.", Verdict.ABSENT, PASSWORD, "Way of logging in refused"),
        ("390140", "Expired.", Verdict.ABSENT, PASSWORD, "Password has expired"),
        ("390189", "No role.", Verdict.ABSENT, "warehouse.settings.role", "Role does not exist"),
        (
            "390201",
            "The requested warehouse does not exist.",
            Verdict.ABSENT,
            "warehouse.settings.warehouse",
            "Virtual warehouse does not exist",
        ),
        ("390422", "IP.", Verdict.ABSENT, ACCOUNT, "Network policy refuses the login"),
        ("390913", "Suspended.", Verdict.ABSENT, USERNAME, "Login refused"),
        ("394508", "MFA is required.", Verdict.ABSENT, USERNAME, "Login refused"),
        ("", "Nobody knows.", Verdict.COULD_NOT_TELL, ACCOUNT, "Snowflake could not be reached"),
    ],
)
def test_a_number_of_the_login_is_told_where_it_belongs(
    code: str, message: str, verdict: Verdict, path: str, summary: str
) -> None:
    with refusing(code, message) as server:
        error = refused(
            SETTINGS, {"password": "x", "host": HOST, "port": str(server.port), "protocol": "http"}
        )
    assert (error.finding.verdict, str(error.path), error.summary) == (verdict, path, summary)
    assert "statement" not in error.detail


@pytest.mark.parametrize("status", [401, 407])
def test_a_proxy_that_wants_a_login_is_no_wrong_password(status: int) -> None:
    with answering(status) as port:
        error = refused(SETTINGS, {"password": "x", "host": HOST, "port": str(port), "protocol": "http"})
    assert (error.finding.verdict, str(error.path)) == (Verdict.COULD_NOT_TELL, ACCOUNT)
    assert error.summary == "Snowflake could not be reached"
    assert "HTTPS_PROXY" in error.detail


def test_what_the_driver_does_not_take_is_no_refused_statement() -> None:
    """What is known of keys is told before; a later driver may refuse more."""
    key = Credential(means_of_login(SETTINGS, {"private_key": PEM}).credential.path)
    of_the_key = "Configuration error: Invalid value '(binary data)' for parameter 'private_key' - No."
    for error, path, summary in [
        (ProgrammingError(of_the_key, errno=251007), PRIVATE_KEY, "Private key refused"),
        (DatabaseError("Failed to login: This private key is too long.", errno=250001), PRIVATE_KEY, "Private key refused"),
        (ProgrammingError("Invalid value for parameter 'host'", errno=251007), ACCOUNT, "Connection settings refused"),
        (ProgrammingError("Account must be specified", errno=251001), ACCOUNT, "Connection settings refused"),
        (ProgrammingError("Configuration error: Configuration validation failed", errno=7), ACCOUNT, "Connection settings refused"),
        (DatabaseError("Of another kind.", errno=259999), ACCOUNT, "No connection to Snowflake"),
    ]:  # fmt: skip
        explained = login_error(SETTINGS, error, key)
        assert (str(explained.path), explained.summary) == (path, summary)
        assert "stays done" not in explained.detail


def test_the_password_at_fault_is_named_by_where_it_was_given(
    snowflake_database: SnowflakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = SnowflakeSettings(**{**snowflake_database.settings(), "password": None})
    parameters = snowflake_database.parameters()
    monkeypatch.setenv("SNOWFLAKE_PASSWORD", f"{snowflake_database.password}\n")

    of_block = refused(settings, {**parameters, "password": "wrong"})
    of_variable = refused(settings, parameters)

    assert (str(of_block.path), of_block.code) == (PASSWORD, "390100")
    assert "SNOWFLAKE_PASSWORD" not in of_block.detail
    assert (str(of_variable.path), of_variable.code) == ("", "390100")
    assert "by SNOWFLAKE_PASSWORD" in of_variable.detail
    assert "ends in a line break" in of_variable.detail
    assert snowflake_database.password not in of_variable.detail


def test_the_key_at_fault_is_named_by_where_it_was_given(
    snowflake_database: SnowflakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    snowflake_database.set_public_key(PUBLIC)
    settings = SnowflakeSettings(**{**snowflake_database.settings(), "password": None})
    parameters = snowflake_database.parameters()
    monkeypatch.setenv("SNOWFLAKE_PRIVATE_KEY", OTHER)

    of_block = refused(settings, {**parameters, "private_key": OTHER})
    of_variable = refused(settings, parameters)

    assert (str(of_block.path), of_block.code) == (PRIVATE_KEY, "390144")
    assert "SYSTEM$GET_LOGIN_FAILURE_DETAILS" in of_block.detail
    assert (str(of_variable.path), of_variable.code) == ("", "390144")
    assert "by SNOWFLAKE_PRIVATE_KEY" in of_variable.detail


@pytest.mark.parametrize("options", [
    ["-v1", "PBE-SHA1-3DES"], ["-scrypt"], ["-v2", "des3"], ["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512"],
], ids=" ".join)  # fmt: skip
def test_a_key_logs_in_however_openssl_encrypts_it(
    snowflake_database: SnowflakeDatabase, options: list[str]
) -> None:
    """The driver, given the text, refuses the first two."""
    made = subprocess.run(
        ["openssl", "pkcs8", "-topk8", *options, "-passout", "pass:sesame"],
        input=PEM,
        capture_output=True,
        check=True,
        text=True,
    )
    assert "BEGIN ENCRYPTED PRIVATE KEY" in made.stdout
    snowflake_database.set_public_key(PUBLIC)
    settings = SnowflakeSettings(**{**snowflake_database.settings(), "password": None})
    key = {"private_key": made.stdout, "private_key_passphrase": "sesame"}

    with session(settings, {**snowflake_database.parameters(), **key}, Deadline.after(60)) as opened:
        assert opened.database == snowflake_database.name


def told(text: str) -> str:
    with pytest.raises(RefusedKey) as raised:
        opened(text, None)
    return raised.value.clause


def test_the_command_that_a_message_gives_makes_a_key_that_is_taken(tmp_path: Path) -> None:
    command = re.search(r"openssl genrsa .* -out rsa_key\.p8", told(ED25519))
    assert command
    subprocess.run(command[0], shell=True, cwd=tmp_path, check=True, capture_output=True)

    assert opened((tmp_path / "rsa_key.p8").read_text(), None)


@pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="OpenSSH is not installed")
def test_the_command_that_a_message_gives_converts_a_key_of_openssh(tmp_path: Path) -> None:
    file = tmp_path / "id_rsa"
    make = ["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", str(file)]
    subprocess.run(make, check=True, capture_output=True)
    command = re.search(r"ssh-keygen .* FILE", told(file.read_text()))
    assert command
    convert = [*command[0].replace("FILE", str(file)).split(), "-N", ""]
    subprocess.run(convert, check=True, capture_output=True)

    assert opened(file.read_text(), None)


@only_on("Snowflake", "the key is its own")
def test_terraform_takes_a_key_without_line_breaks_and_tells_where_a_wrong_one_is(
    terraform: Terraform, warehouse: Warehouse
) -> None:
    assert isinstance(warehouse, SnowflakeWarehouse)
    warehouse.database.set_public_key(PUBLIC)
    without = warehouse.configuration(without=["password"])
    terraform.write(without)
    terraform.environment |= {"SNOWFLAKE_PRIVATE_KEY": PEM.replace("\n", "\\n")}
    terraform.apply()

    terraform.environment |= {"SNOWFLAKE_PRIVATE_KEY": ED25519}
    of_variable = terraform.plan(
        "-replace=krenalis_workspace.customers",
        expect_error="SNOWFLAKE_PRIVATE_KEY is a key of the kind Ed25519",
    )
    (terraform.folder / "key.pem").write_text(ED25519)
    provider = warehouse.provider(private_key="KEY").replace('"KEY"', 'file("key.pem")')
    terraform.write(warehouse.configuration(without=["password"], provider=provider))
    of_block = terraform.run(
        "validate", expect_error="provider snowflake.private_key: is a key of the kind Ed25519"
    )

    for text in (of_variable.text, of_block.text):
        assert "refused a statement" not in text
        assert ED25519.splitlines()[1] not in text

"""TLS with PostgreSQL: what is wrong with it is told where it is configured, and it never silently is none."""

import json
import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from krenalis_provider.model.errors import Finding, Verdict, WarehouseError
from krenalis_provider.warehouses.postgresql.connection import connection
from krenalis_provider.warehouses.postgresql.credentials import require_files
from krenalis_provider.warehouses.postgresql.platform import PostgreSQL
from krenalis_provider.warehouses.postgresql.settings import PostgreSQLSettings
from krenalis_provider.warehouses.settings import parameters_problems
from tests.support.certificates import Authority, Certificate
from tests.support.postgresql import Server
from tests.support.postgresql_binaries import PostgreSQLError
from tests.support.postgresql_tls import present
from tests.support.postgresql_warehouse import PostgreSQLWarehouse, soon
from tests.support.sinks import Sinks
from tests.support.terraform import Terraform

AUTHORITY = Authority.make()
STRANGER = Authority.make("A stranger")
RIGHT = AUTHORITY.sign("db", "localhost", "127.0.0.1")
NAMED = AUTHORITY.sign("db.example.com", "db.example.com", "*.eu.example.com", "10.0.0.1")
NAMED_OLD_STYLE = AUTHORITY.sign("project:instance")
EXPIRED = AUTHORITY.sign("db", "localhost", "127.0.0.1", days=-1)
OF_A_STRANGER = STRANGER.sign("db", "localhost", "127.0.0.1")
CLIENT = AUTHORITY.sign("client")
STRANGE_CLIENT = STRANGER.sign("client")
ENCRYPTED = AUTHORITY.sign("client", password="open sesame")


@dataclass
class Encrypted:
    """A server, and the files that its clients may name."""

    server: Server
    folder: Path
    presented: object = None

    def present(
        self, certificate: Certificate | None, *, asks: bool = False, only_encrypted: bool = False
    ) -> None:
        """Start it again with this certificate, unless it has it."""
        wanted = (certificate, asks, only_encrypted)
        if self.presented != wanted:
            present(
                self.server, certificate, authority=AUTHORITY.text, asks=asks, only_encrypted=only_encrypted
            )
            self.presented = wanted

    def file(self, name: str) -> str:
        return str(self.folder / name)

    def parameters(self, names: Mapping[str, str]) -> dict[str, str]:
        """The parameters; what ends like a file is one of `folder`."""
        return {
            name: self.file(value) if value.endswith((".crt", ".key", ".txt", ".dir")) else value
            for name, value in names.items()
        }

    def settings(self, host: str = "127.0.0.1") -> PostgreSQLSettings:
        return PostgreSQLSettings(
            host=host,
            port=self.server.port,
            username=self.server.user,
            password=self.server.password,
            database="postgres",
            schema="public",
        )

    def connect(self, host: str = "127.0.0.1", **names: str) -> bool:
        """Log in, and return whether the connection is encrypted."""
        with connection(self.settings(host), self.parameters(names), soon(), shares=False) as opened:
            return bool(opened.connection.pgconn.ssl_in_use)

    def refusal(self, host: str = "127.0.0.1", **names: str) -> Finding:
        with pytest.raises(WarehouseError) as caught:
            self.connect(host, **names)
        return caught.value.finding


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Encrypted]:
    folder = tmp_path_factory.mktemp("certificates")
    (folder / "root.crt").write_text(AUTHORITY.text)
    (folder / "stranger.crt").write_text(STRANGER.text)
    (folder / "garbage.txt").write_text("-----BEGIN CERTIFICATE-----\nno such thing\n")
    (folder / "garbage.txt").chmod(0o600)
    (folder / "a.dir").mkdir()
    CLIENT.write(folder, "client")
    STRANGE_CLIENT.write(folder, "strange")
    ENCRYPTED.write(folder, "encrypted")
    shutil.copy(folder / "client.key", folder / "open.key")
    (folder / "open.key").chmod(0o644)
    with Server.start() as server:
        encrypted = Encrypted(server, folder)
        try:
            encrypted.present(RIGHT)
        except PostgreSQLError as error:
            pytest.skip(str(error))
        yield encrypted


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))


class TestAuthorities:
    """`sslrootcert` in the configuration."""

    def test_without_a_mode_the_certificate_and_its_name_are_verified(self, encrypted: Encrypted) -> None:
        encrypted.present(RIGHT)
        assert encrypted.connect(sslrootcert="root.crt")
        assert encrypted.connect("localhost", sslrootcert="root.crt")
        assert encrypted.refusal(sslrootcert="stranger.crt").verdict is Verdict.CONTRADICTED

    def test_without_a_mode_a_server_without_tls_is_refused(self, encrypted: Encrypted) -> None:
        encrypted.present(None)
        assert encrypted.refusal(sslrootcert="root.crt").summary == "PostgreSQL has no TLS"

    def test_an_empty_one_is_none(self, encrypted: Encrypted) -> None:
        encrypted.present(None)
        assert not encrypted.connect(sslrootcert="")

    @pytest.mark.parametrize("mode", ["prefer", "require", "disable"])
    @pytest.mark.parametrize("source", ["attribute", "PGSSLMODE", "service"])
    def test_a_mode_from_anywhere_counts(
        self, source: str, mode: str, encrypted: Encrypted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        encrypted.present(NAMED)
        given = {"sslrootcert": "root.crt"}
        if source == "attribute":
            given["sslmode"] = mode
        elif source == "PGSSLMODE":
            monkeypatch.setenv("PGSSLMODE", mode)
        else:
            write_service(tmp_path, monkeypatch, sslmode=mode)
        assert encrypted.connect(**given) is (mode != "disable")

    def test_a_service_file_without_a_mode_changes_nothing(
        self, encrypted: Encrypted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        encrypted.present(NAMED)
        write_service(tmp_path, monkeypatch, connect_timeout="60")
        assert (
            encrypted.refusal(sslrootcert="root.crt").summary == "PostgreSQL's certificate has another name"
        )

    def test_those_of_the_environment_change_nothing(
        self, encrypted: Encrypted, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        encrypted.present(RIGHT)
        monkeypatch.setenv("PGSSLROOTCERT", encrypted.file("stranger.crt"))
        assert not encrypted.connect()

    @pytest.mark.parametrize(("certificate", "names"), [
        (NAMED, '"db.example.com", "*.eu.example.com", "10.0.0.1"'), (NAMED_OLD_STYLE, '"project:instance"'),
    ])  # fmt: skip
    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
    def test_if_only_the_name_differs_all_names_and_the_remedy_are_told(
        self, host: str, certificate: Certificate, names: str, encrypted: Encrypted
    ) -> None:
        encrypted.present(certificate)
        found = encrypted.refusal(host, sslrootcert="root.crt")
        assert (found.verdict, str(found.path)) == (Verdict.CONTRADICTED, "provider postgresql.sslmode")
        assert f"The certificate is for {names}." in found.detail
        assert 'sslmode = "verify-ca"' in found.detail
        assert encrypted.connect(host, sslrootcert="root.crt", sslmode="verify-ca")

    @pytest.mark.parametrize(("certificate", "mistake"), [
        (EXPIRED, "certificate has expired"), (OF_A_STRANGER, "unable to get local issuer certificate"),
    ])  # fmt: skip
    def test_a_certificate_that_does_not_verify_is_told_with_its_mistake(
        self, certificate: Certificate, mistake: str, encrypted: Encrypted
    ) -> None:
        encrypted.present(certificate)
        found = encrypted.refusal(sslrootcert="root.crt")
        assert (found.verdict, str(found.path)) == (Verdict.CONTRADICTED, "provider postgresql.sslrootcert")
        assert f"The certificate's mistake: {mistake}." in found.detail

    def test_a_certificate_of_nobody_in_the_machine_s_list_is_told(self, encrypted: Encrypted) -> None:
        encrypted.present(RIGHT)
        found = encrypted.refusal(sslrootcert="system")
        assert found.summary == "PostgreSQL's certificate does not verify"


@pytest.mark.parametrize(("given", "parameter", "summary"), [
    ({"sslrootcert": "missing.crt"}, "sslrootcert", "TLS file cannot be read"),
    ({"sslrootcert": "missing.crt", "sslmode": "require"}, "sslrootcert", "TLS file cannot be read"),
    ({"sslrootcert": "a.dir"}, "sslrootcert", "TLS file cannot be read"),
    ({"sslrootcert": "root.crt/x.crt"}, "sslrootcert", "TLS file cannot be read"),
    ({"sslrootcert": "garbage.txt"}, "sslrootcert", "Certificate authorities cannot be read"),
    ({"sslrootcert": "garbage.txt", "sslmode": "require"}, "sslrootcert", "Certificate authorities cannot be read"),
    ({"sslmode": "verify-full"}, "sslrootcert", "Certificate authorities cannot be read"),
    ({"sslcert": "missing.crt"}, "sslcert", "TLS file cannot be read"),
    ({"sslcert": "a.dir"}, "sslcert", "TLS file cannot be read"),
    ({"sslcert": "garbage.txt", "sslkey": "client.key"}, "sslcert", "Invalid client certificate"),
    ({"sslcert": "client.key", "sslkey": "client.crt"}, "sslcert", "Invalid client certificate"),
    ({"sslcert": "client.crt"}, "sslkey", "No key for the client's certificate"),
    ({"sslcert": "client.crt", "sslkey": "missing.key"}, "sslkey", "TLS file cannot be read"),
    ({"sslcert": "client.crt", "sslkey": "open.key"}, "sslkey", "Private key is open to others"),
    ({"sslcert": "client.crt", "sslkey": "strange.key"}, "sslkey", "No key for the client's certificate"),
    ({"sslcert": "client.crt", "sslkey": "garbage.txt"}, "sslkey", "Invalid private key"),
    ({"sslcert": "encrypted.crt", "sslkey": "encrypted.key"}, "sslkey", "Invalid private key"),
    ({"sslcert": "encrypted.crt", "sslkey": "encrypted.key", "sslpassword": "wrong"}, "sslkey", "Invalid private key"),
    ({"sslcert": "strange.crt", "sslkey": "strange.key"}, "sslcert", "PostgreSQL refuses the client's certificate"),
])  # fmt: skip
@pytest.mark.parametrize("mode", ["prefer", "require"])
def test_a_file_that_cannot_be_used_is_a_definite_error_at_its_attribute(
    mode: str, given: dict[str, str], parameter: str, summary: str, encrypted: Encrypted
) -> None:
    encrypted.present(RIGHT)
    given = given if mode == "prefer" else {"sslmode": mode, **given}
    found = encrypted.refusal(**given)
    assert (str(found.path), found.summary) == (f"provider postgresql.{parameter}", summary)
    assert found.verdict is Verdict.ABSENT


def test_what_is_wrong_with_a_file_that_is_not_used_is_not_told(encrypted: Encrypted) -> None:
    encrypted.present(RIGHT)
    assert not encrypted.connect(sslmode="disable", sslrootcert="missing.crt", sslcert="missing.crt")


def test_a_home_directory_is_to_be_spelled_out(encrypted: Encrypted) -> None:
    assert "pathexpand" in encrypted.refusal(sslrootcert="~/root.pem").detail


def test_a_client_s_certificate_and_the_passphrase_of_its_key_are_used(encrypted: Encrypted) -> None:
    encrypted.present(RIGHT, asks=True)
    assert encrypted.connect(sslcert="client.crt", sslkey="client.key", sslmode="require")
    given = {"sslcert": "encrypted.crt", "sslkey": "encrypted.key", "sslpassword": "open sesame"}
    assert encrypted.connect(**given, sslmode="require")


def test_a_server_that_wants_a_client_s_certificate_says_so(encrypted: Encrypted) -> None:
    encrypted.present(RIGHT, asks=True)
    found = encrypted.refusal(sslmode="require")
    assert (found.verdict, str(found.path)) == (Verdict.ABSENT, "provider postgresql.sslcert")


def test_a_server_that_only_takes_tls_says_what_is_wrong_with_it(encrypted: Encrypted) -> None:
    encrypted.present(RIGHT, only_encrypted=True)
    found = encrypted.refusal(sslrootcert="garbage.txt", sslmode="prefer")
    assert (found.verdict, str(found.path)) == (Verdict.ABSENT, "provider postgresql.sslrootcert")
    assert encrypted.refusal(sslmode="disable").summary == "Login refused"


def test_a_server_without_the_tls_that_is_required_is_a_definite_error(encrypted: Encrypted) -> None:
    encrypted.present(None)
    found = encrypted.refusal(sslmode="require")
    assert (found.verdict, found.summary) == (Verdict.ABSENT, "PostgreSQL has no TLS")
    assert str(found.path) == "provider postgresql.sslmode"


@pytest.mark.parametrize(
    "variable", ["PGSSLMODE", "PGCHANNELBINDING", "PGSSLMINPROTOCOLVERSION", "PGSERVICE"]
)
def test_what_libpq_does_not_take_from_the_environment_is_named_without_its_value(
    variable: str, encrypted: Encrypted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "tiger")
    found = encrypted.refusal()
    path = "provider postgresql.sslmode" if variable == "PGSSLMODE" else "provider postgresql"
    assert (found.verdict, str(found.path)) == (Verdict.CONTRADICTED, path)
    assert variable in found.detail
    assert "tiger" not in found.detail


def test_a_variable_that_names_a_wrong_file_is_named(
    encrypted: Encrypted, monkeypatch: pytest.MonkeyPatch
) -> None:
    encrypted.present(RIGHT)
    monkeypatch.setenv("PGSSLROOTCERT", encrypted.file("missing.crt"))
    found = encrypted.refusal(sslmode="verify-full")
    assert str(found.path) == "provider postgresql.sslrootcert"
    assert "PGSSLROOTCERT" in found.detail


@contextmanager
def as_nobody() -> Iterator[None]:
    """Whoever may read everything is nobody for a while."""
    if os.geteuid() == 0:
        os.setresuid(pwd.getpwnam("nobody").pw_uid, pwd.getpwnam("nobody").pw_uid, 0)
    try:
        yield
    finally:
        if os.getresuid()[2] == 0:
            os.setresuid(0, 0, 0)


def test_a_file_that_may_not_be_read_is_told() -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "root.crt"
        file.touch(mode=0o000)
        Path(folder).chmod(0o755)
        with as_nobody(), pytest.raises(WarehouseError) as caught:
            require_files({"sslrootcert": str(file)}, {})
    assert "the file that sslrootcert names cannot be read: Permission denied." in caught.value.detail


@pytest.mark.parametrize("password", ["{}\n", "{}\r\n", " {}", "{}\t"])
def test_a_password_with_white_space_around_it_is_told_as_that(password: str, encrypted: Encrypted) -> None:
    settings = encrypted.settings()
    wrong = replace(settings, password=password.format(settings.password))
    with pytest.raises(WarehouseError) as caught, connection(wrong, {}, soon(), shares=False):
        pass
    detail = caught.value.detail
    assert ("ends in a line break" if password.endswith("\n") else "white space") in detail
    assert "trimspace" in detail
    assert encrypted.server.password not in detail


def test_a_password_that_is_the_path_of_its_file_is_told_as_that(
    encrypted: Encrypted, tmp_path: Path
) -> None:
    (tmp_path / "password").write_text("tiger")
    wrong = replace(encrypted.settings(), password=str(tmp_path / "password"))
    with pytest.raises(WarehouseError) as caught, connection(wrong, {}, soon(), shares=False):
        pass
    assert "The password is the path of a file" in caught.value.detail
    assert str(tmp_path) not in caught.value.detail


def test_a_password_file_that_libpq_ignores_is_named(
    encrypted: Encrypted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / ".pgpass"
    file.write_text(f"*:*:*:*:{encrypted.server.password}\n")
    file.chmod(0o640)
    without = replace(encrypted.settings(), password=None)
    with pytest.raises(WarehouseError) as caught, connection(without, {}, soon(), shares=False):
        pass
    assert caught.value.summary == "Password missing"
    assert f"libpq ignores the password file {file}" in caught.value.detail
    file.chmod(0o600)
    with connection(without, {}, soon(), shares=False):
        pass


def test_a_file_need_not_be_there_to_validate() -> None:
    assert parameters_problems(PostgreSQL(), {"sslrootcert": "/no/such", "sslkey": "client.key"}) == []


class TestTerraform:
    """What a user sees."""

    @pytest.fixture
    def warehouse(self, encrypted: Encrypted) -> Iterator[PostgreSQLWarehouse]:
        encrypted.present(RIGHT)
        database = encrypted.server.database()
        yield PostgreSQLWarehouse(encrypted.server.port, database)
        database.drop()

    def write(self, terraform: Terraform, warehouse: PostgreSQLWarehouse, given: dict[str, str]) -> None:
        members = ", ".join(f"{name} = {json.dumps(value)}" for name, value in given.items())
        terraform.write(warehouse.configuration(provider=f"postgresql = {{ {members} }}"))

    def test_a_certificate_that_verifies_is_enough(
        self, any_terraform: Terraform, warehouse: PostgreSQLWarehouse, encrypted: Encrypted
    ) -> None:
        self.write(any_terraform, warehouse, {"sslrootcert": encrypted.file("root.crt")})
        any_terraform.apply()

    def test_the_key_of_a_client_and_its_passphrase_are_seen_nowhere(
        self, any_terraform: Terraform, warehouse: PostgreSQLWarehouse, encrypted: Encrypted
    ) -> None:
        encrypted.present(RIGHT, asks=True)
        names = {"sslcert": "encrypted.crt", "sslkey": "encrypted.key", "sslmode": "require"}
        members = ", ".join(
            f"{name} = {json.dumps(value)}" for name, value in encrypted.parameters(names).items()
        )
        any_terraform.environment["TF_VAR_passphrase"] = "open sesame"
        any_terraform.write(
            warehouse.configuration(
                provider=f"postgresql = {{ {members}, sslpassword = var.passphrase }}",
                extra="deletion_protection = false",
            )
            + 'variable "passphrase" {\n  type      = string\n  ephemeral = true\n}\n'
        )
        log, sinks = any_terraform.log("TRACE"), Sinks(any_terraform)
        sinks.life()
        key = [line for line in ENCRYPTED.key.splitlines() if not line.startswith("-----")]
        assert sinks.found("open sesame", *key[:-1], log=log) == set()

    @pytest.mark.parametrize(("given", "told"), [
        ({"sslrootcert": "stranger.crt"}, "PostgreSQL's certificate does not verify.*provider postgresql.sslrootcert"),
        ({"sslrootcert": "missing.crt"}, "TLS file cannot be read.*provider postgresql.sslrootcert"),
        ({"sslcert": "client.crt", "sslkey": "open.key"}, "Private key is open to others.*provider postgresql.sslkey"),
        ({"sslcert": "client.crt", "sslkey": "missing.key"}, "TLS file cannot be read.*provider postgresql.sslkey"),
    ])  # fmt: skip
    def test_what_is_wrong_is_an_error_of_the_plan_and_none_of_validate(
        self,
        given: dict[str, str],
        told: str,
        any_terraform: Terraform,
        warehouse: PostgreSQLWarehouse,
        encrypted: Encrypted,
    ) -> None:
        self.write(any_terraform, warehouse, encrypted.parameters(given))
        any_terraform.validate()
        any_terraform.plan(expect_error=told)

    def test_a_name_that_differs_is_told_with_all_names_and_the_remedy_works(
        self, any_terraform: Terraform, warehouse: PostgreSQLWarehouse, encrypted: Encrypted
    ) -> None:
        encrypted.present(NAMED)
        given = {"sslrootcert": encrypted.file("root.crt")}
        self.write(any_terraform, warehouse, given)
        any_terraform.plan(expect_error=r'"\*.eu.example.com", "10.0.0.1"')
        self.write(any_terraform, warehouse, {**given, "sslmode": "verify-ca"})
        any_terraform.apply()

    def test_the_machine_s_authorities_with_a_weaker_mode_are_refused_by_validate(
        self, any_terraform: Terraform, warehouse: PostgreSQLWarehouse
    ) -> None:
        self.write(any_terraform, warehouse, {"sslrootcert": "system", "sslmode": "require"})
        any_terraform.validate(expect_error='provider postgresql.sslmode: must be "verify-full", or left out')

    def test_the_surroundings_lead_to_no_other_server(
        self, any_terraform: Terraform, warehouse: PostgreSQLWarehouse, tmp_path: Path
    ) -> None:
        any_terraform.write(warehouse.configuration())
        any_terraform.apply()
        made = warehouse.record()
        service = "[w]\nhostaddr=127.0.0.9\nhost=db.invalid\nport=1\nuser=nobody\ndbname=nowhere\n"
        (tmp_path / "services").write_text(service)
        for surroundings in (
            {
                "PGHOSTADDR": "127.0.0.9",
                "PGHOST": "db.invalid",
                "PGPORT": "1",
                "PGUSER": "nobody",
                "PGDATABASE": "x",
            },
            {"PGSERVICE": "w", "PGSERVICEFILE": str(tmp_path / "services")},
        ):
            any_terraform.environment |= surroundings
            any_terraform.apply()
        assert warehouse.record() == made


def write_service(folder: Path, environment: pytest.MonkeyPatch, **members: str) -> None:
    """Let the environment name a service with these members."""
    lines = [f"{name}={value}\n" for name, value in members.items()]
    (folder / "services").write_text("[warehouse]\n" + "".join(lines))
    environment.setenv("PGSERVICE", "warehouse")
    environment.setenv("PGSERVICEFILE", str(folder / "services"))

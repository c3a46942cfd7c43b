"""Account identifiers of Snowflake: the host that each leads to, and what a login calls the account."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import snowflake.connector
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from krenalis_provider.model.errors import WarehouseError
from krenalis_provider.warehouses.snowflake.session import session
from krenalis_provider.warehouses.snowflake.settings import SnowflakeSettings, host_name, login_name
from tests.acceptance.snowflake_hosts import Logins, refusing
from tests.support.snowflake import SnowflakeDatabase
from tests.support.snowflake_warehouse import SnowflakeWarehouse
from tests.support.terraform import Terraform
from tests.support.warehouse import Warehouse, only_on
from tfplugin.deadline import Deadline

KEY = rsa.generate_private_key(65537, 2048)
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
DER = KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
PUBLIC = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
SETTINGS = SnowflakeSettings(
    account="", username="me", role="r", database="d", warehouse="w", schema="s", password=None
)

AS_THE_DRIVER = [
    ("xy12345", "xy12345", "XY12345"),
    ("XY12345", "xy12345", "XY12345"),
    ("xy12345.eu-central-1", "xy12345.eu-central-1", "XY12345"),
    ("Xy12345.EU-Central-1", "xy12345.eu-central-1", "XY12345"),
    ("xy12345.us-west-2", "xy12345.us-west-2", "XY12345"),
    ("xy12345.us-east-2.aws", "xy12345.us-east-2.aws", "XY12345"),
    ("xy12345.us-east-1-gov.aws", "xy12345.us-east-1-gov.aws", "XY12345"),
    ("xy12345.fhplus.us-gov-west-1.aws", "xy12345.fhplus.us-gov-west-1.aws", "XY12345"),
    ("xy12345.west-europe.azure", "xy12345.west-europe.azure", "XY12345"),
    ("xy12345.us-central1.gcp", "xy12345.us-central1.gcp", "XY12345"),
    ("xy12345.eu-central-1.privatelink", "xy12345.eu-central-1.privatelink", "XY12345"),
    ("xy12345.privatelink", "xy12345.privatelink", "XY12345"),
    ("xy12345.global", "xy12345.global", "XY12345"),
    ("acme_corp.eu-west-1", "acme-corp.eu-west-1", "ACME_CORP"),
    ("myorg-account123", "myorg-account123", "MYORG-ACCOUNT123"),
    ("MyOrg-My_Account", "myorg-my-account", "MYORG-MY_ACCOUNT"),
    ("myorg-my-account", "myorg-my-account", "MYORG-MY-ACCOUNT"),
    ("myorg-my_account.privatelink", "myorg-my-account.privatelink", "MYORG-MY_ACCOUNT"),
    ("acme-test_aws_us_east_2", "acme-test-aws-us-east-2", "ACME-TEST_AWS_US_EAST_2"),
]
"""Identifier, host below snowflakecomputing.com, and the account of the token."""
OTHERWISE = [
    ("myorg.account123", "myorg-account123", "com", "MYORG-ACCOUNT123"),
    ("MYORG.MY_ACCOUNT", "myorg-my-account", "com", "MYORG-MY_ACCOUNT"),
    ("myorg.account123.privatelink", "myorg-account123.privatelink", "com", "MYORG-ACCOUNT123"),
    ("xy12345.cn-northwest-1.aws", "xy12345.cn-northwest-1.aws", "cn", "XY12345"),
    ("xy12345.cn-northwest-1.aws.privatelink", "xy12345.cn-northwest-1.aws.privatelink", "cn", "XY12345"),
]
"""Where the driver by itself would go wrong, with the host's domain."""
ALL = [
    *((account, f"{labels}.snowflakecomputing.com", token) for account, labels, token in AS_THE_DRIVER),
    *(
        (account, f"{labels}.snowflakecomputing.{domain}", token)
        for account, labels, domain, token in OTHERWISE
    ),
]


def go_through(port: int, environment: pytest.MonkeyPatch) -> None:
    """Let all that goes by HTTP go to the proxy at this port, and nothing past it."""
    for name in ("http_proxy", "no_proxy"):
        for spelling in (name, name.upper()):
            environment.setenv(spelling, f"http://127.0.0.1:{port}" if name == "http_proxy" else "")


@pytest.fixture
def logins(monkeypatch: pytest.MonkeyPatch) -> Iterator[Logins]:
    """What logins say on their way through a proxy; none of them arrives."""
    with refusing() as seen:
        go_through(seen.port, monkeypatch)
        monkeypatch.setenv("SNOWFLAKE_DISABLE_PLATFORM_DETECTION", "true")
        yield seen


def by_the_driver(account: str) -> None:
    with pytest.raises(snowflake.connector.Error):
        snowflake.connector.connect(
            account=account,
            user="me",
            private_key=DER,
            authenticator="SNOWFLAKE_JWT",
            protocol="http",
            enable_server_session_keep_alive_auto_detection=False,
        )


@pytest.mark.parametrize(("account", "host", "token"), ALL)
def test_an_identifier_leads_to_its_host_and_the_token_names_the_account(
    logins: Logins, account: str, host: str, token: str
) -> None:
    parameters = {"private_key": PEM, "protocol": "http"}
    with (
        pytest.raises(WarehouseError),
        session(replace(SETTINGS, account=account), parameters, Deadline.after(60)),
    ):
        pass

    assert (logins.host, logins.issuer) == (host, f"{token}.ME")
    assert logins.data["ACCOUNT_NAME"].upper() == token
    assert (host_name(account), login_name(account)) == (host, logins.data["ACCOUNT_NAME"])


@pytest.mark.parametrize(("account", "labels", "token"), AS_THE_DRIVER)
def test_the_driver_does_the_same_with_the_identifier(
    logins: Logins, account: str, labels: str, token: str
) -> None:
    by_the_driver(account)

    assert (logins.host, logins.issuer) == (f"{labels}.snowflakecomputing.com", f"{token}.ME")


@pytest.mark.parametrize(("account", "labels", "domain", "token"), OTHERWISE)
def test_the_driver_alone_does_not_know_china_nor_what_snowsight_copies(
    logins: Logins, account: str, labels: str, domain: str, token: str
) -> None:
    by_the_driver(account)

    assert (logins.host, logins.issuer) != (f"{labels}.snowflakecomputing.{domain}", f"{token}.ME")


def test_a_host_of_the_provider_block_wins(logins: Logins) -> None:
    parameters = {
        "private_key": PEM, "protocol": "http", "host": "myorg-account123.snowflakecomputing.cn", "port": "8080",
    }  # fmt: skip
    with (
        pytest.raises(WarehouseError),
        session(replace(SETTINGS, account="myorg-account123"), parameters, Deadline.after(60)),
    ):
        pass

    assert logins.host == "myorg-account123.snowflakecomputing.cn:8080"
    assert logins.issuer == "MYORG-ACCOUNT123.ME"


@pytest.mark.parametrize("account", [
    "organization-double", "ORGANIZATION.DOUBLE", "organization-double.privatelink", "Organization-My_Double",
    "double12345", "double12345.eu-central-1", "double12345.eu-central-1.privatelink", "double12345.us-east-2.aws",
    "double12345.fhplus.us-gov-west-1.aws", "double12345.us-central1.gcp", "DOUBLE12345.west-europe.azure",
    "double12345.cn-northwest-1.aws",
])  # fmt: skip
@pytest.mark.parametrize("means", ["password", "private_key"])
def test_an_account_is_found_and_logged_in_to_by_each_of_its_identifiers(
    snowflake_database: SnowflakeDatabase, monkeypatch: pytest.MonkeyPatch, account: str, means: str
) -> None:
    snowflake_database.set_public_key(PUBLIC)
    go_through(snowflake_database.server.port, monkeypatch)
    settings = SnowflakeSettings(**{**snowflake_database.settings(), "password": None, "account": account})
    parameters = {means: {"password": snowflake_database.password, "private_key": PEM}[means]}

    with session(settings, {**parameters, "protocol": "http"}, Deadline.after(60)) as opened:
        assert opened.database == snowflake_database.name


@pytest.mark.parametrize(
    "account", ["double12345-eu-central-1", "double12345.eu-west-1", "double1.eu-central-1"]
)
def test_another_identifier_is_another_account(
    snowflake_database: SnowflakeDatabase, monkeypatch: pytest.MonkeyPatch, account: str
) -> None:
    go_through(snowflake_database.server.port, monkeypatch)
    settings = SnowflakeSettings(**{**snowflake_database.settings(), "account": account})

    with (
        pytest.raises(WarehouseError, match="Account does not exist"),
        session(settings, {"protocol": "http"}, Deadline.after(60)),
    ):
        pass


@only_on("Snowflake", "accounts are its own")
def test_terraform_keeps_a_workspace_by_another_identifier_of_its_account(
    terraform: Terraform, warehouse: Warehouse
) -> None:
    assert isinstance(warehouse, SnowflakeWarehouse)
    server = warehouse.database.server
    warehouse.database.set_public_key(PUBLIC)
    terraform.environment |= {
        "http_proxy": f"http://{server.host}:{server.port}",
        "SNOWFLAKE_PRIVATE_KEY": PEM,
    }

    def write(account: str) -> None:
        settings = {"account": account}
        provider = 'snowflake = { protocol = "http" }'
        terraform.write(
            warehouse.configuration(
                settings, without=["password"], provider=provider, extra="deletion_protection = false"
            )
        )

    write("double12345.eu-central-1")
    terraform.apply()
    write("DOUBLE12345.eu-central-1.privatelink")
    moved = terraform.plan()
    assert moved.plan["resource_changes"][0]["change"]["actions"] == ["update"]
    terraform.apply()

    identifier = "snowflake://{username}@double12345.eu-central-1/{database}/{schema}/{role}/{warehouse}"
    terraform.run("state", "rm", "krenalis_workspace.customers")
    terraform.import_("krenalis_workspace.customers", identifier.format(**warehouse.settings()))
    terraform.apply()

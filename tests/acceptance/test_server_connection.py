"""How Terraform's processes reach a Krenalis server: proxies and certificates of the environment, cold and warm."""

import sys
from pathlib import Path

import pytest

from tests.support.api_calls import ANSWERS, KEY
from tests.support.certificates import Authority
from tests.support.postgresql import Database
from tests.support.scripted_server import answer, say, scripted
from tests.support.terraform import Terraform
from tests.support.warm_parents import ways_in
from tests.support.workspaces import configuration

ELSEWHERE = "http://krenalis.example.com"
CONFIGURATION = """
terraform {
  required_providers {
    krenalis = { source = "krenalis/krenalis" }
  }
}
data "krenalis_workspaces" "all" {}

output "names" {
  value = data.krenalis_workspaces.all.workspaces[*].name
}
"""
WAYS = {"off": {"cold"}, "on": {"first", "later"}}


@pytest.fixture(params=WAYS)
def started(request: pytest.FixtureRequest, any_terraform: Terraform) -> Terraform:
    """A Terraform whose processes start cold, or warm; it reads all workspaces of a server."""
    if request.param == "on" and sys.platform != "linux":
        pytest.skip("there is no warm start elsewhere")
    any_terraform.environment |= {"KRENALIS_WARM_START": request.param, "KRENALIS_API_KEY": KEY}
    any_terraform.write(CONFIGURATION)
    return any_terraform


def names(terraform: Terraform) -> object:
    log = terraform.log("DEBUG")
    plan = terraform.plan().plan
    assert {way.partition(":")[0] for way in ways_in(log)} <= WAYS[
        terraform.environment["KRENALIS_WARM_START"]
    ]
    assert KEY not in log.read_text()
    return plan["planned_values"]["outputs"]["names"]["value"]


def test_the_proxies_of_a_start_count(started: Terraform) -> None:
    with scripted(answer(200, ANSWERS["GET /workspaces"])) as proxy:
        started.environment |= {
            "KRENALIS_ENDPOINT": ELSEWHERE,
            "HTTP_PROXY": f"http://127.0.0.1:{proxy.port}",
        }
        assert names(started) == ["Customers"]

    assert {each.target for each in proxy.received} == {f"{ELSEWHERE}/v1/workspaces"}


@pytest.mark.parametrize("named_by", ["SSL_CERT_FILE", "KRENALIS_CA_CERT_FILE"])
def test_the_authorities_of_a_start_count(named_by: str, started: Terraform, tmp_path: Path) -> None:
    authority = Authority.make()
    file = tmp_path / "authorities.pem"
    file.write_text(authority.text)
    listed = answer(200, ANSWERS["GET /workspaces"])
    with scripted(listed, certificate=authority.sign("krenalis", "127.0.0.1"), folder=tmp_path) as server:
        started.environment |= {"KRENALIS_ENDPOINT": server.endpoint, named_by: str(file)}
        assert names(started) == ["Customers"]

    assert server.received


@pytest.mark.parametrize(
    ("speaks_tls", "ca_cert_file", "message"),
    [
        (True, None, "Krenalis server's certificate does not verify.*provider endpoint: .*`ca_cert_file`"),
        (True, "nowhere.pem", r"Certificate authorities cannot be read.*provider ca_cert_file: .*nowhere\.pem.*relative path"),
        (False, None, "Krenalis server has no TLS.*provider endpoint: .*`http://`"),
    ],
)  # fmt: skip
def test_a_plan_stops_where_no_server_can_be_trusted(
    speaks_tls: bool,  # noqa: FBT001
    ca_cert_file: str | None,
    message: str,
    any_terraform: Terraform,
    database: Database,
    tmp_path: Path,
) -> None:
    certificate = Authority.make().sign("krenalis", "127.0.0.1") if speaks_tls else None
    script = answer(200, "{}") if speaks_tls else say(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    with scripted(script, certificate=certificate, folder=tmp_path) as server:
        endpoint = server.endpoint.replace("http://", "https://")
        file = f'\n  ca_cert_file = "{ca_cert_file}"' if ca_cert_file else ""
        provider = f'endpoint = "{endpoint}"\n  api_key = "{KEY}"{file}'
        any_terraform.write(configuration(database.settings(), provider=provider))

        any_terraform.plan(expect_error=message)

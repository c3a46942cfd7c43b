"""What the provider block and the environment say of a Krenalis server, and which mode that is."""

import subprocess
import sys
from typing import Any

import pytest

from krenalis_provider.configuration import SCHEMA, Configuration, configure
from krenalis_provider.connection_parameters import BLOCKS
from krenalis_provider.provider import KrenalisProvider
from krenalis_provider.server_block import Mode
from krenalis_provider.workspaces.direct import DirectWorkspaces
from krenalis_provider.workspaces.server.server_workspaces import ServerWorkspaces
from krenalis_provider.workspaces.undecided import UndecidedWorkspaces
from tests.support.plugin import Caller, Told
from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.cty import UNKNOWN, infer
from tfplugin.diagnostics import DiagnosticError
from tfplugin.provider import ProviderRequest

KEY = "api_Zq7rTt5PkQ2mYwB8nXvC4dF6gH9jL1sA3eR0uI5oP7aSdFgHj"
ENDPOINT = "https://krenalis.example.com"


@pytest.fixture(autouse=True)
def _no_server_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ENDPOINT", "API_KEY", "CA_CERT_FILE"):
        monkeypatch.delenv(f"KRENALIS_{name}", raising=False)


def block(**given: Any) -> dict[str, Any]:
    objects = {name: infer(given[name]) for name in BLOCKS.values() if name in given}
    return {**dict.fromkeys(SCHEMA.attributes), **given, **objects}


def configured(**given: Any) -> tuple[Configuration, list[str]]:
    request = ProviderRequest(config=block(**given))
    return configure(request), [str(each.detail) for each in request.diagnostics]


def validated(**given: Any) -> list[Told]:
    caller = Caller(KrenalisProvider())
    config = caller.wire(SCHEMA.type, block(**given))
    response = caller.call("validate_provider_config", pb.ValidateProviderConfig.Request(config=config))
    return [Told.of(diagnostic) for diagnostic in response.diagnostics]


@pytest.mark.parametrize(("given", "environment", "mode", "system"), [
    ({}, {}, Mode.DIRECT, DirectWorkspaces),
    ({"endpoint": ENDPOINT, "api_key": KEY}, {}, Mode.SERVER, ServerWorkspaces),
    ({"endpoint": ENDPOINT}, {"API_KEY": KEY}, Mode.SERVER, ServerWorkspaces),
    ({"api_key": KEY}, {"ENDPOINT": ENDPOINT}, Mode.SERVER, ServerWorkspaces),
    ({}, {"ENDPOINT": ENDPOINT, "API_KEY": KEY}, Mode.SERVER, ServerWorkspaces),
    ({}, {"ENDPOINT": "", "API_KEY": ""}, Mode.DIRECT, DirectWorkspaces),
    ({"endpoint": ENDPOINT, "api_key": UNKNOWN}, {}, Mode.SERVER, ServerWorkspaces),
    ({"endpoint": UNKNOWN, "api_key": KEY}, {}, Mode.UNDECIDED, UndecidedWorkspaces),
    ({"endpoint": UNKNOWN}, {"ENDPOINT": ENDPOINT}, Mode.UNDECIDED, UndecidedWorkspaces),
    ({"api_key": UNKNOWN}, {}, Mode.DIRECT, DirectWorkspaces),
    ({}, {"CA_CERT_FILE": "/etc/ssl/ours.pem"}, Mode.DIRECT, DirectWorkspaces),
])  # fmt: skip
def test_endpoint_and_key_make_the_mode(
    given: dict[str, Any],
    environment: dict[str, str],
    mode: Mode,
    system: type,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(f"KRENALIS_{name}", value)

    found, told = configured(**given)

    assert told == []
    assert found.mode is mode
    assert type(found.workspaces) is system


@pytest.mark.parametrize(("given", "environment", "told"), [
    ({"endpoint": ENDPOINT}, {},
     ("provider endpoint is set, and there is no api_key. Server mode needs both: set api_key, or KRENALIS_API_KEY. For "
      "direct mode, set neither.")),
    ({"api_key": KEY}, {},
     ("provider api_key is set, and there is no endpoint. Server mode needs both: set endpoint, or KRENALIS_ENDPOINT. For "
      "direct mode, set neither.")),
    ({}, {"API_KEY": KEY},
     ("provider api_key comes from KRENALIS_API_KEY, and there is no endpoint. Server mode needs both: set endpoint, or "
      "KRENALIS_ENDPOINT. For direct mode, set neither.")),
])  # fmt: skip
def test_one_without_the_other_is_refused(
    given: dict[str, Any], environment: dict[str, str], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(f"KRENALIS_{name}", value)

    assert configured(**given)[1] == [told]


@pytest.mark.parametrize("endpoint", [
    "", " https://krenalis.example.com", "krenalis.example.com", "ftp://krenalis.example.com",
    "https://user:canary@krenalis.example.com", "https://krenalis.example.com?canary=1", "https://",
])  # fmt: skip
def test_what_is_no_endpoint_is_explained_without_being_shown(endpoint: str) -> None:
    (told,) = validated(endpoint=endpoint)

    assert told.summary == "Invalid provider configuration"
    assert told.detail.startswith("provider endpoint: ")
    assert "canary" not in told.detail
    assert told.path in (None, "")
    assert configured(endpoint=endpoint, api_key=KEY)[1] == [told.detail]


@pytest.mark.parametrize(
    "key", ["", "Bearer canary-key", "mcp_canary", "org_canary", "canary-key", "api_canary\n"]
)
def test_what_is_no_key_is_explained_without_being_shown(key: str) -> None:
    (told,) = validated(endpoint=ENDPOINT, api_key=key)

    assert told.detail.startswith("provider api_key: ")
    assert "canary" not in told.detail


def test_what_is_unknown_is_not_refused() -> None:
    assert validated(endpoint=UNKNOWN, api_key=UNKNOWN, ca_cert_file=UNKNOWN) == []
    assert configured(endpoint=UNKNOWN, api_key=UNKNOWN, ca_cert_file=UNKNOWN)[1] == []


CLEAR = "API key and passwords travel in clear"


@pytest.mark.parametrize(("endpoint", "warnings"), [
    ("http://krenalis.example.com", [CLEAR]), ("http://10.0.0.1:2022", [CLEAR]), ("http://127.0.0.1:2022", []),
    ("http://localhost:2022", []), ("http://[::1]:2022", []), (ENDPOINT, []),
])  # fmt: skip
def test_a_key_in_clear_over_a_network_is_warned_of(endpoint: str, warnings: list[str]) -> None:
    request = ProviderRequest(config=block(endpoint=endpoint, api_key=KEY))
    configure(request)

    assert [each.summary for each in request.diagnostics] == warnings
    assert not request.diagnostics.has_errors


def test_what_the_server_needs_is_told_while_it_is_unknown() -> None:
    keyless, _ = configured(endpoint=ENDPOINT, api_key=UNKNOWN, postgresql={"password": UNKNOWN})
    assert keyless.unknown_for("PostgreSQL") == ["provider api_key"]
    undecided, _ = configured(endpoint=UNKNOWN, api_key=KEY)
    assert undecided.unknown_for(None) == ["provider endpoint"]
    with pytest.raises(DiagnosticError) as caught:
        undecided.require_known("PostgreSQL")
    assert "Not known yet: provider endpoint." in caught.value.diagnostic.detail
    whole, _ = configured(endpoint=ENDPOINT, api_key=KEY, postgresql={"password": UNKNOWN})
    assert whole.unknown_for("PostgreSQL") == []


def test_two_spellings_are_one_server() -> None:
    one, _ = configured(endpoint="HTTPS://Krenalis.Example.com:443/v1/", api_key=KEY)

    assert one.server.endpoint == ENDPOINT


def test_the_system_is_one_for_each_configured_provider() -> None:
    found, _ = configured(endpoint=ENDPOINT, api_key=KEY)

    assert found.workspaces is found.workspaces
    assert KEY not in repr(found)


def test_a_key_in_the_environment_is_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KRENALIS_API_KEY", KEY)

    assert KEY in KrenalisProvider().secrets()


def test_what_a_server_tells_is_kept_out_of_the_log() -> None:
    caller = Caller(KrenalisProvider())
    config = caller.wire(SCHEMA.type, block(endpoint=ENDPOINT, api_key=KEY))
    caller.call("configure_provider", pb.ConfigureProvider.Request(config=config))

    caller.session.client.workspaces.means.learn("a password of the server's")

    assert caller.session.redactor.redact(f"{KEY}, a password of the server's") == "(redacted), (redacted)"


def test_validating_and_configuring_import_no_http_client() -> None:
    code = (
        "import sys\n"
        "from krenalis_provider.configuration import SCHEMA, configure, validate\n"
        "from tfplugin.provider import ProviderRequest\n"
        f"given = dict.fromkeys(SCHEMA.attributes) | dict(endpoint={ENDPOINT!r}, api_key={KEY!r})\n"
        "request = ProviderRequest(config=given)\n"
        "validate(request)\n"
        "configure(request).workspaces\n"
        "print(sorted({'httpx', 'pydantic', 'psycopg', 'ssl'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"

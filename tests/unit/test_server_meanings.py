"""What the answers of a Krenalis server mean; the messages are those of one."""

import pytest

from krenalis_provider.api.errors import (
    ApiError,
    NoAnswer,
    NoAuthorities,
    OtherWorkspace,
    Refused,
    ServerFailed,
    TooManyRequests,
    Unauthorized,
    Unavailable,
    UnknownKey,
    Unprocessable,
    Untrusted,
    WithoutTLS,
    WrongEndpoint,
)
from krenalis_provider.model.errors import Verdict
from krenalis_provider.workspaces.server.errors import finding

AT = "POST /v1/workspaces/test"
CONTRADICTED, ABSENT, UNCLEAR = Verdict.CONTRADICTED, Verdict.ABSENT, Verdict.COULD_NOT_TELL


def refused(kind: type[Refused], status: int, code: str, message: str) -> Refused:
    return kind(
        AT, f"The server answers {status} {code}: {message}.", status=status, code=code, message=message
    )


CONNECTING = "data warehouse: failed to connect to `user=kr database=e1`:\n\t127.0.0.1:5544 (127.0.0.1): "


@pytest.mark.parametrize(
    ("message", "verdict", "path"),
    [
        (f"{CONNECTING}failed SASL auth: FATAL: x (SQLSTATE 28P01)", ABSENT, "warehouse.settings.password"),
        (f'{CONNECTING}FATAL: database "x" does not exist (SQLSTATE 3D000)', ABSENT, "warehouse.settings.database"),
        ("data warehouse: ERROR: no schema has been selected (SQLSTATE 3F000)", ABSENT, "warehouse.settings.schema"),
        ("data warehouse: ERROR: permission denied for schema public (SQLSTATE 42501)", ABSENT, "warehouse.settings.username"),
        ('data warehouse: ERROR: type "event_browser_name" does not exist (SQLSTATE 42704)', CONTRADICTED, "warehouse.settings.database"),
        ("data warehouse: ERROR: tables can have at most 1600 columns (SQLSTATE 54011)", CONTRADICTED, "warehouse"),
        (f"{CONNECTING}FATAL: sorry, too many clients already (SQLSTATE 53300)", UNCLEAR, "warehouse.settings.host"),
        (f"{CONNECTING}dial error: dial tcp 127.0.0.1:1: connect: connection refused", UNCLEAR, "warehouse.settings.host"),
        ('data warehouse: json: unable to unmarshal JSON string into Go int within "/port"', CONTRADICTED, "warehouse.settings"),
        ("request cannot be processed at this time; try again later", UNCLEAR, ""),
    ],
)  # fmt: skip
def test_what_a_warehouse_says_to_the_server(message: str, verdict: Verdict, path: str) -> None:
    found = finding(refused(Unavailable, 503, "ServiceUnavailable", message))

    assert (found.verdict, str(found.path)) == (verdict, path)
    assert " ".join(message.split()) in found.detail


@pytest.mark.parametrize(
    ("status", "code", "message", "path"),
    [
        (422, "InvalidWarehouseSettings", "data warehouse settings are not valid: port must be in range [1,65535]", "warehouse.settings.port"),
        (422, "InvalidWarehouseSettings", "data warehouse settings are not valid: user name length must be in range [1,255]", "warehouse.settings.username"),
        (422, "InvalidWarehouseSettings", "data warehouse MCP settings are not valid: host length", ""),
        (422, "WarehouseNotInitializable", "cannot initialize the data warehouse: the database is not empty (contains 1 table)", "warehouse.settings.schema"),
        (422, "WorkspacesLimitReached", "organization cannot have more than 2 workspaces", ""),
        (422, "NewCode", "something new", ""),
        (400, "BadRequest", "name is empty", "name"),
        (400, "BadRequest", 'json: cannot unmarshal JSON object into Go types.Type within "/profileSchema": missing precision', "profile_schema"),
        (400, "BadRequest", "profile schema properties cannot be nullable", "profile_schema"),
        (400, "BadRequest", 'invalid profile \'firstName\' "a b"', "ui_preferences.user_profile.first_name"),
        (400, "BadRequest", 'json: cannot unmarshal JSON null into Go core.WarehouseMode within "/warehouse/mode": mode cannot be null', "warehouse.mode"),
        (400, "BadRequest", 'identifier "email" is repeated', "identifiers"),
        (400, "BadRequest", "Krenalis-Workspace header is invalid; it should be in the format ...", "id"),
    ],
)  # fmt: skip
def test_a_refusal_contradicts_at_the_value_that_it_names(
    status: int, code: str, message: str, path: str
) -> None:
    kind = Unprocessable if status == 422 else Refused

    found = finding(refused(kind, status, code, message))

    assert (found.verdict, str(found.path)) == (CONTRADICTED, path)
    assert message in found.detail
    assert code in found.detail


@pytest.mark.parametrize(
    ("error", "verdict", "path"),
    [
        (refused(UnknownKey, 401, "Unauthorized", "API key does not exist"), ABSENT, "provider api_key"),
        (refused(Unauthorized, 401, "Unauthorized", "organization request cannot specify a workspace"), ABSENT, "provider api_key"),
        (refused(TooManyRequests, 429, "TooManyRequests", "rate limit exceeded"), UNCLEAR, ""),
        (OtherWorkspace(AT, "another one.", restricted_to="1"), CONTRADICTED, "provider api_key"),
        (WrongEndpoint(AT, "a web page.", status=200), CONTRADICTED, "provider endpoint"),
        (ServerFailed(AT, "500.", status=500), UNCLEAR, ""),
        (NoAnswer(AT, "refused.", sent=False), UNCLEAR, "provider endpoint"),
        (Untrusted(AT, "self-signed certificate.", sent=False), CONTRADICTED, "provider endpoint"),
        (WithoutTLS(AT, "no TLS.", sent=False), CONTRADICTED, "provider endpoint"),
        (NoAuthorities(AT, "no such file.", sent=False), ABSENT, "provider ca_cert_file"),
        (ApiError(AT, "no such id."), UNCLEAR, ""),
    ],
)  # fmt: skip
def test_all_other_errors(error: ApiError, verdict: Verdict, path: str) -> None:
    found = finding(error)

    assert (found.verdict, str(found.path)) == (verdict, path)
    assert found.detail.startswith(AT)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from krenalis_provider.api.server import (
    BadEndpointError,
    Server,
    is_unprotected,
    key_problem,
    normal_endpoint,
    workspace_id_problem,
)

KEY = "api_" + "k" * 49


@pytest.mark.parametrize(("written", "meant"), [
    ("https://krenalis.example.com", "https://krenalis.example.com"),
    ("https://krenalis.example.com/", "https://krenalis.example.com"),
    ("https://krenalis.example.com/v1", "https://krenalis.example.com"),
    ("https://krenalis.example.com/v1/", "https://krenalis.example.com"),
    ("HTTPS://Krenalis.Example.com:443//", "https://krenalis.example.com"),
    ("http://127.0.0.1:2022", "http://127.0.0.1:2022"),
    ("http://krenalis:80/v1", "http://krenalis"),
    ("https://example.com/krenalis/v1/", "https://example.com/krenalis"),
    ("https://example.com/a%20b/c", "https://example.com/a%20b/c"),
    ("https://[::1]:2022/", "https://[::1]:2022"),
    ("https://example.com/v10", "https://example.com/v10"),
])  # fmt: skip
def test_texts_of_one_endpoint_are_alike(written: str, meant: str) -> None:
    assert normal_endpoint(written) == meant
    assert normal_endpoint(meant) == meant


@pytest.mark.parametrize(("written", "reason"), [
    ("", "empty"), ("  ", "empty"), (" https://a", "white space"), ("https://a\n", "white space"),
    ("krenalis.example.com", "no URL"), ("localhost:2022", "no URL"), ("ftp://a", "neither https nor http"),
    ("https://", "host"), ("https://a b", "host"), ("https://a..b", "host"), ("https://[::::]", "host"), (f"https://{'a' * 64}", "host"),
    (f"https://{'a.' * 130}", "host"), ("https://a/%zz", "path"), ("https://a:x", "host"), ("https://a:123456", "host"), ("https://a:70000", "port"),
    ("https://a:0", "port"), ("https://user:secret@a", "password"), ("https://a?x=1", "query"),
    ("https://a#x", "query"), ("https://a/../b", "path"), ("https://a/b//c", "path"), ("https://a/b c", "path"),
])  # fmt: skip
def test_what_is_no_endpoint_is_explained(written: str, reason: str) -> None:
    with pytest.raises(BadEndpointError, match=reason) as raised:
        normal_endpoint(written)
    assert "secret" not in str(raised.value)


@given(
    st.from_regex(r"https?://[a-zA-Z0-9.-]{1,9}(:[0-9]{1,5})?(/[a-z0-9.]{1,4}){0,3}/{0,2}", fullmatch=True)
)
def test_a_normal_endpoint_is_normal(text: str) -> None:
    try:
        normal = normal_endpoint(text)
    except BadEndpointError:
        return
    assert normal_endpoint(normal) == normal or normal.endswith("/v1")


@pytest.mark.parametrize(("endpoint", "unprotected"), [
    ("http://krenalis.example.com", True), ("http://10.0.0.1:2022/x", True), ("https://krenalis.example.com", False),
    ("http://localhost:2022", False), ("http://127.0.0.1:2022", False), ("http://127.8.8.8", False),
    ("http://[::1]:2022", False), ("http://127.0.0.1.example.com", True), ("http://notlocalhost", True),
])  # fmt: skip
def test_http_to_another_machine_is_unprotected(endpoint: str, *, unprotected: bool) -> None:
    assert is_unprotected(endpoint) is unprotected


@pytest.mark.parametrize(("key", "reason"), [
    ("", "empty"), (f"Bearer {KEY}", "Bearer"), (f"{KEY}\n", "trimspace"), (f"api_{'é' * 9}", "characters"),
    (f"mcp_{KEY}", "MCP"), (f"org_{KEY}", "organizations"), (KEY.removeprefix("api_"), "begin with `api_`"),
])  # fmt: skip
def test_what_is_no_key_is_explained_without_showing_it(key: str, reason: str) -> None:
    problem = key_problem(key)

    assert problem
    assert reason in problem
    assert "kkkk" not in problem


def test_a_key_is_accepted_and_never_shown() -> None:
    assert key_problem(KEY) is None
    assert KEY not in repr(Server("https://krenalis.example.com", KEY))


@pytest.mark.parametrize(("workspace_id", "is_one"), [
    ("3oosWdEVSD5W", True), ("1371036433", True), ("", False), ("a b", False), ("a\r\nX: y", False), ("é", False),
    ("postgresql://u@h/d/s", False), ("a" * 41, False),
])  # fmt: skip
def test_ids_of_workspaces_are_letters_and_digits(workspace_id: str, *, is_one: bool) -> None:
    assert (workspace_id_problem(workspace_id) is None) is is_one

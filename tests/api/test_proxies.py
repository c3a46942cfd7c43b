"""Proxies of the usual variables."""

import socket
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from krenalis_provider.api import errors
from tests.support.api_calls import ANSWERS, CREATE, KEY, LIST, api
from tests.support.certificates import Authority
from tests.support.processes import SECONDS
from tests.support.scripted_server import Act, Turn, answer, end_at_once, refusing_port, scripted
from tfplugin.deadline import Deadline

LISTED = ANSWERS["GET /workspaces"]
SECRET = "canary-of-the-proxy"
HOST = "krenalis.example.com"


def tunnel(port: int) -> Act:
    """Answers CONNECT with a tunnel to a local port, whatever host is asked for."""

    def pump(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def act(turn: Turn) -> bool:
        if not (request := turn.read()):
            return False
        assert request.method == "CONNECT"
        with socket.create_connection(("127.0.0.1", port)) as server:
            turn.connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            back = threading.Thread(target=pump, args=(server, turn.connection))
            back.start()
            pump(turn.connection, server)
            back.join()
        return False

    return act


@pytest.fixture
def authority(tmp_path: Path) -> tuple[Authority, Path]:
    made = Authority.make()
    file = tmp_path / "authorities.pem"
    file.write_text(made.text)
    return made, file


def soon() -> Deadline:
    return Deadline.after(SECONDS)


def test_https_goes_through_a_tunnel_and_the_proxy_sees_no_key(
    authority: tuple[Authority, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made, file = authority
    certificate = made.sign("krenalis", HOST)
    with (
        scripted(answer(200, LISTED), certificate=certificate, folder=tmp_path) as server,
        scripted(tunnel(server.port)) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:{SECRET}@127.0.0.1:{proxy.port}")
        LIST(api(f"https://{HOST}", file), soon())

    assert [(each.method, each.target) for each in proxy.received] == [("CONNECT", f"{HOST}:443")]
    assert proxy.received[0].headers["proxy-authorization"].startswith("Basic ")
    assert KEY not in repr(proxy.received)
    assert server.received[0].headers["authorization"] == f"Bearer {KEY}"
    assert "proxy-authorization" not in server.received[0].headers


def test_http_is_asked_of_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted(answer(200, LISTED)) as proxy:
        monkeypatch.setenv("http_proxy", f"127.0.0.1:{proxy.port}")
        LIST(api(f"http://{HOST}"), soon())

    assert proxy.received[0].target == f"http://{HOST}/v1/workspaces"


def test_the_variables_are_read_when_the_first_request_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    client = api(f"http://{HOST}")
    with scripted(answer(200, LISTED)) as proxy:
        monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{proxy.port}")
        LIST(client, soon())

    assert len(proxy.received) == 1


def test_what_no_proxy_lists_and_this_machine_are_reached_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted(answer(200, LISTED)) as server, scripted(answer(200, LISTED)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        LIST(api(server.endpoint), soon())

    assert (len(server.received), proxy.connections) == (1, 0)


@pytest.mark.parametrize("act", [answer(407, "Proxy Authentication Required"), answer(502, "x"), end_at_once])
def test_a_proxy_that_refuses_is_named_by_its_variable_and_nothing_was_sent(
    act: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scripted(act) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:{SECRET}@127.0.0.1:{proxy.port}")
        with pytest.raises(errors.NoAnswer) as caught:
            CREATE(api(f"https://{HOST}"), soon())

    assert "through the proxy that the variable HTTPS_PROXY names" in caught.value.detail
    assert SECRET not in str(caught.value)
    assert not caught.value.sent
    assert proxy.connections == 1


def test_a_proxy_that_is_not_there_is_named_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    with refusing_port() as port:
        monkeypatch.setenv("all_proxy", f"http://user:{SECRET}@127.0.0.1:{port}")
        with pytest.raises(errors.NoAnswer, match="the variable all_proxy names") as caught:
            CREATE(api(f"https://{HOST}"), soon())

    assert SECRET not in str(caught.value)
    assert not caught.value.sent


@pytest.mark.parametrize("url", [
    f"socks5://user:{SECRET}@127.0.0.1:1080", f"ftp://user:{SECRET}@127.0.0.1", f"http://user:{SECRET}@[x", "http://:x",
])  # fmt: skip
def test_a_proxy_that_cannot_be_used_is_explained(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", url)
    with pytest.raises(errors.NoAnswer, match="HTTPS_PROXY") as caught:
        LIST(api(f"https://{HOST}"), soon())

    assert SECRET not in str(caught.value) + repr(caught.value.__cause__)
    assert caught.value.__suppress_context__ or caught.value.__cause__

"""Where a Krenalis server is, and with which key it is called. Importing this costs nothing."""

import re
from typing import Final

from lightstart.records import Record, field

_URL: Final = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?P<rest>.*)"
)
_AUTHORITY: Final = re.compile(
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}\.?)(?::(?P<port>[0-9]{0,5}))?"
)
_PATH: Final = re.compile(r"(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})+)*")
_WORKSPACE_ID: Final = re.compile(r"[A-Za-z0-9]{1,40}")
_HIGHEST_PORT: Final = 65535
_LONGEST_NAME: Final = 253
_LOOPBACK: Final = re.compile(r"localhost|.*\.localhost|127(?:\.[0-9]+){3}|\[::1\]")


class Server(Record):
    """A server and a key of one of its organizations, which may be restricted to one workspace."""

    endpoint: str
    """As `normal_endpoint` returns it."""
    api_key: str = field(repr=False)
    ca_cert_file: str | None = None
    """A PEM file with the only authorities whose certificates count; None means those of the system."""


class BadEndpointError(ValueError):
    """A text is no endpoint. The message says why, and the remedy; it is a sentence without the attribute's name."""


def normal_endpoint(text: str) -> str:
    """The URL of a server, to which a path such as ``/v1/workspaces`` is appended: two texts of one server are equal.

    A slash and `/v1` at the end are taken away, scheme and host are in lower case, and the scheme's own port is left
    out. Raises `BadEndpointError`.
    """
    url = _URL.fullmatch(text)
    if text != text.strip() or not text:
        raise BadEndpointError(
            f"{'it is empty' if not text.strip() else 'it begins or ends with white space'}{_EXAMPLE}"
        )
    if not url:
        raise BadEndpointError(f"it is no URL{_EXAMPLE}")
    scheme = url["scheme"].lower()
    if scheme not in _PORTS:
        raise BadEndpointError(f"its scheme is neither https nor http{_EXAMPLE}")
    if "@" in url["authority"]:
        raise BadEndpointError(
            "it holds a user or a password; the key alone gives access, and is in `api_key`"
        )
    if url["rest"]:
        raise BadEndpointError("it has a query or a fragment: leave out what follows the path")
    authority = _AUTHORITY.fullmatch(url["authority"])
    if not authority or not _is_host(authority["host"]):
        raise BadEndpointError(f"its host is not valid{_EXAMPLE}")
    port = int(authority["port"] or _PORTS[scheme])
    if not 0 < port <= _HIGHEST_PORT:
        raise BadEndpointError(f"its port is not between 1 and {_HIGHEST_PORT}")
    path = url["path"].rstrip("/").removesuffix("/v1").rstrip("/")
    if not _PATH.fullmatch(path) or {".", ".."} & {*path.split("/")}:
        raise BadEndpointError(
            "its path is not valid: percent-encode special characters, and leave out `//`, `.` and `..`"
        )
    shown = "" if port == _PORTS[scheme] else f":{port}"
    return f"{scheme}://{authority['host'].lower()}{shown}{path}"


def _is_host(text: str) -> bool:
    if not text.startswith("["):
        return len(text) <= _LONGEST_NAME
    import ipaddress  # noqa: PLC0415 - hardly ever needed

    try:
        ipaddress.IPv6Address(text[1:-1])
    except ValueError:
        return False
    return True


def is_unprotected(endpoint: str) -> bool:
    """Whether the key and the passwords would cross a network in clear: http to another machine."""
    url = _URL.fullmatch(endpoint)
    authority = _AUTHORITY.fullmatch(url["authority"]) if url else None
    return bool(url and authority and url["scheme"] == "http" and not _LOOPBACK.fullmatch(authority["host"]))


def key_problem(key: str) -> str | None:
    """What is wrong with an API key, as the rest of a sentence that does not hold the key; None if nothing shows.

    Source: docs/facts/krenalis.md, "Keys".
    """
    if not key.strip():
        return "it is empty"
    if key.lower().startswith("bearer "):
        return "it begins with `Bearer`: give the key alone, which begins with `api_`"
    if not key.isascii() or not key.isprintable() or " " in key:
        return "it holds white space or characters that no key has, perhaps a line break at its end: use `trimspace()`"
    if key.startswith("mcp_"):
        return "it is a key for MCP clients; make an API key, which begins with `api_`, in the Admin console"
    if key.startswith("org_"):
        return "it is the server's own key for organizations; make an API key, which begins with `api_`, in the Admin console"
    if not key.startswith("api_"):
        return "API keys begin with `api_`"
    return None


def workspace_id_problem(workspace_id: str) -> str | None:
    """What is wrong with the id of a workspace, as the rest of a sentence; None if a server may have given it.

    Today's are 12 letters and digits; those of the API documentation are whole numbers.
    """
    if _WORKSPACE_ID.fullmatch(workspace_id):
        return None
    return "ids of workspaces are letters and digits, such as `3oosWdEVSD5W`"


_PORTS: Final = {"https": 443, "http": 80}
_EXAMPLE: Final = ": write it as `https://krenalis.example.com`"

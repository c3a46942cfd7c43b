"""Through which proxy a server is reached, as Terraform itself and most other programs decide it.

Source: the documentation of Go's package golang.org/x/net/http/httpproxy, for all but `ALL_PROXY`, which is curl's.
"""

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple
from urllib.parse import urlsplit

_PORTS: Final = {"https": 443, "http": 80}


class Proxy(NamedTuple):
    """A proxy, and the variable that names it. The URL may hold a password: it is never shown."""

    url: str
    variable: str


def proxy_for(endpoint: str, environment: Mapping[str, str]) -> Proxy | None:
    """The proxy for an endpoint of `server.normal_endpoint`, or None for a direct connection.

    Nothing goes through a proxy to this machine itself, or to what `NO_PROXY` lists.
    """
    url = urlsplit(endpoint)
    host = url.hostname or ""
    if _is_here(host) or _is_excepted(
        host, url.port or _PORTS[url.scheme], _variable("NO_PROXY", environment)[1]
    ):
        return None
    for name in (f"{url.scheme.upper()}_PROXY", "ALL_PROXY"):
        variable, value = _variable(name, environment)
        if value:
            return Proxy(value if "://" in value else f"http://{value}", variable)
    return None


def _variable(name: str, environment: Mapping[str, str]) -> tuple[str, str]:
    """The variable in upper case, else in lower case, and its value, which may be empty."""
    for spelled in (name, name.lower()):
        if value := environment.get(spelled, "").strip():
            return spelled, value
    return name, ""


def _is_here(host: str) -> bool:
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _is_excepted(host: str, port: int, listed: str) -> bool:
    return any(_covers(entry, host, port) for entry in _entries(listed))


def _entries(listed: str) -> Iterator[str]:
    return (entry for part in listed.lower().split(",") if (entry := part.strip()))


def _covers(entry: str, host: str, port: int) -> bool:
    """Whether an entry of `NO_PROXY` covers a host.

    An entry is `*`, a network, an address or a name, the last two with or without a port. A name covers the names
    below it; one that begins with a dot covers these alone.
    """
    if entry == "*":
        return True
    address = _address(host)
    if "/" in entry:
        try:
            return address is not None and address in ipaddress.ip_network(entry, strict=False)
        except ValueError:
            return False
    name, wanted = _split(entry)
    if wanted not in ("", str(port)):
        return False
    if address is not None:
        return _address(name) == address
    name = name.removeprefix("*")
    return host.endswith(name) if name.startswith(".") else host == name or host.endswith(f".{name}")


def _split(entry: str) -> tuple[str, str]:
    """The name or address, and the port, which may be empty."""
    if _address(entry):
        return entry, ""
    name, _, port = entry.rpartition(":") if ":" in entry else (entry, "", "")
    return name, port


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None

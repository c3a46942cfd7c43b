import pytest

from krenalis_provider.api.proxies import Proxy, proxy_for

HTTPS = "https://krenalis.example.com"
PROXY = "http://proxy.example.com:3128"


@pytest.mark.parametrize(("endpoint", "environment", "variable"), [
    (HTTPS, {}, None),
    (HTTPS, {"HTTPS_PROXY": PROXY}, "HTTPS_PROXY"),
    (HTTPS, {"https_proxy": PROXY}, "https_proxy"),
    (HTTPS, {"HTTP_PROXY": PROXY}, None),
    (HTTPS, {"ALL_PROXY": PROXY}, "ALL_PROXY"),
    (HTTPS, {"ALL_PROXY": "http://other", "HTTPS_PROXY": PROXY}, "HTTPS_PROXY"),
    (HTTPS, {"HTTPS_PROXY": "", "https_proxy": PROXY}, "https_proxy"),
    (HTTPS, {"HTTPS_PROXY": " "}, None),
    ("http://krenalis.example.com", {"HTTP_PROXY": PROXY, "HTTPS_PROXY": "http://other"}, "HTTP_PROXY"),
    ("http://localhost:2022", {"HTTP_PROXY": PROXY}, None),
    ("http://127.0.0.1:2022", {"ALL_PROXY": PROXY}, None),
    ("http://[::1]:2022", {"ALL_PROXY": PROXY}, None),
])  # fmt: skip
def test_the_usual_variables_name_the_proxy(
    endpoint: str, environment: dict[str, str], variable: str | None
) -> None:
    assert proxy_for(endpoint, environment) == (Proxy(PROXY, variable) if variable else None)


def test_a_proxy_without_a_scheme_speaks_http() -> None:
    assert proxy_for(HTTPS, {"HTTPS_PROXY": "proxy.example.com:3128"}) == Proxy(PROXY, "HTTPS_PROXY")


@pytest.mark.parametrize(("listed", "endpoint", "excepted"), [
    ("*", HTTPS, True),
    ("krenalis.example.com", HTTPS, True),
    ("example.com", HTTPS, True),
    (".example.com", HTTPS, True),
    ("*.example.com", HTTPS, True),
    (".krenalis.example.com", HTTPS, False),
    ("other, example.com ,", HTTPS, True),
    ("KRENALIS.example.COM", HTTPS, True),
    ("ample.com", HTTPS, False),
    ("example.com:443", HTTPS, True),
    ("example.com:8443", HTTPS, False),
    ("10.1.2.3", "https://10.1.2.3", True),
    ("10.1.2.3:443", "https://10.1.2.3", True),
    ("10.0.0.0/8", "https://10.1.2.3", True),
    ("10.0.0.0/8", "https://11.1.2.3", False),
    ("10.0.0.0/8", HTTPS, False),
    ("10.0.0.0/x", "https://10.1.2.3", False),
    ("fd00::1", "https://[fd00::1]:2022", True),
    ("[fd00::1]:2022", "https://[fd00::1]:2022", True),
    ("fd00::/8", "https://[fd00::1]:2022", True),
    ("", HTTPS, False),
    ("1.2.3", "https://10.1.2.3", False),
])  # fmt: skip
@pytest.mark.parametrize("variable", ["NO_PROXY", "no_proxy"])
def test_what_no_proxy_lists_is_reached_directly(
    listed: str, endpoint: str, variable: str, *, excepted: bool
) -> None:
    assert (proxy_for(endpoint, {"HTTPS_PROXY": PROXY, variable: listed}) is None) is excepted

#!/bin/sh
# NO_PROXY with a network, such as 10.0.0.0/8, does not keep httpx from the proxy.
#
# Guessed: httpx understands the same NO_PROXY as Terraform (Go), curl and requests, networks included.
# Seen with httpx 0.28.1 and requests 2.34.2 on Python 3.11: for NO_PROXY=127.0.0.0/8, requests connects directly to
# 127.0.0.1, and httpx asks the proxy, without a word. A network of one address, 127.0.0.1/32, works in both. An address
# with a port is the other way round: httpx connects directly, requests asks the proxy.
# So: a program on httpx that runs beside Terraform reads NO_PROXY itself where networks matter, or its documentation says it.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check httpx==0.28.1 requests==2.34.2
"$folder/venv/bin/python" - <<'PYTHON'
import http.server
import os
import threading

import httpx
import requests


def serving(name):
    """The port of a server that answers each request with the name."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(name)))
            self.end_headers()
            self.wfile.write(name.encode())

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


for name in list(os.environ):
    if name.lower().endswith("_proxy"):
        del os.environ[name]
os.environ["http_proxy"] = f"http://127.0.0.1:{serving('proxy')}"
port = serving("direct")
EXPECTED = {  # NO_PROXY: who answers httpx, and requests
    "": ("proxy", "proxy"),
    "127.0.0.1": ("direct", "direct"),
    "127.0.0.0/8": ("proxy", "direct"),
    "127.0.0.1/32": ("direct", "direct"),
    f"127.0.0.1:{port}": ("direct", "proxy"),
}
for no_proxy, expected in EXPECTED.items():
    os.environ["no_proxy"] = no_proxy
    url = f"http://127.0.0.1:{port}/"
    seen = httpx.get(url).text, requests.get(url).text
    print(f"no_proxy={no_proxy!r}: httpx {seen[0]}, requests {seen[1]}")
    assert seen == expected, expected
PYTHON

"""A throw-away PostgreSQL that speaks TLS, with whatever certificate a test wants."""

from pathlib import Path

from tests.support.certificates import Certificate
from tests.support.postgresql import Server
from tests.support.postgresql_binaries import Account, PostgreSQLError

_HBA = """
hostssl all all 127.0.0.1/32 scram-sha-256 {options}
host all all 127.0.0.1/32 {plain}
"""


def present(
    server: Server,
    certificate: Certificate | None,
    *,
    authority: str = "",
    asks: bool = False,
    only_encrypted: bool = False,
) -> None:
    """Let the server have a certificate, or no TLS, by starting it again.

    `authority` is who signs for clients; with `asks`, each of them needs a certificate. With `only_encrypted`, nobody
    comes in without TLS. Raises `PostgreSQLError` if the server was built without TLS.
    """
    with server.connect() as connection:
        row = connection.execute("SELECT setting FROM pg_settings WHERE name = 'ssl_library'").fetchone()
        if not row or not row[0]:
            raise PostgreSQLError("this PostgreSQL was built without TLS")
        connection.execute(f"ALTER SYSTEM SET ssl = {'on' if certificate else 'off'}".encode())
        for name in ("cert", "key", "ca"):
            file = f"{server.folder}/server.{name}" if authority or name != "ca" else ""
            connection.execute(f"ALTER SYSTEM SET ssl_{name}_file = '{file}'".encode())
    texts = {"cert": certificate.text, "key": certificate.key, "ca": authority} if certificate else {}
    texts["hba"] = _HBA.format(
        options="clientcert=verify-ca" if asks else "", plain="reject" if only_encrypted else "scram-sha-256"
    )
    for name, text in texts.items():
        path = Path(f"{server.folder}/server.{name}") if name != "hba" else server.folder / "data/pg_hba.conf"
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(text)
        Account.for_server().own(path)
    server.end()
    server.restart()

"""The credentials of a login to PostgreSQL, and TLS: their rules, and what libpq says of them when a login fails.

No message shows a value: any of them may be, or hold, a secret in the wrong place.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from krenalis_provider.model.attribute_path import ProviderPath
from krenalis_provider.model.errors import Problem, Verdict
from krenalis_provider.model.unknown import UNKNOWN
from krenalis_provider.model.value_rules import no_pem
from krenalis_provider.warehouses.errors import Meaning, warehouse_error
from krenalis_provider.warehouses.tls import unreadable

_LONGEST_PATH: Final = 1023
"""In bytes: libpq cuts a longer one."""
_CONTENT: Final = re.compile(r"-----BEGIN|LS0tLS1CRUdJTi|[\r\n]|^M[A-Za-z0-9+/]{99,}=*$")
"""What a path never has: the beginning of PEM, as it is or in base64, a line's end, or DER in base64."""

password_problem: Final = no_pem(
    "no password: write certificate and key into files, and set sslcert and sslkey in the provider's postgresql block to "
    "their paths"
)


def path_problem(path: str) -> str | None:
    """The mistake in the path of a file, if it is what is in the file."""
    if _CONTENT.search(path) or len(path.encode()) > _LONGEST_PATH:
        return "must be the path of a file, and not what is in it: write the path itself, without file(…)"
    return None


def parameters_problems(parameters: Mapping[str, Any]) -> Iterator[Problem]:
    """The broken rules between connection parameters; see `Platform.parameters_problems`."""
    if parameters.get("sslrootcert") == SYSTEM and parameters.get("sslmode", VERIFIED) not in (
        VERIFIED,
        UNKNOWN,
    ):
        yield Problem(
            parameter("sslmode"),
            f'must be "{VERIFIED}", or left out, where sslrootcert is "{SYSTEM}": anybody can have a certificate of these '
            "authorities, for another name.",
        )


def parameter(name: str) -> ProviderPath:
    """The path of a connection parameter."""
    return ProviderPath.of("postgresql", name)


SYSTEM: Final = "system"
"""The value of sslrootcert that means the machine's own authorities."""
VERIFIED: Final = "verify-full"
"""The value of sslmode with which the certificate and its names are verified."""


def require_files(given: Mapping[str, Any], elsewhere: Mapping[str, str]) -> None:
    """Raise `WarehouseError` unless the TLS files that these parameters of libpq name can be read.

    libpq goes on without a certificate that is not there, and without authorities if it need not verify. `elsewhere` has
    what the environment and a service file say: of them, only what is in a file and no path is refused.
    """
    from pathlib import Path  # noqa: PLC0415 - start-up: a validation has the rules of this module, and opens nothing

    for name in ("sslrootcert", "sslcert", "sslkey"):
        path = str(given.get(name) or "")
        if not path and path_problem(elsewhere.get(name, "")):
            raise warehouse_error(
                Verdict.CONTRADICTED,
                parameter(name),
                "Path of a file expected",
                f"PG{name.upper()}, or {name} of the service file, must be the path of a file, and not what is in it.",
            )
        if not path or path == SYSTEM or given.get("sslmode") == "disable":
            continue
        if reason := unreadable(Path(path)):
            home = ' "~" is not known here: write pathexpand("~/…").' if path.startswith("~") else ""
            raise warehouse_error(
                Verdict.ABSENT,
                parameter(name),
                "TLS file cannot be read",
                f"the file that {name} names cannot be read: {reason}. A relative path starts at the folder in which "
                f"Terraform runs.{home}",
            )


# fmt: off
_OPTIONS: Final = Meaning(
    Verdict.CONTRADICTED, "host", "Invalid connection parameters",
    "Check the provider's postgresql block, and what libpq takes from the environment and from a service file.",
    ProviderPath.of("postgresql"),
)
_TLS: Final = {
    "server does not support SSL": Meaning(
        Verdict.ABSENT, "sslmode", "PostgreSQL has no TLS",
        "Turn it on there (ssl = on in postgresql.conf), and check that host and port lead to the right server. TLS is demanded by "
        "sslmode in the provider's postgresql block or, where that has none, by PGSSLMODE or a service file: the block's "
        'sslmode = "prefer" wins over them, and does without TLS where the server has none.',
    ),
    "invalid sslmode value": Meaning(
        Verdict.CONTRADICTED, "sslmode", "Invalid connection parameters",
        "The value comes from PGSSLMODE or a service file, because the provider's postgresql block has no sslmode. Correct or unset it "
        "there, or set sslmode in the block: to disable, allow, prefer, require, verify-ca or verify-full.",
    ),
    "certificate verify failed": Meaning(
        Verdict.CONTRADICTED, "sslrootcert", "PostgreSQL's certificate does not verify",
        "Set sslrootcert to the file of the authority that signed it, and let the server have a valid one.",
    ),
    "does not match host name": Meaning(
        Verdict.CONTRADICTED, "sslmode", "PostgreSQL's certificate has another name",
        "Name the server in host as its certificate does. If it is reached by a tunnel, a proxy or an IP address, set "
        'sslmode = "verify-ca" in the provider\'s postgresql block, and sslrootcert to the file of its authority: then the '
        "authority is verified, and the name is not.",
    ),
    "root certificate file": Meaning(
        Verdict.ABSENT, "sslrootcert", "Certificate authorities cannot be read",
        "Set sslrootcert to a file in PEM form with the certificate of the authority that signs for the server, or to "
        '"system" for the authorities of the machine.',
    ),
    "could not (open|read) certificate file": Meaning(
        Verdict.ABSENT, "sslcert", "Invalid client certificate",
        "The file must have the client's certificate in PEM form.",
    ),
    "private key file .* (group or world access|not a regular file|must be owned)": Meaning(
        Verdict.ABSENT, "sslkey", "Private key is open to others", "Run chmod 600 on the file that sslkey names.",
    ),
    "key values mismatch|certificate present, but not|certificate does not match private key": Meaning(
        Verdict.ABSENT, "sslkey", "No key for the client's certificate",
        "Set sslcert and sslkey to the two files that belong together.",
    ),
    "could not load private key": Meaning(
        Verdict.ABSENT, "sslkey", "Invalid private key",
        "The file must have the whole key in PEM form. If the key is encrypted, set sslpassword in the provider's "
        "postgresql block.",
    ),
    "alert (unknown ca|bad certificate|certificate|unsupported certificate)|valid client certificate": Meaning(
        Verdict.ABSENT, "sslcert", "PostgreSQL refuses the client's certificate",
        "Set sslcert to a valid certificate of an authority that the server trusts (ssl_ca_file there), and sslkey to its "
        "key.",
    ),
}
"""By libpq's words, which are English in a program that sets no locale; at a connection parameter."""
# fmt: on
_WITHOUT_TLS: Final = (None, "28000")
"""SQLSTATEs of a login without the TLS that was tried before."""


def failure_of_the_client(text: str, code: str | None) -> Meaning | None:
    """The meaning of a login that TLS or libpq's own parameters stopped, by what psycopg and the server say."""
    for words, meaning in _TLS.items():
        if code in _WITHOUT_TLS and re.search(words, text):
            return meaning._replace(path=parameter(meaning.setting))
    if code is None and text.startswith("connection is bad: ") and "connection to server" not in text:
        return _OPTIONS
    return None

"""The detached signature of a release's checksums, by GnuPG with a key ring of its own."""

import subprocess
import tempfile
from pathlib import Path

_TAKEN = {"1": "RSA", "17": "DSA"}  # the registry takes no others; numbers as in RFC 4880, 9.1


def sign(sums: Path, key: str, passphrase: str) -> None:
    """Write the signature beside the checksums; without a key, remove that of a run before.

    `key` is a secret key in ASCII armour. Ends the program if it is of a kind that the registry does not take.
    """
    signature = sums.with_name(f"{sums.name}.sig")
    signature.unlink(missing_ok=True)
    if not key:
        return
    with tempfile.TemporaryDirectory(prefix="release-") as home:
        try:
            _gpg(home, "--import", given=key)
            secret = [
                line.split(":") for line in _gpg(home, "--with-colons", "--list-secret-keys").splitlines()
            ]
            # GnuPG signs with the subkey if there is one for it, and with the primary key else
            kinds = {line[3] for line in secret if line[0] == "sec" or (line[0] == "ssb" and "s" in line[11])}
            if not kinds <= _TAKEN.keys():
                raise SystemExit("The registry takes signatures by RSA and DSA keys alone")
            options = ("--pinentry-mode", "loopback", "--passphrase-fd", "0")
            _gpg(home, *options, "--output", str(signature), "--detach-sign", str(sums), given=passphrase)
        finally:
            subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=True)


def _gpg(home: str, *words: str, given: str = "") -> str:
    run = subprocess.run(
        ["gpg", "--batch", "--homedir", home, *words],
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        raise SystemExit(f"gpg {words[0]} failed: {run.stderr}")
    return run.stdout

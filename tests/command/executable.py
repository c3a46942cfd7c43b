"""The executable, as people and jobs start it."""

import subprocess

from tests.support.terraform_process import KRENALIS


def run(*arguments: str, given: bytes | None = None, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Start it, with something on standard input, and with environment variables."""
    environment = {"PATH": "/usr/bin:/bin", **variables}
    done = subprocess.run(
        [KRENALIS.path, *arguments],
        input=given,
        capture_output=True,
        check=False,
        env=environment,
        timeout=300,
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())

"""What one start was given is in no other process: not in the warm parent, in no spare, in no later start."""

import os
import secrets
import sys
from pathlib import Path

import pytest

from tests.support.host import Host
from tests.support.plugin import Plugin, shut_down, started_by
from tests.support.remote_caller import RemoteCaller
from tests.support.warm_parents import holds, warm_parent, way
from tests.support.workspace_calls import WorkspaceCalls
from tests.support.workspaces import profile_schema

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="there is no warm start elsewhere"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may read the memory of others everywhere"),
]


class Nowhere:
    """A warehouse that no test connects to."""

    platform = "PostgreSQL"

    def __init__(self, password: str) -> None:
        self.password = password

    def settings(self) -> dict[str, object]:
        where = {"host": "db.invalid", "port": 5432, "username": "u", "database": "d", "schema": "s"}
        return {**where, "password": self.password}

    def parameters(self) -> dict[str, str]:
        return {}


def plan(plugin: Plugin, password: str) -> None:
    """Let a configured provider plan a workspace, which it does not look for."""
    with plugin.channel() as channel:
        caller = RemoteCaller(channel)
        caller.configure({})
        calls = WorkspaceCalls(Nowhere(password), caller)
        assert calls.plan(calls.config(profile_schema(), plan_check="off")).errors == []


def test_a_secret_of_one_start_is_in_no_other_process_and_no_log() -> None:
    password, variable, own = (secrets.token_hex(16) for _ in range(3))
    given = {"PGPASSWORD": variable, "UNRELATED": own, "TF_LOG": "TRACE"}
    with Host() as host:
        for number in range(2):  # the first start, which begins the warm parent, and a later one
            with started_by(host, given) as plugin:
                plan(plugin, password)
                assert way(host) == "later"  # for a spare meanwhile
                parent = warm_parent(host.pid)

                # these first: they end after some time without a start
                for pid in (parent.pid, *parent.spares):
                    assert holds(pid, password, variable, own) == set()
                (serving,) = parent.serving
                for secret in (password, variable, own):
                    assert holds(serving, secret) == {"memory"}, (
                        f"start {number} does not show what is looked for"
                    )
                assert holds(plugin.process.pid, variable) >= {"memory", "environ"}
                shut_down(plugin)
                assert plugin.process.stderr
                log = plugin.process.stderr.read().decode()
                assert '"PlanResourceChange"' in log
                assert not {secret for secret in (password, variable, own) if secret in log}

        with started_by(host) as plugin:
            plan(plugin, secrets.token_hex(16))
            assert way(host) == "later"
            parent = warm_parent(host.pid)
            for pid in (parent.pid, *parent.spares, *parent.serving):
                assert holds(pid, password, variable, own) == set()


def test_what_the_warm_parent_has_of_the_environment_is_what_libraries_read_once() -> None:
    given = {"LC_ALL": "C.UTF-8", "TZ": "UTC", "SSL_CERT_DIR": "/nowhere", "PGHOST": "db", "HTTPS_PROXY": "p"}
    with Host() as host, started_by(host, given) as plugin:
        assert way(host, given) == "later"  # for a spare meanwhile
        parent = warm_parent(host.pid)
        for pid in (parent.pid, *parent.spares, *parent.serving):
            words = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
            names = {word.partition(b"=")[0].decode() for word in words if word}
            assert {"LC_ALL", "TZ", "SSL_CERT_DIR"} <= names
            assert {name.partition("_")[0] for name in names} <= {"LC", "LANG", "TZ", "SSL", "LD", "LANGUAGE"}
        shut_down(plugin)

"""The state of a process that serves: a forked one has what a cold one has, and random numbers of its own."""

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.bundle import LIBRARIES, bundle
from tests.support.host import Host
from tests.support.plugin import started_by
from tests.support.warm_parents import DEBUG, ended

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is no warm start elsewhere")

# takes the place of gRPC, so that a warm parent imports it before it forks
TELLS = f"""
import gc, json, locale, os, random, resource, signal, sys, threading, time, uuid
del sys.modules["grpc"]
sys.path.insert(0, {str(LIBRARIES)!r})
import grpc
sys.path.remove({str(LIBRARIES)!r})
from tfplugin.process import Process

serve = Process.serve

def tell(*arguments, **others):
    limits = [name for name in dir(resource) if name.startswith("RLIMIT_")]
    umask = os.umask(0o077)
    alike = {{
        "environment": dict(os.environ),
        "arguments": sys.argv,
        "path": sys.path,
        "folder": os.getcwd(),
        "umask": umask,
        "limits": {{name: resource.getrlimit(getattr(resource, name)) for name in limits}},
        "rights": [os.getresuid(), os.getresgid(), os.getgroups(), os.nice(0), sorted(os.sched_getaffinity(0))],
        "ignored": [number for number in range(1, 65) if signal.getsignal(number) is signal.SIG_IGN],
        "default": [number for number in range(1, 65) if signal.getsignal(number) is signal.SIG_DFL],
        "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
        "main thread": threading.current_thread() is threading.main_thread(),
        "interpreter": [list(sys.flags), sys.dont_write_bytecode, sys.getrecursionlimit(), sys.getswitchinterval()],
        "files": [sys.getfilesystemencoding(), locale.setlocale(locale.LC_ALL)],
        "clock": [time.tzname, abs(time.time() - os.stat("/proc/self").st_ctime) < 60],
        "streams": [os.get_inheritable(stream) for stream in range(3)],
    }}
    own = [random.random(), random.Random().random(), os.urandom(8).hex(), str(uuid.uuid4()), str(uuid.uuid1())]
    os.write(2, json.dumps({{"@message": "state", "alike": alike, "own": own}}).encode() + b"\\n")
    serve(*arguments, **others)

Process.serve = tell
"""


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What starts have, by the way they took."""
    program = bundle(tmp_path_factory.mktemp("bundle") / "it", modules={"grpc": TELLS}).path
    folder = tmp_path_factory.mktemp("folder")
    found = {}
    with Host() as host:
        for number, more in enumerate(
            ({}, {}, {}, {"KRENALIS_WARM_START": "off"}, {"KRENALIS_WARM_START": "off"})
        ):
            variables = {**DEBUG, "PGHOST": "db", "UNRELATED": "ä", **more}
            with started_by(host, variables, program=program, folder=folder) as plugin:
                log = ended(plugin)
            (state,) = [line for line in log if line["@message"] == "state"]
            (way,) = [line["way"] for line in log if line["@message"] == "Started"]
            found[f"{way} {number}"] = state
    return found


def test_it_is_alike_in_all_ways(states: dict[str, Any]) -> None:
    assert [way.partition(" ")[0] for way in states] == ["first", "later", "later", "cold:", "cold:"]
    alike = [state["alike"] for state in states.values()]
    for each in alike:
        each["environment"].pop("KRENALIS_WARM_START", None)
    for name, cold in alike[-1].items():
        for way, each in zip(states, alike, strict=True):
            assert each[name] == cold, f"{way}: {name}"


def test_no_two_have_the_same_random_numbers(states: dict[str, Any]) -> None:
    own = [number for state in states.values() for number in state["own"]]
    assert len(set(own)) == len(own)


def test_a_folder_is_the_start_s_own(states: dict[str, Any]) -> None:
    assert len({state["alike"]["folder"] for state in states.values()}) == 1
    assert Path(next(iter(states.values()))["alike"]["folder"]).name == "folder0"

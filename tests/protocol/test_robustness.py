"""A provider's code that misbehaves, and many or long calls of it: each is answered, and nothing that was made is lost.

What clients do to a provider is in `test_hostile_clients`; fifty creations at once, while stopping is answered, are in
`test_server`; messages of many megabytes, and fifty calls at once of the executable, in `test_process`.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.protocol.example_provider import STORE, ExampleProvider, Thing
from tests.support.example import example_executable
from tests.support.hold import Hold
from tests.support.plugin import Caller, Plugin, Told, call, shut_down, started
from tests.support.processes import SECONDS, wait_until_ended
from tests.support.serving import serving
from tests.support.terraform import Terraform
from tfplugin._generated import tfplugin6_pb2 as pb
from tfplugin.cty import UNKNOWN
from tfplugin.provider import ProviderRequest
from tfplugin.resource import (
    CreateRequest,
    DeleteRequest,
    ImportRequest,
    Planned,
    PlanRequest,
    ReadRequest,
    Resource,
    Result,
    UpdateRequest,
    ValidateRequest,
)

PRIOR: dict[str, Any] = {"id": "1", "revision": 1, "name": "a", "colour": "red", "kept": "kept"}
PLANNED: dict[str, Any] = {**PRIOR, "id": UNKNOWN, "revision": UNKNOWN, "kept": UNKNOWN}


class Misbehaving(Thing):
    """Answers every call with what its client does, which is given the call's diagnostics."""

    client: Any

    def validate(self, request: ValidateRequest) -> None:
        self.client(request.diagnostics)

    def plan(self, request: PlanRequest) -> Planned:
        return self.client(request.diagnostics)  # type: ignore[no-any-return]  # nonsense is what it is for

    def create(self, request: CreateRequest) -> Result:
        return self.client(request.diagnostics)  # type: ignore[no-any-return]  # as above

    def read(self, request: ReadRequest) -> Result:
        return self.client(request.diagnostics)  # type: ignore[no-any-return]  # as above

    def update(self, request: UpdateRequest) -> Result:
        return self.client(request.diagnostics)  # type: ignore[no-any-return]  # as above

    def upgraders(self) -> Mapping[int, Callable[[Any], dict[str, Any]]]:
        return {0: lambda _: self.client(None)}

    def import_state(self, request: ImportRequest) -> Result:
        return self.client(request.diagnostics)  # type: ignore[no-any-return]  # as above

    def delete(self, request: DeleteRequest) -> None:
        self.client(request.diagnostics)


class MisbehavingProvider(ExampleProvider):
    def __init__(self, act: Callable[[Any], Any]) -> None:
        self.act = act

    def configure(self, _: ProviderRequest) -> Any:
        return self.act

    def resources(self) -> dict[str, type[Resource]]:
        return {"example_thing": Misbehaving}


@pytest.fixture
def misbehaving() -> Caller:
    return Caller(MisbehavingProvider(lambda _: None))


def requests(caller: Caller) -> dict[str, tuple[str, Any]]:
    """Every call that reaches a resource's code: what it is for, the handler's module and a request."""
    name, type_ = "example_thing", caller.type_of("example_thing")
    prior, planned = caller.wire(type_, PRIOR), caller.wire(type_, PLANNED)
    config, null = caller.wire(type_, {"name": "a"}), caller.wire(type_, None)
    apply = pb.ApplyResourceChange.Request
    return {
        "validate": (
            "validate_resource_config",
            pb.ValidateResourceConfig.Request(type_name=name, config=config),
        ),
        "plan": (
            "plan_resource_change",
            pb.PlanResourceChange.Request(type_name=name, config=config, proposed_new_state=config),
        ),
        "create": ("apply_resource_change", apply(type_name=name, planned_state=planned, config=config)),
        "read": ("read_resource", pb.ReadResource.Request(type_name=name, current_state=prior)),
        "update": (
            "apply_resource_change",
            apply(type_name=name, prior_state=prior, planned_state=planned, config=config),
        ),
        "upgrade": (
            "upgrade_resource_state",
            pb.UpgradeResourceState.Request(type_name=name, version=0, raw_state=pb.RawState(json=b"{}")),
        ),
        "import": ("import_resource_state", pb.ImportResourceState.Request(type_name=name, id="1")),
        "delete": ("apply_resource_change", apply(type_name=name, prior_state=prior, planned_state=null)),
    }


def told_by_each_call(caller: Caller, act: Callable[[Any], Any]) -> dict[str, list[Told]]:
    caller.session.client = act
    return {
        purpose: [Told.of(diagnostic) for diagnostic in caller.call(module, request).diagnostics]
        for purpose, (module, request) in requests(caller).items()
    }


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("not even its text can be had")


def endless() -> Any:
    return endless()


def raising(error: BaseException) -> Callable[[Any], Any]:
    def act(_: Any) -> Any:
        raise error

    return act


RAISED: dict[str, Callable[[Any], Any]] = {
    "an error": raising(ValueError("no")),
    "an error without a text": raising(ValueError()),
    "an error whose text cannot be had": raising(Unspeakable()),
    "an error that no encoding has": raising(ValueError("\udcff")),
    "a group of errors": raising(ExceptionGroup("several", [ValueError("one"), KeyError("two")])),
    "an endless recursion": lambda _: endless(),
    "no memory": raising(MemoryError()),
    "the end of the process": raising(SystemExit(3)),
    "an interrupt": raising(KeyboardInterrupt()),
    "a cancellation": raising(asyncio.CancelledError()),
    "the end of a generator": raising(GeneratorExit()),
}


@pytest.mark.parametrize("act", RAISED.values(), ids=RAISED)
def test_whatever_a_resource_raises_is_a_diagnostic_without_a_trace(
    misbehaving: Caller, act: Callable[[Any], Any]
) -> None:
    for purpose, told in told_by_each_call(misbehaving, act).items():
        assert [(one.severity, one.summary) for one in told] == [
            ("error", "Unexpected error in the provider")
        ], purpose
        assert "Traceback" not in told[0].detail
        assert "File " not in told[0].detail


def state(**changed: Any) -> Result:
    type_ = Thing.schema().type
    return Result({**dict.fromkeys(type_.attributes), **PRIOR, **changed})


NONSENSE: dict[str, Any] = {
    "nothing": None,
    "a text": "done",
    "a state that is a text": Result("done"),  # type: ignore[arg-type]  # nonsense
    "a state that is a list": Result([1]),  # type: ignore[arg-type]  # nonsense
    "a state with an attribute too many": state(nonsense=1),
    "a function": state(name=lambda: "a"),
    "a set": state(labels={"a"}),
    "a list for a set, of what cannot be compared": state(bags=[{"weight": 1}, [{}]]),
    "bytes": state(name=b"a"),
    "a number for a text": state(name=1),
    "no number": state(size=float("nan")),
    "no decimal number": state(size=Decimal("sNaN")),
    "a number of too many digits": state(size=10**100_000),
    "a map with a key that is no text": state(labels={1: "a"}),
    "half a pair of surrogates": state(name="\ud800"),
    "half a pair of surrogates as a key": state(labels={"\ud800": "a"}),
    "bare data where any type may be": state(anything={"a": 1}),
    "private data that is no object": Result(state().state, "mine"),  # type: ignore[arg-type]  # nonsense
    "private data that is no JSON": Result(state().state, {"a": {1}}),
    "private data with a number of too many digits": Result(state().state, {"a": 10**5000}),
}


@pytest.mark.parametrize("answer", NONSENSE.values(), ids=NONSENSE)
def test_whatever_a_resource_returns_is_an_answer_or_a_diagnostic(misbehaving: Caller, answer: Any) -> None:
    told = told_by_each_call(misbehaving, lambda _: answer)

    assert told.pop("validate") == told.pop("delete") == []  # nobody looks at what they return
    for purpose, ones in told.items():
        assert [one.severity for one in ones] == ["error"], purpose
        assert "Traceback" not in ones[0].detail


@pytest.mark.parametrize("answer", NONSENSE.values(), ids=NONSENSE)
def test_what_was_made_is_kept_however_it_is_described(misbehaving: Caller, answer: Any) -> None:
    misbehaving.session.client = lambda _: answer
    module, request = requests(misbehaving)["create"]

    response = misbehaving.call(module, request)

    kept = misbehaving.read(misbehaving.type_of("example_thing"), response.new_state)
    assert kept["name"] == "a"


DIAGNOSTICS: dict[str, Callable[[Any], None]] = {
    "an exception for a text": lambda diagnostics: diagnostics.error("Bad", ValueError("no")),
    "an exception for a summary": lambda diagnostics: diagnostics.error(ValueError("no")),
    "nothing": lambda diagnostics: diagnostics.error(None, None, None),
    "a text for a path": lambda diagnostics: diagnostics.error("Bad", "no", "name"),
    "a list": lambda diagnostics: diagnostics.error(["Bad"]),
    "half a pair of surrogates": lambda diagnostics: diagnostics.error("\ud800", "\ud800"),
    "a million lines": lambda diagnostics: diagnostics.error("Bad", "no\n" * 1_000_000),
}


@pytest.mark.parametrize("report", DIAGNOSTICS.values(), ids=DIAGNOSTICS)
def test_a_diagnostic_of_the_wrong_type_is_still_one_and_costs_no_state(
    misbehaving: Caller, report: Callable[[Any], None]
) -> None:
    def act(diagnostics: Any) -> Result:
        report(diagnostics)
        return state()

    misbehaving.session.client = act
    module, request = requests(misbehaving)["update"]

    response = misbehaving.call(module, request)

    assert [Told.of(diagnostic).severity for diagnostic in response.diagnostics] == ["error"]
    assert misbehaving.read(misbehaving.type_of("example_thing"), response.new_state)["name"] == "a"


def test_no_field_that_is_left_out_is_an_unexpected_error(caller: Caller) -> None:
    for purpose, (module, request) in requests(caller).items():
        for field, _ in request.ListFields():
            lacking = type(request)()
            lacking.CopyFrom(request)
            lacking.ClearField(field.name)

            answer = caller.call(module, lacking)

            summaries = [diagnostic.summary for diagnostic in answer.diagnostics]
            assert "Unexpected error in the provider" not in summaries, f"{purpose} without {field.name}"


@contextmanager
def configured(act: Callable[[Any], Any], folder: Path) -> Iterator[tuple[grpc.Channel, Caller]]:
    """A connection to a configured provider whose calls do this, and what makes requests of it."""
    provider = MisbehavingProvider(act)
    caller = Caller(provider)
    block = caller.wire(caller.session.provider_schema.type, {})
    with serving(lambda: provider, folder) as channel:
        request = pb.ConfigureProvider.Request(config=block)
        call(channel, "ConfigureProvider", request, pb.ConfigureProvider.Response)
        yield channel, caller


def test_a_call_that_would_end_the_process_is_answered_and_so_is_the_next(tmp_path: Path) -> None:
    with configured(raising(SystemExit(3)), tmp_path) as (channel, caller):
        _, request = requests(caller)["create"]
        for _ in range(2):
            answer = call(channel, "ApplyResourceChange", request, pb.ApplyResourceChange.Response)
            assert answer.diagnostics[0].detail.startswith("SystemExit: 3\n")


def test_a_state_of_many_megabytes_comes_through_every_call(tmp_path: Path) -> None:
    labels: Any = {f"{number:04}": "é" * 1000 for number in range(4000)}  # 8 MB
    with configured(lambda _: state(labels=labels), tmp_path) as (channel, caller):
        type_ = caller.type_of("example_thing")
        _, create = requests(caller)["create"]
        create.planned_state.CopyFrom(caller.wire(type_, {**PLANNED, "labels": labels}))
        made = call(channel, "ApplyResourceChange", create, pb.ApplyResourceChange.Response)
        read = call(
            channel,
            "ReadResource",
            pb.ReadResource.Request(type_name="example_thing", current_state=made.new_state),
            pb.ReadResource.Response,
        )

    assert len(made.new_state.msgpack) > 8_000_000
    assert caller.read(type_, read.new_state)["labels"] == labels
    assert not [*made.diagnostics, *read.diagnostics]


@contextmanager
def creating(folder: Path, hold: Hold, *, grace: float | None = None) -> Iterator[tuple[Plugin, Future[Any]]]:
    """A process of the example provider, and a creation in it that is held.

    `grace`: seconds that calls in flight have at the end, where it is not as long as always.
    """
    caller = Caller(ExampleProvider())
    block = caller.wire(caller.session.provider_schema.type, {})
    _, create = requests(caller)["create"]
    environment = {STORE: str(folder / "store")}
    program = example_executable(folder / "bin").path
    if grace is not None:
        changed = f"from tfplugin import process\n\nprocess._GRACE = {grace}\nserve("
        program.write_text(program.read_text().replace("\nserve(", f"\n{changed}"))
        assert changed in program.read_text()
    with (
        started(environment, program=program) as plugin,
        plugin.channel() as channel,
        ThreadPoolExecutor() as pool,
    ):
        configure = pb.ConfigureProvider.Request(config=block)
        call(channel, "ConfigureProvider", configure, pb.ConfigureProvider.Response)
        creation = pool.submit(call, channel, "ApplyResourceChange", create, pb.ApplyResourceChange.Response)
        hold.wait_for(1)
        yield plugin, creation


def test_the_end_waits_a_moment_for_a_call_in_flight(tmp_path: Path, hold: Hold) -> None:
    # a moment is too short for a busy machine
    with creating(tmp_path, hold, grace=SECONDS) as (plugin, creation):
        shut_down(plugin)
        hold.release()

        assert not creation.result(SECONDS).diagnostics
        assert plugin.process.wait(SECONDS) == 0
        assert not Path(plugin.socket).parent.exists()


def test_the_end_does_not_wait_for_ever_for_a_call_in_flight(tmp_path: Path, hold: Hold) -> None:
    with creating(tmp_path, hold) as (plugin, creation):
        shut_down(plugin)

        error = creation.exception(SECONDS)
        assert isinstance(error, grpc.RpcError)
        assert plugin.process.wait(SECONDS) == 0
        assert not Path(plugin.socket).parent.exists()


def test_it_ends_when_terraform_was_killed_in_the_middle_of_a_creation(
    any_example: Terraform, temporary: Path, hold: Hold
) -> None:
    any_example.environment["TMPDIR"] = str(temporary)
    any_example.write('resource "example_thing" "one" {\n  name = "one"\n}\n')
    terraform = any_example.start("apply", "-auto-approve")
    (provider,) = hold.wait_for(1)
    assert list(temporary.glob("plugin*/provider"))

    terraform.process.kill()

    wait_until_ended(provider)
    assert not list(temporary.glob("plugin*"))

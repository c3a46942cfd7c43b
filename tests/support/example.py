"""The example provider of tests/protocol as a program, and Terraform with it."""

import base64
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.protocol.example_provider import STORE, THING
from tests.protocol.example_store import Things
from tests.support.terraform import Terraform
from tests.support.terraform_process import Executable, ProviderExecutable
from tfplugin.cty import json_codec

ADDRESS = "registry.terraform.io/test/example"
_ROOT = Path(__file__).parents[2]


def example_executable(folder: Path) -> ProviderExecutable:
    """Write the program into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "terraform-provider-example"
    program.write_text(
        f"""#!{sys.executable}
import sys

sys.path[:0] = [{str(_ROOT)!r}, {str(_ROOT / "provider")!r}]
from tfplugin.process import serve


def load():
    from tests.protocol.example_provider import ExampleProvider

    return ExampleProvider()


serve({ADDRESS!r}, load)
"""
    )
    program.chmod(0o755)
    return ProviderExecutable(ADDRESS, program)


def example_terraform(executable: Executable, folder: Path) -> Terraform:
    """Terraform with the example provider, whose things are in ``store`` below the folder."""
    terraform = Terraform(
        executable,
        folder / "configuration",
        provider=example_executable(folder / "bin"),
        environment={STORE: str(folder / "store")},
    )
    required = 'terraform {\n  required_providers {\n    example = { source = "test/example" }\n  }\n}\n'
    terraform.write("", files={"providers.tf": required})
    return terraform


def many_things(count: int) -> str:
    """A configuration of that many things, as large as things usually are."""
    return f"""
resource "example_thing" "many" {{
  count    = {count}
  name     = "thing ${{count.index}}"
  secret   = "secret"
  anything = {{ number = 0.1, list = [1, "two", null, true] }}
  labels   = {{ environment = "production", team = "data" }}
  place    = {{ country = "IT", note = "by the sea" }}
  parts    = [{{ kind = "big" }}, {{ kind = "small", spare = true }}]
}}
"""


def thing(name: str = "one", body: str = "", *, address: str = "one") -> str:
    """The block of ``example_thing.<address>``; `body` is the rest of it."""
    return f'resource "example_thing" "{address}" {{\n  name = "{name}"\n  {body}\n}}\n'


def attributes(name: str, **others: Any) -> dict[str, Any]:
    """The state of a thing as its creation leaves it; its id is its name."""
    made = {"id": name, "revision": 1, "name": name, "colour": "red", "kept": "kept", **others}
    return {**dict.fromkeys(THING.type.attributes), **made}


def given(terraform: Terraform, store: Things, *names: str) -> None:
    """Let things exist, and the state know them; the name is their address and id as well."""
    instances = {}
    for name in names:
        store.existing[name] = attributes(name)
        instances[name] = [{"attributes": json.loads(json_codec.encode(THING.type, attributes(name)))}]
    write_state(terraform, instances)


def write_state(terraform: Terraform, things: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Write the state file that an earlier Terraform would have left: instances of things by name."""
    resources = [
        {
            "mode": "managed",
            "type": "example_thing",
            "name": name,
            "provider": f'provider["{ADDRESS}"]',
            "instances": [{"schema_version": THING.version, **instance} for instance in instances],
        }
        for name, instances in things.items()
    ]
    state = {
        "version": 4,
        "terraform_version": "1.11.0",
        "serial": 1,
        "lineage": "test",
        "resources": resources,
    }
    (terraform.folder / "terraform.tfstate").write_text(json.dumps(state))


def stored(terraform: Terraform) -> dict[str, Any]:
    """The only instance in the state file, with what ``terraform show`` leaves out."""
    state = json.loads((terraform.folder / "terraform.tfstate").read_text())
    ((instance,),) = (resource["instances"] for resource in state["resources"])
    found: dict[str, Any] = instance
    return found


def private(terraform: Terraform) -> Any:
    """The private data of the only instance in the state file."""
    return json.loads(base64.b64decode(stored(terraform)["private"]))

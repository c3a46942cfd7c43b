"""Sources as bytecode that depends on nothing but the sources and the interpreter.

A process of its own compiles, with an empty environment, because what `marshal` writes depends on which objects are in use
elsewhere in the process. The names of files in tracebacks are relative.

Source: PEP 552.
"""

import json
import subprocess
import sys
from collections.abc import Mapping

# reads names and sources from stdin, and writes what it has made to stdout, both as JSON; bytes are spelled in Latin-1
_PROGRAM = """\
import json, marshal, sys
from importlib.util import MAGIC_NUMBER, source_hash
head = MAGIC_NUMBER + (1).to_bytes(4, "little")
made = {}
for name, source in json.load(sys.stdin).items():
    source = source.encode("latin-1")
    try:
        code = compile(source, name, "exec", dont_inherit=True, optimize=0)
    except (SyntaxError, ValueError) as error:
        sys.exit(f"{name}: {error}")
    made[name] = (head + source_hash(source) + marshal.dumps(code)).decode("latin-1")
json.dump(made, sys.stdout)
"""


class NotCompiled(Exception):
    """A source that the interpreter does not understand; the text names it."""


def compiled(sources: Mapping[str, bytes]) -> dict[str, bytes]:
    """The content of a ``.pyc`` file for each, which is never compared with a source. Raises `NotCompiled`."""
    text = {name: source.decode("latin-1") for name, source in sorted(sources.items())}
    run = subprocess.run(  # noqa: S603 - the running interpreter
        [sys.executable, "-I", "-S", "-B", "-W", "ignore", "-c", _PROGRAM],
        input=json.dumps(text).encode(),
        env={},
        capture_output=True,
        check=False,
    )
    if run.returncode:
        *_, said = run.stderr.decode(errors="replace").strip().split("\n")
        raise NotCompiled(said or f"the interpreter that compiles ends with {run.returncode}")
    made: dict[str, str] = json.loads(run.stdout)
    return {name: content.encode("latin-1") for name, content in made.items()}

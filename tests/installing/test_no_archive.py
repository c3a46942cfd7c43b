"""Why no archive can be made, in words for whoever asks for one."""

import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest

from krenalis_provider.bundle import elf, interpreter, libraries
from krenalis_provider.bundle.bytecode import NotCompiled, compiled
from krenalis_provider.bundle.libraries import IncompleteInstallation
from krenalis_provider.bundle.markers import UnknownMarker
from krenalis_provider.command import line


def test_a_library_that_is_not_installed_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_grpc(name: str) -> Distribution:
        if name == "grpcio":
            raise PackageNotFoundError(name)
        return distribution(name)

    monkeypatch.setattr(libraries, "distribution", without_grpc)
    monkeypatch.setenv("HOME", str(tmp_path))

    with pytest.raises(SystemExit) as ended:
        line.main(["install"])

    assert ended.value.code == 1
    assert capsys.readouterr().err.endswith("error: the library grpcio is not installed\n")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ("Requires-Dist: ?", r"^other needs '\?', which is no name$"),
        ("Requires-Dist: other; python_version ~= '3.1'", r"^python_version ~= '3.1' is a condition"),
        ("", "nothing tells which files other consists of"),
    ],
)
def test_a_library_whose_installation_tells_too_little_is_named(
    about: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "METADATA").write_text(f"Name: other\n{about}\n")
    monkeypatch.setattr(libraries, "distribution", lambda name: Distribution.at(tmp_path))

    with pytest.raises((IncompleteInstallation, UnknownMarker), match=said):
        list(libraries.files())


def test_a_source_that_is_none_is_named() -> None:
    with pytest.raises(NotCompiled, match=r"^b/c\.py: [^\n]*$"):
        compiled({"a.py": b"", "b/c.py": b"x = (\n"})


def test_a_binary_of_another_architecture_is_refused() -> None:
    with pytest.raises(elf.UnsupportedBinary, match="64-bit little-endian"):
        elf.Elf(b"\x7fELF\x01\x01" + bytes(99))


@pytest.mark.skipif(sys.platform != "linux", reason="it is about the dynamic loader of Linux")
def test_a_binary_whose_library_is_missing_is_named(tmp_path: Path) -> None:
    program = interpreter.program().read_bytes()
    needed = elf.Elf(program).needed[0].encode()
    binary = tmp_path / "program"
    binary.write_bytes(program.replace(needed + b"\0", b"x" * len(needed) + b"\0"))

    with pytest.raises(elf.UnsupportedBinary, match=f"{binary}.* x{{{len(needed)}}}\\b"):
        interpreter.shared_libraries([binary])

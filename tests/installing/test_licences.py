"""Each part of the archive has a licence text, or a line which says that none was found."""

import os
import re
from pathlib import Path
from zipfile import ZipFile

import pytest

from krenalis_provider.bundle import interpreter, packages, standard_library
from krenalis_provider.bundle.licences import BUNDLED, LIST
from tests.support.bundle import PYTHON
from tests.support.workflow import tools

RPM = """#!/bin/sh
case "$1" in
-qf) case "$4" in */libz.so.1) printf 'zlib-1.src.rpm\\tzlib\\t1.2.11-25.el8\\n' ;;
     */libstdc++.so.6) printf 'gcc-8.src.rpm\\tlibstdc++\\t8.5.0-22.el8\\n' ;;
     *) exit 1 ;; esac ;;
-qa) printf 'zlib-1.src.rpm\\tzlib\\tl\\t{folder}/zlib/README\\n'
     printf 'zlib-1.src.rpm\\tzlib\\t\\t{folder}/zlib/libz.so.1\\n'
     printf 'gcc-8.src.rpm\\tlibgcc\\tl\\t{folder}/libgcc/COPYING\\n'
     printf 'gcc-8.src.rpm\\tlibgcc\\tl\\t{folder}/libgcc/COPYING.gone\\n' ;;
esac
"""


@pytest.fixture(scope="module")
def contents(archive: Path) -> dict[str, bytes]:
    with ZipFile(archive) as files:
        return {each.filename: files.read(each) for each in files.infolist()}


@pytest.fixture(scope="module")
def told(contents: dict[str, bytes]) -> dict[str, list[str]]:
    """What the list says: the texts of each place, or none."""
    lines = contents[LIST].decode().partition("\n\n")[2].splitlines()
    found: dict[str, list[str]] = {}
    for line in lines:
        if line.startswith("no text found: "):
            found[line.rpartition(", ")[2]] = []
        else:
            what, _, texts = line.partition(": ")
            found[what.rpartition(", ")[2]] = texts.split(", ")
    return found


def test_every_shared_library_has_a_text_or_a_line(
    contents: dict[str, bytes], told: dict[str, list[str]]
) -> None:
    shared = {name for name in contents if re.fullmatch(r"lib/[^/]+\.(so\b.*|dylib)", name)}
    bundled = {name for name in contents if BUNDLED.fullmatch(name)}

    assert shared | bundled <= told.keys()


def test_every_library_has_a_text_or_a_line(contents: dict[str, bytes], told: dict[str, list[str]]) -> None:
    folders = {match[1] for name in contents if (match := re.match(r"(lib/.*\.dist-info)/", name))}
    with_texts = {
        match[1]
        for name in contents
        if (match := re.match(r"(lib/.*\.dist-info)/.*(?i:licen[cs]e|copying)[^/]*$", name))
    }

    assert len(folders) > 10
    assert folders - with_texts <= told.keys()
    for folder in folders:
        if "/psycopg" in folder:  # under the LGPL 3, which adds to the GPL
            assert told[folder] == ["lib/licences/GPL-3.0.txt"]
        if "/snowflake_connector_python-" in folder and folder not in with_texts:
            assert told[folder] == ["lib/licences/Apache-2.0.txt"]


def test_every_text_that_is_named_is_there(contents: dict[str, bytes], told: dict[str, list[str]]) -> None:
    named = {text for texts in told.values() for text in texts}

    assert f"lib/{PYTHON}/LICENSE.txt" in named
    assert named <= contents.keys()
    assert {name for name in contents if name.startswith("lib/licences/")} - {LIST} <= named


def test_a_package_of_debian_brings_its_text_and_those_that_it_cites() -> None:
    paths = interpreter.shared_libraries([interpreter.program(), *_extensions()]).values()
    found = [package for path in paths if (package := packages.owner(path)) and package.kind == "deb"]
    if not found:
        pytest.skip("the interpreter needs no library of Debian's packages")

    for package in found:
        assert f"{package.name}/copyright" in package.texts
        cited = re.findall(
            r"common-licenses/([\w.+-]*\w)", package.texts[f"{package.name}/copyright"].read_text()
        )
        assert {f"common-licenses/{name}" for name in cited} <= package.texts.keys()


def _extensions() -> list[Path]:
    return [path for _, path in standard_library.modules() if path.suffix == ".so"]


def test_a_package_of_rpm_brings_its_texts_or_those_of_the_same_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("zlib/README", "libgcc/COPYING"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(name)
    monkeypatch.setenv(
        "PATH",
        tools(tmp_path / "bin", {"rpm": RPM.replace("{folder}", str(tmp_path))}).partition(os.pathsep)[0],
    )

    zlib, standard, none = (
        packages.owner(Path("/usr/lib64", name)) for name in ("libz.so.1", "libstdc++.so.6", "libown.so.1")
    )

    assert zlib
    assert standard
    own = str(tmp_path).lstrip("/")
    assert zlib[:3] == ("rpm", "zlib", "1.2.11-25.el8")
    assert zlib.texts == {f"{own}/zlib/README": tmp_path / "zlib" / "README"}
    assert standard.name == "libstdc++"
    assert standard.texts == {f"{own}/libgcc/COPYING": tmp_path / "libgcc" / "COPYING"}
    assert none is None

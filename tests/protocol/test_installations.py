"""One executable, wherever it was installed, and by whatever name it is called (docs/facts/python.md)."""

import os
import shutil
import site
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from krenalis_provider.launch import _where_pip_looked_too
from tests.support.bundle import LIBRARIES, PACKAGES, PYTHON, SOURCE, bundle
from tests.support.plugin import get_schema, shut_down, started, starting
from tests.support.processes import SECONDS
from tests.support.terraform import Terraform
from tests.support.terraform_process import KRENALIS, Executable, ProviderExecutable
from tests.support.workspaces import configuration

NAME = KRENALIS.path.name
SYSTEM = "/usr/bin:/bin"


def expect_to_serve(program: Path, **environment: str) -> None:
    with started(environment, program=program) as plugin:
        assert "krenalis_workspace" in get_schema(plugin).resource_schemas
        shut_down(plugin)
        assert plugin.process.wait(SECONDS) == 0


def refusal(program: Path, **environment: str) -> str:
    """What an executable says that cannot start, in place of the handshake line."""
    with starting(environment, program=program) as process:
        stdout, stderr = process.communicate(timeout=SECONDS)
    assert process.returncode == 1
    assert stderr == b""
    told, blank = stdout.decode().splitlines()
    assert not blank.strip()
    return told


def install(prefix: Path, *, script: str = "bin", libraries: str = f"lib/{PYTHON}/site-packages") -> Path:
    """Lay the executable and links to all libraries out as pip does, without an interpreter; returns the first."""
    (prefix / libraries).mkdir(parents=True)
    for path in (*LIBRARIES.iterdir(), *(SOURCE / name for name in PACKAGES)):
        if path.suffix != ".pth":
            (prefix / libraries / path.name).symlink_to(path)
    program = prefix / script / NAME
    program.parent.mkdir(exist_ok=True)
    shutil.copy(SOURCE / NAME, program)
    return program


def give_interpreter(prefix: Path) -> None:
    (prefix / "bin").mkdir(parents=True, exist_ok=True)
    (prefix / "bin" / PYTHON).symlink_to(Path(sys.executable).resolve())


def test_an_editable_installation_has_the_very_script() -> None:
    assert KRENALIS.path.read_bytes() == (SOURCE / NAME).read_bytes()
    assert KRENALIS.path.stat().st_mode & stat.S_IXUSR
    expect_to_serve(KRENALIS.path, PATH="/nowhere")


def test_the_script_names_no_folder_of_the_machine() -> None:
    lines = (SOURCE / NAME).read_text().splitlines()
    assert lines[0] == "#!/bin/sh"
    assert str(SOURCE.parent) not in "\n".join(lines)


@pytest.mark.parametrize(
    "name",
    [
        "with blanks",
        'it\'s "$HOME" `id`',
        "new\nline\n",
        "*?[a]",
        "-n",
        "%41|",
        "ä",
        b"\xff".decode("latin-1"),
    ],
)
def test_a_folder_with_all_it_needs_may_have_any_name_and_be_moved(name: str, tmp_path: Path) -> None:
    program = bundle(tmp_path / "made").path
    moved = tmp_path / name
    program.parent.rename(moved)

    expect_to_serve(moved / NAME, PATH="/nowhere")


def test_a_name_that_is_no_utf_8_is_one_too(tmp_path: Path) -> None:
    program = bundle(tmp_path / "made").path
    moved = tmp_path / os.fsdecode(b"\xff\xfe")
    program.parent.rename(moved)

    expect_to_serve(moved / NAME, PATH="/nowhere")


def test_terraform_may_call_it_by_a_versioned_name(tmp_path: Path) -> None:
    program = bundle(tmp_path / "it").path

    expect_to_serve(program.rename(program.with_name(f"{NAME}_v1.2.3_x5")))


@pytest.mark.parametrize("libraries", [f"lib/{PYTHON}/site-packages", f"lib/{PYTHON}/dist-packages"])
def test_the_interpreter_of_the_prefix_comes_before_others(libraries: str, tmp_path: Path) -> None:
    program = install(tmp_path / "prefix", libraries=libraries)
    give_interpreter(tmp_path / "prefix")

    expect_to_serve(program, PATH="/nowhere")


@pytest.mark.parametrize("libraries", [f"lib/{PYTHON}/site-packages", "."])
def test_without_one_that_of_the_path_serves_which_fits_the_libraries(libraries: str, tmp_path: Path) -> None:
    program = install(tmp_path / "prefix", libraries=libraries)
    give_interpreter(tmp_path / "path")

    expect_to_serve(program, PATH=f"{tmp_path / 'path' / 'bin'}:{SYSTEM}")


@pytest.mark.parametrize("libraries", [f"lib/{PYTHON}/site-packages", "."])
def test_an_interpreter_that_is_missing_is_named(libraries: str, tmp_path: Path) -> None:
    program = install(tmp_path / "prefix", libraries=libraries)

    told = refusal(program, PATH="/nowhere")

    assert told.startswith("terraform-provider-krenalis cannot start: its libraries in ")
    assert f"are for {PYTHON}, which is neither in" in told
    assert told.endswith("nor on PATH. Install the provider anew.")


def test_an_interpreter_that_was_removed_is_one_that_is_missing(tmp_path: Path) -> None:
    program = install(tmp_path / "prefix")
    (program.parent / PYTHON).symlink_to("/nowhere")

    assert f"are for {PYTHON}, which is neither in" in refusal(program, PATH="/nowhere")


def test_libraries_that_are_missing_are_told(tmp_path: Path) -> None:
    program = tmp_path / NAME
    shutil.copy(SOURCE / NAME, program)

    assert refusal(program) == (
        f"terraform-provider-krenalis cannot start: its libraries are missing in {tmp_path} and in the folder above."
        " Install the provider anew."
    )


def test_the_process_lives_until_terraform_has_read_why_it_cannot_start(tmp_path: Path) -> None:
    program = tmp_path / NAME
    shutil.copy(SOURCE / NAME, program)

    with starting(program=program) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        assert process.stdout
        assert b" cannot start: " in process.stdout.readline()


def test_whoever_starts_it_by_hand_is_told_on_stderr(tmp_path: Path) -> None:
    program = tmp_path / NAME
    shutil.copy(SOURCE / NAME, program)

    run = subprocess.run([program], env={}, capture_output=True, text=True, check=False)

    assert run.stdout == ""
    assert run.stderr.startswith("terraform-provider-krenalis cannot start: its libraries are missing")


@pytest.mark.parametrize("library", ["grpc", "cryptography", "_cffi_backend", "google"])
def test_a_library_that_is_missing_is_told_in_a_line(library: str, tmp_path: Path) -> None:
    program = bundle(tmp_path / "it").path
    for path in (program.parent / "lib" / PYTHON / "site-packages").glob(f"{library}*"):
        path.unlink()

    with starting(program=program) as process:
        _, stderr = process.communicate(timeout=SECONDS)

    assert process.returncode == 2
    assert stderr.startswith(b"panic: The provider is not installed completely: No module named '")
    assert stderr.endswith(b". Install it anew.\n")
    assert stderr.count(b"\n") == 1


def test_terraform_shows_what_is_missing(terraform_executable: Executable, tmp_path: Path) -> None:
    program = install(tmp_path / "prefix")
    provider = ProviderExecutable(KRENALIS.address, program)
    with Terraform(terraform_executable, tmp_path / "configuration", provider=provider) as terraform:
        terraform.environment["PATH"] = "/nowhere"
        terraform.write(configuration({}))

        terraform.validate(expect_error=rf"are for {PYTHON}, which is neither in")


def test_symbolic_links_lead_to_it(tmp_path: Path) -> None:
    links = tmp_path / "links"
    links.mkdir()
    (links / "absolute").symlink_to(KRENALIS.path)
    (links / "relative\n").symlink_to("absolute")
    (links / "-n").symlink_to(os.path.relpath(links / "relative\n", links))
    (tmp_path / "folder").symlink_to(links)

    expect_to_serve(tmp_path / "folder" / "-n")


def test_a_link_to_its_folder_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "bin").symlink_to(KRENALIS.path.parent)

    expect_to_serve(tmp_path / "bin" / NAME)


@pytest.mark.parametrize("folder", ["prefix", "prefix/bin", "."])
def test_it_may_be_called_by_a_relative_path(folder: str, tmp_path: Path) -> None:
    program = install(tmp_path / "prefix")
    give_interpreter(tmp_path / "prefix")
    called = Path(os.path.relpath(program, tmp_path / folder))

    with started(program=called, by=("sh",), folder=tmp_path / folder) as plugin:
        assert "krenalis_workspace" in get_schema(plugin).resource_schemas


@pytest.mark.parametrize(
    ("settings", "counts"),
    [
        (None, True),
        ("home = /usr/bin\ninclude-system-site-packages = true\n", True),
        ("include-system-site-packages=True", True),
        ("home = /usr/bin\ninclude-system-site-packages = false\n", False),
        ("home = /usr/bin\n", False),
    ],
)
def test_libraries_of_the_interpreter_count_where_pip_has_looked_for_them(
    settings: str | None, tmp_path: Path, *, counts: bool
) -> None:
    if settings is not None:
        (tmp_path / "pyvenv.cfg").write_text(settings)
    libraries = f"{tmp_path}/lib/{PYTHON}/site-packages"
    systems = site.getsitepackages([sys.base_prefix])

    assert _where_pip_looked_too(libraries, f"{tmp_path}/bin") == (systems if counts else [])


def test_they_do_not_where_pip_was_given_a_folder_or_the_libraries_are_beside_the_script(
    tmp_path: Path,
) -> None:
    assert _where_pip_looked_too(f"{tmp_path}/bin/..", f"{tmp_path}/bin") == []
    assert _where_pip_looked_too(f"{tmp_path}/lib/{PYTHON}/site-packages", str(tmp_path)) == []

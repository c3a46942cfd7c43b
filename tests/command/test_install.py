"""``install``, from a small folder that stands in for an archive that was unpacked."""

import errno
import os
import pwd
import stat
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest

from krenalis_provider.bundle import cli_configuration, mirror
from krenalis_provider.command import install

ADDRESS = "registry.terraform.io/krenalis/krenalis"
Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder from which it runs."""
    folder = tmp_path / "unpacked"
    (folder / "lib").mkdir(parents=True)
    (folder / "lib" / "data").write_text("data")
    program = folder / "terraform-provider-krenalis_v0.1.0"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    monkeypatch.setattr(sys, "prefix", str(folder))
    monkeypatch.setattr(sys, "argv", [str(program)])
    return folder


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty one."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    for name in ("TF_CLI_CONFIG_FILE", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    return folder


def run(*arguments: str) -> int:
    parser = ArgumentParser()
    install.declare(parser)
    return install.run(parser.parse_args(arguments))


def default_mirror(home: Path) -> Path:
    return home / ".local" / "share" / "terraform-provider-krenalis" / "mirror"


def test_it_writes_the_packed_layout_and_the_configuration(
    home: Path, unpacked: Path, capsys: Captured
) -> None:
    assert run() == 0

    folder = default_mirror(home)
    (archive,) = (folder / ADDRESS).iterdir()
    assert archive.name == f"terraform-provider-krenalis_0.1.0_{mirror.platform()}.zip"
    assert stat.S_IMODE(archive.stat().st_mode) == 0o644
    assert (home / ".terraformrc").read_text() == cli_configuration.block(folder)
    printed = capsys.readouterr()
    assert printed.out == (
        f"krenalis/krenalis 0.1.0 for {mirror.platform()} is installed. Terraform finds it in the mirror\n"
        f"  {folder}\nby the CLI configuration\n  {home / '.terraformrc'}\n"
        f"Its other subcommands are those of the executable\n  {unpacked / 'terraform-provider-krenalis_v0.1.0'}\n"
    )
    assert printed.err == "Putting the archive together. This takes a while.\n"


def test_programs_in_the_archive_can_be_executed_and_nothing_else_tells_of_the_machine(home: Path) -> None:
    run()

    (archive,) = (default_mirror(home) / ADDRESS).iterdir()
    with ZipFile(archive) as made:
        found = {
            each.filename: (oct(each.external_attr >> 16), each.date_time, made.read(each))
            for each in made.infolist()
        }
    assert found == {
        "lib/data": ("0o100644", (1980, 1, 1, 0, 0, 0), b"data"),
        "terraform-provider-krenalis_v0.1.0": ("0o100755", (1980, 1, 1, 0, 0, 0), b"#!/bin/sh\n"),
    }


def test_a_second_time_changes_nothing(home: Path, capsys: Captured) -> None:
    def written() -> dict[Path, tuple[int, int]]:
        files = [path for path in home.rglob("*") if path.is_file()]
        return {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in files}

    run()
    before = written()
    first = capsys.readouterr()

    assert run() == 0

    assert written() == before
    assert capsys.readouterr() == first


def test_another_build_of_the_same_version_is_told(unpacked: Path, capsys: Captured) -> None:
    run()
    (unpacked / "lib" / "data").write_text("other")

    assert run() == 0

    assert (
        "Remove .terraform and the provider's block in .terraform.lock.hcl there" in capsys.readouterr().err
    )


def test_folder_and_file_can_be_chosen(tmp_path: Path, home: Path) -> None:
    assert run("--mirror", str(tmp_path / "a b"), "--cli-config", str(tmp_path / "c" / "rc")) == 0

    assert (tmp_path / "a b" / ADDRESS).is_dir()
    assert str(tmp_path / "a b") in (tmp_path / "c" / "rc").read_text()
    assert list(home.iterdir()) == []


def test_variables_choose_them_too(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(tmp_path / "rc"))

    assert run() == 0

    folder = tmp_path / "data" / "terraform-provider-krenalis" / "mirror"
    assert (tmp_path / "rc").read_text() == cli_configuration.block(folder)
    assert list(home.iterdir()) == []


def test_a_relative_mirror_is_one_of_the_current_folder(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert run("--mirror", "here") == 0

    assert (home / ".terraformrc").read_text() == cli_configuration.block(tmp_path / "here")


def test_a_configuration_without_the_block_is_not_changed(home: Path, capsys: Captured) -> None:
    file = home / ".terraformrc"
    file.write_text("disable_checkpoint = true\n")

    assert run() == 1

    assert file.read_text() == "disable_checkpoint = true\n"
    printed = capsys.readouterr()
    assert printed.out == cli_configuration.block(default_mirror(home))
    assert f"{file} is not changed by this command, and it has no block provider_installation" in printed.err
    file.write_text(file.read_text() + printed.out)
    assert run() == 0


def test_a_block_that_does_not_name_the_mirror_is_not_changed(home: Path, capsys: Captured) -> None:
    (home / ".terraform.d").mkdir()
    file = home / ".terraform.d" / "company.tfrc"
    file.write_text('provider_installation {\n  filesystem_mirror { path = "/srv" }\n}\n')

    assert run() == 1

    assert not (home / ".terraformrc").exists()
    printed = capsys.readouterr()
    assert (
        f"{file} is not changed by this command. Its block provider_installation says nothing" in printed.err
    )
    assert printed.out == cli_configuration.method(default_mirror(home))
    file.write_text(f"provider_installation {{\n{printed.out}}}\n")
    assert run() == 0


def test_where_there_is_a_block_direct_the_line_that_it_lacks_is_told(home: Path, capsys: Captured) -> None:
    file = home / ".terraformrc"
    file.write_text("provider_installation {\n  direct {}\n}\n")

    assert run() == 1

    printed = capsys.readouterr()
    assert (
        "Put the line exclude that follows into each block of it that is there already: direct."
        in printed.err
    )
    method, exclusion = printed.out.split("\n\n")
    assert exclusion == f'exclude = ["{ADDRESS}"]\n'
    file.write_text(f"provider_installation {{\ndirect {{\n{exclusion}}}\n{method}\n}}\n")
    assert run() == 0


def test_a_second_block_direct_that_asks_the_registry_is_told(home: Path, capsys: Captured) -> None:
    run()
    file = home / ".terraformrc"
    file.write_text(file.read_text().replace("  direct {", "  direct {}\n  direct {"))
    capsys.readouterr()

    assert run() == 1

    printed = capsys.readouterr()
    assert "makes Terraform look for krenalis/krenalis elsewhere" in printed.err
    assert printed.out == f'exclude = ["{ADDRESS}"]\n'


@pytest.mark.parametrize("content", [b"a = 1\nx = \xff", b"a = 1\nx = [\n"])
def test_a_configuration_that_cannot_be_read_is_not_changed(
    content: bytes, home: Path, capsys: Captured
) -> None:
    file = home / ".terraformrc"
    file.write_bytes(content)

    assert run() == 1

    assert file.read_bytes() == content
    printed = capsys.readouterr()
    assert f"does not understand the CLI configuration: {file}, line 2: " in printed.err
    assert "Mend this, and run the command again." in printed.err
    assert printed.out == cli_configuration.block(default_mirror(home))


def test_an_override_that_hides_the_mirror_is_told(home: Path, capsys: Captured) -> None:
    run()
    file = home / ".terraformrc"
    file.write_text(
        file.read_text().replace("direct", 'dev_overrides {\n "krenalis/krenalis" = "/bin" \n}\n direct')
    )
    capsys.readouterr()

    assert run() == 1

    assert f"remove krenalis/krenalis from dev_overrides in {file}" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_told(home: Path, capsys: Captured) -> None:
    (home / ".local").touch()

    assert run() == 1

    printed = capsys.readouterr()
    assert printed.out == ""
    last = printed.err.splitlines()[-1]
    assert last.startswith("error: Not a directory: ")
    assert last.endswith(
        "--mirror DIR and --cli-config FILE choose other places than those of your home folder."
    )
    assert not (home / ".terraformrc").exists()


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From its call on, nothing can be written to the end."""

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    return lambda: monkeypatch.setattr(os, "fsync", full)


def test_a_full_disk_leaves_nothing_half_written(
    home: Path, capsys: Captured, full_disk: Callable[[], None]
) -> None:
    full_disk()

    assert run() == 1

    assert f"error: No space left on device: {default_mirror(home)}" in capsys.readouterr().err
    assert [path for path in home.rglob("*") if path.is_file()] == []


def test_a_disk_that_has_no_room_for_the_configuration_leaves_no_part_of_it(
    home: Path, capsys: Captured, full_disk: Callable[[], None]
) -> None:
    run()
    file = home / ".terraformrc"
    file.unlink()
    full_disk()

    assert run() == 1

    assert f"error: No space left on device: {file}" in capsys.readouterr().err
    assert [path.name for path in home.iterdir()] == [".local"]


def test_a_link_that_leads_nowhere_is_not_replaced(home: Path, capsys: Captured) -> None:
    file = home / ".terraformrc"
    file.symlink_to("dotfiles/terraformrc")

    assert run() == 1

    assert file.is_symlink()
    assert f"{file} is not changed by this command" in capsys.readouterr().err


def test_a_folder_that_the_configuration_cannot_name_is_refused(tmp_path: Path, capsys: Captured) -> None:
    assert run("--mirror", str(tmp_path / "\udcff")) == 1

    assert "is not UTF-8" in capsys.readouterr().err
    assert not (tmp_path / "\udcff").exists()


def test_without_a_home_folder_it_says_what_to_set(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(number: int) -> None:
        raise KeyError(number)

    monkeypatch.setenv("HOME", "")
    monkeypatch.setattr(pwd, "getpwuid", nobody)

    assert run() == 1

    said = capsys.readouterr().err
    assert said.startswith(
        "error: nothing tells your home folder: set HOME. --mirror DIR and --cli-config FILE"
    )


def test_help_has_the_exit_codes() -> None:
    parser = ArgumentParser()
    install.declare(parser)

    assert "exit codes:" in parser.format_help()

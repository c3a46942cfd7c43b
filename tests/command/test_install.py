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
    (folder / "lib" / "FILES").write_text(f"lib/FILES\nlib/data\n{program.name}\n")
    monkeypatch.setattr(sys, "prefix", str(folder))
    monkeypatch.setattr(sys, "argv", [str(program)])
    return folder


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty one."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    for name in ("TF_CLI_CONFIG_FILE", "TERRAFORM_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    return folder


def run(*arguments: str) -> int:
    parser = ArgumentParser()
    install.declare(parser)
    return install.run(parser.parse_args(arguments))


def implied_mirror(home: Path) -> Path:
    return home / ".terraform.d" / "plugins"


def test_it_writes_the_packed_layout_where_terraform_looks_by_itself(
    home: Path, unpacked: Path, capsys: Captured
) -> None:
    assert run() == 0

    folder = implied_mirror(home)
    (archive,) = (folder / ADDRESS).iterdir()
    assert archive.name == f"terraform-provider-krenalis_0.1.0_{mirror.platform()}.zip"
    assert stat.S_IMODE(archive.stat().st_mode) == 0o644
    assert [path for path in home.rglob("*") if path.is_file()] == [archive]
    printed = capsys.readouterr()
    assert printed.out == (
        f"krenalis/krenalis 0.1.0 for {mirror.platform()} is installed. Terraform finds it in\n  {folder}\n"
        f"Its other subcommands are those of the executable\n  {unpacked / 'terraform-provider-krenalis_v0.1.0'}\n"
    )
    assert printed.err == "Putting the archive together. This takes a while.\n"


def test_programs_in_the_archive_can_be_executed_and_nothing_else_tells_of_the_machine(home: Path) -> None:
    run()

    (archive,) = (implied_mirror(home) / ADDRESS).iterdir()
    with ZipFile(archive) as made:
        found = {
            each.filename: (oct(each.external_attr >> 16), each.date_time, made.read(each))
            for each in made.infolist()
        }
    assert found == {
        "lib/FILES": (
            "0o100644",
            (1980, 1, 1, 0, 0, 0),
            b"lib/FILES\nlib/data\nterraform-provider-krenalis_v0.1.0\n",
        ),
        "lib/data": ("0o100644", (1980, 1, 1, 0, 0, 0), b"data"),
        "terraform-provider-krenalis_v0.1.0": ("0o100755", (1980, 1, 1, 0, 0, 0), b"#!/bin/sh\n"),
    }


def test_what_else_lies_in_the_folder_stays_there(unpacked: Path, home: Path) -> None:
    run()
    (archive,) = (implied_mirror(home) / ADDRESS).iterdir()
    alone = archive.read_bytes()
    (unpacked / ".ssh").mkdir()
    for name in (".ssh/id_rsa", "lib/other", "terraform-provider-krenalis_v0.0.9"):
        (unpacked / name).write_text("another's")

    run()

    assert archive.read_bytes() == alone


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


def test_another_mirror_can_be_chosen_and_its_block_is_printed(
    tmp_path: Path, home: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert run("--mirror", "a b\u2028") == 0

    folder = tmp_path / "a b\u2028"
    assert (folder / ADDRESS).is_dir()
    assert list(home.iterdir()) == []
    printed = capsys.readouterr()
    assert printed.out == cli_configuration.block(folder)
    assert "It then looks nowhere that the block does not say, such as ~/.terraform.d/plugins" in printed.err
    (tmp_path / "rc").write_text(printed.out)
    assert cli_configuration.read([tmp_path / "rc"], folder).serves


@pytest.mark.parametrize(
    ("folder", "said"), [("", "is no name"), ("/a${b}", "is no name"), ("/\udcff", "UTF-8")]
)
def test_a_folder_that_the_configuration_cannot_name_is_refused(
    folder: str, said: str, capsys: Captured
) -> None:
    with pytest.raises(SystemExit):
        run("--mirror", folder)

    assert said in capsys.readouterr().err


@pytest.mark.parametrize("text", ["disable_checkpoint = true\n", '{"disable_checkpoint": true}', ""])
def test_a_configuration_without_the_block_is_as_it_should_be(text: str, home: Path) -> None:
    (home / ".terraformrc").write_text(text)

    assert run() == 0

    assert (home / ".terraformrc").read_text() == text


@pytest.mark.parametrize("name", ["TF_CLI_CONFIG_FILE", "TERRAFORM_CONFIG"])
def test_the_configuration_that_a_variable_names_counts(
    name: str, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "rc"
    file.write_text("provider_installation {\n  direct {}\n}\n")
    monkeypatch.setenv(name, str(file))

    assert run() == 1

    assert f"{file} is not changed by this command" in capsys.readouterr().err


def test_a_block_that_does_not_name_the_mirror_is_not_changed(home: Path, capsys: Captured) -> None:
    (home / ".terraform.d").mkdir()
    file = home / ".terraform.d" / "company.tfrc"
    file.write_text('provider_installation {\n  filesystem_mirror { path = "/srv" }\n}\n')

    assert run() == 1

    printed = capsys.readouterr()
    assert (
        f"{file} is not changed by this command. Its block provider_installation says nothing" in printed.err
    )
    assert printed.out == cli_configuration.method(implied_mirror(home), as_json=False)
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


def test_what_a_configuration_in_json_lacks_is_told_in_json(home: Path, capsys: Captured) -> None:
    file = home / ".terraformrc"
    file.write_text('{"provider_installation": {"direct": [{}]}}')

    assert run() == 1

    printed = capsys.readouterr()
    assert "Its member provider_installation says nothing of that. Add to it the member" in printed.err
    assert "Put the member exclude that follows into each object" in printed.err
    assert "block" not in printed.err
    method, exclusion = printed.out.split("\n\n")
    file.write_text(f'{{"provider_installation": {{{method}, "direct": [{{{exclusion}}}]}}}}')
    assert run() == 0


def test_a_second_block_direct_that_asks_the_registry_is_told(home: Path, capsys: Captured) -> None:
    file = home / ".terraformrc"
    file.write_text(
        cli_configuration.block(implied_mirror(home)).replace("  direct {", "  direct {}\n  direct {")
    )

    assert run() == 1

    printed = capsys.readouterr()
    assert "makes Terraform look for krenalis/krenalis elsewhere" in printed.err
    assert printed.out == f'exclude = ["{ADDRESS}"]\n'


@pytest.mark.parametrize("content", [b"a = 1\nx = \xff", b"a = 1\nx = [\n", b"a = 1\nx = 'SECRET'\n"])
def test_a_configuration_that_cannot_be_read_is_not_changed_and_not_quoted(
    content: bytes, home: Path, capsys: Captured
) -> None:
    file = home / ".terraformrc"
    file.write_bytes(content)

    assert run() == 1

    assert file.read_bytes() == content
    printed = capsys.readouterr()
    assert f"does not understand the CLI configuration: {file}, line 2: " in printed.err
    assert "does not look there" not in printed.err
    assert "SECRET" not in printed.err
    assert printed.out == ""


def test_an_override_that_hides_the_mirror_is_told(home: Path, capsys: Captured) -> None:
    file = home / ".terraformrc"
    override = 'provider_installation {\n dev_overrides {\n "krenalis/krenalis" = "/bin" \n}\n'
    file.write_text(
        cli_configuration.block(implied_mirror(home)).replace("provider_installation {\n", override)
    )

    assert run() == 1

    assert f"remove krenalis/krenalis from dev_overrides in {file}" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_told(home: Path, capsys: Captured) -> None:
    (home / ".terraform.d").touch()

    assert run() == 1

    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == f"error: Not a directory: {implied_mirror(home) / ADDRESS}\n"


def test_an_archive_that_is_not_whole_is_told(unpacked: Path, capsys: Captured) -> None:
    (unpacked / "lib" / "data").unlink()

    assert run() == 1

    assert capsys.readouterr().err.endswith(
        f"error: No such file or directory: {unpacked / 'lib' / 'data'}\n"
    )


def test_a_platform_without_an_archive_is_told(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sysconfig.get_platform", lambda: "linux-riscv64")

    assert run() == 1

    assert (
        capsys.readouterr().err == "error: this Python is for linux-riscv64, for which no archive is made\n"
    )


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

    assert f"error: No space left on device: {implied_mirror(home)}" in capsys.readouterr().err
    assert [path for path in home.rglob("*") if path.is_file()] == []


def test_without_a_home_folder_it_says_what_to_set(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(number: int) -> None:
        raise KeyError(number)

    monkeypatch.setenv("HOME", "")
    monkeypatch.setattr(pwd, "getpwuid", nobody)

    assert run() == 1

    assert capsys.readouterr().err == "error: nothing tells your home folder: set HOME\n"


def test_help_has_the_exit_codes() -> None:
    parser = ArgumentParser()
    install.declare(parser)

    assert "exit codes:" in parser.format_help()

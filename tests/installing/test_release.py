"""``make release``: the files beside the archive, and whether anybody can verify them."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from krenalis_provider.bundle import mirror, packages
from krenalis_provider.bundle.files import read_folder
from krenalis_provider.bundle.packages import Package
from tests.support.bundle import SOURCE
from tools.release import sbom
from tools.release.c_library import c_library

NAME = "terraform-provider-krenalis_0.1.0"
ROOT = SOURCE.parent


def release(*arguments: str | Path, expect: int = 0, **variables: str) -> str:
    run = subprocess.run(
        [sys.executable, "-m", "tools.release", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert run.returncode == expect, run.stdout
    return run.stdout


def make_key(home: Path, *kind: str) -> str:
    """A throw-away secret key in ASCII armour."""
    home.mkdir(mode=0o700)
    gpg = ["gpg", "--batch", "--homedir", str(home), "--pinentry-mode", "loopback", "--passphrase", "secret"]
    subprocess.run(
        [*gpg, "--quick-generate-key", "releases@example.com", *kind], check=True, capture_output=True
    )
    exported = subprocess.run(
        [*gpg, "--armor", "--export-secret-keys"], check=True, capture_output=True, text=True
    )
    return exported.stdout


@pytest.fixture
def homes() -> Iterator[Path]:
    """A folder for key rings: the path of an agent's socket must be short."""
    if not shutil.which("gpg"):
        pytest.skip("gpg is not installed")
    folder = Path("/tmp") / f"keys-{os.getpid()}"
    folder.mkdir(mode=0o700)
    yield folder
    for home in folder.iterdir():
        subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=True)
    shutil.rmtree(folder)


@pytest.fixture
def archives(tmp_path: Path) -> Path:
    """What the jobs of two platforms have left."""
    folder = tmp_path / "dist"
    folder.mkdir()
    for platform in ("linux_amd64", "darwin_arm64"):
        (folder / f"{NAME}_{platform}.zip").write_text(platform)
    return folder


def test_a_release_is_made_of_the_archive_that_the_subcommand_makes(
    archive: Path, unpacked: Path, tmp_path: Path
) -> None:
    printed = release("--output", tmp_path)

    made = tmp_path / f"{NAME}_{mirror.platform()}.zip"
    assert made.read_bytes() == archive.read_bytes()
    document = made.with_suffix(".cdx.json").read_text()
    assert document == sbom.document(read_folder(unpacked), archive.read_bytes(), None)
    assert {path.name for path in tmp_path.iterdir()} == {
        made.name,
        f"{made.stem}.cdx.json",
        f"{NAME}_manifest.json",
        f"{NAME}_SHA256SUMS",
    }
    if sys.platform == "linux":
        assert f"It runs with glibc {c_library(read_folder(unpacked))} or newer." in printed


def test_the_list_of_what_is_in_it_is_a_valid_document(archive: Path, unpacked: Path) -> None:
    text = sbom.document(read_folder(unpacked), archive.read_bytes(), 1_700_000_000)

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    document = json.loads(text)
    assert "BomRef" not in text  # the library's own names are random
    assert document["metadata"]["timestamp"] == "2023-11-14T22:13:20+00:00"
    found = {each["name"]: each for each in document["components"]}
    assert {"CPython", "grpcio", "psycopg-binary", "snowflake-connector-python"} <= found.keys()
    assert not {"pytest", "mypy", "cyclonedx-python-lib", "tzdata"} & found.keys()
    assert found["grpcio"]["licenses"] == [{"license": {"id": "Apache-2.0"}}]
    parts = {each["name"]: {part["name"] for part in each.get("components", ())} for each in found.values()}
    assert {"Expat", "mpdecimal"} <= parts["CPython"]
    assert "OpenSSL" in parts["cryptography"]
    assert {"libpq", "libssl"} <= parts["psycopg-binary"]
    native = {name for name in read_folder(unpacked) if ".so" in name}
    listed = {part["bom-ref"] for each in document["components"] for part in each.get("components", ())}
    assert {name for name in native if "/lib-dynload/" not in name} == {
        name for name in listed if ".so" in name
    }


def test_packages_of_the_system_are_named_after_their_distributor(
    archive: Path, unpacked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.freedesktop_os_release", lambda: {"ID": "ubuntu"})
    known = Package("rpm", "zlib", "1.2.11-25.el8", {})
    monkeypatch.setattr(packages, "owner", lambda path: known if path.name.startswith("libz.") else None)

    document = json.loads(sbom.document(read_folder(unpacked), archive.read_bytes(), None))

    shared = {
        each["bom-ref"]: each for each in document["components"] if each["bom-ref"].startswith("shared/")
    }
    if "shared/libz.so.1" not in shared:
        pytest.skip("this interpreter has zlib in itself")
    assert shared["shared/libz.so.1"]["purl"] == "pkg:rpm/ubuntu/zlib@1.2.11-25.el8"
    assert {each.get("purl") for ref, each in shared.items() if ref != "shared/libz.so.1"} <= {None}


def test_an_archive_that_needs_a_newer_glibc_than_is_wanted_is_not_made(tmp_path: Path) -> None:
    told = release("--output", tmp_path, "--newest-glibc", "2.2", expect=1)

    assert told.startswith("The archive is to run with glibc 2.2, and these files need a newer one: ")
    assert [*tmp_path.iterdir()] == []


def test_collecting_needs_the_standard_library_alone(archives: Path) -> None:
    variables = {"PATH": os.environ["PATH"], "PYTHONPATH": "provider"}
    command = [sys.executable, "-S", "-m", "tools.release", "--collect", str(archives)]

    subprocess.run(command, cwd=ROOT, env=variables, check=True, capture_output=True)

    assert (archives / f"{NAME}_SHA256SUMS").exists()


def test_checksums_cover_all_archives_and_the_manifest(archives: Path) -> None:
    release("--collect", archives)

    manifest = archives / f"{NAME}_manifest.json"
    assert json.loads(manifest.read_text()) == {"version": 1, "metadata": {"protocol_versions": ["6.0"]}}
    files = [archives / f"{NAME}_darwin_arm64.zip", archives / f"{NAME}_linux_amd64.zip", manifest]
    assert (archives / f"{NAME}_SHA256SUMS").read_text() == "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files
    )
    subprocess.run(
        ["sha256sum", "--check", f"{NAME}_SHA256SUMS"], cwd=archives, check=True, capture_output=True
    )


def test_an_archive_of_another_version_is_refused(archives: Path) -> None:
    (archives / "terraform-provider-krenalis_0.0.9_linux_amd64.zip").touch()

    assert "terraform-provider-krenalis_0.0.9_linux_amd64.zip" in release("--collect", archives, expect=1)


def test_a_folder_without_archives_is_refused(tmp_path: Path) -> None:
    assert "has none" in release("--collect", tmp_path, expect=1)


def test_the_signature_is_detached_binary_and_good(archives: Path, homes: Path) -> None:
    key = make_key(homes / "made", "rsa3072", "sign")

    release("--collect", archives, GPG_PRIVATE_KEY=key, GPG_PASSPHRASE="secret")

    sums = archives / f"{NAME}_SHA256SUMS"
    signature = sums.with_name(f"{sums.name}.sig")
    assert not signature.read_bytes().startswith(b"-----BEGIN")
    subprocess.run(
        ["gpg", "--homedir", str(homes / "made"), "--verify", signature, sums],
        check=True,
        capture_output=True,
    )

    release("--collect", archives)
    assert not signature.exists()


def test_a_key_that_the_registry_does_not_take_is_refused(archives: Path, homes: Path) -> None:
    key = make_key(homes / "made", "ed25519", "sign")

    told = release("--collect", archives, expect=1, GPG_PRIVATE_KEY=key, GPG_PASSPHRASE="secret")

    assert told == "The registry takes signatures by RSA and DSA keys alone\n"
    assert not (archives / f"{NAME}_SHA256SUMS.sig").exists()


def test_a_key_that_signs_by_a_subkey_that_the_registry_does_not_take_is_refused(
    archives: Path, homes: Path
) -> None:
    home = homes / "made"
    make_key(home, "rsa3072", "cert")
    gpg = ["gpg", "--batch", "--homedir", str(home), "--pinentry-mode", "loopback", "--passphrase", "secret"]
    listed = subprocess.run([*gpg, "--with-colons", "-K"], check=True, capture_output=True, text=True).stdout
    (mark,) = [line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr")]
    subprocess.run([*gpg, "--quick-add-key", mark, "ed25519", "sign"], check=True, capture_output=True)
    key = subprocess.run(
        [*gpg, "--armor", "--export-secret-keys"], check=True, capture_output=True, text=True
    ).stdout

    told = release("--collect", archives, expect=1, GPG_PRIVATE_KEY=key, GPG_PASSPHRASE="secret")

    assert told == "The registry takes signatures by RSA and DSA keys alone\n"

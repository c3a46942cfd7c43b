"""Whether a CLI configuration makes Terraform look into the mirror."""

from pathlib import Path

import pytest

from krenalis_provider.bundle import cli_configuration
from krenalis_provider.bundle.cli_configuration import Reading, Unreadable

ADDRESS = "registry.terraform.io/krenalis/krenalis"
MIRROR = 'filesystem_mirror {{ path = "{mirror}"\n {more} }}'


def read(folder: Path, *texts: str) -> Reading:
    paths = []
    for number, text in enumerate(texts):
        paths.append(folder / f"{number}.tfrc")
        paths[-1].write_text(text)
    return cli_configuration.read(paths, folder / "mirror")


def test_the_block_that_is_written_serves(tmp_path: Path) -> None:
    for name in ("mirror", 'a "b" \\ ä'):
        file = tmp_path / "rc"
        file.write_text(cli_configuration.block(tmp_path / name))

        assert cli_configuration.read([file], tmp_path / name) == Reading(file, serves=True)


def test_it_is_written_as_people_write_it() -> None:
    assert cli_configuration.block(Path("/home/you/mirror")) == (
        "provider_installation {\n"
        "  filesystem_mirror {\n"
        '    path    = "/home/you/mirror"\n'
        f'    include = ["{ADDRESS}"]\n'
        "  }\n"
        "\n"
        "  direct {\n"
        f'    exclude = ["{ADDRESS}"]\n'
        "  }\n"
        "}\n"
    )


@pytest.mark.parametrize(
    ("more", "serves"),
    [
        ("", True),
        ('include = ["*/*"]', True),
        ('include = ["krenalis/krenalis"]', True),
        ('include = ["registry.terraform.io/krenalis/*"]', True),
        ('include = ["hashicorp/*"]', False),
        ('include = ["example.com/krenalis/krenalis"]', False),
        ('exclude = ["krenalis/*"]', False),
        ('exclude = ["hashicorp/*"]', True),
        ('include = [{ a = "krenalis/krenalis" }]', False),
    ],
)
def test_a_block_of_the_user_serves_if_its_patterns_are_for_the_provider(
    more: str, tmp_path: Path, *, serves: bool
) -> None:
    mirror = MIRROR.format(mirror=tmp_path / "mirror", more=more)
    reading = read(tmp_path, f"provider_installation {{ {mirror} }}")

    assert reading == Reading(tmp_path / "0.tfrc", serves=serves)


@pytest.mark.parametrize(
    ("others", "asked_too"),
    [
        ("direct {}", ("direct",)),
        ('direct { exclude = ["krenalis/krenalis"] }', ()),
        ('direct {}\n direct { exclude = ["krenalis/krenalis"] }', ("direct",)),
        ('direct { exclude = ["hashicorp/*"] }', ("direct",)),
        ('direct { include = ["hashicorp/*"] }', ()),
        ('network_mirror { url = "https://a.example/" }\n direct {}', ("network_mirror", "direct")),
        ('filesystem_mirror { path = "/elsewhere" }', ()),
    ],
)
def test_what_asks_a_server_for_the_provider_too_is_named(
    others: str, asked_too: tuple[str, ...], tmp_path: Path
) -> None:
    mirror = MIRROR.format(mirror=tmp_path / "mirror", more="")

    reading = read(tmp_path, f"provider_installation {{ {mirror}\n {others} }}")

    assert reading == Reading(tmp_path / "0.tfrc", serves=True, asked_too=asked_too)


def test_the_file_that_is_not_understood_is_named_with_the_line(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=rf"^{tmp_path}/1\.tfrc, line 2: "):
        read(tmp_path, "a = 1", "b = 1\nc = [")


def test_the_mirror_of_somebody_else_does_not(tmp_path: Path) -> None:
    mirror = MIRROR.format(mirror="/elsewhere", more="")

    assert read(tmp_path, f"provider_installation {{ {mirror} }}") == Reading(tmp_path / "0.tfrc")


def test_a_link_to_the_mirror_is_the_mirror(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("mirror")
    mirror = MIRROR.format(mirror=tmp_path / "link", more="")

    assert read(tmp_path, f"provider_installation {{ {mirror} }}").serves


def test_the_block_may_be_in_the_second_file(tmp_path: Path) -> None:
    mirror = MIRROR.format(mirror=tmp_path / "mirror", more="")

    reading = read(tmp_path, "disable_checkpoint = true", f"provider_installation {{ {mirror} }}")

    assert reading == Reading(tmp_path / "1.tfrc", serves=True)


def test_json_is_understood(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        f'{{"provider_installation": [{{"filesystem_mirror": {{"path": "{tmp_path / "mirror"}"}}}}]}}',
    )

    assert reading.serves


@pytest.mark.parametrize(
    ("address", "overridden"), [("krenalis/krenalis", True), (ADDRESS, True), ("a/b", False)]
)
def test_an_override_is_seen(address: str, tmp_path: Path, *, overridden: bool) -> None:
    reading = read(tmp_path, f'provider_installation {{ dev_overrides {{ "{address}" = "/bin" }} }}')

    assert reading.overridden is overridden


def test_terraform_reads_the_named_file_alone_else_those_of_the_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    more = tmp_path / ".terraform.d"
    more.mkdir()
    for name in (".terraformrc", ".terraform.d/b.tfrc", ".terraform.d/a.tfrc.json", ".terraform.d/c.txt"):
        (tmp_path / name).touch()

    assert cli_configuration.files({}) == [tmp_path / ".terraformrc", more / "a.tfrc.json", more / "b.tfrc"]
    assert cli_configuration.files({"TF_CLI_CONFIG_FILE": str(more / "c.txt")}) == [more / "c.txt"]
    assert cli_configuration.files({"TF_CLI_CONFIG_FILE": "/nowhere"}) == []
    assert cli_configuration.main_file({"TF_CLI_CONFIG_FILE": "/nowhere"}) == Path("/nowhere")

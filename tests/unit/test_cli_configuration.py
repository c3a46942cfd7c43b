"""Whether a CLI configuration makes Terraform look into the mirror."""

import json
from pathlib import Path
from typing import Any

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
        ("include = []", True),
        ('include = ["Registry.Terraform.IO/Krenalis/Krenalis"]', True),
        ('include = ["*/*/*"]', True),
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


@pytest.mark.parametrize("path", ["/elsewhere", "mirror", "", "/\\u0000", "/\\ud800"])
def test_another_mirror_does_not(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # Terraform takes a relative one for one of whatever folder it runs in
    mirror = MIRROR.format(mirror=path, more="")

    assert read(tmp_path, f"provider_installation {{ {mirror} }}") == Reading(tmp_path / "0.tfrc")


def test_a_link_to_the_mirror_is_the_mirror(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("mirror")
    mirror = MIRROR.format(mirror=tmp_path / "link", more="")

    assert read(tmp_path, f"provider_installation {{ {mirror} }}").serves


def test_the_block_may_be_in_the_second_file(tmp_path: Path) -> None:
    mirror = MIRROR.format(mirror=tmp_path / "mirror", more="")

    reading = read(tmp_path, "disable_checkpoint = true", f"provider_installation {{ {mirror} }}")

    assert reading == Reading(tmp_path / "1.tfrc", serves=True)


@pytest.mark.parametrize("around", [dict, lambda member: [dict(member)]])
def test_json_is_understood_whatever_the_name_of_the_file(around: Any, tmp_path: Path) -> None:
    mirror = {"filesystem_mirror": [{"path": str(tmp_path / "mirror")}], "direct": [{}]}

    reading = read(tmp_path, json.dumps({"provider_installation": around(mirror)}))

    assert reading == Reading(tmp_path / "0.tfrc", is_json=True, serves=True, asked_too=("direct",))


def test_the_members_for_json_serve(tmp_path: Path) -> None:
    mirror = tmp_path / 'a "b" \\ ä ${c}'
    method = cli_configuration.method(mirror, as_json=True)
    file = tmp_path / "rc"
    exclusion = cli_configuration.exclusion(as_json=True)
    file.write_text(f'{{"provider_installation": {{{method}, "direct": [{{{exclusion}}}]}}}}')

    assert cli_configuration.read([file], mirror) == Reading(file, is_json=True, serves=True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("provider_installation {}\nprovider_installation {}", "there is a second block"),
        ("provider_installation = { direct {} }", "there is a label or a ="),
        (
            'provider_installation "x" "y" { direct {} }',
            "all has to be blocks of these names: dev_overrides,",
        ),
        ("provider_installation = 3", "there is a label or a ="),
        ("provider_installation { directly {} }", "all has to be blocks"),
        ("provider_installation { direct = {} }", "all has to be blocks"),
        ('{"provider_installation": {"direct": {}}}', "all has to be blocks"),
        ('{"provider_installation": {"direct": ["x"]}}', "all has to be blocks"),
        ('{"provider_installation": []}', "there is a label or a ="),
        ("provider_installation { direct {}\n dev_overrides {} }", "dev_overrides has to be the first"),
        ("provider_installation { filesystem_mirror {} }", "a filesystem_mirror has no path"),
        *(
            (
                f"provider_installation {{ direct {{ {what} }} }}",
                f"{what.split()[0]} has to be a list of addresses",
            )
            for what in (
                'include = "krenalis/krenalis"',
                'exclude = ["krenalis/krenalis/"]',
                'exclude = ["registry.terraform.io/krenalis/krenalis/*"]',
                'exclude = ["registry.terraform.io/*/krenalis"]',
                'include = ["*"]',
                'include = [{ a = "krenalis/krenalis" }]',
            )
        ),
    ],
)
def test_what_terraform_refuses_is_said(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as raised:
        read(tmp_path, text)

    assert said in str(raised.value)
    assert str(raised.value).startswith(f"{tmp_path}/0.tfrc, ")


def test_a_second_block_may_be_in_another_file(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=rf"^{tmp_path}/1\.tfrc, there is a second block"):
        read(tmp_path, "provider_installation {}", "provider_installation {}")


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
    for name in ("TF_CLI_CONFIG_FILE", "TERRAFORM_CONFIG"):
        assert cli_configuration.files({name: str(more / "c.txt")}) == [more / "c.txt"]
        assert cli_configuration.files({name: "/nowhere"}) == []
    both = {"TERRAFORM_CONFIG": "/nowhere", "TF_CLI_CONFIG_FILE": str(more / "c.txt")}
    assert cli_configuration.files(both) == [more / "c.txt"]


def test_terraform_looks_into_a_folder_of_the_home_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/you")

    assert cli_configuration.implied_mirror() == Path("/home/you/.terraform.d/plugins")

"""No secret of a plan is in a review, wherever the plan and the log have it, and however it is spelled there."""

import base64
import html
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from krenalis_provider.command.review.html import page
from krenalis_provider.command.review.markdown import comment
from krenalis_provider.command.review.reading import review
from krenalis_provider.command.review.text import without_passwords
from tests.support.review_plans import ADDRESS, DROPS_TIER, change, log, plan, run, values, warning

SECRET = 'CaNaRy/1+2 "q" <&>'
SPELLINGS = {
    "plain": SECRET,
    "base64": base64.b64encode(SECRET.encode()).decode(),
    "base64 within": base64.b64encode(f"user:{SECRET}".encode()).decode(),
    "url": quote(SECRET, safe=""),
    "form": quote(SECRET, safe="").replace("%20", "+"),
    "json": json.dumps(SECRET)[1:-1],
    "python": SECRET.encode("unicode_escape").decode(),
}


def configured(**expressions: Any) -> dict[str, Any]:
    """A configuration with a block of this provider."""
    block = {
        "name": "krenalis",
        "full_name": "mirror.example.com/krenalis/krenalis",
        "expressions": expressions,
    }
    return {"configuration": {"provider_config": {"krenalis": block}, "root_module": {}}}


def marked(**sensitive: Any) -> dict[str, Any]:
    """A change whose name is sensitive, beside another output of the same value."""
    of = change(["update"], values(name=SECRET), values(name=SECRET))
    of["change"]["before_sensitive"] = of["change"]["after_sensitive"] = sensitive
    return of


def in_settings(side: str, name: str) -> dict[str, Any]:
    of = json.loads(json.dumps(DROPS_TIER))
    of["change"][side]["warehouse"]["settings"][name] = SECRET
    return plan(of)


def other(before: Any, marks: Any) -> dict[str, Any]:
    """A resource of another provider."""
    sides = {
        "actions": ["update"],
        "before": before,
        "after": None,
        "before_sensitive": marks,
        "after_sensitive": False,
    }
    return {"address": "a.b", "mode": "managed", "type": "a", "change": sides}


IN_MODULE = {
    "configuration": {
        "provider_config": {
            "module.m:krenalis": {
                "full_name": "registry.terraform.io/krenalis/krenalis",
                "module_address": "module.m",
                "expressions": {"postgresql": {"references": ["var.connection"]}},
            }
        },
        "root_module": {
            "module_calls": {
                "m": {
                    "expressions": {"connection": {"references": ["var.deep", "var.deep.password"]}},
                    "module": {},
                }
            }
        },
    },
    "variables": {"deep": {"value": {"password": SECRET}}},
}
PLANS: dict[str, dict[str, Any]] = {
    "the password of the state": in_settings("before", "password"),
    "the password of the plan": in_settings("after", "password"),
    "a write-only password": in_settings("after", "password_wo"),
    "a sensitive name": plan(marked(name=True)),
    "all of it is sensitive": plan({**marked(), "change": {**marked()["change"], "after_sensitive": True}}),
    "a drift": plan(DROPS_TIER, resource_drift=[marked(name=True)]),
    "a deferred change": plan(DROPS_TIER, deferred_changes=[{"resource_change": marked(name=True)}]),
    "another provider's resource": plan(DROPS_TIER, other({"a": [SECRET]}, {"a": [True]})),
    "another provider's password": plan(DROPS_TIER, other({"db_password": SECRET}, {})),
    "an output": plan(
        DROPS_TIER, output_changes={"o": {"actions": ["create"], "after": SECRET, "after_sensitive": True}}
    ),
    "a planned output": plan(
        DROPS_TIER, planned_values={"outputs": {"o": {"sensitive": True, "value": SECRET}}, "root_module": {}}
    ),
    "a state": plan(
        DROPS_TIER,
        prior_state={
            "values": {
                "root_module": {
                    "child_modules": [
                        {"resources": [{"values": {"v": SECRET}, "sensitive_values": {"v": True}}]}
                    ]
                }
            }
        },
    ),
    "an api key": plan(DROPS_TIER, **configured(api_key={"constant_value": SECRET})),
    "a connection parameter": plan(
        DROPS_TIER, **configured(postgresql={"constant_value": {"pasword": SECRET}})
    ),
    "a nested parameter": plan(
        DROPS_TIER, **configured(snowflake={"private_key": {"constant_value": SECRET}})
    ),
    "the variable of an api key": plan(
        DROPS_TIER, **configured(api_key={"references": ["var.k"]}), variables={"k": {"value": SECRET}}
    ),
    "a sensitive variable": plan(
        DROPS_TIER,
        configuration={"root_module": {"variables": {"v": {"sensitive": True}}}},
        variables={"v": {"value": {"deep": [SECRET]}}},
    ),
    "a variable by its name": plan(
        DROPS_TIER,
        configuration={"root_module": {"variables": {"db_password": {}}}},
        variables={"db_password": {"value": SECRET}},
    ),
    "the default of a sensitive variable": plan(
        DROPS_TIER,
        configuration={"root_module": {"variables": {"v": {"sensitive": True, "default": SECRET}}}},
    ),
    "a sensitive output that shows in no change": plan(
        DROPS_TIER,
        configuration={
            "root_module": {
                "outputs": {"o": {"sensitive": True, "expression": {"constant_value": SECRET}}},
            }
        },
    ),
    "a provisioner": plan(
        DROPS_TIER,
        configuration={
            "root_module": {
                "resources": [
                    {
                        "type": "terraform_data",
                        "provisioners": [{"expressions": {"password": {"constant_value": SECRET}}}],
                    }
                ]
            }
        },
    ),
    "an action": plan(
        DROPS_TIER, action_invocations=[{"config_values": {"v": SECRET}, "config_sensitive": {"v": True}}]
    ),
    "a configured password": plan(
        DROPS_TIER,
        configuration={
            "root_module": {
                "resources": [
                    {
                        "type": "krenalis_workspace",
                        "expressions": {
                            "warehouse": {"constant_value": {"settings": {"password_wo": SECRET}}}
                        },
                    }
                ]
            }
        },
    ),
    "a module's argument": plan(
        DROPS_TIER,
        configuration={
            "root_module": {
                "module_calls": {
                    "m": {
                        "expressions": {"pass": {"constant_value": SECRET}},
                        "module": {"variables": {"pass": {"sensitive": True}}},
                    }
                }
            }
        },
    ),
    "a variable behind a module's provider": plan(DROPS_TIER, **IN_MODULE),
    "an output by its name": plan(
        DROPS_TIER, output_changes={"admin_password": {"actions": ["update"], "before": SECRET, "after": ""}}
    ),
    "a planned output by its name": plan(
        DROPS_TIER, planned_values={"outputs": {"db_password": {"value": SECRET}}, "root_module": {}}
    ),
}


def hiding_places(spelling: str) -> list[Any]:
    """A log that has the secret in all that is shown of it."""
    shown = warning(f"About {spelling}", f"It is {spelling}, or so\n{spelling}")
    shown["diagnostic"]["snippet"] = {"code": spelling, "values": [{"statement": spelling}]}
    shown["diagnostic"]["range"] = {"filename": f"{spelling}.tf", "start": {"line": 1}}
    return [shown, warning(f"Elsewhere {spelling}", spelling, address=f'a["{spelling}"]')]


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("place", PLANS)
def test_a_secret_of_a_plan_is_nowhere_in_its_review(place: str, spelling: str) -> None:
    of = PLANS[place]
    found = review(of, log(*hiding_places(SPELLINGS[spelling]), of=of))

    for text in (comment(found), page(found)):
        shown = html.unescape(text)
        assert "(redacted)" in shown, "the log's messages are shown"
        assert "CaNaRy" not in shown
        for each in SPELLINGS.values():
            assert each not in shown


def test_a_secret_in_names_and_columns_is_taken_out_too() -> None:
    secret = "horsebattery"
    of = change(
        ["create"],
        None,
        values(
            name=f"x{secret}",
            profile_columns={secret: "text", "other": secret},
            objects={secret: "table"},
            identifiers=[secret],
            renames={secret: secret},
        ),
        address=f'{ADDRESS}["{secret}"]',
        previous_address=f'{ADDRESS}["old{secret}"]',
        importing={"id": f"postgresql://{secret}@h/d/s"},
    )
    of["change"]["after"]["warehouse"]["settings"]["password"] = secret
    found = review(plan(of), None)
    for text in (comment(found), page(found)):
        assert secret not in html.unescape(text)
        assert "(redacted)" in text.replace("&#40;", "(").replace("&#41;", ")")


def test_variables_and_constants_are_not_printed_even_if_nothing_marks_them() -> None:
    of = plan(
        DROPS_TIER,
        variables={"plain": {"value": SECRET}},
        configuration={"root_module": {"resources": [{"expressions": {"x": {"constant_value": SECRET}}}]}},
    )
    for text in (comment(review(of, None)), page(review(of, None))):
        assert "CaNaRy" not in text


@pytest.mark.parametrize("password", ["hunter22", "hunter22@ss", "pa/hunter22", "8hunter22?", "hunter22:x"])
def test_a_password_in_a_url_is_none_that_a_plan_has_to_hold(password: str) -> None:
    error = warning("Failed", f"postgres://someone:{password}@db.example.com/cdp refused", severity="error")
    for text in (comment(review(None, log(error))), page(review(None, log(error)))):
        shown = html.unescape(text)
        assert "hunter22" not in shown
        assert "ss@db" not in shown
        assert "someone" in shown
        assert "db.example.com" in shown


@pytest.mark.parametrize("name", ["password", "PASSWD", "pwd", "sslpassword"])
def test_a_password_among_parameters_is_taken_out(name: str) -> None:
    assert without_passwords(f"host=h {name}=hunter2 port=1") == f"host=h {name}=(redacted) port=1"
    assert without_passwords(f"x://h/d?{name}=hunter2&a=b") == f"x://h/d?{name}=(redacted)&a=b"


@pytest.mark.parametrize("harmless", [
    "https://example.com/a:b?c=d#e",
    "https://example.com:8080/users/me@example.com",
    '["https://example.com:8080","postgresql://krenalis@127.0.0.1:5432/cdp"]',
    "https://[::1]:8080/me@example.com",
    "postgresql://krenalis@127.0.0.1:5432/cdp/customers",
    "https://example.com: somebody@example.com answers",
    "set password = null, or the password of it",
])  # fmt: skip
def test_what_holds_no_password_stays(harmless: str) -> None:
    assert without_passwords(harmless) == harmless


def test_texts_without_passwords_stay_so() -> None:
    once = without_passwords("x://u:hunter2@h?password=hunter2")
    assert without_passwords(once) == once == "x://u:(redacted)@h?password=(redacted)"


def test_what_is_no_secret_stays() -> None:
    of = plan(
        change(
            ["create"], None, values(profile_columns={"push_token": "character varying", "email": "text"})
        ),
        **configured(
            plan_check={"constant_value": "strict"}, postgresql={"constant_value": {"sslmode": "require"}}
        ),
    )
    text = comment(review(of, log(warning("strict and require", ""), of=of)))
    assert "strict and require" in text
    assert "`push_token`" in text
    assert "`character varying`" in text


@pytest.mark.parametrize("through", ["a variable", "a module", "blocks"])
def test_of_connection_parameters_only_those_that_may_be_secret_are_taken_out(through: str) -> None:
    of = json.loads(json.dumps(IN_MODULE))
    value = {"password": SECRET, "role": "krenalis", "sslmode": "require"}
    of["variables"]["deep"]["value"] = value
    if through == "a variable":
        of |= configured(postgresql={"references": ["var.deep"]})
    elif through == "blocks":
        of |= configured(postgresql={name: {"constant_value": each} for name, each in value.items()})
    told = log(warning(f"krenalis and require and {SECRET}", ""), of=plan(DROPS_TIER))
    shown = html.unescape(comment(review(plan(DROPS_TIER, **of), told)))
    assert "krenalis and require and (redacted)" in shown


def test_the_keys_of_a_sensitive_map_are_as_sensitive() -> None:
    before, after = values(primary_sources={"CaNaRy1": "a"}), values(primary_sources={"CaNaRy2": "a"})
    of = change(["update"], before, after)
    of["change"]["before_sensitive"] = of["change"]["after_sensitive"] = {"primary_sources": True}
    shown = comment(review(plan(of), log(warning("About CaNaRy1", "CaNaRy2"), of=plan(of))))
    assert "CaNaRy" not in shown
    assert "| `primary_sources` | `(sensitive)` | `(sensitive)` |" in shown
    assert "warehouse" in shown.lower()


def test_a_map_that_becomes_sensitive_is_one_row() -> None:
    of = change(["update"], values(), values(primary_sources={"secret": "a"}))
    of["change"]["after_sensitive"] = {"primary_sources": True}
    assert "| `primary_sources` | – | `(sensitive)` |" in comment(review(plan(of), None))


def test_a_fraction_is_a_secret_like_any_number(tmp_path: Path) -> None:
    of = plan(DROPS_TIER, output_changes={"o": {"actions": [], "after": 1234.5, "after_sensitive": True}})
    found = run(tmp_path, of, log(warning("About 1234.5", ""), of=of))
    assert found.code == 2
    assert "About &#40;redacted&#41;" in found.stdout.replace("(redacted)", "&#40;redacted&#41;")
    assert "1234.5" not in found.stdout + found.page


def test_sensitive_values_are_named_and_not_shown() -> None:
    before, after = values(), values()
    after["warehouse"] = {
        **after["warehouse"],
        "settings": {**after["warehouse"]["settings"], "password": "another"},
    }
    text = comment(review(plan(change(["update"], before, after)), None))
    assert "| `warehouse.settings.password` | `(sensitive)` | `(sensitive)` |" in text

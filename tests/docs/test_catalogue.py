"""The catalogue of diagnostics and the code have the same summaries, and the page shows them all."""

from pathlib import Path

import pytest

from tests.support import catalogued
from tests.support.summaries import HOLE, UnreadableSummary, made_by
from tests.support.terraform import Terraform
from tests.support.terraform_process import Executable
from tools.docs import diagnostics
from tools.docs.diagnostics import Entry, catalogue, entries_of, shown
from tools.docs.mistakes import DocsError
from tools.docs.tables import TABLES

MADE = made_by()
ENTRIES = [entry for group in catalogue() for entry in group.entries]


def of(summary: str) -> Entry:
    return Entry("anchor", summary, "error", "It means this.", ("Do that.",))


def summaries(folder: Path, **modules: str) -> list[str]:
    """The summaries of a provider of these modules."""
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(text)
    return [made.summary for made in made_by(folder)]


def test_each_summary_that_the_code_makes_has_one_entry() -> None:
    wrong = [
        f"{made.file}:{made.line}: {made.summary.replace(HOLE, '{}')}: {[each.anchor for each in entries]}"
        for made in MADE
        if len(entries := entries_of(made.summary)) != 1
    ]

    assert len(MADE) > 200, "the walk over the code finds next to nothing"
    assert not wrong, "\n".join(wrong)


def test_each_entry_is_made_by_the_code() -> None:
    unmade = [entry.anchor for entry in ENTRIES if not any(entry.matches(made.summary) for made in MADE)]

    assert not unmade


def test_entries_read_as_sentences() -> None:
    texts = [(entry.anchor, text) for entry in ENTRIES for text in (entry.meaning, *entry.remedy)]

    assert not [anchor for anchor, text in texts if not text.endswith((".", "?")) or text != text.strip()]
    assert not [entry.anchor for entry in ENTRIES if entry.summary.endswith(".")]


def test_the_page_shows_each_entry_once_and_leads_to_it_from_the_index() -> None:
    page, index = TABLES["diagnostics"](), TABLES["diagnostics_index"]()

    for entry in ENTRIES:
        assert page.count(f'<a id="{entry.anchor}"></a>**{shown(entry.summary)}**') == 1
        assert index.count(f"[{shown(entry.summary)}](#{entry.anchor})") == 1


class TestASummaryInTheCatalogue:
    @pytest.mark.parametrize(
        "summary",
        [
            'Workspace "Customers" will be destroyed',
            'Workspace "Customers" will be destroyed with 3 profiles',
            f'Workspace "{HOLE}" will be destroyed with {HOLE}',
        ],
    )
    def test_may_have_a_part_that_is_absent(self, summary: str) -> None:
        assert of('Workspace "{name}" will be destroyed[ with {rows}]').matches(summary)

    def test_may_have_a_choice_of_words(self) -> None:
        entry = of("It will be {forgotten|deleted} soon")

        assert all(entry.matches(f"It will be {word} soon") for word in ("forgotten", "deleted", HOLE))
        assert not entry.matches("It will be painted soon")

    def test_is_that_of_a_workspace_which_is_named_behind_it(self) -> None:
        assert of("Missing right").matches('Missing right (workspace "Customers")')

    def test_is_not_that_of_a_longer_or_a_shorter_one(self) -> None:
        assert not of("Missing right").matches("Missing right on the schema")
        assert not of("Missing right on the schema").matches("Missing right")

    def test_is_shown_without_what_differs(self) -> None:
        assert shown('Workspace "{name}" is {red|blue}[ in {rows}]') == 'Workspace "…" is red or blue in …'


class TestTheWalkOverTheCode:
    def test_finds_what_functions_and_classes_and_methods_are_given(self, tmp_path: Path) -> None:
        library = """
class Finding:
    path: str
    summary: str

class Failure(Exception):
    def __init__(self, summary, detail=""): ...

class Late(Failure):
    '''Has the constructor of its base.'''

class Diagnostics:
    def error(self, summary, detail=""): ...

def found(path, summary):
    return Finding(path, summary)
"""
        user = """
import log
import library
from library import Finding, Late, found as report

Finding("a", "of a class")
Finding(path="a", summary="by its name")
Late("of a base")
report("a", "of a function")
library.found("a", "of a module's function")
request.diagnostics.error("of a method")
log.error("of a log")
unknown("of somebody else")
"""
        assert summaries(tmp_path, library=library, user=user) == [
            "of a class",
            "by its name",
            "of a base",
            "of a function",
            "of a module's function",
            "of a method",
        ]

    def test_reads_constants_choices_and_tables_and_leaves_out_what_is_passed_on(
        self, tmp_path: Path
    ) -> None:
        code = """
_CONSTANT = "a constant"
_TABLE: dict[str, str] = {"a": "in a table"}

def say(summary): ...

def pass_on(summary, error):
    say(summary)
    say(error.summary)
    say(f"{error.summary} again")

def use(name, rows):
    local = f"{name} is local"
    say(_CONSTANT)
    say(local)
    say(_TABLE.get(name, "not in it"))
    say("one" if rows else "other")
    say(f"it goes{f' with {rows}' if rows else ''}")
"""
        assert summaries(tmp_path, code=code) == [
            "a constant",
            f"{HOLE} is local",
            "in a table",
            "not in it",
            "one",
            "other",
            f"it goes with {HOLE}",
            "it goes",
        ]

    def test_stops_at_a_summary_that_is_not_written_as_text(self, tmp_path: Path) -> None:
        with pytest.raises(UnreadableSummary, match=r"code\.py:3: a summary that is not text: .a. \+ name"):
            summaries(tmp_path, code="def say(summary): ...\n\nsay('a' + name)\n")


class TestACatalogueWithAMistake:
    @pytest.mark.parametrize(
        "written",
        [
            'severity = "error"\nmeaning = "It is so."\nremedy = ["Do that."]',
            'summary = "A"\nseverity = "grave"\nmeaning = "It is so."\nremedy = ["Do that."]',
            'summary = "A"\nseverity = "error"\nmeaning = "It is so."\nremedy = []',
            'summary = "A"\nseverity = "error"\nmeaning = ""\nremedy = ["Do that."]',
            'summary = "A"\nseverity = "error"\nmeaning = "It is so."\nremedy = ["Do that."]\nreason = "A"',
        ],
    )
    def test_names_the_entry(self, written: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "1.toml").write_text(f'title = "A"\nabout = "B"\n\n[diagnostic.an-entry]\n{written}\n')
        monkeypatch.setattr(diagnostics, "_FOLDER", tmp_path)

        with pytest.raises(DocsError, match=r"1\.toml: an-entry: needs "):
            catalogue.__wrapped__()

    def test_names_the_anchor_that_two_entries_have(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        entry = (
            '[diagnostic.same]\nsummary = "A"\nseverity = "error"\nmeaning = "It is so."\nremedy = ["Do."]\n'
        )
        for name in ("1", "2"):
            (tmp_path / f"{name}.toml").write_text(f'title = "A"\nabout = "B"\n\n{entry}')
        monkeypatch.setattr(diagnostics, "_FOLDER", tmp_path)

        with pytest.raises(DocsError, match="diagnostics with the same anchor: same"):
            catalogue.__wrapped__()


class TestWhatTerraformPrints:
    TEXT = """
Warning: Provider development overrides are in effect

The following provider development overrides are set in the CLI configuration.

Warning: Empty object (workspace "Customers")

  with krenalis_workspace.customers,
  on main.tf line 11:

│ Error: Wrong user name or password (workspace "Customers")
│
│   with module.crm.krenalis_workspace.customers,
│
│ Error messages of the database follow.
"""

    def test_is_read_from_the_text_for_people(self) -> None:
        assert list(catalogued.printed(self.TEXT)) == [
            ("warning", "Provider development overrides are in effect", None),
            ("warning", 'Empty object (workspace "Customers")', "krenalis_workspace.customers"),
            (
                "error",
                'Wrong user name or password (workspace "Customers")',
                "module.crm.krenalis_workspace.customers",
            ),
        ]

    def test_is_right_where_it_is_terraforms_own_or_the_catalogue_has_it(self) -> None:
        assert catalogued.problems(catalogued.printed(self.TEXT)) == []

    def test_is_a_problem_without_an_entry_and_with_another_severity(self) -> None:
        text = "Error: Nothing known\n\n  with krenalis_workspace.customers,\n\nError: Empty object\n"

        first, second = catalogued.problems(catalogued.printed(text))

        assert first == '"Nothing known" should have one entry in tools/docs/catalogue, and has none'
        assert second == (
            '"Empty object" is always of the severity warning by tools/docs/catalogue, and came as error'
        )

    def test_stops_a_test_that_meets_an_unknown_message(self, tmp_path: Path) -> None:
        says = "#!/bin/sh\nprintf 'Error: Nothing known\\n\\n  with krenalis_workspace.customers,\\n'\n"
        program = tmp_path / "terraform"
        program.write_text(says)
        program.chmod(0o755)
        terraform = Terraform(Executable("1.11", "linux_amd64", (str(program),)), tmp_path / "configuration")

        with pytest.raises(AssertionError, match='"Nothing known" should have one entry'):
            terraform.plan()

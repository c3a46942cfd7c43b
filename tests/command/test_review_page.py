"""The page of a review in a real browser: nothing overflows, the tables are drawn, it prints, keys suffice."""

import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from krenalis_provider.command.review.html import page
from krenalis_provider.command.review.reading import review
from tests.command.test_review_hostile import hostile_plan
from tests.support.browser import Browser, browser
from tests.support.review_plans import (
    ADDRESS,
    DROPS_TIER,
    TIER_IS_LOST,
    change,
    log,
    plan,
    values,
    warning,
)

NAMES = [f"a_property_with_a_rather_long_name_{number}" for number in range(1_500)]
COLUMNS = {name: f"character varying({1000 + number})" for number, name in enumerate(NAMES)}
LOSSES = [{"property": name, "column": name, "kind": "dropped", "becomes": None} for name in NAMES[:700]]
LARGE = change(
    ["update"],
    values(profile_columns=COLUMNS),
    values(profile_columns=dict(list(COLUMNS.items())[700:]), losses=LOSSES),
    address=f'module.{"m" * 60}["{"key" * 20}"].{ADDRESS}',
)
CREATED = change(["create"], None, values(), address=f"{ADDRESS}_new")
REPLACED = change(["delete", "create"], values(), values(), address=f"{ADDRESS}_moved")
ALONG = (
    TIER_IS_LOST,
    warning('Objects go with columns (workspace "Customers")', "index " + "cdp.by_tier_" * 40),
)
WIDE = "漢字💥" * 30 + "W" * 90
PAGES: dict[str, tuple[dict[str, Any], tuple[Any, ...]]] = {
    "several workspaces": (plan(DROPS_TIER, CREATED, REPLACED), ALONG),
    "1,500 columns": (plan(LARGE), ()),
    "nothing": (plan(), ()),
    "errors": (plan(), (warning("It failed", "because " * 200, severity="error"),)),
}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture(params=[*PAGES, "wide letters", "hostile"])
def shown(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A page, by the kind of its plan."""
    if request.param in PAGES:
        of, told = PAGES[request.param]
        text = page(review(of, log(*told, of=of)))
    else:
        text = page(
            review(*hostile_plan(WIDE if request.param == "wide letters" else "</details><b>\u202e `|"))
        )
    path = tmp_path / "review.html"
    path.write_text(text, "utf-8", errors="backslashreplace")
    return path


@pytest.fixture
def several(tmp_path: Path) -> Path:
    of, told = PAGES["several workspaces"]
    path = tmp_path / "review.html"
    path.write_text(page(review(of, log(*told, of=of))), "utf-8")
    return path


OVERFLOWING = """
const outside = [];
for (const each of document.body.querySelectorAll('*')) {
  if (each.closest('.scroll') && !each.classList.contains('scroll')) continue;
  if (each.closest('.skip, defs')) continue;
  const box = each.getBoundingClientRect();
  if (box.width && (box.right > innerWidth + 0.5 || box.left < -0.5))
    outside.push(each.tagName + '.' + each.getAttribute('class') + ': ' + each.textContent.slice(0, 40));
}
const clipped = [...document.querySelectorAll('.scroll')].filter(each => getComputedStyle(each).overflowX !== 'auto');
return [document.documentElement.scrollWidth - innerWidth, outside, clipped.length];
"""


@pytest.mark.parametrize("width", [360, 1_280])
def test_nothing_overflows(chromium: Browser, shown: Path, width: int) -> None:
    chromium.open(shown, width=width)
    assert chromium.run(OVERFLOWING) == [0, [], 0]


TEXTS = """
const drawn = [...document.querySelectorAll('svg.diagram')].filter(svg => svg.getBoundingClientRect().width);
return drawn.map(svg => {
  const whole = svg.getBoundingClientRect();
  const boxes = [...svg.querySelectorAll('.box')].map(each => each.getBBox());
  const texts = [...svg.querySelectorAll('text')].map(each => {
    const box = each.getBBox();
    return {text: each.textContent, x: box.x, y: box.y, right: box.x + box.width, bottom: box.y + box.height,
            inside: boxes.some(b => box.x >= b.x && box.y >= b.y && box.x + box.width <= b.x + b.width
                                    && box.y + box.height <= b.y + b.height),
            label: each.previousElementSibling?.classList.contains('arrow') ?? false};
  });
  return {width: whole.width, scale: whole.width / svg.viewBox.baseVal.width, height: whole.height, texts};
});
"""


def overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    margin = 0.5
    return bool(
        one["x"] < other["right"] - margin
        and other["x"] < one["right"] - margin
        and one["y"] + 2 < other["bottom"] - 2
        and other["y"] + 2 < one["bottom"] - 2
    )


@pytest.mark.parametrize(("width", "least"), [(1_280, 300), (360, 280)])
def test_the_tables_are_drawn_and_their_texts_stay_apart_and_in_their_boxes(
    chromium: Browser, shown: Path, width: int, least: int
) -> None:
    chromium.open(shown, width=width)
    found = chromium.run(TEXTS)
    assert bool(found) == ('class="diagram ' in shown.read_text("utf-8"))
    for image in found:
        assert image["width"] >= least
        assert image["scale"] > 0.95
        assert image["height"] > 100
        assert len(image["texts"]) > 2
        for number, text in enumerate(image["texts"]):
            assert text["inside"] or text["label"], text
            for other in image["texts"][number + 1 :]:
                assert not overlap(text, other), (text, other)


def test_of_many_columns_the_changed_ones_are_drawn_and_the_others_counted(
    chromium: Browser, tmp_path: Path
) -> None:
    of, told = PAGES["1,500 columns"]
    path = tmp_path / "review.html"
    path.write_text(page(review(of, log(*told, of=of))), "utf-8")
    chromium.open(path, width=1_280)
    before, after = ("\n".join(text["text"] for text in image["texts"]) for image in chromium.run(TEXTS))
    assert NAMES[0][:20] in before
    assert "686 more dropped · 800 that stay" in before
    assert "800 that stay" in after
    assert all(image["height"] < 1_200 for image in chromium.run(TEXTS))


def test_it_prints_with_all_of_its_parts(chromium: Browser, several: Path) -> None:
    chromium.open(several, width=1_280)
    chromium.run("document.querySelectorAll('details').forEach(each => each.open = false)")
    # letters that fonts draw as one come as one
    printed = " ".join(unicodedata.normalize("NFKC", " ".join(chromium.printed())).split())
    for part in (
        "Data would be lost",
        "3 of 5 profiles have a value",
        "krenalis_workspace.customers_moved",
        "What goes with it",
        "cdp.by_tier_",
        "Type before",
        "joined by resolve_identities()",
        "deletion_protection",
        'DROP COLUMN "tier"',
        "CREATE TABLE",
        "_must_stay boolean",
    ):
        assert part in printed, part


def test_it_works_without_scripts_and_by_keys_alone(chromium: Browser, several: Path) -> None:
    chromium.open(several, width=1_280, scripts=False)
    number = chromium.run("return document.querySelectorAll('details details').length") + chromium.run(
        "return document.querySelectorAll('.card > details').length"
    )
    reached: dict[str, bool] = {}
    for _ in range(400):
        chromium.press("Tab", 9)
        state = chromium.run(
            "const at = document.activeElement; const all = [...document.querySelectorAll('summary')];"
            "return at.tagName === 'SUMMARY' ? [String(all.indexOf(at)), at.parentElement.open] : null"
        )
        if state is None:
            continue
        name, was_open = state
        if name in reached:
            break
        outline = chromium.run("return getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", "the focus is visible"
        chromium.press("Enter", 13)
        now = chromium.run("return document.activeElement.parentElement.open")
        reached[name] = now is not was_open
        if not now:  # what is within is reached while it is open
            chromium.press("Enter", 13)
    assert all(reached.values())
    assert len(reached) == number
    assert number > 10


def test_it_has_landmarks_headings_and_names(chromium: Browser, several: Path) -> None:
    chromium.open(several, width=1_280)
    found = chromium.run("""
      const named = each => (each.getAttribute('aria-label')
        || document.getElementById(each.getAttribute('aria-labelledby') || '')?.textContent || '').length > 0;
      return {
        language: document.documentElement.lang,
        landmarks: ['body > header', 'main', 'footer'].map(each => document.querySelectorAll(each).length),
        headings: document.querySelectorAll('h1').length,
        nameless: [...document.querySelectorAll('section, table, [role]')].filter(each => !named(each)).length,
        ids: (all => all.length - new Set(all).size)([...document.querySelectorAll('[id]')].map(each => each.id)),
        dead: [...document.querySelectorAll('a')].filter(each => !document.querySelector(each.getAttribute('href'))).length,
        levels: [...document.querySelectorAll('h1, h2, h3')].map(each => Number(each.tagName[1])),
      };
    """)
    assert found["language"] == "en"
    assert found["landmarks"] == [1, 1, 1]
    assert found["headings"] == 1
    assert (found["nameless"], found["ids"], found["dead"]) == (0, 0, 0)
    assert all(
        after - before <= 1 for before, after in zip(found["levels"], found["levels"][1:], strict=False)
    )


CONTRAST = """
const context = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
const rgba = color => { context.clearRect(0, 0, 1, 1); context.fillStyle = color; context.fillRect(0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data]; };
const light = ([r, g, b]) => [r, g, b].map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const behind = each => {
  const layers = [];
  for (let at = each; at; at = at.parentElement) {
    const color = rgba(getComputedStyle(at).backgroundColor);
    layers.push(color);
    if (color[3] === 255) break;
  }
  return layers.reverse().reduce((under, over) => under.map((v, i) => v + (over[i] - v) * over[3] / 255), [255, 255, 255]);
};
const low = [];
for (const each of document.querySelectorAll('body *:not(svg *):not(svg)')) {
  if (![...each.childNodes].some(node => node.nodeType === 3 && node.textContent.trim())) continue;
  const one = light(rgba(getComputedStyle(each).color)), other = light(behind(each));
  const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  if (ratio < 4.5) low.push(each.tagName + '.' + each.className + ': ' + ratio.toFixed(2));
}
for (const each of document.querySelectorAll('svg.diagram text')) {
  const change = [...each.classList].find(name => ['added', 'dropped', 'emptied', 'retyped', 'renamed'].includes(name));
  const band = each.parentElement.querySelector('.band') || each.parentElement.querySelector('.box') || each.parentElement.parentElement.querySelector('.box');
  const one = light(rgba(getComputedStyle(each).fill)), other = light(rgba(getComputedStyle(band).fill));
  const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  if (ratio < 4.5) low.push('svg ' + each.textContent + ' ' + change + ': ' + ratio.toFixed(2));
}
return low;
"""


@pytest.mark.parametrize("dark", [False, True])
def test_each_text_stands_out_from_its_ground(chromium: Browser, several: Path, *, dark: bool) -> None:
    chromium.open(several, width=1_280, dark=dark)
    assert chromium.run("return getComputedStyle(document.body).backgroundColor") == (
        "rgb(15, 18, 22)" if dark else "rgb(244, 245, 247)"
    )
    assert chromium.run(CONTRAST) == []


def test_a_small_screen_shows_every_cell_and_type_without_scrolling(chromium: Browser, several: Path) -> None:
    chromium.open(several, width=360)
    hidden = "return [...document.querySelectorAll('.scroll')].filter(each => each.scrollWidth > each.clientWidth).length"
    assert chromium.run(hidden) == 0
    assert chromium.run("return document.querySelectorAll('.scroll svg').length") > 2
    broken = "return [...document.querySelectorAll('.badge')].filter(each => each.getClientRects().length > 1 || each.offsetHeight > 30).length"
    assert chromium.run(broken) == 0


def test_one_diagram_alone_stands_in_the_middle(chromium: Browser, tmp_path: Path) -> None:
    path = tmp_path / "review.html"
    path.write_text(page(review(plan(CREATED), None)), "utf-8")
    chromium.open(path, width=1_280)
    left, right = chromium.run(
        "const box = document.querySelector('svg.diagram').getBoundingClientRect(); return [box.left, innerWidth - box.right]"
    )
    assert abs(left - right) < 20

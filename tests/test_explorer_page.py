"""The explorer in a real browser: every type as the pipeline makes it, by keyboard, link, phone, paper."""

from __future__ import annotations

import csv
import io
import json
import math
import random
import re
from pathlib import Path

import browser
import numpy as np
import pytest
import yaml
from test_explorer import HOSTILE, make

from smstra import config, csvio, typology
from smstra.outcomes import TYPES
from smstra.robustness import choices
from smstra.stages.whole import types_of
from smstra.typology import CRITERIA, TYPE_OF_CELL, cells_of

pytestmark = pytest.mark.xdist_group("browser")
READY = "() => performance.getEntriesByName('smstra-ready').length > 0"
# What the page shows once its frame is drawn.
SHOWN = """async () => {
    await new Promise((done) => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(done)), 0));
    return Array.from(smstra.current());
}"""
COUNTS = "() => [...document.querySelectorAll('#counts-body tr')].map((row) => row.children[1].textContent)"
OPENED = "() => !document.getElementById('panel').hidden"
ALL_OPEN = "() => document.querySelectorAll('details').forEach((each) => { each.open = true; })"
CLOSED = "() => document.getElementById('panel').hidden"


@pytest.fixture(scope="module")
def chromium():
    with browser.launch() as started:
        yield started


@pytest.fixture(scope="module")
def made(chromium, tmp_path_factory):
    return make(tmp_path_factory.mktemp("page") / "tl")


@pytest.fixture
def opened(chromium, made):
    """The page of Testland, open and wide."""
    with browser.opened(chromium, made.page) as page:
        page.wait_for_function(READY)
        yield page


class Pipeline:
    """The types under any setting, by the functions that make the typology."""

    def __init__(self, made):
        self.made = made
        variables = made.settings["variables"]
        self.choices = choices.evaluate(
            made.case, made.figures, made.units, variables, made.settings["breaks"]
        )
        self.places = {name: at for at, name in enumerate(self.choices.table["choice"])}
        self.values = {
            criterion: choices.values_under(
                made.case, criterion, made.figures, made.units, variables
            )
            for criterion in CRITERIA
        }

    def answer(self, criterion, definition, window, reference):
        """The answer of each unit; a number as reference need not be among the case's."""
        name = "/".join((criterion, definition, window, str(reference)))
        if not isinstance(reference, float):
            return self.choices.answers[self.places[name]]
        values = self.values[criterion].get((definition, window))
        if values is None:
            return np.full(len(self.made.units), -1)
        holds_if = choices.definitions_of(self.made.case, criterion)[definition]["holds_if"]
        decimals = self.made.case["comparison_decimals"]
        return typology.holds(values, np.full_like(values, reference), holds_if, decimals)

    def types(self, setting):
        answers = [
            self.answer(criterion, *chosen)
            for criterion, chosen in zip(CRITERIA, setting, strict=True)
        ]
        return TYPE_OF_CELL[cells_of(*answers)].tolist()


@pytest.fixture(scope="module")
def pipeline(made):
    return Pipeline(made)


def some_settings(made, pipeline, number, seed):
    """Settings drawn at random: for each criterion (definition, window, reference or a number).

    Numbers are often a value itself, or beside one by less than the case's decimals: ties.
    """
    draw = random.Random(seed)
    windows = [window["name"] for window in made.payload["windows"]]
    for _ in range(number):
        window = draw.choice(windows[:1] * 3 + windows)
        setting = []
        for criterion in made.payload["criteria"]:
            definition = draw.choice(criterion["definitions"])
            reference = draw.choice(definition["references"])
            values = pipeline.values[criterion["key"]].get((definition["name"], window))
            known = [] if values is None else values[~np.isnan(values)].tolist()
            if "joins" not in definition and known and draw.random() < 0.6:
                tie = draw.choice(known) + draw.choice((0.0, 4e-10, -4e-10, 6e-10))
                reference = draw.choice((tie, draw.uniform(min(known), max(known))))
            setting.append((definition["name"], window, reference))
        yield setting


def address(setting):
    """The address of a setting, as a person could write it."""
    said = [("window", setting[0][1])]
    for column, (definition, _, reference) in zip(CRITERIA.values(), setting, strict=True):
        said.append((f"{column}.definition", definition))
        key = "number" if isinstance(reference, float) else "reference"
        said.append((f"{column}.{key}", repr(reference) if key == "number" else reference))
    return "&".join(f"{key}={value}" for key, value in said)


# Sets menus, sliders and fields as a hand does, and returns what they hold and the types shown.
BY_HAND = """async ([window_, chosen]) => {
    const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const pick = (menu, value) => {
        menu.value = value;
        menu.dispatchEvent(new Event("change", {bubbles: true}));
    };
    pick(document.getElementById("window"), String(window_));
    const held = [];
    for (const [key, definition, reference, number, by] of chosen) {
        const get = (name) => document.querySelector(`#${key} [data-is=${name}]`);
        pick(get("definition"), String(definition));
        if (number === null) pick(get("reference"), reference);
        else if (by === "slider") {
            get("slider").value = number;
            get("slider").dispatchEvent(new Event("input", {bubbles: true}));
            await frame();
        } else {
            get("number").value = number;
            get("number").dispatchEvent(new Event("change", {bubbles: true}));
        }
        const state = smstra.now().criteria.find((_, at) => smstra.data.criteria[at].key === key);
        held.push([get("reference").value, state.number, get("slider").value]);
    }
    return {held, types: Array.from(smstra.current())};
}"""


def test_sliders_and_menus_give_the_pipelines_types_at_50_random_settings(made, pipeline, opened):
    draw = random.Random(7)
    windows = [window["name"] for window in made.payload["windows"]]
    different, by_slider = set(), 0
    for setting in some_settings(made, pipeline, 50, seed=2014):
        chosen = []
        for criterion, (definition, _, reference) in zip(
            made.payload["criteria"], setting, strict=True
        ):
            names = [each["name"] for each in criterion["definitions"]]
            number = reference if isinstance(reference, float) else None
            by = draw.choice(("slider", "field"))
            named = None if number is not None else reference
            chosen.append([criterion["key"], names.index(definition), named, number, by])
        found = opened.evaluate(BY_HAND, [windows.index(setting[0][1]), chosen])
        said = []
        for (key, _, named, number, by), (reference, held, slider), (definition, window, _) in zip(
            chosen, found["held"], setting, strict=True
        ):
            if number is None:
                assert reference == named, key
                said.append((definition, window, named))
                continue
            assert reference == "number"
            # A slider stands on its own steps; the page must say the number where it stands.
            assert held == (float(slider) if by == "slider" else number)
            by_slider += by == "slider"
            said.append((definition, window, float(held)))
        expected = pipeline.types(said)
        assert found["types"] == expected, said
        counts = [str(expected.count(at)) for at in range(len(TYPES))]
        assert opened.evaluate(COUNTS) == counts
        different.add(tuple(expected))
    assert by_slider > 10
    assert len(different) > 20


def test_addresses_give_the_pipelines_types_and_ties_fall_alike(made, pipeline, opened):
    settings = list(some_settings(made, pipeline, 100, seed=5))
    found = opened.evaluate(
        """(addresses) => addresses.map((address) => {
            const {now, faults} = smstra.state.read(address, smstra.data);
            smstra.set(now);
            return [Array.from(smstra.current()), faults];
        })""",
        [address(setting) for setting in settings],
    )
    for setting, (types, faults) in zip(settings, found, strict=True):
        assert faults == []
        assert types == pipeline.types(setting), setting


def test_numbers_are_rounded_as_numpy_rounds_them(opened):
    draw = np.random.default_rng(3)
    numbers = np.concatenate(
        [
            draw.normal(size=2000) * 10.0 ** draw.integers(-12, 16, 2000),
            np.arange(-50, 50) / 2,
            np.arange(-500, 500) * 1e-9 / 2,
            [
                0.0,
                -0.0,
                1e300,
                -1e300,
                2.0**52,
                2.0**52 + 1,
                2.0**53 - 1,
                5e-324,
                0.1 + 0.2,
                8.3 - 5.3,
            ],
        ]
    )
    for decimals in (0, 1, 3, 9, 12):
        rounded = opened.evaluate(
            "([numbers, decimals]) => numbers.map((x) => smstra.types.round(x, decimals))",
            [numbers.tolist(), decimals],
        )
        with np.errstate(over="ignore"):
            assert np.array(rounded, float).tobytes() == np.round(numbers, decimals).tobytes()


def test_cells_of_a_csv_are_written_as_the_pipeline_writes_them(opened):
    draw = np.random.default_rng(4)
    numbers = (draw.normal(size=3000) * 10.0 ** draw.integers(-30, 30, 3000)).tolist()
    numbers += [
        0.0,
        -0.0,
        1.0,
        -5.0,
        1e15,
        1e16,
        1.5e16,
        2.0**53,
        1e22,
        1e-4,
        1e-5,
        0.00012,
        math.nan,
    ]
    said = opened.evaluate("(numbers) => numbers.map(smstra.types.cell)", numbers)
    assert said == [csvio.cell(number) for number in numbers]


@pytest.mark.parametrize("word", ["all_of", "any_of"])
def test_joined_answers_are_unknown_where_the_known_ones_do_not_settle_them(opened, word):
    def truth(*answers):
        settled = word != "all_of"
        if settled in answers:
            return settled
        return None if None in answers else not settled

    pairs = [(a, b) for a in (False, True, None) for b in (False, True, None)]
    code = {False: 0, True: 1, None: 2}
    parts = [[code[pair[at]] for pair in pairs] for at in (0, 1)]
    joined = opened.evaluate(
        "([parts, word]) => Array.from(smstra.types.joined(parts, word))", [parts, word]
    )
    assert joined == [code[truth(*pair)] for pair in pairs]


def test_it_opens_without_a_network_and_shows_the_pipelines_result(made, opened):
    types = opened.evaluate(SHOWN)
    assert [TYPES[at] for at in types] == made.typology["type"].tolist()
    assert "0 of 12" in opened.locator("#changed-number").text_content()
    assert opened.locator("#fault").is_hidden()
    rows = opened.locator(".grid-body .grid-row:not([hidden])")
    assert rows.count() == 12
    first = made.typology.iloc[0]
    assert first["name"] in rows.first.text_content()


def test_changed_towns_are_counted_and_listed_at_once(made, pipeline, opened):
    opened.locator("#population_improving [data-is=number]").fill("50")
    opened.locator("#population_improving [data-is=number]").press("Enter")
    own = [
        (
            entry["definitions"][entry["own"]["definition"]]["name"],
            "as_asked",
            entry["own"]["reference"],
        )
        for entry in made.payload["criteria"]
    ]
    expected = pipeline.types([*own[:2], (own[2][0], "as_asked", 50.0)])
    before = [TYPES.index(name) for name in made.typology["type"]]
    changed = [unit for unit, (a, b) in enumerate(zip(before, expected, strict=True)) if a != b]
    assert changed
    assert f"{len(changed)} of 12" in opened.locator("#changed-number").text_content()
    assert opened.locator("#changed-units li").count() == len(changed)
    assert opened.evaluate(COUNTS) == [str(expected.count(at)) for at in range(len(TYPES))]
    opened.locator("#filter-changed").check()
    assert opened.evaluate("Array.from(smstra.order())") == changed
    # Said to a screen reader once the hand rests.
    opened.wait_for_function("() => document.getElementById('live').textContent !== ''")
    assert f": {len(changed)}." in opened.locator("#live").text_content()


def test_filters_and_search_hold_for_table_scatter_and_map(made, opened):
    opened.locator("#search").fill("lancut")
    assert opened.evaluate("Array.from(smstra.order())") == [3]
    opened.locator("#search").fill("t1")
    assert opened.evaluate("Array.from(smstra.order())") == [9, 10, 11]
    drawn = "() => smstra.scatter.members.reduce((sum, units) => sum + units.length, 0)"
    opened.evaluate(SHOWN)
    assert opened.evaluate(drawn) == 3
    outlined = (
        "() => smstra.map.data.filter((area) => area.itemStyle.areaColor !== '#ffffff').length"
    )
    assert opened.evaluate(outlined) == 2  # the last unit has no outline
    opened.locator("#clear").click()
    opened.locator("#filter-regions summary").click()
    opened.get_by_label("Region R1").check()
    units = made.units[made.units["region"] == "R1"].index.tolist()
    assert opened.evaluate("Array.from(smstra.order())") == units
    opened.evaluate(SHOWN)
    assert opened.evaluate(drawn) == len(units)
    assert opened.locator("#shown").text_content() == f"Shown: {len(units)} of 12 units."
    opened.locator("#search").fill("nowhere at all")
    assert "No unit fits" in opened.locator("#grid").text_content()
    assert opened.locator("#grid").get_attribute("aria-rowcount") == "1"


def test_every_column_sorts_both_ways_with_missing_values_last(made, opened):
    heads = opened.locator("#grid [role=columnheader]")
    own = made.typology.reset_index()
    for at in range(heads.count()):
        for way in ("ascending", "descending"):
            heads.nth(at).click()
            assert heads.nth(at).get_attribute("aria-sort") == way
            order = opened.evaluate("Array.from(smstra.order())")
            assert sorted(order) == list(range(12))
            if at in (6, 7, 8):
                values = own.loc[order, ["sf", "varun", "varni"][at - 6]].tolist()
                known = [value for value in values if not math.isnan(value)]
                assert known == sorted(known, reverse=way == "descending")
                assert all(map(math.isnan, values[len(known) :]))
    assert opened.locator("#grid [aria-sort=none]").count() == heads.count() - 1


def test_names_are_text_wherever_they_stand(made, opened):
    opened.locator(".grid-body .grid-row").nth(5).click()
    assert opened.locator("#panel-title").text_content() == f"{HOSTILE} (T06)"
    tip = opened.evaluate(
        """() => {
            const {scatter} = smstra;
            const type = scatter.members.findIndex((units) => units.includes(5));
            const at = scatter.members[type].indexOf(5);
            scatter.chart.dispatchAction({type: "showTip", seriesIndex: type, dataIndex: at});
            return document.querySelector("#scatter .canvas").textContent;
        }"""
    )
    assert HOSTILE in tip
    assert opened.locator("img").count() == 0
    names = opened.locator(".grid-body .grid-row [role=rowheader]").all_text_contents()
    assert "=1+1" in names
    assert 'Übel, "Bad"' in names


def test_a_town_shows_its_figures_references_probabilities_and_sources(made, opened):
    unit = 3
    row = made.typology.iloc[unit]
    opened.locator(".grid-body .grid-row").nth(unit).click()
    said = opened.locator("#panel").inner_text()
    for key in ("sf", "varun", "varni"):
        shown = f"{row[key]:,.3f}".replace("-", "−")
        assert shown in said
        distance = row[f"{key}_distance"]
        assert f"{abs(distance):,.3f}" in said
    assert "1 January 2007, in place of 1 January 2005" in said
    assert "zone Z1" in said
    assert made.payload["robustness"]["because"][unit] in said
    assert "Statistics Testland, tl_people" in said
    assert re.search(r"\d+\.\d %", said)
    drawn = opened.evaluate("() => document.querySelectorAll('#scatter .ring').length")
    assert drawn == 1
    assert opened.evaluate("() => smstra.map.marked[0]") == unit


def test_a_click_on_map_or_scatter_opens_the_town(opened):
    at = opened.evaluate(
        """() => {
            smstra.map.chart.getZr().flush();
            const box = document.querySelector("#map .canvas");
            box.scrollIntoView({block: "center"});
            const {left, top} = box.getBoundingClientRect();
            const [x, y] = smstra.map.chart.convertToPixel({seriesIndex: 0}, [5.15, 50.05]);
            return [left + x, top + y];
        }"""
    )
    opened.mouse.click(*at)
    opened.wait_for_function(OPENED)
    assert "(T02)" in opened.locator("#panel-title").text_content()
    opened.keyboard.press("Escape")
    opened.wait_for_function(CLOSED)
    # The charts take back the room that the panel took.
    opened.wait_for_function(
        "() => smstra.scatter.chart.getWidth() === document.querySelector('#scatter .canvas').clientWidth"
    )
    at = opened.evaluate(
        """() => {
            const {chart, at} = smstra.scatter;
            chart.getZr().flush();
            const box = document.querySelector("#scatter .canvas");
            box.scrollIntoView({block: "center"});
            const {left, top} = box.getBoundingClientRect();
            const [x, y] = chart.convertToPixel("grid", [at.x[9], at.y[9]]);
            return [left + x, top + y];
        }"""
    )
    opened.mouse.click(*at)
    opened.wait_for_function(OPENED)
    assert "(T10)" in opened.locator("#panel-title").text_content()


def test_all_of_it_goes_by_keyboard_alone(made, pipeline, opened):
    key = opened.keyboard
    focus = """() => {
        const at = document.activeElement;
        return at.id || at.dataset.is || at.getAttribute("role");
    }"""
    key.press("Tab")
    key.press("Tab")
    assert opened.evaluate(focus) == "window"
    for _ in range(3):
        key.press("Tab")
    assert opened.evaluate(focus) == "slider"
    key.press("ArrowRight")
    opened.wait_for_function("() => smstra.now().criteria[0].reference === 'number'")
    number = opened.evaluate("() => smstra.now().criteria[0].number")
    own = made.payload["criteria"][1:]
    rest = [
        (
            entry["definitions"][entry["own"]["definition"]]["name"],
            "as_asked",
            entry["own"]["reference"],
        )
        for entry in own
    ]
    share = made.payload["criteria"][0]["definitions"][0]["name"]
    assert opened.evaluate(SHOWN) == pipeline.types([(share, "as_asked", float(number)), *rest])
    for _ in range(60):
        key.press("Tab")
        if opened.evaluate(focus) == "columnheader":
            break
    assert opened.evaluate(focus) == "columnheader"
    at = "() => [smstra.grid.active.row, smstra.grid.active.column]"
    for pressed, place in [
        ("ArrowDown", [1, 0]),
        ("End", [1, 10]),
        ("ArrowRight", [1, 10]),
        ("Home", [1, 0]),
        ("Control+End", [12, 0]),
        ("ArrowDown", [12, 0]),
        ("PageUp", [1, 0]),
        ("PageDown", [12, 0]),
        ("Control+Home", [0, 0]),
        ("ArrowRight", [0, 1]),
        ("ArrowLeft", [0, 0]),
    ]:
        key.press(pressed)
        assert opened.evaluate(at) == place, pressed
        assert opened.evaluate("() => document.activeElement === smstra.grid.cell()"), pressed
    key.press("Enter")
    assert opened.locator("#grid [aria-sort=ascending]").text_content().startswith("Name")
    key.press("ArrowDown")
    key.press("ArrowDown")
    name = opened.evaluate("() => document.activeElement.textContent")
    key.press("Enter")
    assert opened.evaluate(focus) == "panel-title"
    assert name in opened.locator("#panel-title").text_content()
    key.press("Escape")
    assert opened.evaluate(CLOSED)
    assert opened.evaluate("() => document.activeElement.textContent") == name
    assert opened.evaluate(at) == [2, 0]


def test_the_focus_stays_with_its_row_when_the_table_scrolls_away(chromium, made):
    with browser.opened(chromium, made.page, (1280, 420)) as page:
        page.wait_for_function(READY)
        page.locator(".grid-body .grid-row [role=rowheader]").first.focus()
        name = page.evaluate("() => document.activeElement.textContent")
        page.evaluate("() => { smstra.grid.box.scrollTop = 1e6; }")
        page.evaluate(SHOWN)
        assert page.evaluate("() => document.activeElement.textContent") == name
        page.keyboard.press("ArrowDown")
        assert page.evaluate("() => smstra.grid.active.row") == 2
        assert page.evaluate("() => smstra.grid.box.scrollTop") <= 34


def test_an_address_says_the_whole_view_and_back_goes_back(chromium, made, opened):
    said = (
        "window=start_2_later&sf.definition=dense&sf.reference=national_median&varun.number=0.25"
        "&varni.reference=region_mean&types=D&types=mixed&regions=R2&changed=1&search=t&sort=-varni&unit=T08"
    )
    with browser.opened(chromium, made.page, address=f"#{said}") as page:
        page.wait_for_function(READY)
        assert page.locator("#fault").is_hidden()
        assert page.evaluate("() => smstra.state.address(smstra.now(), smstra.data)") == said
        assert page.locator("#window").input_value() == "3"
        assert page.locator("#economy_improving [data-is=number]").input_value() == "0.25"
        assert page.locator("#search").input_value() == "t"
        assert page.locator("#filter-changed").is_checked()
        assert page.locator("#panel-title").text_content() == "Town T08 (T08)"
    menu = opened.locator("#sf_high [data-is=definition]")
    menu.select_option("1")
    assert "sf.definition=dense" in opened.url
    opened.locator("#grid [role=columnheader]").nth(8).click()
    assert "sort=varni" in opened.url
    opened.go_back()
    assert "sort=" not in opened.url
    assert opened.locator("#grid [aria-sort=ascending]").text_content().startswith("Code")
    opened.go_back()
    assert menu.input_value() == "0"
    opened.go_forward()
    assert menu.input_value() == "1"


def test_random_states_come_back_from_their_addresses(made, pipeline, opened):
    draw = random.Random(11)
    states = []
    for setting in some_settings(made, pipeline, 60, seed=12):
        said = address(setting)
        said += "".join(f"&types={type_}" for type_ in draw.sample(TYPES, draw.randrange(3)))
        said += draw.choice(("", "&search=%3D1%2B1", "&search=a%26b", "&changed=1", "&sort=-name"))
        states.append(said)
    assert opened.evaluate(
        """(states) => states.every((said) => {
            const {state, data} = smstra;
            const one = state.read(said, data);
            const two = state.read(state.address(one.now, data), data);
            return !one.faults.length && !two.faults.length && JSON.stringify(one) === JSON.stringify(two);
        })""",
        states,
    )


# What the table of the page has in common with typology.csv, but for a name that only the page has.
COMPARED = [column for column in typology.COLUMNS[:14] if column != "name"]
BROKEN = [
    "window=nowhere",
    "sf.definition=__proto__",
    "sf.reference=zero",
    "sf.number=NaN",
    "sf.number=Infinity",
    "sf.number=",
    "varun.definition=points_and_level&varun.number=1",
    "types=E",
    "unit=T99",
    "sort=constructor",
    "hello",
    "%",
    "%E0%A4%A",
    "constructor=1",
    "<img src=x onerror=alert(1)>",
]


def test_a_broken_address_gets_a_message_and_the_cases_own_choices(made, opened):
    for broken in BROKEN:
        opened.evaluate("(broken) => { location.hash = broken; }", broken)
        opened.wait_for_function("() => !document.getElementById('fault').hidden")
        assert opened.locator("#fault-list li").count() == 1, broken
        if "points_and_level" not in broken:
            types = [TYPES[at] for at in opened.evaluate(SHOWN)]
            assert types == made.typology["type"].tolist(), broken
        opened.locator("#fault-close").click()
        assert opened.locator("#fault").is_hidden()


def downloaded(page, button):
    with page.expect_download() as waiting:
        page.locator(button).click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_text(encoding="utf-8")


def test_the_table_downloads_as_the_pipelines_csv(made, opened, tmp_path):
    name, text = downloaded(opened, "#csv")
    assert name == "tl-units.csv"
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    shared = [column for column in rows[0] if column in made.typology]
    csvio.write(made.typology[shared], tmp_path / "typology.csv")
    truth = list(csv.DictReader((tmp_path / "typology.csv").open(encoding="utf-8", newline="")))
    assert [{key: row[key] for key in shared} for row in rows] == truth
    assert {"sf", "varun_reference", "economy_improving", "type"} <= {*shared}
    opened.locator("#search").fill("bad")
    _, text = downloaded(opened, "#csv")
    assert text.splitlines()[1].startswith('T02,"Übel, ""Bad""",R1,')
    assert len(text.splitlines()) == 2


def test_a_downloaded_configuration_gives_the_pipeline_the_types_shown(
    made, pipeline, opened, tmp_path
):
    """The stages of the pipeline run on the file, from the raw tables on."""
    own = [
        (criterion["definitions"][criterion["own"]["definition"]]["name"], "as_asked")
        for criterion in made.payload["criteria"]
    ]
    references = (2.5e-7, "region_median", "zero"), ("5", "national_median", -0.25)
    settings = [
        [(*chosen, reference) for chosen, reference in zip(own, each, strict=True)]
        for each in references
    ]
    # A mean weighted by the inhabitants of the window, where the case's own aggregate is a sum.
    window = "end_1_later"
    settings.append(
        [
            ("dense", window, "national_aggregate"),
            ("foreign", window, "national_aggregate"),
            (own[2][0], window, "region_mean"),
        ]
    )
    settings += some_settings(made, pipeline, 60, seed=3)
    # The file is laid over the case that the page was made of.
    path = made.root / "config/cases/tl.yaml"
    path.write_text(yaml.safe_dump(json.loads(json.dumps(made.case))), encoding="utf-8")
    tried, refused, without = 0, 0, 0
    for setting in settings:
        shown, said, reasons = opened.evaluate(
            """(address) => {
                smstra.set(smstra.state.read(address, smstra.data).now);
                const {text, reasons} = smstra.configuration();
                return [smstra.csvText(), text, reasons];
            }""",
            address(setting),
        )
        if reasons:
            assert said == ""
            assert opened.locator("#yaml").is_disabled()
            refused += 1
        elif tried < 6:
            overrides = yaml.safe_load(said)["overrides"]
            whole = config.load({"cases": ["tl"], "overrides": overrides}, made.root)
            without += "robustness" not in whole.cases["tl"]
            # Values, references and answers too.
            found = types_of("tl", whole, made.root)[COMPARED]
            csvio.write(found, tmp_path / "typology.csv")
            truth = (tmp_path / "typology.csv").read_text(encoding="utf-8")
            rows = csv.DictReader(io.StringIO(shown, newline=""))
            assert [{key: row[key] for key in COMPARED} for row in rows] == list(
                csv.DictReader(io.StringIO(truth, newline=""))
            ), said
            tried += 1
    assert refused > 5
    assert (tried, without) == (6, 4)


def test_the_configuration_file_is_the_one_that_is_shown(opened):
    opened.locator("#sf_high [data-is=number]").fill("0.0000001")
    opened.locator("#sf_high [data-is=number]").press("Enter")
    name, text = downloaded(opened, "#yaml")
    assert name == "tl-choices.yaml"
    assert text == opened.locator("#yaml-text").text_content()
    assert yaml.safe_load(text)["overrides"]["tl"]["criteria"]["sf_high"]["reference"] == 1e-7
    opened.locator("#economy_improving [data-is=definition]").select_option(
        label="all of: Change of unemployment; Unemployment 2014"
    )
    assert opened.locator("#yaml").is_disabled()
    assert "joins several definitions" in opened.locator("#yaml-why").text_content()
    assert opened.locator("#economy_improving [data-is=slider]").is_disabled()


def test_what_the_data_do_not_allow_is_said_where_it_is_chosen(made, opened):
    opened.locator("#window").select_option(label="end 1 year later")
    said = opened.locator("#economy_improving [data-is=says]").text_content()
    assert "cannot be had" in said
    assert "undetermined" in said
    assert set(opened.evaluate(SHOWN)) == {TYPES.index("undetermined")}
    lacking = opened.locator("#economy_improving [data-is=reference] option:disabled")
    assert "not available" in lacking.first.text_content()
    opened.locator("#back").click()
    assert [TYPES[at] for at in opened.evaluate(SHOWN)] == made.typology["type"].tolist()


@pytest.mark.parametrize(
    ("size", "address_"),
    [
        (browser.WIDE, ""),
        (browser.NARROW, ""),
        (browser.WIDE, "#unit=T03&search=nowhere&types=Z"),
        (browser.NARROW, "#unit=T03"),
    ],
)
def test_axe_finds_nothing_wrong(chromium, made, size, address_):
    with browser.opened(chromium, made.page, size, address_) as page:
        page.wait_for_function(READY)
        page.evaluate(ALL_OPEN)
        assert browser.axe(page) == []


def test_no_width_scrolls_the_page_sideways(opened):
    wide = "() => document.documentElement.scrollWidth"
    opened.evaluate(ALL_OPEN)
    for width in (320, 360, 768, 1920):
        opened.set_viewport_size({"width": width, "height": 740})
        assert opened.evaluate(wide) <= width
        opened.locator(".grid-body .grid-row").first.click()
        assert opened.evaluate(wide) <= width
        assert opened.locator("#panel").bounding_box()["width"] <= width
        opened.keyboard.press("Escape")


def test_on_paper_stand_choices_counts_charts_and_rows(made, opened):
    opened.locator("#search").fill("t1")
    paper = opened.pdf(format="A4", print_background=True)
    assert paper.startswith(b"%PDF")
    assert opened.locator("#printed-body tr").count() == 3
    opened.emulate_media(media="print")
    assert opened.locator("#printed").is_visible()
    assert opened.locator("#counts").is_visible()
    assert opened.locator("#settings").is_visible()
    assert not opened.locator("#grid").is_visible()
    assert not opened.locator("#filters").is_visible()


def test_a_case_without_robustness_has_a_page_too(chromium, tmp_path):
    made = make(tmp_path / "tl", blocks="", overrides=None)
    with browser.opened(chromium, made.page) as page:
        page.wait_for_function(READY)
        assert [TYPES[at] for at in page.evaluate(SHOWN)] == made.typology["type"].tolist()
        assert page.locator("#grid [role=columnheader]").count() == 9
        page.locator(".grid-body .grid-row").first.click()
        assert "Verdict" not in page.locator("#panel").inner_text()
        assert browser.axe(page) == []

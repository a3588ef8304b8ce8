"""How many units fit what is said of a town: printed numbers, crowds, ways to say less, the command."""

from __future__ import annotations

import itertools
import math
import re
import shutil
import sys
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
import tiny
from hypothesis import given
from hypothesis import strategies as st

from smstra import cli, config, csvio, job_settings, resolved, strict_yaml
from smstra.audit import coarsening
from smstra.audit.attributes import Material
from smstra.audit.coarsening import forms_of_number, forms_of_words, ladder, remedies
from smstra.audit.disclosure import answer, as_text, most_telling, of_towns, printed
from smstra.audit.k_anonymity import Condition, Range, crowd, fits, in_words, printed_range
from smstra.audit.statements import statements
from smstra.errors import ConfigError
from smstra.lookup import Figures
from smstra.sources.tables import observations_of
from smstra.stages.harmonised import harmonised_figures
from smstra.stages.indicators import indicators_of
from smstra.stages.typology import typology_of
from smstra.stages.units import units_of

sys.path.insert(0, str(tiny.REPO / "workflow/scripts"))
import measure_disclosure

EXAMPLE = tiny.REPO / "docs/examples/disclosure_profile.yaml"
INF = math.inf


# --- printed numbers ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("253.26", (253.255, 253.265, True, False)),
        ("253.20", (253.195, 253.205, True, False)),
        ("16000", (15999.5, 16000.5, True, False)),
        ("16 000", (15999.5, 16000.5, True, False)),
        ("16\u202f000.5", (16000.45, 16000.55, True, False)),
        ("-1.3", (-1.35, -1.25, False, True)),
        ("\u22121.3 %", (-1.35, -1.25, False, True)),
        ("0.0", (-0.05, 0.05, False, False)),
        ("about 16000", (15500, 16500, True, False)),
        ("About 100000", (95000, 105000, True, False)),
        ("about 15 250", (15245, 15255, True, False)),
        ("ca. 0.5", (0.45, 0.55, True, False)),
        ("250 to the nearest 10", (245, 255, True, False)),
        ("<50000", (-INF, 50000, False, False)),
        ("below 50 000", (-INF, 50000, False, False)),
        ("at most 5", (-INF, 5, False, True)),
        (">5", (5, INF, False, False)),
        ("\u2265 5", (5, INF, True, False)),
        ("15-20", (15, 20, True, True)),
        ("15\u201320 %", (15, 20, True, True)),
        ("-5--3", (-5, -3, True, True)),
        ("between 5 and 10", (5, 10, True, True)),
        ("from 5 to below 10", (5, 10, True, False)),
    ],
)
def test_a_printed_number_stands_for_what_rounds_to_it(text, expected):
    assert printed_range(text) == Range(*expected)


@pytest.mark.parametrize(
    ("text", "tolerance", "expected"),
    [
        ("253.26", "0.5", (252.76, 253.76, True, True)),
        ("about 16000", "100", (15900, 16100, True, True)),
        ("15-20", "1", (14, 21, True, True)),
        ("below 5", "0.5", (-INF, 5.5, False, True)),
        ("0.3", "0", (0.3, 0.3, True, True)),
    ],
)
def test_a_tolerance_replaces_the_last_digit(text, tolerance, expected):
    assert printed_range(text, tolerance) == Range(*expected)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("8,3", "a comma may part thousands or decimals"),
        ("16,000", "a comma may part thousands or decimals"),
        ("many", "'many' is no number; write"),
        ("1e5", "no number"),
        ("nan", "no number"),
        ("inf", "no number"),
        ("٣", "no number"),
        ("", "no number"),
        ("5.", "no number"),
        ("16 00", "no number"),
        ("20-15", "runs backwards"),
        ("5 to the nearest 0", "a step above 0"),
    ],
)
def test_what_is_no_number_is_refused_with_what_to_write(text, says):
    with pytest.raises(ConfigError, match=re.escape(says)):
        printed_range(text)


@pytest.mark.parametrize("tolerance", ["-1", "about 1", "1-2", "x"])
def test_what_is_no_tolerance_is_refused(tolerance):
    with pytest.raises(ConfigError, match=r"no tolerance|no number"):
        printed_range("5", tolerance)


def test_ends_of_a_range_and_missing_values():
    table = pd.DataFrame({"x": [253.254999, 253.255, 253.26, 253.2649999, 253.265, np.nan]})
    found = fits([Condition("x", printed_range("253.26"))], table)
    assert found.tolist() == [False, True, True, True, False, True]
    # 8.3 - 5.3 is 3.0000000000000004 or so; nine decimals decide.
    near = pd.DataFrame({"x": [8.3 - 5.3, 3.0, 0.1 + 0.2 + 2.7]})
    assert fits([Condition("x", Range(3, 3, True, True))], near).all()
    words = pd.DataFrame({"x": ["a", "b", "", None]})
    assert fits([Condition("x", frozenset("a"))], words).tolist() == [True, False, True, True]
    assert fits([], words).all()


NUMBERS = st.decimals(-(10**6), 10**6, places=6).map(float)


@given(NUMBERS, st.integers(-3, 4))
def test_a_number_lies_in_the_range_of_its_print(value, decimals):
    assert printed_range(printed(value, decimals)).holds(np.array([value])).all()


@given(NUMBERS, st.integers(0, 3))
def test_each_coarser_form_holds_the_one_before_and_reads_as_what_it_allows(value, decimals):
    text = printed(value, decimals)
    *forms, last = forms_of_number(text, printed_range(text))
    assert (last.text, last.allowed) == ("left out", None)
    for finer, coarser in itertools.pairwise(forms):
        assert coarser.allowed.contains(finer.allowed)
        assert not finer.allowed.contains(coarser.allowed)
    for form in forms:
        assert printed_range(form.text) == form.allowed
        assert form.allowed.holds(np.array([value])).all()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("253.26", "from 253.255 to below 253.265"),
        ("0.0", "above -0.05 to below 0.05"),
        ("-1.3", "above -1.35 to -1.25"),
        ("15-20", "from 15 to 20"),
        ("below 5", "below 5"),
        ("at most 5", "at most 5"),
        ("above 5", "above 5"),
        ("at least 1234567.5", "at least 1234567.5"),
    ],
)
def test_a_range_in_words(text, words):
    assert in_words(printed_range(text)) == words


def test_forms_lose_digits_then_become_ranges_and_classes():
    classes = [("from 5000 to below 50000", Range(5000, 50000, True, False))]
    texts = [f.text for f in forms_of_number("16280", printed_range("16280"), classes)]
    assert texts[:3] == ["16280", "16280 to the nearest 10", "from 16250 to below 16300"]
    assert "16000 to the nearest 1000" in texts
    assert "from 5000 to below 50000" in texts
    assert texts[-1] == "left out"
    # 24.6 becomes 25; 20 would not hold all that rounds to 25, and is passed over.
    texts = [f.text for f in forms_of_number("24.6", printed_range("24.6"))]
    assert "25" in texts
    assert "20 to the nearest 10" not in texts


def test_half_of_a_step_rounds_away_from_zero():
    assert [printed(x, 1) for x in (0.25, -0.25, 1.005, 2.0)] == ["0.3", "-0.3", "1.0", "2.0"]
    assert printed(1.005, 2) == "1.01"
    assert printed(25, -1) == "30 to the nearest 10"


# --- crowds and remedies against brute force ----------------------------------------------------

CELLS = st.one_of(st.integers(0, 60).map(lambda n: n / 2), st.just(np.nan))
COUNTRIES = st.integers(1, 9).flatmap(
    lambda units: st.lists(st.lists(CELLS, min_size=units, max_size=units), min_size=1, max_size=3)
)


def statement_of(columns: list[list[float]], says: list[str]):
    """Return the conditions on columns a, b, c, their forms, and the table."""
    table = pd.DataFrame(dict(zip("abc", columns, strict=False)))
    ranges = [printed_range(text) for text in says[: len(columns)]]
    forms = [forms_of_number(t, r) for t, r in zip(says, ranges, strict=False)]
    return [Condition(n, r) for n, r in zip(table, ranges, strict=True)], forms, table


SAYS = st.lists(
    st.sampled_from(["12.5", "3", "0", "about 20", "5-10", "below 4", "25"]),
    min_size=3,
    max_size=3,
)


@given(COUNTRIES, SAYS)
def test_crowds_are_those_of_counting_row_by_row(columns, says):
    conditions, _, table = statement_of(columns, says)

    def held(row: pd.Series, which: list[Condition]) -> bool:
        return all(
            math.isnan(row[c.column]) or c.allowed.holds(np.array([row[c.column]]))[0]
            for c in which
        )

    def count(which: list[Condition]) -> int:
        return sum(held(row, which) for _, row in table.iterrows())

    found = crowd(conditions, table)
    assert found.units == len(table)
    assert found.fits == count(conditions)
    assert found.known == sum(
        held(row, conditions) and row.notna().all() for _, row in table.iterrows()
    )
    assert list(found.alone) == [count([c]) for c in conditions]
    assert list(found.without) == [count([c for c in conditions if c != d]) for d in conditions]
    for one, other, number in found.pairs:
        assert number == count([conditions[one], conditions[other]])
    assert len(found.pairs) == math.comb(len(conditions), 2)


def all_remedies(ladders, units: int, k: int) -> list[tuple[float, tuple[int, ...], int]]:
    """Return every choice that reaches k and that no other such choice is finer than, by trying all."""
    reach = {}
    for steps in itertools.product(*(range(len(steps)) for steps in ladders)):
        mask = (1 << units) - 1
        for ladder_, step in zip(ladders, steps, strict=True):
            mask &= ladder_[step].mask
        if mask.bit_count() >= k:
            reach[steps] = mask.bit_count()
    return sorted(
        (round(sum(a[s].loss for a, s in zip(ladders, steps, strict=True)), 9), steps, number)
        for steps, number in reach.items()
        # Crowds only grow along a ladder, so a finer choice that reaches k is one step finer somewhere.
        if not any(
            (*steps[:place], step - 1, *steps[place + 1 :]) in reach
            for place, step in enumerate(steps)
        )
    )


@given(COUNTRIES, SAYS, st.integers(1, 6), st.booleans())
def test_remedies_are_those_of_trying_every_choice(columns, says, k, kept):
    _, forms, table = statement_of(columns, says)
    forms[0] = forms[0][:1] if kept else forms[0]
    ladders = [ladder(name, f, table) for name, f in zip(table, forms, strict=True)]
    expected = all_remedies(ladders, len(table), k)
    found = remedies(ladders, len(table), k, most=10_000)
    assert found.complete
    assert [(each.loss, each.steps, each.fits) for each in found.found] == expected
    # The first few are the best few.
    few = remedies(ladders, len(table), k, most=2)
    assert [each.loss for each in few.found] == [loss for loss, _, _ in expected[:2]]


@given(COUNTRIES, SAYS)
def test_steps_of_a_ladder_fit_more_and_lose_more(columns, says):
    _, forms, table = statement_of(columns, says)
    steps = ladder("a", forms[0], table)
    assert (steps[0].loss, steps[-1].loss) == (0, 1)
    for finer, coarser in itertools.pairwise(steps[:-1]):
        assert finer.mask & coarser.mask == finer.mask != coarser.mask
        assert finer.loss < coarser.loss < 1
    assert steps[-1].mask.bit_count() == len(table)


def test_losses_by_hand():
    table = pd.DataFrame({"a": [12, 11, 14, 14, 40, 90, 91, 92.0]})
    steps = ladder("a", forms_of_number("12", printed_range("12")), table)
    # One of 8 units fits 12, which tells 3 bits; four fit 10 to 15, which tells 1; 10, to the nearest 10,
    # adds nobody; the ranges to 50 and to 100 add one and all, and all is what nothing says too.
    assert [(s.form.text, s.mask.bit_count()) for s in steps] == [
        ("12", 1),
        ("from 10 to below 15", 4),
        ("from 0 to below 50", 5),
        ("left out", 8),
    ]
    assert [s.loss for s in steps] == pytest.approx([0, 2 / 3, 1 - math.log2(8 / 5) / 3, 1])
    words = ladder("w", forms_of_words("x", frozenset("x")), pd.DataFrame({"w": list("xxyz")}))
    assert [(s.form.text, s.loss, s.mask.bit_count()) for s in words] == [
        ("x", 0, 2),
        ("left out", 1, 4),
    ]


def country(seed: int, units: int, columns: str) -> tuple[list[list[coarsening.Step]], int]:
    """Return the ladders of all that is printed of one unit of an invented country, and its size."""
    rng = np.random.Generator(np.random.Philox(seed))
    numbers = rng.integers(0, 1000, (units, len(columns)))
    table = pd.DataFrame(numbers, columns=list(columns)).astype(float)
    texts = [printed(value, 0) for value in table.iloc[0]]
    return [
        ladder(name, forms_of_number(text, printed_range(text)), table)
        for name, text in zip(table, texts, strict=True)
    ], units


@pytest.mark.parametrize("seed", range(4))
def test_the_best_remedies_among_sixty_units(seed):
    ladders, units = country(seed, 60, "abcd")
    for k in (2, 5):
        expected = all_remedies(ladders, units, k)[:4]
        found = remedies(ladders, units, k, most=4)
        assert found.complete
        assert [each.loss for each in found.found] == [loss for loss, _, _ in expected]


def test_a_search_that_is_broken_off_says_so_and_still_reaches_k(monkeypatch):
    for seed in range(8):
        ladders, units = country(seed, 80, "abcde")
        for k in (2, 3, 5):
            monkeypatch.undo()
            (best,) = remedies(ladders, units, k, most=1).found
            monkeypatch.setattr(coarsening, "_MOST_PARTS", 3)
            broken = remedies(ladders, units, k, most=3)
            assert not broken.complete
            (only,) = broken.found
            assert only.fits >= k
            assert only.loss >= best.loss


# --- Testland ------------------------------------------------------------------------------------

DISCLOSURE = {
    "k": 4,
    "attributes": [
        {"attribute": "region"},
        {"attribute": "size_class"},
        {"attribute": "type"},
        {"attribute": "inhabitants_2014", "decimals": -2},
        {"attribute": "varni", "decimals": 1},
        {"attribute": "price", "decimals": 0},
    ],
}
TOWNS = pd.DataFrame({"unit": ["T05", "T02"], "label": ["Town T05", "Twice"]})


class Land(NamedTuple):
    """Testland computed in a folder, as the command finds it, and as the job sees it."""

    folder: Path
    material: Material


@pytest.fixture(scope="module")
def land(tmp_path_factory: pytest.TempPathFactory) -> Land:
    root = tiny.build(tmp_path_factory.mktemp("disclosure") / "land")
    text = tiny.CASE + 'translations: {fr: {"Region R1": "Région première"}}\n'
    (root / "config/cases/tl.yaml").write_text(text, encoding="utf-8")
    chosen = config.load({"cases": ["tl"]}, root)
    observed = []
    for name in chosen.cases["tl"]["datasets"]:
        part = job_settings.observations(chosen, name)
        observed.append(
            observations_of(name, part["datasets"], part["pins"], part["variables"], root)
        )
    part = job_settings.units(chosen, "tl")
    units = units_of(part, root)
    harmonised = harmonised_figures(part, observed, units, root)
    figures = Figures(harmonised)
    values, _ = indicators_of(job_settings.indicators(chosen, "tl"), figures, units)
    _, types = typology_of(job_settings.typology(chosen, "tl"), figures, units, values)
    folder = root / "results/tl"
    folder.mkdir(parents=True)
    tables = {"units": units, "harmonised": harmonised, "indicators": values, "typology": types}
    for name, table in {**tables, "towns": TOWNS}.items():
        csvio.write(table, folder / f"{name}.csv")
    as_run = resolved.text(config.resolved_content("tl", chosen))
    (folder / "config.resolved.yaml").write_text(as_run, encoding="utf-8")
    own = pd.DataFrame(
        {"coastal": ["yes", "yes", "no", ""], "beds": ["5", "7.5", "", "9"]},
        index=["T01", "T02", "T03", "T04"],
    )
    settings_ = job_settings.disclosure(chosen, "tl")
    settings_ = {**settings_, "case": {**settings_["case"], "disclosure": DISCLOSURE}}
    return Land(root, Material(settings_, units, values, types, figures, own))


def people(town: str) -> int:
    return tiny.people(town, 2014) if town != "T12" else tiny.people("T12", 2014)


def fitting(land: Land, *says: dict) -> list[str]:
    made, table = statements(says, land.material, "x.yaml")
    checked = [each.condition for each in made if each.condition is not None]
    return table.loc[fits(checked, table), "unit"].tolist()


def test_each_kind_of_attribute_by_the_towns_that_fit(land):
    first = [t for t in tiny.TOWNS if tiny.REGION[t] == "R1"]
    for name in ("Region R1", "region r1", "R1", "Région première", "region premiere"):
        assert fitting(land, {"attribute": "region", "value": name}) == first
    both = {"attribute": "region", "value": "Region R1 or R2"}
    assert fitting(land, both) == tiny.TOWNS
    # T03 has 12000 inhabitants less 10 x 10 x 4.
    inhabitants = {t: people(t) for t in tiny.TOWNS}
    exact = {"attribute": "inhabitants", "value": str(inhabitants["T03"])}
    assert fitting(land, exact) == ["T03"]
    below = {"attribute": "inhabitants", "value": "below 20000"}
    assert fitting(land, below) == [t for t in tiny.TOWNS if inhabitants[t] < 20000]
    area = {t: 20 + 10 * n for n, t in enumerate(tiny.TOWNS)}
    assert fitting(land, {"attribute": "area", "value": "40"}) == ["T03"]
    dense = f"{inhabitants['T07'] / area['T07']:.2f}"
    assert fitting(land, {"attribute": "density", "value": dense}) == ["T07"]
    share = 100 * tiny.foreign("T08", 2010) / tiny.people("T08", 2010)
    of_2010 = {"of": "residents_foreign", "in": "residents", "date": "2010-01-01"}
    expected = [
        t
        for t in tiny.TOWNS
        if abs(100 * tiny.foreign(t, 2010) / tiny.people(t, 2010) - share) <= 0.5
    ]
    said = {"share": of_2010, "value": f"{share:.3f}", "tolerance": "0.5"}
    assert "T08" in fitting(land, said)
    assert fitting(land, said) == expected
    # An indicator at another date than the case's, and a variable.
    other = {"attribute": "sf", "date": "2010-01-01", "value": f"{share:.2f}"}
    assert "T08" in fitting(land, other)
    known = {"attribute": "residents_foreign", "date": "2010-01-01"}
    assert fitting(land, {**known, "value": str(tiny.foreign("T08", 2010))}) == ["T08"]
    types = dict(zip(land.material.typology["unit"], land.material.typology["type"], strict=True))
    some = types["T05"]
    assert fitting(land, {"attribute": "type", "value": some}) == [
        t for t in tiny.TOWNS if types[t] in (some, "undetermined")
    ]
    # All at once are those that fit each.
    assert fitting(land, {"attribute": "region", "value": "R1"}, below) == [
        t for t in first if inhabitants[t] < 20000
    ]


def test_a_table_of_ones_own_and_what_it_does_not_list(land):
    elsewhere = tiny.TOWNS[3:]
    assert fitting(land, {"attribute": "coastal", "value": "Yes"}) == ["T01", "T02", *elsewhere]
    beds = {"attribute": "beds", "value": "5-8"}
    assert fitting(land, beds) == ["T01", "T02", "T03", *tiny.TOWNS[4:]]
    as_class = {"attribute": "beds", "value": "7.5", "compares": "class"}
    assert fitting(land, as_class) == ["T02", "T03", *tiny.TOWNS[4:]]


def test_what_is_not_known_of_a_town_cannot_tell_it_apart(land):
    types = land.material.typology.copy()
    # Neither word is a class that a publication could have given.
    types.loc[types["unit"] == "T05", ["type", "size_class"]] = ["undetermined", "unknown"]
    types.loc[types["unit"] != "T05", ["type", "size_class"]] = ["B", "dense"]
    unsure = land._replace(material=land.material._replace(typology=types))
    assert fitting(unsure, {"attribute": "type", "value": "A"}) == ["T05"]
    assert fitting(unsure, {"attribute": "size_class", "value": "rural area"}) == ["T05"]
    # A count that is published of a merged unit only says nothing of its parts.
    harmonised = csvio.read(land.folder / "results/tl/harmonised.csv")
    at = {"variable": "residents_foreign", "date": "2010-01-01"}
    parts = (harmonised[list(at)] == list(at.values())).all(axis=1)
    parts &= harmonised["unit"].isin(["T01", "T02"])
    harmonised.loc[parts, ["conversion", "territory"]] = ["merged_unit", "T95@2020-01-01"]
    merged = land._replace(material=land.material._replace(harmonised=Figures(harmonised)))
    said = {
        "attribute": at["variable"],
        "date": at["date"],
        "value": str(tiny.foreign("T08", 2010)),
    }
    assert fitting(merged, said) == ["T01", "T02", "T08"]


def test_what_stands_in_a_figure_is_said(land):
    says = [
        {"attribute": "sf", "value": "below 90"},
        {"attribute": "unemployment_2014", "value": "5.1"},
        {"attribute": "price", "value": "over 1"},
        {"attribute": "coastal", "value": "yes"},
        {"attribute": "density", "value": "over 1"},
        {"attribute": "windy", "value": "very", "unchecked": True},
    ]
    made, _ = statements(says, land.material, "x.yaml")
    remarks = {each.name: "; ".join(each.remarks) for each in made}
    assert "of 2007-01-01 instead of 2005-01-01 in 12 units" in remarks["sf"]
    assert "the figure of its zone area, not its own" in remarks["unemployment_2014"]
    # T01 and T02 merged in 2020, before the prices were published; the first price is missing.
    assert "of the unit into which they merged in 2 units" in remarks["price"]
    assert "no value for 1 of 12 units, which count as fitting" in remarks["price"]
    assert "no value for 9 of 12 units" in remarks["coastal"]
    assert "divided by a figure of 2014" in remarks["density"]
    assert made[-1].condition is None


@pytest.mark.parametrize(
    ("value", "said"),
    [("9.369", "if it parts thousands"), ("-5", "no unit has one"), ("9369", None)],
)
def test_a_number_that_cannot_well_be_meant_is_remarked(land, value, said):
    (one,), _ = statements([{"attribute": "inhabitants", "value": value}], land.material, "x.yaml")
    remark = one.remarks[0]
    assert (said in remark) if said else ";" not in remark


def test_a_variable_that_the_case_knows_only_of_larger_areas_is_not_checked(land):
    says = {"attribute": "unemployment_rate_lfs", "date": "2014", "value": "5.1"}
    (made,), table = statements([says], land.material, "x.yaml")
    assert made.condition is None
    assert "known only by" in made.remarks[0]
    given = answer([made], table, 5, 3, 9)
    assert (given.crowd.fits, given.enough) == (12, True)
    assert "(not checked)" in as_text(given, "tl")


def test_size_classes_stand_in_for_the_number_of_inhabitants(land):
    says = {"attribute": "inhabitants", "value": str(people("T05"))}
    (made,), _ = statements([says], land.material, "x.yaml")
    assert "from 5000 to below 30000" in [form.text for form in made.forms]
    (kept,), _ = statements([{**says, "keep": True}], land.material, "x.yaml")
    assert [form.text for form in kept.forms] == [str(people("T05"))]


def test_pairs_that_tell_most_prefer_what_tells_little_alone():
    table = pd.DataFrame(
        {"a": [1, 2, 2, 2], "b": list("xxyy"), "c": list("pqpq")}, dtype=object
    ).astype({"a": float})
    conditions = [
        Condition("a", printed_range("1")),
        Condition("b", frozenset("x")),
        Condition("c", frozenset("p")),
    ]
    # Each pair leaves one unit; a does so alone.
    assert most_telling(crowd(conditions, table), 2) == [(1, 2, 1), (0, 1, 1)]


def held_against_its_own_words(land: Land, rows: pd.DataFrame) -> None:
    """Hold each number of units of a town against a count by the words that stand in its row."""
    alone = rows[rows["what"] == "attribute"]
    said = dict(zip(alone["attributes"], alone["says"], strict=True))
    for row in rows.to_dict("records"):
        named = dict(zip(row["attributes"].split(" + "), row["says"].split("; "), strict=True))
        words = {**said, **named} if row["what"] == "remedy" else named
        entries = [{"attribute": a, "value": v} for a, v in words.items() if v != "left out"]
        assert len(fitting(land, *entries)) == row["fits"]


def test_the_table_of_chosen_towns(land):
    table = of_towns(land.material, TOWNS, "the case")
    for unit, rows in table.groupby("unit", sort=False):
        held_against_its_own_words(land, rows)
        whole = rows[rows["what"] == "all"]
        assert len(whole) == 1
        # The town itself is among those that fit, and so in every row.
        assert (rows["fits"] >= 1).all()
        alone = rows[rows["what"] == "attribute"]
        assert alone["fits"].is_monotonic_increasing
        assert (alone["fits"] >= whole["fits"].iloc[0]).all()
        assert (alone["fits_without"] >= whole["fits"].iloc[0]).all()
        better = rows[rows["what"] == "remedy"]
        assert (better["fits"] >= 4).all()
        assert better["loss"].is_monotonic_increasing
        assert len(better) or whole["fits"].iloc[0] >= 4
        bits = np.log2(12 / rows["fits"].astype(float))
        assert np.allclose(rows["bits"].astype(float), bits, atol=5e-4)
        assert str(people(unit))[:1] in alone.set_index("attributes").at["inhabitants_2014", "says"]
    # T02 has no price: it lies in a unit that merged later, whose price is missing.
    prices = table[table["attributes"] == "price"]
    assert len(prices) == int(
        land.material.indicators.query("indicator == 'price' and unit in ['T05', 'T02']")["value"]
        .notna()
        .sum()
    )
    assert set(table["k"]) == {4}


def test_the_job_writes_the_table_the_same_each_time(land, tmp_path):
    tables = [
        land.folder / f"results/tl/{n}.csv" for n in ("towns", "units", "indicators", "typology")
    ]
    out = [tmp_path / "one.csv", tmp_path / "two.csv"]
    for path in out:
        crowds = measure_disclosure.run(land.material.settings, *tables, path)
        assert set(crowds) == {"Town T05", "Twice"}
    assert out[0].read_bytes() == out[1].read_bytes()
    assert (
        out[0].read_text(encoding="utf-8").startswith("unit,label,what,rank,attributes,says,fits")
    )


# --- the command ---------------------------------------------------------------------------------

SAID = {
    "case": "tl",
    "k": 3,
    "says": [
        {"attribute": "region", "value": "Region R1"},
        {"attribute": "inhabitants", "value": "below 20000"},
    ],
}
# Four towns of R1 have fewer than 20,000 inhabitants.
EXACT = [*SAID["says"], {"attribute": "density", "value": "291.67", "tolerance": "30"}]


def ask(land: Land, monkeypatch, capsys, profile: object, *flags: str) -> tuple[int, str, str]:
    monkeypatch.chdir(land.folder)
    path = land.folder / "profile.yaml"
    text = profile if isinstance(profile, str) else strict_yaml.dumps(profile)
    path.write_text(text, encoding="utf-8")
    code = cli.main(["disclose", "profile.yaml", *flags])
    out, err = capsys.readouterr()
    return code, out, err


def names_in(land: Land, text: str) -> list[str]:
    """Return each code and name of a unit that stands in ``text``."""
    units = land.material.units
    return [word for word in [*units["unit"], *units["name"]] if word in text]


def test_enough_towns_fit(land, monkeypatch, capsys):
    code, out, err = ask(land, monkeypatch, capsys, SAID)
    expected = [t for t in tiny.TOWNS[:6] if people(t) < 20000]
    assert (code, err) == (0, "")
    assert f"{len(expected)} units fit all that can be checked: at least k = 3." in out
    assert "To bring it to" not in out
    assert not names_in(land, out)
    just = {**SAID, "k": len(expected)}
    assert ask(land, monkeypatch, capsys, just)[0] == 0
    assert ask(land, monkeypatch, capsys, {**SAID, "k": len(expected) + 1})[0] == 3


def test_no_remedies_where_enough_units_fit(land):
    made, table = statements(SAID["says"], land.material, "x.yaml")
    assert answer(made, table, 3, 5, 9).remedies.found == []
    assert len(answer(made, table, 6, 5, 9).remedies.found) > 0


def test_too_few_towns_fit_and_what_would_help(land, monkeypatch, capsys):
    profile = {**SAID, "says": [*SAID["says"], {"attribute": "area", "value": "40"}]}
    code, out, _ = ask(land, monkeypatch, capsys, profile)
    assert code == 3
    assert "1 unit fits all that can be checked: fewer than k = 3." in out
    # T02 to T04 have 30, 40 and 50 km2, the nearest to 40.
    assert "To bring it to k = 3, least loss first" in out
    assert not names_in(land, out)
    assert (code, out) == ask(land, monkeypatch, capsys, profile)[:2]
    one_way = ask(land, monkeypatch, capsys, profile, "--ways", "1")[1]
    assert one_way.count("area:") < out.count("area:") or len(one_way) <= len(out)


def test_names_only_for_who_asks_and_behind_a_warning(land, monkeypatch, capsys):
    profile = {**SAID, "says": [*SAID["says"], {"attribute": "area", "value": "40"}]}
    _, plain, _ = ask(land, monkeypatch, capsys, profile)
    code, out, _ = ask(land, monkeypatch, capsys, profile, "--private-names")
    assert code == 3
    assert out.startswith(plain)
    warning, *named = out[len(plain) :].strip().splitlines()
    assert warning.startswith("PRIVATE.")
    assert named[-1] == f"T03  {tiny.NAMES['T03']}"
    assert [line for line in named if line.startswith("T")] == [named[-1]]


def test_nothing_fits(land, monkeypatch, capsys):
    profile = {**SAID, "says": [{"attribute": "area", "value": "41"}]}
    code, out, _ = ask(land, monkeypatch, capsys, profile, "--private-names")
    assert code == 3
    assert "0 units fit all that can be checked: fewer than k = 3." in out
    assert out.endswith("none\n")
    kept = {**SAID, "says": [{"attribute": "area", "value": "41", "keep": True}]}
    assert "No coarser way to say it reaches k = 3" in ask(land, monkeypatch, capsys, kept)[1]


def test_units_that_fit_for_want_of_a_value_are_told_apart(land, monkeypatch, capsys):
    says = [
        {"attribute": "price", "value": "1"},
        {"attribute": "wet", "value": "yes", "unchecked": True},
    ]
    _, out, _ = ask(land, monkeypatch, capsys, {**SAID, "says": says})
    out = " ".join(out.split())
    assert "1 unit fits all that can be checked" in out
    assert "1 of them only because a value is missing: whoever knows it looks among 0 to 1." in out
    assert "What is not checked can only lower the number." in out


def test_the_table_of_ones_own_lies_beside_the_profile(land, monkeypatch, capsys):
    table = "unit,coastal\nT01,yes\nT02,yes\nT03,no\n"
    (land.folder / "own.csv").write_text(table, encoding="utf-8")
    says = [*SAID["says"], {"attribute": "coastal", "value": "no"}]
    _, out, _ = ask(land, monkeypatch, capsys, {**SAID, "own_table": "own.csv", "says": says})
    assert "no value for 9 of 12 units" in out
    assert not names_in(land, out)


def changed(**keys: object) -> dict[str, object]:
    return {**SAID, **keys}


def saying(**keys: object) -> dict[str, object]:
    return changed(says=[*SAID["says"], keys])


SHARE = {"of": "residents_foreign", "in": "residents", "date": "2010-01-01"}
FAULTS = {
    "unknown key": (changed(kk=3), "the key 'kk' is not known"),
    "unknown key of an entry": (saying(attribute="area", val="1"), "says[3]"),
    "no case": ({k: v for k, v in SAID.items() if k != "case"}, "lacks the key 'case'"),
    "unknown case": (changed(case="tll"), "there is no such case (did you mean 'tl'?)"),
    "case elsewhere": (changed(case="../tl"), "there is no such case"),
    "k of one": (changed(k=1), "`k` is 1; write a number of 2 or more"),
    "k too large": (changed(k=13), "`k` is 13, but the case has 12 units"),
    "k as text": (changed(k="5"), "write 5 without quotes"),
    "nothing said": (changed(says=[]), "`says` is empty"),
    "a number": ("case: tl\nk: 3\nsays: [{attribute: area, value: 40}]\n", '"40" in quotes'),
    "neither": (saying(value="3"), "either `attribute` or `share`"),
    "both": (saying(attribute="area", share=SHARE, value="3"), "either `attribute` or `share`"),
    "two dates": (saying(share=SHARE, date="2010", value="3"), "has its own date"),
    "attribute": (
        saying(attribute="densty", value="3"),
        "`says[3]`.attribute 'densty' is not known (did you mean 'density'?)",
    ),
    "variable": (
        saying(share={**SHARE, "of": "resident"}, value="3"),
        "`says[3]`.share.of 'resident' is not known",
    ),
    "share of a rate": (
        saying(share={**SHARE, "of": "median_price_all_houses"}, value="3"),
        "`says[3]`.share.of: 'median_price_all_houses' is a median",
    ),
    "no date": (saying(attribute="residents", value="3"), "lacks the key 'date'"),
    "no such date": (
        saying(attribute="residents", date="1990-01-01", value="3"),
        "those at hand are of 2004-01-01",
    ),
    "a year before all": (
        saying(attribute="density", date="2003-01-01", value="3"),
        "those at hand are of",
    ),
    "no day": (
        saying(attribute="density", date="2018-02-30", value="3"),
        "`says[3].date` is '2018-02-30', which is no day of the calendar",
    ),
    "no month": (
        saying(share={**SHARE, "date": "2018-13-01"}, value="3"),
        "`says[3].share.date` is '2018-13-01', which is no day of the calendar",
    ),
    "date of a class": (saying(attribute="type", date="2010", value="A"), "has no dates"),
    "date of a change": (saying(attribute="varni", date="2010", value="3"), "has its own dates"),
    "no class": (saying(attribute="type", value="E"), "`says[3]`.value 'E' is no class"),
    "no number": (saying(attribute="area", value="8,3"), "a comma may part thousands"),
    "backwards": (saying(attribute="area", value="9-8"), "`says[3]`: '9-8' runs backwards"),
    "tolerance": (saying(attribute="area", value="9", tolerance="x"), "'x' is no number"),
    "tolerance of a class": (
        saying(attribute="type", value="A", tolerance="1"),
        "`says[3]`.tolerance is for numbers",
    ),
    "compares": (saying(attribute="area", value="9", compares="range"), "write value"),
    "compares class": (saying(attribute="type", value="A", compares="value"), "is a class"),
    "twice": (saying(attribute="region", value="R2"), "says 'region' a second time"),
    "hidden sign": (saying(attribute="x\u200by", value="3"), "cannot be seen"),
    "escape": (saying(attribute="x", value="\x1b[31m", unchecked=True), "cannot be seen"),
    "too long": (saying(attribute="area", value="9" * 121), "says[3].value"),
    "no table": (changed(own_table="gone.csv"), "gone.csv: there is no such file"),
    "no yaml": ("case: [tl\n", "not valid YAML"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_of_a_profile_is_one_sentence(land, monkeypatch, capsys, fault):
    profile, says = FAULTS[fault]
    code, out, err = ask(land, monkeypatch, capsys, profile)
    assert (code, out) == (1, "")
    assert err.startswith("smstra: ")
    assert err.count("\n") == 1
    assert says in err
    assert "profile.yaml" in err or "gone.csv" in err
    assert "\x1b" not in err
    assert not names_in(land, err)


TABLES = {
    "no unit": ("code,coastal\nT01,yes\n", "line 1: the header must have `unit`"),
    "nothing else": ("unit\nT01\n", "line 1: the header must have `unit`"),
    "column twice": ("unit,a,a\nT01,1,2\n", "each once"),
    "empty": ("", "found nothing"),
    "taken": ("unit,sf\nT01,1\n", "a column is named 'sf', which the case has itself"),
    "no name": ("unit,coastal,\nT01,1,2\n", "a column is named '', which is no name"),
    "cells": ("unit,coastal\nT01,yes,no\n", "line 2: 3 cells where the header has 2"),
    "unit twice": ("unit,coastal\nT01,yes\nT01,no\n", "the unit 'T01' has two rows"),
    "unknown unit": ("unit,coastal\nT77,yes\n", "names the unit 'T77'"),
    "not UTF-8": (b"unit,coastal\nT01,\xff\n", "no CSV in UTF-8"),
    "hidden": ("unit,coastal\nT01,\x07\n", "line 2: a cell holds a sign that cannot be seen"),
    "words": ("unit,coastal\nT01,yes\n", "says[1]`.compares is value"),
}


@pytest.mark.parametrize("fault", TABLES)
def test_each_fault_of_a_table_of_ones_own_is_one_sentence(land, monkeypatch, capsys, fault):
    content, says = TABLES[fault]
    raw = content if isinstance(content, bytes) else content.encode()
    (land.folder / "faulty.csv").write_bytes(raw)
    entry = {"attribute": "coastal", "value": "1", "compares": "value"}
    profile = {**SAID, "own_table": "faulty.csv", "says": [entry]}
    code, out, err = ask(land, monkeypatch, capsys, profile)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert says in err


def test_a_case_that_was_not_run_is_named(land, monkeypatch, capsys, tmp_path):
    bare = Land(tmp_path, land.material)
    for name in ("config", "data"):
        shutil.copytree(land.folder / name, tmp_path / name)
    code, _, err = ask(bare, monkeypatch, capsys, SAID)
    assert code == 1
    assert "results/tl/config.resolved.yaml: there is no such file; run `snakemake" in err


@pytest.mark.parametrize("number", ["0", "x", "-1", "1.5", "100000"])
def test_the_number_of_ways_is_a_number(number, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["disclose", "profile.yaml", "--ways", number])
    assert stop.value.code == 2
    assert "write a whole number from 1 to 1000" in capsys.readouterr().err


# --- real figures, invented statements -----------------------------------------------------------


def test_invented_statements_about_belgian_municipalities(shipped, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(shipped)
    types = csvio.read(Path("results/be/typology.csv"))
    values = csvio.read(Path("results/be/indicators.csv"))
    density = values[values["indicator"] == "density_2014"].set_index("unit")["value"]

    def answer_to(says: list[dict[str, str]]) -> tuple[int, str]:
        path = tmp_path / "p.yaml"
        path.write_text(strict_yaml.dumps({"case": "be", "k": 5, "says": says}), encoding="utf-8")
        return cli.main(["disclose", str(path)]), capsys.readouterr().out

    many = types[(types["type"] == "D") & (types["size_class"] == "rural area")]
    code, out = answer_to(
        [{"attribute": "type", "value": "D"}, {"attribute": "size_class", "value": "rural area"}]
    )
    assert (code, f"{len(many)} units fit" in out) == (0, True)
    # A density that only one municipality has to two decimals, and one that none has.
    rounded = density.map(lambda value: Decimal(printed(value, 2)))
    single = rounded[~rounded.duplicated(keep=False)].iloc[100]
    code, out = answer_to([{"attribute": "density", "value": str(single)}])
    assert (code, "1 unit fits" in out) == (3, True)
    code, out = answer_to([{"attribute": "density", "value": "0.01"}])
    assert (code, "0 units fit" in out) == (3, True)
    assert cli.main(["disclose", str(EXAMPLE)]) == 3
    out = capsys.readouterr().out
    assert "To bring it to k = 5, least loss first" in out
    names = set(types["name"]) - {"Région wallonne"}
    assert not [name for name in names if re.search(rf"\b{re.escape(name)}\b", out)]
    assert not [code for code in types["unit"] if code in out]

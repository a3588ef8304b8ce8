"""The figures: axes that follow the criteria, words that follow the data, labels that can be read."""

from __future__ import annotations

import copy
import itertools

import matplotlib.pyplot as plt
import pandas as pd
import pytest
import tiny

from smstra import csvio, strict_yaml
from smstra.figures import population_index, quadrants, style
from smstra.figures.towns import labels_of, singled_out


@pytest.fixture
def case():
    return strict_yaml.loads(tiny.CASE, "case")


@pytest.fixture
def typology(testland_done):
    return csvio.read(testland_done / "results/tl/typology.csv")


@pytest.fixture
def sufficiency(testland_done):
    return csvio.read(testland_done / "results/tl/sufficiency.csv")


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def drawn(case, typology, words):
    figure = quadrants.draw(case, quadrants.data(typology), {}, words, ("points", "percent"))
    return figure.axes[0]


@pytest.mark.parametrize(
    ("economy", "population", "inverted"),
    [
        ("at_most", "at_least", (True, False)),
        ("below", "above", (True, False)),
        ("at_least", "at_least", (False, False)),
        ("at_least", "at_most", (False, True)),
    ],
)
def test_axes_run_so_that_improving_is_right_and_top(case, typology, economy, population, inverted):
    case["criteria"]["economy_improving"]["holds_if"] = economy
    case["criteria"]["population_improving"]["holds_if"] = population
    axes = drawn(case, typology, style.Caption("t", "s", "q", "a"))
    assert (axes.xaxis_inverted(), axes.yaxis_inverted()) == inverted
    assert ("axis reversed" in axes.get_xlabel()) == inverted[0]
    assert ("reversed" in axes.get_ylabel().replace("\n", " ")) == inverted[1]


def test_the_axes_carry_the_labels_of_the_indicators_that_the_criteria_compare(case, typology):
    case["indicators"]["varun"]["label"] = "Change of income"
    axes = drawn(case, typology, style.Caption("t", "s", "q", "a"))
    assert axes.get_xlabel().startswith("Change of income, points")


def test_the_words_say_every_substitution_that_the_types_rest_on(case, typology, sufficiency):
    words = quadrants.caption(case, typology, sufficiency, {}, True, "Source: x.")
    assert "Foreign residents: 2007-01-01 taken for 2005-01-01" in words.subtitle
    assert "each town has the value of its zone area" in words.subtitle
    assert "flag b of the source in 2010" in words.subtitle
    assert "4 of 12 Towns of Testland improve against both references, 2 decline" in words.title
    assert "Circled" in words.subtitle


def test_a_reference_that_cannot_be_had_is_said_to_be_so(case, typology, sufficiency):
    typology["varun_reference"] = float("nan")
    words = quadrants.caption(case, typology, sufficiency, {}, False, "Source: x.")
    assert "national aggregate, which cannot be had" in words.subtitle
    assert "Circled" not in words.subtitle
    typology["varun_reference"] = [0.1, 0.2] * 6
    words = quadrants.caption(case, typology, sufficiency, {}, False, "Source: x.")
    assert "one for each region, not drawn" in words.subtitle


def test_no_pair_of_values_gives_a_figure_that_says_so(case, typology):
    typology["varun"] = float("nan")
    axes = drawn(case, typology, style.Caption("t", "s", "q", "a"))
    assert not axes.axison
    assert "No unit has both" in axes.texts[0].get_text().replace("\n", " ")


def test_marks_that_share_a_value_are_spread_and_others_are_not(typology):
    table = quadrants.data(typology)
    assert (table["x_drawn"] != table["x"]).any()
    assert (table["x_drawn"] - table["x"]).abs().max() < 0.02 * 5 + 1e-9
    typology["varun"] = [float(n) for n in range(12)]
    table = quadrants.data(typology)
    assert (table["x_drawn"] == table["x"]).all()


def index_table(ends):
    """Return two towns and a country whose series end in the given years."""
    parts = []
    for (unit, type_, step), end in zip(
        (("TL", "country", 1), ("a", "A", 10), ("d", "D", -10)), ends, strict=True
    ):
        years = range(2005, end + 1)
        parts.append(
            pd.DataFrame(
                {
                    "unit": unit,
                    "name": unit.upper(),
                    "type": type_,
                    "date": [f"{year}-01-01" for year in years],
                    "value": [1000.0 + step * 10 * (year - 2005) for year in years],
                    "index": [100.0 + step * (year - 2005) for year in years],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("ends", [(2008, 2010, 2010), (2010, 2008, 2009)])
def test_the_words_of_the_index_compare_all_series_on_one_date(case, ends):
    words = population_index.caption(case, index_table(ends), {}, "Source: x.")
    assert words.title == "A grew by 30.0 % and D shrank by 30.0 %, TL grew by 3.0 %"
    assert "On 2008-01-01: A (type A) 130.0; D (type D) 70.0; TL 103.0." in words.alt


def test_an_index_without_its_base_is_said_to_be_missing(case):
    table = index_table((2010, 2010, 2010)).assign(index=float("nan"))
    words = population_index.caption(case, table, {}, "Source: x.")
    assert words.title == "No index of inhabitants can be drawn for Towns of Testland"
    figure = population_index.draw(case, table, {}, words)
    assert not figure.axes[0].axison


def test_units_that_share_their_name_are_told_apart_by_their_code():
    everyone = pd.DataFrame({"unit": ["1", "2", "3"], "name": ["Twin", "Twin", "Other"]})
    assert labels_of(everyone, everyone) == ["Twin, 1", "Twin, 2", "Other"]


def test_towns_named_in_the_case_are_the_ones_singled_out(typology):
    spec = {"choose": "named", "units": ["T03", "T01"], "among_size_classes": ["dense"]}
    assert list(singled_out(spec, typology).values()) == ["T03", "T01"]


def test_long_words_stay_inside_the_figure():
    figure, _ = style.start()
    long = "a title that goes on and on " * 8
    style.dress(figure, style.Caption(long, long * 2, long, "alt"))
    figure.canvas.draw()
    for text in figure.texts:
        box = text.get_window_extent()
        assert box.x1 <= figure.bbox.x1
        assert box.y0 >= 0


def test_labels_of_neighbours_do_not_lie_on_each_other():
    figure, axes = style.start()
    points = [(0.5, 0.5), (0.51, 0.5), (0.5, 0.51), (0.9, 0.9)]
    axes.plot(*zip(*points, strict=True), "o")
    axes.set(xlim=(0, 1), ylim=(0, 1))
    style.label_points(axes, ["First town", "Second town", "Third", "Fourth town"], points, points)
    figure.canvas.draw()
    boxes = [text.get_window_extent() for text in axes.texts]
    pairs = [(a, b) for n, a in enumerate(boxes) for b in boxes[n + 1 :]]
    assert not any(a.overlaps(b) for a, b in pairs)
    assert all(box.x1 <= axes.bbox.x1 + 1 for box in boxes)


def test_labels_at_the_ends_of_lines_keep_their_distance():
    places = style.spread_labels([5.0, 5.1, 4.9, 9.0], 1.0)
    ordered = sorted(places)
    assert all(high - low >= 1 - 1e-6 for low, high in itertools.pairwise(ordered))
    assert sorted(range(4), key=lambda n: places[n]) == [2, 0, 1, 3]


def test_the_case_of_the_tests_is_not_changed_by_drawing(case, typology):
    before = copy.deepcopy(case)
    drawn(case, typology, style.Caption("t", "s", "q", "a"))
    assert case == before

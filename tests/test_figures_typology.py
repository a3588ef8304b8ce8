"""The figures of the typology: what is drawn is what the tables say, and the words follow it."""

from __future__ import annotations

import copy
import io
import itertools
import json
import math

import drawn
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import shapely
import tiny

from smstra import strict_yaml
from smstra.boundaries import boundaries_of, shapes
from smstra.errors import SourceError
from smstra.exact import population_sd
from smstra.figures import criteria, quadrants, scheme_strip, stacked, type_map
from smstra.figures.material import Material
from smstra.figures.typology_figures import FIGURES
from smstra.language import Language
from smstra.outcomes import TYPES
from smstra.robustness import intervals as intervals_
from smstra.selection.places import centroids, distance_km
from smstra.typology import CRITERIA, REFERENCE_COLUMNS, answer, cell_of

COLUMNS = list(CRITERIA.values())
ROBUST = ("intervals", "probabilities", "schemes", "combinations", "verdicts")
LONG = "Sankt-Maria-Magdalena-above-the-Two-Rivers-near-the-Old-Forest"


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def invented(
    values=None,
    *,
    towns=("U00", "U07"),
    label="Town {n}",
    language="en",
    references=(10.0, 0.5, 2.0),
    robust=True,
    list_types=True,
    regions=2,
):
    """Return the material of an invented case of 24 units, or of as many as there are ``values``.

    ``values`` are SF, VARUN and VARNI of each unit; a reference may be a mapping by region.
    """
    case = strict_yaml.loads(tiny.CASE, "case")
    case["figures"]["map"] = {"boundaries": "tl_borders"}
    case["robustness"] = {
        "probabilities": {
            "threshold_spread": {
                "sf_high": 0.1,
                "economy_improving": 0.1,
                "population_improving": 0.2,
            }
        }
    }
    if values is None:
        values = [(float(n), (n % 7) - 2.5, (n % 5) * 3.0 - 4) for n in range(24)]
    codes = [f"U{n:02d}" for n in range(len(values))]
    table = pd.DataFrame(values, columns=COLUMNS, dtype=float)
    table.insert(0, "unit", codes)
    table.insert(1, "name", [label.format(n=n) for n in range(len(values))])
    table.insert(2, "region", [f"R{1 + n * regions // len(values)}" for n in range(len(values))])
    table["size_class"] = np.where(np.arange(len(values)) % 3 == 0, "dense", "rural area")
    table["flags"] = ""
    for (criterion, column), reference in zip(CRITERIA.items(), references, strict=True):
        spec = case["criteria"][criterion]
        regional = isinstance(reference, dict)
        spec["reference"] = "region_median" if regional else reference
        spec.pop("aggregate", None)
        table[f"{column}_reference"] = table["region"].map(reference) if regional else reference
        table[f"{column}_distance"] = table[column] - table[f"{column}_reference"]
        table[criterion] = answer(
            table[column], table[f"{column}_reference"].astype(float), spec["holds_if"], 9
        )
    cells = [cell_of(*row) for row in zip(*(table[c] for c in CRITERIA), strict=True)]
    table["type"], table["cell"] = zip(*cells, strict=True)
    units = table[["unit", "name", "region"]].assign(
        level="town", region_name="Region " + table["region"], country="TL"
    )
    there = [town for town in towns if town in codes]
    chosen = table.set_index("unit").loc[there, ["name", "region", "type"]].reset_index()
    chosen = chosen.assign(
        label=chosen["name"], region_name="Region " + chosen["region"], why="named"
    )
    measured = {"sf": "percent", "varun": "percentage points", "varni": "percent"}
    indicators = pd.concat(
        [
            pd.DataFrame(
                {
                    "unit": codes,
                    "indicator": column,
                    "value": table[column],
                    "unit_of_measure": measured[column],
                    "source": f"tl_people@{tiny.VINTAGE}",
                }
            )
            for column in COLUMNS
        ]
    )
    sufficiency = pd.DataFrame(
        {
            "indicator": COLUMNS,
            "dates_asked": "2005",
            "dates_found": "2005",
            "what_was_done": "as asked",
        }
    )
    tables = {
        "typology": table,
        "units": units,
        "indicators": indicators,
        "sufficiency": sufficiency,
        "boundaries": squares(codes),
    }
    if robust:
        tables |= robustness(case, table, measured, list_types)
    pins = [
        {
            "id": name,
            "vintage": tiny.VINTAGE,
            "publisher": "Statistics Testland",
            "dataset": name,
            "edition": "first",
            "geography_date": "2011-01-01",
        }
        for name in ("tl_people", "tl_borders")
    ]
    return Material(case, Language(language), {}, {}, pins, chosen, tables)


def squares(codes):
    """Return a square of a tenth of a degree for each unit, five in a row, at 50 degrees north."""
    shapes = [
        shapely.box(4 + n % 5 * 0.1, 50 + n // 5 * 0.1, 4.1 + n % 5 * 0.1, 50.1 + n // 5 * 0.1)
        for n in range(len(codes))
    ]
    return pd.DataFrame({"unit": codes, "geometry": shapes})


def robustness(case, typology, measured, list_types):
    """Return tables of robustness: 12 combinations, in half of which each unit keeps its type."""
    referenced = pd.DataFrame(
        [
            {"criterion": name, "indicator": column, "unit_of_measure": measured[column]}
            for name, column in CRITERIA.items()
        ],
        columns=REFERENCE_COLUMNS,
    )
    combinations = pd.DataFrame(
        [
            {
                "window": window,
                "sf_definition": "share",
                "sf_scheme": sf,
                "varun_definition": economy,
                "varun_scheme": "zero",
                "varni_definition": "inhabitants",
                "varni_scheme": "national_median",
            }
            for window in ("as_asked", "end_1_later")
            for sf in ("5", "national_median", "region_mean")
            for economy in ("points", "points_or_level")
        ]
    )
    combinations.insert(0, "own", ["true"] + ["false"] * 11)
    letters = dict(zip(TYPES, "ABCDmu", strict=True))
    others = {"A": "m", "B": "A", "C": "D", "D": "B", "mixed": "C", "undetermined": "u"}
    lists = [
        "".join(letters[type_] if n % 2 == 0 else others[type_] for n in range(12))
        for type_ in typology["type"]
    ]
    for type_, letter in letters.items():
        combinations[type_] = [float(sum(text[n] == letter for text in lists)) for n in range(12)]
    combinations["agreeing"] = [float(sum(text[n] == text[0] for text in lists)) for n in range(12)]
    schemes = typology[["unit", "name", "region", "type"]].copy()
    for type_, letter in letters.items():
        schemes[type_] = [float(text.count(letter)) for text in lists]
    schemes["types"] = lists if list_types else ""
    probabilities = typology[["unit", "name", "type"]].copy()
    for type_ in TYPES:
        own = typology["type"] == type_
        rest = (typology["type"] != "undetermined") if type_ == "mixed" else False
        probabilities[f"p_{type_}"] = np.where(own, 0.75, np.where(rest, 0.25, 0.0))
        probabilities[f"se_{type_}"] = 0.02
    known = typology["type"] != "undetermined"
    probabilities.loc[typology["type"] == "mixed", "p_mixed"] = 1.0
    probabilities.loc[~known, "p_undetermined"] = 1.0
    probabilities["p_type"] = np.where(
        typology["type"] == "mixed", 1.0, np.where(known, 0.75, np.nan)
    )
    probabilities["draws"] = 1000.0
    verdicts = typology[["unit"]].assign(verdict=np.where(known, "likely", "undetermined"))
    return {
        "intervals": intervals_.intervals(case, typology, referenced),
        "probabilities": probabilities,
        "schemes": schemes,
        "combinations": combinations,
        "verdicts": verdicts,
    }


def draw(name, material):
    return FIGURES[name](material, material.case["figures"].get(name, {}))


def marks(axes, label):
    """Return the points of the marks with this label."""
    lines = [line for line in axes.lines if line.get_label() == label]
    return sorted(
        zip(
            *(
                np.concatenate([getattr(line, get)() for line in lines] or [[]])
                for get in ("get_xdata", "get_ydata")
            ),
            strict=True,
        )
    )


def bars(axes, label):
    """Return the drawn rectangles of the bars with this label."""
    return [
        bar for container in axes.containers if container.get_label() == label for bar in container
    ]


# What holds for every figure.

CASES = {
    "none": {"towns": ()},
    "one": {"towns": ("U03",)},
    "sixty": {
        "values": [(n % 20, (n % 7) - 2.5, (n % 5) * 3.0 - 4) for n in range(70)],
        "towns": tuple(f"U{n:02d}" for n in range(60)),
    },
    "long": {"label": LONG + " {n}", "towns": ("U00", "U05", "U07", "U11")},
    "no robustness": {"robust": False},
    "undetermined": {
        "values": [(1.0, math.nan, 1.0), (20.0, 0.0, 5.0)] * 12,
        "towns": ("U00", "U01"),
    },
    "nothing": {"values": [(math.nan, math.nan, math.nan)] * 4, "towns": ("U00",)},
}


# The cells show no towns, and nothing of robustness.
WITHOUT_TOWNS = ("undetermined", "nothing")


@pytest.mark.parametrize(
    ("name", "kind"),
    [(n, kind) for n in FIGURES for kind in CASES if n != "cells" or kind in WITHOUT_TOWNS],
)
def test_all_words_are_inside_the_figure_and_large_enough(name, kind):
    drawing = draw(name, invented(**CASES[kind]))
    drawn.check_print(drawing)
    words = drawing.words
    assert words.title
    assert words.title in words.alt
    assert "{" not in words.title + words.subtitle + words.alt + words.source


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_drawn_twice_has_the_same_bytes(name):
    def written():
        drawing, buffer = draw(name, invented()), io.BytesIO()
        drawing.figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
        return buffer.getvalue(), drawing.data.to_csv()

    assert written() == written()


@pytest.mark.parametrize("name", ["scheme_strip", "probabilities"])
def test_a_case_without_robustness_is_told_which_key_to_add(name):
    drawing = draw(name, invented(robust=False))
    assert drawing.missing
    assert "no block `robustness`" in drawing.words.subtitle


@pytest.mark.parametrize("name", FIGURES)
def test_what_stands_in_is_said_in_every_figure(name):
    material = invented()
    flags = "sf:year_substituted=2009-01-01_for_2005-01-01;varun:break=flag_b_2011"
    more = [";varun:level=nuts2:X1"] * 5 + [";varni:merged_unit=T95"] + [""] * 18
    material.tables["typology"]["flags"] = [flags + each for each in more]
    before, case = copy.deepcopy(dict(material.tables)), copy.deepcopy(material.case)
    said = draw(name, material).words.subtitle
    # Drawing changes nothing that it is given.
    assert material.case == case
    for key, table in before.items():
        pd.testing.assert_frame_equal(material.tables[key], table)
    assert "Foreign residents: figures of 1 January 2009 stand in for 1 January 2005." in said
    assert "† Change of unemployment: 5 units of 24 have the value of their NUTS 2 area." in said
    assert (
        "† Change of inhabitants: 1 unit of 24 has the value of the unit that it later became"
        in said
    )
    assert "flag b (break) of the source in 2011" in said


# Quadrants.


@pytest.mark.parametrize(
    ("economy", "population", "inverted"),
    [
        ("at_most", "at_least", (True, False)),
        ("below", "above", (True, False)),
        ("at_least", "at_least", (False, False)),
        ("at_least", "at_most", (False, True)),
    ],
)
def test_axes_run_so_that_improving_is_right_and_top(economy, population, inverted):
    material = invented(robust=False, towns=())
    material.case["criteria"]["economy_improving"]["holds_if"] = economy
    material.case["criteria"]["population_improving"]["holds_if"] = population
    for axes in draw("quadrants", material).figure.axes:
        assert (axes.xaxis_inverted(), axes.yaxis_inverted()) == inverted


def test_the_marks_are_the_data_in_both_panels():
    material = invented()
    drawing = draw("quadrants", material)
    typology = material.tables["typology"]
    left, right = drawing.figure.axes
    for type_ in "ABCD":
        own = typology[typology["type"] == type_]
        assert len(own)
        assert marks(left, f"_{type_}") == sorted(zip(own["varun"], own["varni"], strict=True))
        assert marks(right, f"_{type_}") == sorted(
            zip(own["varun"] - 0.5, own["varni"] - 2.0, strict=True)
        )
    mixed = typology[typology["type"] == "mixed"]
    for settled, label in ((True, "_mixed, settled"), (False, "_mixed, not settled")):
        own = mixed[mixed["sf_high"] == settled]
        assert marks(left, label) == sorted(zip(own["varun"], own["varni"], strict=True))
    circled = typology[typology["unit"].isin(["U00", "U07"])]
    assert marks(left, "_chosen") == sorted(zip(circled["varun"], circled["varni"], strict=True))
    table = drawing.data.set_index("unit")
    assert list(table.index[table["chosen"]]) == ["U00", "U07"]
    assert table.loc["U03", "x_relative"] == pytest.approx(0.5 - 0.5)


def test_the_guard_band_holds_the_units_whose_stability_interval_ends_in_it():
    material = invented()
    table = quadrants.data(material)
    slack = material.tables["intervals"]
    slack = slack.pivot(index="unit", columns="criterion", values="slack")
    inside = set()
    for axis, spread in (("x", 0.1), ("y", 0.2)):
        width = 2 * spread * population_sd(table[axis].to_numpy())
        assert quadrants.bands(material)[axis] == pytest.approx(width)
        near = set(slack.index[slack[quadrants.AXES[axis]] < width])
        assert near == set(table.loc[table[f"{axis}_in_band"] == True, "unit"])  # noqa: E712
        inside |= near
    assert 0 < len(inside) < 24
    drawing = draw("quadrants", material)
    assert f"of the {len(inside)} units of 24 inside one" in drawing.words.subtitle
    left, right = drawing.figure.axes
    assert not [patch for patch in left.patches if patch.get_label() == "_band"]
    widths = [patch.get_width() / 2 for patch in right.patches if patch.get_label() == "_band"]
    assert quadrants.bands(material)["x"] == pytest.approx(min(widths))


def test_without_spread_of_thresholds_there_is_no_guard_band():
    drawing = draw("quadrants", invented(robust=False))
    assert "No guard band" in drawing.words.subtitle
    assert not [p for p in drawing.figure.axes[1].patches if p.get_label() == "_band"]
    assert drawing.data["x_in_band"].isna().all()


def test_regional_references_are_a_line_each_and_the_other_panel_takes_them_off():
    material = invented(references=(10.0, 0.5, {"R1": 1.0, "R2": 3.0}))
    drawing = draw("quadrants", material)
    left, right = drawing.figure.axes
    levels = [line.get_ydata()[0] for line in left.lines if line.get_label() == "_reference"][1:]
    assert levels == [1.0, 3.0]
    table = drawing.data.set_index("unit")
    assert table.at["U23", "y_relative"] == table.at["U23", "y"] - 3.0
    assert len([line for line in right.lines if line.get_label() == "_reference"]) == 2
    assert "another in each region" in drawing.words.subtitle


def test_a_level_has_no_zero_to_improve_on():
    material = invented()
    material.case["indicators"]["varun"] = {
        "label": "Unemployment",
        "definition": "level",
        "of": "x",
        "date": "2014",
    }
    drawing = draw("quadrants", material)
    zero = [line for line in drawing.figure.axes[0].lines if line.get_label() == "_zero"]
    assert len(zero) == 1
    assert "a level has no zero" in drawing.words.subtitle
    assert "against zero" not in drawing.words.title


def test_the_headline_and_the_corners_count_the_quadrants():
    # Two improve in both, one only against zero, one declines in both, one is mixed.
    material = invented(
        [(1, -1, 5), (20, 0, 4), (1, 0.2, 1), (1, 3, -1), (1, -1, 0)],
        towns=(),
        references=(10, 0.1, 2),
    )
    drawing = draw("quadrants", material)
    assert drawing.words.title == (
        "Economy and population both improve against their references in 2 of 5 units, both decline in 2; "
        "against zero they improve in 3"
    )
    right = drawing.figure.axes[1]
    corners = {(t.get_ha(), t.get_va()): t.get_text() for t in right.texts}
    assert corners == {
        ("right", "top"): "2",
        ("left", "top"): "0",
        ("left", "bottom"): "2",
        ("right", "bottom"): "1",
    }


def test_marks_that_share_a_value_are_spread_and_others_are_not():
    material = invented([(1.0, float(n % 2), float(n)) for n in range(40)])
    table = quadrants.data(material)
    assert (table["x_drawn"] != table["x"]).any()
    assert (table["x_drawn"] - table["x"]).abs().max() < 0.02
    assert "spread sideways" in quadrants.caption(material, table).subtitle
    assert (quadrants.data(invented())["x_drawn"] == quadrants.data(invented())["x"]).any()


def test_no_pair_of_values_gives_a_figure_that_says_so():
    drawing = draw("quadrants", invented([(1, math.nan, math.nan)] * 3, towns=()))
    assert drawing.missing
    assert (
        drawing.words.title == "No unit has both Change of unemployment and Change of inhabitants"
    )


def test_numbers_are_written_as_the_language_does():
    drawing = draw("quadrants", invented([(1, n / 8, n / 8) for n in range(9)], language="fr"))
    drawing.figure.canvas.draw()
    ticks = [t.get_text() for t in drawing.figure.axes[0].get_xticklabels()]
    assert "0,50" in ticks
    assert not any("." in tick for tick in ticks)


# The map.


def test_the_map_colours_each_unit_by_its_type_and_counts_them():
    material = invented()
    drawing = draw("map", material)
    axes, inset = drawing.figure.axes[0], drawing.figure.axes[0].child_axes[0]
    number = criteria.counted(material)
    for type_, count in number.items():
        areas = [c for c in axes.collections if c.get_label() == f"_{type_}"]
        assert sum(len(c.get_paths()) for c in areas) == count
        assert [bar.get_width() for bar in bars(inset, f"_{type_}")] == ([count] if count else [])
    assert len([c for c in axes.collections if c.get_label().startswith("_region_")]) == 2
    assert drawing.data["drawn"].all()
    assert "Boundaries of 1 January 2011." in drawing.words.subtitle
    shapes = material.tables["boundaries"].set_index("unit")["geometry"]
    for row in drawing.data.itertuples():
        assert shapes[row.unit].contains(shapely.Point(row.longitude, row.latitude))


def test_kilometres_on_the_map_are_kilometres_on_the_ground():
    shapes = squares([f"U{n}" for n in range(25)]).set_index("unit")["geometry"]
    plane = type_map.projected(shapes)
    points = [shape.centroid for shape in shapes]
    middle, east, north = (plane[f"U{n}"].centroid for n in (12, 14, 22))
    assert middle.distance(east) == pytest.approx(
        float(distance_km(points[12].x, points[12].y, points[14].x, points[14].y)), rel=1e-3
    )
    assert middle.distance(north) == pytest.approx(
        float(distance_km(points[12].x, points[12].y, points[22].x, points[22].y)), rel=1e-3
    )
    assert north.y > middle.y
    assert east.x > middle.x


@pytest.mark.parametrize(
    ("width", "length"), [(280, 50), (640, 100), (9, 1), (1.2, 0.2), (100, 20)]
)
def test_the_scale_is_a_round_length(width, length):
    assert type_map.scale_length(width) == pytest.approx(length)


def test_the_counts_stand_where_no_unit_is():
    shape = pd.Series([shapely.Polygon([(0, 0), (10, 0), (10, 10)])])
    assert type_map.free_corner(shape, (0, 0, 10, 10), (2, 2)) == (0, 8)
    assert (
        type_map.free_corner(pd.Series([shapely.box(0, 0, 10, 10)]), (0, 0, 10, 10), (2, 2)) is None
    )


def test_units_without_a_boundary_are_named_and_points_are_marks():
    material = invented()
    shapes = material.tables["boundaries"].drop(index=[0]).reset_index(drop=True)
    shapes.loc[0, "geometry"] = shapely.Point(4.15, 50.05)
    material.tables["boundaries"] = shapes
    drawing = draw("map", material)
    assert "1 unit has no boundary and is not drawn: Town 0 (U00)." in drawing.words.subtitle
    assert "the chosen towns that have a boundary, 1 of 2" in drawing.words.subtitle
    type_ = material.tables["typology"].loc[1, "type"]
    assert len(marks(drawing.figure.axes[0], f"_{type_}")) == 1
    assert drawing.data["drawn"].sum() == 23


def test_boundaries_of_other_units_give_no_map_but_its_reason():
    material = invented()
    material.tables["boundaries"]["unit"] = "elsewhere"
    drawing = draw("map", material)
    assert drawing.missing
    assert "'tl_borders' have no unit of Towns of Testland" in drawing.words.subtitle


def test_the_key_that_names_a_dataset_without_boundaries_is_told():
    material = invented()
    settings = {"case": material.case, "datasets": {"tl_people": {"file": "tl.yaml"}}, "pins": []}
    with pytest.raises(
        SourceError, match=r"`figures\.map\.boundaries`.*'tl_people' has no `boundaries`"
    ):
        boundaries_of("tl_people", "figures.map.boundaries", settings, material.tables["units"])


def test_shapes_and_centroids_are_read_from_the_same_features():
    feature = {
        "type": "Feature",
        "properties": {"code": "U00"},
        "geometry": {
            "type": "Polygon",
            "coordinates": [[[4, 50], [5, 50], [5, 51], [4, 51], [4, 50]]],
        },
    }
    frame = pd.DataFrame({"feature": [json.dumps(feature)]})
    found = shapes(frame, {"unit_property": "code"}, "file")
    assert found["geometry"][0].equals(shapely.box(4, 50, 5, 51))
    middle = centroids(found)
    assert middle.iloc[0].tolist() == ["U00", 4.5, 50.5]


UP, DOWN, MIXED = (20, 0, 5), (20, 1, 0), (20, 0, 0)


@pytest.mark.parametrize(
    ("values", "title"),
    [
        (
            [UP] * 5 + [MIXED] + [DOWN] * 6,
            "Improving units are most frequent in Region R1 (5 of 6), declining ones in Region R2 (6 of 6)",
        ),
        (
            [UP, DOWN] * 6,
            "Improving units are most frequent in Region R1 (3 of 6) and Region R2 (3 of 6), declining ones "
            "in Region R1 (3 of 6) and Region R2 (3 of 6)",
        ),
        ([MIXED] * 12, "No unit improves or declines in both: all are mixed"),
        (
            [MIXED] * 6 + [DOWN] * 6,
            "Declining units are most frequent in Region R2 (6 of 6); none improve",
        ),
        (
            [UP] * 6 + [MIXED] * 6,
            "Improving units are most frequent in Region R1 (6 of 6); none decline",
        ),
        ([(1, math.nan, 1)] * 12, "No unit has a type"),
    ],
)
def test_the_headline_of_the_map_compares_the_regions(values, title):
    assert draw("map", invented(values)).words.title == title


def test_one_region_is_not_compared_and_small_ones_are_left_out():
    one = draw("map", invented([UP] * 3 + [DOWN] * 5, regions=1)).words
    assert one.title == "3 of 8 units improve (types A and B), 5 decline (C and D)"
    material = invented([DOWN] * 6 + [UP] * 6 + [UP])
    material.tables["typology"].loc[12, "region"] = "R3"
    words = draw("map", material).words
    assert "Regions with fewer than 5 classified units are not compared." in words.subtitle
    assert "R3" not in words.title


# The strips of schemes.


def test_the_strips_are_the_shares_of_the_combinations():
    material = invented()
    drawing = draw("scheme_strip", material)
    table = drawing.data
    town = table[table["unit"] == "U07"]
    lists = material.tables["schemes"].set_index("unit").at["U07", "types"]
    combinations = material.tables["combinations"]
    for row in town[town["choice"] != ""].itertuples():
        column = {"": "window", "sf_high": "sf_scheme", "economy_improving": "varun_definition"}[
            row.criterion
        ]
        letters = "".join(lists[n] for n in combinations.index[combinations[column] == row.level])
        counts = dict(zip(TYPES, (letters.count(letter) for letter in "ABCDmu"), strict=True))
        assert {type_: getattr(row, type_) for type_ in TYPES} == counts
        assert row.combinations == len(letters)
    # One level only: no column, and said to be so.
    assert set(zip(table["criterion"], table["choice"], strict=True)) == {
        ("", ""),
        ("", "window"),
        ("sf_high", "scheme"),
        ("economy_improving", "definition"),
    }
    assert (
        "Settled, definition; Economy, reference; Population, definition" in drawing.words.subtitle
    )
    heights = {
        type_: sum(
            bar.get_height() for axes in drawing.figure.axes for bar in bars(axes, f"_{type_}")
        )
        for type_ in TYPES
    }
    levels = table[table["choice"] != ""]
    for type_ in TYPES:
        shares = levels[type_] / levels["combinations"]
        assert heights[type_] == pytest.approx(shares.sum() * 0.88)
    # Each column is filled by its parts, one on the other.
    every = [bar for axes in drawing.figure.axes for t in TYPES for bar in bars(axes, f"_{t}")]
    columns = {}
    for bar in every:
        place = (round(bar.get_x(), 3), math.floor(bar.get_y()))
        columns.setdefault(place, []).append((bar.get_y(), bar.get_y() + bar.get_height()))
    assert len(columns) == len(levels)
    for parts in columns.values():
        edges = sorted(parts)
        assert edges[-1][1] - edges[0][0] == pytest.approx(0.88)
        assert all(a[1] == pytest.approx(b[0]) for a, b in itertools.pairwise(edges))


def test_the_cases_own_choices_are_framed():
    figure = draw("scheme_strip", invented()).figure
    frames = [
        patch for axes in figure.axes for patch in axes.patches if patch.get_label() == "_own"
    ]
    assert len(frames) == 3
    bold = {
        text.get_text()
        for axes in figure.axes
        for text in axes.texts
        if text.get_weight() == "bold"
    }
    assert {"as asked", "5", "points"} <= bold
    assert "median, country" not in bold


def test_levels_of_a_criterion_stay_together_and_long_lists_are_broken():
    def levels(criterion, count):
        return pd.DataFrame(
            {"unit": "", "criterion": criterion, "choice": "x", "level": range(count), "own": False}
        )

    table = pd.concat([levels("", 10), levels("a", 9), levels("b", 14), levels("c", 50)])
    bands = scheme_strip.bands_of(table)
    assert [len(band) for band in bands] == [19, 14, 23, 23, 4]


def test_many_towns_have_one_strip_each():
    towns = tuple(f"U{n:02d}" for n in range(8))
    material = invented(towns=towns)
    drawing = draw("scheme_strip", material)
    assert list(drawing.data["unit"]) == ["", *towns]
    (axes,) = drawing.figure.axes
    schemes = material.tables["schemes"].set_index("unit")
    for type_ in TYPES:
        widths = {
            round(-b.get_y() - b.get_height() / 2): b.get_width() for b in bars(axes, f"_{type_}")
        }
        for place, unit in enumerate(towns, 1):
            assert widths.get(place, 0) == pytest.approx(schemes.at[unit, type_] / 12 * 100)


def test_types_that_are_not_listed_give_one_strip_a_town_and_the_reason():
    drawing = draw("scheme_strip", invented(list_types=False))
    assert list(drawing.data["unit"]) == ["", "U00", "U07"]
    assert "`robustness.list_types: false`" in drawing.words.subtitle


def test_no_combination_gives_a_figure_that_says_so():
    material = invented(list_types=False)
    for name in ("combinations", "schemes"):
        material.tables[name].loc[:, list(TYPES)] = 0.0
    assert draw("scheme_strip", material).missing


# Cells.


@pytest.mark.parametrize(
    ("regions", "groups"),
    [(2, {"R1", "R2"}), (1, {"dense", "rural area"}), (8, {"dense", "rural area"})],
)
def test_the_cells_count_units_by_region_or_by_size_class(regions, groups):
    material = invented(regions=regions)
    drawing = draw("cells", material)
    table, typology = drawing.data, material.tables["typology"]
    assert set(table["group"]) == groups
    assert table["units"].sum() == len(typology)
    column = "region" if regions == 2 else "size_class"
    for row in table.itertuples():
        assert row.units == ((typology["cell"] == row.cell) & (typology[column] == row.group)).sum()
    for cell, part in table.groupby("cell", sort=False):
        rectangles = [bar for axes in drawing.figure.axes for bar in bars(axes, f"_{cell}")]
        assert [bar.get_width() for bar in rectangles] == list(part["units"])
    assert table["cell"].nunique() == 8


def test_the_headline_of_the_cells_names_the_most_frequent_one_and_ties():
    words = draw("cells", invented([UP] * 3 + [DOWN])).words
    assert words.title == (
        "The most frequent cell holds 3 of 4 units: settled, economy and population improving"
    )
    words = draw("cells", invented([UP, DOWN, (1, math.nan, 0), (math.nan, 0, 0)])).words
    assert words.title == (
        "The 2 most frequent cells hold 1 of 2 units each: settled, economy and population improving; "
        "settled, economy and population declining"
    )
    assert (
        "2 units are undetermined, for want of Foreign residents (1) and Change of unemployment (1)."
        in (words.subtitle)
    )


# Probabilities.


def test_the_bars_are_the_probabilities_of_the_chosen_towns():
    material = invented(towns=("U00", "U05", "U07"))
    drawing = draw("probabilities", material)
    (axes,) = drawing.figure.axes
    given = material.tables["probabilities"].set_index("unit")
    for place, unit in enumerate(("U00", "U05", "U07")):
        left = 0.0
        for type_ in stacked.ORDER:
            share = given.at[unit, f"p_{type_}"] * 100
            found = [
                bar
                for bar in bars(axes, f"_{type_}")
                if round(bar.get_y() + bar.get_height() / 2) == -place
            ]
            assert [bar.get_width() for bar in found] == ([pytest.approx(share)] if share else [])
            assert [bar.get_x() for bar in found] == ([pytest.approx(left)] if share else [])
            left += share
        assert left == pytest.approx(100)
    assert [t.get_text() for t in axes.texts].count("likely") == 3
    assert "1,000 draws" in drawing.words.subtitle
    assert "at most 2.0 percentage points" in drawing.words.subtitle


def titled(shares):
    towns = [f"U{n:02d}" for n in range(len(shares))]
    material = invented([UP] * len(shares), towns=towns)
    material.tables["probabilities"]["p_type"] = shares
    return draw("probabilities", material).words.title


def test_the_headline_of_the_probabilities_names_the_surest_and_ties():
    assert titled([0.9, 0.5, 0.7]) == (
        "Surest is the type of Town 0 (A), in 90 % of the draws; least sure that of Town 1 (A), in 50 %"
    ).replace(" %", "\u202f%")
    assert "Town 0 (A) and Town 2 (A), in 90" in titled([0.9, 0.5, 0.9])
    assert "Surest is the type of 3 towns, in 90" in titled([0.9, 0.5, 0.9, 0.901])
    assert titled([0.9, 0.9]) == "Each chosen town keeps its type in 90\u202f% of the draws"
    assert titled([0.9]) == "Town 0 (A): this type in 90\u202f% of the draws"


def test_a_town_without_a_type_is_said_to_have_none():
    material = invented([(math.nan, 0, 0), UP], towns=("U00", "U01"))
    words = draw("probabilities", material).words
    assert "1 chosen town has no type, for a figure is missing: Town 0." in words.subtitle
    assert words.title == "Town 1 (A): this type in 75\u202f% of the draws"

"""Series of towns, regions and country, indicators of areas, chosen towns: against plain arithmetic."""

import math
import statistics
from pathlib import Path

import pandas as pd
import pytest
import tiny
from build import VARIABLES

from smstra import area_values, chosen_towns, csvio, figure_rules, series
from smstra.errors import DataError
from smstra.indicators import compute, plans
from smstra.lookup import Figures

DATES = ("2004-01-01", "2005-01-01", "2006-01-01")
UNITS = pd.DataFrame(
    {
        "unit": ["a", "b", "c"],
        "name": ["Alp", "Bek", "Cos"],
        "region": ["R1", "R1", "R2"],
        "region_name": ["North", "North", "South"],
        "country": "X",
    }
)
GEOGRAPHY = {
    "level": "town",
    "region_level": "region",
    "country_unit": {"code": "X", "name": "Xland"},
    "merged_later": {"rates_medians_and_ratios": "merged_unit", "counts": "stop"},
}
SUMS = {"country": {"by": "sum_of_counts"}, "region": {"by": "sum_of_counts"}}
PEOPLE = {
    "label": "People",
    "definition": "level",
    "of": "people",
    "from": "2004",
    "to": "2006",
    **SUMS,
}
SHARE = {**PEOPLE, "definition": "share", "of": "foreign", "in": "people"}
TOWNS = pd.DataFrame({"unit": ["a"], "label": ["Alp"]})


def observed(rows: list[tuple], **more: str) -> Figures:
    """Return figures from (unit, variable, date, value) with an optional territory."""
    table = pd.DataFrame(
        [(*row[:4], row[4] if len(row) > 4 else row[0]) for row in rows],
        columns=["unit", "variable", "date", "value", "territory"],
    )
    own = table["territory"] == table["unit"]
    table["conversion"] = own.map({True: "none", False: "merged_unit"})
    table["status"], table["level"], table["source"] = "", more.get("level", "town"), "t@1"
    areas = {"R1": "region", "R2": "region", "X": "country"}
    table["level"] = table["unit"].map(areas).fillna(table["level"])
    return Figures(table)


def counts(variable: str, start: float) -> list[tuple]:
    """Return a figure for each unit and date."""
    return [
        (unit, variable, date, start + 10 * number + step)
        for number, unit in enumerate("abc")
        for step, date in enumerate(DATES)
    ]


def made(spec: dict, figures: Figures, towns: pd.DataFrame = TOWNS) -> pd.DataFrame:
    """Return the series of a case that has one."""
    case = {"geography": GEOGRAPHY, "series": {"s": spec}}
    return series.compute(case, figures, UNITS, towns, VARIABLES)


def test_counts_are_summed_and_shares_rebuilt_from_sums() -> None:
    figures = observed(counts("people", 100) + counts("foreign", 5))
    table = made(SHARE, figures).set_index(["unit", "date"])["value"]
    for step, date in enumerate(DATES):
        assert table["a", date] == (5 + step) / (100 + step) * 100
        assert table["R1", date] == (20 + 2 * step) / (210 + 2 * step) * 100
        assert table["X", date] == (45 + 3 * step) / (330 + 3 * step) * 100
    assert "R2" not in table.index.get_level_values("unit"), "no chosen town lies there"


def test_the_order_is_country_regions_towns() -> None:
    table = made(PEOPLE, observed(counts("people", 100)))
    assert list(dict.fromkeys(table["what"])) == ["country", "region", "town"]
    assert list(table.loc[table["what"] == "town", "date"]) == list(DATES)


def test_an_area_that_lacks_a_unit_has_no_value_and_says_so() -> None:
    rows = [row for row in counts("people", 100) if row[0] != "b" or row[2] != DATES[1]]
    table = made(PEOPLE, observed(rows)).set_index(["unit", "date"])
    assert math.isnan(table.at[("X", DATES[1]), "value"])
    assert table.at[("X", DATES[1]), "status"] == "incomplete:2 of 3"
    assert table.at[("X", DATES[0]), "status"] == ""
    assert math.isnan(table.at[("R1", DATES[1]), "value"])


def test_a_merged_unit_counts_once_in_an_area_and_its_rate_is_marked_in_a_town() -> None:
    rows = [("a", "foreign", DATES[0], 8, "m"), ("a", "people", DATES[0], 50, "m")]
    rows += [("b", "foreign", DATES[0], 8, "m"), ("b", "people", DATES[0], 50, "m")]
    rows += [("c", "foreign", DATES[0], 1), ("c", "people", DATES[0], 50)]
    table = made(SHARE, observed(rows)).set_index("unit")
    assert table.at["X", "value"] == 9.0
    assert table.at["a", "value"] == 16.0
    assert table.at["a", "merged_unit"] == "m"


def test_a_count_of_a_merged_unit_is_not_split() -> None:
    rows = [(unit, "people", DATES[0], 50, "m") for unit in "ab"] + [("c", "people", DATES[0], 1)]
    table = made(PEOPLE, observed(rows)).set_index("unit")
    assert math.isnan(table.at["a", "value"])
    assert table.at["a", "status"] == "not_split:m"
    assert table.at["X", "value"] == 51


def test_published_weighted_and_median_values() -> None:
    rates = counts("rate", 4)
    people = counts("people", 100)
    rows = rates + people + [("X", "rate", DATES[0], 7.5), ("R1", "rate", DATES[0], 6.5)]
    rate = {"label": "Rate", "definition": "level", "of": "rate", "from": "2004", "to": "2004"}
    figures = observed(rows)

    def of(by: dict) -> pd.Series:
        table = made({**rate, "country": by, "region": by}, figures)
        return table.set_index("unit")["value"]

    assert of({"by": "published"})[["X", "R1"]].tolist() == [7.5, 6.5]
    assert of({"by": "median_of_units"})[["X", "R1"]].tolist() == [14, statistics.median([4, 14])]
    weighted = of({"by": "weighted_mean", "weight": "people"})
    assert weighted["X"] == (4 * 100 + 14 * 110 + 24 * 120) / 330
    assert weighted["R1"] == (4 * 100 + 14 * 110) / 210


def test_figures_of_different_territories_make_no_value_of_an_area() -> None:
    rows = [("a", "foreign", DATES[0], 8, "m"), ("b", "foreign", DATES[0], 8, "m")]
    rows += [(unit, "people", DATES[0], 50) for unit in "abc"] + [("c", "foreign", DATES[0], 1)]
    table = made(SHARE, observed(rows)).set_index("unit")
    assert math.isnan(table.at["X", "value"])
    assert table.at["X", "status"] == "territories_differ:2 of 3"


def test_a_weight_of_another_territory_than_the_rate_makes_no_mean() -> None:
    rows = [(unit, "rate", DATES[0], 50, "m") for unit in "ab"] + [("c", "rate", DATES[0], 10)]
    people = [("a", "people", DATES[0], 100), ("b", "people", DATES[0], 900)]
    rows += [*people, ("c", "people", DATES[0], 500)]
    by = {"by": "weighted_mean", "weight": "people"}
    rate = {"label": "R", "definition": "level", "of": "rate", "from": "2004", "to": "2004"}
    table = made({**rate, "country": by}, observed(rows)).set_index("unit")
    assert math.isnan(table.at["X", "value"])
    assert table.at["X", "status"] == "territories_differ:2 of 3"


@pytest.mark.parametrize(("of", "median"), [("rate", 505.0), ("people", 10.0)])
def test_a_median_counts_a_merged_unit_once_and_no_count_of_it(of: str, median: float) -> None:
    rows = [(unit, of, DATES[0], 1000, "m") for unit in "ab"] + [("c", of, DATES[0], 10)]
    spec = {**PEOPLE, "of": of, "country": {"by": "median_of_units"}}
    table = made(spec, observed(rows)).set_index("unit")
    assert table.at["X", "value"] == median


def test_what_nobody_published_is_a_gap_that_is_said() -> None:
    spec = {**PEOPLE, "country": {"by": "published"}, "region": {"by": "published"}}
    rows = [*counts("people", 100), ("R1", "people", DATES[0], 777)]
    table = made(spec, observed(rows)).set_index(["unit", "date"])
    assert table.at[("R1", DATES[0]), "value"] == 777
    for unit, date in (("R1", DATES[1]), ("X", DATES[0])):
        assert math.isnan(table.at[(unit, date), "value"])
        assert table.at[(unit, date), "status"] == f"missing:people:no_row@{date[:4]}"


def test_only_the_period_asked_for() -> None:
    figures = observed(counts("people", 100))
    table = made({**PEOPLE, "from": "2005-01-01", "to": "2005"}, figures)
    assert set(table["date"]) == {DATES[1]}


def test_no_town_and_no_series_give_tables_with_the_same_columns() -> None:
    figures = observed(counts("people", 100))
    none = made(PEOPLE, figures, TOWNS.iloc[:0])
    assert set(none["what"]) == {"country"}
    empty = series.compute({"geography": GEOGRAPHY}, figures, UNITS, TOWNS, VARIABLES)
    assert list(empty) == series.COLUMNS == list(none)


# --- Indicators of areas ------------------------------------------------------------------------


def areas_of(entry: dict, figures: Figures) -> pd.DataFrame:
    """Return the values of regions and country of one indicator."""
    case = {
        "geography": GEOGRAPHY,
        "indicators": {"i": entry},
        "substitution": {"if_two_years_are_as_near": "earlier"},
        "breaks": {"when_spanned": "mark"},
    }
    planned = plans(case, figures, UNITS, VARIABLES)
    values = compute(case, figures, UNITS, VARIABLES, {}, planned, ())
    return area_values.compute(case, figures, UNITS, VARIABLES, planned, values)


def test_indicators_of_areas_are_made_from_counts() -> None:
    entry = {"label": "P", "definition": "relative_change", "of": "people", "from": DATES[0]}
    entry |= {"to": DATES[2], "max_year_gap": 0, **SUMS}
    table = areas_of(entry, observed(counts("people", 100))).set_index("area")
    assert table.at["X", "value"] == (336 / 330 - 1) * 100
    assert table.at["R2", "value"] == (122 / 120 - 1) * 100
    assert table.loc["X", ["what", "units", "year_from", "year_to"]].tolist() == [
        "country",
        3,
        "2004",
        "2006",
    ]


def test_an_indicator_that_a_unit_lacks_is_no_figure_of_its_area() -> None:
    entry = {"label": "P", "definition": "level", "of": "people", "date": DATES[0]}
    entry |= {"max_year_gap": 0, **SUMS}
    rows = [row for row in counts("people", 100) if row[0] != "b" or row[2] != DATES[0]]
    table = areas_of(entry, observed(rows)).set_index("area")
    assert math.isnan(table.at["X", "value"])
    assert table.at["X", "status"] == "incomplete:2 of 3"
    assert math.isnan(table.at["R1", "value"])
    assert (table.at["R2", "value"], table.at["R2", "status"]) == (120, "")


def test_a_rate_without_its_weight_is_no_part_of_a_mean_of_the_area() -> None:
    by = {"by": "weighted_mean", "weight": "people"}
    entry = {"label": "R", "definition": "level", "of": "rate", "date": DATES[0], "max_year_gap": 0}
    rows = counts("rate", 4) + [row for row in counts("people", 100) if row[0] != "b"]
    table = areas_of({**entry, "country": by, "region": by}, observed(rows)).set_index("area")
    assert math.isnan(table.at["X", "value"])
    assert table.at["X", "status"] == "incomplete:2 of 3"
    assert (table.at["R2", "value"], table.at["R2", "status"]) == (24, "")


def test_indicators_of_areas_as_published_weighted_and_median() -> None:
    rows = counts("rate", 4) + counts("people", 100) + [("X", "rate", DATES[0], 7.5)]
    rows += [(region, "rate", DATES[0], 6.0 + n) for n, region in enumerate(("R1", "R2"))]
    entry = {"label": "R", "definition": "level", "of": "rate", "date": DATES[0], "max_year_gap": 0}

    def of(by: dict) -> dict:
        made_ = areas_of({**entry, "country": by, "region": by}, observed(rows))
        return dict(zip(made_["area"], made_["value"], strict=True))

    assert of({"by": "published"}) == {"X": 7.5, "R1": 6.0, "R2": 7.0}
    assert of({"by": "median_of_units"}) == {"X": 14.0, "R1": 9.0, "R2": 24.0}
    weighted = of({"by": "weighted_mean", "weight": "people"})
    assert weighted["R1"] == (4 * 100 + 14 * 110) / 210
    assert areas_of(entry, observed(rows)).empty, "none is asked for"


def test_a_published_figure_that_is_not_there_is_an_error() -> None:
    entry = {"label": "R", "definition": "level", "of": "rate", "date": DATES[0], "max_year_gap": 0}
    with pytest.raises(DataError, match=r"`indicators\.i`: no published figures for regions"):
        areas_of({**entry, "region": {"by": "published"}}, observed(counts("rate", 4)))


# --- Chosen towns -------------------------------------------------------------------------------

TYPOLOGY = UNITS[["unit", "name", "region"]].assign(type=["A", "D", "D"], size_class="town")


def test_the_towns_of_a_set_are_in_the_order_of_their_types() -> None:
    selection = pd.DataFrame(
        {"set": ["1", "1", "2"], "unit": ["b", "a", "c"], "type": ["D", "A", "D"]}
    )
    table = chosen_towns.table({"choose": "best_set", "set": 1}, TYPOLOGY, UNITS, selection)
    assert table[["unit", "region_name", "type", "why"]].to_numpy().tolist() == [
        ["a", "North", "A", "best_set:1"],
        ["b", "North", "D", "best_set:1"],
    ]
    assert chosen_towns.table(
        {"choose": "best_set", "set": 1}, TYPOLOGY, UNITS, selection[:0]
    ).empty
    with pytest.raises(DataError, match=r"set 3, and selection.csv has only 2"):
        chosen_towns.table({"choose": "best_set", "set": 3}, TYPOLOGY, UNITS, selection)


def test_named_towns_keep_their_order_and_equal_names_show_the_code() -> None:
    twins = TYPOLOGY.assign(name=["Alp", "Alp", "Cos"])
    table = chosen_towns.table({"choose": "named", "units": ["c", "b"]}, twins, UNITS)
    assert table["label"].tolist() == ["Cos", "Alp (b)"]


def test_every_figure_has_a_family_and_a_schema() -> None:
    from smstra import schema  # noqa: PLC0415
    from smstra.config import WORKFLOW  # noqa: PLC0415

    named = [name for names in figure_rules.FAMILIES.values() for name in names]
    assert len(set(named)) == len(named)
    whole = schema.strict_yaml.load(WORKFLOW / "schemas/case.schema.yaml")
    asked = set(whole["properties"]["figures"]["properties"]) - {"towns"}
    assert asked == set(figure_rules.NEEDS)
    assert asked <= set(named)


def test_the_tables_of_testland(testland_done: Path) -> None:
    folder = testland_done / "results/tl"
    table = csvio.read(folder / "series.csv")
    own = table[(table["series"] == "inhabitants") & (table["date"] == "2014-01-01")]
    whole = sum(tiny.people(town, 2014) for town in tiny.TOWNS)
    assert own.set_index("what").at["country", "value"] == whole
    values = csvio.read(folder / "areas.csv").set_index(["area", "indicator"])["value"]
    part, all_ = (
        sum(f(t, 2014) for t in tiny.TOWNS if tiny.REGION[t] == "R1")
        for f in (tiny.people, lambda t, y: 20 + 10 * tiny.TOWNS.index(t))
    )
    assert values["R1", "density"] == part / all_

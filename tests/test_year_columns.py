"""Tables with columns for each year: read as their narrow form, and their description checked."""

from __future__ import annotations

import pytest

from smstra import config, dataset_rules, strict_yaml
from smstra.errors import ConfigError
from smstra.formats import parse
from smstra.sources.tables import read_observations
from smstra.year_columns import columns_of, in_header, of_each_year

WIDE = """
vintage: "2026-01-02"
file: config/datasets/tl.yaml
format: delimited
encoding: utf-8
delimiter: ";"
table_ends: first_empty_row
columns: [code, people 2005, people 2014, jobless 2014, 1999 list]
unused_columns: {1999 list: a name and no figure}
code_system: tl
code_prefixes: [T0]
geography_date: "2015-01-01"
unit: {column: code}
level: town
date: {column: header, day: "01-01"}
missing: [""]
variables:
  residents: {column: "people {year}"}
  unemployment_rate_registered: {column: "jobless {year}"}
"""
RAW = (
    b"code;people 2005;people 2014;jobless 2014;1999 list\nT01;10;20;5.5;x\nT02;;40;6.5;x\n\nNote\n"
)


def entry(**changes: object) -> dict[str, object]:
    return {**strict_yaml.loads(WIDE, "wide"), **changes}


def variables() -> dict[str, object]:
    return config.load_vocabulary(config.WORKFLOW)


def test_each_year_is_a_description_of_its_own() -> None:
    first, last = of_each_year(entry())
    assert first["date"] == {"day": "01-01", "fixed": "2005"}
    assert first["variables"] == {"residents": {"column": "people 2005"}}
    assert set(last["variables"]) == {"residents", "unemployment_rate_registered"}
    narrow = entry(date={"column": "code"})
    assert of_each_year(narrow) == [narrow]
    # A column that is really called so is one.
    assert not in_header(entry(columns=["code", "header"]))
    assert columns_of("{year}", ["2005", "x2005", "20055", "0205"]) == {"2005": "2005"}


def test_figures_are_those_of_the_columns_of_their_years() -> None:
    how = entry()
    frame = parse(RAW, how, "wide.csv")
    table = read_observations("tl_wide", how, frame, variables(), None)
    found = {(r.variable, r.unit, r.date): r.value for r in table.itertuples()}
    assert found.pop(("residents", "T02", "2005-01-01")) != 0
    assert found == {
        ("residents", "T01", "2005-01-01"): 10,
        ("residents", "T01", "2014-01-01"): 20,
        ("residents", "T02", "2014-01-01"): 40,
        ("unemployment_rate_registered", "T01", "2014-01-01"): 5.5,
        ("unemployment_rate_registered", "T02", "2014-01-01"): 6.5,
    }
    missing = table[table["value"].isna()]
    assert list(missing["unit"] + missing["date"] + missing["status"]) == ["T022005-01-01missing"]
    assert list(table["row"].unique()) == [2, 3]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"variables": {"residents": {"column": "people 2005"}}}, "the years stand in the header"),
        ({"variables": {"residents": {"column": "folk {year}"}}}, "none of the `columns`"),
        ({"date": {"column": "header", "day": "01-01", "written": "{year}"}}, "remove `written`"),
        ({"date": {"column": "heading", "day": "01-01"}}, "'heading'"),
        ({"date": {"column": "header"}}, "needs `day:`"),
    ],
)
def test_a_wrong_description_is_refused(changes: dict[str, object], words: str) -> None:
    pin = {"id": "tl_wide", "vintage": "2026-01-02", "file": "f", "date_accessed": "2026-01-02"}
    pin["reference_dates"] = {"first": "2005", "last": "2014"}
    dataset_rules.check_datasets({"tl_wide": entry()}, variables(), [pin])
    with pytest.raises(ConfigError) as caught:
        dataset_rules.check_datasets({"tl_wide": entry(**changes)}, variables(), [pin])
    assert words in str(caught.value)

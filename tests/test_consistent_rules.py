"""Known towns against rules: a hidden rule is found again, contradictions are said, nothing is told."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from build import VARIABLES, case, figures, rows, three, towns
from hypothesis import given, settings
from hypothesis import strategies as st

from smstra import csvio
from smstra.errors import GeographyError, SourceError
from smstra.robustness import choices, schemes
from smstra.robustness.consistent_rules import (
    COLUMNS,
    THRESHOLD_COLUMNS,
    consistent_rules,
    consistent_thresholds,
    read_known,
)

# Eight towns, every combination of low or high in the three indicators, in two regions.
CODES = [f"9{place}1" for place in range(8)]
CELLS = list(itertools.product((0, 1), repeat=3))
FOREIGN = {
    unit: 40 + 100 * cell[0] + 2 * place
    for place, (unit, cell) in enumerate(zip(CODES, CELLS, strict=True))
}
RATE = {
    unit: 7 - 3 * cell[1] + place / 10
    for place, (unit, cell) in enumerate(zip(CODES, CELLS, strict=True))
}
PEOPLE = {
    unit: 900 + 250 * cell[2] + 3 * place
    for place, (unit, cell) in enumerate(zip(CODES, CELLS, strict=True))
}
SUMS = {"by": "sum_of_counts"}


def a_country(directions=("at_least", "at_most", "at_least")):
    held = figures(
        [
            *rows("people", "2005-01-01", dict.fromkeys(CODES, 1000)),
            *rows("people", "2014-01-01", PEOPLE),
            *rows("people", "2015-01-01", {unit: 2 * n - 1000 for unit, n in PEOPLE.items()}),
            *rows("foreign", "2005-01-01", FOREIGN),
            *rows("rate", "2005", dict.fromkeys(CODES, 5)),
            *rows("rate", "2014", RATE),
            *rows("rate", "2015", RATE),
        ]
    )
    named = dict(
        zip(
            ("sf_high", "economy_improving", "population_improving"),
            zip(("sf", "varun", "varni"), directions, strict=True),
            strict=True,
        )
    )
    it = case(
        indicators={
            **three(),
            "level": {"definition": "level", "of": "rate", "date": "2014"},
        },
        criteria={
            name: {"indicator": i, "holds_if": holds, "reference": "national_median"}
            for name, (i, holds) in named.items()
        },
        robustness={
            "definitions": {
                name: {
                    i: {"indicator": i, "holds_if": holds, "moves_with": "start", "aggregate": SUMS}
                }
                for name, (i, holds) in named.items()
            },
            "references": {
                "sf_high": ["national_aggregate", "national_median", 5, 20],
                "economy_improving": ["zero", "national_median", -9],
                "population_improving": ["zero", "national_aggregate", "national_mean"],
            },
            "windows": {"end_1_later": {"end": 1}},
        },
    )
    # Another definition, and one that joins both; a rate is no count, so it has no sum.
    economy = it["robustness"]["definitions"]["economy_improving"]
    economy["varun"].pop("aggregate")
    economy["level"] = {"indicator": "level", "holds_if": directions[1], "moves_with": "end"}
    economy["joined"] = {"all_of": ["varun", "level"]}
    units = towns({"R1": CODES[:4], "R2": CODES[4:]})
    return it, held, units, choices.evaluate(it, held, units, VARIABLES)


@pytest.fixture(scope="module")
def there():
    it, held, units, evaluated = a_country()
    combined = schemes.combinations_of(evaluated)
    nobody = units.assign(type="undetermined")
    by_unit, made = schemes.scheme_map(evaluated, combined, nobody, True)
    letters = dict(zip("ABCDmu", ["A", "B", "C", "D", "mixed", "undetermined"], strict=True))
    types = {
        unit: [letters[letter] for letter in listed]
        for unit, listed in zip(by_unit["unit"], by_unit["types"], strict=True)
    }
    return it, held, units, evaluated, combined, made, types


def known(types, combination, units):
    """The types that a combination (its place) gives some units, as a table of known towns."""
    pairs = [(unit, types[unit][combination]) for unit in sorted(units)]
    return pd.DataFrame(pairs, columns=["unit", "type"], dtype=object)


# --- rules ------------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(data=st.data())
def test_a_hidden_rule_is_among_those_that_give_all_and_each_count_is_right(there, data):
    _, _, _, evaluated, combined, made, types = there
    hidden = data.draw(st.integers(0, len(combined) - 1))
    units = data.draw(st.lists(st.sampled_from(CODES), min_size=1, unique=True))
    towns_ = known(types, hidden, units)
    table = consistent_rules(evaluated, combined, towns_.sample(frac=1, random_state=hidden))
    assert table.columns.tolist() == COLUMNS
    assert table.set_index("combination").loc[hidden + 1, "gives"] == "all"
    assert table[["matched", "combination"]].apply(tuple, axis=1).tolist() == sorted(
        table[["matched", "combination"]].apply(tuple, axis=1), key=lambda key: (-key[0], key[1])
    )
    for record in table.to_dict("records"):
        place = record["combination"] - 1
        hits = sum(types[unit][place] == types[unit][hidden] for unit in units)
        assert (record["matched"], record["of"]) == (hits, len(units))
        word = "all" if hits == len(units) else "most" if hits > len(units) / 2 else "some"
        assert record["gives"] == (word if hits else "none")
    shared = [name for name in COLUMNS if name in made]
    pd.testing.assert_frame_equal(
        table.sort_values("combination", ignore_index=True)[shared], made[shared]
    )


def test_half_of_the_towns_are_some_and_not_most(there):
    _, _, _, evaluated, combined, _, types = there
    other = {"A": "B", "B": "A", "C": "D", "D": "C", "mixed": "A"}
    right = known(types, combined.own, CODES[:2])
    right.loc[1, "type"] = other[right.loc[1, "type"]]
    table = consistent_rules(evaluated, combined, right).set_index("combination")
    assert table.loc[combined.own + 1, ["matched", "of", "gives"]].tolist() == [1, 2, "some"]


def test_types_that_no_rule_can_give_match_none(there):
    _, _, _, evaluated, combined, _, types = there
    unit = next(u for u in CODES if "A" not in types[u])
    table = consistent_rules(
        evaluated, combined, pd.DataFrame({"unit": [unit], "type": ["A"]}, dtype=object)
    )
    assert set(table["gives"]) == {"none"}
    assert table["combination"].tolist() == list(range(1, len(combined) + 1))


def test_the_tables_name_no_town_and_without_known_towns_they_are_empty(there, tmp_path):
    it, held, units, evaluated, combined, _, types = there
    towns_ = known(types, combined.own, CODES)
    for table in (
        consistent_rules(evaluated, combined, towns_),
        consistent_thresholds(it, evaluated, towns_, held, units, VARIABLES),
    ):
        csvio.write(table, tmp_path / "table.csv")
        text = (tmp_path / "table.csv").read_text(encoding="utf-8")
        cells = set(text.replace("\n", ",").split(","))
        assert not cells & {*CODES, *units["name"]}
    for nothing in (None, towns_.iloc[:0]):
        rules = consistent_rules(evaluated, combined, nothing)
        bounds = consistent_thresholds(it, evaluated, nothing, held, units, VARIABLES)
        assert (rules.columns.tolist(), len(rules)) == (COLUMNS, 0)
        assert (bounds.columns.tolist(), len(bounds)) == (THRESHOLD_COLUMNS, 0)


# --- thresholds ---------------------------------------------------------------------------------------


def inside(threshold, record):
    lowest, highest = record["lowest"], record["highest"]
    above = (
        np.isnan(lowest)
        or threshold > lowest
        or (record["lowest_included"] and threshold == lowest)
    )
    below = (
        np.isnan(highest)
        or threshold < highest
        or (record["highest_included"] and threshold == highest)
    )
    return bool(above and below)


@pytest.mark.parametrize(
    "directions", [("at_least", "at_most", "above"), ("above", "below", "at_least")]
)
def test_bounds_hold_exactly_the_thresholds_that_give_all_answers(directions):
    it, held, units, evaluated = a_country(directions)
    combined = schemes.combinations_of(evaluated)
    by_unit, _ = schemes.scheme_map(evaluated, combined, units.assign(type="A"), True)
    letter = dict(zip(by_unit["unit"], (t[combined.own] for t in by_unit["types"]), strict=True))
    listed = [(u, {"m": "mixed"}.get(x, x)) for u, x in sorted(letter.items())]
    towns_ = pd.DataFrame(listed, columns=["unit", "type"], dtype=object)
    table = consistent_thresholds(it, evaluated, towns_, held, units, VARIABLES)
    high = {"A": (1, 1, 1), "B": (0, 1, 1), "C": (1, 0, 0), "D": (0, 0, 0)}
    compare = {
        "at_least": np.greater_equal,
        "above": np.greater,
        "at_most": np.less_equal,
        "below": np.less,
    }
    for place, criterion in enumerate(it["criteria"]):
        values = choices.values_under(it, criterion, held, units, VARIABLES)
        own = table[table["criterion"] == criterion]
        assert set(zip(own["definition"], own["window"], strict=True)) == set(values)
        for record in own.to_dict("records"):
            of = dict(
                zip(units["unit"], values[record["definition"], record["window"]], strict=True)
            )
            origin = 0.0
            if record["measured_from"] != "zero":
                match = evaluated.table[
                    (evaluated.table["criterion"] == criterion)
                    & (evaluated.table["definition"] == record["definition"])
                    & (evaluated.table["window"] == record["window"])
                    & (evaluated.table["reference"] == record["measured_from"])
                ]
                origin = match["threshold"].iloc[0]
            pairs = [
                (round(of[unit] - origin, 9), high[type_][place])
                for unit, type_ in listed
                if type_ in high
            ]
            # Each value, and points between and beyond them, are tried as the threshold.
            tried = sorted({value for value, _ in pairs})
            tried += [(a + b) / 2 for a, b in itertools.pairwise(tried)] + [
                tried[0] - 1,
                tried[-1] + 1,
            ]
            gives_all = [
                all(
                    bool(compare[record["holds_if"]](value, t)) == bool(yes) for value, yes in pairs
                )
                for t in tried
            ]
            if record["outcome"] == "contradiction":
                assert not any(gives_all)
                assert np.isnan(record["lowest"])
                assert record["lowest_included"] is None
            else:
                assert record["outcome"] == "possible"
                assert [inside(t, record) for t in tried] == gives_all
                assert any(gives_all)
    # The rule that made the types is found: its own threshold lies inside.
    for criterion in it["criteria"]:
        row = evaluated.table[
            evaluated.table["own"] & (evaluated.table["criterion"] == criterion)
        ].iloc[0]
        record = table[
            (table["criterion"] == criterion)
            & (table["definition"] == row["definition"])
            & (table["window"] == "as_asked")
            & (table["measured_from"] == "zero")
        ].iloc[0]
        assert inside(row["threshold"], record)


def bounds_of(there, pairs, criterion="sf_high"):
    it, held, units, evaluated, *_ = there
    towns_ = pd.DataFrame(pairs, columns=["unit", "type"], dtype=object)
    table = consistent_thresholds(it, evaluated, towns_, held, units, VARIABLES)
    return table[table["criterion"] == criterion]


def test_bounds_are_measured_from_zero_and_from_the_national_reference(there):
    # Foreigners per 1,000: 40 in the first, 148 in the fifth; all together 4 % to 15.4 %.
    found = bounds_of(there, [(CODES[0], "D"), (CODES[4], "C")]).iloc[:2]
    assert found["measured_from"].tolist() == ["zero", "national_aggregate"]
    assert found["lowest"].tolist() == pytest.approx([4, 4 - sum(FOREIGN.values()) / 80])
    assert found["highest"].tolist() == pytest.approx([14.8, 14.8 - sum(FOREIGN.values()) / 80])
    assert found[["lowest_included", "highest_included"]].to_numpy().tolist() == [[False, True]] * 2
    economy = bounds_of(there, [(CODES[0], "D"), (CODES[4], "C")], "economy_improving")
    assert economy["measured_from"].tolist()[:2] == ["zero", "national_median"]
    assert set(economy["definition"]) == {"varun", "level"}
    # Both decline: a threshold of at_most lies below both, and may not equal the lower.
    first = economy.iloc[0]
    assert (first["towns_yes"], first["towns_no"]) == (0, 2)
    assert np.isnan(first["lowest"])
    assert first["lowest_included"] is None
    assert first["highest"] == pytest.approx(2)
    assert first["highest_included"] is False


def test_a_known_town_that_turns_the_order_is_a_contradiction(there):
    found = bounds_of(there, [(CODES[0], "A"), (CODES[4], "D")])
    assert set(found["outcome"]) == {"contradiction"}
    equal = bounds_of(there, [(CODES[0], "A"), (CODES[4], "D"), (CODES[1], "mixed")])
    pd.testing.assert_frame_equal(found, equal)


def test_equal_values_with_a_yes_and_a_no_are_a_contradiction(there):
    it, *rest = there
    # 4.0 and 4.2 percent are the same to no decimals.
    found = bounds_of(({**it, "comparison_decimals": 0}, *rest), [(CODES[0], "A"), (CODES[1], "D")])
    assert found["outcome"].iloc[0] == "contradiction"


def test_towns_without_a_value_are_counted_and_bound_nothing(there):
    it, held, units, evaluated, *_ = there
    one = figures(pd.concat(held._groups.values()).to_dict("records"))
    group = one._groups["foreign", "town"]
    one._groups["foreign", "town"] = group[group["unit"] != CODES[0]]
    for pairs, outcome, counts in (
        ([(CODES[0], "D"), (CODES[4], "C")], "possible", [1, 0, 1]),
        ([(CODES[0], "D")], "no_answers", [0, 0, 1]),
    ):
        towns_ = pd.DataFrame(pairs, columns=["unit", "type"], dtype=object)
        found = consistent_thresholds(it, evaluated, towns_, one, units, VARIABLES).iloc[0]
        assert found["outcome"] == outcome
        assert found[["towns_yes", "towns_no", "towns_without_value"]].tolist() == counts
        assert np.isnan(found["lowest"])


# --- the private file -----------------------------------------------------------------------------------

UNITS = towns({"R1": ["012", "345"], "R2": ["678"]})


def written(tmp_path, text):
    path = tmp_path / "known.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


@pytest.mark.parametrize(
    "text",
    [
        "unit,type\n678,mixed\n012,A\n",
        "\ufeffunit,type\r\n678,mixed\r\n\r\n012,A",
        'unit,type\n"678", mixed\n,\n012 ,A\n',
    ],
    ids=["plain", "from_a_spreadsheet", "quoted_with_blanks"],
)
def test_known_towns_are_read_sorted_with_their_zeros(tmp_path, text):
    table = read_known(written(tmp_path, text), UNITS)
    assert table.to_numpy().tolist() == [["012", "A"], ["678", "mixed"]]


def test_a_header_alone_is_a_table_of_no_towns(tmp_path):
    table = read_known(written(tmp_path, "unit,type\n"), UNITS)
    assert (table.columns.tolist(), len(table)) == (["unit", "type"], 0)


FAULTS = {
    "no_header": ("012,A\n", SourceError, "the first line is not `unit,type`"),
    "semicolons": ("unit;type\n012;A\n", SourceError, "with a comma between the cells"),
    "empty": ("", SourceError, "the first line is not `unit,type`"),
    "type": ("unit,type\n345,B\n012,Secretown\n", SourceError, "line 3: its type is not known"),
    "undetermined": ("unit,type\n012,undetermined\n", SourceError, "one of A, B, C, D, mixed"),
    "unknown": ("unit,type\n\n999,A\n", GeographyError, "line 3: its code is no unit of the case"),
    "zeros_lost": ("unit,type\n12,A\n", GeographyError, "with its leading zeros"),
    "twice": ("unit,type\n345,B\n012,A\n345,B\n", SourceError, "names the town of line 2 again"),
    "cells": ("unit,type\n012,A,Secretown\n", SourceError, "line 2: it has 3 cells and not two"),
    "quote": ('unit,type\n345,B\n"012,A\n', SourceError, "line 3: a quote is not closed"),
    "latin": ("unit,type\n345,Zürich\n".encode("latin-1"), SourceError, "not text in UTF-8"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_file_is_refused_by_its_line_and_tells_nothing_else(tmp_path, fault):
    text, kind, message = FAULTS[fault]
    path = written(tmp_path, text)
    with pytest.raises(kind) as caught:
        read_known(path, UNITS)
    said = str(caught.value)
    assert said.startswith(path.as_posix())
    assert message in said
    assert said.endswith(".")
    told = said.removeprefix(path.as_posix())
    for secret in ("012", "345", "678", "999", "12,", "Secretown", "rich", "Town"):
        assert secret not in told
    # Nor does the error that a traceback would show before it.
    assert caught.value.__cause__ is None


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(SourceError, match=r"known_cases` cannot be read; mend the path"):
        read_known(tmp_path / "known.csv", UNITS)

"""Lineage: what is recorded while computing gives the values back, down to the cells of the sources."""

from __future__ import annotations

import ast
import importlib
import math
import sqlite3
import statistics
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import build
import pandas as pd
import pytest

from smstra import config, csvio, indicators, job_settings, strict_yaml, typology
from smstra.audit import lineage
from smstra.audit.columns import HOW, Rules, Tables, config_at, not_copied, tables_of, upstream
from smstra.audit.formulas import Term, of_indicator
from smstra.audit.recompute import Recomputation
from smstra.audit.source_cells import SourceFiles
from smstra.config import Settings
from smstra.errors import DataError

REPO = Path(__file__).resolve().parents[1]
SHIPPED = ("be", "de")


def settings_of(folder: Path) -> Settings:
    return config.load(strict_yaml.load(folder / "config/config.yaml"), folder)


def made(folder: Path, case: str, path: Path) -> sqlite3.Connection:
    """The lineage of a case that ran in ``folder``, written to ``path``."""
    results = folder / "results" / case
    outputs = list(results.glob("*.csv"))
    lineage.write(job_settings.lineage(settings_of(folder), case), results, outputs, path)
    return sqlite3.connect(path)


@pytest.fixture(scope="module")
def land(testland_done: Path, tmp_path_factory: pytest.TempPathFactory) -> sqlite3.Connection:
    """The lineage of Testland."""
    return made(testland_done, "tl", tmp_path_factory.mktemp("lineage") / "tl.sqlite")


@pytest.fixture(scope="module")
def lineages(
    shipped: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, sqlite3.Connection]:
    """The lineages of the shipped cases."""
    base = tmp_path_factory.mktemp("lineages")
    return {case: made(shipped, case, base / f"{case}.sqlite") for case in SHIPPED}


# --- What is recorded while computing ---


def test_terms_say_dates_asked_and_found_and_how_they_combine() -> None:
    share = {"definition": "difference_of_shares", "of": "foreign", "in": "people", "from": "2005-01-01",
             "to": "2014-01-01", "years_averaged": 3, "max_year_gap": 0}  # fmt: skip
    dense = {"definition": "ratio", "of": "people", "in": "foreign", "date": "2005-01-01",
             "in_date": "2006-01-01", "max_year_gap": 2}  # fmt: skip
    gone = {"definition": "not_available", "because": "nobody counted"}
    case = build.case(indicators={"share": share, "dense": dense, "gone": gone})
    years = [f"{year}-01-01" for year in (2004, 2005, 2006, 2013, 2014, 2015)]
    held = build.figures(
        build.row(variable=variable, date=date, unit=unit, value=10.0)
        for variable in ("foreign", "people")
        for date in years
        for unit in ("a", "b")
    )
    units = build.towns({"R1": "ab"})
    planned = indicators.plans(case, held, units, build.VARIABLES)
    table = indicators.terms(case, build.VARIABLES, planned)
    assert list(table) == indicators.TERM_COLUMNS
    assert set(table["indicator"]) == {"share", "dense"}
    own = table[table["indicator"] == "share"]
    top = own[own["side"] == "numerator"]
    assert top["date"].tolist() == years
    assert top["position"].tolist() == [1, 2, 3, 4, 5, 6]
    assert set(own["years"]) == {3}
    assert set(own["change"]) == {"difference"}
    assert set(own["factor"]) == {100.0}
    own = table[table["indicator"] == "dense"].set_index("side")
    assert own.at["denominator", "date"] == own.at["denominator", "date_asked"] == "2006-01-01"
    assert own.at["numerator", "date"] == "2005-01-01"


@pytest.mark.parametrize("scheme", ["national_median", "region_mean", "region_aggregate"])
def test_the_areas_behind_a_reference_give_it_back(scheme: str) -> None:
    case, held, units, values = _three_towns(scheme)
    planned = indicators.plans(case, held, units, build.VARIABLES)
    thresholds, areas = typology.references_and_areas(
        case, values, held, units, build.VARIABLES, planned
    )
    same = typology.references(case, values, held, units, build.VARIABLES, planned)
    pd.testing.assert_frame_equal(thresholds, same)
    behind = areas.groupby(["criterion", "group"])["area"].agg(list).to_dict()
    assert {key: len(found) for key, found in behind.items()} == {
        (row["criterion"], row["group"]): row["units"] for row in thresholds.to_dict("records")
    }
    by = {"national_median": statistics.median, "region_mean": statistics.fmean}
    if scheme in by:
        own = build.of(values, "sf")
        for row in thresholds[thresholds["criterion"] == "sf_high"].to_dict("records"):
            found = [own[unit] for unit in behind["sf_high", row["group"]]]
            assert row["value"] == pytest.approx(by[scheme](found))
        # `d` has no foreign residents counted.
        assert "d" not in {area for key in behind for area in behind[key] if key[0] == "sf_high"}
    else:
        weights = areas.loc[areas["criterion"] == "economy_improving", "weight"]
        assert all(len(text.split(";")) == 2 for text in weights)
        assert set(areas.loc[areas["criterion"] == "sf_high", "weight"]) == {""}


def _three_towns(scheme: str) -> tuple[dict[str, Any], Any, pd.DataFrame, pd.DataFrame]:
    units = build.towns({"R1": "ab", "R2": "cd"})
    rows = []
    for at, unit in enumerate("abcd", start=1):
        for year in (2005, 2014):
            date = f"{year}-01-01"
            rows.append(build.row(variable="people", unit=unit, date=date, value=100.0 * at + year))
            rows.append(build.row(variable="rate", unit=unit, date=date, value=at + year / 1000))
            count = math.nan if unit == "d" else 7.0 * at
            rows.append(build.row(variable="foreign", unit=unit, date=date, value=count))
    case = build.case(indicators=build.three(), criteria=build.criteria(scheme))
    held = build.figures(rows)
    return case, held, units, build.computed(case, held, units)


def test_a_number_as_reference_rests_on_no_area() -> None:
    case, held, units, values = _three_towns(5)
    planned = indicators.plans(case, held, units, build.VARIABLES)
    _, areas = typology.references_and_areas(case, values, held, units, build.VARIABLES, planned)
    assert areas.empty
    assert list(areas) == typology.AREA_COLUMNS


# --- The store ---


def test_the_same_results_give_the_same_bytes(testland_done: Path, tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("one.sqlite", "two.sqlite")]
    for path in paths:
        made(testland_done, "tl", path).close()
    raw = [path.read_bytes() for path in paths]
    assert raw[0] == raw[1]
    assert not list(tmp_path.glob("*.part*"))
    assert testland_done.as_posix().encode() not in raw[0]


def test_what_cannot_be_written_whole_is_not_written(testland: Path, tmp_path: Path) -> None:
    (testland / "results/tl/units.csv").unlink()
    with pytest.raises(DataError, match=r"units\.csv: there is no such table"):
        made(testland, "tl", tmp_path / "tl.sqlite")
    assert not list(tmp_path.glob("tl.sqlite*"))


def values_again(base: sqlite3.Connection) -> dict[tuple[str, str], float | None]:
    """Every indicator from the figures that its lineage names, by this test's own arithmetic."""
    found: dict[tuple[str, str], list[Any]] = defaultdict(list)
    columns = "indicator, unit, position, side, factor, change, years, figure, territory"
    for indicator, unit, *rest in base.execute(f"SELECT {columns} FROM value_figure"):
        found[indicator, unit].append(rest)
    return {key: _value(rows) for key, rows in found.items()}


def _value(rows: list[Any]) -> float | None:
    if any(row[5] is None for row in rows) or len({row[6] for row in rows}) > 1:
        return None
    by = {
        (position, side): math.fsum(row[5] for row in rows if row[:2] == [position, side])
        for position, side, *_ in rows
    }
    _, _, factor, change, years, *_ = rows[0]
    quantities = []
    for position in sorted({row[0] for row in rows}):
        below = by.get((position, "denominator"))
        if below == 0:
            return None
        above = by[position, "numerator"]
        quantities.append(above if below is None else factor * above / below)
    means = [statistics.fmean(quantities[i : i + years]) for i in range(0, len(quantities), years)]
    if change == "difference":
        return means[1] - means[0]
    if change == "relative_change":
        return 100 * (means[1] / means[0] - 1) if means[0] else None
    return means[0]


def _agree(base: sqlite3.Connection, counts_left_empty: bool) -> int:
    again, compared = values_again(base), 0
    query = "SELECT i.name, v.unit, v.value FROM value v JOIN indicator i ON i.id = v.indicator"
    for indicator, unit, value in base.execute(query):
        redone = again.get((indicator, unit))
        if value is None:
            # A count of a unit that merged since is no count of its parts, though there is a figure.
            assert redone is None or counts_left_empty, (indicator, unit)
        else:
            assert redone == pytest.approx(value, rel=1e-9, abs=1e-9), (indicator, unit)
            compared += 1
    return compared


def test_every_value_of_testland_follows_from_its_figures(land: sqlite3.Connection) -> None:
    assert _agree(land, counts_left_empty=False) > 80


def test_every_value_of_the_shipped_cases_follows_from_its_figures(
    lineages: dict[str, sqlite3.Connection],
) -> None:
    assert _agree(lineages["be"], counts_left_empty=True) > 589 * 20
    assert _agree(lineages["de"], counts_left_empty=True) > 400 * 10


def test_each_reference_of_the_shipped_cases_follows_from_its_areas(
    lineages: dict[str, sqlite3.Connection],
) -> None:
    checked = set()
    for base in lineages.values():
        values = values_again(base)
        for number, indicator, scheme, how, value, units in base.execute(
            "SELECT id, indicator, scheme, aggregate, value, units FROM reference"
        ):
            areas = base.execute(
                "SELECT area, weight FROM reference_area WHERE reference = ?", (number,)
            ).fetchall()
            assert len(areas) == units
            if how == "weighted_mean":
                top = math.fsum(values[indicator, area] * float(weight) for area, weight in areas)
                redone = top / math.fsum(float(weight) for _, weight in areas)
            elif how:
                redone = _of_sums(base, indicator, [area for area, _ in areas], how)
            else:
                redone = statistics.median(values[indicator, area] for area, _ in areas)
                assert scheme == "national_median"
            assert redone == pytest.approx(value, rel=1e-9)
            checked.add(how or scheme)
    assert checked == {"sum_of_counts", "published_total", "weighted_mean", "national_median"}


def _of_sums(base: sqlite3.Connection, indicator: str, areas: list[str], how: str) -> float | None:
    rows = []
    for position, side, variable, date, level, factor, change, years in base.execute(
        "SELECT position, side, variable, date, level, factor, change, years FROM term WHERE name = ? "
        "AND kind = 'indicator'",
        (indicator,),
    ):
        held = dict(
            base.execute(
                "SELECT unit, value FROM figure_read WHERE variable = ? AND date = ? AND level = ?",
                (variable, date, "country" if how == "published_total" else level),
            )
        )
        rows.append([position, side, factor, change, years, math.fsum(held[a] for a in areas), ""])
    return _value(rows)


def test_the_recomputation_reads_the_cells_that_the_lineage_names(
    lineages: dict[str, sqlite3.Connection], shipped: Path
) -> None:
    settings = settings_of(shipped)
    for case, base in lineages.items():
        again = Recomputation(case, settings, shipped)
        columns = dict(base.execute("SELECT name || '/' || variable, column_name FROM read_from"))
        files = dict(base.execute("SELECT name || '@' || vintage, file FROM source"))
        named: dict[tuple[str, str], set[tuple[str, int, str]]] = defaultdict(set)
        for indicator, unit, source, variable, line in base.execute(
            "SELECT indicator, unit, source, variable, rows FROM value_figure WHERE value IS NOT NULL"
        ):
            column = columns[f"{source.partition('@')[0]}/{variable}"]
            named[indicator, unit].add((files[source], int(line), column))
        assert len(named) > 4000
        # Every seventh, for time's sake: the values of all are compared in test_recompute.
        for (indicator, unit), cells in sorted(named.items())[::7]:
            found = again.indicator(unit, indicator).cells
            assert {(c.file, c.line, c.column) for c in found} == cells, (indicator, unit)


def test_the_lineage_is_small(lineages: dict[str, sqlite3.Connection], shipped: Path) -> None:
    for case, base in lineages.items():
        (pages,), (size,) = base.execute("PRAGMA page_count"), base.execute("PRAGMA page_size")
        tables = sum(p.stat().st_size for p in (shipped / "results" / case).glob("*.csv"))
        assert pages[0] * size[0] <= 3 * tables


# --- The cells of the sources ---


def test_each_figure_is_the_sum_of_the_cells_it_names(
    testland_done: Path, land: sqlite3.Connection
) -> None:
    files = SourceFiles(settings_of(testland_done), testland_done)
    rows = land.execute(
        "SELECT source, variable, date, rows, value, conversion FROM figure_read"
    ).fetchall()
    assert {row[5] for row in rows} == {"none", "sum", "merged_unit"}
    for source, variable, date, where, value, _ in rows:
        cells = files.cells(source, variable, date, where)
        assert cells
        texts = [cell.text for cell in cells]
        if value is None:
            assert any(text in ("", "n.a.") for text in texts)
        else:
            assert math.fsum(map(float, texts)) == pytest.approx(value)
    assert not files.problems


def test_the_figures_of_the_shipped_cases_stand_where_their_lineage_says(
    lineages: dict[str, sqlite3.Connection], shipped: Path
) -> None:
    files = SourceFiles(settings_of(shipped), shipped)
    for base in lineages.values():
        # Every 97th, so that all sources and units have their turn.
        rows = base.execute(
            "SELECT source, variable, date, rows, value FROM figure_read WHERE line % 97 = 0"
        ).fetchall()
        assert len(rows) > 700
        for source, variable, date, where, value in rows:
            (cell,) = files.cells(source, variable, date, where)
            found = float(cell.text) * cell.multiply_by if cell.text else None
            assert found == pytest.approx(value)


def _sources(tmp_path: Path, tables: dict[str, str], reading: dict[str, Any]) -> SourceFiles:
    pins = []
    for name, text in tables.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        pins.append({"id": "it", "vintage": "1", "file": name, "sha256": "0"})
    settings = SimpleNamespace(
        datasets={"it": {**reading, "vintage": "1"}}, pins_in_use=lambda: pins
    )
    return SourceFiles(settings, tmp_path)


READING = {
    "format": "csv",
    "columns": ["year", "code", "sex", "persons"],
    "unit": {"column": "code"},
    "date": {"column": "year"},
    "variables": {"men": {"column": "persons", "where": {"sex": "m"}, "sum_rows": True}},
}
DETAIL = "year,code,sex,persons\n2005,1,m,3\n2005,2,m,50\n2005,1,f,4\n2006,1,m,700\n2005,1,m,5\n"


def test_rows_that_were_summed_are_those_of_the_unit_date_and_selection(tmp_path: Path) -> None:
    files = _sources(tmp_path, {"a.csv": DETAIL}, READING)
    cells = files.cells("it@1", "men", "2005-01-01", "2-6")
    assert [(cell.line, cell.text) for cell in cells] == [("2", "3"), ("6", "5")]


def test_parts_of_several_files_are_found_whatever_their_names(tmp_path: Path) -> None:
    names = ("a-1+2.csv", "b.csv")
    files = _sources(tmp_path, dict.fromkeys(names, DETAIL), READING)
    cells = files.cells("it@1", "men", "2005-01-01", "a-1+2.csv:2-6+b.csv:3")
    assert [(cell.file, cell.text) for cell in cells] == [
        ("a-1+2.csv", "3"),
        ("a-1+2.csv", "5"),
        ("b.csv", "50"),
    ]


def test_a_file_that_is_gone_or_changed_is_said(tmp_path: Path) -> None:
    files = _sources(tmp_path, {"a.csv": DETAIL}, READING)
    assert files.about("a.csv")["sha256_found"] != "0"
    assert "are not those pinned" in files.problems["a.csv"]
    (tmp_path / "a.csv").unlink()
    files = _sources(tmp_path, {}, READING)
    files = SourceFiles(
        SimpleNamespace(
            datasets={"it": {**READING, "vintage": "1"}},
            pins_in_use=lambda: [{"id": "it", "vintage": "1", "file": "a.csv", "sha256": "0"}],
        ),
        tmp_path,
    )
    assert files.cells("it@1", "men", "2005-01-01", "2") == []
    assert files.problems["a.csv"] == "a.csv: this snapshot of 'it' is missing"


# --- The rules of columns ---


def test_rules_name_functions_that_there_are() -> None:
    rules = Rules()
    scripts = {path.stem for path in (REPO / "workflow/scripts").glob("*.py")}
    for table in rules.tables:
        for pattern in rules.patterns(table):
            made_by = rules.of(table, pattern) if "(" not in pattern else None
            if made_by is None:
                continue
            module, _, name = made_by.function.rpartition(".")
            assert callable(getattr(importlib.import_module(module), name)), made_by.function
            assert made_by.rule in scripts
            assert made_by.how in HOW
            assert made_by.upstream or made_by.how == "label"
    (digest,) = lineage.functions(["smstra.typology.classify"])
    assert digest[1] == "workflow/lib/smstra/typology.py"


def _faults(folder: Path, case: str, used: set[tuple[str, str]]) -> list[str]:
    """What of a case has no rule, no cell upstream, or is no copy of what it copies."""
    settings, rules, found = settings_of(folder), Rules(), []
    tables = Tables(folder / "results" / case, settings.cases[case], settings.variables)
    for table in tables_of(tables.folder.rglob("*.csv"), tables.folder):
        rows = tables.rows(table)
        for column in tables.header(table):
            rule = rules.of(table, column)
            used.add((table, rule.pattern))
            for row in rows[:: max(1, len(rows) // 3)]:
                found += _unresolved(tables, rule.upstream, row, f"{case}/{table}.csv:{column}")
        if table != "harmonised":
            found += not_copied(rules, tables, table)
    return found


def _unresolved(
    tables: Tables, wanted: Iterable[Any], row: dict[str, str], where: str
) -> list[str]:
    lacking = []
    for alternatives in wanted:
        source, places = tables.chosen(alternatives, row)
        if source.optional or places:
            continue
        if source.kind == "table" or (
            source.kind == "config" and config_at(tables.case, source.name) is None
        ):
            lacking.append(f"{where}: {source}")
    return lacking


def test_every_column_of_every_table_has_a_rule_that_holds(
    shipped: Path, testland_done: Path
) -> None:
    used: set[tuple[str, str]] = set()
    faults = [fault for case in SHIPPED for fault in _faults(shipped, case, used)]
    faults += _faults(testland_done, "tl", used)
    assert not faults
    cases = [*settings_of(shipped).cases.values(), settings_of(testland_done).cases["tl"]]
    rules = Rules()
    idle = [
        (table, pattern)
        for table in rules.tables
        for pattern in rules.patterns(table)
        if (table, pattern) not in used
        # Some columns are there only if a case asks for them, which none of these does.
        and not (
            (needed := rules.only_if(table, pattern))
            and all(config_at(case, needed) is None for case in cases)
        )
    ]
    assert not idle


def test_a_digit_changed_in_a_copied_column_is_named(testland: Path) -> None:
    path = testland / "results/tl/typology.csv"
    table = csvio.read(path)
    table.loc[3, "sf"] += 1e-9
    csvio.write(table, path)
    settings = settings_of(testland)
    tables = Tables(path.parent, settings.cases["tl"], settings.variables)
    (said,) = not_copied(Rules(), tables, "typology")
    assert said.startswith("typology.csv:5:sf is ")
    assert "indicators.csv:value" in said


def test_a_column_or_table_without_a_rule_is_refused(testland: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"typology\.csv.*the column 'luck'"):
        Rules().of("typology", "luck")
    with pytest.raises(DataError, match=r"fortune\.csv.*does not say how this table was made"):
        Rules().of("fortune", "unit")
    path = testland / "results/tl/towns.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("why", "luck"), encoding="utf-8")
    with pytest.raises(DataError, match=r"towns\.csv.*'luck'"):
        made(testland, "tl", tmp_path / "tl.sqlite")


def test_upstream_is_read_as_it_is_written() -> None:
    source = upstream(
        "a/b.$name_x[unit, area=unit, k='$name', d^=@p.q, g=group('sf')]?", {"name": "n"}
    )
    assert (source.table, source.name, source.optional) == ("a/b", "n_x", True)
    assert [tuple(match) for match in source.matches] == [
        ("unit", "unit", False),
        ("area", "unit", False),
        ("k", "'n'", False),
        ("d", "@p.q", True),
        ("g", "group('sf')", False),
    ]
    assert upstream("config:criteria", {}).kind == "config"
    with pytest.raises(DataError, match="names nothing upstream"):
        upstream("nonsense", {})


def test_lines_are_counted_as_an_editor_does(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('unit,name\n1,"two\nlines"\n2,one\n', encoding="utf-8")
    tables = Tables(tmp_path, {}, {})
    assert [tables.line("t", place) for place in (0, 1)] == [2, 4]
    assert tables.place("t", 4) == 1
    with pytest.raises(DataError, match="no row begins in line 3"):
        tables.place("t", 3)


# --- Formulas ---


def term(position: int, side: str, variable: str, **more: Any) -> Term:
    about = {"factor": 1.0, "change": "", "years": 1, **more}
    return Term(position, side, variable, str(2000 + position), "", "town", *about.values())


@pytest.mark.parametrize(
    ("terms", "formula"),
    [
        ([term(1, "numerator", "a")], "3 = r"),
        ([term(1, "numerator", "a"), term(1, "denominator", "b", factor=100.0)], "3 / 4 = r"),
        (
            [term(1, "numerator", "a", factor=100.0), term(1, "denominator", "a"), term(1, "denominator", "b")],
            "100 x 3 / (3 + 4) = r",
        ),
        ([term(n, "numerator", "a", change="difference") for n in (1, 2)], "5 - 3 = r"),
        (
            [term(n, "numerator", "a", change="relative_change") for n in (1, 2)],
            "100 x (5 / 3 - 1) = r",
        ),
        ([term(n, "numerator", "a", years=3) for n in (1, 2, 3)], "(3 + 5 + (missing)) / 3 = r"),
    ],
)  # fmt: skip
def test_formulas_have_their_numbers_filled_in(terms: list[Term], formula: str) -> None:
    values = {("a", "2001"): 3.0, ("b", "2001"): 4.0, ("a", "2002"): 5.0, ("a", "2003"): None}
    assert of_indicator(terms, values, "r") == formula


def test_a_formula_of_the_shipped_lineage_can_be_typed_again(
    lineages: dict[str, sqlite3.Connection],
) -> None:
    for base in lineages.values():
        query = "SELECT i.name, v.unit, v.value, v.area FROM value v JOIN indicator i ON i.id = v.indicator"
        rows = base.execute(f"{query} WHERE v.line % 41 = 0 AND v.value IS NOT NULL").fetchall()
        assert len(rows) > 100
        for indicator, unit, value, _ in rows:
            parts = base.execute(
                "SELECT position, side, variable, date, date_asked, level, factor, change, years, figure FROM "
                "value_figure WHERE indicator = ? AND unit = ? ORDER BY position, side DESC, variable",
                (indicator, unit),
            ).fetchall()
            terms = [Term(*part[:-1]) for part in parts]
            held = {(part[2], part[3]): part[-1] for part in parts}
            formula, _, shown = of_indicator(terms, held, repr(value)).partition(" = ")
            typed = ast.parse(formula.replace("x", "*"), mode="eval")
            assert eval(compile(typed, "formula", "eval"), {}) == pytest.approx(float(shown))

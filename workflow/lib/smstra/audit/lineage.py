"""The lineage of a case as one SQLite file: from every value to the rows of the sources, and every rule.

Written with the standard library alone; docs/audit.md describes the tables. The same results give the same
bytes.
"""

from __future__ import annotations

import csv
import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from smstra import __version__
from smstra.audit.columns import Rules, Tables, tables_of
from smstra.errors import DataError
from smstra.measures import measure_of
from smstra.sources.registers import readings

FORMAT = 1
FILE = "audit/lineage.sqlite"
# workflow/lib/smstra/audit/lineage.py -> smstra
_PACKAGE = Path(__file__).resolve().parents[1]
_OF_PIN = (
    "publisher",
    "dataset",
    "title",
    "edition",
    "licence",
    "publisher_address",
    "address",
    "came_from",
    "obtained_via",
    "date_accessed",
    "geography_date",
    "sha256",
)
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE source (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, vintage TEXT NOT NULL, file TEXT NOT NULL, reading TEXT NOT NULL,
  publisher TEXT, dataset TEXT, title TEXT, edition TEXT, licence TEXT, publisher_address TEXT, address TEXT,
  came_from TEXT, obtained_via TEXT, date_accessed TEXT, geography_date TEXT, sha256 TEXT NOT NULL);
CREATE TABLE read_from (
  name TEXT NOT NULL, reading TEXT NOT NULL, variable TEXT NOT NULL, column_name TEXT NOT NULL,
  where_rows TEXT NOT NULL, flags_columns TEXT NOT NULL, multiply_by REAL NOT NULL, sum_rows INTEGER NOT NULL,
  PRIMARY KEY (name, reading, variable)) WITHOUT ROWID;
CREATE TABLE series (
  id INTEGER PRIMARY KEY, variable TEXT NOT NULL, level TEXT NOT NULL, unit TEXT NOT NULL,
  UNIQUE (variable, level, unit));
CREATE TABLE origin (id INTEGER PRIMARY KEY, source TEXT NOT NULL, conversion TEXT NOT NULL);
CREATE TABLE figure (
  series INTEGER NOT NULL, date TEXT NOT NULL, line INTEGER NOT NULL, value REAL, status TEXT, origin INTEGER
  NOT NULL, rows TEXT NOT NULL, parts INTEGER, territory TEXT, PRIMARY KEY (series, date)) WITHOUT ROWID;
CREATE TABLE term (
  kind TEXT NOT NULL, name TEXT NOT NULL, position INTEGER NOT NULL, side TEXT NOT NULL, variable TEXT NOT NULL,
  date TEXT NOT NULL, date_asked TEXT NOT NULL, level TEXT NOT NULL, factor REAL NOT NULL, change TEXT NOT NULL,
  years INTEGER NOT NULL, PRIMARY KEY (kind, name, position, side, variable)) WITHOUT ROWID;
CREATE TABLE flag (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE indicator (id INTEGER PRIMARY KEY, name TEXT NOT NULL, unit_of_measure TEXT NOT NULL);
CREATE TABLE value (
  indicator INTEGER NOT NULL, unit TEXT NOT NULL, line INTEGER NOT NULL, area TEXT, value REAL,
  flags INTEGER NOT NULL, PRIMARY KEY (indicator, unit)) WITHOUT ROWID;
CREATE TABLE reference (
  id INTEGER PRIMARY KEY, criterion TEXT NOT NULL, "group" TEXT NOT NULL, line INTEGER NOT NULL,
  indicator TEXT NOT NULL, scheme TEXT NOT NULL, aggregate TEXT NOT NULL, value REAL,
  unit_of_measure TEXT NOT NULL, units INTEGER NOT NULL, weight TEXT NOT NULL);
CREATE TABLE reference_area (
  reference INTEGER NOT NULL, area TEXT NOT NULL, weight TEXT, PRIMARY KEY (reference, area)) WITHOUT ROWID;
CREATE TABLE function (name TEXT PRIMARY KEY, module TEXT NOT NULL, sha256 TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE output (
  file TEXT PRIMARY KEY, bytes INTEGER NOT NULL, sha256 TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE column_rule (
  file TEXT NOT NULL, column_name TEXT NOT NULL, how TEXT NOT NULL, rule TEXT NOT NULL, function TEXT NOT NULL,
  upstream TEXT NOT NULL, settings TEXT NOT NULL, PRIMARY KEY (file, column_name)) WITHOUT ROWID;
-- The figures of the sources, each with where it stands.
CREATE VIEW figure_read AS
  SELECT s.variable, s.level, s.unit, f.date, f.line, f.value, coalesce(f.status, '') AS status, o.source,
    o.conversion, f.rows, coalesce(f.parts, 1) AS parts, coalesce(f.territory, s.unit) AS territory
  FROM figure f JOIN series s ON s.id = f.series JOIN origin o ON o.id = f.origin;
-- Which figures went into each value of an indicator, one row a value and figure.
CREATE VIEW value_figure AS
  SELECT i.name AS indicator, v.unit, v.value, t.position, t.side, t.variable, t.date, t.date_asked,
    t.level, v.area, t.factor, t.change, t.years, f.value AS figure, coalesce(f.status, '') AS status,
    o.source, o.conversion, f.rows, coalesce(f.territory, s.unit) AS territory, f.line
  FROM value v JOIN indicator i ON i.id = v.indicator JOIN term t ON t.kind = 'indicator' AND t.name = i.name
    LEFT JOIN series s ON s.variable = t.variable AND s.level = t.level AND s.unit = v.area
    LEFT JOIN figure f ON f.series = s.id AND f.date = t.date LEFT JOIN origin o ON o.id = f.origin;
"""


def write(settings: Mapping[str, Any], folder: Path, outputs: Iterable[Path], path: Path) -> None:
    """Write the lineage of a case to ``path``, whole or not at all.

    Parameters
    ----------
    settings
        As :func:`smstra.job_settings.lineage`.
    folder
        The folder of the case's results, which holds the tables of the rules
        (``workflow/internal/lineage.yaml``) and ``audit/terms.csv``, ``audit/reference_units.csv``.
    outputs
        All files of the case that the lineage explains, for their hashes; names are kept relative to
        ``folder``.

    Raises
    ------
    DataError
        A table is missing, or has a column for which there is no rule.
    """
    part = path.with_name(path.name + ".part")
    part.parent.mkdir(parents=True, exist_ok=True)
    part.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(part)) as base:
            # Nothing of a journal remains.
            base.executescript(
                "PRAGMA page_size = 4096; PRAGMA encoding = 'UTF-8'; PRAGMA journal_mode = OFF;"
                "PRAGMA synchronous = OFF;"
            )
            base.executescript(_SCHEMA)
            _fill(base, settings, folder, sorted(set(outputs)))
            base.commit()
            base.execute("VACUUM")
        _settle(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _settle(path: Path) -> None:
    """Take the counters of writes and the version of the SQLite library out of the header of a file."""
    with path.open("r+b") as file:
        # https://www.sqlite.org/fileformat2.html: bytes 24-27 change counter; 92-95 the counter for
        # which the version holds; 96-99 that version (here 3.40.0).
        for at, number in ((24, 1), (92, 1), (96, 3_040_000)):
            file.seek(at)
            file.write(number.to_bytes(4, "big"))


def _fill(
    base: sqlite3.Connection, settings: Mapping[str, Any], folder: Path, outputs: list[Path]
) -> None:
    case, variables = settings["case"], settings["variables"]
    tables = Tables(folder, case, variables)

    def put(table: str, rows: Iterable[tuple[Any, ...]]) -> None:
        rows = iter(rows)
        first = next(rows, None)
        if first is not None:
            marks = ", ".join("?" * len(first))
            base.execute(f"INSERT INTO {table} VALUES ({marks})", first)
            base.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)

    about = {"case": settings["name"], "format": str(FORMAT), "smstra": __version__}
    put("meta", sorted(about.items()))
    put("source", _sources(settings))
    put("read_from", _readings(settings))
    series: dict[tuple[str, str, str], int] = {}
    origins: dict[tuple[str, str], int] = {}
    put("figure", _figures(folder / "harmonised.csv", series, origins))
    put("series", [(number, *key) for key, number in series.items()])
    put("origin", [(number, *key) for key, number in origins.items()])
    put("term", _terms(tables))
    _put_values(put, tables)
    put("reference", _references(tables))
    put("reference_area", _reference_areas(tables))
    rules = list(_columns(tables, tables_of(outputs, folder)))
    put("column_rule", rules)
    put("function", functions(rule[4] for rule in rules))
    put("output", [_output(each, folder) for each in outputs])


def _sources(settings: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    pins = sorted(settings["pins"], key=lambda pin: (pin["id"], pin["vintage"], pin["file"]))
    for number, pin in enumerate(pins, start=1):
        named = (pin["id"], pin["vintage"], pin["file"], pin.get("table", ""))
        yield (number, *named, *(_text(pin.get(key)) for key in _OF_PIN))


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, sort_keys=True)


def _readings(settings: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    for name, entry in sorted(settings["datasets"].items()):
        for table, reading in sorted(readings(entry).items()):
            for variable, spec in sorted(reading.get("variables", {}).items()):
                yield (
                    name,
                    table,
                    variable,
                    spec["column"],
                    json.dumps(spec.get("where", {}), ensure_ascii=False, sort_keys=True),
                    json.dumps(spec.get("flags_column", []), ensure_ascii=False),
                    float(spec.get("multiply_by", 1)),
                    int(spec.get("sum_rows", False)),
                )


def _figures(
    path: Path, series: dict[tuple[str, str, str], int], origins: dict[tuple[str, str], int]
) -> Iterator[tuple[Any, ...]]:
    """Yield the figures; number in ``series`` and ``origins`` what several have in common."""
    if not path.is_file():
        raise DataError(f"{path.as_posix()}: there is no such table; run `snakemake --cores 4`.")
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        header = next(reader)
        unit, variable, date, value, status, level, source, row, parts, conversion, territory = (
            header.index(name)
            for name in (
                *("unit", "variable", "date", "value", "status", "level", "source", "row"),
                *("parts", "conversion", "territory"),
            )
        )
        line = reader.line_num + 1
        for cells in reader:
            key = (cells[variable], cells[level], cells[unit])
            origin = (cells[source], cells[conversion])
            yield (
                series.setdefault(key, len(series) + 1),
                cells[date],
                line,
                float(cells[value]) if cells[value] else None,
                cells[status] or None,
                origins.setdefault(origin, len(origins) + 1),
                cells[row],
                None if cells[parts] == "1" else int(cells[parts]),
                None if cells[territory] == cells[unit] else cells[territory],
            )
            line = reader.line_num + 1


def _terms(tables: Tables) -> list[tuple[Any, ...]]:
    """Return the terms of indicators, as they were recorded, and of series, each date being its own."""
    found = [
        (
            "indicator",
            row["indicator"],
            int(row["position"]),
            row["side"],
            row["variable"],
            row["date"],
            row["date_asked"],
            row["level"],
            float(row["factor"]),
            row["change"],
            int(row["years"]),
        )
        for row in tables.rows("audit/terms")
    ]
    level = tables.case["geography"]["level"]
    for name, spec in tables.case.get("series", {}).items():
        measure = measure_of(spec, tables.variables)
        found += [
            ("series", name, 1, side, variable, "", "", level, measure.factor, "", 1)
            for side in ("numerator", "denominator")
            for variable in getattr(measure, side)
        ]
    return sorted(found)


def _put_values(put: Any, tables: Tables) -> None:
    """Write the values of indicators, each with the area whose figures it is made of."""
    levels = {row["indicator"]: row["level"] for row in tables.rows("audit/terms")}
    own = tables.case["geography"]["level"]
    units = {row["unit"]: row for row in tables.rows("units")}
    indicators: dict[str, tuple[int, str]] = {}
    flags: dict[str, int] = {}
    values = []
    for place, row in enumerate(tables.rows("indicators")):
        name, unit = row["indicator"], row["unit"]
        number, _ = indicators.setdefault(name, (len(indicators) + 1, row["unit_of_measure"]))
        level = levels.get(name)
        area = None if level is None else unit if level == own else units[unit][level]
        values.append(
            (
                number,
                unit,
                tables.line("indicators", place),
                area,
                float(row["value"]) if row["value"] else None,
                flags.setdefault(row["flags"], len(flags) + 1),
            )
        )
    put("indicator", [(number, name, unit) for name, (number, unit) in indicators.items()])
    put("flag", [(number, text) for text, number in flags.items()])
    put("value", sorted(values, key=lambda value: value[:2]))


def _references(tables: Tables) -> Iterator[tuple[Any, ...]]:
    for place, row in enumerate(tables.rows("references")):
        yield (
            place + 1,
            row["criterion"],
            row["group"],
            tables.line("references", place),
            row["indicator"],
            row["scheme"],
            row["aggregate"],
            float(row["value"]) if row["value"] else None,
            row["unit_of_measure"],
            int(row["units"]),
            row["weight"],
        )


def _reference_areas(tables: Tables) -> list[tuple[Any, ...]]:
    numbers = {
        (row["criterion"], row["group"]): number
        for number, row in enumerate(tables.rows("references"), start=1)
    }
    return sorted(
        (numbers[row["criterion"], row["group"]], row["area"], row["weight"] or None)
        for row in tables.rows("audit/reference_units")
    )


def _columns(tables: Tables, names: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Yield the rule of every column of the tables ``names`` of the case."""
    rules = Rules()
    for table in names:
        for column in sorted(tables.header(table)):
            rule = rules.of(table, column)
            said = [[str(source) for source in each] for each in rule.upstream]
            yield (
                f"{table}.csv",
                column,
                rule.how,
                rule.rule,
                rule.function,
                json.dumps(said, ensure_ascii=False),
                json.dumps(rule.settings),
            )


def functions(names: Iterable[str]) -> list[tuple[str, str, str]]:
    """Return each function with the module that defines it and the SHA-256 of that module's file."""
    found = []
    for name in sorted(set(names)):
        module = name.rpartition(".")[0]
        path = _PACKAGE.joinpath(*module.split(".")[1:]).with_suffix(".py")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        found.append((name, f"workflow/lib/{'/'.join(module.split('.'))}.py", digest))
    return found


def _output(path: Path, folder: Path) -> tuple[str, int, str]:
    raw = path.read_bytes()
    return path.relative_to(folder).as_posix(), len(raw), hashlib.sha256(raw).hexdigest()

"""How each column of each table of a case was made, and which cells stand upstream of a cell.

The rules lie in ``workflow/internal/lineage.yaml``, which says how they are written.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from smstra import strict_yaml
from smstra.errors import DataError, listing
from smstra.language import Language
from smstra.typology import CRITERIA
from smstra.vocabulary import as_list, terms_of

HOW = ("copied", "computed", "key", "label")
# workflow/lib/smstra/audit/columns.py -> workflow
_RULES = Path(__file__).resolve().parents[3] / "internal/lineage.yaml"
_TABLE = re.compile(r"([a-z0-9_/]+)\.([^\[\]]+)(?:\[(.*)\])?")
_MATCH = re.compile(r"\s*([a-z_$]+)\s*(\^?=)?\s*(.*?)\s*")
_CALL = re.compile(r"([a-z_]+)\((.*)\)")
_CRITERION_OF = {short: criterion for criterion, short in CRITERIA.items()}
Row = Mapping[str, str]


class Match(NamedTuple):
    """Which rows upstream: those whose ``column`` is (or, with ``begins``, begins with) ``value``."""

    column: str
    value: str
    begins: bool


class Upstream(NamedTuple):
    """Cells upstream: of ``table``; or, with ``kind``, configuration, figures, registers, own tables.

    ``kind`` is ``table``, ``config``, ``figures``, ``registers``, ``memberships``, ``own`` or
    ``nothing``; ``name`` is the column, or what stands behind the colon.
    """

    kind: str
    name: str
    table: str = ""
    matches: tuple[Match, ...] = ()
    optional: bool = False

    def __str__(self) -> str:
        if self.kind == "nothing":
            return "nothing"
        if self.kind != "table":
            return f"{self.kind}:{self.name}"
        by = ", ".join(
            match.column
            if match.value == match.column
            else f"{match.column}{' begins with ' if match.begins else '='}{match.value}"
            for match in self.matches
        )
        return f"{self.table}.csv:{self.name}" + (f" [{by}]" if by else "")


class Rule(NamedTuple):
    """How a column was made.

    ``upstream`` has a tuple of alternatives for each thing that went in, the first that has cells being
    meant. ``settings`` are the keys of the case that the function reads; ``pattern`` is the key of the
    rule in the file, ``only_if`` the key of a case without which there is no such column.
    """

    how: str
    upstream: tuple[tuple[Upstream, ...], ...]
    rule: str
    function: str
    settings: tuple[str, ...]
    pattern: str
    only_if: str
    captured: Mapping[str, str]


class Rules:
    """The rules of all tables, by table and column."""

    def __init__(self, path: Path = _RULES) -> None:
        content = strict_yaml.load(path)
        self.tables: dict[str, dict[str, Any]] = content["tables"]
        self._columns = {
            table: {
                **{
                    column: made
                    for form in about.get("forms", [])
                    for column, made in content["forms"][form].items()
                },
                **about["columns"],
            }
            for table, about in self.tables.items()
        }

    def patterns(self, table: str) -> list[str]:
        """Return the names and patterns of the columns of ``table``, in their order."""
        return list(self._columns[table])

    def only_if(self, table: str, pattern: str) -> str:
        """Return the key of a case without which there is no such column; empty if there always is."""
        made = self._columns[table][pattern]
        own = made.get("only_if", "") if isinstance(made, Mapping) else ""
        return own.replace("$figure", _figure(table)) or self.tables[table].get("only_if", "")

    def of(self, table: str, column: str) -> Rule:
        """Return the rule of a column; DataError where there is none."""
        if table not in self.tables:
            raise DataError(
                f"{table}.csv: workflow/internal/lineage.yaml does not say how this table was made, so its "
                "cells cannot be traced."
            )
        found = self._columns[table]
        captured: dict[str, str] = {}
        pattern = column if column in found else ""
        if not pattern:
            for each in found:
                if match := re.fullmatch(each, column):
                    pattern, captured = each, match.groupdict()
                    break
        if not pattern:
            raise DataError(
                f"{table}.csv: workflow/internal/lineage.yaml does not say how the column '{column}' was "
                "made, so its cells cannot be traced."
            )
        about, made = self.tables[table], found[pattern]
        more = made if isinstance(made, Mapping) else {}
        captured = {"figure": _figure(table), **captured}
        how, _, said = str(more.get("made", made)).partition(" ")
        return Rule(
            how,
            tuple(
                tuple(upstream(text, captured) for text in _split(part, "|"))
                for part in _split(said, ";")
            ),
            about["rule"],
            more.get("function", about["function"]),
            tuple(more.get("settings", about.get("settings", ()))),
            pattern,
            self.only_if(table, pattern),
            captured,
        )


def _figure(table: str) -> str:
    return table.rpartition("/")[2]


def _split(text: str, sign: str) -> list[str]:
    return [part.strip() for part in text.split(sign) if part.strip()]


def upstream(text: str, captured: Mapping[str, str]) -> Upstream:
    """Return what ``text`` names, ``$name`` replaced by what a pattern of columns captured."""
    for name in sorted(captured, key=len, reverse=True):
        text = text.replace(f"${name}", captured[name] or "")
    optional = text.endswith("?")
    text = text.removesuffix("?")
    if text == "''":
        return Upstream("nothing", "")
    kind, colon, name = text.partition(":")
    if colon and kind in ("config", "figures", "registers", "memberships", "own"):
        return Upstream(kind, name, optional=optional)
    parsed = _TABLE.fullmatch(text)
    if not parsed:
        raise DataError(f"workflow/internal/lineage.yaml: '{text}' names nothing upstream.")
    matches = tuple(_match(each) for each in _outside_brackets(parsed[3] or ""))
    return Upstream("table", parsed[2], parsed[1], matches, optional)


def _outside_brackets(text: str) -> list[str]:
    """Split at commas that stand in no brackets."""
    return [part for part in re.findall(r"(?:[^,(]|\([^)]*\))+", text) if part.strip()]


def _match(text: str) -> Match:
    column, sign, value = _MATCH.fullmatch(text).groups()
    return Match(column, value if sign else column, sign == "^=")


def config_at(case: Mapping[str, Any], path: str) -> Any:
    """Return what a case's configuration has at a dotted ``path``; None where it has nothing."""
    found: Any = case
    for key in path.split("."):
        if not isinstance(found, Mapping) or key not in found:
            return None
        found = found[key]
    return found


# The places of rows by the values that are matched, the matches of these, and those of beginnings.
_Prepared = tuple[dict[tuple[str, ...], list[int]], list[Match], list[Match]]


class Tables:
    """The tables of a case as text, each read once, with the rows upstream of a row.

    ``case`` and ``variables`` are the resolved case and the vocabulary.
    """

    def __init__(
        self, folder: Path, case: Mapping[str, Any], variables: Mapping[str, Mapping[str, Any]]
    ) -> None:
        self.folder, self.case, self.variables = folder, case, variables
        self._rows: dict[str, list[dict[str, str]]] = {}
        self._headers: dict[str, list[str]] = {}
        self._lines: dict[str, list[int]] = {}
        self._by: dict[tuple[str, tuple[str, ...]], dict[tuple[str, ...], list[int]]] = {}
        self._ready: dict[Upstream, _Prepared] = {}

    def has(self, table: str) -> bool:
        """Return whether the case has ``table``."""
        return (self.folder / f"{table}.csv").is_file()

    def header(self, table: str) -> list[str]:
        """Return the names of the columns of ``table``."""
        if table not in self._headers:
            with self._open(table) as file:
                self._headers[table] = next(csv.reader(file), [])
        return self._headers[table]

    def _open(self, table: str) -> TextIO:
        path = self.folder / f"{table}.csv"
        if not path.is_file():
            raise DataError(
                f"{path.as_posix()}: there is no such table; run `snakemake --cores 4`."
            )
        return path.open(encoding="utf-8", newline="")

    def rows(self, table: str) -> list[dict[str, str]]:
        """Return all rows of ``table``, in their order."""
        if table not in self._rows:
            with self._open(table) as file:
                reader = csv.reader(file)
                header = next(reader, [])
                rows, lines = [], []
                line = reader.line_num + 1
                for cells in reader:
                    # Most texts of a table stand in it many times.
                    rows.append(dict(zip(header, map(sys.intern, cells), strict=True)))
                    lines.append(line)
                    line = reader.line_num + 1
            self._rows[table], self._lines[table] = rows, lines
        return self._rows[table]

    def line(self, table: str, place: int) -> int:
        """Return the line, counted as an editor does, at which a row of ``table`` begins."""
        self.rows(table)
        return self._lines[table][place]

    def place(self, table: str, line: int) -> int:
        """Return the place of the row that begins at ``line``; DataError where none does."""
        self.rows(table)
        lines = self._lines[table]
        if line not in lines:
            raise DataError(
                f"{(self.folder / table).as_posix()}.csv: no row begins in line {line}; the rows begin in the "
                f"lines 2 to {lines[-1] if lines else 1}, line 1 being the header."
            )
        return lines.index(line)

    def found(self, source: Upstream, row: Row) -> list[int]:
        """Return the places (from 0) of the rows that ``source`` means for ``row``."""
        if source not in self._ready:
            self._ready[source] = self._prepared(source)
        by, exact, begins = self._ready[source]
        if not source.matches:
            return by.get((), [])
        wanted: list[tuple[str, ...]] = [()]
        for match in exact:
            values = self.values(match.value, row)
            wanted = [(*done, value) for done in wanted for value in values]
        places = [place for each in wanted for place in by.get(each, ())]
        for match in begins:
            starts = tuple(self.values(match.value, row))
            rows = self.rows(source.table)
            places = [place for place in places if rows[place][match.column].startswith(starts)]
        return sorted(places)

    def _prepared(self, source: Upstream) -> _Prepared:
        """Return the places of the rows by what ``source`` matches; none where it has no such column."""
        exact = [match for match in source.matches if not match.begins]
        begins = [match for match in source.matches if match.begins]
        columns = tuple(match.column for match in exact)
        needed = {source.name, *(match.column for match in source.matches)}
        if not self.has(source.table) or not needed <= set(self.header(source.table)):
            return {}, exact, begins
        key = (source.table, columns)
        if key not in self._by:
            by: dict[tuple[str, ...], list[int]] = {}
            for place, each in enumerate(self.rows(source.table)):
                by.setdefault(tuple(each[column] for column in columns), []).append(place)
            self._by[key] = by
        return self._by[key], exact, begins

    def chosen(self, alternatives: Iterable[Upstream], row: Row) -> tuple[Upstream, list[int]]:
        """Return the first of ``alternatives`` that there is, with its rows if it is of a table."""
        last = None
        for source in alternatives:
            last = source
            if source.kind == "memberships" and not self._stands_in(source.name):
                continue
            if source.kind != "table":
                return source, []
            if places := self.found(source, row):
                return source, places
        return last, []

    def _stands_in(self, level: str) -> bool:
        return level in self.case["geography"].get("stand_in_levels", {})

    def values(self, said: str, row: Row) -> list[str]:
        """Return the values that the right side of a match means for ``row``."""
        if said.startswith("'"):
            return [said.strip("'")]
        if said.startswith("@"):
            found = config_at(self.case, said[1:])
            return [] if found is None else [str(each) for each in as_list(found)]
        if call := _CALL.fullmatch(said):
            arguments = [
                each.strip().strip("'") if each.strip().startswith("'") else row[each.strip()]
                for each in call[2].split(",")
                if each.strip()
            ]
            return _FUNCTIONS[call[1]](self, row, *arguments)
        return [row[said]] if said in row else []

    @cached_property
    def _say(self) -> Language:
        return Language(self.case.get("language", "en"), self.case.get("translations"))

    # What a match may call: each returns the values that it allows.

    def criterion(self, _: Row, short: str) -> list[str]:
        """The criterion with the short name ``sf``, ``varun`` or ``varni``."""
        return [_CRITERION_OF[short]]

    def compared(self, _: Row, short: str) -> list[str]:
        """The indicator that the criterion with this short name compares."""
        return [self.case["criteria"][_CRITERION_OF[short]]["indicator"]]

    def group(self, row: Row, criterion: str) -> list[str]:
        """The country or region whose reference the unit has for a criterion."""
        spec = self.case["criteria"][_CRITERION_OF.get(criterion, criterion)]
        if str(spec["reference"]).startswith("region_"):
            return [self.rows("units")[place]["region"] for place in self.unit(row["unit"])]
        return [self.case["geography"]["country_unit"]["code"]]

    def unit(self, code: str) -> list[int]:
        """The place of a unit in units.csv."""
        return self.found(Upstream("table", "unit", "units", (Match("unit", "unit", False),)),
                          {"unit": code})  # fmt: skip

    def in_region(self, _: Row, region: str) -> list[str]:
        """The units of a region."""
        return [each["unit"] for each in self.rows("units") if each["region"] == region]

    def variables_of(self, _: Row, indicator: str) -> list[str]:
        """The observed variables that an indicator of the case is made of."""
        return terms_of(self.case["indicators"][indicator], self.variables)

    def defined(self, _: Row, criterion: str, definition: str) -> list[str]:
        """The observed variables behind a definition of the block `robustness`."""
        known = self.case["robustness"]["definitions"][criterion]
        # The case's own definition, where the block does not list it, has a name of its own.
        spec = known.get(definition, self.case["criteria"][criterion])
        parts = spec.get("all_of") or spec.get("any_of")
        if parts:
            return list(
                dict.fromkeys(v for part in parts for v in self.defined({}, criterion, part))
            )
        return self.variables_of({}, spec["indicator"])

    def checked(self, _: Row, check: str) -> list[str]:
        """The observed variables that a check of sums adds up."""
        return terms_of(self.case["aggregate_checks"][check], self.variables)

    def labelled(self, _: Row, figure: str, part: str) -> list[str]:
        """The series of a figure with a label, in the language of the figures."""
        shown = as_list(config_at(self.case, f"figures.{figure}.series") or [])
        return [name for name in shown if self._say.own(self.case["series"][name]["label"]) == part]

    def named_by(self, _: Row, path: str, key: str) -> list[str]:
        """What the configuration has at ``path`` and ``key``."""
        found = config_at(self.case, f"{path}.{key}")
        return [] if found is None else as_list(found)


_FUNCTIONS = {
    "criterion": Tables.criterion,
    "compared": Tables.compared,
    "group": Tables.group,
    "in_region": Tables.in_region,
    "variables": Tables.variables_of,
    "defined": Tables.defined,
    "checked": Tables.checked,
    "labelled": Tables.labelled,
    "named_by": Tables.named_by,
}


def tables_of(files: Iterable[Path], folder: Path) -> list[str]:
    """Return the tables among ``files`` of a case that the rules are about, by name: no CSV file of audit/."""
    names = sorted(
        path.relative_to(folder).with_suffix("").as_posix()
        for path in files
        if path.suffix == ".csv"
    )
    return [name for name in names if not name.startswith("audit/")]


def not_copied(rules: Rules, tables: Tables, table: str) -> list[str]:
    """Return where a column that is copied has another text than the cell that it is a copy of."""
    wrong = []
    for column in tables.header(table):
        rule = rules.of(table, column)
        if rule.how != "copied":
            continue
        for place, row in enumerate(tables.rows(table)):
            source, places = tables.chosen(rule.upstream[0], row)
            if source.kind == "nothing":
                held = {""}
            elif source.kind == "config":
                held = {str(config_at(tables.case, source.name))}
            else:
                rows = tables.rows(source.table)
                held = {rows[at][source.name] for at in places}
            if held != {row[column]}:
                wrong.append(
                    f"{table}.csv:{place + 2}:{column} is '{row[column]}', {source} is {listing(sorted(held))}"
                )
    return wrong

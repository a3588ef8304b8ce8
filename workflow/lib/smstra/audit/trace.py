"""From a cell of the results back to the cells of the sources: a tree of what went into each value."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from smstra.audit.columns import Row, Rule, Rules, Tables, Upstream, config_at
from smstra.audit.figure_nodes import FigureNodes, Node, leaf
from smstra.audit.lineage import FILE, FORMAT
from smstra.audit.settings_text import in_short
from smstra.audit.source_cells import SourceFiles
from smstra.config import Settings
from smstra.errors import DataError, nearest
from smstra.flags_in_words import in_words
from smstra.language import Language
from smstra.typology import CRITERIA, cell_in_words

# More rows upstream than these are counted, and listed only on demand.
_MOST_ROWS = 12
_AGAIN = "`snakemake audit --cores 4`"
_LEADS = ("indicator", "series", "variable")
_KEYS = ("criterion", "indicator", "series", "variable", "group", "area", "unit", "date")
_STANDS = {"at_least": "at least", "at_most": "at most", "above": "above", "below": "below"}
# Columns whose unit of measure stands beside them in `unit_of_measure`.
_MEASURED = ("value", "region_value", "country_value", "threshold")


class Trace:
    """What went into the values of a case, from its lineage, its tables and its snapshots.

    Parameters
    ----------
    case, settings
        The case, and the settings of the project.
    results
        The folder that holds the results of all cases.
    root
        The folder of the project.
    everything
        Whether every unit behind a sum, a median or a reference is listed.
    """

    def __init__(
        self,
        case: str,
        settings: Settings,
        results: Path = Path("results"),
        root: Path = Path(),
        everything: bool = False,
    ) -> None:
        self.case, self.settings = case, settings
        self.folder = results / case
        path = self.folder / FILE
        private = results / "private" / case / FILE
        if not path.is_file() and private.is_file():
            raise DataError(
                f"{path.as_posix()}: case {case} is pseudonymised, so its lineage is private; ask for the case "
                f"'private/{case}', and keep what you are told to yourself."
            )
        if not path.is_file():
            raise DataError(
                f"{path.as_posix()}: there is no lineage of case {case}; make it by {_AGAIN}."
            )
        # Read only: an audit changes nothing.
        self._base = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        try:
            about = dict(self._base.execute("SELECT key, value FROM meta"))
        except sqlite3.DatabaseError as error:
            raise DataError(
                f"{path.as_posix()}: this is no lineage ({error}); make it again by {_AGAIN}."
            ) from error
        if about.get("format") != str(FORMAT):
            raise DataError(
                f"{path.as_posix()}: the lineage is of format {about.get('format')}, and this smstra reads "
                f"format {FORMAT}; make it again by {_AGAIN}."
            )
        self.config = settings.cases[case]
        self.tables = Tables(self.folder, self.config, settings.variables)
        self.sources = SourceFiles(settings, root)
        self._rules = Rules()
        self._versions = dict(self._base.execute("SELECT name, sha256 FROM function"))
        self._figures = FigureNodes(
            self._base, self.tables, self.sources, self._versions, everything, self._changed
        )
        self._say = Language("en")
        self._seen: set[str] = set()
        self._same: dict[str, bool] = {}

    def stale(self, tables: Iterable[str]) -> list[str]:
        """Return a sentence for each of ``tables`` that is not the one that the lineage was written for."""
        found = []
        for table in dict.fromkeys(tables):
            if self._changed(table):
                path = self.folder / f"{table}.csv"
                how = "changed, or made anew," if path.is_file() else "removed"
                found.append(
                    f"{path.as_posix()} is not the table that the lineage was written for: it was {how} since; "
                    f"run {_AGAIN} before you rely on what follows."
                )
        return found

    def _changed(self, table: str) -> bool:
        """Whether a table has other bytes than those that the lineage was written for, or is gone."""
        if table not in self._same:
            file = f"{table}.csv"
            row = self._base.execute("SELECT sha256 FROM output WHERE file = ?", (file,)).fetchone()
            path = self.folder / file
            raw = path.read_bytes() if path.is_file() else None
            self._same[table] = row is None or (
                raw is not None and hashlib.sha256(raw).hexdigest() == row[0]
            )
        return not self._same[table]

    @property
    def met(self) -> list[str]:
        """The tables with a cell in the trees that were made so far."""
        return list(self._figures.met)

    @property
    def unreached(self) -> list[str]:
        """A sentence on each source that should be in the trees so far, and could not be read."""
        return list(self._figures.unreached)

    def sources_used(self) -> list[dict[str, Any]]:
        """Return what the pins say of every file that was read, and what is wrong with it."""
        made = []
        for file in self._figures.files:
            about = self.sources.about(file)
            problem = self.sources.problems.get(file)
            made.append({**about, "problem": problem} if problem else about)
        return made

    def columns_of(self, table: str) -> list[dict[str, Any]]:
        """Return how each column of a table was made: ``column, how, rule, function, version, upstream``."""
        made = []
        for column in self.tables.header(table):
            rule = self._rules.of(table, column)
            made.append(
                {
                    "column": column,
                    "how": rule.how,
                    "rule": rule.rule,
                    "function": rule.function,
                    "version": self._versions.get(rule.function, ""),
                    "upstream": [" or ".join(map(str, each)) for each in rule.upstream],
                }
            )
        return made

    # Cells.

    def cell(self, table: str, place: int, column: str) -> Node:
        """Return the tree of a cell: ``place`` is that of its row, from 0."""
        if column not in self.tables.header(table):
            known = self.tables.header(table)
            raise DataError(
                f"{self.folder.as_posix()}/{table}.csv: there is no column '{column}'"
                f"{nearest(column, known)}; the columns are {', '.join(known)}."
            )
        self._figures.met.setdefault(table)
        row = self.tables.rows(table)[place]
        rule = self._rules.of(table, column)
        unit = row.get("unit_of_measure", "") if column in _MEASURED else ""
        node: Node = {
            "cell": f"{self.folder.as_posix()}/{table}.csv:{self.tables.line(table, place)}:{column}",
            "what": self._what(column, row),
            "value": row[column],
            **({"unit_of_measure": unit} if unit else {}),
            "how": rule.how,
            "rule": rule.rule,
            "function": rule.function,
            "version": self._versions.get(rule.function, ""),
        }
        if node["cell"] in self._seen:
            return {**node, "above": True, "inputs": []}
        self._seen.add(node["cell"])
        notes = self._notes(table, column, row)
        if formula := self._formula(table, column, row):
            node["formula"] = formula
        inputs: list[Node] = []
        for alternatives in rule.upstream:
            source, places = self.tables.chosen(alternatives, row)
            inputs += self._upstream(source, places, row, column, node)
            if rule.how == "copied" and source.kind == "table":
                held = sorted({self.tables.rows(source.table)[at][source.name] for at in places})
                notes += [
                    f"this is NO COPY: {source.table}.csv has {each or 'no value'}"
                    for each in held
                    if each != row[column]
                ]
        settings = self._settings_of(rule, column, row)
        return {
            **node,
            **({"notes": notes} if notes else {}),
            **({"settings": settings} if settings else {}),
            "inputs": inputs,
        }

    def _what(self, column: str, row: Row) -> str:
        # A column of values is called by what its rows are about.
        lead = next((key for key in _LEADS if row.get(key)), "") if column == "value" else ""
        said = [row[key] for key in _KEYS if row.get(key) and key not in (column, lead)]
        if row.get("unit") in said:
            said[said.index(row["unit"])] = self._figures.named(row["unit"])
        name = row[lead] if lead else column
        return f"{name} of {', '.join(said)}" if said else name

    def _notes(self, table: str, column: str, row: Row) -> list[str]:
        """Return what is to be said of a value: its flags in words, how a reference was made."""
        if (table, column) == ("references", "value"):
            by = f" by {row['aggregate']}" if row["aggregate"] else ""
            return [f"reference {row['scheme']}{by}, {row['units']} units"]
        if (table, column) != ("indicators", "value"):
            return []
        return in_words(
            row["flags"], self.config, self.settings.breaks, self._say, self.settings.variables
        )

    def _formula(self, table: str, column: str, row: Row) -> str:
        if table != "typology":
            return ""
        if column in CRITERIA:
            spec, name = self.config["criteria"][column], CRITERIA[column]
            return (
                f"{row[name] or 'missing'} {_STANDS[spec['holds_if']]} {row[f'{name}_reference'] or 'missing'} "
                f"(both rounded to {self.config['comparison_decimals']} decimals)? {row[column] or 'not known'}"
            )
        if column in ("type", "cell"):
            said = ", ".join(f"{each} {row[each] or 'not known'}" for each in CRITERIA)
            cell = f" ({cell_in_words(row['cell'])})" if row["type"] == "mixed" else ""
            return f"{said}: {row['type']}{cell}"
        if column.endswith("_distance"):
            name = column.removesuffix("_distance")
            return f"{row[name] or 'missing'} - {row[f'{name}_reference'] or 'missing'} = {row[column]}"
        return ""

    def _settings_of(self, rule: Rule, column: str, row: Row) -> dict[str, Any]:
        """Return the settings that the function of a cell reads: of blocks, what concerns the cell."""
        found = {}
        for path in rule.settings if rule.how == "computed" else ():
            key, value = self._narrowed(path, {**row, "column": column})
            found[key] = value
        return found

    def _narrowed(self, path: str, row: Row) -> tuple[str, Any]:
        """Return a setting; of a block with an entry for each indicator, criterion, ... that of the row."""
        value: Any = config_at(self.config, path)
        for key in ("criterion", "indicator", "series", "check", "column"):
            if isinstance(value, Mapping) and row.get(key) in value:
                path, value = f"{path}.{row[key]}", value[row[key]]
        return path, value

    def _upstream(
        self, source: Upstream, places: list[int], row: Row, column: str, node: Node
    ) -> list[Node]:
        if source.kind == "nothing":
            return []
        if source.kind == "config":
            return [self._setting(source.name, row)]
        if source.kind == "own":
            path = config_at(self.config, source.name)
            return [leaf(f"the user's own table `{source.name}`", str(path or "none given"))]
        if source.kind in ("registers", "memberships"):
            return self._registered(source, row)
        if source.kind == "figures":
            return self._figures.of(source.name, row, column, node)
        if len(places) > _MOST_ROWS:
            return [self._figures.many(source, places)]
        return [self.cell(source.table, place, source.name) for place in places]

    def _setting(self, path: str, row: Row) -> Node:
        path, value = self._narrowed(path, row)
        return leaf(f"setting `{path}` of the case", in_short(value))

    def _registered(self, source: Upstream, row: Row) -> list[Node]:
        geography = self.config["geography"]
        if source.name in ("places", "boundaries"):
            path = {"places": "selection.places", "boundaries": "figures.map.boundaries"}
            name = config_at(self.config, path[source.name])
            made = []
            for file in self.sources.files(name) if name else []:
                made.append({**leaf(f"boundaries in {file}"), **self._figures.of_file(file)})
            return made
        if source.kind == "memberships":
            names = [geography["stand_in_levels"][source.name]["membership"]]
            found = self.sources.lines_of(names, "membership", row["unit"])
        else:
            names = geography["units"]
            code = row.get(source.name) or row["unit"]
            found = self.sources.lines_of(names, "register", code)
        made = []
        for cell in found:
            shown = ", ".join(f"{name} {text}" for name, text in cell.row.items() if text)
            line = leaf(f"{cell.file}, line {cell.line}", shown)
            made.append({**line, **self._figures.of_file(cell.file)})
        made += [self._figures.not_read(why) for why in self.sources.unreadable(names)]
        if not made:
            day = geography["date"]
            made = [
                leaf(
                    f"no line of the {source.kind} has {row['unit']} itself: what it is on {day} follows "
                    "from the changes of units"
                )
            ]
        return made

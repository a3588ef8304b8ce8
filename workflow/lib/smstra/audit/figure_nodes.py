"""The figures behind a value as nodes of a tree: those of an indicator, a reference, a series, an area."""

from __future__ import annotations

import math
import sqlite3
import statistics
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any

from smstra.audit.columns import Row, Tables, Upstream, config_at
from smstra.audit.formulas import Quantities, Term, of_areas, of_indicator, weighted
from smstra.audit.source_cells import SourceFiles, as_text
from smstra.csvio import cell as text_of
from smstra.errors import DataError

Node = dict[str, Any]
_CONVERSIONS = {
    "none": "",
    "recode": "the unit had another code then",
    "sum": "sum of the units that merged into this one",
    "merged_unit": "figure of the unit into which this one merged",
    "split": "figures of an area that was split",
    "boundary_shift": "figures of areas with other limits",
}


class FigureNodes:
    """Nodes of figures, from the lineage ``base`` and the tables and snapshots of a case.

    ``versions`` are the hashes of the modules of functions; ``everything`` says whether every unit behind
    a sum, mean or median is listed; ``changed`` says of a table whether its bytes are others than those
    that the lineage was written for. Collected are ``files`` (the snapshots that were read), ``met`` (the
    tables with a cell in the tree) and ``unreached`` (a sentence on each source that could not be read).
    """

    def __init__(
        self,
        base: sqlite3.Connection,
        tables: Tables,
        sources: SourceFiles,
        versions: Mapping[str, str],
        everything: bool,
        changed: Callable[[str], bool],
    ) -> None:
        self._base, self._tables, self._sources = base, tables, sources
        self._versions, self._everything, self._changed = versions, everything, changed
        self._config = tables.case
        self.files: dict[str, None] = {}
        self.met: dict[str, None] = {}
        self.unreached: dict[str, None] = {}

    def of(self, kind: str, row: Row, column: str, node: Node) -> list[Node]:
        """Return the nodes of the figures that a cell of ``row`` was made of.

        ``kind`` is that of the rule: ``harmonised, indicator, reference, series`` or ``area``. For a
        value the formula is put into ``node``.
        """
        if kind == "harmonised":
            return self._source_cells(row["source"], row["variable"], row["date"], row["row"])
        if kind == "indicator":
            return self._of_indicator(row, column, node)
        if kind == "reference":
            return self._of_reference(row, column, node)
        if kind == "series":
            return self._of_series(row, column, node)
        return self._of_area(row, column, node)

    @cached_property
    def _names(self) -> dict[str, str]:
        return {row["unit"]: row["name"] for row in self._tables.rows("units")}

    def named(self, unit: str) -> str:
        """Return ``Name (code)`` of a unit of the case, else the code alone."""
        return f"{self._names[unit]} ({unit})" if unit in self._names else unit

    def terms(self, kind: str, name: str) -> list[Term]:
        """Return the terms of an indicator or a series."""
        rows = self._base.execute(
            "SELECT position, side, variable, date, date_asked, level, factor, change, years FROM term "
            "WHERE kind = ? AND name = ? ORDER BY position, side DESC, variable",
            (kind, name),
        )
        return [Term(*row) for row in rows]

    def figure(self, variable: str, level: str, unit: str, date: str) -> dict[str, Any] | None:
        """Return a figure with its line in harmonised.csv and where it stands; None where there is none."""
        names = ("line", "value", "status", "source", "conversion", "rows", "parts", "territory")
        row = self._base.execute(
            f"SELECT {', '.join(names)} FROM figure_read WHERE variable = ? AND level = ? AND unit = ? "
            "AND date = ?",
            (variable, level, unit, date),
        ).fetchone()
        return dict(zip(names, row, strict=True)) if row else None

    def _of_indicator(self, row: Row, column: str, node: Node) -> list[Node]:
        terms = self.terms("indicator", row["indicator"])
        if not terms:
            why = [
                each["what_was_done"]
                for each in self._tables.rows("sufficiency")
                if each["indicator"] == row["indicator"]
            ]
            return [leaf(f"no figures: {'; '.join(why)}")]
        found = self._base.execute(
            "SELECT v.area FROM value v JOIN indicator i ON i.id = v.indicator WHERE i.name = ? AND v.unit = ?",
            (row["indicator"], row["unit"]),
        ).fetchone()
        area = found[0] if found else row["unit"]
        figures = {
            (t.variable, t.date): self.figure(t.variable, t.level, area, t.date) for t in terms
        }
        if column == "value":
            values = {key: figure and figure["value"] for key, figure in figures.items()}
            node["formula"] = of_indicator(terms, values, row["value"])
        return self._figure_nodes(terms, area, figures)

    def _figure_nodes(
        self, terms: list[Term], area: str, figures: Mapping[tuple[str, str], Any]
    ) -> list[Node]:
        nodes, done = [], set()
        for term in terms:
            key = (term.variable, term.date)
            if key not in done:
                done.add(key)
                nodes.append(self._figure(term, area, figures[key]))
        return nodes

    def _figure(self, term: Term, area: str, figure: Mapping[str, Any] | None) -> Node:
        what = f"{term.variable} of {self.named(area)}, {term.level}, {term.date}"
        self.met.setdefault("harmonised")
        if figure is None:
            return leaf(what, "no row")
        notes = []
        if term.date_asked and not term.date.startswith(term.date_asked):
            notes.append(f"asked for {term.date_asked}")
        if figure["conversion"] != "none":
            notes.append(f"{_CONVERSIONS[figure['conversion']]} ({figure['conversion']})")
        if figure["territory"] != area:
            notes.append(f"territory of {figure['territory']}")
        if figure["status"]:
            notes.append(f"status {figure['status']}")
        value = text_of(math.nan if figure["value"] is None else figure["value"])
        notes = [*self._standing(figure, value), *notes]
        return {
            "cell": f"{self._tables.folder.as_posix()}/harmonised.csv:{figure['line']}:value",
            "what": what,
            "value": value,
            "how": "computed",
            "rule": "harmonise",
            "function": "smstra.geography.harmonise",
            "version": self._versions.get("smstra.geography.harmonise", ""),
            **({"notes": notes} if notes else {}),
            "inputs": self._source_cells(
                figure["source"], term.variable, term.date, figure["rows"]
            ),
        }

    def _standing(self, figure: Mapping[str, Any], value: str) -> list[str]:
        """Return what the line of a figure in harmonised.csv holds now, where it is not its value."""
        if not self._changed("harmonised"):
            return []
        try:
            place = self._tables.place("harmonised", figure["line"])
            held = self._tables.rows("harmonised")[place]["value"]
        except DataError:
            return ["the value is that of the lineage; this line is not in harmonised.csv now"]
        if held == value:
            return []
        return [
            f"the value is that of the lineage; harmonised.csv now HAS {held or 'no value'} here"
        ]

    def of_file(self, file: str) -> dict[str, list[str]]:
        """Count a file among those read; return a note for what was read from it, if it is not as pinned."""
        self.files.setdefault(file)
        if self._sources.is_as_pinned(file):
            return {}
        return {"notes": ["this file is NOT as pinned: the cell may have been changed"]}

    def not_read(self, why: str) -> Node:
        """Return the node of a source that cannot be read, and keep the reason."""
        self.unreached.setdefault(why)
        return leaf(f"the source cannot be read: {why}")

    def _source_cells(self, source: str, variable: str, date: str, rows: str) -> list[Node]:
        found = self._sources.cells(source, variable, date, rows)
        made: list[Node] = [
            {
                "what": as_text(cell),
                "file": cell.file,
                "line": cell.line,
                "column": cell.column,
                "multiply_by": cell.multiply_by,
                "value": cell.text,
                "row": dict(cell.row),
                **self.of_file(cell.file),
                "inputs": [],
            }
            for cell in found
        ]
        lost = self._sources.not_there(source, rows)
        if found and not lost:
            return made
        name = source.partition("@")[0]
        for file in self._sources.files(name):
            self.files.setdefault(file)
        why = self._sources.unreadable([name]) or [
            f"line {' and '.join(lost) or rows} of {source} is not there"
        ]
        return [*made, self.not_read("; ".join(why))]

    # Sums, medians, means and published totals.

    def _of_reference(self, row: Row, column: str, node: Node) -> list[Node]:
        spec = self._config["criteria"][row["criterion"]]
        if not isinstance(spec["reference"], str) or spec["reference"] == "zero":
            return [
                leaf(
                    f"setting `criteria.{row['criterion']}.reference` of the case",
                    text_of(spec["reference"]),
                )
            ]
        areas = self._base.execute(
            "SELECT a.area, a.weight FROM reference_area a JOIN reference r ON r.id = a.reference "
            'WHERE r.criterion = ? AND r."group" = ? ORDER BY a.area',
            (row["criterion"], row["group"]),
        ).fetchall()
        codes = [area for area, _ in areas]
        how = row["aggregate"] or row["scheme"]
        shown = node if column == "value" else {}
        if not row["aggregate"]:
            return self._middle(row["indicator"], codes, how, row["value"], shown)
        terms = self.terms("indicator", row["indicator"])
        if row["aggregate"] == "published_total":
            geography = self._config["geography"]
            regional = row["scheme"].startswith("region")
            level = geography["region_level"] if regional else "country"
            return self._published(terms, codes[0], level, row["value"], shown)
        if row["aggregate"] == "weighted_mean":
            return self._weighted(terms, areas, row, shown)
        return self._summed(terms, codes, row["value"], shown)

    def _middle(
        self, indicator: str, units: list[str], how: str, value: str, node: Node
    ) -> list[Node]:
        source = {
            row["unit"]: place
            for place, row in enumerate(self._tables.rows("indicators"))
            if row["indicator"] == indicator
        }
        places = [source[unit] for unit in units]
        rows = self._tables.rows("indicators")
        values = [float(rows[place]["value"]) for place in places]
        if node is not None and values:
            word = "median" if "median" in how else "mean"
            made = (
                statistics.median(values) if word == "median" else math.fsum(values) / len(values)
            )
            node["formula"] = (
                f"{word} of {counted(len(values), 'value')} of {indicator} = {text_of(made)}"
            )
        made_of = self.many(Upstream("table", "value", "indicators"), places)
        made_of["what"] = f"{indicator} of {counted(len(places), 'unit')} with a value"
        return [made_of]

    def _published(
        self, terms: list[Term], area: str, level: str, value: str, node: Node
    ) -> list[Node]:
        terms = [term._replace(level=level) for term in terms]
        figures = {
            (t.variable, t.date): self.figure(t.variable, level, area, t.date) for t in terms
        }
        values = {key: figure and figure["value"] for key, figure in figures.items()}
        node["formula"] = of_indicator(terms, values, value)
        return self._figure_nodes(terms, area, figures)

    def _values(self, term: Term, areas: Iterable[str]) -> dict[str, float]:
        wanted = set(areas)
        rows = self._base.execute(
            "SELECT s.unit, f.value FROM series s JOIN figure f ON f.series = s.id WHERE s.variable = ? AND "
            "s.level = ? AND f.date = ? AND f.value IS NOT NULL",
            (term.variable, term.level, term.date),
        )
        return {unit: value for unit, value in rows if unit in wanted}

    def _summed(self, terms: list[Term], areas: list[str], value: str, node: Node) -> list[Node]:
        quantities: Quantities = {}
        nodes = []
        self.met.setdefault("harmonised")
        for term in terms:
            key = (term.variable, term.date)
            if key in quantities:
                continue
            values = self._values(term, areas)
            quantities[key] = math.fsum(values.values())
            made: Node = {
                "what": f"{term.variable} of {term.date}, summed over {counted(len(values), 'area')} "
                f"({term.level})",
                "value": text_of(quantities[key]),
                "count": len(values),
                "inputs": [],
            }
            if self._everything:
                made["inputs"] = [
                    self._figure(
                        term, area, self.figure(term.variable, term.level, area, term.date)
                    )
                    for area in sorted(values)
                ]
            nodes.append(made)
        node["formula"] = of_areas(terms, quantities, value, len(areas))
        return nodes

    def _weighted(
        self, terms: list[Term], areas: list[tuple[str, str | None]], row: Row, node: Node
    ) -> list[Node]:
        self.met.setdefault("harmonised")
        rates = {(t.variable, t.date): self._values(t, [a for a, _ in areas]) for t in terms}
        node["formula"] = weighted(terms, rates, areas, row["weight"], row["value"])
        made: Node = {
            "what": f"rate and weight ({row['weight']}) of {counted(len(areas), 'area')}",
            "count": len(areas),
            "inputs": [],
        }
        if self._everything:
            for area, weight in areas:
                figures = {
                    (t.variable, t.date): self.figure(t.variable, t.level, area, t.date)
                    for t in terms
                }
                made["inputs"].append(
                    {
                        "what": f"{area}, weight {weight}",
                        "value": "",
                        "inputs": self._figure_nodes(terms, area, figures),
                    }
                )
        return [made]

    def _of_series(self, row: Row, column: str, node: Node) -> list[Node]:
        geography = self._config["geography"]
        terms = [t._replace(date=row["date"]) for t in self.terms("series", row["series"])]
        shown = node if column == "value" else {}
        if row["how"] == "published":
            level = geography["region_level"] if row["what"] == "region" else "country"
            return self._published(terms, row["unit"], level, row["value"], shown)
        if row["what"] == "town":
            return self._published(terms, row["unit"], geography["level"], row["value"], shown)
        members = self._members(row["what"], row["unit"])
        if row["how"] == "sum_of_counts":
            return self._summed(terms, members, row["value"], shown)
        self.met.setdefault("harmonised")
        return [
            {
                "what": f"{row['series']} of {counted(int(row['units']), 'unit')} of {row['unit']} "
                f"on {row['date']}, {row['how']}",
                "count": int(row["units"]),
                "inputs": [
                    self._figure(t, unit, self.figure(t.variable, t.level, unit, t.date))
                    for unit in (members if self._everything else [])
                    for t in terms
                ],
            }
        ]

    def _of_area(self, row: Row, column: str, node: Node) -> list[Node]:
        geography, name = self._config["geography"], row["indicator"]
        terms = self.terms("indicator", name)
        members = self._members(row["what"], row["area"])
        shown = node if column == "value" else {}
        if row["how"] == "published":
            level, area = geography["region_level"], row["area"]
            if row["what"] == "country":
                level = "country"
                if terms[0].level != geography["level"]:
                    area = geography["stand_in_levels"][terms[0].level]["country_unit"]
            return self._published(terms, area, level, row["value"], shown)
        if row["how"] == "sum_of_counts":
            level = terms[0].level
            by_unit = {each["unit"]: each for each in self._tables.rows("units")}
            if level != geography["level"]:
                members = sorted({by_unit[unit][level] for unit in members})
            return self._summed(terms, members, row["value"], shown)
        places = [
            place
            for place, each in enumerate(self._tables.rows("indicators"))
            if each["indicator"] == name and each["unit"] in set(members) and each["value"]
        ]
        made = self.many(Upstream("table", "value", "indicators"), places)
        weight = config_at(self._config, f"indicators.{name}.{row['what']}.weight")
        by = f", weighted by {weight}" if weight else ""
        made["what"] = (
            f"{name} of {counted(len(places), 'unit')} of {row['area']}, {row['how']}{by}"
        )
        return [made]

    def _members(self, what: str, area: str) -> list[str]:
        column = "region" if what == "region" else "country"
        return [row["unit"] for row in self._tables.rows("units") if row[column] == area]

    def many(self, source: Upstream, places: list[int]) -> Node:
        """Return one node for many cells of a column; each is listed only where everything is."""
        self.met.setdefault(source.table)
        said = f"{counted(len(places), 'cell')}, {source}"
        node: Node = {"what": said, "count": len(places), "inputs": []}
        if self._everything:
            rows = self._tables.rows(source.table)
            node["inputs"] = [
                {
                    "cell": f"{self._tables.folder.as_posix()}/{source.table}.csv:"
                    f"{self._tables.line(source.table, place)}:{source.name}",
                    "value": rows[place][source.name],
                    "inputs": [],
                }
                for place in places
            ]
        return node


def counted(number: int, thing: str) -> str:
    """Return ``1 cell``, ``2 cells``."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def leaf(what: str, value: str = "") -> Node:
    """Return a node with nothing upstream."""
    return {"what": what, "value": value, "inputs": []}

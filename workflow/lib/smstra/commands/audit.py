"""`smstra audit`: from a value of the results back to the cells of the sources that it was made from."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from smstra.across import trace as of_comparison
from smstra.audit import tree_text, units_named
from smstra.audit.addresses import Address, address, case_of
from smstra.audit.case_results import cases_in, settings_behind
from smstra.audit.recompute import Recomputation
from smstra.audit.redo import redone
from smstra.audit.trace import Trace
from smstra.errors import DataError, nearest

_EPILOG = """a cell is written as
  results/be/typology.csv:24:sf         table, line as an editor counts (1 is the header), column
  results/be/typology.csv               the table: how each of its columns was made
  results/be/workbook.xlsx:typology!E24 sheet and cell of the workbook
  results/be/explorer.html:11001:sf     unit and column of the explorer
  results/be/report.html:results        section of the report: the tables that it shows
  results/be/figures/income.png         figure: the table that it draws

exit codes:
  0  traced; with --recompute, the values agree, or there is no such recomputation
  1  it could not be traced, or not to the end: a source cannot be read
  2  wrong usage
  3  something differs, which is named: a table on the way is not the one that the lineage was written
     for, a snapshot is not as pinned, or, with --recompute, the value recomputed from the sources
"""
_NOT_TRACED = 1
_DIFFERS = 3


def ask(parser: argparse.ArgumentParser) -> None:
    """Add what the command asks."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    parser.set_defaults(parser=parser)
    parser.add_argument("case", nargs="?", metavar="CASE", help="not needed with --cell")
    parser.add_argument("unit", nargs="?", metavar="UNIT", help="code, or name in any spelling")
    parser.add_argument(
        "indicator",
        nargs="?",
        metavar="INDICATOR",
        help="an indicator of the case; its type and criteria if left out",
    )
    parser.add_argument(
        "--cell", metavar="CELL", help="start from a cell of any output (see below)"
    )
    parser.add_argument(
        "--recompute",
        action="store_true",
        help="redo the value from the bytes of the sources by code of its own, and compare",
    )
    parser.add_argument(
        "--all", action="store_true", help="list every unit behind a sum, mean, median or rank"
    )
    parser.add_argument("--json", action="store_true", help="the tree as JSON")
    parser.add_argument(
        "--results",
        metavar="DIR",
        type=Path,
        default=Path("results"),
        help="where the results of the cases lie",
    )


def run(chosen: argparse.Namespace) -> tuple[str, int]:
    """Return what is printed, and the exit code."""
    results: Path = chosen.results
    if chosen.cell and chosen.unit:
        chosen.parser.error("--cell names the value already; leave UNIT and INDICATOR out.")
    if not chosen.cell and not (chosen.case and chosen.unit):
        chosen.parser.error("name CASE and UNIT, or a cell by --cell; --help shows how.")
    if chosen.cell and of_comparison.is_one(chosen.cell, results):
        return _of_comparison(chosen), 0
    case = case_of(chosen.cell, cases_in(results), results) if chosen.cell else chosen.case
    if chosen.case and chosen.case != case:
        chosen.parser.error(
            f"CASE is {chosen.case}, and the cell is one of {case}; leave CASE out, or mend one of them."
        )
    settings = settings_behind(case, results)
    trace = Trace(case, settings, results, everything=chosen.all)
    others: list[dict[str, str]] = []
    if chosen.cell:
        found = address(chosen.cell, trace.tables)
    else:
        row = units_named.find(chosen.unit, trace.tables, settings)
        found = _of_unit(row["unit"], chosen.indicator, trace)
        if not chosen.indicator:
            others = [
                {"indicator": each["indicator"], "value": each["value"], "flags": each["flags"]}
                for each in trace.tables.rows("indicators")
                if each["unit"] == row["unit"]
            ]
    if not found.column:
        return _whole(found, trace, chosen.json)
    table = found.tables[0]
    node = trace.cell(table, found.place, found.column)
    sources = trace.sources_used()
    changed = [
        f"{each['file']} is NOT as pinned: what is shown of it is what stands there now."
        for each in sources
        if each["sha256_found"] not in (None, each["sha256"])
    ]
    unreached = [f"not traced to the end: {why.rstrip('.')}." for why in trace.unreached]
    stale = trace.stale(["typology", *trace.met])
    made: dict[str, Any] = {
        "case": case,
        "remarks": [*unreached, *changed, *stale, *([found.said] if found.said else [])],
        "tree": node,
    }
    code = _NOT_TRACED if unreached else _DIFFERS if changed or stale else 0
    if chosen.recompute:
        by = Recomputation(case, settings)
        again = redone(table, found.place, found.column, trace.tables, by)
        made["recomputation"] = again
        if not again.get("agrees", True) or again.get("no_copy_of"):
            code = code or _DIFFERS
    made["indicators"] = others
    made["sources"] = sources
    return _json(made) if chosen.json else _text(made), code


def _of_comparison(chosen: argparse.Namespace) -> str:
    """Return what a cell of the comparison is made of; exit 2 where more is asked than can be said of it."""
    if chosen.case:
        chosen.parser.error("the cell is one of the comparison, which is no case; leave CASE out.")
    for flag in ("recompute", "all"):
        if getattr(chosen, flag):
            chosen.parser.error(
                f"--{flag} is of cells of a case; ask it of those that the comparison is made of, which are "
                f"named without --{flag} (`smstra verify comparison` counts its types anew)."
            )
    if chosen.json:
        return _json(of_comparison.content(chosen.cell, chosen.results))
    return of_comparison.traced(chosen.cell, chosen.results)


def _of_unit(unit: str, indicator: str | None, trace: Trace) -> Address:
    if not indicator:
        places = {row["unit"]: place for place, row in enumerate(trace.tables.rows("typology"))}
        return Address(("typology",), places[unit], "type")
    known = trace.config["indicators"]
    if indicator not in known:
        raise DataError(
            f"'{indicator}' is no indicator of the case{nearest(indicator, known)}; its indicators are "
            f"{', '.join(known)}."
        )
    for place, row in enumerate(trace.tables.rows("indicators")):
        if (row["unit"], row["indicator"]) == (unit, indicator):
            return Address(("indicators",), place, "value")
    raise DataError(
        f"{(trace.folder / 'indicators.csv').as_posix()}: there is no row of {unit} and {indicator}; the "
        "table is not that of this case: run `snakemake --cores 4`."
    )


def _whole(found: Address, trace: Trace, as_json: bool) -> tuple[str, int]:
    """Return how every column of some tables was made, and the exit code."""
    made = [
        {"table": f"{trace.folder.as_posix()}/{table}.csv", "columns": trace.columns_of(table)}
        for table in found.tables
    ]
    remarks = trace.stale(["typology", *found.tables])
    code = _DIFFERS if remarks else 0
    if as_json:
        return _json({"case": trace.case, "remarks": [*remarks, found.said], "tables": made}), code
    lines = [*remarks, found.said]
    if not made:
        lines.append(
            "none: it shows words and pins, which config.resolved.yaml and data/sources.yaml have."
        )
    for each in made:
        lines += ["", each["table"]]
        width = max((len(column["column"]) for column in each["columns"]), default=0)
        for column in each["columns"]:
            lines.append(f"  {column['column']:<{width}}  {column['how']} by {column['function']}")
            lines += [f"  {'':<{width}}    {source}" for source in column["upstream"]]
    return "\n".join(lines) + "\n", code


def _json(made: Any) -> str:
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"


def _text(made: dict[str, Any]) -> str:
    lines = [*made["remarks"], *tree_text.tree(made["tree"])]
    if redo := made.get("recomputation"):
        lines += ["", redo["said"]]
        if redo["possible"]:
            lines += [f"  {text}" for text in (redo["formula"], redo["why"]) if text]
    if made["indicators"]:
        width = max(len(each["indicator"]) for each in made["indicators"])
        lines += ["", "All indicators of the unit (smstra audit CASE UNIT INDICATOR traces one)"]
        for each in made["indicators"]:
            flags = f"  {each['flags']}" if each["flags"] else ""
            lines.append(f"  {each['indicator']:<{width}}  {each['value'] or '(empty)'}{flags}")
    return "\n".join([*lines, *tree_text.sources(made["sources"])]) + "\n"

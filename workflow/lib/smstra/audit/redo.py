"""Redo one value of the results from the bytes of the sources, and compare it with what stands there."""

from __future__ import annotations

from typing import Any

from smstra.audit.columns import Row, Rules, Tables
from smstra.audit.figure_nodes import counted
from smstra.audit.recompute import Recomputation, Redone, agree
from smstra.csvio import cell as text_of
from smstra.typology import CRITERIA

_CRITERION_OF = {short: criterion for criterion, short in CRITERIA.items()}
_ANSWERS = {True: "true", False: "false", None: ""}


def redone(
    table: str, place: int, column: str, tables: Tables, by: Recomputation
) -> dict[str, Any]:
    """Return what the independent recomputation ``by`` makes of a cell.

    Returns
    -------
    dict
        ``possible`` (whether there is such a recomputation) and ``said`` (a sentence); then also
        ``printed, recomputed, agrees``, ``formula`` (with numbers), ``why`` and ``cells`` (each cell
        of the sources: file, line, column, text, unit, variable, date), ``no_copy_of`` (the cells that
        it should be a copy of, where they have another text, as sentences). A cell that is a copy of
        another one is redone as that one.
    """
    rules = Rules()
    rule = rules.of(table, column)
    row = tables.rows(table)[place]
    printed = row[column]
    others = []
    while rule.how == "copied":
        source, places = tables.chosen(rule.upstream[0], row)
        if source.kind != "table" or not places:
            break
        table, column, row = source.table, source.name, tables.rows(source.table)[places[0]]
        rule = rules.of(table, column)
        if row[column] != printed:
            where = (
                f"{tables.folder.as_posix()}/{table}.csv:{tables.line(table, places[0])}:{column}"
            )
            others.append(f"{where}, of which it should be a copy, has {row[column] or 'no value'}")
    # Of a copy, what is printed is compared, not what it was copied from.
    made = _core(table, column, {**row, column: printed}, tables, by)
    if made is None:
        return {
            "possible": False,
            "said": f"{column} of {table}.csv is made by {rule.function}, of which there is no independent "
            "recomputation; indicators, references, answers and types are what is redone from the sources.",
        }
    recomputed, agrees, formula, why, parts = made
    cells = list(dict.fromkeys(cell for part in parts for cell in part.cells))
    number = counted(len(cells), "cell") if cells else "the cells"
    word = "agrees with" if agrees else "DIFFERS from"
    but = "".join(f"; but {each}" for each in others)
    return {
        "possible": True,
        "said": f"recomputed from {number} of the sources: {recomputed or 'no value'}, which {word} "
        f"what stands there, {printed or 'no value'}{but}",
        "printed": printed,
        "recomputed": recomputed,
        "agrees": agrees,
        "no_copy_of": others,
        "formula": formula,
        "why": why,
        "cells": [cell._asdict() for cell in cells],
    }


def _core(
    table: str, column: str, row: Row, tables: Tables, by: Recomputation
) -> tuple[str, bool, str, str, list[Redone]] | None:
    """Return value as text, whether it agrees, formula, why, and the parts; None for other cells."""
    if (table, column) == ("indicators", "value"):
        return _number(by.indicator(row["unit"], row["indicator"]), row[column])
    if (table, column) == ("references", "value"):
        return _number(by.reference(row["criterion"], row["group"]), row[column])
    return _of_type(column, row, tables, by) if table == "typology" else None


def _of_type(
    column: str, row: Row, tables: Tables, by: Recomputation
) -> tuple[str, bool, str, str, list[Redone]] | None:
    """Return the same for a column of the typology that is no copy."""
    short, _, what = column.partition("_")
    if column == "size_class":
        found = by.size_class(row["unit"])
        return found, found == row[column], "", "", []
    known = by.type_of(row["unit"])
    if short in _CRITERION_OF and what == "distance":
        criterion = _CRITERION_OF[short]
        value, threshold = known.values[criterion], known.references[criterion]
        parts = [value, threshold]
        if value.value is None or threshold.value is None:
            return "", row[column] == "", "", value.why or threshold.why, parts
        apart = value.value - threshold.value
        formula = f"({value.formula}) - ({threshold.formula})"
        return text_of(apart), _close(apart, row[column], value, threshold), formula, "", parts
    if column in CRITERIA:
        found = _ANSWERS[known.answers[column]]
        own = [known.values[column], known.references[column]]
        holds_if = tables.case["criteria"][column]["holds_if"].replace("_", " ")
        formula = f"{own[0].formula or 'no value'}, {holds_if}: {own[1].formula or 'no threshold'}"
        return found, found == row[column], formula, own[0].why or own[1].why, own
    if column != "type":
        return None
    said = [f"{key} {_ANSWERS[answer] or 'not known'}" for key, answer in known.answers.items()]
    parts = [*known.values.values(), *known.references.values()]
    return known.type, known.type == row["type"], ", ".join(said), known.why, parts


def _number(made: Redone, printed: str) -> tuple[str, bool, str, str, list[Redone]]:
    text = "" if made.value is None else text_of(made.value)
    held = float(printed) if printed else None
    return text, agree(made, held), made.formula, made.why, [made]


def _close(apart: float, printed: str, value: Redone, threshold: Redone) -> bool:
    """Whether a difference is the same to 12 digits of the larger of its two sides."""
    scale = max(abs(value.value or 0.0), abs(threshold.value or 0.0), value.scale, threshold.scale)
    return bool(printed) and abs(apart - float(printed)) <= 1e-12 * scale

"""The best sets of towns across cases, under one constraint set.

A town of a set is a candidate of its own case (selection/candidates.csv). The constraints are those of
`comparison.sets`: so many towns of each case, regions spread within each case, types and size classes
over all cases. What is made as large as can be is that of :mod:`smstra.selection.sets`, with one
difference: typicality is scaled within each case, 0 for the least and 1 for the greatest among its
candidates, for it is measured in the spread of the case. Size classes are those of the case files; two
of one name count as one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from smstra.errors import DataError, listing, nearest
from smstra.selection import conflicts, sets
from smstra.selection.constraints import Constraint, Towns, of_spread
from smstra.size_classes import UNKNOWN

COLUMNS = [
    "set",
    "case",
    "unit",
    "name",
    "region",
    "region_name",
    "type",
    "size_class",
    "inhabitants",
    "typicality",
    "typicality_in_case",
    "probability",
    "remark",
    *sets.SCORES,
    "optimal",
    "trades_off",
    "others_exist",
]
_ROOT = "comparison.sets"
_NO_CLASS = ("", "undetermined", UNKNOWN)
# Between a case and the code of a unit or region of it.
_OF = ":"


def select(
    block: Mapping[str, Any], candidates: Mapping[str, pd.DataFrame], titles: Mapping[str, str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the best distinct sets of towns across cases, and the smallest conflict where there is none.

    Parameters
    ----------
    block
        ``comparison.sets``.
    candidates
        By case, in the order of the run, its selection/candidates.csv; those of cases whose towns may
        not be named are not among them.
    titles
        What each case is called.

    Returns
    -------
    DataFrame
        ``COLUMNS``: one row a town of a set, by set (the best is 1), case and unit; the numbers of a
        set as :func:`smstra.selection.sets.select` gives them. ``typicality`` is that of the candidate,
        ``typicality_in_case`` from 0 to 1 among the candidates of its case.
    DataFrame
        ``smstra.selection.conflicts.COLUMNS``; no rows if there is a set.

    Raises
    ------
    DataError
        A region under ``each`` is none of the case's.
    """
    able = [name for name, table in candidates.items() if (table["candidate"] == "pass").any()]
    if len(able) < 2:
        why = f"{listing([f'{titles[name]} ({name})' for name in able]) or 'no case'} has some"
        row = (f"{_ROOT}.towns_per_case", "candidates of at least two cases", why)
        none = pd.DataFrame(columns=COLUMNS, dtype=object)
        return none, pd.DataFrame([row], columns=conflicts.COLUMNS, dtype=object)
    table = _joined({name: candidates[name] for name in able})
    _check(block, candidates)
    towns = towns_of(table)
    without = _weightless(block, table)
    weights = {**block["objective"], **dict.fromkeys(without, 0)}
    alone = not any(weights.values())
    weights |= {"coverage": 1} if alone else {}
    whole = {**block, "objective": weights, "towns": block["towns_per_case"] * len(able)}
    found, conflict = sets.best_of(whole, towns, constraints_of(block, towns, able))
    if found.empty:
        return pd.DataFrame(columns=COLUMNS, dtype=object), conflict
    of_unit = table.set_index("unit")
    keys = found["unit"]
    found["case"] = keys.map(of_unit["case"])
    found["typicality_in_case"] = found["typicality"]
    found["typicality"] = keys.map(of_unit["typicality_of_case"])
    found["unit"] = keys.map(of_unit["unit_of_case"])
    order = {name: place for place, name in enumerate(able)}
    said = [
        f"no candidate has a {what}, so {name} weighs nothing" for name, what in without.items()
    ]
    said += ["coverage alone decides"] if alone else []
    found["remark"] = ["; ".join([text, *said] if text else said) for text in found["remark"]]
    rank = found["case"].map(order)
    found = found.assign(rank=rank).sort_values(["set", "rank", "unit"], ignore_index=True)
    return found[COLUMNS], conflict


def _joined(candidates: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the candidates of all cases that pass, their codes led by the case."""
    parts = []
    for name, table in candidates.items():
        part = table[table["candidate"] == "pass"].copy()
        typicality = pd.to_numeric(part["typicality"], errors="coerce")
        low, high = typicality.min(), typicality.max()
        scaled = (typicality - low) / (high - low) if high > low else typicality - low + 1
        part["typicality_of_case"], part["typicality"] = typicality, scaled
        part["case"], part["unit_of_case"] = name, part["unit"]
        part["unit"] = name + _OF + part["unit"]
        part["region_of_case"] = name + _OF + part["region"].fillna("")
        parts.append(part)
    return pd.concat(parts, ignore_index=True).sort_values("unit", ignore_index=True)


def _weightless(block: Mapping[str, Any], table: pd.DataFrame) -> dict[str, str]:
    """Return the components with a weight that no candidate has a figure for, each with that figure.

    As of cases without a type, or without a block ``robustness``.
    """
    sources = {"typicality": "typicality", "stability": "probability"}
    return {
        component: column
        for component, column in sources.items()
        if block["objective"].get(component, 0) > 0
        and pd.to_numeric(table[column], errors="coerce").isna().all()
    }


def _check(block: Mapping[str, Any], candidates: Mapping[str, pd.DataFrame]) -> None:
    for case, asked in block.get("regions", {}).get("each", {}).items():
        there = sorted(set(candidates[case]["region"])) if case in candidates else asked
        for code in asked:
            if code not in there:
                raise DataError(
                    f"`{_ROOT}.regions.each.{case}` names the region '{code}', which no unit of the case "
                    f"has{nearest(code, there)}; the regions there are: {listing(there, 20)}."
                )


def towns_of(table: pd.DataFrame) -> Towns:
    """Return the candidates of all cases as towns that may be chosen.

    Classes are the cases, types, size classes, and in each case its regions, which count for no town of
    another case.
    """
    columns = {
        "cases": table["case"],
        "types": table["type"],
        "size_classes": table["size_class"],
    }
    for case in table["case"].drop_duplicates().sort_values():
        columns[f"regions.{case}"] = table["region_of_case"].where(table["case"] == case, "")
    labels, values = {}, {}
    for name, texts in columns.items():
        values[name] = sorted(set(texts) - set(_NO_CLASS))
        numbers = {value: number for number, value in enumerate(values[name])}
        labels[name] = texts.map(numbers).fillna(-1).to_numpy(int)
    nowhere = np.full(len(table), np.nan)
    return Towns(
        table=table,
        passes=np.ones(len(table), dtype=bool),
        labels=labels,
        values=values,
        longitude=nowhere,
        latitude=nowhere,
        placed=np.zeros(len(table), dtype=bool),
        kinds=np.unique(np.stack([*labels.values()]), axis=1, return_inverse=True)[1],
        rows={code: row for row, code in enumerate(table["unit"])},
        region_names=dict(zip(table["region_of_case"], table["region_name"], strict=True)),
    )


def constraints_of(block: Mapping[str, Any], towns: Towns, cases: list[str]) -> list[Constraint]:
    """Return the constraints of ``comparison.sets`` for ``cases``, each entry by itself.

    In a fixed order: towns of each case, types, size classes, then for each case its regions.
    """
    number = block["towns_per_case"]
    whole = number * len(cases)
    key = f"{_ROOT}.towns_per_case"
    made = [Constraint("towns", key, f"{whole} towns in the set", whole, whole)]
    of_cases = of_spread("cases", {"each": dict.fromkeys(cases, number)}, key, towns)
    made += [replace(each, key=f"{key}.{each.value}") for each in of_cases]
    for name in ("types", "size_classes"):
        made += of_spread(name, block.get(name, {}), f"{_ROOT}.{name}", towns)
    regions = block.get("regions", {})
    for case in cases:
        asked = regions.get("each", {}).get(case, {})
        spread = {name: value for name, value in regions.items() if name != "each"}
        spread["each"] = {f"{case}{_OF}{code}": count for code, count in asked.items()}
        made += of_spread(f"regions.{case}", spread, f"{_ROOT}.regions", towns)
    return made

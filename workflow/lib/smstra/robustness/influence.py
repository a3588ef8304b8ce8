"""What drives the types: one criterion, definition, window, reference or unit changed at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from smstra import csvio
from smstra.indicators import Vocabulary
from smstra.lookup import Figures
from smstra.robustness.choices import AS_ASKED, Choices
from smstra.robustness.without_one import references_without_one
from smstra.sufficiency import Plan, areas_of
from smstra.typology import CRITERIA, TYPE_OF_CELL, TYPES, cells_of, groups_of, holds

COLUMNS = [
    "kind",
    "changed",
    "from",
    "to",
    "units_changed",
    "share_changed",
    "moves",
    *TYPES,
    "which",
    "available",
    "reason",
]
_UNDETERMINED = TYPES.index("undetermined")
_MOST_NAMED = 20
# Which answers stand for the three criteria where one is left out.
_STANDS_FOR = {"economy_improving": (0, 2, 2), "population_improving": (0, 1, 1)}


def influence(
    case: Mapping[str, Any],
    choices: Choices,
    typology: pd.DataFrame,
    figures: Figures,
    towns: pd.DataFrame,
    variables: Vocabulary,
    planned: Mapping[str, Plan],
    references: pd.DataFrame,
) -> pd.DataFrame:
    """Return what happens to the types when one thing is changed against the case's own choices.

    The leaving out of one element at a time is that of COINr's robustness analysis (Becker and others
    2022), of a unit out of a reference the jackknife.

    Parameters
    ----------
    choices
        From :func:`smstra.robustness.choices.evaluate` on the same units.
    typology, towns
        One row a unit in the order of ``choices.units``.
    planned, references
        Of the case itself, see :func:`smstra.typology.references`.

    Returns
    -------
    DataFrame
        ``COLUMNS``. ``kind`` is

        - ``criterion_left_out``: of economy and population, the one left stands for both, so no unit is
          mixed. Without ``sf_high`` A cannot be told from B, nor C from D: all units of the four change,
          ``moves`` says how many are either, and ``A`` to ``D`` are empty.
        - ``definition_swapped``, ``reference_swapped`` (of one criterion) and ``window_moved``.
        - ``unit_left_out`` of one criterion's reference, not of the classification: all others are
          compared with the reference without it, it keeps its type. Where a larger area stands in for
          the units, one area with all its units is left out. A row for each that changes the type of
          another unit, the most influential first, and one for all others together. ``from`` and
          ``to`` are the reference with and without it.

        ``units_changed``, ``share_changed`` (percent) and ``which`` (codes) are about the units that
        have a type in the case itself; ``moves`` also counts those that had none. ``A`` to
        ``undetermined`` count all units after the change. Where ``available`` is False, ``reason``
        says why and the rest is empty.
    """
    own = _Own.of(choices)
    rows = [
        *_criteria_left_out(own),
        *_swapped(own, "definition", "definition_swapped"),
        *_windows_moved(own),
        *_swapped(own, "reference", "reference_swapped"),
    ]
    for criterion in CRITERIA:
        plan_ = planned[case["criteria"][criterion]["indicator"]]
        why_not = _no_unit_in(case["criteria"][criterion], plan_)
        if why_not:
            rows.append(_unavailable("unit_left_out", criterion, "", "", why_not))
            continue
        values = typology[CRITERIA[criterion]].to_numpy(float)
        without = references_without_one(
            criterion,
            case,
            pd.Series(values, index=towns["unit"].to_numpy()),
            figures,
            towns,
            variables,
            plan_,
        )
        of_criterion = references[references["criterion"] == criterion]
        thresholds = of_criterion.set_index("group")["value"].astype(float)
        rows += _left_out(own, case, criterion, values, towns, plan_, without, thresholds)
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.astype(dict.fromkeys(("units_changed", *TYPES), "Int64"))


@dataclass(frozen=True)
class _Own:
    """The case's own choices, answers (3 x units) and types (positions in ``TYPES``)."""

    choices: Choices
    rows: pd.DataFrame
    answers: np.ndarray
    types: np.ndarray
    counts: np.ndarray

    @classmethod
    def of(cls, choices: Choices) -> _Own:
        rows = choices.table[choices.table["own"]]
        answers = choices.answers[rows.index]
        types = TYPE_OF_CELL[cells_of(*answers)]
        return cls(choices, rows, answers, types, np.bincount(types, minlength=len(TYPES)))

    def choice(self, criterion: str) -> pd.Series:
        return self.rows[self.rows["criterion"] == criterion].iloc[0]

    def row(
        self, kind: str, changed: str, was: str, becomes: str, units: np.ndarray, types: np.ndarray
    ) -> dict[str, Any]:
        """Return the row of a change in which ``units`` (positions) get ``types``, others their own."""
        before = self.types[units]
        moving = before != types
        units, before, types = units[moving], before[moving], types[moving]
        after = (
            self.counts
            - np.bincount(before, minlength=len(TYPES))
            + np.bincount(types, minlength=len(TYPES))
        )
        flows = Counter(zip(before.tolist(), types.tolist(), strict=True))
        words = [(f"{TYPES[a]} to {TYPES[b]}", count) for (a, b), count in flows.items()]
        words.sort(key=lambda flow: (-flow[1], flow[0]))
        moves = "; ".join(f"{name} {count}" for name, count in words)
        typed = units[before != _UNDETERMINED]
        return {
            **self._changed(kind, changed, was, becomes, typed),
            "moves": moves,
            **dict(zip(TYPES, after.tolist(), strict=True)),
        }

    def row_of_all(
        self, kind: str, changed: str, was: str, becomes: str, types: np.ndarray
    ) -> dict[str, Any]:
        """Return the row of a change after which all units have ``types``."""
        return self.row(kind, changed, was, becomes, np.arange(len(types)), types)

    def without_sf(self, was: str) -> dict[str, Any]:
        """Return the row without ``sf_high``, where pairs of types fall together."""
        _, economy, population = self.answers
        known = (economy != -1) & (population != -1)
        alike = known & (economy == population)
        either = [int((alike & (economy == answer)).sum()) for answer in (1, 0)]
        typed = np.flatnonzero(self.types < TYPES.index("mixed"))
        return {
            **self._changed("criterion_left_out", "sf_high", was, "", typed),
            "moves": f"A or B: {either[0]}; C or D: {either[1]}",
            "mixed": int((known & ~alike).sum()),
            "undetermined": int((~known).sum()),
        }

    def _changed(
        self, kind: str, changed: str, was: str, becomes: str, units: np.ndarray
    ) -> dict[str, Any]:
        codes = [self.choices.units[place] for place in np.sort(units)[:_MOST_NAMED]]
        more = len(units) - len(codes)
        typed = len(self.types) - int(self.counts[_UNDETERMINED])
        return {
            "kind": kind,
            "changed": changed,
            "from": was,
            "to": becomes,
            "units_changed": len(units),
            "share_changed": 100 * len(units) / typed if typed else np.nan,
            "which": ";".join(codes) + (f" and {more} more" if more else ""),
            "available": True,
            "reason": "",
        }


def _unavailable(kind: str, changed: str, was: str, becomes: str, reason: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "changed": changed,
        "from": was,
        "to": becomes,
        "share_changed": np.nan,
        "moves": "",
        "which": "",
        "available": False,
        "reason": reason,
    }


def _criteria_left_out(own: _Own) -> Iterator[dict[str, Any]]:
    for criterion in CRITERIA:
        choice = own.choice(criterion)
        was = f"{choice['definition']} against {choice['reference']}"
        if criterion == "sf_high":
            yield own.without_sf(was)
            continue
        types = TYPE_OF_CELL[cells_of(*own.answers[list(_STANDS_FOR[criterion])])]
        yield own.row_of_all("criterion_left_out", criterion, was, "", types)


def _swapped(own: _Own, part: str, kind: str) -> Iterator[dict[str, Any]]:
    """Yield a row for each other definition or reference (``part``) of one criterion."""
    kept = "reference" if part == "definition" else "definition"
    table = own.choices.table
    for place, criterion in enumerate(CRITERIA):
        choice = own.choice(criterion)
        here = table[(table["criterion"] == criterion) & (table["window"] == AS_ASKED)]
        others = here[part][here[part] != choice[part]]
        if part == "reference":
            others = others[here["definition"] == choice["definition"]]
        for other in others.unique():
            found = here[(here[part] == other) & (here[kept] == choice[kept])]
            names = (kind, criterion, choice[part], other)
            if found.empty:
                why = f"the definition is not compared with {choice['reference']}"
                yield _unavailable(*names, why)
            elif not found["available"].iloc[0]:
                yield _unavailable(*names, found["reason"].iloc[0])
            else:
                answers = own.answers.copy()
                answers[place] = own.choices.answers[found.index[0]]
                yield own.row_of_all(*names, TYPE_OF_CELL[cells_of(*answers)])


def _windows_moved(own: _Own) -> Iterator[dict[str, Any]]:
    keys = ["criterion", "definition", "reference"]
    wanted = own.rows.set_index(keys).index
    table = own.choices.table
    same = table[pd.MultiIndex.from_frame(table[keys]).isin(wanted)]
    for window in table["window"].unique():
        if window == AS_ASKED:
            continue
        here = same[same["window"] == window]
        names = ("window_moved", "window", AS_ASKED, window)
        if here["available"].all():
            types = TYPE_OF_CELL[cells_of(*own.choices.answers[here.index])]
            yield own.row_of_all(*names, types)
        else:
            lacking = here[~here["available"]]
            said = lacking["criterion"] + ": " + lacking["reason"]
            yield _unavailable(*names, "; ".join(said))


def _no_unit_in(spec: Mapping[str, Any], plan_: Plan) -> str:
    """Return why no unit can be left out of a criterion's reference, or nothing."""
    reference = spec["reference"]
    if not plan_.dates:
        return f"the indicator cannot be had: {plan_.why_not}"
    if not isinstance(reference, str):
        return f"the reference is the number {csvio.cell(float(reference))}, no unit goes into it"
    if reference == "zero":
        return "the reference is zero, no unit goes into it"
    if reference.endswith("_aggregate") and spec["aggregate"]["by"] == "published_total":
        return "the reference is published, no unit goes into it"
    return ""


def _left_out(
    own: _Own,
    case: Mapping[str, Any],
    criterion: str,
    values: np.ndarray,
    towns: pd.DataFrame,
    plan_: Plan,
    without: pd.DataFrame,
    thresholds: pd.Series,
) -> list[dict[str, Any]]:
    """Return the rows of one criterion: ``without`` one unit, against the ``thresholds`` of the case."""
    level = "" if plan_.level == case["geography"]["level"] else plan_.level
    names = dict(zip(towns["unit"], towns["name"], strict=True))
    rows = []
    for part, pieces in _moved(
        own, case, criterion, values, towns, plan_, without, thresholds
    ).items():
        was, becomes, units, types = zip(*pieces, strict=True)
        row = own.row(
            "unit_left_out",
            f"{criterion} without {part} ({level or names[part]})",
            "; ".join(map(csvio.cell, was)),
            "; ".join(map(csvio.cell, becomes)),
            np.concatenate(units),
            np.concatenate(types),
        )
        rows.append((-row["units_changed"], part, row))
    rows.sort(key=lambda entry: entry[:2])
    others = without["left_out"].nunique() - len(rows)
    listed = [row for *_, row in rows]
    if others:
        what = f"{level} areas" if level else "units"
        changed = f"{criterion} without each of the {'other ' if rows else ''}{others} {what}"
        nobody = np.array([], dtype=int)
        listed.append(own.row("unit_left_out", changed, "", "", nobody, own.types[nobody]))
    return listed


def _moved(
    own: _Own,
    case: Mapping[str, Any],
    criterion: str,
    values: np.ndarray,
    towns: pd.DataFrame,
    plan_: Plan,
    without: pd.DataFrame,
    thresholds: pd.Series,
) -> dict[str, list[tuple[float, float, np.ndarray, np.ndarray]]]:
    """Return, for each part left out that moves another unit, per group: reference before and after,
    units that may move (positions), and their types then."""
    spec, decimals = case["criteria"][criterion], case["comparison_decimals"]
    place = list(CRITERIA).index(criterion)
    areas = areas_of(plan_.level, towns, case["geography"]).to_numpy()
    groups = groups_of(spec["reference"], towns).to_numpy()
    rounded = np.round(values, decimals)
    turned = own.answers.copy()
    turned[place] = np.where(turned[place] == -1, -1, 1 - turned[place])
    turning = TYPE_OF_CELL[cells_of(*turned)] != own.types
    # A value equal to the lower threshold turns, and one equal to the upper does not; or the reverse.
    side = "left" if spec["holds_if"] in ("at_least", "below") else "right"
    found: dict[str, list[tuple[float, float, np.ndarray, np.ndarray]]] = {}
    for group, rows in without.groupby("group", sort=True):
        members = np.flatnonzero((groups == group) & ~np.isnan(values))
        # Only units between the two thresholds turn; by value they stand side by side.
        order = members[np.argsort(rounded[members], kind="stable")]
        was, becomes = thresholds.get(group, np.nan), rows["value"].to_numpy()
        ends = np.searchsorted(rounded[order], np.round([[was], *becomes[:, None]], decimals), side)
        low, high = np.minimum(ends[0], ends[1:])[:, 0], np.maximum(ends[0], ends[1:])[:, 0]
        unknown = np.isnan(becomes) | np.isnan(was)
        low, high = np.where(unknown, 0, low), np.where(unknown, len(order), high)
        turns = np.concatenate([[0], np.cumsum(turning[order])])
        for hit in np.flatnonzero(unknown | (turns[high] > turns[low])):
            part = rows["left_out"].iloc[hit]
            units = order[low[hit] : high[hit]]
            units = units[areas[units] != part]
            answers = own.answers[:, units]
            answers[place] = holds(values[units], becomes[hit], spec["holds_if"], decimals)
            types = TYPE_OF_CELL[cells_of(*answers)]
            if (types != own.types[units]).any():
                found.setdefault(part, []).append((was, float(becomes[hit]), units, types))
    return found

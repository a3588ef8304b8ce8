"""Which rules give a list of known towns their known types: combinations of choices, and thresholds."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from smstra.errors import GeographyError, SourceError
from smstra.indicators import Vocabulary
from smstra.lookup import Figures
from smstra.robustness.choices import Choices, values_under
from smstra.robustness.schemes import (
    COMBINATION_COLUMNS,
    Combinations,
    chosen,
    types_in_parts,
)
from smstra.typology import CELLS, CRITERIA, TYPES

KNOWN_COLUMNS = ["unit", "type"]
_CHOICE_COLUMNS = COMBINATION_COLUMNS[: COMBINATION_COLUMNS.index(TYPES[0])]
COLUMNS = [*_CHOICE_COLUMNS, "matched", "of", "gives"]
THRESHOLD_COLUMNS = [
    "criterion",
    "definition",
    "window",
    "measured_from",
    "indicator",
    "holds_if",
    "outcome",
    "lowest",
    "lowest_included",
    "highest",
    "highest_included",
    "towns_yes",
    "towns_no",
    "towns_without_value",
]
# The answer of each type to each criterion; `mixed` leaves every single answer open.
_ANSWERS = {cell: answers for answers, cell in CELLS.items() if cell in TYPES}
_KNOWN_TYPES = TYPES[: TYPES.index("undetermined")]
# For each direction: whether the threshold's own value is a yes, and whether great values are.
_DIRECTIONS = {
    "at_least": (True, True),
    "above": (False, True),
    "at_most": (True, False),
    "below": (False, False),
}
_REFERENCES = ("national_aggregate", "national_median")


def read_known(path: Path, units: pd.DataFrame) -> pd.DataFrame:
    """Return the towns of a private CSV ``unit,type`` (UTF-8, commas), sorted by unit.

    ``type`` is A, B, C, D or mixed. The file may hold what was told in confidence, so messages name
    lines and nothing of what stands in them.

    Parameters
    ----------
    units
        The units of the case (column ``unit``).

    Raises
    ------
    SourceError
        The file is missing, is not such a table, or names a town twice.
    GeographyError
        A code is no unit of the case.
    """
    name = path.as_posix()
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise SourceError(
            f"{name}: the file of `robustness.known_cases` cannot be read; mend the path, or remove the "
            "key."
        ) from error
    except UnicodeDecodeError:
        # The cause is not shown: it holds the bytes of the file.
        raise SourceError(f"{name}: this is not text in UTF-8; save it as CSV in UTF-8.") from None
    codes, lines = set(units["unit"]), {}
    rows: list[tuple[str, str]] = []
    for line, cells in _lines(text, name):
        unit, type_ = cells
        if type_ not in _KNOWN_TYPES:
            raise SourceError(
                f"{name}, line {line}: its type is not known; write one of {', '.join(_KNOWN_TYPES)}."
            )
        if unit not in codes:
            raise GeographyError(
                f"{name}, line {line}: its code is no unit of the case; write it as in units.csv, with "
                "its leading zeros."
            )
        if unit in lines:
            raise SourceError(
                f"{name}, line {line}: it names the town of line {lines[unit]} again; remove one of them."
            )
        lines[unit] = line
        rows.append((unit, type_))
    return pd.DataFrame(sorted(rows), columns=KNOWN_COLUMNS, dtype=object)


def _lines(text: str, name: str) -> list[tuple[int, list[str]]]:
    """Return the lines below the header with their numbers, blank ones left out."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
    except csv.Error:
        raise SourceError(
            f"{name}, line {reader.line_num}: a quote is not closed or stands inside a cell; mend it."
        ) from None
    lines = [(line, cells) for line, cells in lines if any(cells)]
    if not lines or lines[0][1] != KNOWN_COLUMNS:
        raise SourceError(
            f"{name}: the first line is not `unit,type`; write it so, with a comma between the cells."
        )
    for line, cells in lines[1:]:
        if len(cells) != len(KNOWN_COLUMNS):
            raise SourceError(
                f"{name}, line {line}: it has {len(cells)} cells and not two; write `unit,type`."
            )
    return lines[1:]


def consistent_rules(
    choices: Choices, combined: Combinations, known: pd.DataFrame | None
) -> pd.DataFrame:
    """Return how many of the known towns get their type under each combination of choices.

    An honest inverse of a rule that was never published: combinations that give all of them cannot be
    told apart by these towns, those that give none are ruled out.

    Parameters
    ----------
    known
        From :func:`read_known`; None or empty gives an empty table.

    Returns
    -------
    DataFrame
        ``COLUMNS``, sorted by ``matched``, the most first, then ``combination``, as numbered in
        combinations.csv. ``of`` counts the known towns; ``gives`` is ``all``, ``most`` (more than
        half), ``some`` or ``none``. A town that a combination leaves undetermined is not matched. No
        code or name of a town stands in it, but with the types of all towns under each combination it
        can be worked out which towns were known: the table is as private as the file.
    """
    if known is None or known.empty:
        return pd.DataFrame(columns=COLUMNS)
    places = pd.Index(choices.units).get_indexer(known["unit"])
    there = Choices(choices.table, choices.answers[:, places], tuple(known["unit"]))
    wanted = known["type"].map(TYPES.index).to_numpy()
    matched = np.zeros(len(combined), dtype=np.int64)
    for part, types in types_in_parts(there, combined):
        matched += (types == wanted[part][:, None]).sum(axis=0)
    table = chosen(choices, combined)
    table["matched"] = matched
    table["of"] = len(known)
    steps = [matched == len(known), 2 * matched > len(known), matched > 0]
    table["gives"] = np.select(steps, ["all", "most", "some"], "none")
    return table.sort_values(["matched", "combination"], ascending=[False, True])[
        COLUMNS
    ].reset_index(drop=True)


def consistent_thresholds(
    case: Mapping[str, Any],
    choices: Choices,
    known: pd.DataFrame | None,
    figures: Figures,
    units: pd.DataFrame,
    variables: Vocabulary,
) -> pd.DataFrame:
    """Return between which bounds one threshold for all gives every known town its answers.

    A town known as A to D fixes its answer to each criterion; a mixed one fixes none of them alone and
    is left out. Bounds are values of known towns, so this table tells as much as the private file.

    Returns
    -------
    DataFrame
        ``THRESHOLD_COLUMNS``: one row a criterion, definition with an indicator, window, and
        ``measured_from``: ``zero``, or the national aggregate (else the median) of the same definition
        and window, which is then taken off. ``outcome``: ``possible``, ``contradiction`` (no threshold
        can be) or ``no_answers`` (no town of A to D with a value). Bounds in the indicator's unit,
        rounded to the case's ``comparison_decimals``; empty on a side that no town bounds, and where
        there is no threshold. ``towns_without_value`` are known, but nothing can be said of them.
    """
    if known is None:
        return pd.DataFrame(columns=THRESHOLD_COLUMNS)
    typed = known[known["type"].isin(list(_ANSWERS))]
    if typed.empty:
        return pd.DataFrame(columns=THRESHOLD_COLUMNS)
    places = pd.Index(choices.units).get_indexer(typed["unit"])
    rows = []
    for place, criterion in enumerate(CRITERIA):
        wanted = np.array([_ANSWERS[type_][place] for type_ in typed["type"]])
        table = choices.table[choices.table["criterion"] == criterion]
        under = values_under(case, criterion, figures, units, variables)
        for (definition, window), values in under.items():
            here = table[(table["definition"] == definition) & (table["window"] == window)]
            for measured_from, origin in [("zero", 0.0), *_relative_to(here)]:
                rows.append(
                    {
                        "criterion": criterion,
                        "definition": definition,
                        "window": window,
                        "measured_from": measured_from,
                        "indicator": here["indicator"].iloc[0],
                        "holds_if": here["holds_if"].iloc[0],
                        **_bounds(
                            np.round(values[places] - origin, case["comparison_decimals"]),
                            wanted,
                            here["holds_if"].iloc[0],
                        ),
                    }
                )
    return pd.DataFrame(rows, columns=THRESHOLD_COLUMNS)


def _relative_to(here: pd.DataFrame) -> list[tuple[str, float]]:
    """Return the national reference of a definition in a window, the aggregate if there is one."""
    able = here[here["available"]].set_index("reference")["threshold"].dropna()
    return [(name, float(able[name])) for name in _REFERENCES if name in able.index][:1]


def _bounds(values: np.ndarray, wanted: np.ndarray, holds_if: str) -> dict[str, Any]:
    """Return between which values a threshold parts the towns with a yes from those with a no."""
    there = ~np.isnan(values)
    yes, no = values[there & wanted], values[there & ~wanted]
    included, upwards = _DIRECTIONS[holds_if]
    below, above = (no, yes) if upwards else (yes, no)
    lowest = below.max() if len(below) else np.nan
    highest = above.min() if len(above) else np.nan
    # A threshold may equal the value of a town with a yes exactly if equal values are a yes.
    high_in = included == upwards
    outcome = "possible"
    if not there.any():
        outcome = "no_answers"
    elif lowest >= highest:
        outcome = "contradiction"
    possible = outcome == "possible"
    return {
        "outcome": outcome,
        "lowest": lowest if possible else np.nan,
        "lowest_included": (not high_in) if possible and len(below) else None,
        "highest": highest if possible else np.nan,
        "highest_included": high_in if possible and len(above) else None,
        "towns_yes": len(yes),
        "towns_no": len(no),
        "towns_without_value": int((~there).sum()),
    }

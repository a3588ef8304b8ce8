"""Stability intervals: how far a threshold may move before a unit's type changes; typicality."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from smstra.errors import DataError, listing
from smstra.exact import population_sd, significant
from smstra.typology import (
    CELL_NAMES,
    CRITERIA,
    TYPE_OF_CELL,
    TYPES,
    UNDETERMINED_CELL,
    cells_of,
    holds,
)

COLUMNS = [
    "unit",
    "name",
    "type",
    "criterion",
    "indicator",
    "unit_of_measure",
    "value",
    "threshold",
    "answer",
    "keeps_from",
    "keeps_to",
    "keeps_from_included",
    "keeps_to_included",
    "slack",
    "slack_ranks",
    "slack_ties",
    "slack_standardised",
    "type_if_crossed",
    "cell_if_crossed",
    "flips_first",
    "nearest_distance",
    "typicality",
    "typicality_rank",
]
# Those that are numbers, for csvio.read.
NUMBERS = (
    "value",
    "threshold",
    "keeps_from",
    "keeps_to",
    "slack",
    "slack_ranks",
    "slack_ties",
    "slack_standardised",
    "nearest_distance",
    "typicality",
    "typicality_rank",
)


def intervals(
    case: Mapping[str, Any], typology: pd.DataFrame, references: pd.DataFrame
) -> pd.DataFrame:
    """Return, for each unit and criterion, how far that threshold alone may move.

    The idea is that of the threshold ranges of QCA's robustness tests (Oana and Schneider 2021,
    ``rob.calibrange``), found here exactly: an answer changes where the threshold passes the unit's own
    value, and nowhere else. A region's threshold moves by itself where the reference is regional.

    Values and thresholds stand as they are compared, rounded to ``comparison_decimals``; so do the
    bounds. A threshold with more decimals counts as the one that it rounds to.

    Parameters
    ----------
    case
        ``criteria`` and ``comparison_decimals`` are read.
    typology
        As :func:`smstra.typology.classify` makes it, in any order of rows.
    references
        As :func:`smstra.typology.references` makes it; the unit of measure is read.

    Returns
    -------
    DataFrame
        ``COLUMNS``, one row a unit and criterion, sorted by unit, then in the order of ``CRITERIA``.

        ``keeps_from, keeps_to``: the thresholds for which the type stays, empty where there is no
        bound; ``*_included`` says whether the bound itself belongs to them (empty without a bound).
        ``slack``: the distance from the threshold to the bound, in the unit of measure (percentage
        points for percent); 0 for a unit on its threshold; empty if the type does not change
        however far this threshold moves. ``slack_ranks``: how many other classified units under
        the same threshold (of the country, or of the region) change their answer strictly before
        this one as the threshold moves towards its value; ``slack_ties``: how many at the same point,
        as towns do that share the rate of a larger area. ``slack_standardised``: the slack in
        population standard deviations of the indicator over the classified units; empty if they
        all have one value. ``type_if_crossed, cell_if_crossed``: type and cell with this answer
        alone the other way round. ``flips_first``: the criterion has the unit's least standardised
        slack (all of them, where several do). ``nearest_distance``: that slack.
        ``typicality``: the least standardised distance of the three values from their thresholds,
        which unlike ``nearest_distance`` counts a step from one mixed cell to another.
        ``typicality_rank``: 1 for the unit of its type deepest inside its cell; ties share the lowest.

        An undetermined unit has its values, thresholds and answers where they are known, and nothing
        else; it changes no other unit's row.

    Raises
    ------
    DataError
        A type in ``typology`` does not follow from its values and references.
    """
    decimals = case["comparison_decimals"]
    table = typology.sort_values("unit", ignore_index=True)
    specs = [case["criteria"][criterion] for criterion in CRITERIA]
    values = _rounded(table[list(CRITERIA.values())], decimals)
    thresholds = _rounded(table[[f"{name}_reference" for name in CRITERIA.values()]], decimals)
    answers = np.stack(
        [
            holds(values[:, i], thresholds[:, i], spec["holds_if"], decimals)
            for i, spec in enumerate(specs)
        ],
        axis=1,
    )
    cells = cells_of(*answers.T)
    types = TYPE_OF_CELL[cells]
    _refuse_other_types(table, types)
    known = (cells != UNDETERMINED_CELL)[:, None]
    crossed = np.stack([cells_of(*_flipped(answers, i).T) for i in range(len(specs))], axis=1)
    changes = known & (TYPE_OF_CELL[crossed] != types[:, None])

    distances = np.round(np.abs(values - thresholds), decimals)
    spreads = np.array([population_sd(column) for column in values[known[:, 0]].T])
    standardised = significant(np.where(known, distances, np.nan) / spreads)
    slack = np.where(changes, standardised, np.nan)
    nearest = _least(slack)
    typicality = _least(standardised)

    # "Yes" ends where the threshold rises past the value for at_least and above, and where it falls
    # past it for the other two; "no" ends the other way. Whoever is on the side that takes equality
    # in keeps its answer at the value itself.
    yes = answers == 1
    rises = yes == np.array([spec["holds_if"] in ("at_least", "above") for spec in specs])
    included = yes == np.array([spec["holds_if"] in ("at_least", "at_most") for spec in specs])
    to, from_ = changes & rises, changes & ~rises
    measured = references.drop_duplicates("criterion").set_index("criterion")["unit_of_measure"]

    def each(column: np.ndarray | pd.Series) -> np.ndarray:
        return np.repeat(np.asarray(column), len(specs))

    before, together = _others(table, specs, answers, distances, known[:, 0])
    ranks = pd.Series(typicality).groupby(types).rank(method="min", ascending=False)
    return pd.DataFrame(
        {
            "unit": each(table["unit"]),
            "name": each(table["name"]),
            "type": each(table["type"]),
            "criterion": np.tile([*CRITERIA], len(table)),
            "indicator": np.tile([spec["indicator"] for spec in specs], len(table)),
            "unit_of_measure": np.tile([measured.get(name, "") for name in CRITERIA], len(table)),
            "value": values.ravel(),
            "threshold": thresholds.ravel(),
            "answer": np.where(answers >= 0, yes, None).ravel(),
            "keeps_from": np.where(from_, values, np.nan).ravel(),
            "keeps_to": np.where(to, values, np.nan).ravel(),
            "keeps_from_included": np.where(from_, included, None).ravel(),
            "keeps_to_included": np.where(to, included, None).ravel(),
            "slack": np.where(changes, distances, np.nan).ravel(),
            "slack_ranks": np.where(changes, before, np.nan).ravel(),
            "slack_ties": np.where(changes, together, np.nan).ravel(),
            "slack_standardised": slack.ravel(),
            "type_if_crossed": np.where(
                known, np.array(TYPES, object)[TYPE_OF_CELL[crossed]], ""
            ).ravel(),
            "cell_if_crossed": np.where(known, np.array(CELL_NAMES, object)[crossed], "").ravel(),
            "flips_first": np.where(known, slack == nearest[:, None], None).ravel(),
            "nearest_distance": each(nearest),
            "typicality": each(typicality),
            "typicality_rank": each(ranks),
        },
        columns=COLUMNS,
    )


def _rounded(columns: pd.DataFrame, decimals: int) -> np.ndarray:
    # Adding zero turns -0.0 into 0.0.
    return np.round(columns.to_numpy(float), decimals) + 0.0


def _flipped(answers: np.ndarray, place: int) -> np.ndarray:
    """Return the answers (units x 3) with one criterion's yes and no exchanged; -1 stays."""
    other = answers.copy()
    column = answers[:, place]
    other[:, place] = np.where(column < 0, column, 1 - column)
    return other


def _refuse_other_types(table: pd.DataFrame, types: np.ndarray) -> None:
    wrong = table["unit"][np.array(TYPES, object)[types] != table["type"].to_numpy()]
    if len(wrong):
        raise DataError(
            f"typology.csv: the type of {listing(wrong)} does not follow from the values, references and "
            "the case's criteria; delete the file and run again."
        )


def _least(distances: np.ndarray) -> np.ndarray:
    """Return the least of each row, leaving out NaN; NaN where a row has nothing else."""
    least = np.where(np.isnan(distances), np.inf, distances).min(axis=1)
    return np.where(np.isinf(least), np.nan, least)


def _others(
    table: pd.DataFrame,
    specs: list[Mapping[str, Any]],
    answers: np.ndarray,
    distances: np.ndarray,
    known: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return how many known units of the same threshold change before each, and with it (units x 3).

    Under one threshold, units with the same answer change it when the threshold moves the same way,
    the nearer the sooner; those with the other answer keep it.
    """
    before, together = np.full((2, *answers.shape), np.nan)
    for place, spec in enumerate(specs):
        reference = spec["reference"]
        regional = isinstance(reference, str) and reference.startswith("region_")
        keys = [answers[known, place]] + ([table["region"].to_numpy()[known]] if regional else [])
        near = pd.Series(distances[known, place]).groupby(keys)
        first = near.rank(method="min").to_numpy()
        before[known, place] = first - 1
        together[known, place] = near.rank(method="max").to_numpy() - first
    return before, together

"""How probable is each type? Measurement errors and thresholds drawn together, many times.

The propagation of distributions by Monte Carlo (JCGM 101:2008, Supplement 1 to the Guide to the
Expression of Uncertainty in Measurement): every published figure gets one error in each draw, wherever
it is used; indicators and references are computed from the figures of the draw, then each criterion's
thresholds are shifted once. A probability is the share of the draws that give the type.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from smstra.exact import significant
from smstra.indicators import Vocabulary
from smstra.measures import unit_of_differences
from smstra.robustness.measurement_error import Key, in_words
from smstra.robustness.probability_model import Model, model_of
from smstra.typology import CRITERIA, TYPE_OF_CELL, TYPES, cells_of, holds

__all__ = [
    "Counts",
    "Model",
    "assumptions",
    "checkpoints",
    "convergence",
    "draw",
    "model_of",
    "probabilities",
]
COLUMNS = [
    "unit",
    "name",
    "type",
    *(f"p_{type_}" for type_ in TYPES),
    *(f"se_{type_}" for type_ in TYPES[:-1]),
    "most_probable_type",
    "p_type",
    "se_type",
    "draws",
]
# Those that are numbers, for csvio.read.
NUMBERS = [name for name in COLUMNS[3:] if name != "most_probable_type"]
CONVERGENCE_COLUMNS = [
    "draws",
    "largest_se",
    "largest_change",
    "mean_change",
    "units_whose_most_probable_type_differs_from_the_last",
]
ASSUMPTION_COLUMNS = [
    "criterion",
    "indicator",
    "figure",
    "level",
    "component",
    "value",
    "unit_of_measure",
    "applies_to",
    "applies_to_what",
    "because",
]
# Numbers held at once: few enough for a processor's cache, enough to make NumPy's calls worth it.
_AT_ONCE = 2**18
_ANSWERS = np.array([*itertools.product((0, 1), repeat=3)], dtype=np.int8)
# Three answers of 1, 0 or -1 as one number that no other three give.
_PLACES = np.array([9, 3, 1], dtype=np.int8)
_CODES = _ANSWERS @ _PLACES
_TYPES_OF_CODES = TYPE_OF_CELL[cells_of(*_ANSWERS.T)]


@dataclass(frozen=True)
class Counts:
    """How often each unit had each type: ``types`` (checkpoints, units, ``TYPES``) after ``draws``."""

    draws: tuple[int, ...]
    types: np.ndarray


def checkpoints(draws: int, points: int = 10) -> tuple[int, ...]:
    """Return at most ``points`` numbers of draws, evenly spaced, of which the last is ``draws``."""
    return tuple(sorted({math.ceil(draws * point / points) for point in range(1, points + 1)}))


def draw(
    model: Model,
    draws: int,
    seed: int,
    checkpoints: Sequence[int] = (),
    at_once: int | None = None,
) -> Counts:
    """Draw all errors and thresholds ``draws`` times and count the types of every unit.

    Draw number d takes its random numbers from a Philox generator with the key ``(seed, d)``, so no
    result depends on how many draws are made together. In a draw come first the standard normal
    numbers: of the figures, sorted by variable, date, level and area; of the units, by criterion; of the
    thresholds, by criterion. Then the uniform numbers of the figures in the same order, two for each
    randomly rounded figure.

    Parameters
    ----------
    checkpoints
        Numbers of draws after which the counts are kept, beside ``draws``.
    at_once
        How many draws are made together; as many as suit the number of units if left out.
    """
    units, figures, noisy = len(model.units), model.sheet.normals, model.noisy
    normals = figures + units * len(noisy) + len(model.criteria)
    together = at_once or max(1, _AT_ONCE // max(normals, model.sheet.uniforms, units))
    normal = np.empty((together, normals))
    uniform = np.empty((together, model.sheet.uniforms))
    cells = np.zeros((len(_CODES), units), dtype=np.int64)
    kept, types = sorted({*checkpoints, draws}), []
    for first, last in _chunks(kept, together):
        for row, number in enumerate(range(first, last)):
            key = np.array([seed % 2**64, number], dtype=np.uint64)
            stream = np.random.Generator(np.random.Philox(key=key))
            stream.standard_normal(out=normal[row])
            stream.random(out=uniform[row])
        codes = _codes(model, normal[: last - first], uniform[: last - first])
        for i, code in enumerate(_CODES):
            found = codes == code
            # One row stands for all draws where nothing moves.
            times = (last - first) // len(codes)
            cells[i] += times * (found[0] if len(found) == 1 else found.sum(axis=0))
        if last in kept:
            types.append(_by_type(cells, last))
    return Counts(tuple(kept), np.stack(types))


def _chunks(ends: Sequence[int], together: int) -> Iterator[tuple[int, int]]:
    for start, end in itertools.pairwise([0, *ends]):
        for first in range(start, end, together):
            yield first, min(first + together, end)


def _codes(model: Model, normal: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """Return the three answers of units as one code, (draws, units), or (1, units) if none moves."""
    at = model.sheet.normals
    figures = model.sheet.drawn(normal, uniform)
    noise = {}
    for indicator, standard_error in model.noisy.items():
        noise[indicator] = normal[:, at : at + len(model.units)]
        noise[indicator] *= standard_error
        at += len(model.units)
    code: Any = 0
    for i, (criterion, place) in enumerate(zip(model.criteria, _PLACES, strict=True)):
        values = criterion.values_at(figures, noise.get(criterion.indicator))
        shift = normal[:, at + i : at + i + 1] * criterion.spread if criterion.spread else None
        thresholds = criterion.thresholds_at(figures, values, shift)
        code = code + place * holds(values, thresholds, criterion.holds_if, model.decimals)
    return code


def _by_type(cells: np.ndarray, draws: int) -> np.ndarray:
    """Return counts (units, ``TYPES``) from those of the eight cells; the rest is undetermined."""
    types = np.zeros((cells.shape[1], len(TYPES)), dtype=np.int32)
    for count, type_ in zip(cells, _TYPES_OF_CODES, strict=True):
        types[:, type_] += count.astype(np.int32)
    types[:, TYPES.index("undetermined")] = draws - cells.sum(axis=0)
    return types


# --- tables -------------------------------------------------------------------------------------


def _most_probable(types: np.ndarray) -> np.ndarray:
    """Return for each unit the set of its most frequent types, as bits in the order of ``TYPES``."""
    largest = types == types.max(axis=1, keepdims=True)
    return largest @ (1 << np.arange(len(TYPES)))


def probabilities(model: Model, counts: Counts, typology: pd.DataFrame) -> pd.DataFrame:
    """Return the probability of each type for every unit, with its standard error.

    Returns
    -------
    DataFrame
        ``COLUMNS``, sorted by unit. ``p_*`` are fractions of the draws, ``se_*`` their standard errors
        ``sqrt(p (1 - p) / draws)``; ``most_probable_type`` joins ties with ``;``; ``p_type`` and
        ``se_type`` are those of the unit's own ``type``.
    """
    types, draws = counts.types[-1], counts.draws[-1]
    share = np.arange(draws + 1) / draws
    error = significant(np.sqrt(share * (1 - share) / draws))
    table = typology.set_index("unit").loc[model.units, ["name", "type"]].reset_index()
    for i, type_ in enumerate(TYPES):
        table[f"p_{type_}"] = share[types[:, i]]
        table[f"se_{type_}"] = error[types[:, i]]
    words = [
        ";".join(type_ for bit, type_ in enumerate(TYPES) if bits >> bit & 1)
        for bits in range(1 << len(TYPES))
    ]
    table["most_probable_type"] = np.array(words, dtype=object)[_most_probable(types)]
    places = table["type"].map({type_: i for i, type_ in enumerate(TYPES)}).to_numpy(int)
    own = types[np.arange(len(types)), places]
    return table.assign(p_type=share[own], se_type=error[own], draws=draws)[COLUMNS]


def convergence(counts: Counts) -> pd.DataFrame:
    """Return how the probabilities settle: one row a checkpoint, ``CONVERGENCE_COLUMNS``.

    Over the probabilities of all types but undetermined, of the units that some draw determines:
    ``largest_se``, and ``largest_change`` and ``mean_change`` since the checkpoint before (empty in the
    first row). The last column counts units whose most probable type is not yet that of the last row.
    """
    some = counts.types[-1][:, -1] < counts.draws[-1]
    last, before, rows = _most_probable(counts.types[-1]), None, []
    for draws, types in zip(counts.draws, counts.types, strict=True):
        share = types[some, :-1] / draws
        change = np.abs(share - before) if before is not None and some.any() else np.array([np.nan])
        rows.append(
            {
                "draws": draws,
                "largest_se": np.sqrt((share * (1 - share)).max(initial=0.0) / draws),
                "largest_change": change.max(),
                "mean_change": change.mean(),
                "units_whose_most_probable_type_differs_from_the_last": int(
                    (_most_probable(types) != last).sum()
                ),
            }
        )
        before = share
    table = pd.DataFrame(rows, columns=CONVERGENCE_COLUMNS)
    for column in CONVERGENCE_COLUMNS[1:4]:
        table[column] = significant(table[column])
    return table


def assumptions(case: Mapping[str, Any], model: Model, variables: Vocabulary) -> pd.DataFrame:
    """Return every error that the model draws, and which figures it takes as exact.

    Returns
    -------
    DataFrame
        ``ASSUMPTION_COLUMNS``: figures by variable and level, then errors of units, then thresholds.
        ``value`` is in ``unit_of_measure`` (a threshold's is the standard deviation of its shift);
        ``applies_to`` is how many figures, units or thresholds (``applies_to_what``) have it.
    """
    settings = case["robustness"]["probabilities"]
    rows = list(_assumed_of_figures(settings, model, variables))
    for criterion in model.criteria:
        whose = {"criterion": criterion.name, "indicator": criterion.indicator}
        known = int((~np.isnan(criterion.values)).sum())
        for error in criterion.unit_errors:
            rows.append(
                {
                    **whose,
                    "component": error.component,
                    "value": error.standard_error,
                    "unit_of_measure": unit_of_differences(criterion.unit_of_measure),
                    "applies_to": known,
                    "applies_to_what": "units",
                    "because": error.because,
                }
            )
    for criterion in model.criteria:
        if criterion.spread:
            known = int((~np.isnan(criterion.values)).sum())
            spread = settings["threshold_spread"][criterion.name]
            rows.append(
                {
                    "criterion": criterion.name,
                    "indicator": criterion.indicator,
                    "component": "threshold",
                    "value": criterion.spread,
                    "unit_of_measure": unit_of_differences(criterion.unit_of_measure),
                    "applies_to": len(criterion.reference.groups),
                    "applies_to_what": "thresholds",
                    "because": f"{spread} standard deviations of the indicator over {known} units",
                }
            )
    table = pd.DataFrame(rows, columns=ASSUMPTION_COLUMNS)
    table["value"] = significant(table["value"])
    return table.fillna({"figure": "", "level": ""})


def _assumed_of_figures(
    settings: Mapping[str, Any], model: Model, variables: Vocabulary
) -> Iterator[dict[str, Any]]:
    indicators = {criterion.name: criterion.indicator for criterion in model.criteria}
    by_level: dict[tuple[str, str], list[Key]] = {}
    for key in model.sheet.blocks:
        by_level.setdefault((key[0], key[2]), []).append(key)
    for (variable, level), keys in sorted(by_level.items()):
        used = [name for name in CRITERIA if any(name in model.used_by[key] for key in keys)]
        blocks = [model.sheet.blocks[key] for key in keys]
        whose = {
            "criterion": ";".join(used),
            "indicator": ";".join(dict.fromkeys(indicators[name] for name in used)),
            "figure": variable,
            "level": level,
            "applies_to_what": "figures",
        }
        spec = settings["errors"][variable]
        there = [~np.isnan(block.values) for block in blocks]
        for component, value, unit in in_words(
            variable, spec, level, variables[variable]["unit_of_measure"]
        ):
            yield {
                **whose,
                "component": component,
                "value": value,
                "unit_of_measure": unit,
                "applies_to": int(sum(t.sum() for t in there)),
                "because": spec["because"],
            }
        flags = [
            block.flags[t]
            for block, t in zip(blocks, there, strict=True)
            if block.errors.normal is not None
        ]
        found, numbers = np.unique(np.concatenate(flags or [[""]]), return_counts=True)
        for flag, number in zip(found.tolist(), numbers.tolist(), strict=True):
            if flag:
                yield {
                    **whose,
                    "component": f"flag_{flag}",
                    "value": settings["flagged_times"][flag],
                    "unit_of_measure": "times the standard error",
                    "applies_to": number,
                    "because": f"the source flags these figures {flag}",
                }

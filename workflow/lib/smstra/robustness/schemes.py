"""The scheme map: every unit's type under every combination of choices that the data allow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from smstra.robustness.choices import Choices
from smstra.typology import CELLS, CRITERIA, TYPE_OF_CELL, TYPES, cells_of

# How `types` in schemes.csv writes each of TYPES: mixed is m, undetermined u.
LETTERS = "ABCDmu"
COMBINATION_COLUMNS = [
    "combination",
    "own",
    "window",
    *(f"{column}_{part}" for column in CRITERIA.values() for part in ("definition", "scheme")),
    *TYPES,
    "agreeing",
]
SCHEME_COLUMNS = [
    "unit",
    "name",
    "region",
    "type",
    "combinations",
    "determined",
    *TYPES,
    "agreeing",
    "share_agreeing",
    "modal_type",
    "modal_share",
    "runner_up",
    "runner_up_share",
    "types",
]
# The columns of schemes.csv that hold numbers.
NUMBERS = [name for name in SCHEME_COLUMNS[4:-1] if name not in ("modal_type", "runner_up")]
_UNDETERMINED = TYPES.index("undetermined")
# Which choices of each criterion are combined with which.
Block = tuple[np.ndarray, np.ndarray, np.ndarray]
# Units whose types are made at once: so many bytes at most stand in memory.
_BYTES_AT_ONCE = 4_000_000
_ASCII = np.frombuffer(LETTERS.encode("ascii"), dtype=np.uint8)


@dataclass(frozen=True)
class Combinations:
    """All combinations of a choice for each criterion, all three in the same window.

    ``places`` (combinations x 3) are the rows of :attr:`Choices.table`; ``blocks`` says, window by
    window, which choices of each criterion are combined, the last criterion changing fastest.
    """

    places: np.ndarray
    blocks: tuple[Block, ...]
    own: int

    def __len__(self) -> int:
        return len(self.places)


def combinations_of(choices: Choices) -> Combinations:
    """Combine the choices that the data allow, window by window in the order of the case."""
    table = choices.table
    able = table[table["available"]]
    blocks = []
    for window in table["window"].unique():
        here = able[able["window"] == window]
        block = tuple(
            here.index[here["criterion"] == criterion].to_numpy() for criterion in CRITERIA
        )
        if all(len(part) for part in block):
            blocks.append(block)
    grids = [
        np.stack(np.meshgrid(*block, indexing="ij"), axis=-1).reshape(-1, 3) for block in blocks
    ]
    places = np.concatenate(grids) if grids else np.empty((0, 3), dtype=int)
    own = np.flatnonzero(table["own"].to_numpy()[places].all(axis=1))
    return Combinations(places, tuple(blocks), int(own[0]) if len(own) else -1)


def types_in_parts(choices: Choices, combined: Combinations) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield the types (units x combinations, positions in ``TYPES``), some units at a time."""
    count = len(choices.units)
    step = max(1, _BYTES_AT_ONCE // max(1, len(combined)))
    for start in range(0, count, step):
        part = slice(start, min(start + step, count))
        answers = choices.answers[:, part].T
        made = [
            TYPE_OF_CELL[
                cells_of(
                    answers[:, sf][:, :, None, None],
                    answers[:, economy][:, None, :, None],
                    answers[:, population][:, None, None, :],
                )
            ].reshape(len(answers), -1)
            for sf, economy, population in combined.blocks
        ]
        yield (
            part,
            (np.concatenate(made, axis=1) if made else np.empty((len(answers), 0), dtype=np.uint8)),
        )


def chosen(choices: Choices, combined: Combinations) -> pd.DataFrame:
    """Return the number of each combination, whether it is the case's own, and its choices."""
    places, table = combined.places, choices.table
    out = pd.DataFrame({"combination": np.arange(1, len(combined) + 1)})
    out["own"] = np.arange(len(combined)) == combined.own
    out["window"] = table["window"].to_numpy()[places[:, 0]]
    for place, column in enumerate(CRITERIA.values()):
        out[f"{column}_definition"] = table["definition"].to_numpy()[places[:, place]]
        out[f"{column}_scheme"] = table["reference"].to_numpy()[places[:, place]]
    return out


def scheme_map(
    choices: Choices, combined: Combinations, typology: pd.DataFrame, list_types: bool
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the table of units and the table of combinations.

    Parameters
    ----------
    typology
        The case's own types, one row a unit in the order of ``choices.units``.
    list_types
        Whether to fill ``types``: a letter of ``LETTERS`` for each combination, in their order.

    Returns
    -------
    schemes
        ``SCHEME_COLUMNS``, one row a unit. ``A`` to ``undetermined`` count combinations;
        ``determined`` are those with an answer to all three criteria. Shares are percent of
        ``determined`` and empty if there is none; ``share_agreeing`` is empty for a unit that the
        case itself leaves undetermined. ``modal_type`` is the type of most combinations and
        ``runner_up`` the next; equally frequent ones are joined with ``;``.
    combinations
        ``COMBINATION_COLUMNS``, one row a combination: its choices, how many units get which type,
        and how many the type that the case itself gives them.
    """
    own = np.array([TYPES.index(name) for name in typology["type"]], dtype=np.uint8)
    by_unit = _counts_by_unit(choices.answers, combined.blocks)
    agreeing = by_unit[np.arange(len(own)), own]
    by_combination, keeping = _counts_by_combination(choices.answers, combined.blocks, own)
    texts: list[str] = []
    if list_types:
        for _, types in types_in_parts(choices, combined):
            texts += [line.tobytes().decode("ascii") for line in _ASCII[types]]
    return (
        _of_units(typology, by_unit, agreeing, texts),
        _of_combinations(choices, combined, by_combination, keeping),
    )


def _counts_by_unit(answers: np.ndarray, blocks: Sequence[Block]) -> np.ndarray:
    """Return how many combinations give each unit each type (units x types).

    A unit's combinations of a cell are as many as the product of how many choices of each criterion
    give that answer; no combination has to be looked at.
    """
    counts = np.zeros((answers.shape[1], len(TYPES)), dtype=np.int64)
    for block in blocks:
        sides = [
            [np.count_nonzero(answers[part] == side, axis=0) for side in (0, 1)] for part in block
        ]
        for type_, cell in zip(TYPE_OF_CELL, CELLS, strict=False):
            chosen = [side[int(yes)] for side, yes in zip(sides, cell, strict=True)]
            counts[:, type_] += np.prod(chosen, axis=0)
        counts[:, _UNDETERMINED] += np.prod([len(part) for part in block])
    counts[:, _UNDETERMINED] -= counts[:, :_UNDETERMINED].sum(axis=1)
    return counts


def _counts_by_combination(
    answers: np.ndarray, blocks: Sequence[Block], own: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return how many units each combination gives each type, and how many it gives their own.

    Answers are packed, 64 units in a word, so that a cell is two bitwise ands and a count of bits.
    """
    yes, no = _packed(answers == 1), _packed(answers == 0)
    sides, known = (no, yes), yes | no
    typed = _packed(own[None, :] == np.arange(len(TYPES))[:, None])
    lacking = typed[_UNDETERMINED]
    counted, kept = [np.zeros((0, len(TYPES)), dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for sf, economy, population in blocks:
        counts = np.zeros((len(sf), len(economy), len(population), len(TYPES)), dtype=np.int64)
        keeping = np.full(counts.shape[:3], _ones(lacking), dtype=np.int64)
        for place, row in enumerate(economy):
            for type_, cell in zip(TYPE_OF_CELL, CELLS, strict=False):
                inner = sides[cell[1]][row] & sides[cell[2]][population]
                hit = sides[cell[0]][sf][:, None] & inner
                counts[:, place, :, type_] += _ones(hit)
                keeping[:, place] += _ones(hit & typed[type_])
            answered = known[sf][:, None] & (known[row] & known[population] & lacking)
            keeping[:, place] -= _ones(answered)
        counts[..., _UNDETERMINED] = answers.shape[1] - counts.sum(axis=-1)
        counted.append(counts.reshape(-1, len(TYPES)))
        kept.append(keeping.ravel())
    return np.concatenate(counted), np.concatenate(kept)


def _packed(truth: np.ndarray) -> np.ndarray:
    """Return rows of true and false as rows of bits, 64 a word; the bits left over are 0."""
    packed = np.packbits(truth, axis=-1)
    return np.pad(packed, [(0, 0), (0, -packed.shape[-1] % 8)]).view(np.uint64)


def _ones(bits: np.ndarray) -> np.ndarray:
    return np.bitwise_count(bits).sum(axis=-1, dtype=np.int64)


def _of_units(
    typology: pd.DataFrame, counts: np.ndarray, agreeing: np.ndarray, texts: list[str]
) -> pd.DataFrame:
    table = typology[["unit", "name", "region", "type"]].reset_index(drop=True)
    table["combinations"] = counts.sum(axis=1)
    known = counts[:, :_UNDETERMINED]
    determined = known.sum(axis=1)
    table["determined"] = determined
    for place, name in enumerate(TYPES):
        table[name] = counts[:, place]
    itself = table["type"] != "undetermined"
    table["agreeing"] = pd.Series(agreeing, dtype=object).where(itself, None)
    whole = np.where(determined > 0, determined, np.nan)
    table["share_agreeing"] = np.where(itself, 100 * agreeing / whole, np.nan)
    most = known.max(axis=1)
    below = np.where(known < most[:, None], known, -1).max(axis=1)
    table["modal_type"] = _named(known, np.where(determined > 0, most, -2))
    table["modal_share"] = 100 * most / whole
    runs = np.where(below > 0, below, -2)
    table["runner_up"] = _named(known, runs)
    table["runner_up_share"] = np.where(runs > 0, 100 * below / whole, np.nan)
    table["types"] = texts or ""
    return table[SCHEME_COLUMNS]


def _named(counts: np.ndarray, wanted: np.ndarray) -> list[str]:
    """Return the types that have the wanted count, joined with ``;``, unit by unit."""
    hits = counts == wanted[:, None]
    names = {
        row: ";".join(name for name, hit in zip(TYPES, row, strict=False) if hit)
        for row in set(map(tuple, hits.tolist()))
    }
    return [names[tuple(row)] for row in hits.tolist()]


def _of_combinations(
    choices: Choices, combined: Combinations, counts: np.ndarray, keeping: np.ndarray
) -> pd.DataFrame:
    out = chosen(choices, combined)
    for place, name in enumerate(TYPES):
        out[name] = counts[:, place]
    out["agreeing"] = keeping
    return out[COMBINATION_COLUMNS]

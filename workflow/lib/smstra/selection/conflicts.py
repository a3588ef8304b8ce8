"""Why there is no set of towns: the fewest constraints that cannot hold together, in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from smstra.errors import listing
from smstra.selection.constraints import Constraint, Towns, satisfied, words_of
from smstra.selection.programme import Programme

COLUMNS = ["constraint", "says", "why"]


def conflicts(constraints: Sequence[Constraint], towns: Towns) -> pd.DataFrame:
    """Return the smallest conflict among ``constraints``, which no set satisfies.

    Returns
    -------
    DataFrame
        ``constraint`` (its key), ``says`` (what it asks for), ``why`` (the towns there are of the
        kinds in question), one row a constraint of the conflict, in their order.
    """
    found = [constraints[number] for number in smallest_conflict(constraints, towns)]
    rows = [(c.key, c.says, _why(c, found, towns)) for c in found]
    return pd.DataFrame(rows, columns=COLUMNS, dtype=object)


def smallest_conflict(constraints: Sequence[Constraint], towns: Towns) -> list[int]:
    """Return the positions of the fewest constraints that no set of towns satisfies together.

    Of several conflicts with as few, the first in the order of the constraints. Found by hitting
    sets: whatever constraints hold together, a conflict has one of the others. So the smallest
    choice with one of each such "others" is tried; if it can hold, it is extended as far as it
    goes and gives the next "others"; if it cannot, no smaller choice and none before it can be a
    conflict, since each of them misses one of the "others" (Ignatiev et al. 2015, Smallest MUS
    extraction with minimal hitting set dualization, CP 2015).
    """
    others: list[int] = []
    crowds: list[np.ndarray] = []

    def held_with(asked: Sequence[int]) -> list[int] | None:
        """Return all constraints that some set satisfies with those asked; None if there is none."""
        found = Programme(towns, [constraints[n] for n in sorted(asked)], crowds=crowds).any_set()
        if found is None:
            return None
        return [n for n, c in enumerate(constraints) if satisfied(c, towns, found)]

    while True:
        chosen = _first_hitting(others, len(constraints))
        held = held_with(chosen)
        if held is None:
            return chosen
        for number in range(len(constraints)):
            if number not in held:
                held = held_with([*held, number]) or held
        if len(held) == len(constraints):
            raise RuntimeError("the constraints can all hold together")
        others.append(sum(1 << n for n in range(len(constraints)) if n not in held))


def _first_hitting(masks: list[int], count: int) -> list[int]:
    """Return the fewest numbers below ``count`` with one of each mask's bits, the first of such."""

    def search(start: int, left: int, masks: list[int]) -> list[int] | None:
        if not masks:
            return []
        if not left:
            return None
        # Past the last bit of a mask, nothing hits it any more.
        for number in range(start, min(mask.bit_length() for mask in masks)):
            rest = [mask for mask in masks if not mask >> number & 1]
            if len(rest) < len(masks):
                found = search(number + 1, left - 1, rest)
                if found is not None:
                    return [number, *found]
        return None

    for size in range(count + 1):
        found = search(0, size, masks)
        if found is not None:
            return found
    raise RuntimeError("a constraint-free set cannot be in conflict")


def _why(asked: Constraint, conflict: Sequence[Constraint], towns: Towns) -> str:
    """Return in words which towns there are for a constraint of a conflict."""
    number = len(towns.table)
    if asked.kind in ("towns", "apart_km"):
        placed = int(towns.placed.sum())
        if asked.kind == "apart_km":
            return f"{_eligible(number)}, {placed} of them with a known place"
        return _eligible(number)
    if asked.kind in ("include", "exclude"):
        return _portrait(towns.position(asked.value), towns)
    word, words = words_of(asked.block)
    labels, values = towns.labels[asked.block], towns.values[asked.block]
    if asked.kind == "each":
        of_value = labels == (values.index(asked.value) if asked.value in values else number)
        return (
            _eligible(int(of_value.sum()))
            + f" of the {word}"
            + _split(of_value, asked, conflict, towns)
        )
    counts = np.bincount(labels[labels >= 0], minlength=len(values))
    there = [
        f"{towns.label(asked.block, value)}: {count}"
        for value, count in zip(values, counts.tolist(), strict=True)
    ]
    unknown = int((labels < 0).sum())
    said = f"{len(values)} {words if len(values) != 1 else word} among {_eligible(number)}"
    said += f" ({listing(there, 16)})" if there else ""
    return said + (f"; unknown for {unknown}, which count for none" if unknown else "")


def _split(
    counted: np.ndarray, asked: Constraint, conflict: Sequence[Constraint], towns: Towns
) -> str:
    """Return how the towns of a class spread over the other classes in the conflict."""
    parts = []
    for other in conflict:
        if other.kind == "each" and other.block != asked.block:
            values, labels = towns.values[other.block], towns.labels[other.block]
            code = values.index(other.value) if other.value in values else len(counted)
            shared = int((counted & (labels == code)).sum())
            word = words_of(other.block)[0]
            parts.append(f"{shared} of {word} {towns.label(other.block, other.value)}")
    if any(other.kind == "apart_km" for other in conflict):
        parts.append(f"{int((counted & towns.placed).sum())} with a known place")
    return f": {listing(parts, 16)}" if parts and counted.any() else ""


def _portrait(at: int, towns: Towns) -> str:
    """Return the classes of one unit in words."""
    if at < 0:
        return "no candidate"
    known = [
        f"{words_of(block)[0]} {towns.label(block, towns.values[block][labels[at]])}"
        for block, labels in towns.labels.items()
        if labels[at] >= 0
    ]
    known += [] if towns.placed[at] else ["place unknown"]
    return listing(known) + ("" if towns.passes[at] else "; no candidate by itself")


def _eligible(number: int) -> str:
    return f"{number} eligible {'unit' if number == 1 else 'units'}"

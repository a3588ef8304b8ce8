"""How a publication can say less of a town: steps from a printed number to nothing, and the best of all ways.

Each attribute has a ladder of ever coarser forms, each of which holds the one before; the last leaves the
attribute out (generalisation and suppression, Samarati and Sweeney 1998). A remedy takes one form of each
so that at least k units fit all of them, and no single form could be one step finer.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import NamedTuple

import numpy as np
import pandas as pd

from smstra.audit.k_anonymity import (
    DECIMALS,
    SINGLE,
    Condition,
    Range,
    bits_of,
    fits,
    information,
    printed_form,
    rounded,
    rounded_range,
    step_of,
)

LEFT_OUT = "left out"
# Ladders climb to ranges of 10 ** 12, above any count of a country.
_HIGHEST = 13
# Parts of choices that a search looks at, some ten seconds of them. A dozen numbers printed exactly need a
# tenth; a search that needs more says that it was broken off.
_MOST_PARTS = 200_000


class Form(NamedTuple):
    """One way to say an attribute: in words, and what it allows (None: anything, it is left out)."""

    text: str
    allowed: Range | frozenset[str] | None


class Step(NamedTuple):
    """A form of an attribute with the units that fit it (a bit each) and what it loses, 0 to 1."""

    form: Form
    mask: int
    loss: float


class Remedy(NamedTuple):
    """The step taken on each ladder, how many units fit all of them, and the losses added up."""

    steps: tuple[int, ...]
    fits: int
    loss: float


class Remedies(NamedTuple):
    """The remedies found, least loss first. Unless ``complete`` the search was broken off: then the last
    is one that reaches k, and others may lose less."""

    found: list[Remedy]
    complete: bool


def forms_of_number(
    text: str, printed: Range, classes: Iterable[tuple[str, Range]] = ()
) -> list[Form]:
    """Return ever coarser forms of a printed number, from itself to nothing.

    Numbers lose digits one by one, by rounding; ranges of 5 and 10 units of each place that begin at a
    multiple of theirs, and the ``classes`` given (text and range), stand between. A form that does not
    hold the one before is passed over: 24.6 becomes 25, but then no 20, which would not hold all that
    rounds to 25. So a coarser form never fits fewer units.
    """
    forms = [Form(text, printed)]
    for form in sorted(_candidates(text, printed, classes), key=_width):
        if form.allowed.contains(forms[-1].allowed) and form.allowed != forms[-1].allowed:
            forms.append(form)
    return [*forms, Form(LEFT_OUT, None)]


def _width(form: Form) -> float:
    return form.allowed.high - form.allowed.low


def _candidates(text: str, printed: Range, classes: Iterable[tuple[str, Range]]) -> Iterable[Form]:
    yield from (Form(words, allowed) for words, allowed in classes)
    if not math.isfinite(printed.high - printed.low):
        return
    form, numbers = printed_form(text)
    single = form in SINGLE
    first = step_of(form, numbers) if single else Decimal(str(printed.high - printed.low))
    low = Decimal(str(printed.low))
    lowest = first.adjusted() if first else min(n.as_tuple().exponent for n in numbers)
    for place in range(lowest, _HIGHEST):
        ten = Decimal(1).scaleb(place)
        near = rounded(numbers[0], ten)
        if single and near:
            said = f"{near:f}" if place <= 0 else f"{near:f} to the nearest {ten:f}"
            yield Form(said, rounded_range(near, ten))
        for width in (ten / 2, ten):
            start = (low / width).quantize(Decimal(1), ROUND_FLOOR) * width
            end = start + width
            yield Form(
                f"from {_plain(start)} to below {_plain(end)}",
                Range(float(start), float(end), True, False),
            )


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}" if number else "0"


def forms_of_words(text: str, allowed: frozenset[str]) -> list[Form]:
    """Return the two forms of a class: as it is said, and left out."""
    return [Form(text, allowed), Form(LEFT_OUT, None)]


def ladder(
    column: str, forms: Sequence[Form], table: pd.DataFrame, decimals: int = DECIMALS
) -> list[Step]:
    """Return the forms that each add units to those that fit, with what they lose.

    The loss is the share of the attribute's information that is given up, 1 - log2(n / f') / log2(n / f):
    n units, f of which fit it as it is printed and f' in this form. 0 as printed, 1 left out.
    """
    units = len(table)
    steps: list[Step] = []
    for form in forms:
        condition = [] if form.allowed is None else [Condition(column, form.allowed)]
        mask = bits_of(fits(condition, table, decimals))
        if not steps:
            steps.append(Step(form, mask, 0.0))
            continue
        first, count = steps[0].mask.bit_count(), mask.bit_count()
        if form.allowed is None:
            # A form that all units fit says no more than leaving it out, and the latter is plainer.
            kept = [step for step in steps[1:] if step.mask != mask]
            steps = [steps[0], *kept, Step(form, mask, 1.0)]
        elif mask != steps[-1].mask:
            said = information(units, count) / information(units, first)
            steps.append(Step(form, mask, 1.0 - said))
    return steps


def remedies(ladders: Sequence[Sequence[Step]], units: int, k: int, most: int) -> Remedies:
    """Return up to ``most`` remedies with the least loss, exactly, in the order of loss.

    A remedy is a choice of one step a ladder that at least ``k`` of ``units`` fit, and of which no single
    step could be one finer. Each ladder holds ever larger crowds, so no other choice that reaches k is
    finer in any attribute and in none coarser: these are the Pareto-minimal ones. Equal losses (to nine
    decimals) are in the order of their steps, finer first.

    The search goes best first over the ladders. What a part of a choice comes to at least is known in
    two ways: each remaining ladder alone must keep k units; and each unit costs, on the remaining ladders,
    the steps up to the first that it fits, so that k units cost as much as the k-th cheapest.
    """
    search = _Search(ladders, units, k)
    queue: list[_Part] = []
    search.push(queue, (), 0.0, (1 << units) - 1)
    found: list[Remedy] = []
    looked_at = 0
    while queue and len(found) < most and looked_at < _MOST_PARTS:
        looked_at += 1
        _, steps, loss, mask = heapq.heappop(queue)
        if len(steps) < len(ladders):
            search.extend(queue, steps, loss, mask)
        elif search.is_minimal(steps):
            found.append(search.remedy(steps))
    complete = not queue or len(found) == most
    if not complete and (one := search.around_nearest()) not in found:
        found.append(one)
    return Remedies(sorted(found, key=lambda each: (each.loss, each.steps)), complete)


# The least loss that a part of a choice can come to, its steps, its own loss, and the units that fit it.
_Part = tuple[float, tuple[int, ...], float, int]


class _Search:
    """The ladders in the order in which they are gone through, and what each unit costs on them."""

    def __init__(self, ladders: Sequence[Sequence[Step]], units: int, k: int) -> None:
        # Those that tell most come first: they cut the crowd, and with it the steps to look at.
        self.order = sorted(
            range(len(ladders)), key=lambda place: (ladders[place][0].mask.bit_count(), place)
        )
        self.ladders = [ladders[place] for place in self.order]
        self.units, self.k = units, k
        costs = np.full((len(ladders) + 1, units), 0.0)
        for place, steps in enumerate(self.ladders):
            cost = np.full(units, np.inf)
            for step in reversed(steps):
                cost[self.members(step.mask)] = step.loss
            costs[place] = cost
        # For each place, the cost of a unit on this ladder and all behind it.
        self.costs = costs[::-1].cumsum(axis=0)[::-1]

    def members(self, mask: int) -> np.ndarray:
        """Return a mask as an array of answers."""
        width = -(-self.units // 8)
        raw = np.frombuffer((mask << (8 * width - self.units)).to_bytes(width, "big"), np.uint8)
        return np.unpackbits(raw, count=self.units).astype(bool)

    def push(self, queue: list[_Part], steps: tuple[int, ...], loss: float, mask: int) -> None:
        """Queue a part of a choice with the least loss that it can come to, unless it cannot reach k."""
        if mask.bit_count() < self.k:
            return
        alone = 0.0
        for ladder_ in self.ladders[len(steps) :]:
            able = (step.loss for step in ladder_ if (mask & step.mask).bit_count() >= self.k)
            at_best = next(able, None)
            if at_best is None:
                return
            alone += at_best
        costs = self.costs[len(steps)][self.members(mask)]
        nearest = float(np.partition(costs, self.k - 1)[self.k - 1])
        if math.isfinite(nearest):
            least = round(loss + max(alone, nearest), DECIMALS)
            heapq.heappush(queue, (least, steps, loss, mask))

    def extend(self, queue: list[_Part], steps: tuple[int, ...], loss: float, mask: int) -> None:
        """Queue a part of a choice with each step of the next ladder that adds units to it."""
        before = -1
        for place, step in enumerate(self.ladders[len(steps)]):
            inside = mask & step.mask
            # A step that adds nobody of this crowd is no finer way than the one before.
            if inside.bit_count() != before:
                self.push(queue, (*steps, place), loss + step.loss, inside)
            before = inside.bit_count()

    def fitting(self, steps: Sequence[int]) -> int:
        """Return how many units fit a whole choice."""
        mask = (1 << self.units) - 1
        for ladder_, step in zip(self.ladders, steps, strict=True):
            mask &= ladder_[step].mask
        return mask.bit_count()

    def is_minimal(self, steps: tuple[int, ...]) -> bool:
        """Return whether no single step could be one finer and k still be reached."""
        return not any(
            step and self.fitting((*steps[:place], step - 1, *steps[place + 1 :])) >= self.k
            for place, step in enumerate(steps)
        )

    def around_nearest(self) -> Remedy:
        """Return a remedy that holds the k cheapest units, or k of more, made finer where that goes.

        For a search that was broken off; the ladders must be able to reach k.
        """
        nearest = np.argsort(self.costs[0], kind="stable")[: self.k]
        steps = [
            next(
                place
                for place, step in enumerate(ladder_)
                if self.members(step.mask)[nearest].all()
            )
            for ladder_ in self.ladders
        ]
        for place in range(len(steps)):
            while steps[place]:
                steps[place] -= 1
                if self.fitting(steps) < self.k:
                    steps[place] += 1
                    break
        return self.remedy(tuple(steps))

    def remedy(self, steps: tuple[int, ...]) -> Remedy:
        """Return a whole choice with its steps in the order in which the ladders were given."""
        loss = sum(ladder_[step].loss for ladder_, step in zip(self.ladders, steps, strict=True))
        in_order = tuple(step for _, step in sorted(zip(self.order, steps, strict=True)))
        return Remedy(in_order, self.fitting(steps), round(loss, DECIMALS))

"""What figures of change have to say: who rose most, who fell most, and how the country did."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from smstra.language import Language

Shown = Callable[[float], str]
# More places than this are counted in a headline, not named; more than that in an alt text.
_NAMED, _TOLD = 3, 8


@dataclass(frozen=True)
class Change:
    """What one place went from and to; ``amount`` is the change, in percent or in points."""

    name: str
    before: float
    after: float
    amount: float


def relative(name: str, before: float, after: float) -> Change:
    """Return a change in percent of ``before``, which is not zero."""
    return Change(name, before, after, 100 * (after / before - 1))


def absolute(name: str, before: float, after: float) -> Change:
    """Return a change in the unit of the values."""
    return Change(name, before, after, after - before)


def headline(
    say: Language,
    what: str,
    changes: Sequence[Change],
    whole: Change | None,
    first: str,
    last: str,
    shown: Shown,
) -> str:
    """Return the finding in a sentence: who of ``changes`` rose or fell most, and the country.

    A change is level if it is shown like zero; places tie if they are equal to nine decimals.

    Parameters
    ----------
    what
        The quantity, as a reader calls it.
    changes
        One or more places.
    whole
        The country's change, or None if it has none.
    first, last
        The dates, as a reader writes them.
    shown
        Writes an amount with its sign.
    """
    amounts = [round(change.amount, 9) for change in changes]
    # What reads the same is the same: a reader cannot tell 0.46 from 0.54 where both are 0.5.
    first_of = {shown(amount): amount for amount in sorted(amounts, key=abs, reverse=True)}
    amounts = [first_of[shown(amount)] for amount in amounts]
    high, low = max(amounts), min(amounts)
    zero = shown(0.0)
    rises, falls = high > 0 and shown(high) != zero, low < 0 and shown(low) != zero
    values = {
        "what": what,
        "first": first,
        "last": last,
        "high": _places(say, changes, amounts, high),
        "low": _places(say, changes, amounts, low),
        "most": shown(high),
        "least": shown(low),
    }
    if not rises and not falls:
        values["high"] = _places(say, changes, [0.0] * len(changes), 0.0)
        said = say("{what} stayed level in {high} from {first} to {last}", **values)
    elif high == low and rises:
        said = say("{what} rose in {high} ({most}) from {first} to {last}", **values)
    elif high == low:
        said = say("{what} fell in {low} ({least}) from {first} to {last}", **values)
    elif rises and falls:
        said = say(
            "{what} rose most in {high} ({most}) and fell most in {low} ({least}), {first} to {last}",
            **values,
        )
    elif rises and shown(low) == zero:
        said = say(
            "{what} rose most in {high} ({most}) and stayed level in {low}, {first} to {last}",
            **values,
        )
    elif rises:
        said = say(
            "{what} rose most in {high} ({most}) and least in {low} ({least}), {first} to {last}",
            **values,
        )
    elif shown(high) == zero:
        said = say(
            "{what} fell most in {low} ({least}) and stayed level in {high}, {first} to {last}",
            **values,
        )
    else:
        said = say(
            "{what} fell most in {low} ({least}) and least in {high} ({most}), {first} to {last}",
            **values,
        )
    if whole is None:
        return said
    return say(
        "{finding}; {name} {change}", finding=said, name=whole.name, change=shown(whole.amount)
    )


def _places(
    say: Language, places: Sequence[Change | Level], values: Sequence[float], value: float
) -> str:
    return _listed(say, [at for at, own in zip(places, values, strict=True) if own == value])


def _listed(say: Language, places: Sequence[Change | Level]) -> str:
    if len(places) > _NAMED:
        return say.plural("{n} place", "{n} places", len(places))
    return say.listing([place.name for place in places])


def told(say: Language, changes: Sequence[Change], value: Shown, shown: Shown) -> str:
    """Return each change with both values; of many, how many rose and fell, and the extremes."""
    picked = list(changes)
    lead = ""
    if len(picked) > _TOLD:
        zero = shown(0.0)
        up = sum(shown(change.amount) != zero and change.amount > 0 for change in changes)
        down = sum(shown(change.amount) != zero and change.amount < 0 for change in changes)
        lead = say(
            "Of {all} lines {up} rise, {down} fall and {level} stay level. The extremes: ",
            all=say.number(len(changes)),
            up=say.number(up),
            down=say.number(down),
            level=say.number(len(changes) - up - down),
        )
        picked = [max(changes, key=_amount), min(changes, key=_amount)]
    return lead + "; ".join(
        say(
            "{name} from {before} to {after} ({change})",
            name=change.name,
            before=value(change.before),
            after=value(change.after),
            change=shown(change.amount),
        )
        for change in picked
    )


def _amount(change: Change) -> float:
    return change.amount


def ends(known: Sequence[pd.Series]) -> tuple[str, str] | None:
    """Return the two dates at which most series have a value, of these those farthest apart.

    Each of ``known`` has values, or NaN, by date (ISO days); None if none has two.
    """
    if not known:
        return None
    table = pd.DataFrame(dict(enumerate(known))).sort_index().notna()
    pairs = [
        (int((table.loc[first] & table.loc[last]).sum()), j - i, first, last)
        for (i, first), (j, last) in itertools.combinations(enumerate(table.index), 2)
    ]
    if not pairs:
        return None
    # The earliest of pairs that are equally good: max() keeps the first.
    both, _, first, last = max(pairs, key=lambda pair: pair[:2])
    return (first, last) if both else None


@dataclass(frozen=True)
class Level:
    """The value of one place at one date."""

    name: str
    value: float


def of_level(
    say: Language,
    what: str,
    levels: Sequence[Level],
    whole: Level | None,
    shown: Shown,
) -> str:
    """Return the finding on levels: who of ``levels`` is highest and lowest, and the country.

    ``what`` is the quantity with its date. Of one place, and of places that are all equal, it says on
    which side of the country they are.
    """
    values = [round(level.value, 9) for level in levels]
    high, low = max(values), min(values)
    said = {
        "what": what,
        "high": _places(say, levels, values, high),
        "most": shown(high),
        "low": _places(say, levels, values, low),
        "least": shown(low),
    }
    if whole is not None:
        said |= {"country": whole.name, "whole": shown(whole.value)}
    if shown(high) != shown(low):
        text = say("{what}: highest in {high} ({most}), lowest in {low} ({least})", **said)
        if whole is None:
            return text
        return say(
            "{finding}; {name} {change}", finding=text, name=whole.name, change=shown(whole.value)
        )
    everywhere = {**said, "high": _listed(say, levels)}
    if whole is None:
        return say("{what}: {most} in {high}", **everywhere)
    if shown(high) == shown(whole.value):
        return say("{what}: {high} and {country} are level ({most})", **everywhere)
    if high > whole.value:
        return say("{what}: {high} ({most}) above {country} ({whole})", **everywhere)
    return say("{what}: {high} ({most}) below {country} ({whole})", **everywhere)


def values_told(say: Language, levels: Sequence[Level], shown: Shown) -> str:
    """Return each place with its value; of many, how they spread."""
    picked = sorted(levels, key=_value, reverse=True)
    if len(picked) <= _TOLD:
        return "; ".join(
            say("{name} {value}", name=level.name, value=shown(level.value)) for level in picked
        )
    middle = pd.Series([level.value for level in picked]).median()
    return say(
        "{n} places from {least} ({low}) to {most} ({high}), median {middle}",
        n=say.number(len(picked)),
        least=shown(picked[-1].value),
        low=picked[-1].name,
        most=shown(picked[0].value),
        high=picked[0].name,
        middle=shown(float(middle)),
    )


def _value(level: Level) -> float:
    return level.value

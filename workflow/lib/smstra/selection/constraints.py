"""What a set of towns must satisfy: the constraints of `selection.sets`, one group an entry, in words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from smstra.answers import in_words
from smstra.errors import DataError, GeographyError, listing, nearest
from smstra.selection.places import distance_km
from smstra.size_classes import UNKNOWN
from smstra.typology import CRITERIA

# The blocks that spread towns over classes: the column, and the word for one class and for several.
ATTRIBUTES = {
    "types": ("type", "type", "types"),
    "size_classes": ("size_class", "size class", "size classes"),
    "regions": ("region", "region", "regions"),
    "traditions": ("tradition", "tradition", "traditions"),
}
# The spreads over answers to a criterion stand one deeper, below `answers`.
_ANSWERS = {
    f"answers.{criterion}": (criterion, f"answer to {criterion}", f"answers to {criterion}")
    for criterion in CRITERIA
}
# What a set across cases is spread over beside types and size classes: the cases, and in each, as
# `regions.<case>`, its regions.
_ACROSS = {"cases": ("case", "cases")}
# What stands for a class that is not known; a town with it counts for no class.
_NO_CLASS = ("", "undetermined", UNKNOWN)
_NAMED = ("include", "exclude")


@dataclass(frozen=True)
class Towns:
    """The units that may be chosen, in the order of their codes.

    ``table`` has one row a unit; ``passes`` says which are candidates (the others are named in
    ``include``); ``labels`` gives each unit's class in each block as a position in ``values``, -1
    where it is not known; ``longitude`` and ``latitude`` are in degrees, NaN where not known.
    ``kinds`` numbers the combinations of classes (and of having a place); ``rows`` gives the row of
    each code, ``region_names`` the name of each region.
    """

    table: pd.DataFrame
    passes: np.ndarray
    labels: dict[str, np.ndarray]
    values: dict[str, list[str]]
    longitude: np.ndarray
    latitude: np.ndarray
    placed: np.ndarray
    kinds: np.ndarray
    rows: dict[str, int]
    region_names: dict[str, str]

    def position(self, code: str) -> int:
        """Return the row of the unit ``code``, -1 if it may not be chosen."""
        return self.rows.get(code, -1)

    def label(self, block: str, value: str) -> str:
        """Return a class of a block in words: a region by its name, with its code."""
        regional = block.partition(".")[0] == "regions"
        known = self.region_names.get(value, value) if regional else value
        return f"{known} ({value})" if known != value else value

    def km(self, one: int, others: np.ndarray) -> np.ndarray:
        """Return the distances in km from the unit at ``one``; NaN where not known."""
        return distance_km(
            self.longitude[one],
            self.latitude[one],
            self.longitude[others],
            self.latitude[others],
        )


@dataclass(frozen=True)
class Constraint:
    """One constraint: what it is about, its bounds, its key in the configuration, its words."""

    kind: str  # towns, each, at_least_distinct, at_most_each, apart_km, include or exclude
    key: str
    says: str
    least: float = 0
    most: float = math.inf
    block: str = ""
    value: str = ""


def attributes(block: Mapping[str, Any]) -> dict[str, tuple[str, str, str]]:
    """Return ``ATTRIBUTES`` and the criteria over whose answers ``block`` spreads towns."""
    asked = block.get("answers", {})
    return ATTRIBUTES | {name: words for name, words in _ANSWERS.items() if words[0] in asked}


def spread_of(block: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return what ``block`` asks of an attribute of :func:`attributes`; nothing if it is left out."""
    outer, _, inner = name.partition(".")
    found = block.get(outer, {})
    return found.get(inner, {}) if inner else found


def words_of(name: str) -> tuple[str, str]:
    """Return the word for one class of an attribute and for several."""
    outer, _, case = name.partition(".")
    if outer == "regions" and case:
        return f"region of {case}", f"regions of {case}"
    return _ACROSS[name] if name in _ACROSS else {**ATTRIBUTES, **_ANSWERS}[name][1:]


def towns_of(
    block: Mapping[str, Any], candidates: pd.DataFrame, places: pd.DataFrame | None
) -> Towns:
    """Return the units that may be chosen: candidates that pass, and those named in ``include``.

    Raises
    ------
    GeographyError
        A code in ``include`` or ``exclude`` is no unit of the case.
    DataError
        A region or tradition under ``each`` is none of those of the units.
    """
    for key in _NAMED:
        _check_codes(key, block.get(key, []), candidates)
    forced = candidates["unit"].isin(block.get("include", []))
    open_to = candidates[(candidates["candidate"] == "pass") | forced]
    table = open_to.sort_values("unit", ignore_index=True)
    labels, values = {}, {}
    for name, (column, word, words) in attributes(block).items():
        texts = _texts(table, column)
        values[name] = sorted(set(texts) - set(_NO_CLASS))
        numbers = {value: number for number, value in enumerate(values[name])}
        labels[name] = texts.map(numbers).fillna(-1).to_numpy(int)
        there = set(_texts(candidates, column)) - set(_NO_CLASS)
        for value in spread_of(block, name).get("each", {}):
            # Types and size classes are of the configuration, and checked with it.
            if name in ("regions", "traditions") and there and value not in there:
                raise DataError(
                    f"`selection.sets.{name}.each` names the {word} '{value}', which no unit of the case "
                    f"has{nearest(value, sorted(there))}; the {words} there are: "
                    f"{listing(sorted(there), 20)}."
                )
    if places is None:
        places = pd.DataFrame({"unit": [], "longitude": [], "latitude": []})
    at = places.set_index("unit").reindex(table["unit"])
    placed = at[["longitude", "latitude"]].notna().all(axis=1).to_numpy(bool)
    traits = np.stack([*labels.values(), placed.astype(int)])
    return Towns(
        table=table,
        passes=(table["candidate"] == "pass").to_numpy(bool),
        labels=labels,
        values=values,
        longitude=at["longitude"].to_numpy(float),
        latitude=at["latitude"].to_numpy(float),
        placed=placed,
        kinds=np.unique(traits, axis=1, return_inverse=True)[1],
        rows={code: row for row, code in enumerate(table["unit"])},
        region_names=dict(zip(candidates["region"], candidates["region_name"], strict=True)),
    )


def _texts(table: pd.DataFrame, column: str) -> pd.Series:
    """Return a column of classes as text: answers as yes and no, what is not known as ``""``."""
    if column in CRITERIA:
        return pd.Series(in_words(table[column]), index=table.index, dtype=object)
    return table[column].fillna("").astype(str)


def constraints_of(
    block: Mapping[str, Any], towns: Towns, names: Mapping[str, str]
) -> list[Constraint]:
    """Return the constraints of ``selection.sets``, each entry by itself.

    The order is fixed, whatever the order of the keys in the file: ``towns``, the spreads in the
    order of :func:`attributes` (in each: ``each`` by its values, ``at_least_distinct``,
    ``at_most_each``), ``apart_km``, ``include``, ``exclude``. ``names`` gives each unit's name.
    A set of one town has no distances, so ``apart_km`` then asks for nothing.
    """
    number = block["towns"]
    root = "selection.sets"
    made = [Constraint("towns", f"{root}.towns", f"{_towns(number)} in the set", number, number)]
    for name in attributes(block):
        made += of_spread(name, spread_of(block, name), f"{root}.{name}", towns)
    if "apart_km" in block and number > 1:
        says = f"every two towns at least {block['apart_km']} km apart, by places that are known"
        made.append(Constraint("apart_km", f"{root}.apart_km", says, block["apart_km"]))
    for kind, bound, verb in (("include", 1, "is"), ("exclude", 0, "is not")):
        for code in dict.fromkeys(block.get(kind, [])):
            says = f"{names[code]} ({code}) {verb} in the set"
            made.append(Constraint(kind, f"{root}.{kind}.{code}", says, bound, bound, value=code))
    return made


def of_spread(name: str, spread: Mapping[str, Any], key: str, towns: Towns) -> list[Constraint]:
    """Return the constraints by which ``spread`` spreads towns over the classes of an attribute.

    ``key`` is where it stands in the configuration.
    """
    word, words = words_of(name)
    made = []
    for value, asked in sorted(spread.get("each", {}).items()):
        least, most = _bounds(asked)
        says = f"{_between(least, most)} of {word} {towns.label(name, value)}"
        made.append(Constraint("each", f"{key}.each.{value}", says, least, most, name, value))
    if "at_least_distinct" in spread:
        least = spread["at_least_distinct"]
        says = f"towns of at least {least} different {words if least != 1 else word}"
        made.append(
            Constraint("at_least_distinct", f"{key}.at_least_distinct", says, least, block=name)
        )
    if "at_most_each" in spread:
        most = spread["at_most_each"]
        says = f"at most {_towns(most)} of any one {word}"
        made.append(Constraint("at_most_each", f"{key}.at_most_each", says, 0, most, name))
    return made


def satisfied(constraint: Constraint, towns: Towns, chosen: Sequence[int]) -> bool:
    """Return whether the towns at the positions ``chosen`` satisfy ``constraint``."""
    if constraint.kind == "towns":
        return len(chosen) == constraint.least
    if constraint.kind in _NAMED:
        return (towns.position(constraint.value) in chosen) == (constraint.kind == "include")
    if constraint.kind == "apart_km":
        return bool(towns.placed[list(chosen)].all()) and not clashes(
            towns, chosen, constraint.least
        )
    values = towns.values[constraint.block]
    labels = towns.labels[constraint.block][list(chosen)].tolist()
    classes = [values[number] for number in labels if number >= 0]
    if constraint.kind == "each":
        return constraint.least <= classes.count(constraint.value) <= constraint.most
    if constraint.kind == "at_least_distinct":
        return len(set(classes)) >= constraint.least
    return all(classes.count(value) <= constraint.most for value in set(classes))


def clashes(towns: Towns, chosen: Sequence[int], km: float) -> list[tuple[int, int]]:
    """Return the pairs among ``chosen`` that are not known to be ``km`` apart."""
    found = []
    for rank, one in enumerate(chosen):
        others = np.asarray(chosen[rank + 1 :], dtype=int)
        near = ~(towns.km(one, others) >= km)
        found += [(int(one), int(other)) for other in others[near]]
    return found


def _check_codes(key: str, codes: Iterable[str], candidates: pd.DataFrame) -> None:
    lacking = sorted(set(codes) - set(candidates["unit"]))
    if not lacking:
        return
    code = lacking[0]
    called = sorted(candidates.loc[candidates["name"] == code, "unit"])
    offer = (
        f" (the unit of that name has the code '{called[0]}')"
        if called
        else nearest(code, sorted(candidates["unit"]))
    )
    raise GeographyError(
        f"`selection.sets.{key}` names '{code}', which is no unit of the case{offer}; give the code of "
        "a unit in typology.csv."
    )


def _bounds(asked: int | Mapping[str, int]) -> tuple[float, float]:
    if isinstance(asked, Mapping):
        return asked.get("at_least", 0), asked.get("at_most", math.inf)
    return asked, asked


def _between(least: float, most: float) -> str:
    if least == most:
        return _towns(least)
    if math.isinf(most):
        return f"at least {_towns(least)}"
    return f"at most {_towns(most)}" if not least else f"{least} to {_towns(most)}"


def _towns(number: float) -> str:
    return f"{number} town" if number == 1 else f"{number} towns"

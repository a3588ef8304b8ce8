"""Which sources of Eurostat that smstra describes could stand in for a criterion without figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from smstra import folders, strict_yaml

_EUROSTAT = "config/datasets/eu.yaml"
# How the variables of a criterion are known by name, and what they are.
_OF = {"sf": ("foreign", "foreign residents"), "varun": ("unemploy", "unemployment")}


def found(criterion: str, described: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    """Return, by dataset of Eurostat that holds variables of a criterion, their levels below country.

    ``criterion`` is ``sf`` or ``varun``.
    """
    word, _ = _OF[criterion]
    made = {}
    for name, entry in sorted(described.items()):
        tables = list(tables_of(entry))
        levels = {
            level
            for how in tables
            if any(word in variable for variable in how.get("variables", {}))
            for level in _levels(how["level"])
        } - {"country"}
        if name.startswith("eurostat") and levels:
            made[name] = sorted(levels)
    return made


def tables_of(entry: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Return how a dataset's table of figures is read, and those of its ``live``."""
    if "variables" in entry:
        yield entry
    yield from entry.get("live", {}).get("tables", {}).values()


def _levels(level: str | Mapping[str, Any]) -> set[str]:
    if isinstance(level, str):
        return {level}
    return {*level.get("code_length", {}).values(), *level.get("map", {}).values()}


def lines() -> dict[str, str]:
    """Return a line for each criterion on what could stand in for it."""
    described = strict_yaml.load(folders.INSTALLED / _EUROSTAT)
    made = {}
    for criterion, (_, what) in _OF.items():
        named = [
            f"{name} ({', '.join(levels)})" for name, levels in found(criterion, described).items()
        ]
        if named:
            made[criterion] = (
                f"{what} of larger areas, in {_EUROSTAT} of smstra: {', '.join(named)}; needs a table of "
                "which unit lies in which area (`geography.stand_in_levels`) and `stand_in_level` at the "
                "indicator"
            )
    return made

"""The vocabulary: what a variable is made of, and which variables and datasets a case uses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Datasets = Mapping[str, Mapping[str, Any]]
Variables = Mapping[str, Mapping[str, Any]]
# Changes of units through which no figure is carried.
TORN = ("split", "boundary_shift")


def as_list(value: str | Iterable[str]) -> list[str]:
    """Return ``["a"]`` for ``"a"``, a list as it is."""
    return [value] if isinstance(value, str) else list(value)


def parts_of(names: str | Iterable[str], variables: Variables) -> list[str]:
    """Replace each variable that the vocabulary builds by ``sum_of`` by its parts."""
    return [part for name in as_list(names) for part in variables[name].get("sum_of", [name])]


def terms_of(indicator: Mapping[str, Any], variables: Variables) -> list[str]:
    """Return the observed variables that an indicator is made of, each once."""
    of, bases = as_list(indicator.get("of", [])), as_list(indicator.get("in", []))
    rebuilt = variables[of[0]].get("rebuilt_from") if of and not bases else None
    if rebuilt:
        return list(dict.fromkeys([*rebuilt["numerator"], *rebuilt["denominator"]]))
    return list(dict.fromkeys(parts_of([*of, *bases], variables)))


def shown(date: str, names: Iterable[str], variables: Variables) -> str:
    """Return a date as a reader means it: the year alone for figures of whole years."""
    yearly = all(variables[name]["dates"] == "year" for name in names)
    return date[:4] if yearly else date


def datasets_used(case: Mapping[str, Any], datasets: Datasets) -> list[str]:
    """Return the names of all datasets that ``case`` reads, registers and changes included."""
    geography = case["geography"]
    names = [*case["datasets"], *geography["units"]]
    names += [geography["changes"]] if "changes" in geography else []
    names += [area["membership"] for area in geography.get("stand_in_levels", {}).values()]
    names += [case["selection"]["places"]] if "places" in case.get("selection", {}) else []
    borders = case["figures"].get("map", {})
    names += [borders["boundaries"]] if "boundaries" in borders else []
    for name in list(names):
        names += datasets[name].get("code_lists", [])
        names += [datasets[name]["code_changes"]] if "code_changes" in datasets[name] else []
    return sorted(set(names))


def variables_used(case: Mapping[str, Any], variables: Variables) -> list[str]:
    """Return the observed variables that the case's indicators, classes, figures, checks need."""
    names: list[str] = []
    for check in case.get("aggregate_checks", {}).values():
        names += as_list(check["of"]) + as_list(check.get("in", []))
    for criterion in case["criteria"].values():
        names += as_list(criterion.get("aggregate", {}).get("weight", []))
    for definitions in case.get("robustness", {}).get("definitions", {}).values():
        for definition in definitions.values():
            for key in ("aggregate", "region_aggregate"):
                names += as_list(definition.get(key, {}).get("weight", []))
    sizes = case["size_classes"]
    names += [sizes[key]["variable"] for key in ("inhabitants", "area", "category") if key in sizes]
    for entry in [*case["indicators"].values(), *case.get("series", {}).values()]:
        names += as_list(entry.get("of", [])) + as_list(entry.get("in", []))
        for key in ("country", "region"):
            names += as_list(entry.get(key, {}).get("weight", []))
    used = set()
    for name in names:
        rebuilt = variables[name].get("rebuilt_from", {})
        used |= set(parts_of(name, variables))
        used |= {*rebuilt.get("numerator", []), *rebuilt.get("denominator", [])}
    return sorted(used)

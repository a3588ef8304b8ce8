"""What a schema cannot say of a case's `figures`, `series` and `locality_profiles`: that they fit the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from smstra.dataset_rules import unknown
from smstra.errors import ConfigError
from smstra.schema import Key, dotted
from smstra.vocabulary import Datasets, Variables, as_list

FileOf = Callable[[Key], str]
VariableAt = Callable[[Key, str], None]
TimingAt = Callable[[Key, str, list[str]], None]

# The figures of each family, which is one job, in their order.
FAMILIES: dict[str, tuple[str, ...]] = {
    "demography": (
        "population_index",
        "growth_components",
        "foreign_residents",
        "origin",
        "arrivals",
        "density_size",
    ),
    "economy": ("unemployment", "income"),
    "housing": (
        "house_prices",
        "house_prices_to_income",
        "house_sales",
        "unoccupied_dwellings",
        "building_stock",
        "household_size",
        "rent",
        "living_space",
    ),
    "typology": ("quadrants", "map", "scheme_strip", "cells", "probabilities"),
}
# The figures that are drawn only if the case names what they show, with the keys that each needs.
NEEDS: dict[str, tuple[str, ...]] = {
    "population_index": ("series", "base"),
    "growth_components": ("natural_change", "net_migration", "inhabitants"),
    "foreign_residents": ("series",),
    "origin": ("series",),
    "arrivals": (),
    "density_size": ("inhabitants", "density"),
    "unemployment": ("from", "to"),
    "income": ("series", "base"),
    "house_prices": ("series",),
    "house_prices_to_income": ("series", "income"),
    "house_sales": ("series",),
    "unoccupied_dwellings": ("indicator",),
    "building_stock": ("indicators",),
    "household_size": ("indicator",),
    "rent": ("series",),
    "living_space": ("series",),
    "map": ("boundaries",),
}
# What the keys of each figure name; `base` and `boundaries` name neither.
_OF_SERIES = dict.fromkeys(("series", "natural_change", "net_migration", "income"), "series")
_OF_INDICATORS = dict.fromkeys(
    (
        "stands_for",
        "persons",
        "points",
        "inhabitants",
        "density",
        "from",
        "to",
        "indicator",
        "indicators",
    ),
    "indicator",
)
_NAMED = {name: {**_OF_SERIES, **_OF_INDICATORS} for name in NEEDS}
_NAMED["growth_components"]["inhabitants"] = "series"


def check(
    case: Mapping[str, Any],
    datasets: Datasets,
    variables: Variables,
    variable_at: VariableAt,
    timing_at: TimingAt,
    file_of: FileOf,
) -> None:
    """Raise ConfigError for the first thing in the case's figures that cannot be meant."""
    for name, entry in case["indicators"].items():
        _check_areas(("indicators", name), entry, variables, variable_at, file_of)
    for name, entry in case.get("series", {}).items():
        _check_series(("series", name), entry, variables, variable_at, timing_at, file_of)
    _check_towns(case, file_of)
    for name, needed in NEEDS.items():
        if name in case["figures"]:
            _check_figure(name, needed, case, variables, timing_at, file_of)
    _check_map(case, datasets, file_of)
    _check_look_alikes(case, file_of)


def _check_areas(
    path: Key,
    entry: Mapping[str, Any],
    variables: Variables,
    variable_at: VariableAt,
    file_of: FileOf,
) -> None:
    """Check the keys ``country`` and ``region`` of an indicator or a series."""
    of = as_list(entry.get("of", []))
    published = [v for v in of if "rebuilt_from" not in variables[v]]
    kinds = {variables[v]["kind"] for v in published} - {"count", "area"}
    for key in ("country", "region"):
        if key not in entry:
            continue
        here = (*path, key)
        how, file = entry[key], file_of((*path, key))
        if how["by"] == "sum_of_counts" and kinds:
            raise ConfigError(
                f"{file}: {dotted((*here, 'by'))} is sum_of_counts, but '{of[0]}' is a published "
                f"{min(kinds)} that is never summed; write published, weighted_mean with a `weight`, or "
                "median_of_units."
            )
        if how["by"] == "weighted_mean":
            if "weight" not in how:
                raise ConfigError(
                    f"{file}: {dotted(here)} is a weighted mean and lacks 'weight'; add `weight: ...`, the "
                    "count that is the rate's denominator."
                )
            variable_at((*here, "weight"), how["weight"])
            if variables[how["weight"]]["kind"] != "count":
                raise ConfigError(
                    f"{file}: {dotted((*here, 'weight'))} is '{how['weight']}', a "
                    f"{variables[how['weight']]['kind']}, but only a count can be a weight; write the count "
                    "that is the rate's denominator."
                )
            if kinds & {"median"} or not kinds:
                raise ConfigError(
                    f"{file}: {dotted((*here, 'by'))} is weighted_mean, which is for published rates and "
                    f"means, and '{of[0]}' is none; write sum_of_counts for counts, or median_of_units."
                )
        elif "weight" in how:
            raise ConfigError(
                f"{file}: {dotted(here)} has a `weight`, which only weighted_mean takes; remove it, or write "
                "`by: weighted_mean`."
            )


def _check_series(
    path: Key,
    entry: Mapping[str, Any],
    variables: Variables,
    variable_at: VariableAt,
    timing_at: TimingAt,
    file_of: FileOf,
) -> None:
    for key in ("of", "in"):
        for variable in as_list(entry.get(key, [])):
            variable_at((*path, key), variable)
    wrong = {"level": ("in", "unit_of_measure"), "share": ("unit_of_measure",)}
    for key in wrong.get(entry["definition"], ()):
        if key in entry:
            raise ConfigError(
                f"{file_of((*path, key))}: {dotted(path)} is a {entry['definition']} and takes no `{key}`; "
                "remove it, or write another `definition`."
            )
    for key in ("from", "to"):
        timing_at((*path, key), entry[key], as_list(entry["of"]))
    if entry["from"] > entry["to"]:
        raise ConfigError(
            f"{file_of((*path, 'to'))}: {dotted(path)} begins in {entry['from']} and ends in {entry['to']}; "
            "write a later `to`."
        )
    _check_areas(path, entry, variables, variable_at, file_of)


def _check_towns(case: Mapping[str, Any], file_of: FileOf) -> None:
    towns = case["figures"]["towns"]
    path: Key = ("figures", "towns")
    choose = towns["choose"]
    needs = {
        "best_set": "set",
        "named": "units",
        "closest_to_type_median": "among_size_classes",
        "deepest_inside_type": "among_size_classes",
    }
    what = {
        "set": "the number of the set, 1 being the best",
        "units": "a list with the codes of the towns",
        "among_size_classes": "a list of the case's size classes",
    }
    if needs[choose] not in towns:
        key = needs[choose]
        raise ConfigError(
            f"{file_of((*path, 'choose'))}: `figures.towns` has `choose: {choose}`; add `{key}:`, {what[key]}."
        )
    # A list of towns that nobody looks at is a mistake; the keys of another way may stay.
    if "units" in towns and choose != "named":
        raise ConfigError(
            f"{file_of((*path, 'units'))}: `figures.towns` has `choose: {choose}`, which finds the towns "
            "itself; remove `units:`, or write `choose: named`."
        )
    names = [entry["name"] for entry in case["size_classes"]["classes"]]
    for name in towns.get("among_size_classes", []):
        if name not in names:
            here = (*path, "among_size_classes")
            raise unknown(file_of(here), here, name, names, "size class")
    if choose == "best_set":
        sets = case.get("selection", {}).get("sets")
        if sets is None:
            raise ConfigError(
                f"{file_of((*path, 'choose'))}: `figures.towns` takes the towns of a set, and the case has "
                "no `selection.sets`; add it, or write another `choose`, such as closest_to_type_median."
            )
        if towns["set"] > sets["how_many"]:
            raise ConfigError(
                f"{file_of((*path, 'set'))}: `figures.towns.set` is {towns['set']}, and "
                f"`selection.sets.how_many` is {sets['how_many']}; ask for more sets, or another one."
            )


def _check_figure(
    name: str,
    needed: tuple[str, ...],
    case: Mapping[str, Any],
    variables: Variables,
    timing_at: TimingAt,
    file_of: FileOf,
) -> None:
    spec, path = case["figures"][name], ("figures", name)
    others = [key for key in spec if key != "not_available"]
    if "not_available" in spec:
        if others:
            raise ConfigError(
                f"{file_of((*path, others[0]))}: {dotted(path)} says `not_available` and has `{others[0]}` as "
                "well; remove one of them."
            )
        return
    for key in needed:
        if key not in spec:
            raise ConfigError(
                f"{file_of(path)}: {dotted(path)} lacks '{key}'; add `{key}: ...`, or write "
                "`not_available:` with the reason instead."
            )
    if not spec:
        raise ConfigError(
            f"{file_of(path)}: {dotted(path)} is empty; name an indicator, or write `not_available:` with the "
            "reason."
        )
    series = case.get("series", {})
    at_hand = {"series": series, "indicator": case["indicators"]}
    for key, kind in _NAMED[name].items():
        for named in as_list(spec.get(key, [])):
            if named not in at_hand[kind]:
                here = (*path, key)
                raise unknown(file_of(here), here, named, at_hand[kind], kind)
    _check_meaning(name, spec, case, variables, file_of)
    if "base" in spec:
        own = series[spec["series"]]
        timing_at((*path, "base"), spec["base"], as_list(own["of"]))
        if not own["from"] <= spec["base"] <= own["to"]:
            raise ConfigError(
                f"{file_of((*path, 'base'))}: `{'.'.join((*path, 'base'))}` is {spec['base']}, and the series "
                f"'{spec['series']}' runs from {own['from']} to {own['to']}; write a date within."
            )


def _check_meaning(
    name: str,
    spec: Mapping[str, Any],
    case: Mapping[str, Any],
    variables: Variables,
    file_of: FileOf,
) -> None:
    """Check that what a figure names is of the kind that its words speak of."""
    indicators, series = case["indicators"], case.get("series", {})

    def kind(entry: Mapping[str, Any]) -> str:
        if entry["definition"] != "level":
            return str(entry["definition"])
        variable = variables[as_list(entry["of"])[0]]
        rate = variable["kind"] == "rate" and variable["unit_of_measure"] == "percent"
        return "share" if rate else str(variable["kind"])

    wanted: list[tuple[str, Mapping[str, Any], str, str]] = []
    if name in ("foreign_residents", "origin"):
        wanted = [("series", series[one], "share", "share") for one in as_list(spec["series"])]
    elif name == "density_size":
        wanted = [
            ("inhabitants", indicators[spec["inhabitants"]], "count", "level of a count"),
            ("density", indicators[spec["density"]], "ratio", "ratio"),
        ]
    elif name == "unemployment":
        wanted = [
            (end, indicators[spec[end]], "share", "level of a rate") for end in ("from", "to")
        ]
    for key, entry, kind_, words in wanted:
        if entry["definition"] != "not_available" and kind(entry) != kind_:
            path: Key = ("figures", name, key)
            raise ConfigError(
                f"{file_of(path)}: {dotted(path)} names '{entry['label']}', which is no {words}, and the "
                f"figure shows a {words}; name another, or write `not_available:` with the reason."
            )
    if name == "unemployment":
        first, last = (indicators[spec[end]] for end in ("from", "to"))
        if "date" in first and "date" in last:
            path = ("figures", name)
            if first["of"] != last["of"] or first["date"] >= last["date"]:
                raise ConfigError(
                    f"{file_of(path)}: {dotted(path)} compares '{first['label']}' with '{last['label']}'; name "
                    "the same rate at an earlier and at a later date."
                )


def _check_map(case: Mapping[str, Any], datasets: Datasets, file_of: FileOf) -> None:
    name = case["figures"].get("map", {}).get("boundaries")
    if name is None:
        return
    path: Key = ("figures", "map", "boundaries")
    able = [key for key, entry in datasets.items() if "boundaries" in entry]
    if name not in able:
        raise unknown(file_of(path), path, name, able, "dataset with `boundaries`")
    wanted = case["geography"]["code_system"]
    if datasets[name]["code_system"] != wanted:
        raise ConfigError(
            f"{file_of(path)}: {dotted(path)} names '{name}', whose codes are "
            f"{datasets[name]['code_system']}, and the case's are {wanted}; name boundaries with the same "
            "codes."
        )


def _check_look_alikes(case: Mapping[str, Any], file_of: FileOf) -> None:
    block = case.get("locality_profiles")
    if block is None:
        return
    path: Key = ("locality_profiles", "compared_by")
    for name in block["compared_by"]:
        if name not in case["indicators"]:
            raise unknown(file_of(path), path, name, case["indicators"], "indicator")
    if block["among"] == "candidates" and "selection" not in case:
        here: Key = ("locality_profiles", "among")
        raise ConfigError(
            f"{file_of(here)}: {dotted(here)} is candidates, and the case has no block `selection` that "
            "says which those are; add it, or write `among: units`."
        )

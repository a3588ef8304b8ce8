"""What a schema cannot say of a case: that its names, dates and references fit together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from smstra import (
    disclosure_rules,
    figure_rules,
    pseudonym_rules,
    robustness_rules,
    selection_rules,
)
from smstra.dataset_rules import real_date, unknown
from smstra.errors import ConfigError, listing, nearest
from smstra.outcomes import SCHEMES
from smstra.schema import Key, dotted
from smstra.vocabulary import Datasets, Variables, as_list, parts_of

_DATED = {
    "level": {"of", "date"},
    "share": {"of", "in", "date", "in_date"},
    "ratio": {"of", "in", "date", "in_date", "unit_of_measure"},
    "difference": {"of", "in", "from", "to", "unit_of_measure"},
    "difference_of_shares": {"of", "in", "from", "to"},
    "relative_change": {"of", "in", "from", "to"},
}
_ALWAYS = {
    "label",
    "definition",
    "max_year_gap",
    "stand_in_level",
    "years_averaged",
    "country",
    "region",
}

FileOf = Callable[[Key], str]


def check_case(
    case: Mapping[str, Any], datasets: Datasets, variables: Variables, file_of: FileOf
) -> None:
    """Raise ConfigError for the first thing in ``case`` that cannot be meant.

    Checked are names (datasets, variables, levels, indicators, schemes, size classes), the keys
    that each definition takes, calendar dates, and that references can be computed.
    """
    _check_geography(case, datasets, file_of)
    levels = [
        case["geography"]["level"],
        case["geography"]["region_level"],
        *case["geography"].get("stand_in_levels", {}),
    ]
    held: dict[str, list[str]] = {}
    for name, entry in datasets.items():
        for variable in entry.get("variables", {}):
            held.setdefault(variable, []).append(name)

    def variable_at(path: Key, name: str) -> None:
        if name not in variables:
            raise unknown(file_of(path), path, name, variables, "variable")
        for part in parts_of(name, variables):
            rebuilt = variables[part].get("rebuilt_from")
            needed = [*rebuilt["numerator"], *rebuilt["denominator"]] if rebuilt else [part]
            for item in needed:
                holders = held.get(item, [])
                if not set(holders) & set(case["datasets"]):
                    offer = (
                        f"add one of {listing(holders)} to `datasets`"
                        if holders
                        else "no dataset in config/datasets holds it; describe one, or set "
                        "`definition: not_available` with the reason in `because`"
                    )
                    raise ConfigError(
                        f"{file_of(path)}: {dotted(path)} needs the variable '{item}', which no "
                        f"dataset of the case holds; {offer}."
                    )

    for name, indicator in case["indicators"].items():
        _check_indicator(name, indicator, case, variables, variable_at, file_of)

    def comparison_at(path: Key, criterion: Mapping[str, Any]) -> None:
        _check_comparison(path, criterion, case, variables, variable_at, file_of)

    for name, criterion in case["criteria"].items():
        comparison_at(("criteria", name), criterion)
    _check_aggregates(case, levels, variables, variable_at, file_of)
    _check_presentation(case, variables, variable_at, file_of)

    def timing_at(path: Key, date: str, of: list[str]) -> None:
        _check_timing(file_of(path), path, date, of, variables)

    figure_rules.check(case, datasets, variables, variable_at, timing_at, file_of)
    pseudonym_rules.check(case, file_of)
    if "disclosure" in case:
        disclosure_rules.check(case, file_of)
    if "robustness" in case:
        robustness_rules.check(case, variables, comparison_at, file_of)
    if "selection" in case:
        selection_rules.check(case, datasets, variables, file_of)


def _check_aggregates(
    case: Mapping[str, Any],
    levels: list[str],
    variables: Variables,
    variable_at: Callable[[Key, str], None],
    file_of: FileOf,
) -> None:
    """The sums held against published totals: what is summed, over what, to what, and who says so."""
    for name, check in case.get("aggregate_checks", {}).items():
        path: Key = ("aggregate_checks", name)
        for key in ("of", "in"):
            for variable in as_list(check.get(key, [])):
                variable_at((*path, key), variable)
        if ("published" in check) == ("published_by" in check):
            raise ConfigError(
                f"{file_of(path)}: {dotted(path)} needs either `published:` (a figure, with "
                "`source:`) or `published_by:` (a dataset)."
            )
        if "published" in check and "source" not in check:
            raise ConfigError(
                f"{file_of(path)}: {dotted(path)} lacks 'source'; add `source:`, who says so."
            )
        if "published_by" in check and check["published_by"] not in case["datasets"]:
            raise unknown(
                file_of(path),
                (*path, "published_by"),
                check["published_by"],
                case["datasets"],
                "dataset",
            )
        if check["sum_over"] not in levels:
            here = (*path, "sum_over")
            raise unknown(file_of(here), here, check["sum_over"], levels, "level")
        areas = ["country", case["geography"]["region_level"]]
        if check["to"] not in areas:
            here = (*path, "to")
            raise unknown(file_of(here), here, check["to"], areas, "level")
        if check["date"] != "every":
            here = (*path, "date")
            _check_timing(file_of(here), here, check["date"], as_list(check["of"]), variables)


def _check_geography(case: Mapping[str, Any], datasets: Datasets, file_of: FileOf) -> None:
    geography = case["geography"]

    def dataset_at(path: Key, name: str, section: str) -> None:
        able = [key for key, entry in datasets.items() if section in entry]
        if name not in able:
            raise unknown(file_of(path), path, name, able, f"dataset with `{section}`")

    for name in case["datasets"]:
        dataset_at(("datasets",), name, "variables")
        _check_codes(name, geography, datasets[name], file_of(("datasets",)))
    for name in geography["units"]:
        dataset_at(("geography", "units"), name, "register")
    if "changes" in geography:
        dataset_at(("geography", "changes"), geography["changes"], "changes")
    real_date(file_of(("geography", "date")), ("geography", "date"), geography["date"])
    for level, area in geography.get("stand_in_levels", {}).items():
        path: Key = ("geography", "stand_in_levels", level)
        dataset_at((*path, "membership"), area["membership"], "membership")
        known = datasets[area["membership"]]["membership"]["levels"]
        if level not in known:
            raise unknown(file_of(path), path, level, known, "level")
    levels: set[str] = set()
    languages: set[str] = set()
    for name in geography["units"]:
        for part in datasets[name]["register"]:
            fixed = isinstance(part["level"], str)
            levels |= (
                {part["level"]} if fixed else set(_levels_named(part["level"], geography["level"]))
            )
            languages |= set(part["names"])
    for key in ("level", "region_level"):
        if geography[key] not in levels:
            path = ("geography", key)
            raise unknown(file_of(path), path, geography[key], levels, "level")
    names = geography["names"]
    for path, language in [
        (("geography", "names", "default"), names["default"]),
        *(
            (("geography", "names", "by_region", r), x)
            for r, x in names.get("by_region", {}).items()
        ),
    ]:
        if language not in languages:
            raise unknown(file_of(path), path, language, languages, "language")


def _check_codes(
    name: str, geography: Mapping[str, Any], dataset: Mapping[str, Any], file: str
) -> None:
    """Codes of another system must not meet the units: alike codes may be of different places."""
    wanted, level = geography["code_system"], geography["level"]
    for how in dataset.get("tables", {"": dataset}).values():
        held = how.get("level", dataset.get("level", ""))
        levels = [held] if isinstance(held, str) else _levels_named(held, level)
        if level in levels and dataset["code_system"] != wanted:
            raise ConfigError(
                f"{file}: `datasets` names '{name}', which holds figures of each {level} by the codes of "
                f"'{dataset['code_system']}', but the units of the case have those of '{wanted}'; codes of two "
                "systems, or of two vintages between which some were renumbered, are not joined. Take it out, "
                f"make a case of its own with `geography.code_system: {dataset['code_system']}`, or describe "
                "it with `unit.prefix` and units of its own (config/datasets/eu_cities.yaml does so)."
            )


def _levels_named(held: Mapping[str, Any], own: str) -> list[str]:
    """Return the levels that a dataset's ``level`` may give; any, where the code lists say it."""
    if "by" in held:
        return [own]
    return [*held.get("map", {}).values(), *held.get("code_length", {}).values()]


def _check_indicator(
    name: str,
    indicator: Mapping[str, Any],
    case: Mapping[str, Any],
    variables: Variables,
    variable_at: Callable[[Key, str], None],
    file_of: FileOf,
) -> None:
    path: Key = ("indicators", name)
    definition = indicator["definition"]
    takes = (
        (_DATED[definition] | _ALWAYS)
        if definition in _DATED
        else {"label", "definition", "because", "country", "region"}
    )
    for key in indicator:
        if key not in takes:
            raise ConfigError(
                f"{file_of((*path, 'definition'))}: {dotted(path)} is a {definition}, which does not take "
                f"the key '{key}'; remove it (in an override write `{key}: null`)."
            )
    if definition == "not_available":
        return
    for key in ("of", "in"):
        for variable in as_list(indicator.get(key, [])):
            variable_at((*path, key), variable)
    of, bases = as_list(indicator["of"]), as_list(indicator.get("in", []))
    for key, names in (("of", of), ("in", bases)):
        for variable in names:
            kind = variables[variable]["kind"]
            if (bases or len(names) > 1) and kind not in ("count", "area"):
                raise ConfigError(
                    f"{file_of((*path, key))}: {dotted((*path, key))} names '{variable}', a {kind}, "
                    "but only counts and areas can be added or divided; take its counts."
                )
    if definition == "difference" and bases and "unit_of_measure" not in indicator:
        raise ConfigError(
            f"{file_of(path)}: {dotted(path)} is a difference of a ratio and lacks "
            "'unit_of_measure'; add it."
        )
    for key in ("date", "from", "to", "in_date"):
        if key in indicator:
            timed = bases if key == "in_date" else of
            _check_timing(file_of((*path, key)), (*path, key), indicator[key], timed, variables)
    if "from" in indicator:
        _check_order(path, indicator, file_of)
    stand_ins = case["geography"].get("stand_in_levels", {})
    level = indicator.get("stand_in_level")
    if level is not None and level not in stand_ins:
        here = (*path, "stand_in_level")
        raise ConfigError(
            f"{file_of(here)}: {dotted(here)} is '{level}'{nearest(level, stand_ins)}, which "
            "`geography.stand_in_levels` does not define; the levels defined are "
            f"{listing(stand_ins) or 'none'}; write one of them, or remove the key."
        )


def _check_order(path: Key, block: Mapping[str, Any], file_of: FileOf) -> None:
    """``to`` must lie after ``from``, as far as the shorter of the two says."""
    first, last = block["from"], block["to"]
    length = min(len(first), len(last))
    if first[:length] >= last[:length]:
        here = (*path, "to")
        raise ConfigError(
            f"{file_of(here)}: {dotted(path)} runs from {first} to {last}, so `to` is not the later "
            "date; write a later one."
        )


def _check_timing(
    file: str, path: Key, date: str, names: Iterable[str], variables: Variables
) -> None:
    real_date(file, path, date)
    for name in names:
        if variables[name]["dates"] == "year" and len(date) != 4:
            raise ConfigError(
                f"{file}: {dotted(path)} is the day {date}, but '{name}' is a figure for a whole "
                f'year; write "{date[:4]}".'
            )


def _check_comparison(
    path: Key,
    criterion: Mapping[str, Any],
    case: Mapping[str, Any],
    variables: Variables,
    variable_at: Callable[[Key, str], None],
    file_of: FileOf,
) -> None:
    if criterion["indicator"] not in case["indicators"]:
        here = (*path, "indicator")
        raise unknown(file_of(here), here, criterion["indicator"], case["indicators"], "indicator")
    reference = criterion["reference"]
    if isinstance(reference, bool) or (isinstance(reference, str) and reference not in SCHEMES):
        here = (*path, "reference")
        raise ConfigError(
            f"{file_of(here)}: {dotted(here)} is {reference!r}{nearest(reference, SCHEMES)}; write "
            f"one of {listing(SCHEMES)}, or a number in the indicator's unit."
        )
    aggregate = criterion.get("aggregate")
    needs = isinstance(reference, str) and reference.endswith("_aggregate")
    if not needs:
        # An override of `reference` alone leaves the block behind; it says nothing then.
        return
    file = file_of(path)
    if aggregate is None:
        raise ConfigError(
            f"{file}: {dotted(path)} has the reference {reference} and lacks 'aggregate'; add "
            "`aggregate: {by: sum_of_counts}`, or published_total, or weighted_mean with a weight."
        )
    indicator = case["indicators"][criterion["indicator"]]
    if indicator["definition"] == "not_available":
        return
    by = aggregate["by"]
    if by == "weighted_mean":
        dates = ("date",) if "date" in indicator else ("from", "to")
        for key in ("weight", *dates):
            if key not in aggregate:
                raise ConfigError(
                    f"{file}: {dotted((*path, 'aggregate'))} is a weighted mean and lacks "
                    f"'{key}'; add `{key}: ...`."
                )
        weight = aggregate["weight"]
        variable_at((*path, "aggregate", "weight"), weight)
        if variables[weight]["kind"] != "count":
            raise ConfigError(
                f"{file}: {dotted((*path, 'aggregate', 'weight'))} is '{weight}', a "
                f"{variables[weight]['kind']}, but only a count can be a weight; write the count that "
                "is the rate's denominator."
            )
        for key in dates:
            here = (*path, "aggregate", key)
            _check_timing(file_of(here), here, aggregate[key], [weight], variables)
    of = as_list(indicator["of"])
    kinds = {variables[v]["kind"] for v in of if "rebuilt_from" not in variables[v]}
    if by == "sum_of_counts" and kinds - {"count", "area"}:
        raise ConfigError(
            f"{file}: {dotted((*path, 'aggregate', 'by'))} is sum_of_counts, but '{of[0]}' is a published "
            f"{sorted(kinds - {'count', 'area'})[0]} that is never summed; write "
            "`{by: weighted_mean, weight: ..., date: ...}` or another reference."
        )
    if by == "published_total" and reference.startswith("region_"):
        raise ConfigError(
            f"{file}: {dotted(path)} asks for published totals of regions, which are not read; "
            "write `aggregate: {by: sum_of_counts}`."
        )


def _check_presentation(
    case: Mapping[str, Any],
    variables: Variables,
    variable_at: Callable[[Key, str], None],
    file_of: FileOf,
) -> None:
    for name in case["profile"]:
        if name not in case["indicators"]:
            raise unknown(
                file_of(("profile",)), ("profile",), name, case["indicators"], "indicator"
            )
    sizes = case["size_classes"]
    thin = [entry["name"] for entry in sizes["classes"] if "density_below" in entry]
    if thin and "area" not in sizes:
        raise ConfigError(
            f"{file_of(('size_classes',))}: the size class '{thin[0]}' has `density_below`, but "
            "`size_classes` lacks 'area'; add `area:`, or remove `density_below`."
        )
    told = [entry["name"] for entry in sizes["classes"] if "category" in entry]
    if told and "category" not in sizes:
        raise ConfigError(
            f"{file_of(('size_classes',))}: the size class '{told[0]}' has `category`, but `size_classes` "
            "does not say of which variable; add `category:` with `variable` and `date`."
        )
    for key in ("inhabitants", "area", "category"):
        if key not in sizes:
            continue
        variable_at(("size_classes", key, "variable"), sizes[key]["variable"])
        path: Key = ("size_classes", key, "date")
        _check_timing(file_of(path), path, sizes[key]["date"], [sizes[key]["variable"]], variables)
    names = [entry["name"] for entry in sizes["classes"]]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(
                f"{file_of(('size_classes', 'classes'))}: two of `size_classes.classes` are called "
                f"'{name}'; rename one, for each needs a name of its own."
            )
    for entry in sizes["classes"]:
        if entry.get("from", 0) >= entry.get("below", float("inf")):
            raise ConfigError(
                f"{file_of(('size_classes',))}: the size class '{entry['name']}' holds nothing, for its "
                f"`from` {entry['from']} is not less than its `below` {entry['below']}; write a "
                "greater `below`."
            )

"""What a schema cannot say: the rules by which datasets, cases and the vocabulary fit together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from smstra.errors import ConfigError, listing, nearest
from smstra.schema import Key, dotted

SCHEMES = (
    "zero",
    "national_aggregate",
    "national_median",
    "national_mean",
    "region_aggregate",
    "region_median",
    "region_mean",
)
_DATED = {
    "level": {"of", "date"},
    "share": {"of", "in", "date", "in_date"},
    "ratio": {"of", "in", "date", "in_date", "unit_of_measure"},
    "difference": {"of", "in", "from", "to", "unit_of_measure"},
    "relative_change": {"of", "in", "from", "to"},
}
_ALWAYS = {"label", "definition", "max_year_gap", "stand_in_level"}

Datasets = Mapping[str, Mapping[str, Any]]
Variables = Mapping[str, Mapping[str, Any]]
FileOf = Callable[[Key], str]


def as_list(value: str | Iterable[str]) -> list[str]:
    """Return ``["a"]`` for ``"a"``, a list as it is."""
    return [value] if isinstance(value, str) else list(value)


def parts_of(names: str | Iterable[str], variables: Variables) -> list[str]:
    """Replace each variable that the vocabulary builds by ``sum_of`` by its parts."""
    return [part for name in as_list(names) for part in variables[name].get("sum_of", [name])]


def datasets_used(case: Mapping[str, Any], datasets: Datasets) -> list[str]:
    """Return the names of all datasets that ``case`` reads, registers and changes included."""
    geography = case["geography"]
    names = [*case["datasets"], *geography["units"]]
    names += [geography["changes"]] if "changes" in geography else []
    names += [area["membership"] for area in geography.get("stand_in_levels", {}).values()]
    for name in list(names):
        names += datasets[name].get("code_lists", [])
        names += [datasets[name]["code_changes"]] if "code_changes" in datasets[name] else []
    return sorted(set(names))


def variables_used(case: Mapping[str, Any], variables: Variables) -> list[str]:
    """Return the observed variables that the case's indicators, classes, figures, checks need."""
    names: list[str] = []
    for indicator in case["indicators"].values():
        names += as_list(indicator.get("of", [])) + as_list(indicator.get("in", []))
    for check in case.get("aggregate_checks", {}).values():
        names += as_list(check["of"]) + as_list(check.get("in", []))
    for criterion in case["criteria"].values():
        names += as_list(criterion.get("aggregate", {}).get("weight", []))
    sizes = case["size_classes"]
    names += [sizes["inhabitants"]["variable"], sizes["area"]["variable"]]
    names += [case["figures"]["population_index"]["variable"]]
    used = set()
    for name in names:
        rebuilt = variables[name].get("rebuilt_from", {})
        used |= set(parts_of(name, variables))
        used |= {*rebuilt.get("numerator", []), *rebuilt.get("denominator", [])}
    return sorted(used)


def _unknown(file: str, path: Key, name: str, known: Iterable[str], what: str) -> ConfigError:
    options = sorted(known)
    return ConfigError(
        f"{file}: `{dotted(path)}` names the {what} '{name}', which is not known"
        f"{nearest(name, options)}; write one of {listing(options, 40)}."
    )


def check_datasets(datasets: Datasets, variables: Variables, pins: list[dict[str, Any]]) -> None:
    """Raise ConfigError where a dataset's description does not hold together."""
    pinned: dict[str, list[str]] = {}
    for pin in pins:
        if pin["vintage"] in pinned.setdefault(pin["id"], []):
            raise ConfigError(
                f"data/sources.yaml: dataset '{pin['id']}' is pinned twice as vintage "
                f"'{pin['vintage']}'; give each vintage a name of its own."
            )
        pinned[pin["id"]].append(pin["vintage"])
    for name in pinned:
        if name not in datasets:
            raise ConfigError(
                f"data/sources.yaml: a snapshot is pinned for the dataset '{name}', which no file "
                f"in config/datasets describes{nearest(name, datasets)}; describe it or mend `id`."
            )
    for name, entry in datasets.items():
        _check_dataset(name, entry, datasets, variables, pinned)


def _check_dataset(
    name: str, entry: Mapping[str, Any], datasets: Datasets, variables: Variables, pinned: Datasets
) -> None:
    file = entry["file"]
    if name not in pinned:
        raise ConfigError(
            f"{file}: the dataset '{name}' has no snapshot in data/sources.yaml"
            f"{nearest(name, pinned)}; pin one (`smstra pin FILE` prints the lines)."
        )
    if entry["vintage"] not in pinned[name]:
        raise ConfigError(
            f"{file}: `{name}.vintage` is '{entry['vintage']}'"
            f"{nearest(entry['vintage'], pinned[name])}; data/sources.yaml pins "
            f"{listing(pinned[name])}."
        )
    if entry["format"] == "csv" and "columns" not in entry:
        raise ConfigError(f"{file}: `{name}` lacks the key 'columns', the header of the table.")
    for other in [*entry.get("code_lists", []), *as_list(entry.get("code_changes", []))]:
        if other not in datasets:
            raise _unknown(file, (name, "code_lists"), other, datasets, "dataset")
    columns = entry.get("columns", [])
    for path, column in _columns_named(entry):
        if column not in columns:
            raise _unknown(file, (name, *path), column, columns, "column")
    if "variables" not in entry:
        return
    for key in ("unit", "level", "date", "missing", "geography_date"):
        if key not in entry:
            raise ConfigError(
                f"{file}: `{name}` has variables but lacks the key '{key}'; add `{key}: ...`."
            )
    if "code_lists" not in entry and "code_prefixes" not in entry:
        raise ConfigError(
            f"{file}: `{name}` lacks 'code_lists' (or 'code_prefixes'), without which no code can "
            "be checked; name the register of its units."
        )
    if ("column" in entry["date"]) == ("fixed" in entry["date"]):
        raise ConfigError(
            f"{file}: `{name}.date` needs either `column:` (a year a row) or `fixed:` (one year)."
        )
    for variable in entry["variables"]:
        if variable not in variables:
            raise _unknown(file, (name, "variables"), variable, variables, "variable")
        if variables[variable]["dates"] == "day" and "day" not in entry["date"]:
            raise ConfigError(
                f"{file}: '{variable}' is counted on a day, so `{name}.date` needs `day:` "
                '(month and day, for instance "01-01").'
            )


def _columns_named(entry: Mapping[str, Any]) -> Iterable[tuple[Key, str]]:
    """Yield the place and name of every column that a dataset's description mentions."""
    for column in entry.get("unused_columns", {}):
        yield ("unused_columns",), column
    for key in ("unit", "date", "exclude"):
        if "column" in entry.get(key, {}):
            yield (key, "column"), entry[key]["column"]
    if isinstance(entry.get("level"), Mapping) and "column" in entry["level"]:
        yield ("level", "column"), entry["level"]["column"]
    for name, spec in entry.get("variables", {}).items():
        yield ("variables", name, "column"), spec["column"]
        if "flags_column" in spec:
            yield ("variables", name, "flags_column"), spec["flags_column"]
        for column in spec.get("where", {}):
            yield ("variables", name, "where"), column
    for key in ("old", "new", "effective", "kind"):
        if "changes" in entry:
            yield ("changes", key), entry["changes"][key]
    if "membership" in entry:
        yield ("membership", "unit"), entry["membership"]["unit"]
        for level, column in entry["membership"]["levels"].items():
            yield ("membership", "levels", level), column
    for number, part in enumerate(entry.get("register", [])):
        for key in ("level", "code", "parent", "valid_from", "valid_to"):
            if isinstance(part.get(key), Mapping) and "column" in part[key]:
                yield ("register", number, key), part[key]["column"]
        for language, column in part["names"].items():
            yield ("register", number, "names", language), column


def check_breaks(breaks: Datasets, datasets: Datasets, variables: Variables) -> None:
    """Raise ConfigError where the register of breaks names what there is not."""
    for name, entry in breaks.items():
        for dataset in entry["datasets"]:
            if dataset not in datasets:
                raise _unknown(
                    "config/breaks.yaml", (name, "datasets"), dataset, datasets, "dataset"
                )
        for variable in entry["variables"]:
            if variable not in variables:
                raise _unknown(
                    "config/breaks.yaml", (name, "variables"), variable, variables, "variable"
                )
        for key in ("effective", "transition_until"):
            if key in entry:
                _real_date("config/breaks.yaml", (name, key), entry[key])


def check_case(
    case: Mapping[str, Any], datasets: Datasets, variables: Variables, file_of: FileOf
) -> None:
    """Raise ConfigError for the first thing in ``case`` that cannot be meant.

    Checked are names (datasets, variables, levels, indicators, schemes, size classes), the keys
    that each definition takes, calendar dates, and that references can be computed.
    """
    _check_geography(case, datasets, file_of)
    held: dict[str, list[str]] = {}
    for name, entry in datasets.items():
        for variable in entry.get("variables", {}):
            held.setdefault(variable, []).append(name)

    def variable_at(path: Key, name: str) -> None:
        if name not in variables:
            raise _unknown(file_of(path), path, name, variables, "variable")
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
                        f"{file_of(path)}: `{dotted(path)}` needs the variable '{item}', which no "
                        f"dataset of the case holds; {offer}."
                    )

    for name, indicator in case["indicators"].items():
        _check_indicator(name, indicator, case, variables, variable_at, file_of)
    for name, criterion in case["criteria"].items():
        _check_criterion(name, criterion, case, variables, variable_at, file_of)
    for name, check in case.get("aggregate_checks", {}).items():
        path: Key = ("aggregate_checks", name)
        for key in ("of", "in"):
            for variable in as_list(check.get(key, [])):
                variable_at((*path, key), variable)
        if ("published" in check) == ("published_by" in check):
            raise ConfigError(
                f"{file_of(path)}: `{dotted(path)}` needs either `published:` (a figure, with "
                "`source:`) or `published_by:` (a dataset)."
            )
        if "published" in check and "source" not in check:
            raise ConfigError(f"{file_of(path)}: `{dotted(path)}` lacks `source:`, who says so.")
        if "published_by" in check and check["published_by"] not in case["datasets"]:
            raise _unknown(
                file_of(path),
                (*path, "published_by"),
                check["published_by"],
                case["datasets"],
                "dataset",
            )
        if check["to"] not in ("country", case["geography"]["region_level"]):
            levels = ["country", case["geography"]["region_level"]]
            raise _unknown(file_of(path), (*path, "to"), check["to"], levels, "level")
    _check_presentation(case, variable_at, file_of)


def _check_geography(case: Mapping[str, Any], datasets: Datasets, file_of: FileOf) -> None:
    geography = case["geography"]

    def dataset_at(path: Key, name: str, section: str) -> None:
        able = [key for key, entry in datasets.items() if section in entry]
        if name not in able:
            raise _unknown(file_of(path), path, name, able, f"dataset with `{section}`")

    for name in case["datasets"]:
        dataset_at(("datasets",), name, "variables")
    for name in geography["units"]:
        dataset_at(("geography", "units"), name, "register")
    if "changes" in geography:
        dataset_at(("geography", "changes"), geography["changes"], "changes")
    _real_date(file_of(("geography", "date")), ("geography", "date"), geography["date"])
    for level, area in geography.get("stand_in_levels", {}).items():
        path: Key = ("geography", "stand_in_levels", level)
        dataset_at((*path, "membership"), area["membership"], "membership")
        known = datasets[area["membership"]]["membership"]["levels"]
        if level not in known:
            raise _unknown(file_of(path), path, level, known, "level")
    levels: set[str] = set()
    languages: set[str] = set()
    for name in geography["units"]:
        for part in datasets[name]["register"]:
            fixed = isinstance(part["level"], str)
            levels |= {part["level"]} if fixed else set(part["level"]["map"].values())
            languages |= set(part["names"])
    for key in ("level", "region_level"):
        if geography[key] not in levels:
            path = ("geography", key)
            raise _unknown(file_of(path), path, geography[key], levels, "level")
    names = geography["names"]
    for path, language in [
        (("geography", "names", "default"), names["default"]),
        *(
            (("geography", "names", "by_region", r), x)
            for r, x in names.get("by_region", {}).items()
        ),
    ]:
        if language not in languages:
            raise _unknown(file_of(path), path, language, languages, "language")


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
        else {"label", "definition", "because"}
    )
    for key in indicator:
        if key not in takes:
            raise ConfigError(
                f"{file_of((*path, key))}: `{dotted(path)}` is a {definition}, which does not take "
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
                    f"{file_of((*path, key))}: `{dotted(path)}.{key}` names '{variable}', a {kind}, "
                    "but only counts and areas can be added or divided; take its counts."
                )
    if definition == "difference" and bases and "unit_of_measure" not in indicator:
        raise ConfigError(
            f"{file_of(path)}: `{dotted(path)}` is a difference of a ratio and lacks "
            "'unit_of_measure'; add it."
        )
    for key in ("date", "from", "to", "in_date"):
        if key in indicator:
            timed = bases if key == "in_date" else of
            _check_timing(file_of((*path, key)), (*path, key), indicator[key], timed, variables)
    if "from" in indicator and indicator["from"] >= indicator["to"]:
        raise ConfigError(
            f"{file_of((*path, 'to'))}: `{dotted(path)}` runs from {indicator['from']} to "
            f"{indicator['to']}; `to` must be the later date."
        )
    stand_ins = case["geography"].get("stand_in_levels", {})
    level = indicator.get("stand_in_level")
    if level is not None and level not in stand_ins:
        here = (*path, "stand_in_level")
        raise ConfigError(
            f"{file_of(here)}: `{dotted(here)}` is '{level}'{nearest(level, stand_ins)}, which "
            "`geography.stand_in_levels` does not define; the levels defined are "
            f"{listing(stand_ins) or 'none'}."
        )


def _check_timing(
    file: str, path: Key, date: str, names: Iterable[str], variables: Variables
) -> None:
    _real_date(file, path, date)
    for name in names:
        if variables[name]["dates"] == "year" and len(date) != 4:
            raise ConfigError(
                f"{file}: `{dotted(path)}` is the day {date}, but '{name}' is a figure for a whole "
                f'year; write "{date[:4]}".'
            )


def _real_date(file: str, path: Key, date: str) -> None:
    try:
        dt.date.fromisoformat(date if len(date) > 4 else f"{date}-01-01")
    except ValueError as error:
        raise ConfigError(
            f"{file}: `{dotted(path)}` is '{date}', which is no day of the calendar ({error}); "
            "write a date as 2005-01-01."
        ) from error


def _check_criterion(
    name: str,
    criterion: Mapping[str, Any],
    case: Mapping[str, Any],
    variables: Variables,
    variable_at: Callable[[Key, str], None],
    file_of: FileOf,
) -> None:
    path: Key = ("criteria", name)
    if criterion["indicator"] not in case["indicators"]:
        here = (*path, "indicator")
        raise _unknown(file_of(here), here, criterion["indicator"], case["indicators"], "indicator")
    reference = criterion["reference"]
    if isinstance(reference, bool) or (isinstance(reference, str) and reference not in SCHEMES):
        here = (*path, "reference")
        raise ConfigError(
            f"{file_of(here)}: `{dotted(here)}` is {reference!r}{nearest(reference, SCHEMES)}; write "
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
            f"{file}: `{dotted(path)}` has the reference {reference} and lacks 'aggregate'; add "
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
                    f"{file}: `{dotted(path)}.aggregate` is a weighted mean and lacks '{key}'."
                )
        variable_at((*path, "aggregate", "weight"), aggregate["weight"])
    of = as_list(indicator["of"])
    kinds = {variables[v]["kind"] for v in of if "rebuilt_from" not in variables[v]}
    if by == "sum_of_counts" and kinds - {"count", "area"}:
        raise ConfigError(
            f"{file}: `{dotted(path)}.aggregate.by` is sum_of_counts, but '{of[0]}' is a published "
            f"{sorted(kinds - {'count', 'area'})[0]} that is never summed; write "
            "`{by: weighted_mean, weight: ..., date: ...}` or another reference."
        )
    if by == "published_total" and reference.startswith("region_"):
        raise ConfigError(
            f"{file}: `{dotted(path)}` asks for published totals of regions, which are not read; "
            "write `aggregate: {by: sum_of_counts}`."
        )


def _check_presentation(
    case: Mapping[str, Any], variable_at: Callable[[Key, str], None], file_of: FileOf
) -> None:
    for name in case["profile"]:
        if name not in case["indicators"]:
            raise _unknown(
                file_of(("profile",)), ("profile",), name, case["indicators"], "indicator"
            )
    sizes = case["size_classes"]
    for key in ("inhabitants", "area"):
        variable_at(("size_classes", key, "variable"), sizes[key]["variable"])
        path: Key = ("size_classes", key, "date")
        _real_date(file_of(path), path, sizes[key]["date"])
    names = [entry["name"] for entry in sizes["classes"]]
    if len(set(names)) < len(names):
        raise ConfigError(
            f"{file_of(('size_classes',))}: two `size_classes.classes` have the same name; each "
            "needs a name of its own."
        )
    for entry in sizes["classes"]:
        if entry.get("from", 0) >= entry.get("below", float("inf")):
            raise ConfigError(
                f"{file_of(('size_classes',))}: the size class '{entry['name']}' holds nothing, its "
                f"`from` {entry['from']} is not less than its `below` {entry['below']}."
            )
    figures = case["figures"]
    for name in figures["towns"]["among_size_classes"]:
        if name not in names:
            here: Key = ("figures", "towns", "among_size_classes")
            raise _unknown(file_of(here), here, name, names, "size class")
    if (figures["towns"]["choose"] == "named") != ("units" in figures["towns"]):
        raise ConfigError(
            f"{file_of(('figures', 'towns'))}: `figures.towns` needs `units:` if, and only if, "
            "`choose` is named."
        )
    compared = [criterion["indicator"] for criterion in case["criteria"].values()]
    for axis in ("x", "y"):
        if figures["quadrants"][axis] not in compared:
            here = ("figures", "quadrants", axis)
            raise _unknown(
                file_of(here), here, figures["quadrants"][axis], compared, "criterion's indicator"
            )
    index = figures["population_index"]
    variable_at(("figures", "population_index", "variable"), index["variable"])
    for key in ("base", "from", "to"):
        here = ("figures", "population_index", key)
        _real_date(file_of(here), here, index[key])

"""What a schema cannot say of a case's `robustness`: that its choices and errors fit the case."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from smstra.dataset_rules import unknown
from smstra.errors import ConfigError, listing
from smstra.outcomes import SCHEMES
from smstra.schema import Key, dotted
from smstra.vocabulary import Variables, terms_of

FileOf = Callable[[Key], str]
CheckComparison = Callable[[Key, Mapping[str, Any]], None]
# The name of the case's own window; no other can have it.
OWN_WINDOW = "as_asked"
_OF_AN_INDICATOR = (
    "indicator",
    "holds_if",
    "moves_with",
    "aggregate",
    "region_aggregate",
    "references",
)
_COMPONENTS = ("rounded_to", "randomly_rounded_to", "standard_error", "relative_standard_error")


def check(
    case: Mapping[str, Any],
    variables: Variables,
    check_comparison: CheckComparison,
    file_of: FileOf,
) -> None:
    """Raise ConfigError for the first thing in ``case["robustness"]`` that cannot be meant.

    ``check_comparison`` raises for an indicator, reference and aggregate that do not go together, as at
    a criterion.
    """
    block = case["robustness"]
    for criterion, definitions in block["definitions"].items():
        before: dict[str, set[str | float]] = {}
        for name, definition in definitions.items():
            path: Key = ("robustness", "definitions", criterion, name)
            _check_definition(path, name, definition, before, case, file_of)
            _refuse_twice(path, definition, {n: definitions[n] for n in before}, file_of)
            references = definition.get("references", block["references"][criterion])
            if "indicator" in definition:
                own: Key = (*path, "references")
                listed = own if "references" in definition else (*own[:1], "references", criterion)
                for reference in references:
                    if isinstance(reference, str) and reference not in SCHEMES:
                        raise unknown(file_of(listed), listed, reference, SCHEMES, "reference")
                _check_references(path, definition, references, check_comparison)
                before[name] = set(references)
                continue
            parts = definition.get("all_of") or definition["any_of"]
            before[name] = set.intersection(*(before[part] for part in parts))
            if not before[name]:
                raise ConfigError(
                    f"{file_of(path)}: {dotted(path)} joins {listing(parts)}, which have no reference in "
                    "common; add one to the `references` of each."
                )
    before_it: dict[str, Any] = {}
    for name, window in block["windows"].items():
        path = ("robustness", "windows", name)
        _check_window(path, name, window, case, file_of)
        moves = {"start": 0, "end": 0, "years_averaged": 1, **window}
        own_window = {OWN_WINDOW: {"start": 0, "end": 0, "years_averaged": 1}}
        _refuse_twice(path, moves, {**own_window, **before_it}, file_of)
        before_it[name] = moves
    _check_errors(case, variables, file_of)
    bounds = block["verdicts"]
    for key in ("probability", "agreement"):
        if bounds["robust"][key] < bounds["likely"][key]:
            path = ("robustness", "verdicts", "robust", key)
            raise ConfigError(
                f"{file_of(path)}: {dotted(path)} is {bounds['robust'][key]}, less than the "
                f"{bounds['likely'][key]} of `likely`; robust asks for no less than likely."
            )


def _refuse_twice(
    path: Key, entry: Mapping[str, Any], others: Mapping[str, Any], file_of: FileOf
) -> None:
    """The same choice under two names would weigh twice."""
    same = [name for name, other in others.items() if other == entry]
    if same:
        raise ConfigError(
            f"{file_of(path)}: {dotted(path)} says the same as '{same[0]}', so it would count twice; remove "
            "one of the two."
        )


def _check_definition(
    path: Key,
    name: str,
    definition: Mapping[str, Any],
    before: Iterable[str],
    case: Mapping[str, Any],
    file_of: FileOf,
) -> None:
    if name == OWN_WINDOW:
        raise ConfigError(
            f"{file_of(path)}: {dotted(path)} has the name that the case's own choice bears; write another "
            "name."
        )
    kinds = [key for key in ("indicator", "all_of", "any_of") if key in definition]
    if len(kinds) != 1:
        raise ConfigError(
            f"{file_of(path)}: {dotted(path)} has {listing(kinds) or 'none'} of `indicator`, `all_of` and "
            "`any_of`; write one of them."
        )
    if kinds[0] != "indicator":
        for key in _OF_AN_INDICATOR:
            if key in definition:
                raise ConfigError(
                    f"{file_of((*path, key))}: {dotted(path)} joins other definitions, so it does not take "
                    f"'{key}'; remove it."
                )
        for part in definition[kinds[0]]:
            if part not in before:
                here = (*path, kinds[0])
                raise unknown(file_of(here), here, part, before, "definition before this one")
        return
    if "holds_if" not in definition:
        raise ConfigError(
            f"{file_of(path)}: {dotted(path)} lacks 'holds_if'; add `holds_if: at_least` or at_most, above, "
            "below."
        )
    compared = definition["indicator"]
    if compared not in case["indicators"]:
        here = (*path, "indicator")
        raise unknown(file_of(here), here, compared, case["indicators"], "indicator")
    indicator = case["indicators"][compared]
    if "date" in indicator and "moves_with" not in definition:
        raise ConfigError(
            f"{file_of(path)}: {dotted(path)} compares '{compared}', a figure of one date, and lacks "
            "'moves_with'; add `moves_with: start` or `moves_with: end`, the end of the window that moves it."
        )
    if "from" in indicator and "moves_with" in definition:
        raise ConfigError(
            f"{file_of((*path, 'moves_with'))}: {dotted(path)} compares '{compared}', which has both ends "
            "of the window; remove `moves_with`."
        )


def _check_references(
    path: Key,
    definition: Mapping[str, Any],
    references: Iterable[str | float],
    check_comparison: CheckComparison,
) -> None:
    for reference in references:
        spec = {"indicator": definition["indicator"], "reference": reference}
        regional = str(reference).startswith("region_")
        own = definition.get("region_aggregate" if regional else "aggregate")
        how = own or definition.get("aggregate")
        if str(reference).endswith("_aggregate"):
            if how is None or (regional and how["by"] == "published_total"):
                # Said beside the choice in choices.csv: the data do not allow it.
                continue
            spec["aggregate"] = how
        check_comparison(path, spec)


def _check_window(
    path: Key, name: str, window: Mapping[str, Any], case: Mapping[str, Any], file_of: FileOf
) -> None:
    if name == OWN_WINDOW:
        raise ConfigError(
            f"{file_of(path)}: {dotted(path)} has the name of the case's own window; write another name."
        )
    compared = [criterion["indicator"] for criterion in case["criteria"].values()]
    for definitions in case["robustness"]["definitions"].values():
        compared += [d["indicator"] for d in definitions.values() if "indicator" in d]
    for measured in compared:
        indicator = case["indicators"][measured]
        if "from" not in indicator:
            continue
        first = int(indicator["from"][:4]) + window.get("start", 0)
        last = int(indicator["to"][:4]) + window.get("end", 0)
        if first >= last:
            raise ConfigError(
                f"{file_of(path)}: {dotted(path)} makes '{measured}' run from {first} to "
                f"{last}; write a window whose end is the later year."
            )


def _check_errors(case: Mapping[str, Any], variables: Variables, file_of: FileOf) -> None:
    block = case["robustness"]["probabilities"]
    at: Key = ("robustness", "probabilities")
    used = [criterion["indicator"] for criterion in case["criteria"].values()]
    needed: dict[str, str] = {}
    for name in used:
        indicator = case["indicators"][name]
        if indicator["definition"] != "not_available":
            needed |= dict.fromkeys(terms_of(indicator, variables), name)
    for variable, name in needed.items():
        if variable not in block["errors"]:
            raise ConfigError(
                f"{file_of((*at, 'errors'))}: {dotted((*at, 'errors'))} does not say how uncertain "
                f"'{variable}' is, which `indicators.{name}` is made of; add `{variable}:` with `exact: "
                "true`, `rounded_to` or a standard error, and `because`."
            )
    levels = [case["geography"]["level"], "country", *case["geography"].get("stand_in_levels", {})]
    for variable, error in block["errors"].items():
        path: Key = (*at, "errors", variable)
        if variable not in variables:
            raise unknown(file_of(path), path, variable, variables, "variable")
        given = [key for key in _COMPONENTS if key in error]
        if ("exact" in error) == bool(given):
            what = "both `exact` and " + listing(given) if given else "no error"
            raise ConfigError(
                f"{file_of(path)}: {dotted(path)} has {what}; write `exact: true` alone, or one or more of "
                f"{listing(_COMPONENTS)}."
            )
        for key in given:
            if isinstance(error[key], Mapping):
                for level in error[key]:
                    if level not in levels:
                        here = (*path, key, level)
                        raise unknown(file_of(here), here, level, levels, "level")
    for key in ("other_year", "stand_in"):
        for name in block.get(key, {}):
            if name not in used:
                here = (*at, key, name)
                raise unknown(file_of(here), here, name, used, "indicator of a criterion")

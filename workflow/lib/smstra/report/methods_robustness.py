"""Methods of robustness in words: which choices are combined, which errors drawn, what verdicts ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smstra.flags_in_words import level_in_words
from smstra.language import NARROW, Language
from smstra.report import wording, words
from smstra.report.formulas import formula
from smstra.report.parts import Items, Part, Table, Text
from smstra.robustness.choices import AS_ASKED, definitions_of, named, references_of
from smstra.typology import CRITERIA
from smstra.vocabulary import Variables


def parts(case: Mapping[str, Any], variables: Variables, say: Language) -> list[Part]:
    """Return which choices are combined, which errors are drawn, and what the verdicts ask for."""
    block = case["robustness"]
    found: list[Part] = [
        Text(
            say(
                "Every unit is classified under every combination of the definitions, references "
                "and windows below, the case's own among them, all three criteria in the same "
                "window. All combinations weigh the same."
            )
        ),
        _definitions(case, variables, say),
        Items([say("Window of the case: the dates above."), *windows(block["windows"], say)]),
    ]
    draws = block["probabilities"]
    found += [
        Text(
            say(
                "Probabilities: the types are drawn {draws} times (seed {seed}), each time with "
                "other errors of the figures and other references.",
                draws=say.number(draws["draws"]),
                seed=str(draws["seed"]),
            )
        ),
        Items([*errors(case, variables, say), *spreads(draws["threshold_spread"], case, say)]),
        Text(
            say(
                "What drives the types is measured over the whole grid of combinations (Sobol "
                "indices: exact, and beside them an estimate from {samples} points of a sequence "
                "with seed {seed}), and by changing one thing at a time.",
                samples=say.number(block["sensitivity"]["samples"]),
                seed=str(block["sensitivity"]["seed"]),
            )
        ),
        Items(verdict_rules(block["verdicts"], say)),
    ]
    if "known_cases" in block:
        found.append(
            Text(
                say(
                    "A private table of known cases was given. Which rules give them their known "
                    "types stands in robustness/consistent_rules.csv and "
                    "consistent_thresholds.csv, and not here: these two files tell as much as the "
                    "private table."
                )
            )
        )
    return found


def _definitions(case: Mapping[str, Any], variables: Variables, say: Language) -> Table:
    rows = []
    for criterion in CRITERIA:
        own = named(case["criteria"][criterion]["reference"])
        definitions = definitions_of(case, criterion)
        references = references_of(case, criterion, definitions)
        for name, entry in definitions.items():
            if "indicator" in entry:
                indicator = case["indicators"][entry["indicator"]]
                what = say(
                    "{label}: {formula}; yes if {holds}",
                    label=say.own(indicator["label"]),
                    formula=formula(indicator, variables, say),
                    holds=words.holds_if(entry["holds_if"], say),
                )
            elif "all_of" in entry:
                what = say("yes if all of these say yes: {names}", names=", ".join(entry["all_of"]))
            else:
                what = say(
                    "yes if any of these says yes: {names}", names=", ".join(entry["any_of"])
                )
            against = [
                say("{reference} (the case's own)", reference=_reference(each, say))
                if each == own and entry.get("own")
                else _reference(each, say)
                for each in references[name]
            ]
            called = say("the case's own") if name == AS_ASKED else name
            rows.append(
                (
                    wording.criterion_in_words(criterion, case, say),
                    say("{name} (the case's own)", name=name)
                    if entry.get("own") and name != AS_ASKED
                    else called,
                    what,
                    "; ".join(against),
                )
            )
    return Table(
        say("Definitions and references that are combined"),
        [say("Criterion"), say("Definition"), say("What is compared"), say("References")],
        rows,
    )


def _reference(name: str, say: Language) -> str:
    """Return a reference of the grid, a scheme or a number written as text, in words."""
    try:
        return words.plain(float(name), say)
    except ValueError:
        return words.reference(name, "", say)


def windows(block: Mapping[str, Mapping[str, int]], say: Language) -> list[str]:
    """Return what each window moves."""
    said = []
    for name, window in block.items():
        moves = []
        for end, years in ((end, window.get(end, 0)) for end in ("start", "end")):
            if years:
                moves.append(_moved(end, years, say))
        if "years_averaged" in window:
            moves.append(
                say.plural(
                    "each date the figure of {n} year",
                    "each date the mean of {n} years",
                    window["years_averaged"],
                )
            )
        moves = moves or [say("the dates of the case")]
        said.append(say("Window {name}: {moves}.", name=name, moves=say.listing(moves)))
    return said


def _moved(end: str, years: int, say: Language) -> str:
    """Return by how many years an end of the period is moved."""
    many = abs(years)
    if end == "start":
        if years < 0:
            return say.plural(
                "the first date {n} year earlier", "the first date {n} years earlier", many
            )
        return say.plural("the first date {n} year later", "the first date {n} years later", many)
    if years < 0:
        return say.plural("the last date {n} year earlier", "the last date {n} years earlier", many)
    return say.plural("the last date {n} year later", "the last date {n} years later", many)


def errors(case: Mapping[str, Any], variables: Variables, say: Language) -> list[str]:
    """Return which error each figure is drawn with, and why it is assumed."""
    block = case["robustness"]["probabilities"]
    said = []
    for name, entry in block["errors"].items():
        unit = variables.get(name, {}).get("unit_of_measure", "")
        kinds = []
        if entry.get("exact"):
            kinds.append(say("no error"))
        for key in (
            "rounded_to",
            "randomly_rounded_to",
            "standard_error",
            "relative_standard_error",
        ):
            if key in entry:
                kinds += _error(key, entry[key], unit, say)
        said.append(
            say(
                "{variable}: {errors}. Why: {because}.",
                variable=words.variable(name, variables, say),
                errors=say.listing(kinds),
                because=say.own(entry["because"]),
            )
        )
    flagged = block.get("flagged_times", {})
    if flagged:
        said.append(
            say(
                "A figure that the source flags has its standard error multiplied: {flags}.",
                flags=say.listing(
                    [
                        say("flag {flag} by {times}", flag=flag, times=words.plain(times, say))
                        for flag, times in flagged.items()
                    ]
                ),
            )
        )
    for name, entry in block.get("other_year", {}).items():
        said.append(
            say(
                "{indicator}, of another year than the one asked for: a standard error of {error} "
                "for each year between. Why: {because}.",
                indicator=say.own(case["indicators"][name]["label"]),
                error=words.plain(entry["standard_error_per_year"], say),
                because=say.own(entry["because"]),
            )
        )
    for name, entry in block.get("stand_in", {}).items():
        said.append(
            say(
                "{indicator}, of a larger area that stands in: a standard error of {error}. Why: {because}.",
                indicator=say.own(case["indicators"][name]["label"]),
                error=words.plain(entry["standard_error"], say),
                because=say.own(entry["because"]),
            )
        )
    return said


def _error(key: str, size: float | Mapping[str, float], unit: str, say: Language) -> list[str]:
    """Return a part of an error in words, for each level if it differs by level."""
    if isinstance(size, Mapping):
        return [
            say("{error} (level {level})", error=error, level=level_in_words(level, say))
            for level, one in size.items()
            for error in _error(key, one, unit, say)
        ]
    # The unit stands behind: a rounding to 100 is one of inhabitants, of percent, of persons.
    value = f"{words.plain(size, say)} {wording.unit_in_words(unit, say)}".strip()
    return [
        {
            "rounded_to": lambda: say("rounded to {size}", size=value),
            "randomly_rounded_to": lambda: say("rounded at random to {size}", size=value),
            "standard_error": lambda: say("a standard error of {size}", size=value),
            "relative_standard_error": lambda: say(
                "a standard error of {percent} of the figure",
                percent=f"{words.plain(100 * size, say)}{NARROW}%",
            ),
        }[key]()
    ]


def spreads(block: Mapping[str, float], case: Mapping[str, Any], say: Language) -> list[str]:
    """Return how far the references are moved in the draws."""
    return [
        say(
            "Reference of “{criterion}”: drawn around itself with {spread} standard deviations of "
            "the indicator over units.",
            criterion=wording.criterion_in_words(name, case, say),
            spread=words.plain(spread, say),
        )
        if spread
        else say(
            "Reference of “{criterion}”: not drawn.",
            criterion=wording.criterion_in_words(name, case, say),
        )
        for name, spread in block.items()
    ]


def verdict_rules(block: Mapping[str, Mapping[str, float]], say: Language) -> list[str]:
    """Return what the words robust and likely ask for."""
    said = [
        say(
            "A type is {verdict} if it comes in at least {probability} of the draws and in at "
            "least {agreement} of the combinations in which the unit is determined.",
            verdict=wording.verdict_in_words(name, say),
            probability=f"{words.plain(100 * block[name]['probability'], say)}{NARROW}%",
            agreement=f"{words.plain(100 * block[name]['agreement'], say)}{NARROW}%",
        )
        for name in ("robust", "likely")
    ]
    return [
        *said,
        say("All other types are borderline; one with an input missing is undetermined."),
    ]

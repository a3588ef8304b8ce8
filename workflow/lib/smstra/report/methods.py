"""Methods in words, from a case's configuration: each choice named, nothing said that it does not do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from smstra.flags_in_words import level_in_words
from smstra.language import Language
from smstra.report import methods_robustness, methods_selection, wording, words
from smstra.report.formulas import formula, made_of
from smstra.report.parts import Heading, Items, Part, Table, Text
from smstra.typology import CRITERIA
from smstra.vocabulary import Variables, as_list

Breaks = Mapping[str, Mapping[str, Any]]


def parts(
    case: Mapping[str, Any],
    variables: Variables,
    breaks: Breaks,
    tables: Mapping[str, pd.DataFrame],
    say: Language,
) -> list[Part]:
    """Return the methods of a case as parts of the report.

    Parameters
    ----------
    case, variables, breaks
        As in the settings of a job: the case as resolved, the vocabulary, the register of breaks.
    tables
        ``references`` and ``sufficiency``, for the values of thresholds and the dates and levels found;
        ``units``, for the names of regions and towns.
    """
    regions = dict(zip(tables["units"]["region"], tables["units"]["region_name"], strict=True))
    towns = dict(zip(tables["units"]["unit"], tables["units"]["name"], strict=True))
    found: list[Part] = [
        Text(
            say(
                "Every sentence of this section is made from the configuration that the run used; another "
                "choice there changes the words here."
            ),
            "note",
        ),
        Heading(say("The typology"), "methods-typology"),
        *typology(case, say),
    ]
    for criterion in CRITERIA:
        found.append(
            Heading(wording.criterion_in_words(criterion, case, say), f"methods-{criterion}")
        )
        found += one_criterion(criterion, case, variables, tables, regions, say)
    found += [
        Heading(say("Dates, breaks and borders"), "methods-data"),
        Items(data_rules(case, variables, breaks, say)),
        Heading(say("Size classes"), "methods-size"),
        *size_classes(case, variables, say),
    ]
    if "robustness" in case:
        found += [Heading(say("How sure a type is"), "methods-robustness")]
        found += methods_robustness.parts(case, variables, say)
    if "selection" in case:
        found += [Heading(say("Which towns to study"), "methods-selection")]
        found += methods_selection.parts(case, regions, towns, say)
    return found


# --- the typology and its criteria ----------------------------------------------------------------


def typology(case: Mapping[str, Any], say: Language) -> list[Part]:
    """Return how three answers make a type, and how ties are decided."""
    yes, no = say("yes"), say("no")
    rows = [
        ("A", yes, yes, yes),
        ("B", no, yes, yes),
        ("C", yes, no, no),
        ("D", no, no, no),
    ]
    return [
        Table(
            say("The four types by the answers to the three questions"),
            [say("Type"), *(wording.criterion_in_words(each, case, say) for each in CRITERIA)],
            rows,
        ),
        Text(
            say(
                "Where economy and population give different answers, the unit is mixed; where a value or a "
                "reference is missing, it is undetermined. Values and references are rounded to {decimals} "
                "before they are compared, so that binary fractions decide no tie.",
                decimals=say.plural("{n} decimal", "{n} decimals", case["comparison_decimals"]),
            )
        ),
    ]


def one_criterion(
    criterion: str,
    case: Mapping[str, Any],
    variables: Variables,
    tables: Mapping[str, pd.DataFrame],
    regions: Mapping[str, str],
    say: Language,
) -> list[Part]:
    """Return what a criterion compares, when, at which level, with which reference, and its value."""
    spec = case["criteria"][criterion]
    name = spec["indicator"]
    indicator = case["indicators"][name]
    label = say.own(indicator["label"])
    if indicator["definition"] == "not_available":
        return [
            Text(
                say(
                    "“{label}” is not available ({because}), so every unit is undetermined.",
                    label=label,
                    because=say.own(indicator["because"]),
                )
            )
        ]
    said = [
        say(
            "Compared is “{label}” = {formula}.",
            label=label,
            formula=formula(indicator, variables, say),
        ),
        *made_of(indicator, variables, say),
        *when(indicator, say),
        *where_found(name, case, tables["sufficiency"], say),
    ]
    own = tables["references"][tables["references"]["criterion"] == criterion]
    measured = own["unit_of_measure"].iloc[0] if len(own) else ""
    said += [answer(spec, measured, say), *reference(spec, case, variables, own, say)]
    out: list[Part] = [Items(said)]
    if len(own) > 1:
        out.append(
            Table(
                say(
                    "References by region: {criterion}",
                    criterion=wording.criterion_in_words(criterion, case, say),
                ),
                [say("Region"), say("Reference"), say("Units in it")],
                [
                    (
                        words.coded(group, regions),
                        words.quantity(value, measured, say),
                        say.number(units),
                    )
                    for group, value, units in zip(
                        own["group"],
                        own["value"].astype(float),
                        own["units"].astype(float),
                        strict=True,
                    )
                ],
                frozenset({1, 2}),
            )
        )
    return out


def when(indicator: Mapping[str, Any], say: Language) -> list[str]:
    """Return the dates asked for, the mean of years that each stands for, and how far one may lie off."""
    if "date" in indicator:
        said = [say("Date asked for: {date}.", date=say.date(indicator["date"]))]
    else:
        said = [
            say(
                "Period asked for: {start} to {end}.",
                start=say.date(indicator["from"]),
                end=say.date(indicator["to"]),
            )
        ]
    if "in_date" in indicator:
        said.append(
            say(
                "The denominator has a date of its own: {date}.",
                date=say.date(indicator["in_date"]),
            )
        )
    years = indicator.get("years_averaged", 1)
    if years > 1:
        said.append(
            say(
                "Each date stands for the mean of {years} years, itself in the middle.",
                years=say.number(years),
            )
        )
    gap = indicator["max_year_gap"]
    said.append(
        say.plural(
            "Where there is no figure of that date, one that lies at most {n} year off may be taken.",
            "Where there is no figure of that date, one that lies at most {n} years off may be taken.",
            gap,
        )
        if gap
        else say("No other year may be taken.")
    )
    return said


def where_found(
    name: str, case: Mapping[str, Any], sufficiency: pd.DataFrame, say: Language
) -> list[str]:
    """Return which dates and level the data gave, and which level may stand in."""
    geography, indicator = case["geography"], case["indicators"][name]
    said = []
    if "stand_in_level" in indicator:
        levels = as_list(indicator["stand_in_level"])
        said.append(
            say(
                "Where there is no figure of the {unit} itself, that of its {area} may stand "
                "in ({because}).",
                unit=level_in_words(geography["level"], say),
                area=say.listing([level_in_words(each, say) for each in levels]),
                because="; ".join(
                    say.own(geography["stand_in_levels"][each]["because"]) for each in levels
                ),
            )
        )
    else:
        said.append(
            say(
                "Only figures of the {unit} itself are taken; none of a larger area.",
                unit=level_in_words(geography["level"], say),
            )
        )
    row = sufficiency[sufficiency["indicator"] == name]
    if len(row) and row["dates_found"].iloc[0]:
        found = row.iloc[0]
        said.append(
            say(
                "Found: {dates}, by {level}.",
                dates=wording.dates_in_words(found["dates_found"], say),
                level=level_in_words(found["level_found"], say),
            )
        )
    elif len(row):
        said.append(say("Found: nothing that may be taken."))
    return said


def answer(spec: Mapping[str, Any], measured: str, say: Language) -> str:
    """Return when a criterion says yes, equal values included."""
    how = spec["holds_if"]
    against = words.reference(spec["reference"], measured, say)
    return {
        "at_least": lambda: say(
            "Yes if the value is at least the reference ({reference}); an equal value is a yes.",
            reference=against,
        ),
        "at_most": lambda: say(
            "Yes if the value is at most the reference ({reference}); an equal value is a yes.",
            reference=against,
        ),
        "above": lambda: say(
            "Yes if the value is above the reference ({reference}); an equal value is a no.",
            reference=against,
        ),
        "below": lambda: say(
            "Yes if the value is below the reference ({reference}); an equal value is a no.",
            reference=against,
        ),
    }[how]()


def reference(
    spec: Mapping[str, Any],
    case: Mapping[str, Any],
    variables: Variables,
    own: pd.DataFrame,
    say: Language,
) -> list[str]:
    """Return how the reference of a criterion is made, and its value where it is one."""
    scheme = spec["reference"]
    said = []
    if isinstance(scheme, str) and scheme.endswith("_aggregate"):
        said.append(aggregate(spec["aggregate"], variables, say))
    elif isinstance(scheme, str) and scheme.endswith("_median"):
        said.append(say("The median is taken over units that have a value, each counted once."))
    elif isinstance(scheme, str) and scheme.endswith("_mean"):
        said.append(
            say(
                "The mean is taken over units that have a value, each counted once, whatever its size."
            )
        )
    if own.empty:
        said.append(say("The data give no value of this reference."))
    elif len(own) == 1 and isinstance(scheme, str) and scheme != "zero":
        row = own.iloc[0]
        said.append(
            say(
                "Its value: {value}.",
                value=words.quantity(float(row["value"]), row["unit_of_measure"], say),
            )
        )
    elif len(own) > 1:
        values = own["value"].astype(float)
        measured = own["unit_of_measure"].iloc[0]
        said.append(
            say(
                "Each region has its own, from {least} to {most}.",
                least=words.quantity(values.min(), measured, say),
                most=words.quantity(values.max(), measured, say),
            )
        )
    return said


def aggregate(how: Mapping[str, Any], variables: Variables, say: Language) -> str:
    """Return from what an aggregate is made."""
    if how["by"] == "sum_of_counts":
        return say(
            "The aggregate is rebuilt from the counts of the units, added up before anything is divided, "
            "each territory once."
        )
    if how["by"] == "published_total":
        return say("The aggregate is the publisher's own figure for the country.")
    weight = words.variable(how["weight"], variables, say)
    if "date" in how:
        return say(
            "The aggregate is the mean of the units' published figures, weighted by “{weight}” of {date}.",
            weight=weight,
            date=say.date(how["date"]),
        )
    return say(
        "The aggregate is made of the means of the units' published figures at both dates, weighted by "
        "“{weight}” of {start} and of {end}.",
        weight=weight,
        start=say.date(how["from"]),
        end=say.date(how["to"]),
    )


# --- dates, breaks, borders, sizes -----------------------------------------------------------------


def data_rules(
    case: Mapping[str, Any], variables: Variables, breaks: Breaks, say: Language
) -> list[str]:
    """Return the rules for other years, breaks in series, and units that merged."""
    geography = case["geography"]
    allowed = [
        say.own(entry["label"])
        for entry in case["indicators"].values()
        if entry.get("max_year_gap", 0) > 0
    ]
    said = []
    if allowed:
        tie = {
            "earlier": say("the earlier"),
            "later": say("the later"),
        }[case["substitution"]["if_two_years_are_as_near"]]
        said.append(
            say(
                "Where the date asked for is missing, the nearest one within the bound of the "
                "indicator is taken and marked; of two that are as near, {which}. Indicators with "
                "such a bound: {indicators}.",
                which=tie,
                indicators=say.listing(allowed),
            )
        )
    else:
        said.append(say("No indicator may be taken from another year than the one asked for."))
    said.append(
        say(
            "31 December and the 1 January after it are the same state of the population; marked too."
        )
    )
    said.append(
        say("A comparison that spans a break in a series is marked in every output.")
        if case["breaks"]["when_spanned"] == "mark"
        else say(
            "A comparison that spans a break in a series stops the run if a criterion rests on it, and is "
            "marked otherwise."
        )
    )
    held = set(case["datasets"])
    used = {each for entry in case["indicators"].values() for each in _terms(entry, variables)}
    known = [
        say(
            "Registered break: {title}, from {date} ({variables}): {effect}. Source: {source}.",
            title=say.own(entry["title"]),
            date=say.date(entry["effective"]),
            variables=say.listing(
                [
                    words.variable(name, variables, say)
                    for name in entry["variables"]
                    if name in used
                ]
            ),
            effect=say.own(entry["effect"]),
            source=entry["source"],
        )
        for entry in breaks.values()
        if held & set(entry["datasets"]) and used & set(entry["variables"])
    ]
    said += known
    said.append(
        say(
            "All series are brought to the borders of {date} (code system {codes}).",
            date=say.date(geography["date"]),
            codes=geography["code_system"],
        )
    )
    if "changes" in geography:
        said.append(
            say("Counts of units that merged before that day are added up over their parts.")
        )
    else:
        said.append(say("The case names no list of mergers and recodings."))
    later = geography["merged_later"]
    said.append(
        say(
            "Where a series is in newer borders, a rate, median or ratio of a unit that merged "
            "since is that of the merged unit, marked."
        )
        if later["rates_medians_and_ratios"] == "merged_unit"
        else say(
            "Where a series is in newer borders, a unit that merged since has no rate, median or ratio."
        )
    )
    said.append(
        say(
            "A count is never split: a series in newer borders that would ask for it stops the run."
        )
        if later["counts"] == "stop"
        else say("A count is never split: a unit that merged since has none, and it says so.")
    )
    return said


def _terms(indicator: Mapping[str, Any], variables: Variables) -> list[str]:
    """Return the variables of an indicator, and those that these are made of."""
    names = [*as_list(indicator.get("of", [])), *as_list(indicator.get("in", []))]
    for name in list(names):
        entry = variables.get(name, {})
        names += entry.get("sum_of", [])
        for part in ("numerator", "denominator"):
            names += entry.get("rebuilt_from", {}).get(part, [])
    return names


def size_classes(case: Mapping[str, Any], variables: Variables, say: Language) -> list[Part]:
    """Return the size classes: bounds, dates, and which class is taken."""
    sizes = case["size_classes"]
    lines = [
        say(
            "By “{variable}” of {date}; the first class that fits is taken. “From” is included, "
            "“below” is not.",
            variable=words.variable(sizes["inhabitants"]["variable"], variables, say),
            date=say.date(sizes["inhabitants"]["date"]),
        )
    ]
    dense = any("density_below" in entry for entry in sizes["classes"])
    if "area" in sizes:
        lines.append(
            say(
                "Density is these inhabitants per km² of “{variable}” of {date}.",
                variable=words.variable(sizes["area"]["variable"], variables, say),
                date=say.date(sizes["area"]["date"]),
            )
        )
    elif dense:
        lines.append(
            say("The case names no area, so units for which density would decide have no class.")
        )

    def bound(entry: Mapping[str, Any], key: str) -> str:
        if key == "category" and key in entry:
            return say.listing([words.plain(code, say) for code in entry[key]])
        return words.plain(entry[key], say) if key in entry else "–"

    head = [say("Class"), say("From (inhabitants)"), say("Below (inhabitants)")]
    head += [say("Density below (inhabitants per km²)")] if dense else []
    keys = ["from", "below", *(["density_below"] if dense else [])]
    if "category" in sizes:
        told = words.variable(sizes["category"]["variable"], variables, say)
        lines.append(
            say(
                "Classes are also told apart by “{variable}” of {date}.",
                variable=told,
                date=say.date(sizes["category"]["date"]),
            )
        )
        head.append(told)
        keys.append("category")
    return [
        Items(lines),
        Table(
            say("Size classes, in the order in which they are tried"),
            head,
            [
                (say.own(entry["name"]), *(bound(entry, key) for key in keys))
                for entry in sizes["classes"]
            ],
            frozenset(range(1, len(head))),
        ),
    ]

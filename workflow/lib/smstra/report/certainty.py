"""How sure the types are: verdicts, what drives them, the towns at the edge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from smstra import answers, pseudonym_words
from smstra.language import Language
from smstra.measures import unit_of_differences
from smstra.outcomes import TYPES, VERDICTS
from smstra.report import asked, wording, words
from smstra.report.parts import Address, Heading, Items, Links, Mark, Part, Section, Table, Text
from smstra.robustness.choices import definitions_of
from smstra.typology import CRITERIA, holds

# So many towns at the edge are listed; verdicts.csv has all.
_AT_THE_EDGE = 12


def section(case: Mapping[str, Any], tables: Mapping[str, pd.DataFrame], say: Language) -> Section:
    """Return how sure the types are, what drives them, and which towns a small change would turn."""
    title = say("How sure")
    if "robustness" not in case and answers.without_types(tables["typology"]):
        return Section("certainty", title, by_criterion(case, tables, say))
    if "robustness" not in case:
        return Section(
            "certainty",
            title,
            [
                Text(
                    say(
                        "Not asked: the case has no block `robustness`, so nothing is known of "
                        "what another choice would change."
                    )
                )
            ],
        )
    verdicts, combinations = tables["verdicts"], tables["combinations"]
    # Of a pseudonymised case the tables by unit have not all units.
    units = int(combinations[list(TYPES)].iloc[0].sum()) if len(combinations) else len(verdicts)
    parts: list[Part] = [
        by_type(verdicts, say),
        *_combinations(case, combinations, tables["typology"], units, say),
        Heading(say("What drives the types"), "certainty-drivers"),
        *drivers(tables["sensitivity"], say),
        *left_out(tables["influence"], units, say),
        Heading(say("Towns at the edge"), "certainty-edge"),
    ]
    if "pseudonymise" in case:
        return Section("certainty", title, [*parts, Text(pseudonym_words.withheld(say))])
    parts += [
        *edge(verdicts, say),
        Links(
            [
                Address(
                    say("Turn a threshold and watch which towns change: explorer.html"),
                    "explorer.html",
                )
            ]
        ),
    ]
    return Section("certainty", title, parts)


def by_criterion(
    case: Mapping[str, Any], tables: Mapping[str, pd.DataFrame], say: Language
) -> list[Part]:
    """Return, for a case in which no unit has a type, how far each answer lies from being another."""
    typology, references = tables["typology"], tables["references"]
    measured = references.drop_duplicates("criterion").set_index("criterion")["unit_of_measure"]
    said = []
    for criterion in answers.answered(typology):
        column, spec = CRITERIA[criterion], case["criteria"][criterion]
        away = typology[f"{column}_distance"].dropna().abs()
        of_change = "from" in case["indicators"][spec["indicator"]]
        said.append(
            say(
                "“{criterion}”: a unit's answer changes where the reference passes its value. For a quarter of "
                "the units the reference would have to move by {quarter} at most, for half of them by {half}; "
                "{column} in typology.csv has the distance of each.",
                criterion=wording.criterion_in_short(criterion, say),
                quarter=words.quantity(
                    away.quantile(0.25), unit_of_differences(measured[criterion]), say
                ),
                half=words.quantity(away.median(), unit_of_differences(measured[criterion]), say),
                column=f"{column}_distance",
            )
        )
        if of_change and spec["reference"] not in ("zero", 0):
            values = typology[column].to_numpy(float)
            at_zero = holds(
                values, np.zeros(len(values)), spec["holds_if"], case["comparison_decimals"]
            )
            own = typology[criterion].map({True: 1, False: 0}).fillna(-1).to_numpy(int)
            said.append(
                say(
                    "“{criterion}”: against zero in the place of the reference, {n} of {all} units would "
                    "answer otherwise.",
                    criterion=wording.criterion_in_short(criterion, say),
                    n=say.number(int(((own >= 0) & (own != at_zero)).sum())),
                    all=say.number(int((own >= 0).sum())),
                )
            )
    return [
        Text(say("No unit has a type, so there is nothing to say of how sure the types are.")),
        *([Items(said)] if said else []),
    ]


def by_type(verdicts: pd.DataFrame, say: Language) -> Table:
    """Return the number of units by type and verdict."""
    rows = []
    for type_ in TYPES:
        own = verdicts[verdicts["type"] == type_]
        if own.empty:
            continue
        found = own["verdict"].value_counts()
        rows.append(
            (
                wording.type_named(type_, say),
                *(say.number(int(found.get(word, 0))) for word in VERDICTS),
                say.number(len(own)),
            )
        )
    found = verdicts["verdict"].value_counts()
    head = [
        say("Type"),
        *(wording.verdict_in_words(word, say) for word in VERDICTS),
        say("all"),
    ]
    return Table(
        say("Verdicts on the types"),
        head,
        rows,
        frozenset(range(1, len(head))),
        foot=(
            say("all"),
            *(say.number(int(found.get(word, 0))) for word in VERDICTS),
            say.number(len(verdicts)),
        ),
    )


def _combinations(
    case: Mapping[str, Any],
    table: pd.DataFrame,
    typology: pd.DataFrame,
    units: int,
    say: Language,
) -> list[Part]:
    """Return how far the counts of types range over all combinations of choices."""
    own = typology["type"].value_counts()
    rows = []
    for type_ in TYPES[:5]:
        numbers = table[type_].astype(float)
        rows.append(
            (
                wording.type_named(type_, say),
                say.number(int(own.get(type_, 0))),
                say.number(numbers.min()),
                say.number(numbers.quantile(0.05)),
                say.number(numbers.median()),
                say.number(numbers.quantile(0.95)),
                say.number(numbers.max()),
            )
        )
    kept = 100 * table["agreeing"].astype(float) / units
    return [
        Table(
            say("Number of units by type, over all combinations of choices"),
            [
                say("Type"),
                say("the case's own"),
                say("least"),
                say("5th percentile"),
                say("median"),
                say("95th percentile"),
                say("most"),
            ],
            rows,
            frozenset(range(1, 7)),
        ),
        Text(
            say(
                "Of {number} combinations, half leave at least {median} of the units their type; "
                "the least that one leaves is {least}. All weigh the same, so this is no "
                "probability: it says how much of the room of choices a result survives.",
                number=say.number(len(table)),
                median=say.percent(kept.median()),
                least=say.percent(kept.min()),
            )
        ),
        *_absent(case, table, say),
    ]


def _absent(case: Mapping[str, Any], table: pd.DataFrame, say: Language) -> list[Part]:
    """Return which windows and definitions of the case are in no combination, for want of figures."""
    held = set(table["window"])
    windows = [name for name in case["robustness"]["windows"] if name not in held]
    said = []
    if windows:
        said.append(
            say(
                "In no combination for want of figures: the windows {windows}.",
                windows=say.listing(windows),
            )
        )
    for criterion, short in CRITERIA.items():
        held = set(table[f"{short}_definition"])
        names = [name for name in definitions_of(case, criterion) if name not in held]
        if names:
            said.append(
                say(
                    "In no combination for want of figures: the definitions {definitions} ({criterion}).",
                    definitions=say.listing(names),
                    criterion=wording.criterion_in_words(criterion, case, say),
                )
            )
    said = [*said, say("The reasons stand in robustness/choices.csv.")] if said else []
    return [Items(said)] if said else []


def drivers(sensitivity: pd.DataFrame, say: Language) -> list[Part]:
    """Return the share of variance that each choice explains of the share of units that keep their type."""
    own = sensitivity[sensitivity["output"] == "share_kept"]
    rows = []
    for row in own.sort_values("total_exact", ascending=False, kind="stable").to_dict("records"):
        first, total = float(row["first_order_exact"]), float(row["total_exact"])
        rows.append(
            (
                factor(row["factor"], say),
                say.number(row["levels"]),
                say.number(first, 2),
                say.number(total, 2),
            )
        )
    if own.empty or own["total_exact"].isna().all():
        return [
            Text(say("No choice has a measurable influence: nothing varies over the combinations."))
        ]
    return [
        Table(
            say(
                "Choices by their influence on how many units keep their type (Sobol indices, exact)"
            ),
            [say("Choice"), say("Options"), say("By itself"), say("With interactions")],
            rows,
            frozenset({1, 2, 3}),
        ),
        Text(
            say(
                "Shares of the variance over the combinations: 0 means that the choice changes "
                "nothing, 1 that it alone decides."
            ),
            "note",
        ),
    ]


def factor(name: str, say: Language) -> str:
    """Return a choice of the grid in words."""
    return {
        "window": say("window"),
        "sf_definition": say("definition of settlement (SF)"),
        "sf_scheme": say("reference of settlement (SF)"),
        "varun_definition": say("definition of the economy (VARUN)"),
        "varun_scheme": say("reference of the economy (VARUN)"),
        "varni_definition": say("definition of the population (VARNI)"),
        "varni_scheme": say("reference of the population (VARNI)"),
    }[name]


def left_out(influence: pd.DataFrame, units: int, say: Language) -> list[Part]:
    """Return what would change without each criterion."""
    own = influence[influence["kind"] == "criterion_left_out"]
    said = []
    for criterion in CRITERIA:
        row = own[own["changed"] == criterion]
        if row.empty or row["available"].iloc[0] != "true":
            continue
        number = int(float(row["units_changed"].iloc[0]))
        share = asked.share_of(number, units, say)
        said.append(
            say(
                "Without the question on settlement, {share} could not be told apart from the type "
                "beside them (A from B, C from D).",
                share=share,
            )
            if criterion == "sf_high"
            else say(
                "Without the question on the economy, the population standing for both, {share} "
                "would change type.",
                share=share,
            )
            if criterion == "economy_improving"
            else say(
                "Without the question on the population, the economy standing for both, {share} "
                "would change type.",
                share=share,
            )
        )
    return [Items(said)] if said else []


def edge(verdicts: pd.DataFrame, say: Language) -> list[Part]:
    """Return the towns of types A to D whose nearest threshold is nearest, with what would turn them."""
    typed = verdicts[verdicts["type"].isin(TYPES[:4]) & verdicts["nearest_distance"].notna()]
    near = typed.sort_values(["nearest_distance", "unit"], kind="stable").head(_AT_THE_EDGE)
    if near.empty:
        return [Text(say("No unit has a type A, B, C or D that a threshold could turn."))]
    rows = [
        (
            f"{row['name']} ({row['unit']})",
            Mark(row["type"], row["type"]),
            wording.verdict_in_words(row["verdict"], say),
            say.listing([_short(each, say) for each in row["flips_first"].split(";")]),
            words.quantity(row["slack"], row["slack_unit"], say),
            say.number(row["nearest_distance"], 3),
            say.number(row["probability"], 2),
            say.percent(row["share_agreeing"]),
        )
        for row in near.to_dict("records")
    ]
    return [
        Text(
            say(
                "The {number} units of types A to D nearest to a threshold that would turn them, by "
                "the distance in standard deviations of the indicator.",
                number=say.number(len(near)),
            )
        ),
        Table(
            say("Units nearest to another type"),
            [
                say("Unit"),
                say("Type"),
                say("Verdict"),
                say("Threshold that turns it first"),
                say("Distance to it"),
                say("In standard deviations"),
                say("Probability of the type"),
                say("Combinations that agree"),
            ],
            rows,
            frozenset({4, 5, 6, 7}),
        ),
    ]


def _short(criterion: str, say: Language) -> str:
    return {
        "sf_high": say("settlement (SF)"),
        "economy_improving": say("economy (VARUN)"),
        "population_improving": say("population (VARNI)"),
    }[criterion]

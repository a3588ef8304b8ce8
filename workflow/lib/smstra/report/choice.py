"""The chosen set of towns, or why there is none; who is a candidate; matched pairs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from smstra import pseudonym_words, window
from smstra.language import Language
from smstra.outcomes import TYPES
from smstra.report import asked, methods_selection, wording, words
from smstra.report.parts import Foreign, Heading, Items, Mark, Part, Section, Table, Text
from smstra.typology import CRITERIA

# The checks of candidates.csv, in its order.
_CHECKS = (
    "type_check",
    "answers_check",
    "size_check",
    "arrivals_check",
    "reception_check",
    "region_check",
    "politics_check",
)
# So many other sets and pairs of a kind are shown; the tables have all.
_SETS, _PAIRS = 5, 5


def section(case: Mapping[str, Any], tables: Mapping[str, pd.DataFrame], say: Language) -> Section:
    """Return who is a candidate and who is not, the best sets or the conflict, and pairs."""
    title = say("Which towns to study")
    if "pseudonymise" in case:
        return Section("selection", title, [Text(pseudonym_words.withheld(say))])
    if "selection" not in case:
        return Section(
            "selection",
            title,
            [Text(say("Not asked: the case has no block `selection`, so no towns were proposed."))],
        )
    parts: list[Part] = [
        Heading(say("Candidates"), "selection-candidates"),
        *candidates(tables["candidates"], case, say),
    ]
    parts.append(Heading(say("The best set of towns"), "selection-sets"))
    if "sets" in case["selection"]:
        parts += sets(case, tables, say)
    else:
        parts.append(Text(say("Not asked: the case has no block `selection.sets`.")))
    parts.append(Heading(say("Matched pairs"), "selection-pairs"))
    if "pairs" in case["selection"]:
        parts += pairs(case, tables["pairs"], tables["pairs_left_out"], say)
    else:
        parts.append(Text(say("Not asked: the case has no block `selection.pairs`.")))
    return Section("selection", title, parts)


def candidates(table: pd.DataFrame, case: Mapping[str, Any], say: Language) -> list[Part]:
    """Return how many units pass, fail or are unknown by each question, and alone by which."""
    passed = int((table["candidate"] == "pass").sum())
    asked_for = {
        "type_check": say("type, and verdict on it"),
        "answers_check": say("answers to single criteria"),
        "size_check": say("size class and density"),
        "arrivals_check": say("migrants who arrived after {year}", year=window.arrivals_from(case)),
        "reception_check": say("reception centre or facility"),
        "region_check": say("region"),
        "politics_check": say("local politics"),
    }
    checks = [name for name in _CHECKS if name in table]
    failed = pd.DataFrame({name: table[name] == "fail" for name in checks})
    rows = []
    for name in checks:
        found = table[name].value_counts()
        alone = int((failed[name] & (failed.sum(axis=1) == 1)).sum())
        rows.append(
            (
                asked_for[name],
                *(say.number(int(found.get(state, 0))) for state in ("pass", "fail", "unknown")),
                say.number(alone),
            )
        )
    parts: list[Part] = [
        Text(
            say(
                "{share} are candidates. A unit may fail more than one question; the reasons of "
                "each stand in selection/candidates.csv.",
                share=asked.share_of(passed, len(table), say),
            )
        ),
        Table(
            say("Candidates by question"),
            [say("Question"), say("pass"), say("fail"), say("unknown"), say("fail this one only")],
            rows,
            frozenset({1, 2, 3, 4}),
        ),
    ]
    own = table[table["candidate"] == "pass"]
    known = [name for name in CRITERIA if name in table]
    if len(own) and known and (own["type"] == "undetermined").all():
        parts.append(
            asked.answers_table(
                say("Candidates by region and answer"),
                own["region_name"],
                table,
                known,
                say("Region"),
                say,
            )
        )
    elif len(own):
        parts.append(
            asked.types_table(
                say("Candidates by region and type"),
                own["region_name"],
                own["type"],
                say("Region"),
                say,
            )
        )
    return parts


def sets(case: Mapping[str, Any], tables: Mapping[str, pd.DataFrame], say: Language) -> list[Part]:
    """Return the best set and the next ones, or the smallest conflict among the constraints."""
    table = tables["selection"]
    if table.empty:
        return _conflict(case, tables["conflicts"], tables["units"], say)
    best = table[table["set"] == "1"]
    first = best.iloc[0]
    candidates_ = tables["candidates"].set_index("unit")
    chosen_by = [name for name in CRITERIA if name in candidates_]
    typed = bool((best["type"] != "undetermined").any())
    parts: list[Part] = [
        Table(
            say("The best set of towns"),
            [
                say("Town"),
                say("Type"),
                *(wording.criterion_in_short(name, say) for name in chosen_by),
                say("Region"),
                say("Size class"),
                say("Inhabitants"),
                *(
                    [
                        say("Depth inside the type, standard deviations"),
                        say("Probability of the type"),
                    ]
                    if typed
                    else [say("Distance from the reference, standard deviations")]
                ),
            ],
            [
                (
                    f"{row['name']} ({row['unit']})",
                    Mark(row["type"], row["type"]) if row["type"] in TYPES[:4] else row["type"],
                    *(
                        wording.answer_in_words(candidates_.at[row["unit"], name], say)
                        for name in chosen_by
                    ),
                    row["region_name"],
                    say.own(row["size_class"]),
                    say.number(row["inhabitants"]),
                    say.number(row["typicality"], 2),
                    *([say.number(row["probability"], 2)] if typed else []),
                )
                for row in best.to_dict("records")
            ],
            frozenset(range(4 + len(chosen_by), 6 + len(chosen_by) + typed)),
        )
    ]
    said = [_worth(case, first, say)]
    if first["least_km"] == first["least_km"]:
        said.append(
            say(
                "The two nearest of its towns are {km} km apart, from centre to centre.",
                km=say.number(first["least_km"]),
            )
        )
    if (best["forced"] == "true").any():
        said.append(
            say(
                "Named by the case, not chosen: {towns}.",
                towns=say.listing(best.loc[best["forced"] == "true", "name"]),
            )
        )
    said.append(
        say("It is proven that no other set that satisfies the constraints is better.")
        if first["optimal"] == "proven"
        else say("It is not proven that no other set is better.")
    )
    parts += [Items(said), *_others(table, say)]
    return parts


def _worth(case: Mapping[str, Any], row: pd.Series, say: Language) -> str:
    """Return the objective of a set and its components, those without weight named as such."""
    weights = case["selection"]["sets"]["objective"]
    components = say.listing(
        [
            text
            if weights.get(name, 0) > 0
            else say("{component} (without weight)", component=text)
            for name, text in (
                (
                    "typicality",
                    say("typicality {value}", value=say.number(row["set_typicality"], 3)),
                ),
                ("stability", say("stability {value}", value=say.number(row["set_stability"], 3))),
                ("coverage", say("coverage {value}", value=say.number(row["set_coverage"], 3))),
            )
        ]
    )
    return say(
        "Its worth is {objective}, of at most 1: {components}.",
        objective=say.number(row["set_objective"], 3),
        components=components,
    )


def _others(table: pd.DataFrame, say: Language) -> list[Part]:
    """Return what the next best sets have instead, and what they gain and lose."""
    numbers = list(dict.fromkeys(table["set"]))
    if len(numbers) == 1:
        others = table["others_exist"].iloc[0] == "true"
        return [
            Text(
                say("There are other sets that satisfy the constraints; the case asks for one.")
                if others
                else say("It is the only set that satisfies the constraints.")
            )
        ]
    best = table[table["set"] == "1"]
    rows = []
    for number in numbers[1 : _SETS + 1]:
        own = table[table["set"] == number]
        comes = own[~own["unit"].isin(best["unit"])]
        goes = best[~best["unit"].isin(own["unit"])]
        rows.append(
            (
                say("Set {number}", number=number),
                say.listing(asked.called(comes, say)),
                say.listing(asked.called(goes, say)),
                *(
                    say.signed(
                        float(own[f"set_{each}"].iloc[0]) - float(best[f"set_{each}"].iloc[0]), 4
                    )
                    for each in ("typicality", "stability", "coverage", "objective")
                ),
            )
        )
    return [
        Table(
            say("The next best sets, and what they trade off against the best"),
            [
                say("Set"),
                say("Takes in"),
                say("Instead of"),
                say("Typicality"),
                say("Stability"),
                say("Coverage"),
                say("Worth"),
            ],
            rows,
            frozenset({3, 4, 5, 6}),
        ),
        Text(
            say(
                "A difference of stability below the standard error of the probabilities tells "
                "nothing. {number} sets stand in selection/selection.csv.",
                number=say.number(len(numbers)),
            ),
            "note",
        ),
    ]


def _conflict(
    case: Mapping[str, Any], table: pd.DataFrame, units: pd.DataFrame, say: Language
) -> list[Part]:
    regions = dict(zip(units["region"], units["region_name"], strict=True))
    towns = dict(zip(units["unit"], units["name"], strict=True))
    asked_for = methods_selection.constraints(case["selection"]["sets"], regions, towns, say)
    return [
        Text(
            say(
                "No set of candidates satisfies all constraints. These are the fewest of them that "
                "cannot hold together; change one of them."
            )
        ),
        Items(
            [
                asked_for.get(key, said)
                for key, said in zip(table["constraint"], table["says"], strict=True)
            ]
        ),
        Text(say("The towns that there are for each, in the words of the run:"), "note"),
        Foreign([f"{said}: {why}." for said, why in zip(table["says"], table["why"], strict=True)]),
    ]


def pairs(
    case: Mapping[str, Any], table: pd.DataFrame, left_out: pd.DataFrame, say: Language
) -> list[Part]:
    """Return the nearest of the most similar pairs and the farthest of the most different ones."""
    parts: list[Part] = []
    titles = {
        "most_similar": say("The most similar pairs"),
        "most_different": say("The most different pairs"),
    }
    for kind, title in titles.items():
        own = table[table["kind"] == kind]
        if own.empty:
            continue
        parts.append(
            Table(
                title,
                [
                    say("Town"),
                    say("and"),
                    say("Distance"),
                    say("How far apart, in standard deviations"),
                ],
                [
                    (
                        f"{row['name_a']} ({row['unit_a']})",
                        f"{row['name_b']} ({row['unit_b']})",
                        words.amount(float(row["distance"]), say),
                        _apart(row["contributions"], case, say),
                    )
                    for row in own.head(_PAIRS).to_dict("records")
                ],
                frozenset({2}),
            )
        )
    if not parts:
        return [Text(say("No pair could be made."))]
    parts.append(
        Text(
            say(
                "{number} pairs in all stand in selection/pairs.csv, and how well the groups are balanced in "
                "selection/balance.csv.",
                number=say.number(len(table)),
            ),
            "note",
        )
    )
    if len(left_out):
        parts.append(
            Text(
                say.plural(
                    "{n} town was left out for want of a figure.",
                    "{n} towns were left out for want of a figure.",
                    len(left_out),
                )
            )
        )
    return parts


def _apart(text: str, case: Mapping[str, Any], say: Language) -> str:
    """Return ``sf 0.33 sd, varni 0.06 sd`` with the labels of the indicators."""
    said = []
    for part in text.split(", "):
        found = re.fullmatch(r"(\w+) ([\d.]+) sd", part)
        if found and found[1] in case["indicators"]:
            label = say.own(case["indicators"][found[1]]["label"])
            said.append(f"{label}: {say.number(float(found[2]), 2)}")
        else:
            said.append(part)
    return "; ".join(said)

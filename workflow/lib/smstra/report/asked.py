"""What a case asked, and in a few sentences what was found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from smstra import answers, pseudonym_words
from smstra.flags_in_words import level_in_words
from smstra.language import Language
from smstra.outcomes import ANSWERS, TYPES, VERDICTS
from smstra.report import wording, words
from smstra.report.parts import Items, Mark, Part, Section, Table, Text
from smstra.typology import CRITERIA, counts


def section(case: Mapping[str, Any], tables: Mapping[str, pd.DataFrame], say: Language) -> Section:
    """Return the question, the units that it is asked of, and the types that answer it."""
    geography = case["geography"]
    parts: list[Part] = [
        Text(
            say(
                "Which small and medium-sized towns and rural areas should a comparative study of migrant "
                "integration look at? Three questions with a yes or a no give each unit a type."
            ),
            "lead",
        ),
        Items(
            [
                say(
                    "Units: {units}, {number} of them ({level}), in the borders of {date}.",
                    units=say.own(case["title"]),
                    number=say.number(len(tables["units"])),
                    level=level_in_words(geography["level"], say),
                    date=say.date(geography["date"]),
                ),
                *(
                    say(
                        "{question} Answered by “{indicator}”.",
                        question=wording.criterion_in_words(criterion, case, say),
                        indicator=say.own(
                            case["indicators"][case["criteria"][criterion]["indicator"]]["label"]
                        ),
                    )
                    for criterion in CRITERIA
                ),
                *(say.own(note) for note in case.get("notes", [])),
            ]
        ),
        Table(
            say("The types"),
            [say("Type"), say("What it says of a unit")],
            [
                (Mark(each, _short(each, say)), wording.type_in_words(each, "", case, say))
                for each in TYPES
            ],
        ),
        Text(
            say(
                "The studies that use this typology have not published their thresholds; those of "
                "this report are the case's own choice, and stand under Methods."
            )
        ),
    ]
    return Section("asked", say("What was asked"), parts)


def _short(type_: str, say: Language) -> str:
    return type_ if len(type_) == 1 else wording.type_named(type_, say)


def summary(
    case: Mapping[str, Any], tables: Mapping[str, pd.DataFrame], say: Language
) -> list[str]:
    """Return the findings in sentences: counts by type, how sure they are, which towns are proposed."""
    typology = tables["typology"]
    number = counts(typology)
    whole = len(typology)
    untyped = answers.without_types(typology)
    said = single_criteria(case, typology, say) if untyped else [_types(number, whole, say)]
    marked = int((typology["flags"] != "").sum())
    said.append(
        say(
            "{marked} of {all} units carry a flag on one of the three values: another year, a "
            "larger area, a break in the series or a missing figure.",
            marked=say.number(marked),
            all=say.number(whole),
        )
        if marked
        else say("No unit carries a flag on one of the three values.")
    )
    said += pseudonym_words.notice(case, say)
    said += _how_sure(tables, untyped, say)
    said += _which(case, tables, say)
    return said


def _types(number: Mapping[str, int], whole: int, say: Language) -> str:
    return say(
        "Of {all} units, {improving} improve in economy and population (A: {a}, B: {b}), "
        "{declining} decline in both (C: {c}, D: {d}), {mixed} are mixed and {undetermined} "
        "undetermined.",
        all=say.number(whole),
        improving=say.number(number["A"] + number["B"]),
        a=say.number(number["A"]),
        b=say.number(number["B"]),
        declining=say.number(number["C"] + number["D"]),
        c=say.number(number["C"]),
        d=say.number(number["D"]),
        mixed=say.number(number["mixed"]),
        undetermined=say.number(number["undetermined"]),
    )


def single_criteria(case: Mapping[str, Any], typology: pd.DataFrame, say: Language) -> list[str]:
    """Return, for a case in which no unit has a type, why that is so and what each criterion answers."""
    known = answers.answered(typology)
    why = []
    for criterion, spec in case["criteria"].items():
        indicator = case["indicators"][spec["indicator"]]
        label = say.own(indicator["label"])
        if indicator["definition"] == "not_available":
            why.append(
                say("“{label}” ({because})", label=label, because=say.own(indicator["because"]))
            )
        elif criterion not in known:
            why.append(say("“{label}” (no unit has an answer)", label=label))
    said = [
        say(
            "No unit can be given a type, which takes answers to all three questions. What cannot be "
            "answered: {why}.",
            why=say.listing(why),
        )
        if why
        else say("No unit can be given a type: none has answers to all three questions.")
    ]
    for criterion in known:
        number = answers.counts(typology, criterion)
        said.append(
            say(
                "By itself, “{label}” answers: {criterion}: yes for {yes} of {all} units, no for {no}, unknown "
                "for {unknown}.",
                label=say.own(
                    case["indicators"][case["criteria"][criterion]["indicator"]]["label"]
                ),
                criterion=wording.criterion_in_short(criterion, say),
                yes=say.number(number["yes"]),
                no=say.number(number["no"]),
                unknown=say.number(number[""]),
                all=say.number(len(typology)),
            )
        )
    return said


def _how_sure(tables: Mapping[str, pd.DataFrame], untyped: bool, say: Language) -> list[str]:
    if "verdicts" not in tables:
        if untyped:
            return []
        return [say("How sure the types are was not asked: the case has no block `robustness`.")]
    found = tables["verdicts"]["verdict"].value_counts()
    return [
        say(
            "Verdicts on the types: {verdicts}.",
            verdicts=say.listing(
                [
                    say(
                        "{verdict} {number}",
                        verdict=wording.verdict_in_words(word, say),
                        number=say.number(int(found.get(word, 0))),
                    )
                    for word in VERDICTS
                ]
            ),
        )
    ]


def _which(case: Mapping[str, Any], tables: Mapping[str, pd.DataFrame], say: Language) -> list[str]:
    if "pseudonymise" in case:
        return []
    if "selection" not in case:
        return [say("Which towns to study was not asked: the case has no block `selection`.")]
    candidates = tables["candidates"]
    passed = int((candidates["candidate"] == "pass").sum())
    said = [
        say(
            "{passed} of {all} units are candidates for a study.",
            passed=say.number(passed),
            all=say.number(len(candidates)),
        )
    ]
    if "selection" not in tables:
        return said
    sets = tables["selection"]
    best = sets[sets["set"] == "1"]
    if best.empty:
        said.append(
            say("No set of towns satisfies all constraints; see the smallest conflict below.")
        )
        return said
    said.append(
        say(
            "Best set of towns: {towns}.",
            towns=say.listing(called(best, say)),
        )
    )
    return said


def called(towns: pd.DataFrame, say: Language) -> list[str]:
    """Return the names of towns with their types, alone where none of them has one."""
    if (towns["type"] == "undetermined").all():
        return towns["name"].tolist()
    return [
        say("{name} ({note})", name=name, note=wording.type_named(type_, say))
        for name, type_ in zip(towns["name"], towns["type"], strict=True)
    ]


def answers_table(
    caption: str,
    by: pd.Series,
    typology: pd.DataFrame,
    criteria: Sequence[str],
    first: str,
    say: Language,
) -> Table:
    """Return counts of the answers to ``criteria`` by the classes of ``by`` in their order, and the sum.

    ``by`` has the index of ``typology``, or of a part of it.
    """

    def counted(part: pd.DataFrame) -> list[str]:
        found = [answers.counts(part, criterion) for criterion in criteria]
        return [say.number(number) for each in found for number in each.values()]

    own = typology.loc[by.index]
    rows = [
        (value, *counted(own[by == value]), say.number(int((by == value).sum())))
        for value in dict.fromkeys(by)
    ]
    head = [
        first,
        *(
            wording.answer_to_criterion(criterion, answer, say)
            for criterion in criteria
            for answer in (*ANSWERS, None)
        ),
        say("all"),
    ]
    foot = (say("all"), *counted(own), say.number(len(own)))
    return Table(caption, head, rows, frozenset(range(1, len(head))), foot=foot)


def types_table(caption: str, by: pd.Series, types: pd.Series, first: str, say: Language) -> Table:
    """Return counts of types by the classes of ``by`` in their order, and the sum."""
    rows = []
    for value in dict.fromkeys(by):
        own = types[by == value]
        rows.append((value, *_counted(own, say), say.number(len(own))))
    head = [first, *(_short(each, say) for each in TYPES), say("all")]
    foot = (say("all"), *_counted(types, say), say.number(len(types)))
    return Table(caption, head, rows, frozenset(range(1, len(head))), foot=foot)


def _counted(types: pd.Series, say: Language) -> list[str]:
    found = types.value_counts()
    return [say.number(int(found.get(each, 0))) for each in TYPES]


def share_of(part: int, whole: int, say: Language) -> str:
    """Return ``12 of 589 (2.0 %)``."""
    return say(
        "{part} of {whole} ({share})",
        part=say.number(part),
        whole=say.number(whole),
        share=words.share(part, whole, say),
    )

"""The page of a comparison: its tables and figures as the sections of report.html."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from smstra.across import figures
from smstra.across.figures import Compared
from smstra.across.rules import OWN
from smstra.figures.criteria import type_in_short
from smstra.language import Language
from smstra.outcomes import TYPES
from smstra.report import parts, words
from smstra.report.parts import Address, Figure, Foreign, Heading, Mark, Part, Section, Table, Text
from smstra.report.wording import dates_in_words, number, quantity, type_named, unit_in_words
from smstra.typology import CRITERIA


def content(compared: Compared, pictures: Sequence[Figure]) -> dict[str, Any]:
    """Return what the template ``report.html.j2`` shows of a comparison.

    ``pictures`` are the figures of :func:`smstra.across.figures.all_of`, with their addresses.
    """
    say = compared.say
    shown = {each.name: each for each in pictures}
    newest = max(pin["date_accessed"] for pin in compared.settings["pins"])
    sections = [
        _cases(compared),
        _criteria(compared, shown["criteria_by_case"]),
        _types(compared, shown["types_by_case"]),
        _schemes(compared, shown["types_by_scheme"]),
        *([_sets(compared)] if "sets" in compared.tables else []),
        _files(compared),
    ]
    return {
        "title": say("Comparison of cases"),
        "subtitle": say(
            "{cases}; newest copy of a source: {date}.",
            cases=say.listing([compared.named(case) for case in compared.cases]),
            date=say.date(newest),
        ),
        "found": _found(compared),
        "beside": [
            Address(say("{title}: report", title=compared.title(case)), f"../{case}/report.html")
            for case in compared.cases
        ],
        "sections": sections,
    }


def _found(compared: Compared) -> list[str]:
    say = compared.say
    found = [
        say("{sentence}.", sentence=figures.headline(compared, compared.tables["counts"])),
        *figures.not_alike(compared),
    ]
    if "sets" not in compared.tables:
        return found
    sets = compared.tables["sets"]
    if sets.empty:
        return [*found, say("No set of towns across the cases satisfies the constraints.")]
    best = sets[sets["set"] == "1"]
    towns = [
        say(
            "{name} ({note})",
            name=row["name"],
            note=say("{case}, {type}", case=row["case"], type=type_named(row["type"], say)),
        )
        for row in best.to_dict("records")
    ]
    return [*found, say("The best set of towns: {towns}.", towns=say.listing(towns))]


def _cases(compared: Compared) -> Section:
    say, table = compared.say, compared.tables["cases"]
    rows = [
        (
            Address(compared.title(row["case"]), f"../{row['case']}/report.html"),
            row["case"],
            say.own(row["country"]),
            row["level"],
            say.date(row["geography"]),
            say.number(row["units"]),
            say.number(row["with_type"]),
            say.number(row["candidates"]),
        )
        for row in table.to_dict("records")
    ]
    said: list[Part] = [
        Text(
            say(
                "Each case is classified by its own file; its report says how. What follows puts the results "
                "side by side and hides no difference between them."
            )
        ),
        Table(
            say("The cases and their units"),
            [
                say("Units"),
                say("Case"),
                say("Country"),
                say("Level"),
                say("Geography of"),
                say("Number"),
                say("With a type"),
                say("Candidates"),
            ],
            rows,
            numbers=frozenset({5, 6, 7}),
        ),
    ]
    hidden = [
        compared.title(name)
        for name, case in compared.settings["cases"].items()
        if "pseudonymise" in case
    ]
    if hidden:
        said.append(
            Text(
                say(
                    "Under pseudonyms, so that only published counts and references are compared, and no town "
                    "of it is in a set: {cases}.",
                    cases=say.listing(hidden),
                ),
                "note",
            )
        )
    return Section("cases", say("What is compared"), said)


def _criteria(compared: Compared, figure: Figure) -> Section:
    say, table = compared.say, compared.tables["criteria"]
    said: list[Part] = [
        Text(
            say(
                "Two figures are like for like if they measure the same, in the same unit and direction, at "
                "the same dates, at the same level, and none is that of a larger area. Whether a difference "
                "matters is for the reader to say; the table holds what differs."
            )
        ),
        *_sentences(figures.not_alike(compared)),
        _picture(figure, compared),
    ]
    for criterion in CRITERIA:
        own = table[table["criterion"] == criterion]
        units = [unit for unit in own["unit_of_measure"].unique() if unit]
        alike = len(units) == 1
        rows = [
            (
                compared.title(row["case"]),
                say.own(row["label"]),
                _made_of(compared, row["measures"]),
                dates_in_words(row["dates_found"], say) if row["dates_found"] else "–",
                row["level_found"] or "–",
                say(
                    "{n} of {all}",
                    n=say.number(float(row["units_covered"])),
                    all=say.number(float(row["units"])),
                ),
                compared.reference(row["reference"]),
                _threshold(row, say, bare=alike),
                _value(row["median"], row["unit_of_measure"], say, bare=alike),
            )
            for row in own.to_dict("records")
        ]
        asked = figures.question(criterion, say)
        unit = say("({units})", units=unit_in_words(units[0], say)) if alike else ""
        like = (own["like_for_like"] == "true").any()
        said += [
            Heading(asked, f"criteria-{criterion}"),
            Table(
                say("{question} What the cases measure {unit}", question=asked, unit=unit).rstrip(),
                [
                    say("Case"),
                    say("Indicator"),
                    say("Made of"),
                    say("Dates"),
                    say("Level"),
                    say("Units with a value"),
                    say("Reference"),
                    say("Threshold"),
                    say("Median"),
                ],
                rows,
                numbers=frozenset({5, 7, 8}),
            ),
            *([Text(say("The figures are like for like."))] if like else []),
            Foreign([f"{row['case']}: {row['remark']}" for row in own.to_dict("records")]),
        ]
    return Section("criteria", say("Are the criteria comparable?"), said)


def _made_of(compared: Compared, measures: str) -> str:
    """Return the variables of an indicator by their labels: ``Foreign residents / Residents``."""
    say, variables = compared.say, compared.settings["variables"]
    if not measures:
        return say("no figures")
    return " / ".join(
        words.variable(part.split(" + "), variables, say) for part in measures.split(" / ")
    )


def _threshold(row: dict[str, Any], say: Language, bare: bool = False) -> str:
    """Return the reference of a row, or the lowest and highest of the regions; ``bare``: without unit."""
    unit, low, high = row["unit_of_measure"], row["lowest"], row["highest"]
    if low == high or math.isnan(low):
        return _value(low, unit, say, bare)
    return say(
        "{start} to {end}",
        start=_value(low, unit, say, bare=unit != "percent"),
        end=_value(high, unit, say, bare),
    )


def _value(value: float, unit: str, say: Language, bare: bool = False) -> str:
    if math.isnan(value):
        return "–"
    shown = number if bare else quantity
    return shown(value, unit, say, signed=value < 0, more=1)


def _types(compared: Compared, figure: Figure) -> Section:
    say = compared.say
    said: list[Part] = [
        _picture(figure, compared),
        _counts(compared, compared.tables["counts"], say("Units by case and type")),
        Heading(say("Single criteria"), "types-criteria"),
        Text(
            say(
                "Where a criterion has no figures its units have no type; the answers to the others are "
                "compared all the same."
            )
        ),
        _answers(compared, OWN, say("Answers to the criteria, as each case has it")),
    ]
    return Section("types", say("Types"), said)


def _counts(compared: Compared, table: pd.DataFrame, caption: str) -> Table:
    say = compared.say
    rows = []
    for case in dict.fromkeys(table["case"]):
        own = table[table["case"] == case].set_index("type")
        rows.append(
            (
                compared.title(case),
                *(
                    say(
                        "{number} ({share})",
                        number=say.number(own.at[type_, "units"]),
                        share=say.percent(own.at[type_, "share"]),
                    )
                    for type_ in TYPES
                ),
                say.number(own["units"].sum()),
            )
        )
    heads = [say("Case"), *(type_named(type_, say) for type_ in TYPES), say("All")]
    return Table(caption, heads, rows, numbers=frozenset(range(1, len(heads))))


def _answers(compared: Compared, scheme: str, caption: str) -> Table:
    say, table = compared.say, compared.tables["answers"]
    rows = [
        (
            figures.question(row["criterion"], say),
            compared.title(row["case"]),
            compared.reference(row["reference"]),
            _threshold(row, say),
            say.number(row["units_yes"]),
            say.number(row["units_no"]),
            say.number(row["units_unknown"]),
        )
        for criterion in CRITERIA
        for row in table[(table["scheme"] == scheme) & (table["criterion"] == criterion)].to_dict(
            "records"
        )
    ]
    return Table(
        caption,
        [
            say("Criterion"),
            say("Case"),
            say("Reference"),
            say("Threshold"),
            say("Yes"),
            say("No"),
            say("Unknown"),
        ],
        rows,
        numbers=frozenset({3, 4, 5, 6}),
    )


def _schemes(compared: Compared, figure: Figure) -> Section:
    say, table = compared.say, compared.tables["schemes"]
    said: list[Part] = [
        Text(
            say(
                "Each scheme replaces the references of every case by the same kind of reference; values, "
                "directions and all else stay those of the case."
            )
        ),
        _picture(figure, compared),
    ]
    lacking = figures.lacks(compared)
    if lacking:
        said += [Text(say("What a scheme cannot ask of a case:")), parts.Items(lacking)]
    for name in dict.fromkeys(table["scheme"]):
        if name == OWN:
            continue
        label = compared.scheme(name)
        said += [
            Heading(label, f"schemes-{name}"),
            Text(figures.scheme_in_full(compared, name)),
            _counts(
                compared,
                table[table["scheme"] == name],
                say("Units by case and type, scheme “{scheme}”", scheme=label),
            ),
            _answers(
                compared, name, say("Answers to the criteria, scheme “{scheme}”", scheme=label)
            ),
        ]
    return Section("schemes", say("The same references in every case"), said)


def _sets(compared: Compared) -> Section:
    say, sets = compared.say, compared.tables["sets"]
    block = compared.settings["comparison"]["sets"]
    said: list[Part] = [
        Text(
            say.plural(
                "{n} town of each case, of the candidates of its own selection; types and size classes are "
                "spread over all cases, regions within each. Typicality is scaled within each case.",
                "{n} towns of each case, of the candidates of its own selection; types and size classes are "
                "spread over all cases, regions within each. Typicality is scaled within each case.",
                block["towns_per_case"],
            )
        )
    ]
    left_out = compared.tables["cases"]
    left_out = left_out[left_out["in_sets"] != "true"]
    if len(left_out):
        said += [
            Text(say("Cases without a town in the sets, and why:")),
            Foreign([f"{row.title}: {row.because}" for row in left_out.itertuples()]),
        ]
    if sets.empty:
        said += [
            Text(say("No set satisfies the constraints. The fewest that cannot hold together:")),
            Foreign(
                [
                    f"{row.constraint}: {row.says} ({row.why})"
                    for row in compared.tables["set_conflicts"].itertuples()
                ]
            ),
        ]
        return Section("sets", say("Towns across the cases"), said)
    more = (sets["others_exist"] == "true").any()
    how_many = sets["set"].nunique()
    said.append(
        Text(
            say.plural(
                "The best set is proven by an integer programme.",
                "The best {n} sets are proven by an integer programme.",
                how_many,
            )
            + (" " + say("There are more.") if more else "")
        )
    )
    for rank in dict.fromkeys(sets["set"]):
        own = sets[sets["set"] == rank]
        said.append(_of_set(rank, own, say))
        if own["trades_off"].iloc[0]:
            said.append(Foreign([own["trades_off"].iloc[0]]))
    return Section("sets", say("Towns across the cases"), said)


def _of_set(rank: str, own: pd.DataFrame, say: Language) -> Table:
    rows = [
        (
            row["name"],
            row["case"],
            Mark(row["type"], type_in_short(row["type"], say)),
            say.own(row["region_name"]),
            say.own(row["size_class"]),
            say.number(row["inhabitants"]),
            say.number(row["typicality_in_case"], 2),
            say.number(row["probability"], 2),
        )
        for row in own.to_dict("records")
    ]
    caption = say(
        "Set {number}: objective {objective}",
        number=rank,
        objective=say.number(own["set_objective"].iloc[0], 3),
    )
    head = [
        say("Town"),
        say("Case"),
        say("Type"),
        say("Region"),
        say("Size class"),
        say("Inhabitants"),
        say("Typicality within the case"),
        say("Probability of the type"),
    ]
    return Table(caption, head, rows, numbers=frozenset({5, 6, 7}))


def _files(compared: Compared) -> Section:
    say = compared.say
    return Section(
        "files",
        say("Tables and where they come from"),
        [
            Text(
                say(
                    "columns.csv says of every column of these tables what it is and from which column of "
                    "the tables of the cases it is made; `smstra audit` leads from there to the cells of the "
                    "sources."
                )
            ),
            parts.Links(
                [
                    Address(f"{name}.csv", f"{name}.csv")
                    for name in (*sorted(compared.tables), "columns")
                ]
            ),
        ],
    )


def _sentences(words: list[str]) -> list[Part]:
    return [parts.Items(words)] if words else []


def _picture(figure: Figure, compared: Compared) -> parts.Picture:
    return parts.Picture(
        figure.address,
        figure.alt,
        f"{figure.title.rstrip('.')}. {figure.subtitle} {figure.source}",
        compared.say(
            "Also as {files}; its data as {data}.",
            files=f"figures/{figure.name}.png, .svg, .pdf",
            data=f"figures/{figure.name}.csv",
        ),
        figure.name,
    )

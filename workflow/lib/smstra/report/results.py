"""What the data allow, the types by region and size, the figures, the flags that occur."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from smstra import answers, flags_in_words
from smstra.flags_in_words import level_in_words
from smstra.language import Language
from smstra.pseudonym_rules import REGION_NOT_GIVEN
from smstra.report import asked, wording, words
from smstra.report.formulas import formula
from smstra.report.parts import (
    Figure,
    Heading,
    Items,
    Part,
    Picture,
    Section,
    Table,
    Text,
    Together,
)
from smstra.size_classes import UNKNOWN
from smstra.vocabulary import as_list, parts_of, shown

Variables = Mapping[str, Mapping[str, Any]]
Breaks = Mapping[str, Mapping[str, Any]]


def data_section(
    case: Mapping[str, Any],
    variables: Variables,
    breaks: Breaks,
    tables: Mapping[str, pd.DataFrame],
    pins: Sequence[Mapping[str, Any]],
    say: Language,
) -> Section:
    """Return what the data allowed of each indicator, and how sums compare with published totals."""
    parts: list[Part] = [
        Text(
            say(
                "For each indicator that the case asks for: the dates and the level that the "
                "sources have, how many units have a value, and what was done where they fall "
                "short."
            )
        ),
        sufficiency(case, variables, tables["sufficiency"], tables["indicators"], breaks, say),
        Heading(say("Sums held against published totals"), "data-checks"),
        *checks(case, variables, tables["aggregate_checks"], tables["units"], pins, say),
    ]
    return Section("data", say("What the data allow"), parts)


def sufficiency(
    case: Mapping[str, Any],
    variables: Variables,
    table: pd.DataFrame,
    indicators: pd.DataFrame,
    breaks: Breaks,
    say: Language,
) -> Table:
    """Return the table of sufficiency in a reader's words, breaks included."""
    compared = {spec["indicator"] for spec in case["criteria"].values()}
    rows = []
    for row in table.to_dict("records"):
        entry = case["indicators"][row["indicator"]]
        own = indicators.loc[indicators["indicator"] == row["indicator"], "flags"]
        label = say.own(entry["label"])
        rows.append(
            (
                say("{label} (criterion)", label=label) if row["indicator"] in compared else label,
                formula(entry, variables, say),
                _asked(entry, say),
                wording.dates_in_words(row["dates_found"], say) if row["dates_found"] else "–",
                level_in_words(row["level_found"], say) if row["level_found"] else "–",
                say(
                    "{covered} of {all}",
                    covered=say.number(row["units_covered"]),
                    all=say.number(row["units"]),
                ),
                _done(entry, row, own, case, breaks, say),
            )
        )
    return Table(
        say("Sufficiency of the data, by indicator"),
        [
            say("Indicator"),
            say("Definition"),
            say("Asked for"),
            say("Found"),
            say("Level"),
            say("Units with a value"),
            say("What a reader must know"),
        ],
        rows,
    )


def _asked(entry: Mapping[str, Any], say: Language) -> str:
    if "date" in entry:
        return say.date(entry["date"])
    if "from" not in entry:
        return "–"
    return say("{start} to {end}", start=say.date(entry["from"]), end=say.date(entry["to"]))


def _done(
    entry: Mapping[str, Any],
    row: Mapping[str, Any],
    flags: pd.Series,
    case: Mapping[str, Any],
    breaks: Breaks,
    say: Language,
) -> str:
    """Return what was done to have the indicator, and which breaks it spans; ``As asked.`` if nothing."""
    if not row["dates_found"]:
        if entry["definition"] == "not_available":
            return say("Not available: {because}.", because=say.own(entry["because"]))
        return say("No figures of that date at a level that the case allows.")
    said = []
    held = _units_by_flag(flags)
    for kind in ("year_substituted", "denominator_date", "break"):
        for flag in sorted(flag for found, flag in held if found == kind):
            text = " ".join(flags_in_words.in_words(flag, case, breaks, say))
            number = held[kind, flag]
            if number < row["units_covered"]:
                text = say.plural("{text} ({n} unit)", "{text} ({n} units)", number, text=text)
            said.append(text)
    if row["level_found"] != row["level_asked"]:
        said.append(
            say(
                "each {unit} has the value of its {area}",
                unit=level_in_words(row["level_asked"], say),
                area=level_in_words(row["level_found"], say),
            )
        )
    kinds = flags.map(lambda cell: {kind for kind, _ in flags_in_words.kinds(cell)})
    merged = int(kinds.map(lambda found: "merged_unit" in found).sum())
    if merged:
        said.append(
            say.plural(
                "{n} unit has the value of the unit into which it merged later",
                "{n} units have the value of the unit into which they merged later",
                merged,
            )
        )
    flagged = int(kinds.map(lambda found: "status" in found).sum())
    if flagged:
        said.append(
            say.plural(
                "the source flags a figure of {n} unit",
                "the source flags a figure of {n} units",
                flagged,
            )
        )
    if row["units_missing"]:
        said.append(
            say.plural(
                "{n} unit has no value", "{n} units have no value", int(row["units_missing"])
            )
        )
    text = "; ".join(said)
    return text[:1].upper() + text[1:] + "." if said else say("As asked.")


def _units_by_flag(flags: pd.Series) -> dict[tuple[str, str], int]:
    """Return how many cells of a ``flags`` column have each flag, by its kind and itself."""
    held: dict[tuple[str, str], int] = {}
    for cell, number in flags.value_counts().items():
        for found in flags_in_words.kinds(str(cell)):
            held[found] = held.get(found, 0) + int(number)
    return held


def checks(
    case: Mapping[str, Any],
    variables: Variables,
    table: pd.DataFrame,
    units: pd.DataFrame,
    pins: Sequence[Mapping[str, Any]],
    say: Language,
) -> list[Part]:
    """Return each aggregate check in a row: sums over units against what the publisher prints."""
    if table.empty:
        return [Text(say("The case names no published totals, so nothing was checked."))]
    names = dict(zip(units["region"], units["region_name"], strict=True))
    names[case["geography"]["country_unit"]["code"]] = say.own(
        case["geography"]["country_unit"]["name"]
    )
    rows = []
    for name, own in table.groupby("check", sort=False):
        spec = case["aggregate_checks"][name]
        measured = _measured(spec, variables)
        groups = dict.fromkeys(own["group"])
        terms = parts_of([*as_list(spec["of"]), *as_list(spec.get("in", []))], variables)
        dates = [shown(date, terms, variables) for date in sorted(set(own["date"]))]
        largest = own.loc[own["difference"].abs().idxmax()]
        said = words.variable(spec["of"], variables, say)
        if "in" in spec:
            said = say(
                "100 × {quantity}",
                quantity=f"{said} / {words.variable(spec['in'], variables, say)}",
            )
        rows.append(
            (
                say(
                    "{quantity}, summed over each {level}",
                    quantity=said,
                    level=level_in_words(spec["sum_over"], say),
                ),
                say.listing([names.get(group, group) for group in groups]),
                say.date(dates[0])
                if len(dates) == 1
                else say("{start} to {end}", start=say.date(dates[0]), end=say.date(dates[-1])),
                say.number(len(own)),
                _pair(largest, len(own), measured, say),
                words.plain(float(spec["tolerance"]), say),
                _publisher(own["source"].iloc[0], pins),
            )
        )
    agree = bool(table["agrees"].isin([True, "true"]).all())
    return [
        Text(
            say(
                "All {number} sums agree with the published figures within their tolerance.",
                number=say.number(len(table)),
            )
            if agree
            else say(
                "{wrong} of {number} sums differ from the published figures by more than their tolerance.",
                wrong=say.number(int((~table["agrees"].isin([True, "true"])).sum())),
                number=say.number(len(table)),
            )
        ),
        Table(
            say("Checks of sums"),
            [
                say("What is summed"),
                say("Compared for"),
                say("Date"),
                say("Comparisons"),
                say("Greatest difference"),
                say("Tolerance"),
                say("Published by"),
            ],
            rows,
            frozenset({3, 5}),
        ),
    ]


def _measured(spec: Mapping[str, Any], variables: Variables) -> str:
    if "in" in spec:
        return "percentage points"
    of = spec["of"] if isinstance(spec["of"], str) else spec["of"][0]
    return variables[of]["unit_of_measure"] if of in variables else ""


def _pair(row: pd.Series, rows: int, measured: str, say: Language) -> str:
    """Return the difference of a check, with both figures where there is only one comparison."""
    difference = words.signed(float(row["difference"]), say)
    difference = f"{difference} {wording.unit_in_words(measured, say)}".strip()

    if rows > 1:
        return difference
    return say(
        "{difference} ({computed} against {published})",
        difference=difference,
        computed=words.plain(round(float(row["computed"]), 4), say),
        published=words.plain(float(row["published"]), say),
    )


def _publisher(text: str, pins: Sequence[Mapping[str, Any]]) -> str:
    """Return who published a figure: of ``dataset@vintage`` the publisher and his name of the dataset."""
    found = [pin for pin in pins if f"{pin['id']}@{pin['vintage']}" == text]
    return f"{found[0]['publisher']}, {found[0]['dataset']}" if found else text


# --- the types and the figures ----------------------------------------------------------------------


def section(
    case: Mapping[str, Any],
    tables: Mapping[str, pd.DataFrame],
    figures: Sequence[Figure],
    say: Language,
) -> Section:
    """Return the counts by type, then the figures by family, then those that could not be drawn."""
    typology, units = tables["typology"], tables["units"]
    regions = typology["unit"].map(units.set_index("unit")["region_name"])
    regions = regions.replace(REGION_NOT_GIVEN, say("region not given"))
    order = [say.own(entry["name"]) for entry in case["size_classes"]["classes"]]
    sizes = typology["size_class"].map(
        lambda name: say("class unknown") if name == UNKNOWN else say.own(name)
    )
    sizes = sizes.sort_values(key=lambda s: s.map(lambda name: _place(name, order)), kind="stable")
    parts: list[Part] = [
        *_counts(case, typology, regions, sizes, say),
        *_towns(tables["towns"], say),
    ]
    named = {
        "typology": say("Types in figures"),
        "demography": say("Demography"),
        "economy": say("Economy"),
        "housing": say("Housing"),
    }
    for family, title in named.items():
        drawn = [each for each in figures if each.family == family and not each.missing]
        if drawn:
            first, *others = (_picture(each, say) for each in drawn)
            parts += [Together([Heading(title, f"figures-{family}"), first]), *others]
    lacking = [each for each in figures if each.missing]
    if lacking:
        parts += [
            Heading(say("What could not be drawn"), "figures-missing"),
            Items([f"{each.title.rstrip('.')}. {each.subtitle}" for each in lacking]),
        ]
    return Section("results", say("Results"), parts)


def _counts(
    case: Mapping[str, Any],
    typology: pd.DataFrame,
    regions: pd.Series,
    sizes: pd.Series,
    say: Language,
) -> list[Part]:
    """Return the units by region and by size class, and by type, or by answers where there is no type."""
    if answers.without_types(typology):
        known = answers.answered(typology)
        parts: list[Part] = [Items(asked.single_criteria(case, typology, say))]
        for caption, by, first in (
            (say("Units by region and answer"), regions, say("Region")),
            (say("Units by size class and answer"), sizes, say("Size class")),
        ):
            if known:
                parts.append(asked.answers_table(caption, by, typology, known, first, say))
        return parts
    return [
        asked.types_table(
            say("Units by region and type"), regions, typology["type"], say("Region"), say
        ),
        asked.types_table(
            say("Units by size class and type"),
            sizes,
            typology["type"].reindex(sizes.index),
            say("Size class"),
            say,
        ),
    ]


def _place(name: str, order: Sequence[str]) -> int:
    return order.index(name) if name in order else len(order)


def _towns(towns: pd.DataFrame, say: Language) -> list[Part]:
    if towns.empty:
        return [Text(say("No town was chosen, so the figures below single out none."))]
    rows = [
        (
            row["label"],
            row["unit"],
            row["region_name"],
            wording.type_named(row["type"], say),
            wording.chosen_in_words(row["why"], say),
        )
        for row in towns.to_dict("records")
    ]
    return [
        Table(
            say("The towns that figures and profiles compare"),
            [say("Town"), say("Code"), say("Region"), say("Type"), say("Why this one")],
            rows,
        )
    ]


def _picture(figure: Figure, say: Language) -> Picture:
    return Picture(
        figure.address,
        figure.alt,
        f"{figure.title.rstrip('.')}. {figure.subtitle} {figure.source}",
        say(
            "Also as {files}; its data as {data}.",
            files=f"figures/{figure.name}.png, .svg, .pdf",
            data=f"figures/{figure.name}.csv",
        ),
        figure.name,
    )


# --- flags ------------------------------------------------------------------------------------------


def flags_section(
    case: Mapping[str, Any],
    variables: Variables,
    breaks: Breaks,
    tables: Mapping[str, pd.DataFrame],
    say: Language,
) -> Section:
    """Return the flags that occur, by indicator: what each says, and of how many units."""
    indicators = tables["indicators"]
    rows = []
    for name in case["indicators"]:
        flags = indicators.loc[indicators["indicator"] == name, "flags"]
        merged: dict[tuple[str, str], list[Any]] = {}
        for (kind, flag), number in _units_by_flag(flags).items():
            text = _flag_of_many(kind, flag, case, variables, breaks, say)
            entry = merged.setdefault((kind, text), [flag, 0])
            entry[1] += number
            entry[0] = min(entry[0], flag)
        rows += [
            (say.own(case["indicators"][name]["label"]), flag, text, say.number(number))
            for (_, text), (flag, number) in sorted(merged.items())
        ]
    intro = Text(
        say(
            "A flag stands beside every value that is not quite what was asked for. These occur; "
            "where codes differ from unit to unit, one is given as an example."
        )
    )
    if not rows:
        return Section("flags", say("Flags explained"), [Text(say("No value carries a flag."))])
    return Section(
        "flags",
        say("Flags explained"),
        [
            intro,
            Table(
                say("Flags that occur, by indicator"),
                [say("Indicator"), say("Flag"), say("What it says"), say("Units")],
                rows,
                frozenset({3}),
                codes=frozenset({1}),
            ),
        ],
    )


def _flag_of_many(
    kind: str,
    flag: str,
    case: Mapping[str, Any],
    variables: Variables,
    breaks: Breaks,
    say: Language,
) -> str:
    """Return what a flag says, without the code of the area where it has one."""
    if kind == "level":
        level = flag.partition("=")[2].partition(":")[0]
        return say("the value is that of a larger area, {level}", level=level_in_words(level, say))
    if kind == "merged_unit":
        return say("the value is that of the unit into which this one merged")
    return " ".join(flags_in_words.in_words(flag, case, breaks, say, variables))

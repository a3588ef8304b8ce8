"""What the figures of the typology say alike: the criteria, their references, what stands in, breaks."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import pandas as pd

from smstra.figures.material import Material
from smstra.figures.style import SMALL, Caption, Drawing, nothing_to_draw, shorten, width_of
from smstra.language import Language
from smstra.outcomes import TYPES
from smstra.report.wording import dates_in_words, quantity, scheme_in_words, type_named
from smstra.typology import CRITERIA

# More towns than this are circled without their names; the data of the figure have them.
MOST_NAMED = 8
STANDS_IN = "†"


def compared(material: Material) -> dict[str, str]:
    """Return the indicator that each criterion compares, in the order of the criteria."""
    return {name: material.case["criteria"][name]["indicator"] for name in CRITERIA}


def labels(material: Material) -> dict[str, str]:
    """Return the label of the indicator of each criterion."""
    return {name: material.label(indicator) for name, indicator in compared(material).items()}


def unit_of_measure(material: Material, criterion: str) -> str:
    """Return the unit of measure of a criterion's indicator."""
    return str(material.indicator(compared(material)[criterion])["unit_of_measure"].iloc[0])


def sources(material: Material) -> list[str]:
    """Return the cells ``source`` of the indicators that the criteria compare."""
    table = material.tables["indicators"]
    return list(table.loc[table["indicator"].isin(compared(material).values()), "source"].unique())


def typed(label: str, type_: str, say: Language, room: float = math.inf) -> str:
    """Return the label of a town with its type: ``Town (A)``, ``Town (mixed)``.

    In small print not wider than ``room`` inches: the label is cut, never the type.
    """
    whole = say("{name} ({note})", name=label, note=type_in_short(type_, say))
    if width_of(whole, SMALL) <= room:
        return whole
    bare = say("{name} ({note})", name="", note=type_in_short(type_, say))
    cut = shorten(label, SMALL, room - width_of(bare, SMALL) - 0.05)
    return say("{name} ({note})", name=cut, note=type_in_short(type_, say))


def counted(material: Material) -> dict[str, int]:
    """Return how many units have each type, in the order of ``TYPES``."""
    found = material.tables["typology"]["type"].value_counts()
    return {type_: int(found.get(type_, 0)) for type_ in TYPES}


def said_counts(number: dict[str, int], say: Language) -> str:
    """Return ``A 8, B 103, ...`` for the types that there are."""
    return ", ".join(
        say("{type} {number}", type=type_in_short(type_, say), number=say.number(count))
        for type_, count in number.items()
        if count
    )


def type_in_short(type_: str, say: Language) -> str:
    """Return the letter of a type, or its name where it has none."""
    return type_ if len(type_) == 1 else type_named(type_, say)


def meaning(say: Language) -> str:
    """Return the sentence that says what the letters of the types mean."""
    return say(
        "A and B: economy and population improve; C and D: both decline; A and C: migrants settled before; "
        "mixed: economy and population disagree."
    )


def standing_in(material: Material, criterion: str) -> pd.Series:
    """Return, by unit, whether its value of a criterion is that of a larger or a later unit."""
    typology = material.tables["typology"]
    found = typology["flags"].str.contains(rf"(?:^|;){CRITERIA[criterion]}:(?:level|merged_unit)=")
    return pd.Series(found.to_numpy(dtype=bool), index=typology["unit"])


def references(material: Material, criteria: Sequence[str]) -> str:
    """Return the sentence that names the reference of each of ``criteria``, with its value."""
    say, typology = material.say, material.tables["typology"]
    said = []
    for criterion in criteria:
        scheme = scheme_in_words(material.case["criteria"][criterion]["reference"], say)
        values = typology[f"{CRITERIA[criterion]}_reference"].dropna().unique()
        label = labels(material)[criterion]
        if len(values) == 0:
            said.append(say("{label}: cannot be had", label=label))
        elif len(values) > 1:
            said.append(
                say("{label}: {scheme}, another in each region", label=label, scheme=scheme)
            )
        else:
            measured = unit_of_measure(material, criterion)
            value = quantity(values[0], measured, say, signed=bool(values[0] < 0), more=1)
            said.append(say("{label}: {value} ({scheme})", label=label, scheme=scheme, value=value))
    return say("References: {references}.", references="; ".join(said))


def substitutions(material: Material) -> list[str]:
    """Return a sentence for each thing that stands in for another in the values of the criteria."""
    say, typology = material.say, material.tables["typology"]
    rows = material.tables["sufficiency"].set_index("indicator")
    said = []
    for criterion, indicator in compared(material).items():
        row, label = rows.loc[indicator], labels(material)[criterion]
        if not row["dates_found"]:
            said.append(say("{label}: not available.", label=label))
            continue
        column = rf"(?:^|;){CRITERIA[criterion]}:"
        dates = typology["flags"].str.extractall(rf"{column}year_substituted=([^;]+?)_for_([^;]+)")
        for found, asked in sorted(set(dates.itertuples(index=False, name=None))):
            said.append(
                say(
                    "{label}: figures of {found} stand in for {asked}.",
                    label=label,
                    found=dates_in_words(found, say),
                    asked=dates_in_words(asked, say),
                )
            )
        # A unit without a value names the area that would stand in for it; nothing does.
        valued = typology[typology[CRITERIA[criterion]].notna()]
        own = valued["flags"].str.extract(rf"{column}(level|merged_unit)=([^:;]+)")
        for level, part in own[own[0] == "level"].groupby(1):
            said.append(
                say.plural(
                    "{mark} {label}: {n} unit of {all} has the value of its {level} area.",
                    "{mark} {label}: {n} units of {all} have the value of their {level} area.",
                    len(part),
                    label=label,
                    all=say.number(len(typology)),
                    level=say.own(re.sub(r"^nuts(\d)$", r"NUTS \1", level)),
                    mark=STANDS_IN,
                )
            )
        if merged := int((own[0] == "merged_unit").sum()):
            said.append(
                say.plural(
                    "{mark} {label}: {n} unit of {all} has the value of the unit that it later became part of.",
                    "{mark} {label}: {n} units of {all} have the value of the unit that they later became part "
                    "of.",
                    merged,
                    label=label,
                    all=say.number(len(typology)),
                    mark=STANDS_IN,
                )
            )
    return said


def breaks(material: Material) -> list[str]:
    """Return the sentence that names the breaks that the values of the criteria span, if any."""
    spans = material.breaks_in(material.tables["typology"]["flags"])
    if not spans:
        return []
    return [material.say("Breaks in series: {breaks}.", breaks="; ".join(spans))]


def undetermined(material: Material) -> list[str]:
    """Return the sentence that says how many units have no type, and which criteria lack values."""
    say, typology = material.say, material.tables["typology"]
    count = counted(material)["undetermined"]
    if not count:
        return []
    lacking = typology[typology["type"] == "undetermined"]
    why = [
        say("{label} ({n})", label=labels(material)[criterion], n=say.number(missing))
        for criterion in CRITERIA
        if (missing := sum(answer not in (True, False) for answer in lacking[criterion]))
    ]
    return [
        say.plural(
            "{n} unit is undetermined, for want of {why}.",
            "{n} units are undetermined, for want of {why}.",
            count,
            why=say.listing(why),
        )
    ]


def chosen(material: Material) -> list[str]:
    """Return the sentence that says which towns are singled out, and how."""
    say, count = material.say, len(material.towns)
    if not count:
        return [say("The case chooses no town (figures.towns).")]
    if count > MOST_NAMED:
        return [say("Circled: the {n} chosen towns, named in the data.", n=say.number(count))]
    return [say("Circled: the chosen towns.")]


def ends(towns: pd.DataFrame, column: str, say: Language) -> dict[str, str]:
    """Return the towns with the greatest and the least share of ``column`` (percent), in words.

    ``town, share`` and, unless all have the same whole percent, ``other, least``. Towns that have the
    same whole percent are named together, or counted if they are more than two.
    """
    shown = towns[column].round()

    def at(value: float) -> str:
        there = towns[shown == value]
        if len(there) > 2:
            return say.plural("{n} town", "{n} towns", len(there))
        return say.listing(
            typed(label, type_, say)
            for label, type_ in zip(there["label"], there["type"], strict=True)
        )

    high, low = shown.max(), shown.min()
    found = {"town": at(high), "share": say.percent(high, 0)}
    if high > low:
        found |= {"other": at(low), "least": say.percent(low, 0)}
    return found


def no_robustness(material: Material, name: str, title: str, key: str) -> Drawing:
    """Return the figure that says that the case asks for no robustness, and by which ``key`` it would."""
    say = material.say
    subtitle = say(
        "The case {units} has no block `robustness`, so nothing says how sure its types are. Add {key} to "
        "the case file.",
        units=say.own(material.case["title"]),
        key=f"`{key}`",
    )
    return nothing_to_draw(name, Caption(title, subtitle, "", f"{title}. {subtitle}"))


def no_towns(material: Material, name: str, title: str) -> Drawing:
    """Return the figure that says that no town is chosen."""
    say = material.say
    subtitle = say(
        "The case {units} chooses no town to show. Name some in `figures.towns`.",
        units=say.own(material.case["title"]),
    )
    return nothing_to_draw(name, Caption(title, subtitle, "", f"{title}. {subtitle}"))

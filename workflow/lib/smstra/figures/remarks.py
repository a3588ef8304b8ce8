"""What a figure says beside its finding: whose figures, how made, flags, what is missing.

Tables of indicators have ``name, what, date, value, level, flags, how, units`` (what: town, region,
country), a row for each place and date.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from smstra.figures import lines
from smstra.figures.material import Material
from smstra.figures.style import Caption
from smstra.flags_in_words import in_words, kinds, level_in_words
from smstra.language import Language
from smstra.pseudonym_rules import WITHHELD

DAGGER = "†"
# Flags that are said of places or shown by open markers; the others are said of a date.
_OF_PLACES = frozenset({"level", "merged_unit", "missing"})


def no_towns(material: Material, what: str) -> Caption:
    """Return the words of a figure that has no town to show."""
    say = material.say
    title = say("{what}: no town is chosen", what=what)
    subtitle = say("The rule `figures.towns` of the case finds no town, so none can be compared.")
    return Caption(title, subtitle, "", f"{title}. {subtitle}")


def no_value(material: Material, what: str, reasons: Sequence[str]) -> Caption:
    """Return the words of a figure of towns that all lack a value; ``reasons`` are sentences."""
    say = material.say
    title = say("{what}: no chosen town has a value", what=what)
    subtitle = " ".join(reasons) or say("The tables of the case have no row of any of them.")
    return Caption(title, subtitle, "", f"{title}. {subtitle}")


def area_of(flags: str) -> str:
    """Return ``BE21`` from the flag ``level=nuts2:BE21``; empty without it."""
    levels = [flag for kind, flag in kinds(flags) if kind == "level"]
    return levels[0].partition(":")[2] if levels else ""


def level(material: Material, table: pd.DataFrame) -> list[str]:
    """Return whose figures those of towns are: their own, or those of larger areas or units."""
    say, own_level = material.say, material.case["geography"]["level"]
    known = table[(table["what"] == "town") & table["value"].notna()]
    said = []
    for found, own in known.groupby("level", sort=True):
        called = level_in_words(str(found), say)
        if found == own_level:
            said.append(say("Level of the figures: {level}.", level=called))
            continue
        if not own["flags"].map(area_of).any():
            # The case does not say which areas.
            said.append(
                say(
                    "No figure of the town itself is used: open markers show that of its {level}.",
                    level=called,
                )
            )
            continue
        by_area = own.groupby(own["flags"].map(area_of), sort=True)["name"].unique()
        places = [
            say("{code}: {towns}", code=area, towns=say.listing(_named(say, list(names))))
            for area, names in by_area.items()
        ]
        said.append(
            say(
                "No figure of the town itself is used: open markers show that of its {level}, which "
                "towns of one area share ({places}).",
                level=called,
                places=lines.few(say, places),
            )
        )
    merged = known[known["flags"].str.contains("merged_unit=", regex=False)]
    if len(merged):
        codes = merged["flags"].str.extract(r"merged_unit=([^;]+)")[0]
        if codes.eq(WITHHELD).all():
            return [*said, lines.means_of_larger(say, list(merged["name"].unique()))]
        places = [
            say("{town}: unit {code}", town=name, code=code)
            for name, code in dict(zip(merged["name"], codes, strict=True)).items()
        ]
        said.append(
            say(
                "Open markers: value of the larger unit of which the town became part later, not the "
                "town's own ({towns}).",
                towns=lines.few(say, places),
            )
        )
    return said


def _named(say: Language, names: Sequence[str]) -> list[str]:
    if len(names) <= lines.NAMED:
        return list(names)
    return [say.plural("{n} town", "{n} towns", len(names))]


def how_made(material: Material, indicators: Sequence[str], table: pd.DataFrame) -> list[str]:
    """Return how the values of the country and of regions are made."""
    say = material.say
    made: dict[str, list[str]] = {}
    for what in ("country", "region"):
        own = table[(table["what"] == what) & table["value"].notna()]
        for how in own["how"].unique():
            units = own.loc[own["how"] == how, "units"]
            text = lines.made_how(material, how, units, what, indicators)
            area = own["name"].iloc[0] if what == "country" else say("the regions")
            made.setdefault(text, []).append(area)
    return [
        say("Values of {areas}: {how}.", areas=say.listing(areas), how=text)
        for text, areas in made.items()
    ]


def of_dates(material: Material, table: pd.DataFrame) -> list[str]:
    """Return what flags say of a date as a whole, behind a dagger."""
    texts = {text: None for date in table["date"].unique() for text in dated(material, table, date)}
    if not texts:
        return []
    return [material.say("{dagger} {remarks}.", dagger=DAGGER, remarks="; ".join(texts))]


def dated(material: Material, table: pd.DataFrame, date: str) -> list[str]:
    """Return the flags of towns at ``date`` that concern it as a whole, in words."""
    here = (table["what"] == "town") & (table["date"] == date) & table["value"].notna()
    cells = table.loc[here, "flags"]
    found = {flag: None for cell in cells for kind, flag in kinds(cell) if kind not in _OF_PLACES}
    return in_words(
        ";".join(found), material.case, material.breaks, material.say, material.variables
    )


def missing(material: Material, table: pd.DataFrame) -> list[str]:
    """Return which towns have no value, of which date, and why."""
    say = material.say
    places = []
    for row in table[(table["what"] == "town") & table["value"].isna()].to_dict("records"):
        found = [flag for kind, flag in kinds(row["flags"]) if kind == "missing"]
        words = in_words(";".join(found), material.case, material.breaks, say, material.variables)
        why = "; ".join(words)
        if row["date"]:
            text = say("{place}, {dates} ({why})", place=row["name"], dates=row["date"], why=why)
        else:
            text = say("{place} ({why})", place=row["name"], why=why)
        places.append(text)
    places = list(dict.fromkeys(places))
    return [say("Without a value: {places}.", places=lines.few(say, places))] if places else []


def no_areas(say: Language, there: Iterable[str]) -> list[str]:
    """Return that regions or the country have no value; ``there`` is what has one."""
    absent = {"region": say("the regions"), "country": say("the country")}
    lacking = [name for what, name in absent.items() if what not in set(there)]
    if not lacking:
        return []
    return [say("Not drawn, for want of a value: {areas}.", areas=say.listing(lacking))]


def area_name(say: Language, name: str, how: str) -> str:
    """Return what the value of a region or the country is called in a sentence."""
    return say("median in {area}", area=name) if how == "median_of_units" else name

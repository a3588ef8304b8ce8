"""How probable each type of the chosen towns is, given errors of figures and of thresholds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from smstra.figures import criteria, stacked
from smstra.figures.material import Material
from smstra.figures.style import SMALL, WIDTH, Caption, Drawing, dress, numbered, start, width_of
from smstra.outcomes import TYPES
from smstra.report.wording import verdict_in_words

_ROW = 0.19  # inches
_ROOM = 1.45  # inches for the names of towns


def probabilities(material: Material, _: Mapping[str, Any]) -> Drawing:
    """Return a bar for each chosen town: the share of draws in which it has each type."""
    say = material.say
    title = say("How probable the types are cannot be said")
    if "probabilities" not in material.tables:
        return criteria.no_robustness(material, "probabilities", title, "robustness.probabilities")
    if material.towns.empty:
        return criteria.no_towns(material, "probabilities", title)
    table = data(material)
    words = caption(material, table)
    names = [
        criteria.typed(name, type_, say, _ROOM)
        for name, type_ in zip(table["label"], table["type"], strict=True)
    ]
    notes = [verdict_in_words(verdict, say) for verdict in table["verdict"]]
    room = max(width_of(name, SMALL) for name in names)
    inches = WIDTH - room - max(width_of(note, SMALL) for note in notes) - 0.35
    figure, axes = start(_ROW * len(table) + 0.5)
    shares = {type_: table[f"p_{type_}"].to_numpy() for type_ in TYPES}
    stacked.rows(axes, names, shares, notes, say, inches=inches)
    axes.set_xlabel(say("Share of draws, percent"))
    numbered(axes.xaxis, say)
    there = [type_ for type_ in TYPES if (shares[type_] > 0).any()]
    dress(figure, words, stacked.legend(there, say))
    return Drawing("probabilities", words, table, figure)


def data(material: Material) -> pd.DataFrame:
    """Return what is drawn, a row a chosen town in their order.

    ``unit, name, label, type, verdict, p_type``, then ``p_<type>`` and ``se_<type>`` for each type: the
    share of draws and its standard error of simulation, in percent and percentage points.
    """
    units = list(material.towns["unit"])
    drawn = material.tables["probabilities"].set_index("unit").loc[units]
    verdicts = material.tables["verdicts"].set_index("unit")["verdict"].loc[units]
    table = material.towns[["unit", "name", "label", "type"]].reset_index(drop=True)
    table["verdict"] = verdicts.to_numpy()
    shown = ["p_type", *(f"p_{type_}" for type_ in TYPES), *(f"se_{type_}" for type_ in TYPES[:5])]
    for column in shown:
        table[column] = np.round(drawn[column].to_numpy(dtype=float) * 100, 6)
    table["draws"] = drawn["draws"].to_numpy()
    return table


def caption(material: Material, table: pd.DataFrame) -> Caption:
    """Return the words, computed from the data."""
    say = material.say
    draws = int(table["draws"].iloc[0])
    known = table[table["type"] != "undetermined"]
    largest = known[[f"se_{type_}" for type_ in TYPES[:5]]].max().max() if len(known) else 0.0
    subtitle = " ".join(
        [
            say(
                "Share of {draws} draws in which a town has each type, when figures err and thresholds move as "
                "the case assumes; its own type in brackets.",
                draws=say.number(draws),
            ),
            say(
                "At the right the verdict, which also weighs the share of combinations of choices that keep "
                "the type."
            ),
            say(
                "Standard errors of simulation: at most {largest} percentage points.",
                largest=say.number(largest, 1),
            ),
            say("Shares too small to write are in the data."),
            criteria.meaning(say),
            say("{geography}.", geography=material.geography()),
            criteria.references(material, list(criteria.compared(material))),
            *criteria.substitutions(material),
            *criteria.breaks(material),
            *_without_type(material, table),
        ]
    )
    title = headline(material, table)
    alt = say(
        "Stacked bars of the probability of each type for {n}, {towns}. {title}.",
        n=say.plural("{n} town", "{n} towns", len(table)),
        towns=say.listing(
            say(
                "{name} {share}",
                name=criteria.typed(row.label, row.type, say),
                share=say.percent(row.p_type, 0),
            )
            for row in known.head(criteria.MOST_NAMED).itertuples()
        )
        if 0 < len(known) <= criteria.MOST_NAMED
        else say("improving types at the left, declining ones at the right"),
        title=title,
    )
    return Caption(title, subtitle, material.source_line(criteria.sources(material)), alt)


def _without_type(material: Material, table: pd.DataFrame) -> list[str]:
    lacking = table[table["type"] == "undetermined"]
    if lacking.empty:
        return []
    return [
        material.say.plural(
            "{n} chosen town has no type, for a figure is missing: {towns}.",
            "{n} chosen towns have no type, for a figure is missing: {towns}.",
            len(lacking),
            towns=material.say.listing(lacking["label"].head(criteria.MOST_NAMED)),
        )
    ]


def headline(material: Material, table: pd.DataFrame) -> str:
    """Return whose type is the surest and whose the least sure."""
    say = material.say
    known = table[table["type"] != "undetermined"]
    if known.empty:
        return say("No chosen town has a type whose probability could be drawn")
    ends = criteria.ends(known, "p_type", say)
    if len(known) == 1:
        return say("{town}: this type in {share} of the draws", **ends)
    if "other" not in ends:
        return say("Each chosen town keeps its type in {share} of the draws", **ends)
    return say(
        "Surest is the type of {town}, in {share} of the draws; least sure that of {other}, in {least}",
        **ends,
    )

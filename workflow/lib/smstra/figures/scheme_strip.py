"""The types of the chosen towns under every scheme: by each level of each choice, as strips of shares."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from smstra.figures import criteria, stacked
from smstra.figures.material import Material
from smstra.figures.palette import INK, RULE
from smstra.figures.style import (
    SMALL,
    WIDTH,
    Caption,
    Drawing,
    dress,
    nothing_to_draw,
    numbered,
    shorten,
    start,
    width_of,
    wrap,
)
from smstra.language import Language
from smstra.outcomes import TYPES
from smstra.robustness.schemes import LETTERS
from smstra.robustness_rules import OWN_WINDOW
from smstra.typology import CRITERIA

# With more towns than this, one strip each for all combinations together.
_MOST_DETAILED = 6
_COLUMNS = 23  # levels of choices side by side
_ROW = 0.3  # inches that a town's strips are high
_STRIP = 0.19  # inches that a town's only strip is high
_ROOM = 0.95  # inches for the names of towns
_HEAD = 1.2  # inches for the names of levels
_ROOM_OF_STRIPS = 1.45
# Columns of combinations.csv that are choices: the criterion (none: the window) and what is chosen.
_CHOICES = {
    "window": ("", "window"),
    **{
        f"{column}_{part}": (criterion, part)
        for criterion, column in CRITERIA.items()
        for part in ("definition", "scheme")
    },
}


def scheme_strip(material: Material, _: Mapping[str, Any]) -> Drawing:
    """Return, for each chosen town and for all units, the shares of types under the case's choices.

    With at most six towns a column for each level of each choice, over all combinations that have it;
    otherwise, or where schemes.csv does not list the types, one strip for all combinations together.
    """
    say = material.say
    title = say("Types under other choices cannot be shown")
    if "schemes" not in material.tables:
        return criteria.no_robustness(material, "scheme_strip", title, "robustness")
    table = data(material)
    if not table["combinations"].sum():
        subtitle = say(
            "No combination of definitions, references and windows can be had; choices.csv says why for each."
        )
        return nothing_to_draw("scheme_strip", Caption(title, subtitle, "", f"{title}. {subtitle}"))
    detailed = _listed(material) and len(material.towns) <= _MOST_DETAILED
    words = caption(material, table, detailed)
    figure = (_levels if detailed else _strips)(material, table, words)
    return Drawing("scheme_strip", words, table, figure)


def _listed(material: Material) -> bool:
    """Whether schemes.csv lists the type under each combination (``list_types``)."""
    return bool((material.tables["schemes"]["types"] != "").all())


def data(material: Material) -> pd.DataFrame:
    """Return what is drawn, a row a place and level.

    ``unit`` (empty for all units together), ``label, type, choice`` (empty for all combinations
    together), ``criterion, level, own`` (whether it is the case's own choice), ``combinations`` (how
    many have the level; for all units, times their number), the number of them in which the place has
    each type, and ``most_frequent`` (ties joined by ``;``). Levels of towns only where schemes.csv
    lists the types and at most six towns are chosen; a choice with one level has no rows.
    """
    combinations = material.tables["combinations"]
    schemes = material.tables["schemes"].set_index("unit")
    towns = material.towns
    detailed = _listed(material) and len(towns) <= _MOST_DETAILED
    masks = [("", "", "", False, np.ones(len(combinations), dtype=bool))]
    own = combinations[combinations["own"].astype(str) == "true"]
    for column, (criterion, choice) in _CHOICES.items():
        levels = list(dict.fromkeys(combinations[column]))
        if len(levels) > 1 and detailed:
            masks += [
                (choice, criterion, level, level in set(own[column]), combinations[column] == level)
                for level in levels
            ]
    everything = combinations[list(TYPES)].to_numpy(dtype=float)
    places = [("", material.say("all units"), "", None)]
    for unit, label, type_ in towns[["unit", "label", "type"]].itertuples(index=False, name=None):
        letters = np.frombuffer(schemes.at[unit, "types"].encode("ascii"), dtype=np.uint8)
        places.append((unit, label, type_, letters))
    rows = []
    for unit, label, type_, letters in places:
        for choice, criterion, level, is_own, mask in masks:
            if letters is None:
                counts = everything[np.asarray(mask)].sum(axis=0)
            elif choice:
                counts = [(letters[np.asarray(mask)] == ord(letter)).sum() for letter in LETTERS]
            else:
                counts = schemes.loc[unit, list(TYPES)]
            numbers = [int(count) for count in counts]
            most = [t for t, n in zip(TYPES, numbers, strict=True) if n and n == max(numbers)]
            rows.append(
                {
                    "unit": unit,
                    "label": label,
                    "type": type_,
                    "choice": choice,
                    "criterion": criterion,
                    "level": level,
                    "own": is_own,
                    "combinations": sum(numbers),
                    **dict(zip(TYPES, numbers, strict=True)),
                    "most_frequent": ";".join(most),
                }
            )
    return pd.DataFrame(rows)


def _shares(rows: pd.DataFrame) -> dict[str, np.ndarray]:
    return {
        type_: rows[type_].to_numpy(dtype=float) / rows["combinations"].to_numpy(dtype=float) * 100
        for type_ in TYPES
    }


def _names(material: Material, rows: pd.DataFrame) -> list[str]:
    return [
        criteria.typed(label, type_, material.say, _ROOM_OF_STRIPS) if unit else label
        for unit, label, type_ in zip(rows["unit"], rows["label"], rows["type"], strict=True)
    ]


def _strips(material: Material, table: pd.DataFrame, words: Caption) -> Any:
    """Draw a bar for each place: all combinations together."""
    say = material.say
    names = _names(material, table)
    shares = _shares(table)
    notes = [""] * len(table)
    room = max(width_of(name, SMALL) for name in names)
    figure, axes = start(_STRIP * len(table) + 0.5)
    inches = WIDTH - room - 0.35
    stacked.rows(axes, names, shares, notes, say, inches=inches)
    axes.set_xlabel(say("Share of combinations, percent"))
    numbered(axes.xaxis, say)
    there = [type_ for type_ in TYPES if (shares[type_] > 0).any()]
    dress(figure, words, stacked.legend(there, say))
    return figure


def bands_of(table: pd.DataFrame) -> list[list[tuple[str, str, str, bool]]]:
    """Return the levels side by side in each band: ``criterion, choice, level, own``.

    Levels of one criterion stay together where a band has room for them.
    """
    first = table[(table["unit"] == "") & (table["choice"] != "")]
    levels = list(first[["criterion", "choice", "level", "own"]].itertuples(index=False, name=None))
    bands: list[list[tuple[str, str, str, bool]]] = [[]]
    for criterion in dict.fromkeys(level[0] for level in levels):
        group = [level for level in levels if level[0] == criterion]
        while group:
            free = _COLUMNS - len(bands[-1])
            if bands[-1] and len(group) > free:
                bands.append([])
                free = _COLUMNS
            bands[-1] += group[:free]
            group = group[free:]
    return bands


def _levels(material: Material, table: pd.DataFrame, words: Caption) -> Any:
    """Draw a column for each level of each choice, in bands one below the other."""
    say = material.say
    bands = bands_of(table)
    places = table.drop_duplicates("unit")
    names = [
        _two_lines(label, type_, say) if unit else label
        for unit, label, type_ in zip(places["unit"], places["label"], places["type"], strict=True)
    ]
    texts = [
        width_of(_level_in_words(material, *level[:3]), SMALL, "bold" if level[3] else "normal")
        for band in bands
        for level in band
    ]
    head = min(max(texts, default=0.0), _HEAD) + 0.1
    tall = head + 0.25 + _ROW * len(places) + 0.05
    figure, axes = start(tall * len(bands), len(bands), squeeze=False)
    by_level = table.set_index(["unit", "criterion", "choice", "level"])
    cell = (WIDTH - _ROOM - 0.2) / (_COLUMNS + 1)  # inches
    for band, each in zip(bands, axes[:, 0], strict=True):
        each.set_axis_off()
        each.set_xlim(-(_ROOM + 0.05) / cell, _COLUMNS + 1)
        each.set_ylim(-len(places), (head + 0.25) / _ROW)
        spots = _spots(band)
        for place, (unit, name) in enumerate(zip(places["unit"], names, strict=True)):
            each.text(
                -0.3,
                -place - 0.5,
                name,
                ha="right",
                va="center",
                fontsize=SMALL,
                color=INK,
                weight="normal" if unit else "bold",
            )
            rows = by_level.loc[[(unit, *level[:3]) for level in band]]
            _cells(each, spots, -place - 1.0, rows)
        _heads(each, material, band, spots, head, len(places))
    there = [type_ for type_ in TYPES if table[type_].any()]
    dress(figure, words, stacked.legend(there, say))
    return figure


def _two_lines(label: str, type_: str, say: Language) -> str:
    """Return the label of a town with its type on two lines at most, the type last."""
    lines = wrap(criteria.typed(label, type_, say), SMALL, room=_ROOM).split("\n")
    if len(lines) > 2 or max(width_of(line, SMALL) for line in lines) > _ROOM:
        first, _, rest = wrap(label, SMALL, room=_ROOM).partition("\n")
        second = criteria.typed(rest.replace("\n", " "), type_, say, _ROOM).strip()
        lines = [shorten(first, SMALL, _ROOM), second]
    return "\n".join(lines)


def _spots(band: Sequence[tuple[str, str, str, bool]]) -> list[float]:
    """Return the left edge of each column: a gap of half a column between criteria, a small one else."""
    spots, x = [], 0.0
    for number, level in enumerate(band):
        if number:
            before = band[number - 1]
            x += 1.0 + (0.5 if level[0] != before[0] else 0.2 if level[1] != before[1] else 0.0)
        spots.append(x)
    return spots


def _cells(axes: Axes, spots: Sequence[float], low: float, rows: pd.DataFrame) -> None:
    """Draw the shares of types in each column, one on the other, with the letter of the most frequent."""
    shares = _shares(rows)
    bottom = np.full(len(rows), low + 0.06)
    for type_ in stacked.ORDER:
        height = np.nan_to_num(shares[type_]) * 0.88 / 100
        drawn = height > 0
        axes.bar(
            np.array(spots)[drawn] + 0.5,
            height[drawn],
            bottom=bottom[drawn],
            width=0.9,
            label=f"_{type_}",
            **{**stacked.look(type_), "linewidth": 0.3},
        )
        for spot, under, tall, most in zip(
            spots, bottom, height, rows["most_frequent"], strict=True
        ):
            if most == type_ and tall * _ROW > 0.125 and len(type_) == 1:
                stacked.written(axes, spot + 0.5, under + tall / 2, type_, type_)
        bottom = bottom + height


def _heads(
    axes: Axes,
    material: Material,
    band: Sequence[tuple[str, str, str, bool]],
    spots: Sequence[float],
    head: float,
    places: int,
) -> None:
    for (criterion, choice, level, own), spot in zip(band, spots, strict=True):
        axes.text(
            spot + 0.5,
            0.15,
            shorten(_level_in_words(material, criterion, choice, level), SMALL, head - 0.1),
            rotation=90,
            ha="center",
            va="bottom",
            fontsize=SMALL,
            color=INK,
            weight="bold" if own else "normal",
        )
        if own:
            axes.add_patch(
                Rectangle(
                    (spot - 0.02, -places),
                    1.04,
                    places,
                    facecolor="none",
                    edgecolor=INK,
                    linewidth=1.3,
                    zorder=5,
                    label="_own",
                )
            )
    cell = (WIDTH - _ROOM - 0.2) / (_COLUMNS + 1)
    above = (head + 0.04) / _ROW
    for criterion in dict.fromkeys(level[0] for level in band):
        own_spots = [spot for spot, level in zip(spots, band, strict=True) if level[0] == criterion]
        left, right = own_spots[0], own_spots[-1] + 1
        axes.plot([left + 0.05, right - 0.05], [above - 0.08] * 2, color=RULE, linewidth=0.8)
        # The last group may use the room that the band leaves at its right.
        room = (right - left if own_spots[-1] != spots[-1] else _COLUMNS + 1 - left) * cell
        axes.text(
            left + 0.05,
            above,
            shorten(_group_in_words(criterion, material.say), SMALL, room),
            ha="left",
            va="bottom",
            fontsize=SMALL,
            color=INK,
            weight="bold",
        )


def _group_in_words(criterion: str, say: Language) -> str:
    return {
        "": say("Window"),
        "sf_high": say("Settled"),
        "economy_improving": say("Economy"),
        "population_improving": say("Population"),
    }[criterion]


def _level_in_words(material: Material, criterion: str, choice: str, level: str) -> str:
    """Return a level in a few words; names of the case's own with spaces for underscores."""
    say = material.say
    if choice == "scheme":
        known = {
            "zero": say("zero"),
            "national_aggregate": say("country"),
            "national_median": say("median, country"),
            "national_mean": say("mean, country"),
            "region_aggregate": say("region"),
            "region_median": say("median, region"),
            "region_mean": say("mean, region"),
        }
        if level in known:
            return known[level]
        digits = re.fullmatch(r"-?\d+(?:\.(\d+))?", level)
        return say.number(float(level), len(digits[1] or "") if digits else 2)
    if level == OWN_WINDOW:
        return say("as asked")
    return say.own(level.replace("_", " "))


def caption(material: Material, table: pd.DataFrame, detailed: bool) -> Caption:
    """Return the words, computed from the data."""
    say = material.say
    combinations = say.number(len(material.tables["combinations"]))
    title = headline(material, table)
    how = (
        say(
            "Each column: all of the {n} combinations of definitions, references and windows that have "
            "this choice, shared out by type; the letter is the most frequent type, framed is the case's "
            "own choice. For each criterion definitions stand left of references.",
            n=combinations,
        )
        if detailed
        else say(
            "Shares of types over all {n} combinations of definitions, references and windows.",
            n=combinations,
        )
    )
    subtitle = " ".join(
        [
            how,
            say("All combinations weigh the same: a share is no probability."),
            *_why_not_detailed(material, detailed),
            *_only_levels(material, detailed),
            criteria.meaning(say),
            say("{geography}.", geography=material.geography()),
            *criteria.substitutions(material),
            *criteria.breaks(material),
            *([say("The case chooses no town (figures.towns).")] if material.towns.empty else []),
        ]
    )
    alt = say(
        "Strips of the shares of types under {n} combinations of choices, for all units and {towns}. {title}. "
        "All units: {counts}.",
        n=combinations,
        towns=say.plural("{n} town", "{n} towns", len(material.towns)),
        title=title,
        counts=", ".join(
            say(
                "{type} {number}",
                type=criteria.type_in_short(type_, say),
                number=say.percent(share[0], 0),
            )
            for type_, share in _shares(table.head(1)).items()
            if share[0] > 0
        ),
    )
    return Caption(title, subtitle, material.source_line(criteria.sources(material)), alt)


def _why_not_detailed(material: Material, detailed: bool) -> list[str]:
    if detailed or len(material.towns) > _MOST_DETAILED:
        return []
    return [
        material.say(
            "Which choice gives which type is not listed: the case has `robustness.list_types: false`."
        )
    ]


def _only_levels(material: Material, detailed: bool) -> list[str]:
    """Return the sentence on the choices that have one level only and so no column."""
    say, combinations = material.say, material.tables["combinations"]
    alone = [
        say(
            "{criterion}, {choice}",
            criterion=_group_in_words(criterion, say),
            choice={"definition": say("definition"), "scheme": say("reference")}[choice],
        )
        if criterion
        else _group_in_words("", say)
        for column, (criterion, choice) in _CHOICES.items()
        if combinations[column].nunique() == 1
    ]
    if not alone or not detailed:
        return []
    return [say("Without a column, for there is one only: {choices}.", choices="; ".join(alone))]


def headline(material: Material, table: pd.DataFrame) -> str:
    """Return which chosen town keeps its type most often, and which least often."""
    say = material.say
    n = say.number(len(material.tables["combinations"]))
    whole = table[table["choice"] == ""]
    towns = whole[(whole["unit"] != "") & (whole["type"] != "undetermined")].copy()
    if towns.empty:
        kept = material.tables["combinations"]["agreeing"].astype(float)
        units = len(material.tables["units"])
        return say(
            "Between {low} and {high} of {all} units keep their type under other choices",
            low=say.number(int(kept.min())),
            high=say.number(int(kept.max())),
            all=say.number(units),
        )
    # As in schemes.csv: of the combinations in which the town is determined.
    determined = towns["combinations"] - towns["undetermined"]
    counts = [row[row["type"]] for _, row in towns.iterrows()]
    towns["kept"] = np.array(counts) / determined.to_numpy() * 100
    ends = criteria.ends(towns, "kept", say)
    if len(towns) == 1:
        return say("{town}: this type in {share} of {n} combinations of choices", n=n, **ends)
    if "other" not in ends:
        return say(
            "Each chosen town keeps its type in {share} of {n} combinations of choices", n=n, **ends
        )
    return say(
        "Of {n} combinations of choices, {share} keep the type of {town}, {least} that of {other}",
        n=n,
        **ends,
    )

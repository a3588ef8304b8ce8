"""The eight cells that three answers make: how many units lie in each, by region or size class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.ticker import MaxNLocator

from smstra.figures import criteria
from smstra.figures.material import Material
from smstra.figures.palette import COLOURS, HATCHES, INK
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
from smstra.size_classes import NOT_GIVEN, UNKNOWN
from smstra.typology import CELLS

# With more regions than this the bars are size classes.
_MOST_REGIONS = 6
_ROOM = 1.15  # inches for the names of regions or classes
_BAR = 0.16  # inches
# Two panels in a row: settled before at the left, the same without at the right.
_ROWS = (
    ("A", "B"),
    *(
        ((f"settled_{way}"), f"not_settled_{way}")
        for way in (
            "economy_improving_population_declining",
            "economy_declining_population_improving",
        )
    ),
    ("C", "D"),
)


def cells(material: Material, _: Mapping[str, Any]) -> Drawing:
    """Return eight panels of bars, a cell each: settled before at the left, not at the right."""
    say = material.say
    table = data(material)
    words = caption(material, table)
    if not table["units"].sum():
        return nothing_to_draw("cells", words)
    groups = table[["group", "group_name"]].drop_duplicates()
    names = [shorten(name, SMALL, _ROOM) for name in groups["group_name"]]
    room = max(width_of(name, SMALL) for name in names) + 0.1
    panel = (WIDTH - room) / 2 - 0.25
    titles = {cell: wrap(_titled(cell, say), SMALL, "bold", panel) for cell in CELLS.values()}
    lines = max(title.count("\n") + 1 for title in titles.values())
    tall = len(groups) * _BAR + lines * 1.25 * SMALL / 72 + 0.16
    figure, axes = start(tall * 4 + 0.3, 4, 2, sharex=True, sharey=True)
    counts = table.set_index(["cell", "group"])["units"]
    for pair, row in zip(_ROWS, axes, strict=True):
        for cell, each in zip(pair, row, strict=True):
            type_ = cell if len(cell) == 1 else "mixed"
            fill, ink = COLOURS[type_]
            values = [int(counts[cell, group]) for group in groups["group"]]
            each.barh(
                range(len(values)),
                values,
                height=0.72,
                facecolor=fill,
                edgecolor=INK,
                linewidth=0.5,
                hatch=HATCHES[type_] or None,
                hatchcolor=ink,
                label=f"_{cell}",
            )
            for place, value in enumerate(values):
                each.annotate(
                    say.number(value),
                    (value, place),
                    xytext=(3, 0),
                    textcoords="offset points",
                    va="center",
                    fontsize=SMALL,
                    color=INK,
                )
            each.set_title(
                titles[cell], loc="left", fontsize=SMALL, weight="bold", color=INK, pad=3
            )
            each.tick_params(left=False)
    first = axes[0, 0]
    first.set_yticks(range(len(names)), names)
    first.set_ylim(len(names) - 0.4, -0.6)
    first.set_xlim(0, table["units"].max() * 1.22)
    # Whole units, also where a cell holds few.
    first.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 2.5, 5, 10], integer=True))
    numbered(first.xaxis, say)
    for each in axes[-1]:
        each.set_xlabel(say("Units"), fontsize=SMALL)
    dress(figure, words)
    return Drawing("cells", words, table, figure)


def data(material: Material) -> pd.DataFrame:
    """Return what is drawn: ``cell, type, group, group_name, units``, a row a bar.

    ``group`` are regions, or size classes where there are more than six regions or only one.
    """
    typology, say = material.tables["typology"], material.say
    regions = material.tables["units"][["region", "region_name"]].drop_duplicates()
    regions = regions.sort_values("region", kind="stable")
    if 1 < len(regions) <= _MOST_REGIONS:
        column = "region"
        groups = [
            (code, say.own(name)) for code, name in regions.itertuples(index=False, name=None)
        ]
    else:
        column = "size_class"
        names = [entry["name"] for entry in material.case["size_classes"]["classes"]]
        groups = [(name, say.own(name)) for name in names if (typology[column] == name).any()]
        if (typology[column] == UNKNOWN).any():
            groups.append((UNKNOWN, say("size unknown")))
        if (typology[column] == NOT_GIVEN).any():
            groups.append((NOT_GIVEN, say("not given")))
    counts = typology.groupby(["cell", column]).size()
    return pd.DataFrame(
        [
            {
                "cell": cell,
                "type": cell if len(cell) == 1 else "mixed",
                "group": group,
                "group_name": name,
                "units": int(counts.get((cell, group), 0)),
            }
            for pair in _ROWS
            for cell in pair
            for group, name in groups
        ]
    )


def named(cell: str, say: Language) -> str:
    """Return what a cell means in words."""
    return {
        "A": say("settled, economy and population improving"),
        "B": say("not settled, economy and population improving"),
        "C": say("settled, economy and population declining"),
        "D": say("not settled, economy and population declining"),
        "settled_economy_improving_population_declining": say(
            "settled, economy improving, population declining"
        ),
        "not_settled_economy_improving_population_declining": say(
            "not settled, economy improving, population declining"
        ),
        "settled_economy_declining_population_improving": say(
            "settled, economy declining, population improving"
        ),
        "not_settled_economy_declining_population_improving": say(
            "not settled, economy declining, population improving"
        ),
    }[cell]


def _titled(cell: str, say: Language) -> str:
    letter = criteria.type_in_short(cell if len(cell) == 1 else "mixed", say)
    return say("{type}: {meaning}", type=letter, meaning=named(cell, say))


def caption(material: Material, table: pd.DataFrame) -> Caption:
    """Return the words, computed from the data."""
    say = material.say
    source = material.source_line(criteria.sources(material))
    totals = table.groupby("cell", sort=False)["units"].sum()
    known = int(totals.sum())
    by_region = set(table["group"]) <= set(material.tables["units"]["region"])
    if not known:
        title = say("No unit lies in any of the eight cells")
    else:
        best = totals[totals == totals.max()]
        largest = [named(cell, say) for cell in best.index]
        title = say.plural(
            "The most frequent cell holds {units} of {all} units: {cells}",
            "The {n} most frequent cells hold {units} of {all} units each: {cells}",
            len(best),
            units=say.number(int(best.iloc[0])),
            all=say.number(known),
            cells="; ".join(largest),
        )
    subtitle = " ".join(
        [
            say("Number of units by region: {geography}.", geography=material.geography())
            if by_region
            else say("Number of units by size class: {geography}.", geography=material.geography()),
            say(
                "Settled: migrants had settled before; improving or declining: against the reference."
            ),
            criteria.references(material, list(criteria.compared(material))),
            *criteria.substitutions(material),
            *criteria.breaks(material),
            *(criteria.undetermined(material) or [say("No unit is undetermined.")]),
        ]
    )
    alt = say(
        "Eight bar charts, one a cell, settled at the left, not settled at the right. {title}. Units by cell: "
        "{counts}.",
        title=title,
        counts="; ".join(
            say("{name} {number}", name=_titled(cell, say), number=say.number(int(count)))
            for cell, count in totals.items()
        ),
    )
    return Caption(title, subtitle, source, alt)

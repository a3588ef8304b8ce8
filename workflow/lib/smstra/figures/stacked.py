"""Bars made of the shares of types: in one order and look wherever they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from smstra.figures.criteria import type_in_short
from smstra.figures.palette import COLOURS, HATCHES, INK
from smstra.figures.style import SMALL, width_of
from smstra.language import Language

# Improving, mixed, declining: a bar reads from one side to the other, in grey print as well.
ORDER = ("A", "B", "mixed", "C", "D", "undetermined")


def look(type_: str) -> dict[str, object]:
    """Return how an area of a type looks."""
    fill, ink = COLOURS[type_]
    return {
        "facecolor": fill,
        "edgecolor": INK,
        "linewidth": 0.4,
        "hatch": HATCHES[type_] or None,
        "hatchcolor": ink,
    }


def legend(types: Sequence[str], say: Language) -> list[Patch]:
    """Return the entries of the legend for ``types``, in the order of the bars."""
    return [
        Patch(**look(type_), label=type_in_short(type_, say)) for type_ in ORDER if type_ in types
    ]


def rows(
    axes: Axes,
    names: Sequence[str],
    shares: Mapping[str, np.ndarray],
    notes: Sequence[str],
    say: Language,
    *,
    inches: float,
) -> None:
    """Draw a horizontal bar of 100 % for each name, the first on top; shares of NaN are none.

    Parameters
    ----------
    shares
        By type, percent for each row.
    notes
        What stands to the right of each bar.
    inches
        Length of the bars; a share is written where it fits.
    """
    places = -np.arange(len(names), dtype=float)
    left = np.zeros(len(names))
    for type_ in ORDER:
        if type_ not in shares:
            continue
        width = np.nan_to_num(np.asarray(shares[type_], dtype=float))
        drawn = width > 0
        axes.barh(
            places[drawn],
            width[drawn],
            left=left[drawn],
            height=0.74,
            label=f"_{type_}",
            **look(type_),
        )
        for place, start, share in zip(places[drawn], left[drawn], width[drawn], strict=True):
            text = say("{type} {number}", type=type_in_short(type_, say), number=say.number(share))
            if width_of(text, SMALL) + 0.1 > share / 100 * inches:
                text = say.number(share)
            if width_of(text, SMALL) + 0.08 <= share / 100 * inches:
                written(axes, start + share / 2, place, text, type_)
        left += width
    for place, note in zip(places, notes, strict=True):
        axes.annotate(
            note,
            (100, place),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=SMALL,
            color=INK,
            annotation_clip=False,
        )
    axes.set_yticks(places, names)
    axes.set_ylim(-len(names) + 0.4, 0.6)
    axes.set_xlim(0, 100)
    axes.tick_params(left=False)
    axes.spines["left"].set_visible(False)


def written(axes: Axes, x: float, y: float, text: str, type_: str) -> None:
    """Write a text on an area of a type, its hatching left out behind it."""
    fill, ink = COLOURS[type_]
    axes.text(
        x,
        y,
        text,
        ha="center",
        va="center",
        fontsize=SMALL,
        color=ink,
        bbox={"boxstyle": "square,pad=0.08", "facecolor": fill, "linewidth": 0},
    )

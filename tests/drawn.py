"""Builders of what figures are drawn from, on invented data: Testland's towns, series and indicators."""

from __future__ import annotations

import copy
import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import tiny
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from smstra import series, strict_yaml
from smstra.figures.material import Material
from smstra.figures.style import SMALL, Drawing
from smstra.language import Language

VARIABLES = strict_yaml.load(
    Path(__file__).resolve().parents[1] / "workflow/internal/variables.yaml"
)
SOURCE = f"tl_people@{tiny.VINTAGE}"
PINS = [
    {
        "id": "tl_people",
        "vintage": tiny.VINTAGE,
        "publisher": "Testland Office",
        "dataset": "People",
        "edition": "2026",
    }
]
# Sixty characters, with a word that is wider than any panel.
LONG = "Sankt-Nimmerlein-an-der-Oberen-Donaudampfschifffahrtskanal-X"
TYPES = ("A", "B", "C", "D", "mixed", "undetermined")
SUM = {"by": "sum_of_counts"}


def case(**changes: Any) -> dict[str, Any]:
    """Return Testland's case with ``changes`` of its keys (those of a block are merged into it)."""
    made = strict_yaml.loads(tiny.CASE, "case")
    made["series"] = {}
    made["figures"] = {"towns": {"choose": "named", "units": []}}
    for key, value in changes.items():
        made[key] = {**made[key], **value} if isinstance(made.get(key), dict) else value
    return made


def towns(
    count: int, names: Sequence[str] = (), types: Sequence[str] = TYPES, regions: int = 2
) -> pd.DataFrame:
    """Return ``count`` chosen towns, of the ``types`` in turn, in ``regions`` regions in turn."""
    rows = []
    for number in range(count):
        name = names[number] if number < len(names) else f"Town {number + 1}"
        region = number % regions + 1
        rows.append(
            (f"T{number + 1:02d}", name, name, f"R{region}", f"Region {region}",
             types[number % len(types)], "named")
        )  # fmt: skip
    columns = ["unit", "name", "label", "region", "region_name", "type", "why"]
    return pd.DataFrame(rows, columns=columns)


def rows_of(
    name: str,
    unit: str,
    what: str,
    values: Mapping[str, float],
    *,
    label: str | None = None,
    unit_of_measure: str = "inhabitants",
    how: str = "sum_of_counts",
    units: int = 12,
    status: Mapping[str, str] | None = None,
    merged: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Return rows of series.csv: a place's ``values`` by ISO day, with ``status`` and ``merged`` units."""
    area = what != "town"
    days = sorted(values)
    return pd.DataFrame(
        {
            "series": name,
            "unit": unit,
            "name": label or unit,
            "what": what,
            "date": days,
            "value": [float(values[day]) for day in days],
            "unit_of_measure": unit_of_measure,
            "status": [(status or {}).get(day, "") for day in days],
            "merged_unit": [(merged or {}).get(day, "") for day in days],
            "units": float(units) if area else 1.0,
            "how": how if area else "",
            "source": SOURCE,
        }
    )


def years(first: int, last: int, at: Callable[[int], float]) -> dict[str, float]:
    """Return ``at`` of every year from ``first`` to ``last``, on 1 January."""
    return {f"{year}-01-01": at(year) for year in range(first, last + 1)}


def series_of(*parts: pd.DataFrame) -> pd.DataFrame:
    """Return a table as series.csv, its columns in order."""
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=series.COLUMNS)
    return table[series.COLUMNS]


def indicator_of(name: str, values: Mapping[str, float], **cells: Any) -> pd.DataFrame:
    """Return rows of indicators.csv: ``values`` by unit; ``cells`` replace what they have in common."""
    common = {
        "unit_of_measure": "percent",
        "year_from": "2014",
        "year_to": "2014",
        "year_asked": "2014",
        "level": "town",
        "substituted": "false",
        "flags": "",
        "source": SOURCE,
    }
    return pd.DataFrame(
        [
            {"unit": unit, "indicator": name, "value": float(value), **common, **cells}
            for unit, value in values.items()
        ]
    )


def areas_of(
    name: str, values: Mapping[str, float], how: str = "sum_of_counts", units: int = 12
) -> pd.DataFrame:
    """Return rows of areas.csv: ``values`` by area; TL is the country, others are regions."""
    return pd.DataFrame(
        [
            {
                "area": area,
                "name": "Testland" if area == "TL" else f"Region {area[1:]}",
                "what": "country" if area == "TL" else "region",
                "indicator": name,
                "value": float(value),
                "unit_of_measure": "percent",
                "how": how,
                "units": float(units),
                "year_from": "2014",
                "year_to": "2014",
            }
            for area, value in values.items()
        ],
        columns=["area", "name", "what", "indicator", "value", "unit_of_measure", "how", "units",
                 "year_from", "year_to"],
    )  # fmt: skip


def typology_of(chosen: pd.DataFrame, size_class: str = "dense") -> pd.DataFrame:
    """Return ``unit, name, type, size_class`` of typology.csv for ``chosen`` towns."""
    return chosen[["unit", "name", "type"]].assign(size_class=size_class)


def sufficiency_of(name: str, asked: str, found: str) -> pd.DataFrame:
    """Return the row of sufficiency.csv of an indicator."""
    return pd.DataFrame([{"indicator": name, "dates_asked": asked, "dates_found": found}])


def material(
    chosen: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    settings: Mapping[str, Any] | None = None,
    language: str = "en",
    breaks: Mapping[str, Any] | None = None,
) -> Material:
    """Return the material of Testland with these tables; none of a table is an empty one."""
    own = copy.deepcopy(dict(settings or case()))
    empty = {
        "series": series_of(),
        "areas": areas_of("", {}),
        "indicators": indicator_of("", {"": 0.0}).iloc[:0],
        "typology": typology_of(chosen),
        "sufficiency": sufficiency_of("", "", "").iloc[:0],
        "units": pd.DataFrame(
            columns=["unit", "name", "level", "region", "region_name", "country"]
        ),
    }
    return Material(
        case=own,
        say=Language(language, own.get("translations")),
        variables=VARIABLES,
        breaks=breaks or {},
        pins=PINS,
        towns=chosen,
        tables={**empty, **tables},
    )


def artists(drawing: Drawing, label: str) -> list[Any]:
    """Return the lines of all panels of a figure that have this label."""
    return [
        line for axes in drawing.figure.axes for line in axes.lines if line.get_label() == label
    ]


def points(drawing: Drawing, label: str) -> list[tuple[str, float]]:
    """Return ISO days and values of the first line with this label, gaps left out."""
    line = artists(drawing, label)[0]
    drawn = zip(line.get_xdata(orig=True), line.get_ydata(orig=True), strict=True)
    return [(day.isoformat(), float(value)) for day, value in drawn if not math.isnan(value)]


def plain(text: str) -> str:
    """Return ``text`` with plain spaces before percent signs."""
    return text.replace("\u202f", " ")


def check_print(drawing: Drawing) -> None:
    """Fail if a text is smaller than the smallest size, leaves the figure, or lies on another."""
    figure = drawing.figure
    figure.canvas.draw()
    boxes, beyond = [], _beyond(figure)
    for text in figure.findobj(match=lambda artist: hasattr(artist, "get_fontsize")):
        if not text.get_visible() or not text.get_text().strip() or text in beyond:
            continue
        if text.axes is not None and not text.axes.axison and text not in text.axes.texts:
            continue
        # Of the words themselves: that of a label with a leader line holds the line as well.
        box = Text.get_window_extent(text)
        assert text.get_fontsize() >= SMALL - 1e-9, text.get_text()
        assert box.x0 >= -1, (text.get_text(), box)
        assert box.x1 <= figure.bbox.x1 + 1, (text.get_text(), box)
        assert box.y0 >= -1, (text.get_text(), box)
        assert box.y1 <= figure.bbox.y1 + 1, (text.get_text(), box)
        boxes.append((text.get_text(), box))
    for (one, a), (other, b) in itertools.combinations(boxes, 2):
        wide = min(a.x1, b.x1) - max(a.x0, b.x0)
        high = min(a.y1, b.y1) - max(a.y0, b.y0)
        assert min(wide, high) < 2, (one, other)


def _beyond(figure: Figure) -> set[Any]:
    """Return the labels of ticks outside the view, which are there but not drawn."""
    return {
        tick.label1
        for axes in figure.findobj(Axes)
        for axis in (axes.xaxis, axes.yaxis)
        for tick in axis.get_major_ticks()
        if not min(axis.get_view_interval()) <= tick.get_loc() <= max(axis.get_view_interval())
    }

"""The map of types: each unit in the colour and hatching of its type, with counts beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.path import Path

from smstra.figures import criteria
from smstra.figures.material import Material
from smstra.figures.palette import COLOURS, HATCHES, INK, MARKERS, RULE
from smstra.figures.style import (
    SMALL,
    WIDTH,
    Caption,
    Drawing,
    dress,
    label_points,
    nothing_to_draw,
    start,
    width_of,
)
from smstra.language import Language
from smstra.outcomes import TYPES
from smstra.selection.places import EARTH_RADIUS_KM

# The headline compares regions that have so many classified units, if there are two of them.
FEW = 5
# Borders are drawn to this share of the map's width: a tenth of a millimetre in print.
_DETAIL = 1 / 1200
_BOX = (1.6, 1.35)  # inches: the corner with the counts, the scale and the arrow to the north
_TALLEST = 5.2  # inches
_LABEL_ROOM = 1.6  # inches for the name of a town


def type_map(material: Material, spec: Mapping[str, Any]) -> Drawing:
    """Return the map of the units' types, from the boundaries that the case names.

    An equirectangular projection that keeps distances along the middle parallel and along meridians;
    north is up. Units whose boundary is a point are marks.
    """
    table = data(material)
    words = caption(material, table, spec["boundaries"])
    drawn = table[table["drawn"]]
    if drawn.empty:
        return nothing_to_draw("map", words)
    shapes = projected(
        material.tables["boundaries"].set_index("unit")["geometry"].loc[drawn["unit"]]
    )
    west, south, east, north = shapely.total_bounds(shapes.to_numpy())
    width, height = max(east - west, 1.0), max(north - south, 1.0)
    tall = min((WIDTH - 0.1) * height / width, _TALLEST)
    # What the map does not fill of the paper's width is at its sides.
    spare = max((WIDTH - 0.1) / tall * height - width, 0.0) / 2
    figure, axes = start(tall)
    axes.set_axis_off()
    _areas(axes, shapes, drawn)
    _borders(axes, shapes, drawn)
    inch = height / tall
    box = (_BOX[0] * inch, _BOX[1] * inch)
    corner = free_corner(shapes, (west - spare, south, east + spare, north), box)
    low = south
    if corner is None:
        # No corner is free of the map: counts and scale stand below it.
        low = south - box[1] * 1.1
        corner = (west, low)
        figure.set_figheight(tall * (north - low) / (north - south))
    axes.set_xlim(west - spare - width * 0.005, east + spare + width * 0.005)
    axes.set_ylim(low - height * 0.01, north + height * 0.01)
    axes.set_aspect("equal")
    _scale(axes, corner, inch, scale_length(width), material.say)
    dress(figure, words)
    _counts(axes, corner, inch, material)
    _label_towns(axes, table, shapes, material)
    return Drawing("map", words, table, figure)


def data(material: Material) -> pd.DataFrame:
    """Return what is drawn: ``unit, name, region, type, chosen, drawn, longitude, latitude``.

    ``drawn`` says whether the boundaries have the unit; the coordinates (degrees) are those of a point
    inside it, at which a label points.
    """
    typology = material.tables["typology"]
    table = typology[["unit", "name", "region", "type"]].copy()
    table["chosen"] = table["unit"].isin(material.towns["unit"])
    shapes = material.tables.get("boundaries", pd.DataFrame(columns=["unit", "geometry"]))
    at = shapes.set_index("unit")["geometry"]
    table["drawn"] = table["unit"].isin(at.index)
    points = {unit: shape.point_on_surface() for unit, shape in at.items()}
    for column, part in (("longitude", "x"), ("latitude", "y")):
        table[column] = [
            round(getattr(points[unit], part), 6) if unit in points else math.nan
            for unit in table["unit"]
        ]
    return table


def projected(shapes: pd.Series) -> pd.Series:
    """Return shapes in degrees as shapes in kilometres, less detailed than print can show.

    Equirectangular about the mean of the southernmost and northernmost latitude.
    """
    _, south, _, north = shapely.total_bounds(shapes.to_numpy())
    per_degree = EARTH_RADIUS_KM * math.pi / 180
    along = per_degree * math.cos(math.radians((south + north) / 2))
    plane = shapely.transform(shapes.to_numpy(), lambda at: at * [along, per_degree])
    bounds = shapely.total_bounds(plane)
    areas = shapely.get_dimensions(plane) == 2
    # Neighbours keep a common border: all are simplified together.
    plane[areas] = shapely.coverage_simplify(plane[areas], (bounds[2] - bounds[0]) * _DETAIL)
    return pd.Series(plane, index=shapes.index)


def _path(shape: shapely.Geometry) -> Path:
    """Return a polygon, or several, with its holes as one path."""
    rings = [
        Path(np.asarray(ring.coords), closed=True)
        for polygon in shapely.get_parts(shape)
        if polygon.geom_type == "Polygon" and not polygon.is_empty
        for ring in (
            shapely.orient_polygons(polygon).exterior,
            *shapely.orient_polygons(polygon).interiors,
        )
    ]
    return Path.make_compound_path(*rings)


def _areas(axes: Axes, shapes: pd.Series, drawn: pd.DataFrame) -> None:
    for type_ in TYPES:
        fill, ink = COLOURS[type_]
        own = shapes.loc[drawn.loc[drawn["type"] == type_, "unit"]]
        flat = shapely.get_dimensions(own.to_numpy()) == 2
        if flat.any():
            axes.add_collection(
                PathCollection(
                    [_path(shape) for shape in own[flat]],
                    facecolor=fill,
                    edgecolor="#FFFFFF" if type_ != "undetermined" else RULE,
                    linewidth=0.35,
                    hatch=HATCHES[type_] or None,
                    hatchcolor=ink,
                    label=f"_{type_}",
                    zorder=1,
                )
            )
        if (~flat).any():
            middles = [shape.centroid for shape in own[~flat]]
            axes.plot(
                [middle.x for middle in middles],
                [middle.y for middle in middles],
                linestyle="none",
                marker=MARKERS[type_],
                markersize=4,
                markerfacecolor=fill,
                markeredgecolor=INK,
                markeredgewidth=0.4,
                label=f"_{type_}",
                zorder=3,
            )


def _borders(axes: Axes, shapes: pd.Series, drawn: pd.DataFrame) -> None:
    """Draw the outline of each region."""
    for region in sorted(drawn["region"].unique()):
        own = shapes.loc[drawn.loc[drawn["region"] == region, "unit"]].to_numpy()
        own = own[shapely.get_dimensions(own) == 2]
        if len(own):
            # Borders that do not quite meet leave slits, which a small margin closes.
            margin = math.sqrt(float(shapely.area(own).sum())) * 0.002
            whole = shapely.buffer(shapely.union_all(shapely.buffer(own, margin)), -margin)
            axes.add_collection(
                PathCollection(
                    [_path(whole)],
                    facecolor="none",
                    edgecolor=INK,
                    linewidth=0.8,
                    zorder=2,
                    label=f"_region_{region}",
                )
            )


def free_corner(
    shapes: pd.Series, frame: tuple[float, float, float, float], size: tuple[float, float]
) -> tuple[float, float] | None:
    """Return the lower left point of a box of ``size`` in a corner of ``frame`` that no shape meets.

    The corners are tried in the order lower left, upper right, lower right, upper left; None if each
    of them meets a shape.
    """
    west, south, east, north = frame
    right, top = east - size[0], north - size[1]
    tree = shapely.STRtree(shapes.to_numpy())
    for x, y in ((west, south), (right, top), (right, south), (west, top)):
        if not len(tree.query(shapely.box(x, y, x + size[0], y + size[1]), predicate="intersects")):
            return x, y
    return None


def scale_length(width: float) -> float:
    """Return a round length in km, the longest of 1, 2, 5 times a power of ten up to a fifth of ``width``."""
    power = 10 ** math.floor(math.log10(width / 5))
    return next(step * power for step in (5, 2, 1) if step * power <= width / 5)


def _scale(
    axes: Axes, corner: tuple[float, float], inch: float, length: float, say: Language
) -> None:
    """Draw a bar of ``length`` km, and the arrow to the north, at the top of the free corner."""
    x, y = corner[0] + 0.08 * inch, corner[1] + (_BOX[1] - 0.3) * inch
    axes.plot(
        [x, x + length], [y, y], color=INK, linewidth=1.6, solid_capstyle="butt", label="_scale"
    )
    text = say("{n} km", n=say.number(length, 0 if length >= 1 else 2))
    middle, above = x + length / 2, y + 0.05 * inch
    axes.text(middle, above, text, ha="center", va="bottom", fontsize=SMALL, color=INK)
    east = x + length + 0.2 * inch
    axes.annotate(
        say("N"),
        (east, y + 0.32 * inch),
        (east, y - 0.04 * inch),
        ha="center",
        va="bottom",
        fontsize=SMALL,
        color=INK,
        arrowprops={
            "arrowstyle": "-|>",
            "color": INK,
            "linewidth": 0.9,
            "shrinkA": 0,
            "shrinkB": 0,
        },
    )


def _counts(axes: Axes, corner: tuple[float, float], inch: float, material: Material) -> None:
    """Draw the number of units of each type as bars, in the free corner."""
    say = material.say
    number = {t: n for t, n in criteria.counted(material).items() if n}
    names = [criteria.type_in_short(type_, say) for type_ in number]
    room = max(width_of(name, SMALL) for name in names) + 0.1
    bounds = (
        corner[0] + room * inch,
        corner[1],
        (_BOX[0] - room - 0.05) * inch,
        (_BOX[1] - 0.4) * inch * len(number) / len(TYPES),
    )
    inset = axes.inset_axes(bounds, transform=axes.transData)
    inset.set_label("_counts")
    for place, (type_, count) in enumerate(number.items()):
        fill, ink = COLOURS[type_]
        inset.barh(
            -place,
            count,
            height=0.72,
            facecolor=fill,
            edgecolor=INK,
            linewidth=0.5,
            hatch=HATCHES[type_] or None,
            hatchcolor=ink,
            label=f"_{type_}",
        )
        inset.annotate(
            say.number(count),
            (count, -place),
            xytext=(3, 0),
            textcoords="offset points",
            va="center",
            fontsize=SMALL,
            color=INK,
        )
    inset.set_yticks([-n for n in range(len(number))], names)
    inset.set_xlim(0, max(number.values()) * 1.5)
    inset.set_xticks([])
    inset.tick_params(left=False, labelsize=SMALL, pad=1)
    inset.patch.set_alpha(0)
    for side in inset.spines.values():
        side.set_visible(False)


def _label_towns(axes: Axes, table: pd.DataFrame, shapes: pd.Series, material: Material) -> None:
    say = material.say
    at = material.towns[material.towns["unit"].isin(shapes.index)]
    if at.empty:
        return
    middles = [shapes[unit].point_on_surface() for unit in at["unit"]]
    points = [(middle.x, middle.y) for middle in middles]
    few = len(at) <= criteria.MOST_NAMED
    axes.plot(
        *zip(*points, strict=True),
        linestyle="none",
        marker="o",
        markersize=6 if few else 4.5,
        markerfacecolor="white",
        markeredgecolor=INK,
        markeredgewidth=1.2,
        zorder=5,
        label="_chosen",
    )
    if few:
        names = [
            criteria.typed(label, type_, say, _LABEL_ROOM)
            for label, type_ in zip(at["label"], at["type"], strict=True)
        ]
        label_points(axes, names, points, points, SMALL)


def caption(material: Material, table: pd.DataFrame, boundaries: str) -> Caption:
    """Return the words, computed from the data; ``boundaries`` is the name of their dataset."""
    say = material.say
    pins = [pin for pin in material.pins if pin["id"] == boundaries]
    cells = [f"{pin['id']}@{pin['vintage']}" for pin in pins]
    source = material.source_line([*criteria.sources(material), *cells])
    if not table["drawn"].any():
        title = say("The map of types cannot be drawn")
        subtitle = say(
            "The boundaries '{dataset}' have no unit of {geography}. Name others in `figures.map.boundaries`.",
            dataset=boundaries,
            geography=material.geography(),
        )
        return Caption(title, subtitle, source, f"{title}. {subtitle}")
    known = table[table["type"] != "undetermined"]
    title, few = headline(material, known)
    without = table[~table["drawn"]]
    subtitle = " ".join(
        [
            say("Types of {geography}; bars count units.", geography=material.geography()),
            criteria.meaning(say),
            criteria.references(material, list(criteria.compared(material))),
            *_boundary_words(material, pins, without),
            *(
                [
                    say(
                        "Regions with fewer than {n} classified units are not compared.",
                        n=say.number(FEW),
                    )
                ]
                if few
                else []
            ),
            *criteria.substitutions(material),
            *criteria.breaks(material),
            *criteria.undetermined(material),
            _chosen_words(material, without),
        ]
    )
    alt = say(
        "Map of {n} units, each in the colour and hatching of its type, regions outlined; north is up. "
        "{title}. By type: {counts}.",
        n=say.number(int(table["drawn"].sum())),
        title=title,
        counts=criteria.said_counts(criteria.counted(material), say),
    )
    return Caption(title, subtitle, source, alt)


def _boundary_words(
    material: Material, pins: list[dict[str, Any]], without: pd.DataFrame
) -> list[str]:
    say = material.say
    said = []
    dates = sorted({str(pin["geography_date"]) for pin in pins})
    other = [date for date in dates if date != material.case["geography"]["date"]]
    if other:
        said.append(say("Boundaries of {dates}.", dates=say.listing(map(say.date, other))))
    if len(without):
        few = [
            say("{name} ({note})", name=name, note=unit)
            for name, unit in zip(without["name"][:5], without["unit"][:5], strict=True)
        ]
        said.append(
            say.plural(
                "{n} unit has no boundary and is not drawn: {units}.",
                "{n} units have no boundary and are not drawn, such as {units}.",
                len(without),
                units=say.listing(few),
            )
        )
    return said


def _chosen_words(material: Material, without: pd.DataFrame) -> str:
    say, towns = material.say, material.towns
    if towns.empty:
        return say("The case chooses no town (figures.towns).")
    missing = int(towns["unit"].isin(without["unit"]).sum())
    if missing:
        return say(
            "White dots: the chosen towns that have a boundary, {n} of {all}.",
            n=say.number(len(towns) - missing),
            all=say.number(len(towns)),
        )
    if len(towns) > criteria.MOST_NAMED:
        return say("White dots: the {n} chosen towns, named in the data.", n=say.number(len(towns)))
    return say("White dots: the chosen towns.")


def headline(material: Material, known: pd.DataFrame) -> tuple[str, bool]:
    """Return where improving and where declining units are most frequent, and whether regions are left out.

    ``known`` are the classified units. Regions of fewer than ``FEW`` of them are left out if two
    others remain.
    """
    say, units = material.say, material.tables["units"]
    if known.empty:
        return say("No unit has a type"), False
    names = dict(zip(units["region"], units["region_name"], strict=True))
    of = pd.DataFrame(
        {
            "all": known.groupby("region").size(),
            "up": known["type"].isin(["A", "B"]).groupby(known["region"]).sum(),
            "down": known["type"].isin(["C", "D"]).groupby(known["region"]).sum(),
        }
    )
    large = of[of["all"] >= FEW]
    few = len(large) >= 2 and len(large) < len(of)
    if len(large) >= 2:
        of = large
    if len(of) == 1:
        row = of.iloc[0]
        return (
            say(
                "{up} of {all} units improve (types A and B), {down} decline (C and D)",
                up=say.number(int(row["up"])),
                all=say.number(int(row["all"])),
                down=say.number(int(row["down"])),
            ),
            few,
        )
    if not of["up"].any() and not of["down"].any():
        return say("No unit improves or declines in both: all are mixed"), few
    up, down = (_most(of, side, names, say) for side in ("up", "down"))
    if not of["down"].any():
        return say("Improving units are most frequent in {up}; none decline", up=up), few
    if not of["up"].any():
        return say("Declining units are most frequent in {down}; none improve", down=down), few
    said = say(
        "Improving units are most frequent in {up}, declining ones in {down}", up=up, down=down
    )
    return said, few


def _most(of: pd.DataFrame, side: str, names: Mapping[str, str], say: Language) -> str:
    """Return the region or regions with the greatest share of units on one side."""
    share = of[side] / of["all"]
    best = of[share == share.max()]
    if len(best) > 2:
        return say(
            "{n} regions alike ({share})",
            n=say.number(len(best)),
            share=say.percent(share.max() * 100, 0),
        )
    return say.listing(
        say(
            "{region} ({n} of {all})",
            region=say.own(names[region]),
            n=say.number(int(row[side])),
            all=say.number(int(row["all"])),
        )
        for region, row in best.iterrows()
    )

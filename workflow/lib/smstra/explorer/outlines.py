"""The outlines of units for the map of the page: pinned boundaries, as few digits as a screen shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import shapely

from smstra.boundaries import boundaries_of

# Thousandths of a degree, some 100 metres: a third of a point on a screen map of a small country.
PER_DEGREE = 1000
# Numbers in a ring of three points and the return to the first; what has fewer is no area on a screen.
_AREA = 8


def outlines_of(
    settings: Mapping[str, Any], units: pd.DataFrame, root: Path = Path()
) -> dict[str, Any] | None:
    """Return the outlines of ``units`` (sorted by unit), None for a case without boundaries.

    Parameters
    ----------
    settings
        ``case``, ``borders``, ``datasets`` and ``pins`` as :func:`smstra.job_settings.explorer`.

    Returns
    -------
    dict
        ``per_degree``; ``shapes``: for each unit a list of polygons, each its outer ring and its holes,
        each ring a flat list of longitude and latitude in whole steps of ``1 / per_degree``, the first
        point in full and the others as steps from the one before; ``source`` (a key of the page's
        sources), ``date`` of the boundaries and ``without``, how many units they do not have.

    Raises
    ------
    SourceError, GeographyError
        As :func:`smstra.boundaries.boundaries_of`.
    """
    if not settings["borders"]:
        return None
    name = settings["borders"][0]
    found = boundaries_of(name, "figures.map.boundaries", settings, units, root)
    shapes = dict(zip(found.table["unit"], found.table["geometry"], strict=True))
    entry = settings["datasets"][name]
    return {
        "per_degree": PER_DEGREE,
        "shapes": [_polygons(shapes[unit]) if unit in shapes else [] for unit in units["unit"]],
        "source": f"{name}@{entry['vintage']}",
        "date": entry["geography_date"],
        "without": len(found.without),
    }


def _polygons(shape: shapely.Geometry) -> list[list[list[int]]]:
    """Return the polygons of a shape, largest first; the largest always."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    polygons: list[list[list[int]]] = []
    for part in sorted(parts, key=lambda part: -part.area):
        outer, *holes = (_steps(ring.coords) for ring in (part.exterior, *part.interiors))
        if len(outer) >= _AREA or not polygons:
            polygons.append([outer, *(hole for hole in holes if len(hole) >= _AREA)])
    return polygons


def _steps(points: Iterable[tuple[float, ...]]) -> list[int]:
    out: list[int] = []
    before = (0, 0)
    for longitude, latitude, *_ in points:
        here = (round(longitude * PER_DEGREE), round(latitude * PER_DEGREE))
        if not out or here != before:
            out += [here[0] - before[0], here[1] - before[1]]
            before = here
    return out

"""Where the units lie: centroids of pinned boundaries, and great-circle distances between them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from smstra.boundaries import boundaries_of
from smstra.exact import significant

COLUMNS = ["unit", "longitude", "latitude"]
# Mean radius of the Earth, (2a + b) / 3 of GRS 80 (International Union of Geodesy and Geophysics).
EARTH_RADIUS_KM = 6371.0088
# To the millimetre, so that the last digits of a machine's sine decide no bound.
_DECIMALS_KM = 6


class Places(NamedTuple):
    """Places of units (``COLUMNS``, sorted by unit), and what did not match.

    ``without`` are units of the case that the boundaries do not have; ``elsewhere`` codes of the
    boundaries that are no unit of the case. Both sorted.
    """

    table: pd.DataFrame
    without: list[str]
    elsewhere: list[str]


def places_of(settings: Mapping[str, Any], units: pd.DataFrame, root: Path = Path()) -> Places:
    """Return the places of the case's ``units`` from its pinned boundaries.

    Parameters
    ----------
    settings
        ``case`` (its ``geography`` and ``selection.places``, the dataset's name), ``datasets`` and
        ``pins`` as :func:`smstra.job_settings.datasets`.

    Raises
    ------
    SourceError, GeographyError
        As :func:`smstra.boundaries.boundaries_of`.
    """
    name = settings["case"]["selection"]["places"]
    found = boundaries_of(name, "selection.places", settings, units, root)
    return Places(centroids(found.table), found.without, found.elsewhere)


def centroids(shapes: pd.DataFrame) -> pd.DataFrame:
    """Return the centroid of each of ``shapes`` (``unit, geometry``): ``unit, longitude, latitude``.

    In degrees (WGS 84). The centroid of the area in the plane of longitude and latitude. That is the
    one of a map in kilometres too, as long as a degree of longitude is about as long throughout the
    unit, because a centroid moves with any stretching of the map. It may lie outside a unit of odd
    shape. Coordinates have 10 significant digits.
    """
    middles = [shape.centroid for shape in shapes["geometry"]]
    places = pd.DataFrame({"unit": shapes["unit"]}, columns=COLUMNS)
    places["longitude"] = significant([middle.x for middle in middles])
    places["latitude"] = significant([middle.y for middle in middles])
    return places


def distance_km(lon1: Any, lat1: Any, lon2: Any, lat2: Any) -> np.ndarray:
    """Return great-circle distances in km on a sphere of the Earth's mean radius, to the millimetre.

    Degrees; arrays broadcast; NaN where a coordinate is NaN. The haversine formula (Sinnott, Sky and
    Telescope 68, 1984), which keeps its digits for near points. On the ellipsoid a distance is up to
    0.6 % other.
    """
    lon1, lat1, lon2, lat2 = (np.radians(np.asarray(a, float)) for a in (lon1, lat1, lon2, lat2))
    half = np.sin((lat2 - lat1) / 2) ** 2
    half = half + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    angle = 2 * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
    return np.round(EARTH_RADIUS_KM * angle, _DECIMALS_KM)


def distances_km(places: pd.DataFrame, others: pd.DataFrame | None = None) -> np.ndarray:
    """Return the distances from each of ``places`` (rows) to each of ``others`` (columns), in km.

    Both with ``longitude, latitude``; without ``others`` among ``places``. Ask for a few rows at a
    time where the whole matrix (8 bytes a pair) is too large.
    """
    others = places if others is None else others
    (lon1, lat1), (lon2, lat2) = (t[COLUMNS[1:]].to_numpy(float).T for t in (places, others))
    return distance_km(lon1[:, None], lat1[:, None], lon2, lat2)

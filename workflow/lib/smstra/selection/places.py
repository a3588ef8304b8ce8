"""Where the units lie: centroids of pinned boundaries, and great-circle distances between them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import shapely

from smstra.errors import GeographyError, SourceError, listing, nearest
from smstra.exact import significant
from smstra.sources.registers import load_frames

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
        As :func:`boundaries_of`.
    """
    name = settings["case"]["selection"]["places"]
    found = boundaries_of(name, "selection.places", settings, units, root)
    return Places(_centroids(found.table), found.without, found.elsewhere)


def boundaries_of(
    name: str, key: str, settings: Mapping[str, Any], units: pd.DataFrame, root: Path = Path()
) -> Places:
    """Return the boundaries of the case's ``units``: a table ``unit, geometry``, and what did not match.

    ``geometry`` are shapely geometries in degrees of longitude and latitude (WGS 84).

    Parameters
    ----------
    name, key
        The dataset, and the key of the case that names it, for messages.
    settings
        ``case`` (its ``geography``), ``datasets`` and ``pins`` as :func:`smstra.job_settings.datasets`.

    Raises
    ------
    SourceError
        The dataset has no ``boundaries``, or as :func:`shapes`.
    GeographyError
        A code is no unit of the case though both are of the same date. Of another date, what does
        not match is left out and returned.
    """
    entry = settings["datasets"][name]
    if "boundaries" not in entry:
        raise SourceError(
            f"`{key}`: the dataset '{name}' has no `boundaries` in "
            f"{entry.get('file', 'config/datasets/')}; name one that has."
        )
    frames = load_frames(name, settings["datasets"], settings["pins"], root)
    table = pd.concat(
        [shapes(frame, entry["boundaries"], pin["file"]) for _, pin, frame in frames],
        ignore_index=True,
    )
    _once(table["unit"], f"`{key}`: {name}")
    elsewhere = sorted(set(table["unit"]) - set(units["unit"]))
    day = settings["case"]["geography"]["date"]
    if elsewhere and entry["geography_date"] == day:
        raise GeographyError(
            f"`{key}`: '{name}' is of {day}, as the case, and yet its {listing(elsewhere)} "
            f"are no units of it{nearest(elsewhere[0], units['unit'])}; mend the codes there."
        )
    table = table[table["unit"].isin(units["unit"])].sort_values("unit", ignore_index=True)
    return Places(table, sorted(set(units["unit"]) - set(table["unit"])), elsewhere)


def centroids(frame: pd.DataFrame, boundaries: Mapping[str, str], name: str) -> pd.DataFrame:
    """Return the centroid of each feature: ``unit, longitude, latitude`` in degrees (WGS 84).

    The centroid of the area in the plane of longitude and latitude. That is the one of a map in
    kilometres too, as long as a degree of longitude is about as long throughout the unit, because a
    centroid moves with any stretching of the map. It may lie outside a unit of odd shape.
    Coordinates have 10 significant digits. Parameters and errors are those of :func:`shapes`.
    """
    return _centroids(shapes(frame, boundaries, name))


def _centroids(table: pd.DataFrame) -> pd.DataFrame:
    middles = [shape.centroid for shape in table["geometry"]]
    places = pd.DataFrame({"unit": table["unit"]}, columns=COLUMNS)
    places["longitude"] = significant([middle.x for middle in middles])
    places["latitude"] = significant([middle.y for middle in middles])
    return places


def shapes(frame: pd.DataFrame, boundaries: Mapping[str, str], name: str) -> pd.DataFrame:
    """Return the shape of each feature: ``unit, geometry``, in degrees (WGS 84).

    Parameters
    ----------
    frame
        One row a feature: its GeoJSON in the column ``feature``, as :mod:`smstra.formats.plain` reads it.
    boundaries
        ``unit_property``: the property that holds the code.
    name
        The file's name for messages.

    Raises
    ------
    SourceError
        A feature has no code or no geometry, one that is broken, leaves the degrees or is wider than
        half the Earth, or a code stands twice.
    """
    rows = []
    for number, text in frame["feature"].items():
        place = f"{name}, feature {number}"
        feature = json.loads(text)
        unit = _unit(feature.get("properties") or {}, boundaries["unit_property"], place)
        rows.append((unit, _shape(feature.get("geometry"), f"{place} ('{unit}')")))
    table = pd.DataFrame(rows, columns=["unit", "geometry"])
    _once(table["unit"], name)
    return table


def _unit(properties: Mapping[str, Any], wanted: str, place: str) -> str:
    code = properties.get(wanted)
    if isinstance(code, str | int) and not isinstance(code, bool) and str(code).strip():
        return str(code).strip()
    found = "has none" if wanted not in properties else f"has {json.dumps(code)} there"
    raise SourceError(
        f"{place}: `unit_property` asks for the code in the property '{wanted}', and it {found}"
        f"{nearest(wanted, set(properties) - {wanted})}; mend `boundaries` of the dataset."
    )


def _shape(geometry: Any, place: str) -> shapely.Geometry:
    try:
        shape = shapely.from_geojson(json.dumps(geometry)) if geometry else None
    except shapely.errors.GEOSException as error:
        raise SourceError(
            f"{place}: the geometry is broken ({str(error).strip()}); mend the feature."
        ) from error
    if shape is None or shape.is_empty:
        raise SourceError(
            f"{place}: there is no geometry; give it one, or take the feature out of the file."
        )
    west, south, east, north = shape.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise SourceError(
            f"{place}: the coordinates run from {west:g}, {south:g} to {east:g}, {north:g}, which are no "
            "degrees of longitude and latitude; bring the boundaries to WGS 84."
        )
    if east - west > 180:
        raise SourceError(
            f"{place}: the unit lies on both sides of 180 degrees, so that its middle cannot be told; "
            "give it a point instead."
        )
    return shape


def _once(units: pd.Series, place: str) -> None:
    twice = units[units.duplicated()]
    if len(twice):
        raise SourceError(
            f"{place}: the unit {twice.iloc[0]} has more than one feature; join them into one."
        )


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

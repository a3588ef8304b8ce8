"""The pinned boundaries of a case's units, as shapes; what of them matches no unit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import shapely

from smstra.errors import GeographyError, SourceError, listing, nearest
from smstra.sources.registers import load_frames


class Boundaries(NamedTuple):
    """Shapes of units (``unit, geometry``, sorted by unit), and what did not match.

    ``without`` are units of the case that the boundaries do not have; ``elsewhere`` codes of the
    boundaries that are no unit of the case. Both sorted.
    """

    table: pd.DataFrame
    without: list[str]
    elsewhere: list[str]


def boundaries_of(
    name: str, key: str, settings: Mapping[str, Any], units: pd.DataFrame, root: Path = Path()
) -> Boundaries:
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
    return Boundaries(table, sorted(set(units["unit"]) - set(table["unit"])), elsewhere)


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

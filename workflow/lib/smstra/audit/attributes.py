"""The values of all units of a case for one attribute that a publication may give of a town."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from smstra.audit.k_anonymity import missing
from smstra.errors import ConfigError, DataError, SourceError, listing, nearest
from smstra.geography import towns_named
from smstra.indicators import compute, plan
from smstra.lookup import Figures
from smstra.measures import measure_of
from smstra.outcomes import TYPES
from smstra.sources.names import bare_name
from smstra.vocabulary import as_list

# Attributes that every case has as classes, and as numbers at dates.
CLASSES = ("region", "size_class", "type")
SIZES = ("inhabitants", "density", "area")
_LARGEST_TABLE = 16 << 20


class Material(NamedTuple):
    """The tables of a case that say something of its units.

    ``settings`` as :func:`smstra.job_settings.disclosure` (``case``, ``variables``, ``breaks``);
    ``harmonised`` may be None where no attribute needs figures beside the indicators.
    """

    settings: Mapping[str, Any]
    units: pd.DataFrame
    indicators: pd.DataFrame
    typology: pd.DataFrame
    harmonised: Figures | None = None
    own: pd.DataFrame | None = None


class Column(NamedTuple):
    """The values of an attribute (index: unit): numbers, or words with what else they are called."""

    values: pd.Series
    unit_of_measure: str = ""
    called: Mapping[str, str] | None = None
    remarks: tuple[str, ...] = ()


class NotAtHand(Exception):
    """The case has no figures for an attribute; the text says why."""


def name_of(entry: Mapping[str, Any]) -> str:
    """Return what an entry of a profile is called: its attribute with the date, or its share."""
    if "share" in entry:
        share = entry["share"]
        above, below = (" + ".join(as_list(share[key])) for key in ("of", "in"))
        return f"100 x {above} / {below} ({share['date']})"
    return entry["attribute"] + (f" ({entry['date']})" if "date" in entry else "")


def column_of(entry: Mapping[str, Any], material: Material, where: str) -> Column:
    """Return the values that an entry is compared with; raises NotAtHand where there are none."""
    case, attribute = material.settings["case"], entry.get("attribute", "")
    own = {} if material.own is None else {c: material.own[c] for c in material.own.columns}
    plain = {*CLASSES, *own}
    if attribute in plain and "date" in entry:
        raise ConfigError(f"{where}.date: '{attribute}' has no dates; remove the key.")
    if attribute in CLASSES:
        return _class_column(attribute, material)
    if attribute in own:
        return _own_column(own[attribute], entry, where)
    if attribute in case["indicators"] and "date" not in entry:
        return _indicator(attribute, material)
    spec = _spec(entry, material, where)
    return _computed(spec, entry.get("attribute", name_of(entry)), material, where)


def _class_column(attribute: str, material: Material) -> Column:
    """Return the region, size class or type of each unit; empty where it is not known."""
    case, units = material.settings["case"], material.units
    if attribute == "region":
        values = units.set_index("unit")["region_name"]
        called = {bare_name(name): name for name in values.unique()}
        codes = zip(units["region"], units["region_name"], strict=True)
        called |= {bare_name(code): name for code, name in codes}
        for texts in case.get("translations", {}).values():
            called |= {bare_name(texts[n]): n for n in values.unique() if n in texts}
        return Column(values, called=called)
    known = [type_ for type_ in TYPES if type_ != "undetermined"]
    if attribute == "size_class":
        known = [entry["name"] for entry in case["size_classes"]["classes"]]
    values = material.typology.set_index("unit")[attribute]
    values = values.where(values.isin(known), "")
    return Column(values, called={bare_name(name): name for name in known})


def _own_column(values: pd.Series, entry: Mapping[str, Any], where: str) -> Column:
    filled = values[~missing(values)]
    if filled.empty:
        raise NotAtHand("its column in the table of your own is empty")
    numbers = pd.to_numeric(filled, errors="coerce")
    if np.isfinite(numbers).all() and entry.get("compares") != "class":
        return Column(pd.to_numeric(values, errors="coerce"))
    if entry.get("compares") in ("value", "range"):
        raise ConfigError(
            f"{where}.compares is {entry['compares']}, but the column '{entry['attribute']}' of your table "
            "holds words; write class, or mend the table."
        )
    return Column(values, called={bare_name(word): word for word in filled.unique()})


def _indicator(name: str, material: Material) -> Column:
    rows = material.indicators[material.indicators["indicator"] == name]
    if rows["value"].isna().all():
        raise NotAtHand("the case has no values of this indicator")
    return _of_rows(rows, material)


def _of_rows(rows: pd.DataFrame, material: Material) -> Column:
    """Return the values of one indicator with remarks on what stands in them."""
    own_level, remarks = material.settings["case"]["geography"]["level"], []
    flags = rows["flags"].fillna("").str.split(";").explode()
    others = sorted(set(rows.loc[rows["value"].notna(), "level"]) - {own_level, ""})
    if others:
        remarks.append(f"each unit has the figure of its {listing(others)} area, not its own")
    for flag, number in flags[flags.str.startswith("year_substituted=")].value_counts().items():
        found, asked = flag.removeprefix("year_substituted=").split("_for_")
        remarks.append(f"of {found} instead of {asked} in {number} units")
    for flag in sorted(set(flags[flags.str.startswith("denominator_date=")])):
        remarks.append(f"divided by a figure of {flag.removeprefix('denominator_date=')}")
    merged = int(flags.str.startswith("merged_unit=").sum())
    if merged:
        remarks.append(f"that of the unit into which they merged in {merged} units")
    return Column(
        rows.set_index("unit")["value"], rows["unit_of_measure"].iloc[0], remarks=tuple(remarks)
    )


def _spec(entry: Mapping[str, Any], material: Material, where: str) -> dict[str, Any]:
    """Return an entry as an indicator of the case, of the kind that ``indicators`` holds."""
    case, variables = material.settings["case"], material.settings["variables"]
    sizes, attribute = case["size_classes"], entry.get("attribute", "")
    if "share" in entry:
        share = entry["share"]
        for key in ("of", "in"):
            for name in as_list(share[key]):
                if name not in variables:
                    raise _unknown(f"{where}.share.{key}", name, variables)
                if variables[name]["kind"] not in ("count", "area"):
                    raise ConfigError(
                        f"{where}.share.{key}: '{name}' is a {variables[name]['kind']}, of which no share "
                        "can be taken; write counts, or the rate itself as `attribute`."
                    )
        return {**share, "definition": "share", "max_year_gap": 0}
    if attribute in ("density", "area") and "area" not in sizes:
        raise NotAtHand("the case names no area in `size_classes`")
    if attribute == "inhabitants":
        spec = {"definition": "level", "of": sizes["inhabitants"]["variable"]}
        date = sizes["inhabitants"]["date"]
    elif attribute == "area":
        spec, date = {"definition": "level", "of": sizes["area"]["variable"]}, sizes["area"]["date"]
    elif attribute == "density":
        spec = {
            "definition": "ratio",
            "of": sizes["inhabitants"]["variable"],
            "in": sizes["area"]["variable"],
            "in_date": sizes["area"]["date"],
            "unit_of_measure": "inhabitants per km2",
        }
        date = sizes["inhabitants"]["date"]
    elif attribute in case["indicators"]:
        spec = dict(case["indicators"][attribute])
        if "date" not in spec:
            raise ConfigError(
                f"{where}.date: the indicator '{attribute}' has its own dates; remove the key, or write a "
                "`share` or a variable at a date."
            )
        date = spec["date"]
    elif attribute in variables:
        if "date" not in entry:
            raise ConfigError(
                f"{where} lacks the key 'date'; add the day or the year of '{attribute}', as in "
                '`date: "2014-01-01"`.'
            )
        spec, date = {"definition": "level", "of": attribute}, ""
    else:
        own = [] if material.own is None else list(material.own.columns)
        raise _unknown(
            f"{where}.attribute", attribute, [*CLASSES, *SIZES, *case["indicators"], *own]
        )
    return {**spec, "date": entry.get("date", date), "max_year_gap": 0}


def _unknown(where: str, name: str, known: Iterable[str]) -> ConfigError:
    options = list(known)
    return ConfigError(
        f"{where} '{name}' is not known{nearest(name, options)}; write one of {listing(options, 40)}, give a "
        "column of that name in `own_table`, or add `unchecked: true` if no figure at hand can check it."
    )


def _computed(spec: Mapping[str, Any], name: str, material: Material, where: str) -> Column:
    """Return the values of an indicator that the case does not have, made as the case makes its own."""
    settings, figures = material.settings, material.harmonised
    case, variables, units = settings["case"], settings["variables"], material.units
    # A number that would have to be split among former units is missing, and so fits.
    geography = {
        **case["geography"],
        "merged_later": {**case["geography"]["merged_later"], "counts": "leave_empty"},
    }
    own_case = {**case, "geography": geography, "indicators": {name: spec}}
    try:
        planned = plan(name, own_case, figures, units, variables)
    except DataError:
        measure, level = measure_of(spec, variables), geography["level"]
        dates = sorted(set(figures.rows(measure.terms, level)["date"]))
        raise ConfigError(
            f"{where}: '{name}' is asked for at {spec['date']}, of which the case has no figures; those at "
            f"hand are of {listing(dates, 40)}. Write one of them, or add `unchecked: true`."
        ) from None
    if not planned.dates:
        raise NotAtHand(planned.why_not)
    rows = compute(own_case, figures, units, variables, settings["breaks"], {name: planned}, ())
    return _of_rows(rows, material)


def own_table(path: Path, units: pd.DataFrame, taken: Iterable[str]) -> pd.DataFrame:
    """Return the user's table of attributes: index unit, a column each, empty text where not known.

    CSV in UTF-8 with commas; a column ``unit`` with codes of the case, each once; the other columns
    are named as the profile's attributes, but not as one that the case has (``taken``).

    Raises
    ------
    SourceError
        The file is missing or no such table.
    GeographyError
        A code is no unit of the case.
    """
    name = path.as_posix()
    if not path.is_file():
        raise SourceError(
            f"{name}: there is no such file; mend `own_table`, whose path is from the folder of the profile."
        )
    raw = path.read_bytes()
    if len(raw) > _LARGEST_TABLE:
        raise SourceError(f"{name}: {len(raw):,} bytes are too many for a table of units.")
    try:
        rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise SourceError(
            f"{name}: this is no CSV in UTF-8 ({error}); save it as CSV in UTF-8 with commas."
        ) from None
    rows = [[" ".join(cell.split()) for cell in row] for row in rows]
    for line, row in enumerate(rows, start=1):
        if not "".join(row).isprintable():
            raise SourceError(
                f"{name}, line {line}: a cell holds a sign that cannot be seen; delete it."
            )
    header = rows[0] if rows else []
    if header.count("unit") != 1 or len(header) < 2 or len(set(header)) < len(header):
        raise SourceError(
            f"{name}, line 1: the header must have `unit` and the names of the attributes, each once; found "
            f"{listing(header) or 'nothing'}."
        )
    clash = [column for column in header if column in {*CLASSES, *SIZES, *taken, ""}]
    if clash:
        raise SourceError(
            f"{name}, line 1: a column is named '{clash[0]}', which "
            f"{'the case has itself' if clash[0] else 'is no name'}; rename it."
        )
    wrong = [at for at, row in enumerate(rows, start=1) if any(row) and len(row) != len(header)]
    if wrong:
        raise SourceError(
            f"{name}, line {wrong[0]}: {len(rows[wrong[0] - 1])} cells where the header has {len(header)}; "
            "mend the line, with quotes around a text that holds a comma."
        )
    table = pd.DataFrame([row for row in rows[1:] if any(row)], columns=header, dtype=object)
    towns_named(table["unit"], units, f"{name}: the column `unit`")
    twice = table["unit"][table["unit"].duplicated()]
    if len(twice):
        raise SourceError(f"{name}: the unit '{twice.iloc[0]}' has two rows; keep one of them.")
    return table.set_index("unit")

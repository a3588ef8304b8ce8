"""From the raw tables of a dataset, read as they are described, to tidy observations."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from smstra import snapshots
from smstra.dataset_rules import columns_named
from smstra.errors import SourceError, listing, nearest
from smstra.formats.cells import year_form
from smstra.pins import Pin, pins_of
from smstra.sources.names import bare_name, plain_name
from smstra.sources.registers import join_registers, level_of, load_frames
from smstra.sources.rows import without_excluded
from smstra.vocabulary import as_list
from smstra.year_columns import in_header, of_each_year

COLUMNS = [
    "unit",
    "variable",
    "date",
    "value",
    "unit_of_measure",
    "status",
    "level",
    "geography",
    "source",
    "row",
]
# Eurostat's observation flags of all generations (s and z, since i and m), and, in capitals, the
# confidentiality status that stands apart since 2025.
FLAGS = {"eurostat": "bcdefimnpsuzCNP"}
# What identifies an observation.
KEY = ["variable", "level", "unit", "date"]
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,3})?")


def observations_of(
    name: str,
    datasets: Mapping[str, Mapping[str, Any]],
    pins: list[Pin],
    variables: Mapping[str, Mapping[str, Any]],
    root: Path = Path(),
) -> pd.DataFrame:
    """Return the observations of all files in use of the dataset ``name``, checked against their pins.

    Columns and errors as :func:`read_observations`; where there are several files, ``row`` is
    ``<file>:<row>``. SourceError where two files hold the same figure.
    """
    entry = datasets[name]
    units = None
    if "code_lists" in entry:
        units = join_registers(entry["code_lists"], entry.get("code_changes"), datasets, pins, root)
    versions = {
        day: version
        for each in entry.get("code_lists", ())
        for day, version in datasets[each].get("versions", {}).items()
    }
    used = pins_of(pins, name, entry["vintage"])
    files = Counter(pin.get("table", "") for pin in used)
    parts = []
    for reading, pin, frame in load_frames(name, datasets, pins, root):
        whole = files[pin.get("table", "")] == 1
        told = {**reading, "versions": versions}
        part = read_observations(name, told, frame, variables, units, not whole)
        snapshots.check_dates(pin, part["date"].min(), part["date"].max())
        if len(used) > 1:
            part["row"] = f"{Path(pin['file']).name}:" + part["row"].astype(str)
        parts.append(part)
    return joined(parts, entry["variables"], f"{entry['file']}: {name}")


def joined(parts: Iterable[pd.DataFrame], variables: Iterable[str], where: str) -> pd.DataFrame:
    """Return the observations of several files as one table.

    SourceError for a figure held twice, and for a variable that none of the files holds.
    """
    table = pd.concat(parts, ignore_index=True)
    lacking = set(variables) - set(table["variable"].unique())
    if lacking:
        raise SourceError(
            f"{where}: no file has a row for {listing(sorted(lacking))}; look at its `where`, or remove the "
            "variable."
        )
    _refuse_twice(table, where)
    return table.sort_values(KEY, ignore_index=True)


def read_observations(
    name: str,
    entry: Mapping[str, Any],
    frame: pd.DataFrame,
    variables: Mapping[str, Mapping[str, Any]],
    units: pd.DataFrame | None,
    partial: bool = False,
) -> pd.DataFrame:
    """Return the observations of a table.

    Parameters
    ----------
    name, entry
        The dataset and its description in ``config/datasets``.
    frame
        The snapshot as text, index = line in the file.
    variables
        The vocabulary.
    units
        The joined registers of the dataset's ``code_lists``, or None if it names prefixes.
    partial
        Whether the table is one of several files, so that values that the description names may
        all stand in another one.

    Returns
    -------
    DataFrame
        One row for each unit, variable and date: ``unit, variable, date`` (ISO day; a whole year by
        its first day), ``value`` (float, NaN where none), ``unit_of_measure``, ``status`` (the
        source's flags; ``missing`` for an empty cell without a flag), ``level``, ``geography``
        (``system@day`` on which the code is valid), ``source`` (``dataset@vintage``), ``row`` (line
        in the snapshot, or first and last line of the rows that were summed). Sorted by variable,
        level, unit, date.

    Raises
    ------
    SourceError
        A year, figure, flag, code, name, level or code-list value is not as described, or a figure
        stands twice: the message names the file and the line.
    """
    where = f"{entry['file']}: {name}"
    if frame.empty:
        raise SourceError(f"{where}: the table has a header and no rows; fetch it again.")
    if in_header(entry):
        years = [
            read_observations(name, one, frame, variables, units, partial)
            for one in of_each_year(entry)
        ]
        return pd.concat(years, ignore_index=True).sort_values(KEY, ignore_index=True)
    _check_columns(entry, frame, where)
    frame = without_excluded(entry, frame, where, partial)
    years = _years(entry, frame, where)
    codes = _codes(entry, frame, units, where)
    level = (
        _registered_level(codes, years, entry, units, where)
        if entry["level"] == {"by": "code_lists"}
        else level_of(entry["level"], codes, frame, where)
    )
    parts = []
    used = pd.Series(False, index=frame.index)
    for variable, spec in entry["variables"].items():
        keep = pd.Series(True, index=frame.index)
        for column, wanted in spec.get("where", {}).items():
            held = set(frame[column].unique())
            for value in as_list(wanted):
                if value not in held and not partial:
                    raise SourceError(
                        f"{where}: no row has {column} = '{value}', which `{variable}.where` asks for"
                        f"{nearest(value, held)}; the table holds {listing(sorted(held))}."
                    )
            keep &= frame[column].isin(as_list(wanted))
        used |= keep
        rows = frame[keep]
        on_day = variables[variable]["dates"] == "day"
        day = entry["date"]["day"] if on_day else "01-01"
        values, missing = _figures(rows[spec["column"]], entry, spec, where)
        part = pd.DataFrame(
            {
                "unit": codes[keep],
                "variable": variable,
                "date": years[keep] + "-" + day,
                "value": values,
                "unit_of_measure": variables[variable]["unit_of_measure"],
                "status": _status(rows, missing, entry, spec, where),
                "level": level[keep],
                "row": rows.index,
            }
        )
        if spec.get("sum_rows"):
            part = _summed(part, rows.drop(columns=spec["column"]), where)
        parts.append(part)
    if not used.all():
        line = used.index[~used][0]
        raise SourceError(
            f"{where}, line {line}: no variable reads this row ({listing(frame.loc[line], 30)}); add "
            "a variable for it, or leave it out by `exclude` with the reason."
        )
    table = pd.concat(parts, ignore_index=True)
    fixed = entry["geography_date"]
    geography_day = table["date"] if fixed == "each_date" else fixed
    table["geography"] = entry["code_system"] + "@" + geography_day
    table["source"] = f"{name}@{entry['vintage']}"
    _check_codes(table, entry, units, where)
    _refuse_twice(table, where)
    return table.sort_values(KEY, ignore_index=True)[COLUMNS]


def _refuse_twice(table: pd.DataFrame, where: str) -> None:
    twice = table.sort_values(KEY, kind="stable")
    twice = twice[twice.duplicated(KEY)]
    if len(twice):
        row = twice.iloc[0]
        raise SourceError(
            f"{where}, line {row['row']}: '{row['variable']}' of unit {row['unit']} for "
            f"{row['date']} stands twice; remove one of the rows at the source."
        )


def _summed(part: pd.DataFrame, details: pd.DataFrame, where: str) -> pd.DataFrame:
    """Add up the rows of detail of each figure; a detail that stands twice is an error."""
    twice = details.duplicated()
    if twice.any():
        raise SourceError(
            f"{where}, line {details.index[twice][0]}: the row repeats an earlier one in all but its "
            "figure, so the sum would count it twice; fetch the table again."
        )
    groups = part.groupby(["unit", "date", "level"], sort=True, observed=True)
    made = groups.agg(
        variable=("variable", "first"),
        # A part without a figure leaves the sum without one: it is not a smaller sum.
        value=("value", lambda values: math.fsum(values) if values.notna().all() else math.nan),
        unit_of_measure=("unit_of_measure", "first"),
        status=("status", lambda flags: "".join(sorted(set("".join(set(flags) - {"missing"}))))),
        first=("row", "first"),
        last=("row", "last"),
    ).reset_index()
    same = made["first"] == made["last"]
    made["row"] = made["first"].astype(str)
    made.loc[~same, "row"] += "-" + made["last"].astype(str)
    made.loc[made["value"].isna() & (made["status"] == ""), "status"] = "missing"
    return made.drop(columns=["first", "last"])


def _check_columns(entry: Mapping[str, Any], frame: pd.DataFrame, where: str) -> None:
    """Raise SourceError where the description names a column that the table has not."""
    for path, column in columns_named(entry):
        if column not in frame:
            raise SourceError(
                f"{where}: the table has no column '{column}', which `{path[0]}` names"
                f"{nearest(column, frame.columns)}; its columns are {listing(frame.columns, 60)}."
            )


def _years(entry: Mapping[str, Any], frame: pd.DataFrame, where: str) -> pd.Series:
    if "fixed" in entry["date"]:
        return pd.Series(entry["date"]["fixed"], index=frame.index, dtype=object)
    texts = frame[entry["date"]["column"]].astype(object)
    written = entry["date"].get("written", "{year}")
    form = year_form(written)
    found = {text: form.fullmatch(text) for text in texts.unique()}
    odd = [text for text, match in found.items() if match is None]
    if odd:
        line = texts.index[texts == odd[0]][0]
        example = written.replace("{year}", "2005")
        raise SourceError(
            f"{where}, line {line}: '{odd[0]}' is not a year such as {example}; mend `date`, or leave the "
            "row out by `exclude`."
        )
    return texts.map(lambda text: found[text][1])


def _codes(
    entry: Mapping[str, Any], frame: pd.DataFrame, units: pd.DataFrame | None, where: str
) -> pd.Series:
    spec = entry["unit"]
    found = frame[spec["column"]].astype(object)
    if "pad_to" in spec:
        found = found.str.zfill(spec["pad_to"])
    if "prefix" in spec:
        found = spec["prefix"] + found
    if "names" not in spec:
        return found
    if units is None:
        raise SourceError(f"{where}: names can be looked up only in `code_lists`.")
    day = entry["geography_date"]
    lookup = _codes_by_name(spec, units, entry["level"], day)
    codes = {
        name: lookup.get(plain_name(name)) or lookup.get(bare_name(name)) for name in found.unique()
    }
    unknown = [name for name, code in codes.items() if code is None]
    if unknown:
        line = found.index[found == unknown[0]][0]
        raise SourceError(
            f"{where}, line {line}: the name '{unknown[0]}' is not in the register of {day}"
            f"{nearest(unknown[0], _spellings(spec, units), 'the nearest is')}; add it with its code to "
            f"`unit.aliases` ({len(unknown)} unknown names in all: {listing(unknown, 12)})."
        )
    return found.map(codes)


def _registered_level(
    codes: pd.Series,
    years: pd.Series,
    entry: Mapping[str, Any],
    units: pd.DataFrame | None,
    where: str,
) -> pd.Series:
    """Return the level that each code has in the code lists; country for the country's own code."""
    if units is None:
        raise SourceError(f"{where}: a level can be looked up only in `code_lists`.")
    levels = units.drop_duplicates(["unit", "level"])
    known = dict(zip(levels["unit"], levels["level"], strict=True))
    several = levels.loc[levels.duplicated("unit"), "unit"]
    known |= {entry["country_unit"]: "country"} if "country_unit" in entry else {}
    unknown = codes[~codes.isin(set(known) - set(several))]
    if len(unknown):
        raise SourceError(
            f"{where}, line {unknown.index[0]}: the code '{unknown.iloc[0]}' of {years[unknown.index[0]]} has "
            f"no one level in the code lists{nearest(unknown.iloc[0], known, 'the nearest code is')}; leave "
            "the row out by `exclude`, or mend the code lists."
        )
    return codes.map(known)


def _spellings(spec: Mapping[str, Any], units: pd.DataFrame) -> set[str]:
    return {name for each in as_list(spec["names"]) for name in units[f"name_{each}"].unique()}


def _codes_by_name(
    spec: Mapping[str, Any], units: pd.DataFrame, level: str, day: str
) -> dict[str, str]:
    """Return the code of each name that one unit alone bears on ``day``, and of the aliases.

    A name without its accents is taken as well, where it is then still one unit's.
    """
    valid = units[
        (units["valid_from"] <= day) & (units["valid_to"] >= day) & (units["level"] == level)
    ]
    bearers: dict[str, set[str]] = {}
    for language in as_list(spec["names"]):
        for name, unit in zip(valid[f"name_{language}"], valid["unit"], strict=True):
            # Registers tell namesakes apart in brackets; lists of one day often need not.
            short = name.partition(" (")[0]
            for written in {plain_name(name), bare_name(name), plain_name(short), bare_name(short)}:
                bearers.setdefault(written, set()).add(unit)
    lookup = {name: next(iter(codes)) for name, codes in bearers.items() if len(codes) == 1}
    return lookup | {plain_name(name): code for name, code in spec.get("aliases", {}).items()}


def _figures(
    cells: pd.Series, entry: Mapping[str, Any], spec: Mapping[str, Any], where: str
) -> tuple[pd.Series, pd.Series]:
    if pd.api.types.is_float_dtype(cells):  # a parser for large tables read the numbers already
        return cells * spec.get("multiply_by", 1), cells.isna()
    missing = cells.isin(entry["missing"])
    written = cells
    for sign in entry.get("take_out", []):
        written = written.str.replace(sign, "")
    if entry.get("decimal") == "comma":
        # A point is then no decimal sign, and must not be read as one.
        written = written.str.replace(".", "?").str.replace(",", ".")
    odd = [c for c in written[~missing].unique() if not _NUMBER.fullmatch(c)]
    if odd:
        line = written.index[(written == odd[0]) & ~missing][0]
        raise SourceError(
            f"{where}, line {line}: '{cells[line]}' in column {spec['column']} is not a number; if it "
            "means no figure, add it to `missing`; if it is written with a decimal comma, write "
            "`decimal: comma`."
        )
    values = written.mask(missing, "nan").astype(float)
    if not np.isfinite(values[~missing]).all():
        line = values.index[~np.isfinite(values) & ~missing][0]
        raise SourceError(
            f"{where}, line {line}: '{cells[line]}' in column {spec['column']} is too large to be true; mend "
            "the figure at the source."
        )
    return values * spec.get("multiply_by", 1), missing


def _status(
    rows: pd.DataFrame,
    missing: pd.Series,
    entry: Mapping[str, Any],
    spec: Mapping[str, Any],
    where: str,
) -> pd.Series:
    if "flags_column" not in spec:
        return pd.Series(np.where(missing, "missing", ""), index=rows.index, dtype=object)
    first, *others = as_list(spec["flags_column"])
    flags = rows[first].astype(object)
    for column in others:
        flags = flags + rows[column].astype(object)
    known = FLAGS[entry["flags"]]
    odd = [f for f in flags.unique() if set(f) - set(known)]
    if odd:
        line = flags.index[flags == odd[0]][0]
        raise SourceError(
            f"{where}, line {line}: the flag '{odd[0]}' is not in the code list of "
            f"{entry['flags']} ({', '.join(known)}); look up what it means and report it, so that it is "
            "added."
        )
    return flags.mask(missing & (flags == ""), "missing")


def _check_codes(
    table: pd.DataFrame, entry: Mapping[str, Any], units: pd.DataFrame | None, where: str
) -> None:
    """Every code must be a unit of its level on the day of its geography."""
    keys = table[["unit", "level", "geography"]].drop_duplicates()
    keys = keys[keys["unit"] != entry.get("country_unit")]
    if units is None:
        bad = keys[~keys["unit"].str[:2].isin(entry["code_prefixes"])]
        known: list[str] = entry["code_prefixes"]
    else:
        day = keys["geography"].str.split("@").str[1]
        joined = keys.assign(day=day, key=range(len(keys))).merge(units, on=["unit", "level"])
        valid = joined[
            (joined["valid_from"] <= joined["day"]) & (joined["valid_to"] >= joined["day"])
        ]
        bad = keys[~pd.Series(range(len(keys)), index=keys.index).isin(valid["key"])]
        known = sorted(set(units["unit"].unique()))
    if len(bad):
        first = bad.iloc[0]
        hits = table[(table["unit"] == first["unit"]) & (table["geography"] == first["geography"])]
        day = first["geography"].split("@")[1]
        hint = nearest(first["unit"], known, "the nearest code is")
        if units is not None and first["unit"] in set(units["unit"].unique()):
            times = units[units["unit"] == first["unit"]]
            spans = [
                f"{a} to {b}" for a, b in zip(times["valid_from"], times["valid_to"], strict=True)
            ]
            hint = f" (the register has it as {listing(times['level'])} from {listing(spans)})"
            hint = _in_versions(times, entry.get("versions", {})) or hint
        raise SourceError(
            f"{where}, line {hits['row'].iloc[0]}: the code '{first['unit']}' is no {first['level']} of "
            f"{_version_of(day, entry.get('versions', {})) or day}{hint}; mend the code, or the "
            f"`geography_date` or `code_lists` of '{name_of(where)}' ({len(bad)} such codes in all)."
        )


def _version_of(day: str, versions: Mapping[str, str]) -> str:
    """Return the name of the version of codes that holds on ``day``; nothing before the first."""
    begun = [first for first in versions if first <= day]
    return versions[max(begun)] if begun else ""


def _in_versions(times: pd.DataFrame, versions: Mapping[str, str]) -> str:
    """Return in which versions a code stands, and the days that say so, in brackets."""
    spans = list(zip(times["valid_from"], times["valid_to"], strict=True))
    found = {
        first: name
        for first, name in sorted(versions.items())
        if any(begin <= first <= end for begin, end in spans)
    }
    if not found:
        return ""
    days = listing(f'`geography_date: "{day}"`' for day in found)
    return (
        f" (it is a {times['level'].iloc[0]} of {listing(found.values())}, which is written {days})"
    )


def name_of(where: str) -> str:
    """Return the dataset's name in a ``file: name`` label."""
    return where.rsplit(": ", 1)[-1]

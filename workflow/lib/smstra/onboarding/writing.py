"""From understood tables to the files of a study: pins, descriptions, case, own tables."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from smstra import snapshots, strict_yaml
from smstra.errors import SmstraError, listing
from smstra.onboarding import overlap, register
from smstra.onboarding.asked import Asked, as_flag, slug
from smstra.onboarding.case_text import Content, as_comment, nearest_year, text_of
from smstra.onboarding.mapping import frame_of, reading_of
from smstra.onboarding.saving import indented
from smstra.onboarding.understood import Mapped
from smstra.pins import sha256
from smstra.selection.own_tables import template
from smstra.sources.tables import read_observations

# What stands in a pin for what nobody has said yet; `smstra check` asks for it.
NOT_STATED = "not stated yet"
NO_ADDRESS = "https://not-stated-yet.invalid"
_SHOWN = 8
Entries = dict[str, tuple[dict[str, Any], Mapped, str]]


@dataclass
class Study:
    """The files to write, as text or bytes by path; ``aside`` are files that cannot be read yet, with why.

    ``said`` are lines on what was understood of each file, ``raws`` the files themselves.
    """

    texts: dict[str, str] = field(default_factory=dict)
    raws: dict[str, bytes] = field(default_factory=dict)
    pins: list[dict[str, Any]] = field(default_factory=list)
    datasets: dict[str, dict[str, Any]] = field(default_factory=dict)
    aside: dict[str, list[str]] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def files(self) -> dict[str, bytes]:
        """Return the bytes of all files by path, in the order in which they are written."""
        return {**self.raws, **{path: text.encode() for path, text in self.texts.items()}}


def build(
    tables: Sequence[Mapped],
    asked: Asked,
    variables: Mapping[str, Any],
    described: Mapping[str, Any],
    stand_ins: Mapping[str, str],
) -> Study:
    """Return the files of a new case from its tables.

    Parameters
    ----------
    variables, described
        The vocabulary, and the datasets that are described already (their names are taken).
    stand_ins
        What could stand in for a missing criterion (``sf``, ``varun``), a line each.

    Raises
    ------
    SmstraError
        No table holds inhabitants by unit, without which no case can be.
    """
    study = Study()
    study.aside = {mapped.file: list(mapped.open) for mapped in tables if mapped.open}
    ready = [mapped for mapped in tables if not mapped.open]
    base = slug(asked.name, "_")
    units_name = f"{base}_units"
    # A description that a write left which did not come to its end is compared byte by byte later.
    described = {
        name: entry
        for name, entry in described.items()
        if entry["file"] != f"config/datasets/{base}.yaml"
    }
    _refuse_taken(units_name, described)
    register.one_width(ready)
    units, ready, chosen = register.compile_units(ready, asked, study.aside)
    if units.empty:
        raise SmstraError(_nothing(study, tables))
    day = _day_of_geography(ready, asked)
    known = register.known(units, units_name, asked, day)
    taken = {*described, units_name}
    entries, held = _read(study, ready, known, day, asked, variables, taken)
    years = held.years()
    if not years.get("residents"):
        raise SmstraError(_nothing(study, tables))
    study.said += chosen
    all_years = sorted({year for each in years.values() for year in each})
    _write_register(study, units, units_name, base, [all_years[0], all_years[-1]], asked, entries)
    study.texts[f"config/datasets/{base}.yaml"] = _descriptions(
        study, entries, units_name, base, asked
    )
    for kind in ("reception", "politics"):
        study.texts[f"data/own/{asked.name}_{kind}.csv"] = template(kind)
    one_region = bool((units["region_name"] == asked.country).all())
    content = _content(asked, units_name, entries, held, one_region, stand_ins, variables)
    study.said += _other_years(asked, content)
    for mapped in tables:
        if mapped.file in study.aside:
            study.raws[f"data/by_hand/{mapped.file}"] = mapped.table.raw
    study.texts[f"config/cases/{asked.name}.yaml"] = text_of(content)
    return study


def _content(
    asked: Asked,
    units_name: str,
    entries: Entries,
    held: overlap.Held,
    one_region: bool,
    stand_ins: Mapping[str, str],
    variables: Mapping[str, Any],
) -> Content:
    at_hand = {variable: sorted(found) for variable, found in held.years().items() if found}
    return Content(
        name=asked.name,
        title=asked.title,
        country=asked.country,
        code=asked.code,
        language=asked.language,
        level=asked.level,
        code_system=slug(asked.name, "_"),
        register=units_name,
        datasets=list(entries),
        years=at_hand,
        days=held.days,
        start=nearest_year(asked.start, at_hand["residents"]),
        end=nearest_year(asked.end, at_hand["residents"]),
        files=[each.file for _, each, _ in entries.values()],
        one_region=one_region,
        stand_ins=stand_ins,
        definitions={name: variables[name]["definition"] for name in at_hand},
    )


def _other_years(asked: Asked, content: Content) -> list[str]:
    """Say where the comparison is of another year than asked for."""
    return [
        f"{asked_for} is not among the years of inhabitants; the {what} year of the case is {year}"
        for what, asked_for, year in (
            ("first", asked.start, content.start),
            ("last", asked.end, content.end),
        )
        if asked_for != year
    ]


def _read(
    study: Study,
    ready: Sequence[Mapped],
    known: pd.DataFrame,
    day: str,
    asked: Asked,
    variables: Mapping[str, Any],
    taken: set[str],
) -> tuple[Entries, overlap.Held]:
    """Read the tables as a run will; return descriptions by dataset, and the figures.

    One that cannot be read so, or that contradicts another, is put aside.
    """
    base = slug(asked.name, "_")
    held = overlap.Held()
    entries: Entries = {}
    for mapped in overlap.order(ready, asked.prefer):
        name = _name(f"{base}_{slug(mapped.table.path.stem, '_')}", {*taken, *entries})

        def read(mapped: Mapped = mapped, name: str = name) -> tuple[dict[str, Any], pd.DataFrame]:
            entry = _entry(mapped, base, f"{base}_units", asked, day)
            described = {**entry, "file": mapped.file}
            return entry, read_observations(name, described, frame_of(mapped), variables, known)

        try:
            entry, found = read() if mapped.variables else ({}, pd.DataFrame())
            against, told = overlap.without_held(mapped, found, held, asked.prefer)
            if told and not against and mapped.variables:
                if not any(variables[each]["dates"] == "day" for each in mapped.variables):
                    mapped.why.pop("day", None)
                entry, found = read()
        except SmstraError as error:
            against, told = [str(error).removeprefix(f"{mapped.file}: {name}").lstrip(", :")], []
        if not against and not mapped.variables:
            against = _empty(mapped, told)
        if against:
            study.aside[mapped.file] = against
            continue
        held.add(mapped, found)
        for variable in mapped.variables:
            if variables[variable]["dates"] == "day":
                held.days.setdefault(variable, mapped.date["day"])
        path = _keep(study, mapped.table.path, mapped.table.raw, name, base, asked)
        study.pins.append(_pin(name, path, mapped, found, entry, asked, variables))
        entries[name] = (entry, mapped, path)
        study.said += [*_told(mapped, name), *(f"  {line}" for line in told)]
    return entries, held


def _empty(mapped: Mapped, told: Sequence[str]) -> list[str]:
    """Return why nothing of a table is read."""
    if told:
        return ["all that it holds is in another of the files as well", *told]
    seen = listing((f"{c} ({why})" for c, why in mapped.unused.items()), _SHOWN)
    return [
        f"none of its columns is understood: {seen or 'there is none'}; name one by "
        f"{as_flag('map', f'{mapped.file}:COLUMN=VARIABLE')}"
    ]


def _nothing(study: Study, tables: Sequence[Mapped]) -> str:
    """Return why there is no case: what keeps tables from being read, else the column that is lacking."""
    lacking = (
        "inhabitants by unit (`residents`), without which there are no size classes and no case"
    )
    if study.aside:
        reasons = "; ".join(f"{file}: {'; '.join(why)}" for file, why in study.aside.items())
        reasons = reasons.rstrip(".")
        rest = [mapped.file for mapped in tables if mapped.file not in study.aside]
        more = (
            f"{listing(rest)} {'does' if len(rest) == 1 else 'do'} not hold"
            if rest
            else "A case needs"
        )
        return f"{reasons}. {more} {lacking}. Nothing was written."
    remedy = as_flag("map", f"{tables[0].file}:COLUMN=residents")
    return f"no table holds {lacking}; name its column by {remedy}. Nothing was written."


def _refuse_taken(name: str, described: Mapping[str, Any]) -> None:
    if name in described:
        raise SmstraError(
            f"{described[name]['file']}: describes '{name}' already; give the case another name by --name. "
            "Nothing was written."
        )


def _name(wanted: str, taken: set[str]) -> str:
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}_{number}", number + 1
    return name


def _day_of_geography(ready: Sequence[Mapped], asked: Asked) -> str:
    """Return the day of the case's geography: that of inhabitants in the year nearest to the end."""
    for mapped in ready:
        if "residents" in mapped.variables and mapped.years:
            return f"{nearest_year(asked.end, mapped.years)}-{mapped.date['day']}"
    return f"{asked.end}-01-01"


def _entry(mapped: Mapped, base: str, units_name: str, asked: Asked, day: str) -> dict[str, Any]:
    reading = reading_of(mapped)
    figures = {
        key: reading.pop(key) for key in ("decimal", "take_out", "missing") if key in reading
    }
    columns = set(reading["columns"])
    unused = {c: why for c, why in mapped.unused.items() if c in columns}
    return {
        "vintage": asked.vintage,
        **reading,
        **({"unused_columns": unused} if unused else {}),
        "code_system": base,
        "code_lists": [units_name],
        "geography_date": day,
        **({"exclude": mapped.exclude} if mapped.exclude else {}),
        "unit": mapped.unit,
        "level": asked.level,
        # What `smstra check` asks for as long as it stands there.
        "date": {**mapped.date, **({"assumed": why} if (why := _assumed(mapped)) else {})},
        **figures,
        "variables": mapped.variables,
    }


def _keep(study: Study, path: Path, raw: bytes, name: str, base: str, asked: Asked) -> str:
    """Put a raw file, as it is, among the snapshots; return its path there."""
    plain = f"{slug(path.stem, '_')}{re.sub('[^a-z0-9.]', '', path.suffix.lower())}"
    dataset = name.removeprefix(f"{base}_")
    kept = f"data/snapshots/{base}/{dataset}/{asked.vintage}/{plain}"
    study.raws[kept] = raw
    return kept


def _pin(
    name: str,
    path: str,
    mapped: Mapped,
    found: pd.DataFrame,
    entry: Mapping[str, Any],
    asked: Asked,
    variables: Mapping[str, Any],
) -> dict[str, Any]:
    about = asked.about.get(mapped.file, {})
    return {
        "id": name,
        "vintage": asked.vintage,
        "file": path,
        "publisher": about.get("publisher", NOT_STATED),
        "dataset": about.get("dataset", mapped.file),
        "title": about.get("title", (mapped.table.above.strip() or mapped.file)),
        "publisher_address": about.get("publisher_address", NO_ADDRESS),
        "obtained_via": about.get("obtained", NOT_STATED),
        "licence": about.get("licence", NOT_STATED),
        "reference_dates": {"first": found["date"].min(), "last": found["date"].max()},
        "geography": "the codes and names in the file, taken as those of one day",
        "geography_date": entry["geography_date"],
        "unit_of_measure": "; ".join(
            dict.fromkeys(variables[v]["unit_of_measure"] for v in mapped.variables)
        ),
        "definition": about.get("definition", NOT_STATED),
        "edition": about.get("edition", "not stated on the file"),
        "date_accessed": asked.vintage[:10],
        **({"notes": f"the day {mapped.date['day']}: {day}"} if (day := _assumed(mapped)) else {}),
        **snapshots.describe(mapped.table.raw, entry, mapped.file),
    }


def _assumed(mapped: Mapped) -> str:
    """Return the sentence on a day that nothing in the file says, ``""`` where something does."""
    said = mapped.why.get("day", "")
    return said if said.startswith("ASSUMED") else ""


def _write_register(
    study: Study,
    units: pd.DataFrame,
    units_name: str,
    base: str,
    span: Sequence[str],
    asked: Asked,
    entries: Entries,
) -> None:
    raw = register.text(units, span).encode()
    path = f"data/snapshots/{base}/units/{asked.vintage}/{units_name}.csv"
    entry = register.entry(units_name, base, asked)
    study.raws[path] = raw
    study.datasets[units_name] = entry
    study.pins.append(
        {
            "id": units_name,
            "vintage": asked.vintage,
            "file": path,
            "publisher": f"compiled by smstra new for the case {asked.name}",
            "dataset": "none (compiled)",
            "title": f"The {len(units):,} units of the given tables, and their regions",
            "publisher_address": NO_ADDRESS.replace("not-stated-yet", "compiled"),
            "obtained_via": f"compiled from {listing(entries)}",
            "licence": "that of the tables from which it is compiled",
            "reference_dates": {"first": f"{span[0]}-01-01", "last": f"{span[1]}-12-31"},
            "geography": "the codes that stand in any of the tables",
            "geography_date": f"{span[0]} to {span[1]}",
            "unit_of_measure": "none",
            "definition": "Every code that stands in a given table, with its newest name and its region; "
            "validity is the span of the tables, not the life of the unit",
            "edition": asked.vintage,
            "date_accessed": asked.vintage,
            "notes": "not an official table",
            "rows": len(units),
            "sha256": sha256(raw),
            "sha256_table": snapshots.describe(raw, entry, path)["sha256_table"],
        }
    )


def _descriptions(
    study: Study,
    entries: Entries,
    units_name: str,
    base: str,
    asked: Asked,
) -> str:
    """Return config/datasets/<case>.yaml: each key with the reason for what it says."""
    text = (
        f"# How the tables of the case {asked.name} are read. Written by `smstra new`, with the reason for\n"
        "# each find; where one is wrong, mend the key and hash the table anew (`smstra pin FILE "
        "--dataset NAME`).\n\n"
        "# The units, compiled from the tables below: no official list.\n"
        + strict_yaml.dumps({units_name: study.datasets[units_name]})
    )
    for name, (entry, mapped, _) in entries.items():
        study.datasets[name] = entry
        text += f"\n# {mapped.file}\n{name}:\n"
        reasons = {**mapped.table.why, **mapped.why}
        chunks = re.split(r"(?m)^(?=[a-z_]+:)", strict_yaml.dumps(entry))[1:]
        for (key, value), chunk in zip(entry.items(), chunks, strict=True):
            told = [reasons[key]] if key in reasons and key != "variables" else []
            told += [reasons["day"]] if key == "date" and "day" in reasons else []
            if key == "variables":
                told = [f"{v}: {reasons[f'variables.{v}']}" for v in value]
            text += as_comment(told, "  ") + indented(chunk)
    return text


def _told(mapped: Mapped, name: str) -> list[str]:
    """Return what was found out of a file, a line each, for the terminal."""
    lines = [f"{mapped.file} -> {name}"]
    for key, reason in {**mapped.table.why, **mapped.why}.items():
        lines.append(f"  {key.removeprefix('variables.')}: {reason}")
    lines += [f"  not read: {column} ({why})" for column, why in mapped.unused.items()]
    return lines

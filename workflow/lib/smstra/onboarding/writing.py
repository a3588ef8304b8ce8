"""From understood tables to the files of a study: list of units, pins, descriptions, case, own tables."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from smstra import snapshots, strict_yaml
from smstra.errors import SmstraError, listing
from smstra.onboarding import words
from smstra.onboarding.case_text import Content, as_comment, nearest_year, text_of
from smstra.onboarding.mapping import Mapped, frame_of, reading_of
from smstra.pins import sha256
from smstra.selection.own_tables import template
from smstra.sources.names import bare_name, plain_name
from smstra.sources.registers import read_units
from smstra.sources.tables import read_observations

# What stands in a pin for what nobody has said yet; `smstra check` asks for it.
NOT_STATED = "not stated yet"
NO_ADDRESS = "https://not-stated-yet.invalid"
UNITS = ["code", "region", "name", "region_name", "as_written", "valid_from", "valid_to"]
_PADDED_ALIKE = 0.9


@dataclass(frozen=True)
class Asked:
    """What is known of the new case from its user; ``about`` has, by file, keys of its pin."""

    country: str
    name: str
    code: str
    title: str
    language: str
    level: str
    start: str
    end: str
    vintage: str
    region_digits: int = 0
    about: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass
class Study:
    """The files to write, as text or bytes by path; ``aside`` are files that cannot be read yet, with why."""

    texts: dict[str, str] = field(default_factory=dict)
    raws: dict[str, bytes] = field(default_factory=dict)
    pins: list[dict[str, Any]] = field(default_factory=list)
    datasets: dict[str, dict[str, Any]] = field(default_factory=dict)
    aside: dict[str, list[str]] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)


def slug(text: str, sign: str) -> str:
    """Return a text in small plain letters, its words joined by ``sign``; begins with a letter.

    Empty where the text has no letter or digit of the Latin alphabet.
    """
    made = sign.join(re.findall("[a-z0-9]+", words.plain(text)))
    if not made:
        return ""
    return made if made[:1].isalpha() else f"t{sign}{made}".rstrip(sign)


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
    ready = []
    for mapped in tables:
        if mapped.open:
            study.aside[mapped.file] = list(mapped.open)
        else:
            ready.append(mapped)
    _one_width(ready)
    units, ready = _register(ready, asked, study)
    if units.empty:
        raise SmstraError(_nothing(study))
    one_region = bool((units["region_name"] == asked.country).all())
    base = slug(asked.name, "_")
    register = f"{base}_units"
    _refuse_taken(register, described)
    day = _day_of_geography(ready, asked, variables)
    known = _known(units, register, asked, day)
    entries, years, days = _read(study, ready, known, day, asked, variables, described)
    if not years.get("residents"):
        raise SmstraError(_nothing(study))
    span = [
        min(year for each in years.values() for year in each),
        max(y for e in years.values() for y in e),
    ]
    _write_register(study, units, register, base, span, asked, entries)
    study.texts[f"config/datasets/{base}.yaml"] = _descriptions(
        study, entries, register, base, asked
    )
    at_hand = {variable: sorted(found) for variable, found in years.items() if found}
    start = nearest_year(asked.start, at_hand["residents"])
    end = nearest_year(asked.end, at_hand["residents"])
    content = Content(
        name=asked.name,
        title=asked.title,
        country=asked.country,
        code=asked.code,
        language=asked.language,
        level=asked.level,
        code_system=base,
        register=register,
        datasets=list(entries),
        years=at_hand,
        days=days,
        start=start,
        end=end,
        files=[each.file for _, each, _ in entries.values()],
        one_region=one_region,
        stand_ins=stand_ins,
        definitions={name: variables[name]["definition"] for name in at_hand},
    )
    study.texts[f"config/cases/{asked.name}.yaml"] = text_of(content)
    for kind in ("reception", "politics"):
        study.texts[f"data/own/{asked.name}_{kind}.csv"] = template(kind)
    for file in study.aside:
        raw = next(each.table.raw for each in tables if each.file == file)
        study.raws[f"data/by_hand/{file}"] = raw
    return study


def _read(
    study: Study,
    ready: Sequence[Mapped],
    known: pd.DataFrame,
    day: str,
    asked: Asked,
    variables: Mapping[str, Any],
    described: Mapping[str, Any],
) -> tuple[dict[str, tuple[dict[str, Any], Mapped, str]], dict[str, set[str]], dict[str, str]]:
    """Read the tables as a run will; return descriptions by dataset, and by variable its years and its day.

    One that cannot be read so is put aside.
    """
    base = slug(asked.name, "_")
    register = f"{base}_units"
    years: dict[str, set[str]] = {}
    days: dict[str, str] = {}
    entries: dict[str, tuple[dict[str, Any], Mapped, str]] = {}
    for mapped in sorted(ready, key=lambda each: -len(each.years)):
        _drop_held(mapped, years)
        if not mapped.variables:
            study.aside[mapped.file] = ["all that it holds is in another of the files as well"]
            continue
        name = _name(
            f"{base}_{slug(mapped.table.path.stem, '_')}", {*described, *entries, register}
        )
        entry = _entry(mapped, base, register, asked, day)
        try:
            found = read_observations(
                name, {**entry, "file": mapped.file}, frame_of(mapped), variables, known
            )
        except SmstraError as error:
            study.aside[mapped.file] = [
                str(error).removeprefix(f"{mapped.file}: {name}").lstrip(", :")
            ]
            continue
        for variable in mapped.variables:
            dates = found[(found["variable"] == variable) & found["value"].notna()]["date"]
            years.setdefault(variable, set()).update(dates.str[:4])
            if variables[variable]["dates"] == "day":
                days.setdefault(variable, mapped.date["day"])
        path = _keep(study, mapped.table.path, mapped.table.raw, name, base, asked)
        study.pins.append(_pin(name, path, mapped, found, entry, asked, variables))
        entries[name] = (entry, mapped, path)
        study.said += _told(mapped, name)
    return entries, years, days


def with_pins(text: str, pins: Sequence[Mapping[str, Any]], name: str) -> str:
    """Return ``text``, that of data/sources.yaml, with ``pins`` at its end.

    SmstraError where its entries are written in another way, so that none can be added.
    """
    there = strict_yaml.loads(text, name).get("snapshots") or []
    bare = re.sub(r"(?m)^snapshots:[ ]*\[[ ]*\][ ]*$", "snapshots:", text) if not there else text
    # A list may stand below its key with or without blanks before it.
    apart = _indented if not re.search(r"(?m)^- ", bare) else str
    block = "".join("\n" + apart(strict_yaml.dumps([dict(pin)])) for pin in pins)
    added = bare.rstrip() + "\n" + block
    try:
        same = strict_yaml.loads(added, name)["snapshots"] == [*there, *map(dict, pins)]
    except SmstraError:
        same = False
    if not same:
        raise SmstraError(
            f"{name}: its entries are written in another way than those of smstra, so none can be "
            f"added; write "
            "each as `  - id: ...` with its keys below. Nothing was written."
        )
    return added


def _nothing(study: Study) -> str:
    reasons = "; ".join(f"{file}: {listing(why, 3)}" for file, why in study.aside.items())
    return (
        "no table holds inhabitants by unit (`residents`), without which there are no size "
        "classes and no case"
        f"{': ' + reasons if reasons else ''}; name its column by --map 'FILE:COLUMN=residents'. "
        f"Nothing was written."
    )


def _refuse_taken(name: str, described: Mapping[str, Any]) -> None:
    if name in described:
        raise SmstraError(
            f"{described[name]['file']}: describes '{name}' already; give the case another name by "
            f"--name. Nothing "
            "was written."
        )


def _name(wanted: str, taken: set[str]) -> str:
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}_{number}", number + 1
    return name


def _one_width(ready: Sequence[Mapped]) -> None:
    """Give codes the zeros back that one table lost and another has."""
    coded = [m for m in ready if "names" not in m.unit]
    whole = {code for m in coded for code in m.units["code"]}
    width = max((len(code) for code in whole if code.isdigit()), default=0)
    full = {code for code in whole if len(code) == width}
    for mapped in coded:
        codes = mapped.units["code"].drop_duplicates()
        short = codes.str.isdigit().all() and (codes.str.len() < width).all()
        if short and codes.str.zfill(width).isin(full).mean() >= _PADDED_ALIKE:
            mapped.unit["pad_to"] = width
            mapped.units["code"] = mapped.units["code"].str.zfill(width)
            mapped.why["unit"] += (
                f"; with zeros in front to {width} digits they are those of another file"
            )


def _register(
    ready: Sequence[Mapped], asked: Asked, study: Study
) -> tuple[pd.DataFrame, list[Mapped]]:
    """Return the units of all tables, each once, and the tables whose units are all known."""
    coded = [m for m in ready if not m.by_name]
    named = [m for m in ready if m.by_name]
    kept = list(coded)
    if coded:
        table = pd.concat([m.units for m in coded], ignore_index=True)
        codes = _codes_by_name(table)
        for mapped in named:
            said = {plain_name(name): code for name, code in mapped.unit.get("aliases", {}).items()}
            lost = [n for n in mapped.units["name"].unique() if not _looked_up(n, codes, said)]
            if lost:
                study.aside[mapped.file] = [
                    f"the names {listing(lost, 6)} are not those of one unit each in the other "
                    f"tables; say which "
                    f"they are by --alias '{mapped.file}:{lost[0]}=CODE' ({len(lost)} in all)"
                ]
                continue
            mapped.units["code"] = [_looked_up(n, codes, said) for n in mapped.units["name"]]
            kept.append(mapped)
    elif named:
        for mapped in named:
            mapped.units["code"] = mapped.units["name"].map(lambda name: slug(name, "-"))
            made = mapped.units.drop_duplicates("name")
            twice = made[made.duplicated("code", keep=False)]
            if len(twice):
                study.aside[mapped.file] = [
                    f"{listing(twice['name'])} are names too alike to stand for codes; add a column of codes"
                ]
            else:
                kept.append(mapped)
    if not kept:
        return pd.DataFrame(columns=UNITS), []
    rows = pd.concat([m.units.assign(named=m.units["name"] != m.units["code"]) for m in kept])
    made = []
    for code, group in rows.groupby("code", sort=True):
        told = group[group["named"]]
        placed = group[group["region"] != ""]
        written = group[group["as_written"] != ""]
        made.append(
            {
                "code": code,
                # The newest name that a table has.
                "name": told["name"].iloc[-1] if len(told) else code,
                "region": placed["region"].iloc[-1] if len(placed) else "",
                "region_name": placed["region_name"].iloc[-1] if len(placed) else "",
                "as_written": written["as_written"].iloc[-1] if len(written) else "",
            }
        )
    units = pd.DataFrame(made)
    return _with_regions(units, asked), kept


def _with_regions(units: pd.DataFrame, asked: Asked) -> pd.DataFrame:
    """Give every unit a region: by the head of its code if asked, else one region for all that lack one."""
    if asked.region_digits:
        units["region"] = units["code"].str[: asked.region_digits]
        units["region_name"] = units["region"]
    if (units["region"] == "").all():
        units["region"], units["region_name"] = "all", asked.country
    elif (units["region"] == "").any():
        none = units["region"] == ""
        units.loc[none, "region"] = "none"
        units.loc[none, "region_name"] = "region not stated"
    # A code may stand for one unit only, whatever its level.
    if set(units["region"]) & {*units["code"], asked.code}:
        units["region"] = "region-" + units["region"]
    return units


def _codes_by_name(table: pd.DataFrame) -> dict[str, str]:
    bearers: dict[str, set[str]] = {}
    for name, code in zip(table["name"], table["code"], strict=True):
        for written in {plain_name(name), bare_name(name)}:
            bearers.setdefault(written, set()).add(code)
    return {name: next(iter(codes)) for name, codes in bearers.items() if len(codes) == 1}


def _looked_up(name: str, codes: Mapping[str, str], said: Mapping[str, str]) -> str:
    return (
        said.get(plain_name(name))
        or codes.get(plain_name(name))
        or codes.get(bare_name(name))
        or ""
    )


def _day_of_geography(ready: Sequence[Mapped], asked: Asked, variables: Mapping[str, Any]) -> str:
    """Return the day of the case's geography: that of inhabitants in the year nearest to the end."""
    for mapped in ready:
        if "residents" in mapped.variables and mapped.years:
            return f"{nearest_year(asked.end, mapped.years)}-{mapped.date['day']}"
    return f"{asked.end}-01-01"


def _register_entry(register: str, base: str, asked: Asked) -> dict[str, Any]:
    valid = {"valid_from": {"column": "valid_from"}, "valid_to": {"column": "valid_to"}}
    return {
        "vintage": asked.vintage,
        "format": "csv",
        "columns": UNITS,
        "code_system": base,
        "register": [
            {
                "level": asked.level,
                "code": {"column": "code"},
                "parent": {"column": "region"},
                "names": {"local": "name", "as_written": "as_written"},
                **valid,
            },
            {
                "level": "region",
                "code": {"column": "region"},
                "names": {"local": "region_name", "as_written": "region_name"},
                **valid,
            },
        ],
    }


def _known(units: pd.DataFrame, register: str, asked: Asked, day: str) -> pd.DataFrame:
    """Return the units as a run will know them, valid on the day of the geography."""
    frame = units.assign(valid_from=day, valid_to=day)[UNITS]
    return read_units(register, {**_register_entry(register, "", asked), "file": register}, frame)


def _drop_held(mapped: Mapped, years: Mapping[str, set[str]]) -> None:
    """Leave out variables that a table with more years holds: no figure may come from two tables."""
    for variable in list(mapped.variables):
        if years.get(variable, set()) & set(mapped.years):
            column = mapped.variables.pop(variable)["column"]
            mapped.unused[column] = f"{variable} of these years is taken from another file"


def _entry(mapped: Mapped, base: str, register: str, asked: Asked, day: str) -> dict[str, Any]:
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
        "code_lists": [register],
        "geography_date": day,
        **({"exclude": mapped.exclude} if mapped.exclude else {}),
        "unit": mapped.unit,
        "level": asked.level,
        "date": mapped.date,
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
    register: str,
    base: str,
    span: Sequence[str],
    asked: Asked,
    entries: Mapping[str, Any],
) -> None:
    table = units.assign(valid_from=f"{span[0]}-01-01", valid_to=f"{span[1]}-12-31")[UNITS]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([UNITS, *table.to_numpy().tolist()])
    raw = text.getvalue().encode()
    path = f"data/snapshots/{base}/units/{asked.vintage}/{register}.csv"
    study.raws[path] = raw
    study.datasets[register] = _register_entry(register, base, asked)
    study.pins.append(
        {
            "id": register,
            "vintage": asked.vintage,
            "file": path,
            "publisher": f"compiled by smstra new for the case {asked.name}",
            "dataset": "none (compiled)",
            "title": f"The {len(table):,} units of the given tables, and their regions",
            "publisher_address": NO_ADDRESS.replace("not-stated-yet", "compiled"),
            "obtained_via": f"compiled from {listing(entries)}",
            "licence": "that of the tables from which it is compiled",
            "reference_dates": {"first": f"{span[0]}-01-01", "last": f"{span[1]}-12-31"},
            "geography": "the codes that stand in any of the tables",
            "geography_date": f"{span[0]} to {span[1]}",
            "unit_of_measure": "none",
            "definition": "Every code that stands in a given table, with its newest name and its "
            "region; validity "
            "is the span of the tables, not the life of the unit",
            "edition": asked.vintage,
            "date_accessed": asked.vintage[:10],
            "notes": "not an official table",
            "rows": len(table),
            "sha256": sha256(raw),
            "sha256_table": snapshots.describe(raw, study.datasets[register], path)["sha256_table"],
        }
    )


def _descriptions(
    study: Study,
    entries: Mapping[str, tuple[dict[str, Any], Mapped, str]],
    register: str,
    base: str,
    asked: Asked,
) -> str:
    """Return config/datasets/<case>.yaml: each key with the reason for what it says."""
    text = (
        f"# How the tables of the case {asked.name} are read. Written by `smstra new`, with the "
        f"reason for each\n"
        "# find; where one is wrong, mend the key and hash the table anew (`smstra pin FILE "
        "--dataset NAME`).\n\n"
        "# The units, compiled from the tables below: no official list.\n"
        + strict_yaml.dumps({register: study.datasets[register]})
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
            text += as_comment(told, "  ") + _indented(chunk)
    return text


def _indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.rstrip("\n").split("\n"))


def _told(mapped: Mapped, name: str) -> list[str]:
    """Return what was found out of a file, a line each, for the terminal."""
    lines = [f"{mapped.file} -> {name}"]
    for key, reason in {**mapped.table.why, **mapped.why}.items():
        lines.append(f"  {key.removeprefix('variables.')}: {reason}")
    lines += [f"  not read: {column} ({why})" for column, why in mapped.unused.items()]
    return lines

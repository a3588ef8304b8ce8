"""The flags of `smstra new` that hold for one file (`FILE:`) or for all: told apart, checked, gathered."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from smstra.errors import SmstraError, listing, nearest
from smstra.onboarding.asked import check_addresses, check_day, check_texts, check_year
from smstra.onboarding.files import ENCODINGS, Table, years_in
from smstra.onboarding.understood import Mapped, Said

# What a pin says of a file.
ABOUT = {
    "publisher": "who publishes the figures",
    "publisher_address": "the publisher's site, with https://",
    "licence": "the publisher's terms, as they say them",
    "obtained": "where and how you got the file",
    "definition": "what is counted, as the publisher says it",
}
OF_FILE = {
    "sheet": "the sheet of a workbook that is read",
    "encoding": f"the encoding of a text: utf-8, utf-16, {', '.join(ENCODINGS)}",
    "decimal": "the sign before decimals: point or comma",
    "code_column": "the column with the codes of the units",
    "name_column": "the column with their names",
    "region_column": "the column with the region of each unit",
    "year_column": "the column with the year or date of each row",
    "year": "the year of all its figures",
    "day": "month and day on which its people were counted, as 12-31",
}
# May be given several times for a file.
TEXTS = {"missing": "a text in its cells that means no figure"}
PAIRS = {
    "map": (
        "COLUMN=VARIABLE",
        "what a column holds, by its name in the vocabulary; {year} for the years of a header",
    ),
    "where": ("COLUMN=VALUE", "which rows count where a unit has several in a year"),
    "alias": ("NAME=CODE", "the code of a unit whose name is written otherwise elsewhere"),
    "row": ("NAME=unit|out", "whether a row, by its code or name, is a unit or is left out"),
    "fraction": ("COLUMN=yes|no", "whether shares are fractions (0.12 for 12 %%) or percent"),
}
_DECIMALS = ("point", "comma")
_FILE_FIRST = re.compile(r"([^:]+\.(?:csv|txt|tsv|tab|xlsx|xlsm|xls|ods)):", re.IGNORECASE)
_WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")


def dashed(name: str) -> str:
    """Return a flag as it is given."""
    return "--" + name.replace("_", "-")


def check(chosen: argparse.Namespace, files: Sequence[Path]) -> None:
    """Check all that can be checked before a file is read.

    Raises
    ------
    SmstraError
        A flag is for a file that is not given, is given twice for a file, or does not say what it must.
    """
    check_texts(("--from", str(path)) for path in files)
    for name in (*OF_FILE, *ABOUT, *TEXTS, *PAIRS):
        flag, given = dashed(name), getattr(chosen, name)
        for text in given:
            check_texts([(flag, text)])
            _refuse_other_file(flag, text, files)
        if name not in (*TEXTS, *PAIRS):
            _refuse_twice(flag, [_split(text, files) for text in given])
    for name, right in (("year", check_year), ("day", check_day)):
        for text in getattr(chosen, name):
            right(dashed(name), _split(text, files)[1])
    for name in (*OF_FILE, *ABOUT, *TEXTS):
        for text in getattr(chosen, name):
            if not _split(text, files)[1].strip():
                raise SmstraError(
                    f"{dashed(name)} {text!r}: says nothing; write a text, or leave it out."
                )
    for text in chosen.decimal:
        if _split(text, files)[1] not in _DECIMALS:
            raise SmstraError(f"--decimal {text}: write {' or '.join(_DECIMALS)}.")
    _check_encodings(chosen.encoding, files)
    check_addresses(
        "--publisher-address", (_split(text, files)[1] for text in chosen.publisher_address)
    )
    for name in PAIRS:
        _check_pairs(name, getattr(chosen, name), files)
    if chosen.prefer and chosen.prefer not in _names(files):
        raise SmstraError(
            f"--prefer {chosen.prefer}: no file of --from is called so; they are "
            f"{listing(path.name for path in files)}."
        )


def is_workbook(path: Path) -> bool:
    """Whether a file is a workbook by its name, so says itself how its texts are encoded."""
    return path.suffix.lower() in _WORKBOOKS


def _names(files: Iterable[Path]) -> set[str]:
    return {name for path in files for name in (path.as_posix(), path.name)}


def _refuse_other_file(flag: str, text: str, files: Sequence[Path]) -> None:
    named = _FILE_FIRST.match(text)
    if named and not _split(text, files)[0] and not any(text == path.name for path in files):
        names = [path.name for path in files]
        raise SmstraError(
            f"{flag} {text}: no file of --from is called '{named[1]}'{nearest(named[1], names)}; they are "
            f"{listing(names)}."
        )


def _refuse_twice(flag: str, given: Sequence[tuple[str, str]]) -> None:
    files = [file for file, _ in given]
    twice = [file for file in dict.fromkeys(files) if files.count(file) > 1]
    if twice:
        rests = [rest for file, rest in given if file == twice[0]]
        raise SmstraError(
            f"{flag}: is given {len(rests)} times for {twice[0] or 'all files'} ({listing(rests)}); keep one."
        )


def _check_encodings(given: Sequence[str], files: Sequence[Path]) -> None:
    known = ("utf-8", "utf-16", *ENCODINGS)
    texts = [path.name for path in files if not is_workbook(path)]
    for text in given:
        file, encoding = _split(text, files)
        if encoding not in known:
            raise SmstraError(
                f"--encoding {text}: '{encoding}' is no encoding that smstra reads; write one of "
                f"{listing(known, 20)}."
            )
        if not texts or (file and file not in texts):
            raise SmstraError(
                f"--encoding {text}: a workbook has its own encoding, and {file or 'all files'} "
                f"{'is one' if file else 'are such'}; leave the flag out."
            )


def _check_pairs(name: str, given: Sequence[str], files: Sequence[Path]) -> None:
    flag = dashed(name)
    form, _ = PAIRS[name]
    seen: dict[tuple[str, str], str] = {}
    for text in given:
        file, rest = _split(text, files)
        key, sign, value = rest.rpartition("=")
        if not sign or not key or not value:
            raise SmstraError(f"{flag} {text}: write it as FILE:{form}.")
        if not file and len(files) > 1:
            raise SmstraError(
                f"{flag} {text}: say of which file, as in {flag} '{files[0].name}:{rest}' (the files are "
                f"{listing(path.name for path in files)})."
            )
        # A variable has one column, and a column holds one thing.
        for one in {(file, "=", value) if name == "map" else (file, key), (file, key)}:
            if one in seen:
                raise SmstraError(
                    f"{flag}: '{seen[one]}' and '{rest}' contradict each other; keep one."
                )
            seen[one] = rest


def _split(text: str, files: Sequence[Path]) -> tuple[str, str]:
    """Return the file that a flag is for (``""`` for all), and the rest."""
    for path in sorted(files, key=lambda path: -len(path.name)):
        for name in (path.as_posix(), path.name):
            if text.startswith(f"{name}:"):
                return path.name, text[len(name) + 1 :]
    return "", text


def of(given: Sequence[str], path: Path, files: Sequence[Path]) -> str | None:
    """Return what a flag says of a file: what names it before what holds for all."""
    told = dict(_split(text, files) for text in given)
    return told.get(path.name, told.get(""))


def _pairs(given: Sequence[str], table: Table, files: Sequence[Path]) -> dict[str, str]:
    found = {}
    for text in given:
        file, rest = _split(text, files)
        if file in ("", table.path.name):
            key, _, value = rest.rpartition("=")
            found[key] = value
    return found


def said(chosen: argparse.Namespace, table: Table, files: Sequence[Path], country: str) -> Said:
    """Return what the flags say of a table."""

    def told(name: str) -> str:
        given = of(getattr(chosen, name), table.path, files) or ""
        own = any(_split(text, files)[0] == table.path.name for text in getattr(chosen, name))
        # One that holds for all files says nothing of a file without that column.
        lacking = name.endswith("column") and given not in table.columns
        return "" if lacking and not own and len(files) > 1 else given

    missing = [_split(text, files) for text in chosen.missing]
    return Said(
        code_column=told("code_column"),
        name_column=told("name_column"),
        region_column=told("region_column"),
        year_column=told("year_column"),
        year=told("year"),
        day=told("day"),
        columns={v: column for column, v in _pairs(chosen.map, table, files).items()},
        where=_pairs(chosen.where, table, files),
        aliases=_pairs(chosen.alias, table, files),
        rows=_pairs(chosen.row, table, files),
        fractions=_pairs(chosen.fraction, table, files),
        missing=tuple(text for file, text in missing if file in ("", table.path.name)),
        decimal=told("decimal"),
        country=country,
    )


def check_columns(
    chosen: argparse.Namespace, tables: Sequence[Table], files: Sequence[Path]
) -> None:
    """Raise SmstraError where a flag names a column, or a text, that none of its files has."""
    columns = {column for table in tables for column in table.columns}
    for name in ("code_column", "name_column", "region_column", "year_column"):
        for text in getattr(chosen, name):
            file, column = _split(text, files)
            if not file and column not in columns:
                raise SmstraError(
                    f"{dashed(name)} {column}: there is no column '{column}'{nearest(column, columns)}; the "
                    f"columns are {listing(sorted(columns), 40)}."
                )
    for text in chosen.missing:
        file, cell = _split(text, files)
        frames = [table.frame for table in tables if file in ("", table.path.name)]
        if not any((frame.map(str.strip) == cell).to_numpy().any() for frame in frames):
            raise SmstraError(
                f"--missing {text}: no cell holds just this text; write it as it stands in the file."
            )


def check_table(told: Said, table: Table) -> None:
    """Raise SmstraError where a flag fits nothing in the table that it is for."""
    file, columns = table.path.name, table.columns
    for column, value in told.where.items():
        held = table.frame[column].map(str.strip).unique() if column in columns else [value]
        if value not in held:
            raise SmstraError(
                f"--where '{file}:{column}={value}': no row has this value{nearest(value, held)}; there are "
                f"{listing(held, 20)}."
            )
    for variable, column in told.columns.items():
        years = years_in(column)
        form = column.replace(years[0], "{year}") if years else column
        alike = [
            each
            for each in columns
            if len(years_in(each)) == 1 and each.replace(years_in(each)[0], "{year}") == form
        ]
        if column in columns and len(alike) > 1 and not told.year:
            raise SmstraError(
                f"--map '{file}:{column}={variable}': {listing(alike, 4)} are the same of other years; write "
                f"'{file}:{form}={variable}' for all years, or add --year '{file}:{years[0]}' for this one."
            )


def check_understood(told: Said, mapped: Mapped) -> None:
    """Raise SmstraError where a flag says of a column or name what the table rules out."""
    file = mapped.file
    roles = {"unit": mapped.unit.get("column"), "year": mapped.date.get("column")}
    for variable, column in told.columns.items():
        for role, taken in roles.items():
            if column == taken and column in mapped.table.columns:
                raise SmstraError(
                    f"--map '{file}:{column}={variable}': this column holds the {role}s of the rows and no "
                    "figures; name another column."
                )
    if told.aliases and mapped.unit and not mapped.by_name:
        raise SmstraError(
            f"--alias '{file}:{next(iter(told.aliases))}=...': the units of this file have codes, so no name "
            "is looked up; leave the flag out."
        )
    names = set(mapped.units["name"]) if mapped.by_name and len(mapped.units) else set()
    odd = [name for name in told.aliases if names and name not in names]
    if odd:
        raise SmstraError(
            f"--alias '{file}:{odd[0]}={told.aliases[odd[0]]}': no row has this name"
            f"{nearest(odd[0], names)}; write it as it stands in the file."
        )


def about(chosen: argparse.Namespace, files: Sequence[Path]) -> dict[str, dict[str, str]]:
    """Return, by file, what its pin is to say."""
    found: dict[str, dict[str, str]] = {}
    for path in files:
        told: Mapping[str, str | None] = {n: of(getattr(chosen, n), path, files) for n in ABOUT}
        found[path.name] = {name: text for name, text in told.items() if text}
    return found

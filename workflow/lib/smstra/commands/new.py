"""`smstra new`: from a country's name and some tables of its office to a study that runs."""

from __future__ import annotations

import argparse
import datetime as dt
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from smstra import config, folders, study
from smstra.errors import SmstraError, listing
from smstra.onboarding import stand_ins
from smstra.onboarding.files import ENCODINGS, Table, inspect
from smstra.onboarding.mapping import Said, map_table
from smstra.onboarding.writing import Asked, Study, build, slug, with_pins
from smstra.textfiles import write_text

_ABOUT = {
    "publisher": "who publishes the figures",
    "publisher_address": "the publisher's site, with https://",
    "licence": "the publisher's terms, as they say them",
    "obtained": "where and how you got the file",
    "definition": "what is counted, as the publisher says it",
}
_OF_FILE = {
    "sheet": "the sheet of a workbook that is read",
    "encoding": f"the encoding of a text: utf-8, utf-16, {', '.join(ENCODINGS)}",
    "code-column": "the column with the codes of the units",
    "name-column": "the column with their names",
    "region-column": "the column with the region of each unit",
    "year": "the year of all its figures",
    "day": "month and day on which its people were counted, as 12-31",
}
_PAIRS = {
    "map": (
        "COLUMN=VARIABLE",
        "what a column holds, by its name in the vocabulary; {year} for the years of a header",
    ),
    "where": ("COLUMN=VALUE", "which rows count where a unit has several in a year"),
    "alias": ("NAME=CODE", "the code of a unit whose name is written otherwise elsewhere"),
}
_EPILOG = """flags with FILE: may be given for each file; without `FILE:` they hold for all. For example
  smstra new Sweden --from inhabitants.csv jobs.xlsx --level kommun --region-digits 2 \\
    --map 'jobs.xlsx:Arbetslöshet %=unemployment_rate_registered' --publisher SCB

Nothing is overwritten, and nothing is written where something is wrong.
"""
_PINS, _USER = "data/sources.yaml", "config/config.yaml"
_NAME = re.compile("[a-z][a-z0-9-]*")
_CASES = re.compile(r"^cases:[ ]*\[[^\]\n]*\]", re.MULTILINE)


def ask(parser: argparse.ArgumentParser) -> None:
    """Add what the command asks."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    parser.add_argument(
        "country", metavar="COUNTRY", nargs="?", help="its name, as readers shall see it"
    )
    parser.add_argument(
        "--from", dest="files", metavar="FILE", type=Path, nargs="+", action="extend", default=[],
        help="tables of the country's office: xlsx, xls, ods, csv, txt",
    )  # fmt: skip
    parser.add_argument("--name", help="the case's name: small letters, digits, hyphens")
    parser.add_argument("--code", help="the country's code, as SE")
    parser.add_argument("--title", help="the title of the results")
    parser.add_argument(
        "--language", choices=["en", "fr", "nl", "de"], default="en", help="of the results"
    )
    parser.add_argument("--level", default="municipality", help="what a unit is called, as kommun")
    parser.add_argument("--start", default="2005", help="the first year of the comparison (2005)")
    parser.add_argument("--end", default="2014", help="the last year of the comparison (2014)")
    parser.add_argument(
        "--region-digits", type=int, default=0, metavar="N",
        help="the first N characters of a code are its region",
    )  # fmt: skip
    for name, said in {**_OF_FILE, **_ABOUT}.items():
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            metavar="[FILE:]TEXT",
            action="append",
            default=[],
            help=said,
        )
    for name, (form, said) in _PAIRS.items():
        parser.add_argument(
            f"--{name}", metavar=f"FILE:{form}", action="append", default=[], help=said
        )
    parser.add_argument(
        "--vintage", help="the day on which the files were obtained; today if left out"
    )
    parser.add_argument("--yes", action="store_true", help="ask nothing; take what is proposed")
    parser.add_argument(
        "--show", action="store_true", help="say what would be written, and write nothing"
    )


def run(chosen: argparse.Namespace) -> str:
    """Write a study, or a further case of one; return what was understood and what to do next."""
    root = Path()
    question = _asker(chosen.yes)
    country = chosen.country or question("Which country?", "")
    if not country.strip():
        raise SmstraError("name the country, as in `smstra new Sweden --from inhabitants.csv`.")
    name = chosen.name or question(
        "Name of the case (small letters, digits, hyphens)?", slug(country, "-")
    )
    _check_name(name, root)
    vintage = _vintage(chosen.vintage)
    if not chosen.files:
        return _without_tables(country, name, root, chosen.show)
    files = _files(chosen.files)
    tables = [
        inspect(path, _of(chosen.sheet, path, files), _of(chosen.encoding, path, files), country)
        for path in files
    ]
    _ask_about(chosen, question)
    variables = config.load_vocabulary(root)
    mapped = [map_table(table, _said(chosen, table, files), variables) for table in tables]
    asked = Asked(
        country=country,
        name=name,
        code=chosen.code or slug(name, "-").upper(),
        title=chosen.title or f"{country}: {chosen.level}",
        language=chosen.language,
        level=chosen.level,
        start=_year("--start", chosen.start),
        end=_year("--end", chosen.end),
        vintage=vintage,
        region_digits=chosen.region_digits,
        about=_about(chosen, files),
    )
    _check_level(asked)
    described = config.load_datasets(root) if (root / "config/datasets").is_dir() else {}
    made = build(mapped, asked, variables, described, stand_ins.lines())
    _refuse_there(made, root)
    said = "\n".join(made.said) + "\n"
    if chosen.show:
        return said + _aside(made) + "nothing was written (--show)\n"
    if sys.stdin.isatty() and not chosen.yes:
        sys.stderr.write(said + _aside(made))
        if question("Write the case so? (yes or no)", "yes").lower() not in ("y", "yes"):
            return "nothing was written; say what differs by flags (`smstra new --help`)\n"
    written = write(made, asked, root)
    return said + _aside(made) + _next(asked, written)


def write(made: Study, asked: Asked, root: Path) -> list[str]:
    """Write the files of a study; return their paths. What the study folder lacks is written as well."""
    user = root / _USER
    if user.is_file() and not _CASES.search(user.read_text(encoding="utf-8")):
        raise SmstraError(
            f"{_USER}: `cases` is not a list in one line, so '{asked.name}' cannot be added to it; write "
            "it as `cases: [be, de]`. Nothing was written."
        )
    project = folders.of_workflow(root) == root
    written = [] if project else study.set_up(root)
    pins = with_pins((root / _PINS).read_text(encoding="utf-8"), made.pins, _PINS)
    for path, raw in {**{p: t.encode() for p, t in made.texts.items()}, **made.raws}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        if not (root / path).exists():
            (root / path).write_bytes(raw)
            written.append(path)
    write_text(pins, root / _PINS)
    study.add_case(root, asked.name)
    return list(dict.fromkeys([*written, _PINS, _USER]))


def _asker(silent: bool) -> Callable[[str, str], str]:
    """Return what asks a question at the terminal; the default where nobody can be asked."""

    def question(text: str, default: str) -> str:
        if silent or not sys.stdin.isatty():
            return default
        sys.stderr.write(f"{text} [{default}] " if default else f"{text} ")
        sys.stderr.flush()
        return sys.stdin.readline().strip() or default

    return question


def _ask_about(chosen: argparse.Namespace, question: Callable[[str, str], str]) -> None:
    """Ask for what a pin must say and no file does."""
    for name, said in _ABOUT.items():
        if not getattr(chosen, name):
            answer = question(f"{said[0].upper()}{said[1:]} (empty if you do not know)?", "")
            if answer:
                setattr(chosen, name, [answer])


def _check_name(name: str, root: Path) -> None:
    if not _NAME.fullmatch(name):
        raise SmstraError(
            f"--name {name}: write small letters, digits and hyphens, as in se or se-stockholm."
        )
    if (root / f"config/cases/{name}.yaml").exists():
        raise SmstraError(
            f"config/cases/{name}.yaml: this case is there already, and nothing is overwritten; give "
            "the new one another name by --name."
        )


def _check_level(asked: Asked) -> None:
    if asked.level in ("region", "country") or slug(asked.level, "_") != asked.level:
        raise SmstraError(
            f"--level {asked.level}: write one word in small plain letters, other than region and "
            f"country, as in "
            "kommun."
        )
    if asked.start > asked.end:
        raise SmstraError(
            f"--start {asked.start}: lies after --end {asked.end}; write an earlier year."
        )


def _year(flag: str, text: str) -> str:
    if not (text.isdigit() and len(text) == 4):
        raise SmstraError(f"{flag} {text}: write a year such as 2005.")
    return text


def _vintage(text: str | None) -> str:
    today = dt.datetime.now(dt.UTC).date().isoformat()
    if text is None:
        return today
    try:
        day = dt.date.fromisoformat(text).isoformat()
    except ValueError:
        raise SmstraError(f"--vintage {text}: write a day such as 2026-05-03.") from None
    if day > today:
        raise SmstraError(
            f"--vintage {text}: this day is still to come; write the day on which you got the files."
        )
    return day


def _files(given: Sequence[Path]) -> list[Path]:
    names = [path.name for path in given]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SmstraError(f"--from: two files are called {listing(twice)}; rename one of them.")
    return list(given)


def _split(text: str, files: Sequence[Path]) -> tuple[str, str]:
    """Return the file that a flag is for (``""`` for all), and the rest."""
    for path in sorted(files, key=lambda path: -len(path.name)):
        for name in (path.as_posix(), path.name):
            if text.startswith(f"{name}:"):
                return path.name, text[len(name) + 1 :]
    return "", text


def _of(given: Sequence[str], path: Path, files: Sequence[Path]) -> str | None:
    """Return what a flag says of a file: what names it before what holds for all."""
    told = dict(_split(text, files) for text in given)
    return told.get(path.name, told.get(""))


def _pairs(flag: str, given: Sequence[str], table: Table, files: Sequence[Path]) -> dict[str, str]:
    found = {}
    for text in given:
        file, rest = _split(text, files)
        key, sign, value = rest.rpartition("=")
        if not sign or not key or not value:
            form, _ = _PAIRS[flag]
            raise SmstraError(f"--{flag} {text}: write it as FILE:{form}.")
        if not file and len(files) > 1:
            raise SmstraError(
                f"--{flag} {text}: say of which file, as in --{flag} '{table.path.name}:{rest}' "
                f"(the files are "
                f"{listing(path.name for path in files)})."
            )
        if file in ("", table.path.name):
            found[key] = value
    return found


def _said(chosen: argparse.Namespace, table: Table, files: Sequence[Path]) -> Said:
    def of(name: str) -> str:
        given = _of(getattr(chosen, name), table.path, files) or ""
        # One that holds for all files says nothing of a file without that column.
        named = name.endswith("column") and given not in table.columns
        return (
            ""
            if named
            and not any(_split(t, files)[0] for t in getattr(chosen, name))
            and len(files) > 1
            else given
        )

    columns = _pairs("map", chosen.map, table, files)
    return Said(
        code_column=of("code_column"),
        name_column=of("name_column"),
        region_column=of("region_column"),
        year=of("year"),
        day=of("day"),
        columns={variable: column for column, variable in columns.items()},
        where=_pairs("where", chosen.where, table, files),
        aliases=_pairs("alias", chosen.alias, table, files),
    )


def _about(chosen: argparse.Namespace, files: Sequence[Path]) -> dict[str, dict[str, str]]:
    address = [_split(text, files)[1] for text in chosen.publisher_address]
    odd = [text for text in address if not text.startswith("https://")]
    if odd:
        raise SmstraError(
            f"--publisher-address {odd[0]}: write an address that begins with https://."
        )
    return {
        path.name: {
            name: text for name in _ABOUT if (text := _of(getattr(chosen, name), path, files))
        }
        for path in files
    }


def _refuse_there(made: Study, root: Path) -> None:
    there = [path for path in (*made.texts, *made.raws) if (root / path).exists()]
    other = [p for p in there if p in made.texts or (root / p).read_bytes() != made.raws[p]]
    if other:
        raise SmstraError(
            f"{other[0]}: this file is there already, and nothing is overwritten; give the case "
            f"another name by "
            "--name, or move the file away. Nothing was written."
        )


def _without_tables(country: str, name: str, root: Path, show: bool) -> str:
    """Write two empty tables to fill in where no table is given."""
    head = "code,name,region,region_name,year,inhabitants,foreign_residents,unemployment_rate,area_km2\n"
    path = f"data/by_hand/{name}.csv"
    if (root / path).exists():
        raise SmstraError(
            f"{path}: is there already; fill it in and run `smstra new {country} --name {name} "
            f"--from {path}`."
        )
    written = []
    if not show:
        project = folders.of_workflow(root) == root
        written = [] if project else study.set_up(root)
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(head, encoding="utf-8")
        written.append(path)
    return (
        "".join(f"written: {file}\n" for file in written)
        + "A case rests on tables, and none is given. Either\n"
        f"  1. fill in {path}, a row for each unit and year (leave a cell empty where there is no "
        f"figure), or\n"
        "  2. ask the country's statistical office for inhabitants, foreign residents and unemployment by\n"
        "     municipality, 2005 and 2014, as xlsx or CSV; then run\n"
        f"  smstra new '{country}' --name {name} --from {path}\n"
        + "".join(f"What could stand in: {line}\n" for line in stand_ins.lines().values())
    )


def _aside(made: Study) -> str:
    return "".join(
        f"NOT READ YET: {file} (kept in data/by_hand/): {'; '.join(why)}\n"
        for file, why in made.aside.items()
    )


def _next(asked: Asked, written: Sequence[str]) -> str:
    return (
        "".join(f"written: {path}\n" for path in written)
        + f"next: smstra check {asked.name}          # what is still to do\n"
        f"      snakemake --cores 2 --config cases={asked.name}\n"
    )

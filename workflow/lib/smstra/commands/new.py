"""`smstra new`: from a country's name and some tables of its office to a study that runs."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from smstra import config, folders, study
from smstra.errors import SmstraError, listing
from smstra.onboarding import asked as wanted
from smstra.onboarding import flags, saving, stand_ins
from smstra.onboarding.asked import Asked, slug
from smstra.onboarding.files import inspect
from smstra.onboarding.mapping import map_table
from smstra.onboarding.understood import Mapped
from smstra.onboarding.writing import Study, build
from smstra.textfiles import write_text

_EPILOG = """flags with FILE: may be given for each file; without `FILE:` they hold for all. For example
  smstra new Sweden --from inhabitants.csv jobs.xlsx --level kommun --region-digits 2 \\
    --map 'jobs.xlsx:Arbetslöshet %=unemployment_rate_registered' --publisher SCB

Nothing is overwritten, and nothing is written where something is wrong.
"""


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
    for name, said in {**flags.OF_FILE, **flags.TEXTS, **flags.ABOUT}.items():
        parser.add_argument(
            flags.dashed(name), metavar="[FILE:]TEXT", action="append", default=[], help=said
        )
    for name, (form, said) in flags.PAIRS.items():
        parser.add_argument(
            flags.dashed(name), metavar=f"FILE:{form}", action="append", default=[], help=said
        )
    parser.add_argument(
        "--prefer", metavar="FILE", help="the file whose figures count where another has others"
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
    country = chosen.country if chosen.country is not None else question("Which country?", "")
    if not country.strip():
        raise SmstraError("name the country, as in `smstra new Sweden --from inhabitants.csv`.")
    name = chosen.name or question(
        "Name of the case (small letters, digits, hyphens)?", slug(country, "-")
    )
    asked = _asked(chosen, country, name, root)
    if not chosen.files:
        return _without_tables(asked, root, chosen.show)
    files = _files(chosen.files)
    flags.check(chosen, files)
    _ask_about(chosen, question)
    flags.check(chosen, files)
    mapped = _mapped(chosen, files, country)
    made = build(
        mapped,
        _about(asked, chosen, files),
        config.load_vocabulary(root),
        config.load_datasets(root) if (root / "config/datasets").is_dir() else {},
        stand_ins.lines(),
    )
    saving.check(made.files(), root)
    said = "\n".join(made.said) + "\n" + _aside(made)
    if chosen.show:
        return said + "nothing was written (--show)\n"
    if sys.stdin.isatty() and not chosen.yes:
        sys.stderr.write(said)
        if question("Write the case so? (yes or no)", "yes").lower() not in ("y", "yes"):
            return "nothing was written; say what differs by flags (`smstra new --help`)\n"
    written = saving.write(made.files(), made.pins, name, root)
    return said + _next(name, written)


def _asked(chosen: argparse.Namespace, country: str, name: str, root: Path) -> Asked:
    """Return what is asked of the case, checked."""
    if not name:
        raise SmstraError(
            f"'{country}' has no letter from a to z of which a name for the case could be made; give one by "
            "--name, as in gr."
        )
    wanted.check_name(name)
    if saving.is_there(name, root):
        raise SmstraError(
            f"config/cases/{name}.yaml: this case is there already, and nothing is overwritten; give the new "
            "one another name by --name."
        )
    asked = Asked(
        country=country,
        name=name,
        code=slug(name, "-").upper() if chosen.code is None else chosen.code,
        title=chosen.title or f"{country}: {chosen.level}",
        language=chosen.language,
        level=chosen.level,
        start=chosen.start,
        end=chosen.end,
        vintage=wanted.vintage(chosen.vintage),
        region_digits=chosen.region_digits,
    )
    wanted.check(asked)
    return asked


def _about(asked: Asked, chosen: argparse.Namespace, files: Sequence[Path]) -> Asked:
    prefer = Path(chosen.prefer).name if chosen.prefer else ""
    return replace(asked, prefer=prefer, about=flags.about(chosen, files))


def _mapped(chosen: argparse.Namespace, files: Sequence[Path], country: str) -> list[Mapped]:
    """Read the files and return how each is understood."""
    variables = config.load_vocabulary(Path())
    tables = [
        inspect(
            path,
            flags.of(chosen.sheet, path, files),
            flags.of(chosen.encoding, path, files) if not flags.is_workbook(path) else None,
            country,
        )
        for path in files
    ]
    flags.check_columns(chosen, tables, files)
    found = []
    for table in tables:
        told = flags.said(chosen, table, files, country)
        flags.check_table(told, table)
        mapped = map_table(table, told, variables)
        flags.check_understood(told, mapped)
        found.append(mapped)
    return found


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
    for name, said in flags.ABOUT.items():
        if not getattr(chosen, name):
            answer = question(f"{said[0].upper()}{said[1:]} (empty if you do not know)?", "")
            if answer:
                setattr(chosen, name, [answer])


def _files(given: Sequence[Path]) -> list[Path]:
    names = [path.name for path in given]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SmstraError(f"--from: two files are called {listing(twice)}; rename one of them.")
    return list(given)


def _without_tables(asked: Asked, root: Path, show: bool) -> str:
    """Write an empty table to fill in where no table is given."""
    head = "code,name,region,region_name,year,inhabitants,foreign_residents,unemployment_rate,area_km2\n"
    path = f"data/by_hand/{asked.name}.csv"
    then = shlex.join(["smstra", "new", asked.country, "--name", asked.name, "--from", path])
    if (root / path).exists():
        raise SmstraError(f"{path}: is there already; fill it in and run `{then}`.")
    written = []
    if not show:
        saving.check({path: head.encode()}, root)
        project = folders.of_workflow(root) == root
        written = [] if project else study.set_up(root)
        write_text(head, root / path)
        written.append(path)
    return (
        "".join(f"written: {file}\n" for file in written)
        + "A case rests on tables, and none is given. Either\n"
        f"  1. fill in {path}, a row for each unit and year (leave a cell empty where there is no figure), or\n"
        "  2. ask the country's statistical office for inhabitants, foreign residents and unemployment by\n"
        "     municipality, 2005 and 2014, as xlsx or CSV; then run\n"
        f"  {then}\n"
        + "".join(f"What could stand in: {line}\n" for line in stand_ins.lines().values())
    )


def _aside(made: Study) -> str:
    return "".join(
        f"NOT READ YET: {file} (kept in data/by_hand/): {'; '.join(why)}\n"
        for file, why in made.aside.items()
    )


def _next(name: str, written: Sequence[str]) -> str:
    return (
        "".join(f"written: {path}\n" for path in written)
        + f"next: smstra check {name}          # what is still to do\n"
        f"      snakemake --cores 2 --config cases={name}\n"
    )

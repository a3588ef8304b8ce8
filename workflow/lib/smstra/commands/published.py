"""`smstra published`: what official figures and arithmetic say of the figures that documents print."""

from __future__ import annotations

import argparse
import textwrap
from pathlib import Path

import pandas as pd

from smstra import csvio, job_settings, source_list
from smstra.audit import published, published_private, published_tables
from smstra.audit.published_outcomes import VERDICTS
from smstra.config import Settings
from smstra.errors import SmstraError

_WIDTH = 110
_NUMBERS = ("recomputed", "difference", "tolerance")


def ask(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("case", metavar="CASE", help="a case that has been run, such as be")
    parser.add_argument(
        "--verdict",
        metavar="WORD",
        type=_beginning,
        help="only rows whose verdict begins so, such as differs or contradicts",
    )
    parser.add_argument(
        "--private",
        metavar="FILE",
        nargs="?",
        const="",
        help='check the figures about anonymised localities with this mapping (`A: "code"`), or with the '
        "configuration's `private_mapping`; what it reveals is printed here and written beside it",
    )


def _beginning(text: str) -> str:
    if not any(verdict.startswith(text) for verdict in VERDICTS):
        raise argparse.ArgumentTypeError(
            f"{text}: no verdict begins so; they are {', '.join(VERDICTS)}."
        )
    return text


def run(chosen: argparse.Namespace) -> str:
    """Return the table of a case as text, verdict counts first."""
    settings, _ = source_list.project([chosen.case])
    if chosen.private is None:
        table = _public(chosen.case)
        head = f"{chosen.case}: {_counted(table)}"
    else:
        table, file = _private(chosen.case, chosen.private, settings)
        head = (
            f"{chosen.case}: figures about anonymised localities, by the private mapping; do not share "
            f"this.\nwritten: {file.as_posix()}\n{_counted(table)}"
        )
    if chosen.verdict is not None:
        table = table[table["verdict"].str.startswith(chosen.verdict)]
    return head + "".join(_shown(row) for row in table.to_dict("records"))


def _public(case: str) -> pd.DataFrame:
    file = _file(case, "audit/published.csv")
    return csvio.read(file, _NUMBERS)


def _private(case: str, file: str, settings: Settings) -> tuple[pd.DataFrame, Path]:
    """Check the figures about localities and write them beside the mapping."""
    name = file or settings.private_mapping
    if not name:
        raise SmstraError(
            "--private: no FILE is named, and the configuration has no `private_mapping`; write one of them."
        )
    mapping = published_private.check_place(Path(name))
    harmonised, units = _file(case, "harmonised.csv"), _file(case, "units.csv")
    documents, country, cells = published_tables.read(
        job_settings.published(settings, case),
        sorted(Path("data/published").glob("*.yaml")),
        harmonised,
        units,
        {
            name: _observations(name)
            for name in settings.cases[case]["datasets"]
            if _observations(name).is_file()
        },
    )
    codes = published_private.read(mapping, documents.localities, csvio.read(units))
    table = published.check_private(documents, country, cells, codes)
    written = published_private.output(mapping, case)
    csvio.write(table, written)
    return table, written


def _observations(dataset: str) -> Path:
    return Path(f"results/observations/{dataset}.csv")


def _file(case: str, name: str) -> Path:
    """Return a result of the case, or of its private part where the case is pseudonymised."""
    places = [Path("results") / case / name, Path("results/private") / case / name]
    for place in places:
        if place.is_file():
            return place
    raise SmstraError(
        f"{places[0].as_posix()}: there is no such file; run the case first, as in "
        f"`snakemake --cores 2 --config cases={case}`."
    )


def _counted(table: pd.DataFrame) -> str:
    if table.empty:
        return "no document in data/published/ prints figures that can be checked here.\n"
    checks = int(table["indicator"].str.startswith("check: ").sum())
    lines = [f"{len(table) - checks} figures in print" + (f", {checks} checks" if checks else "")]
    counts = table["verdict"].value_counts()
    lines += [f"{counts[verdict]:>5}  {verdict}" for verdict in VERDICTS if verdict in counts]
    return "\n".join(lines) + "\n"


def _shown(row: dict[str, str]) -> str:
    """Return a row as a paragraph."""
    what = ", ".join(text for text in (row["about"], row["indicator"], row["period"]) if text)
    told = textwrap.fill(
        row["sentence"],
        _WIDTH,
        initial_indent="    ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return f"\n{row['id']}  {what}: {row['verdict']}\n{told}\n"

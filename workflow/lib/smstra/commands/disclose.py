"""`smstra disclose`: how many units of a case fit all that a publication says of an anonymised town."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from smstra import csvio, job_settings, source_list, strict_yaml
from smstra.audit.attributes import CLASSES, Material, own_table
from smstra.audit.disclosure import answer, as_text, fitting
from smstra.audit.statements import needs_figures, profile, statements
from smstra.config import Settings
from smstra.errors import SmstraError, listing, nearest
from smstra.lookup import Figures
from smstra.pseudonym_rules import PRIVATE, spec_of

# Fewer than k units fit.
TOO_FEW = 3
_MOST_WAYS = 1000
_WARNING = (
    "PRIVATE. The lines below name units that fit. They are for your eyes: keep them out of publications, "
    "logs, mails and repositories.\n"
)


def ask(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = (
        f"Exit code 0: at least k units fit; {TOO_FEW}: fewer; 1: the profile or a table has a fault. "
        "Without --private-names no unit is named."
    )
    parser.add_argument(
        "profile", type=Path, metavar="PROFILE", help="what is said of the town, as YAML"
    )
    parser.add_argument(
        "--ways",
        type=_ways,
        default=10,
        metavar="N",
        help="list up to N ways to say less (10)",
    )
    parser.add_argument(
        "--private-names",
        action="store_true",
        help="name the units that fit, on the terminal only",
    )


def _ways(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _MOST_WAYS:
        raise argparse.ArgumentTypeError(f"'{text}': write a whole number from 1 to {_MOST_WAYS}")
    return int(text)


def run(chosen: argparse.Namespace) -> tuple[str, int]:
    """Return the answer and its exit code: 0 if at least k units fit, 3 if fewer do."""
    said = profile(chosen.profile)
    name, file = said["case"], chosen.profile.as_posix()
    source_list.check_folder(Path())
    known = sorted(path.stem for path in Path("config/cases").glob("*.yaml"))
    if name not in known:
        raise SmstraError(
            f"{file}: `case` is '{name}', and there is no such case{nearest(name, known)}; write one of "
            f"{listing(known)}."
        )
    settings, _ = source_list.project([name])
    material = _material(settings, name, said, chosen.profile)
    units = len(material.units)
    if said["k"] > units:
        raise SmstraError(
            f"{file}: `k` is {said['k']}, but the case has {units} units; write a smaller number."
        )
    decimals = material.settings["case"]["comparison_decimals"]
    made, table = statements(said["says"], material, file)
    given = answer(made, table, said["k"], chosen.ways, decimals)
    text = as_text(given, name)
    if chosen.private_names:
        names = dict(zip(material.units["unit"], material.units["name"], strict=True))
        codes = fitting(given, table, decimals)
        text += (
            "\n" + _WARNING + ("".join(f"{code}  {names[code]}\n" for code in codes) or "none\n")
        )
    return text, 0 if given.enough else TOO_FEW


def _material(settings: Settings, name: str, said: dict, file: Path) -> Material:
    """Return the tables of the last run of a case, and the user's own."""
    folder, as_run = Path("results") / name, settings.cases[name]
    if spec_of(as_run) is None:
        as_run = strict_yaml.load(_there(folder / "config.resolved.yaml", name))["settings"]
    else:
        # What such a case publishes says nothing of single units.
        folder = Path("results") / f"{PRIVATE}{name}"
    part = job_settings.disclosure(replace(settings, cases={**settings.cases, name: as_run}), name)
    units = csvio.read(_there(folder / "units.csv", name))
    own = None
    if "own_table" in said:
        own = own_table(file.parent / said["own_table"], units, as_run["indicators"])
    at_hand = [*CLASSES, *as_run["indicators"], *([] if own is None else own.columns)]
    figures = None
    if needs_figures(said["says"], at_hand):
        figures = Figures(csvio.read(_there(folder / "harmonised.csv", name)))
    return Material(
        part,
        units,
        csvio.read(_there(folder / "indicators.csv", name)),
        csvio.read(_there(folder / "typology.csv", name)),
        figures,
        own,
    )


def _there(path: Path, case: str) -> Path:
    if not path.is_file():
        raise SmstraError(
            f"{path.as_posix()}: there is no such file; run `snakemake --cores 4 --config cases={case}` first."
        )
    return path

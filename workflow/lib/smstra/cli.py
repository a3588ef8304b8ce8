"""The command `smstra`: its small verbs, and the names of those that have a module in `commands/`."""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import importlib
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smstra import __version__, config, source_list
from smstra.errors import SmstraError, listing, nearest
from smstra.textfiles import write_text
from smstra.vintages import as_fetched

# Exit codes, as of a process that a signal ended.
_INTERRUPTED, _READER_LEFT = 130, 141
# Where an export goes if no FILE is named.
_STDOUT = Path("-")


# What a verb prints, and the exit code if it is not 0.
Answer = str | tuple[str, int]


@dataclass(frozen=True)
class _Verb:
    """What a verb is for, what it asks, and the function that returns what it prints."""

    help: str
    ask: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], Answer]


def _ask_pin(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path)
    parser.add_argument(
        "--dataset", metavar="NAME", help="read it as config/datasets/ describes this dataset"
    )
    parser.add_argument("--table", metavar="T", help="as this table of the dataset's `live`")


def _pin(chosen: argparse.Namespace) -> str:
    from smstra import snapshots  # noqa: PLC0415 - brings pandas, which `smstra sources` never needs

    file: Path = chosen.file
    if chosen.table and not chosen.dataset:
        raise SmstraError(
            f"--table {chosen.table}: say of which dataset, as in `smstra pin FILE --dataset NAME "
            f"--table {chosen.table}`."
        )
    if not file.is_file():
        raise SmstraError(f"{file.as_posix()}: there is no such file; mend the path.")
    reading = (
        _reading(chosen.dataset, chosen.table)
        if chosen.dataset
        else {"format": "geojson" if file.suffix == ".geojson" else "csv"}
    )
    # A pin says which table of `live` reads its file.
    lines = {"table": chosen.table} if chosen.table else {}
    lines |= snapshots.describe(file.read_bytes(), reading, file.as_posix())
    return "".join(f"    {key}: {value}\n" for key, value in lines.items())


def _reading(name: str, table: str | None) -> Mapping[str, Any]:
    """Return how the dataset, or the table of its ``live``, is read; it need not be pinned yet."""
    from smstra.sources.registers import readings  # noqa: PLC0415 - brings pandas as well

    source_list.check_folder(Path())
    described = config.load_datasets(Path())
    if name not in described:
        raise SmstraError(
            f"--dataset {name}: no file in config/datasets/ describes it{nearest(name, described)}; "
            "mend the name, or describe it there."
        )
    entry = described[name]
    tables = entry.get("live", {}).get("tables", {})
    if table:
        if table not in tables:
            raise SmstraError(
                f"--table {table}: `{name}` in {entry['file']} has no such table in `live`"
                f"{nearest(table, tables)}; its tables are {listing(tables) or 'none'}."
            )
        return readings(as_fetched(entry, [table]))[table]
    if "format" not in entry:
        raise SmstraError(
            f"{entry['file']}: `{name}` is described by the tables of its `live` only; add "
            f"`--table T` with one of {listing(tables)}."
        )
    return entry


def _ask_sources(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--cases",
        metavar="A,B",
        type=lambda text: [name.strip() for name in text.split(",")],
        help="only the datasets that these cases read",
    )
    forms = parser.add_mutually_exclusive_group()
    forms.add_argument("--json", action="store_true", help="all that is known of each, as JSON")
    forms.add_argument("--cite", action="store_true", help="a citation of each vintage in use")
    for name, what in (("--bibtex", "BibTeX"), ("--csl-json", "CSL-JSON")):
        forms.add_argument(
            name,
            metavar="FILE",
            type=Path,
            nargs="?",
            const=_STDOUT,
            help=f"an entry for each vintage in use, as {what}, to FILE or the terminal",
        )
    parser.add_argument("--force", action="store_true", help="overwrite FILE if it is there")


def _sources(chosen: argparse.Namespace) -> str:
    file: Path | None = chosen.bibtex or chosen.csl_json
    if chosen.force and file in (None, _STDOUT):
        raise SmstraError(
            "--force: there is no FILE to overwrite; write one behind `--bibtex` or `--csl-json`."
        )
    settings, names = source_list.project(chosen.cases)
    if not (chosen.cite or file):
        known = source_list.records(settings, names, dt.datetime.now(dt.UTC).date())
        return source_list.as_json(known) if chosen.json else source_list.as_table(known)
    from smstra.report import citations  # noqa: PLC0415 - brings pandas, which a list never needs

    pins = [pin for pin in settings.pins_in_use() if pin["id"] in names]
    if not pins:
        raise SmstraError(
            f"{listing(names)}: never fetched, so there is nothing to cite; fetch with "
            "`snakemake refresh` and adopt the vintage first."
        )
    if chosen.cite:
        return citations.sentences(pins)
    text = citations.bibtex(pins) if chosen.bibtex else citations.csl_json(pins)
    return text if file == _STDOUT else _written(text, file, chosen.force)


def _written(
    text: str, file: Path, force: bool, otherwise: str = "add `--force` to overwrite it"
) -> str:
    if file.is_dir():
        raise SmstraError(f"{file.as_posix()}: this is a folder; name a file in it.")
    if file.exists() and not force:
        raise SmstraError(
            f"{file.as_posix()}: this file is there already; name another, or {otherwise}."
        )
    write_text(text, file)
    return f"written: {file.as_posix()}\n"


def _ask_check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("datasets", nargs="*", metavar="DATASET", help="all that have an address")


def _check(chosen: argparse.Namespace) -> str:
    from smstra import source_check  # noqa: PLC0415 - brings pandas and the transport

    settings, _ = source_list.project()
    lines, drifted = source_check.report(settings, chosen.datasets)
    if drifted:
        _say(lines)
        raise SmstraError(
            f"{drifted} of the tables could not be asked or did not answer as they are described (see above); "
            "try again where a site is down, mend config/datasets/ where a table changed."
        )
    return lines


def _ask_template(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("table", metavar="TABLE", help="reception or politics")
    parser.add_argument(
        "file",
        metavar="FILE",
        type=Path,
        nargs="?",
        default=_STDOUT,
        help="the terminal if left out",
    )


def _template(chosen: argparse.Namespace) -> str:
    from smstra.selection import own_tables  # noqa: PLC0415 - brings pandas as well

    header, file = own_tables.template(chosen.table), chosen.file
    said = header if file == _STDOUT else _written(header, file, False, "remove it first")
    # Beside the header, so that `smstra template reception > FILE` is an empty table and no more.
    sys.stderr.write(own_tables.describe(chosen.table))
    return said


_VERBS = {
    "check-sources": _Verb(
        "ask each address for a small piece and say what is not as described", _ask_check, _check
    ),
    "pin": _Verb("print rows and hashes of a raw file, to paste as its pin", _ask_pin, _pin),
    "sources": _Verb(
        "list the datasets with their vintages, or cite those in use", _ask_sources, _sources
    ),
    "template": _Verb(
        "write an empty table of your own, for the choice of cases", _ask_template, _template
    ),
}


# Each is a module of `commands` with `ask` and `run`, imported only when it is the one asked for.
_COMMANDS = {
    "audit": "trace a value back to the cells of the sources it was made from, or redo it from them",
    "bundle": "put a case, its sources and the workflow into one zip that verifies and reruns elsewhere",
    "check": "say what a case lacks before it is run, as a to-do list with the YAML to paste",
    "disclose": "count the units that fit all that a publication says of a town, and how to blur it",
    "new": "write the configuration of a new country from the tables of its office",
    "published": "compare figures in print with what official data and arithmetic give",
    "study": "set up a folder of your own in which the workflow runs, with shipped cases if you name them",
    "verify": "say what differs from the run's manifest, and recompute all types from the sources",
    "why": "say in plain words why a unit has its type and what would change it",
}


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 0, or 1 after a one-sentence error, or 2 for wrong usage.

    A command may have exit codes of its own; its help says what they mean. One that is interrupted has 130,
    and one whose reader, such as `head`, left before it was finished has 141, as a shell would say.
    """
    try:
        return _answered(sys.argv[1:] if arguments is None else arguments)
    except SmstraError as error:
        _complain(str(error))
    except BrokenPipeError:
        _let_go()
        return _READER_LEFT
    except OSError as error:
        place = f"{error.filename}: " if error.filename is not None else ""
        reason = error.strerror or str(error) or type(error).__name__
        _complain(f"{place}{reason}; mend the path, its permissions or the room on the disk.")
    except KeyboardInterrupt:
        _complain("interrupted; the command did not finish, and can be given again.")
        return _INTERRUPTED
    return 1


def _answered(given: list[str]) -> int:
    """Find the command, run it and print what it says; return its exit code."""
    parser = argparse.ArgumentParser(
        prog="smstra", description="Case selection from official figures."
    )
    parser.add_argument("--version", action="version", version=f"smstra {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True)
    known = dict(_VERBS)
    for name, said in _COMMANDS.items():
        if name in given[:1]:
            module = importlib.import_module(f"smstra.commands.{name}")
            known[name] = _Verb(said, module.ask, module.run)
        else:
            verbs.add_parser(name, help=said)
    for name, verb in known.items():
        verb.ask(verbs.add_parser(name, help=verb.help, description=verb.help))
    chosen = parser.parse_args(given)
    answer = known[chosen.verb].run(chosen)
    text, code = (answer, 0) if isinstance(answer, str) else answer
    _say(text)
    return code


def _say(text: str) -> None:
    # The same bytes whatever the machine's own encoding is, as in a FILE.
    sys.stdout.reconfigure(encoding="utf-8")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader, such as `head`, has had enough of what was made.
        _let_go()


def _complain(text: str) -> None:
    with contextlib.suppress(BrokenPipeError):
        print(f"smstra: {text}", file=sys.stderr)


def _let_go() -> None:
    """Send what is still to be written to nowhere, so that nothing is left to flush at the end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(BrokenPipeError):
            stream.flush()
            continue
        os.dup2(nowhere, stream.fileno())

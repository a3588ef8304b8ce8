"""What differs from a manifest: bytes, files too few or too many, pins; and types computed anew."""

from __future__ import annotations

import csv
import io
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from smstra import (
    config,
    job_settings,
    pseudonym_rules,
    resolved,
    source_list,
    strict_yaml,
)
from smstra.across.rules import FOLDER
from smstra.audit import manifest as manifest_
from smstra.audit import run_record
from smstra.audit.manifest import Entry, Manifest
from smstra.audit.recompute import Recomputation, Redone, RedoneType, agree
from smstra.config import Settings
from smstra.errors import SmstraError, listing

# The columns of typology.csv by criterion.
_COLUMNS = {"sf_high": "sf", "economy_improving": "varun", "population_improving": "varni"}
_ANSWERS = {True: "true", False: "false", None: ""}
# What the roles of files are called in a sentence.
_ROLES = {
    "config": "configuration",
    "environment": "record of the environment",
    "observations": "table of observations",
    "own_table": "table of your own",
    "settings": "resolved configuration",
    "table": "table of a case",
}


class Difference(NamedTuple):
    """Something that is not as recorded: the file (or file and unit), what it is, expected and found."""

    path: str
    what: str
    expected: str = ""
    found: str = ""


class Report(NamedTuple):
    """What was held against the manifest of a case: how many files, how many types, and what differs."""

    case: str
    files: int
    types: int
    differences: tuple[Difference, ...]
    notes: tuple[str, ...]


def check(
    case: str,
    settings: Settings | SmstraError,
    root: Path = Path(),
    file: Path | None = None,
    recompute: bool = True,
) -> Report:
    """Hold a case against its manifest, or against another one; nothing is written.

    Parameters
    ----------
    case
        Its name.
    settings
        The configuration, or why it cannot be read (which is then a difference).
    root
        The project's folder.
    file
        Another manifest of the case, such as one that was shipped. Its environment is then that of
        another machine, so that a difference in it is only a note.
    recompute
        Whether to compute all types anew from the sources.

    Raises
    ------
    SmstraError
        The case has no folder in results/, or ``file`` is not there or is the manifest of another case.
        (Without ``file``, a manifest that is missing or another case's is a difference.)
    """
    folder = manifest_.folder_of(case)
    own = f"{folder}/{manifest_.MANIFEST}"
    shown = own if file is None else file.name
    known = _manifest(case, own, file, root)
    notes: list[str] = []
    differences = [Difference(shown, fault) for fault in known.faults]
    for entry in known.entries:
        found = _held_against(entry, root)
        if found and file is not None and entry.role == "environment":
            notes.append(f"{entry.path} differs: the results were made in another environment")
        else:
            differences += found
    if known.entries:
        differences += _too_many(known, folder, own, root)
    if file is None and not known.faults:
        notes += _records(case, known, root)
    types = 0
    if case == FOLDER:
        made, said = _counts(root)
        differences += made
        notes += said
    elif isinstance(settings, SmstraError):
        differences.append(Difference("config", f"the configuration cannot be read: {settings}"))
    else:
        differences += _pins(known, settings)
        if recompute:
            types, made, said = _types(case, settings, root)
            differences += made
            notes += said
    return Report(case, len(known.entries), types, tuple(differences), tuple(notes))


def _manifest(case: str, own: str, file: Path | None, root: Path) -> Manifest:
    """Return the manifest to hold the case against; one of faults only if its own cannot serve."""
    path, shown = (root / own, own) if file is None else (file, file.name)
    if not path.is_file():
        lacking = (
            f"there is no manifest to hold {case} against; `snakemake audit --cores 4` writes it"
        )
        if file is not None or not (root / manifest_.folder_of(case)).is_dir():
            raise SmstraError(f"{shown}: {lacking}.")
        return Manifest(case, (), "", (lacking,))
    known = manifest_.read(path.read_bytes())
    if known.faults or known.case == case:
        return known
    said = f"this is the manifest of the case '{known.case}', not of '{case}'"
    if file is not None:
        raise SmstraError(f"{shown}: {said}.")
    return Manifest(case, (), "", (f"{said}; nothing was held against it",))


def _held_against(entry: Entry, root: Path) -> list[Difference]:
    path = manifest_.place(entry.role, entry.path, root)
    role = _ROLES.get(entry.role, entry.role)
    if path.is_symlink() and not entry.link:
        return [Difference(entry.path, "is a link to another file", "a file", "a link")]
    try:
        size, digest = manifest_.size_and_hash(path)
    except FileNotFoundError:
        return [Difference(entry.path, f"the {role} is missing", entry.sha256)]
    except OSError as error:
        return [Difference(entry.path, f"cannot be read ({error.strerror})", entry.sha256)]
    if (size, digest) == (entry.size, entry.sha256):
        return []
    what = f"the {role} has other bytes"
    if size != entry.size:
        what += f" ({size} where there were {entry.size})"
    return [Difference(entry.path, what, entry.sha256, digest)]


def _too_many(known: Manifest, folder: str, own: str, root: Path) -> Iterator[Difference]:
    """Yield the files in the folder of the case that the manifest does not list."""
    listed = {entry.path for entry in known.entries}
    allowed = {own, *(own + end for end in manifest_.SIGNATURES)}
    for place, folders, names in os.walk(root / folder):
        folders.sort()
        links = [name for name in folders if (Path(place) / name).is_symlink()]
        for name in sorted(names + links):
            path = Path(place) / name
            shown = path.relative_to(root).as_posix()
            if shown in listed or shown in allowed or manifest_.is_stamp(path):
                continue
            yield Difference(shown, "is not in the manifest: the run did not make it")


def _pins(known: Manifest, settings: Settings) -> Iterator[Difference]:
    """Hold the snapshots of the manifest against the pins of data/sources.yaml."""
    pinned = {pin["file"]: pin["sha256"] for pin in settings.pins}
    for entry in known.entries:
        if entry.role != "snapshot":
            continue
        digest = pinned.get(entry.path)
        if digest is None:
            yield Difference(entry.path, "data/sources.yaml pins no such file", entry.sha256)
        elif digest != entry.sha256:
            what = "data/sources.yaml pins other bytes than the manifest lists"
            yield Difference(entry.path, what, entry.sha256, digest)


def _records(case: str, known: Manifest, root: Path) -> list[str]:
    ends = run_record.chains(case, root)
    if not ends or known.chain in ends:
        return []
    return [
        f"no record in {run_record.RUNS.as_posix()}/ names the end of this manifest ({known.chain}): the run "
        "that wrote it left no record, or the manifest was written anew"
    ]


def _types(case: str, settings: Settings, root: Path) -> tuple[int, list[Difference], list[str]]:
    """Return how many types were computed anew, what differs, and what else is to be said."""
    path = f"{manifest_.folder_of(case)}/typology.csv"
    try:
        used, notes = _resolved(case, settings, root)
        if used.cases[case].get("pseudonymise") and not case.startswith("private/"):
            said = f"{path} says labels instead of units, so its types are not computed anew here"
            return 0, [], [*notes, f"{said}; `smstra verify private/{case}` does where the run was"]
        rows = _table(root / path)
        redone = Recomputation(case, used, root)
        return len(redone.units), list(_compared(path, redone, rows)), notes
    except SmstraError as error:
        return 0, [Difference(path, f"types cannot be computed anew: {error}")], []
    except Exception as error:
        # A damaged configuration or table, which nobody has checked yet, can fail anywhere.
        said = f"{type(error).__name__}: {error}"
        return 0, [Difference(path, f"types cannot be computed anew ({said})")], []


def _counts(root: Path) -> tuple[list[Difference], list[str]]:
    """Hold the counts by type of a comparison against the types of its cases; say how many were counted."""
    path = f"results/{FOLDER}/counts.csv"
    wrong, number = [], 0
    try:
        rows = _table(root / path)
        for case in dict.fromkeys(row["case"] for row in rows):
            types = _table(root / manifest_.folder_of(case) / "typology.csv")
            found = Counter(row["type"] for row in types)
            number += len(types)
            for row in rows:
                if row["case"] == case and row["units"] != str(found[row["type"]]):
                    place = f"{path}, {case}, type {row['type']}"
                    told = str(found[row["type"]])
                    wrong.append(Difference(place, "units, counted anew", told, row["units"]))
    except (OSError, KeyError, UnicodeDecodeError) as error:
        return [Difference(path, f"units cannot be counted anew: {error}")], []
    said = f"{number} types of the cases were counted anew; `smstra verify` of a case computes them anew"
    return wrong, [said]


def _resolved(case: str, settings: Settings, root: Path) -> tuple[Settings, list[str]]:
    """Return the configuration that the results say they were made with.

    That of config/ may have changed since, or may have been overridden by a file of the user's.
    """
    path = root / manifest_.folder_of(case) / manifest_.RESOLVED
    content = strict_yaml.load(path)
    made = replace(
        settings,
        cases={case: content["settings"]},
        datasets={**settings.datasets, **content["datasets"]},
    )
    other = _other_now(case, content, settings, root)
    note = (
        f"types were computed anew with the configuration in {manifest_.folder_of(case)}/"
        f"{manifest_.RESOLVED}; that of config/ is another one now, or a file of your own was used: {other}"
    )
    return made, [note] if other else []


def _other_now(case: str, made: Mapping[str, Any], settings: Settings, root: Path) -> str:
    """Return in words where the configuration of config/ differs from ``made``, ``""`` where it does not.

    Which cases a run makes is no part of it: those of ``--config cases=...`` need not be named there.
    """
    name = case.removeprefix(pseudonym_rules.PRIVATE)
    try:
        if name not in settings.cases:
            settings = config.load({**source_list.asked(root), "cases": [name]}, root)
        if not any(map(pseudonym_rules.is_private, settings.cases)):
            settings = pseudonym_rules.split(settings)
        now = resolved.text(job_settings.resolved(settings, case))
    except (SmstraError, KeyError) as error:
        return f"it cannot be read for this case ({error})"
    keys = list(_keys_that_differ(made, strict_yaml.loads(now, manifest_.RESOLVED)))
    return f"it differs in {listing([f'`{key}`' for key in keys], 6)}" if keys else ""


def _keys_that_differ(made: Any, now: Any, key: str = "") -> Iterator[str]:
    """Yield the keys, with dots, whose values are not the same in both, each as deep as it is."""
    if not (isinstance(made, Mapping) and isinstance(now, Mapping)):
        if made != now:
            yield key
        return
    for each in dict.fromkeys([*made, *now]):
        here = f"{key}.{each}" if key else each
        if each in made and each in now:
            yield from _keys_that_differ(made[each], now[each], here)
        else:
            yield here


def _table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode(), newline="")))


def _compared(
    path: str, redone: Recomputation, rows: Iterable[Mapping[str, str]]
) -> Iterator[Difference]:
    """Hold each row of typology.csv against the type computed anew, each unit once."""
    lacking = dict.fromkeys(redone.units)
    for row in rows:
        unit = row["unit"]
        place = f"{path}, unit {unit}"
        if unit not in lacking:
            yield Difference(place, "is no unit of the case, or stands twice")
            continue
        del lacking[unit]
        yield from _of_unit(place, redone.type_of(unit), redone.size_class(unit), row)
    for unit in lacking:
        yield Difference(f"{path}, unit {unit}", "the row of the unit is missing")


def _of_unit(
    place: str, found: RedoneType, size_class: str, row: Mapping[str, str]
) -> Iterator[Difference]:
    texts = {"type": found.type, "size_class": size_class}
    texts |= {criterion: _ANSWERS[answer] for criterion, answer in found.answers.items()}
    texts["cell"] = _cell(found)
    for column, text in texts.items():
        if row[column] != text:
            yield Difference(
                place, f"{column}, computed anew", text or "none", row[column] or "none"
            )
    numbers: dict[str, Redone] = {}
    for criterion, column in _COLUMNS.items():
        value, reference = found.values[criterion], found.references[criterion]
        numbers |= {
            column: value,
            f"{column}_reference": reference,
            f"{column}_distance": _distance(value, reference),
        }
    for column, value in numbers.items():
        printed = float(row[column]) if row[column] else None
        if not agree(value, printed):
            expected = "none" if value.value is None else repr(value.value)
            yield Difference(place, f"{column}, computed anew", expected, row[column] or "none")


def _cell(found: RedoneType) -> str:
    """Return the cell of the truth table: the type, or for a mixed one which way it is mixed."""
    if found.type != "mixed":
        return "" if found.type == "undetermined" else found.type
    settled, *ways = (found.answers[criterion] for criterion in _COLUMNS)
    economy, population = ("improving" if way else "declining" for way in ways)
    return f"{'' if settled else 'not_'}settled_economy_{economy}_population_{population}"


def _distance(value: Redone, reference: Redone) -> Redone:
    """Return value minus reference, to be compared by the larger of the two."""
    if value.value is None or reference.value is None:
        return Redone(None, (), "", value.why or reference.why)
    scale = max(value.scale, reference.scale, abs(value.value), abs(reference.value))
    return Redone(value.value - reference.value, (), "value minus reference", "", None, scale)


# --- What is printed ---

# So many differences of a case are listed in full; --json lists all.
_MOST = 40
_HEADER = ("file", "what differs", "expected", "found")
_HASH = re.compile("[0-9a-f]{64}")


def as_text(reports: Iterable[Report]) -> str:
    """Return the reports as lines for the terminal."""
    return "".join(_of_case(report) for report in reports)


def _of_case(report: Report) -> str:
    checked = f"{report.files or 'no'} files held against the manifest"
    if report.types:
        checked += f", {report.types} types computed anew from the sources"
    if report.differences:
        head = f"{report.case}: {_count(len(report.differences))} ({checked})\n"
    else:
        head = f"{report.case}: all as recorded ({checked})\n"
    shown = _as_table(report.differences[:_MOST])
    if len(report.differences) > _MOST:
        files = dict.fromkeys(each.path.split(",")[0] for each in report.differences[_MOST:])
        left = len(report.differences) - _MOST
        shown.append(f"  and {left} more, in {listing(files)}; --json lists all\n")
    return head + "".join(shown) + "".join(f"  note: {note}\n" for note in report.notes)


def _count(number: int) -> str:
    return "1 thing differs" if number == 1 else f"{number} things differ"


def _as_table(differences: Iterable[Difference]) -> list[str]:
    """Return the lines of a table; of a hash the first digits, which tell it from any other here."""
    rows = [_HEADER, *([_shortened(text) for text in each] for each in differences)]
    if len(rows) == 1:
        return []
    # What is last in its line needs no room beside it.
    widths = [
        max((len(row[place]) for row in rows if any(row[place + 1 :])), default=0)
        for place in range(len(_HEADER))
    ]
    return [
        "  "
        + "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        + "\n"
        for row in rows
    ]


def _shortened(text: str) -> str:
    return f"{text[:12]}..." if _HASH.fullmatch(text) else text


def as_content(reports: Iterable[Report]) -> dict[str, Any]:
    """Return the reports for machines."""
    made = [
        {
            "case": report.case,
            "files": report.files,
            "types": report.types,
            "differences": [difference._asdict() for difference in report.differences],
            "notes": list(report.notes),
        }
        for report in reports
    ]
    return {"differs": any(each["differences"] for each in made), "cases": made}

"""List the described datasets: vintage in use, its age, what it holds, how a refresh would get it."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from smstra import config, strict_yaml, vocabulary
from smstra.config import Settings
from smstra.dataset_rules import SOURCES
from smstra.errors import SmstraError, listing, nearest
from smstra.pins import Pin, vintages_of

Record = dict[str, Any]

_USER = "config/config.yaml"
_WIDTH = 120
_LICENCE_LEAST = 9
_HEADER = ("dataset", "in use", "others", "days", "dates", "rows", "refresh", "licence")
_NUMBERS = ("days", "rows")
# What a pin says of one file, and of its dataset.
_OF_FILE = (
    "file",
    "table",
    "rows",
    "sha256",
    "sha256_table",
    "obtained_via",
    "address",
    "came_from",
    "last_modified",
    "edition",
    "gaps",
)
_OF_DATASET = (
    "publisher",
    "dataset",
    "title",
    "publisher_address",
    "licence",
    "geography",
    "unit_of_measure",
    "definition",
    "notes",
)


def check_folder(root: Path) -> None:
    """Raise SmstraError where ``root`` is not the folder of a project."""
    if not (root / _USER).is_file():
        raise SmstraError(
            f"{_USER}: there is no such file here; run the command in the folder of the project or study, the "
            "one that holds config/ and data/."
        )


def asked(root: Path) -> dict[str, Any]:
    """Return what config/config.yaml asks for.

    Where another workflow imports smstra, that may be its block ``smstra``, beside keys of that workflow.
    """
    user = strict_yaml.load(root / _USER)
    block = user.get("smstra")
    return block if isinstance(block, dict) and "cases" not in user else user


def project(cases: list[str] | None = None, root: Path = Path()) -> tuple[Settings, list[str]]:
    """Return the project's settings and the sorted names of its datasets.

    ``cases`` limits them to those that these cases read. SmstraError where ``root`` is no project,
    a case is unknown, or the configuration has a fault.
    """
    check_folder(root)
    user = asked(root)
    if cases is None:
        settings = config.load(user, root)
        return settings, sorted(settings.described)
    known = sorted(path.stem for path in (root / "config/cases").glob("*.yaml"))
    for case in cases:
        if case not in known:
            raise SmstraError(
                f"--cases: there is no case '{case}'{nearest(case, known)}; write one or more of "
                f"{listing(known)}, with commas between them."
            )
    settings = config.load({**user, "cases": cases}, root)
    used = [vocabulary.datasets_used(settings.cases[case], settings.datasets) for case in cases]
    return settings, sorted(set().union(*used))


def records(settings: Settings, names: Iterable[str], today: dt.date) -> list[Record]:
    """Return what is known of each dataset, in the order of ``names``.

    ``vintage``, ``date_accessed``, ``age_days`` (``today`` less the day of access), ``rows`` (of
    all files) and ``reference_dates`` are None for a dataset that was never fetched; its texts are
    then those of ``live.about``.
    """
    in_use = settings.pins_in_use()
    return [
        _record(name, settings, [pin for pin in in_use if pin["id"] == name], today)
        for name in names
    ]


def _record(name: str, settings: Settings, pins: list[Pin], today: dt.date) -> Record:
    entry = settings.described[name]
    vintage = entry.get("vintage")
    live = entry.get("live", {"about": {}, "tables": {}})
    texts = pins[0] if pins else live["about"]
    accessed = min((pin["date_accessed"] for pin in pins), default=None)
    used = {source for how in live["tables"].values() for source in SOURCES if source in how}
    return {
        "id": name,
        "described_in": entry["file"],
        "vintage": vintage,
        "other_vintages": sorted(set(vintages_of(settings.pins, name)) - {vintage}),
        "date_accessed": accessed,
        "age_days": (today - dt.date.fromisoformat(accessed)).days if accessed else None,
        "reference_dates": {
            "first": min(pin["reference_dates"]["first"] for pin in pins),
            "last": max(pin["reference_dates"]["last"] for pin in pins),
        }
        if pins
        else None,
        "rows": sum(pin["rows"] for pin in pins) if pins else None,
        "refresh_by": [source.replace("_", " ") for source in SOURCES if source in used],
        **{key: texts[key] for key in _OF_DATASET if key in texts},
        "files": [{key: pin[key] for key in _OF_FILE if key in pin} for pin in pins],
    }


def as_json(known: list[Record]) -> str:
    """Return the records as JSON."""
    return json.dumps(known, ensure_ascii=False, indent=2) + "\n"


def as_table(known: list[Record]) -> str:
    """Return the records as lines of a table, 120 columns wide where the names allow."""
    rows = [dict(zip(_HEADER, _HEADER, strict=True)), *(_shown(record) for record in known)]
    width = {name: max(len(row[name]) for row in rows) for name in _HEADER[:-1]}
    left = max(_WIDTH - sum(width.values()) - 2 * len(width), _LICENCE_LEAST)
    return "".join(
        "  ".join(
            [
                *(
                    row[n].rjust(width[n]) if n in _NUMBERS else row[n].ljust(width[n])
                    for n in width
                ),
                _cut(row["licence"], left),
            ]
        ).rstrip()
        + "\n"
        for row in rows
    )


def _shown(record: Record) -> dict[str, str]:
    others = record["other_vintages"]
    more = f" +{len(others) - 1}" if len(others) > 1 else ""
    fetched = record["vintage"] is not None
    dates = record["reference_dates"]
    years = dict.fromkeys((dates["first"][:4], dates["last"][:4])) if fetched else ()
    return {
        "dataset": record["id"],
        "in use": record["vintage"] or "never fetched",
        "others": f"{others[-1]}{more}" if others else "-",
        "days": str(record["age_days"]) if fetched else "-",
        "dates": "-".join(years) or "-",
        "rows": f"{record['rows']:,}" if fetched else "-",
        "refresh": ", ".join(record["refresh_by"]) or "-",
        # Conditions in brackets or after a sign are told by --json and --cite.
        "licence": re.split(r" \(|[;,]", " ".join(record["licence"].split()))[0],
    }


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 3].rstrip() + "..."

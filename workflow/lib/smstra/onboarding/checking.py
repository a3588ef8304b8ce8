"""Is a case ready to run? Configuration, files, units, years and breaks, without computing any type."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from smstra import config, job_settings, source_list, strict_yaml, vintages
from smstra.config import Settings
from smstra.errors import SmstraError, listing
from smstra.onboarding import check_figures
from smstra.onboarding.check_report import Report, Task, file_in
from smstra.onboarding.stand_ins import tables_of
from smstra.onboarding.writing import NO_ADDRESS, NOT_STATED
from smstra.pins import Pin, sha256, verified
from smstra.selection_rules import own_tables

USER = "config/config.yaml"
PINS = "data/sources.yaml"
# What a licence begins with that the copy of a table did not state.
_NO_LICENCE = "no licence"


def check(case: str, root: Path = Path()) -> Report:
    """Return what ``case`` of the project or study in ``root`` lacks."""
    report = Report(case)
    try:
        user = source_list.asked(root)
        settings = config.load({**user, "cases": [case]}, root)
    except SmstraError as error:
        report.faults.append(Task(str(error), file_in(str(error))))
        return report
    whole = settings.cases[case]
    report.facts.append(("configuration", f"in order: {whole['title']}"))
    if case not in user.get("cases", []):
        report.to_know.append(
            f"`cases` in {USER} does not name {case}; a run of it needs `--config cases={case}`"
        )
    _never_fetched(case, settings, report, root)
    _pins(case, settings, report, root)
    _days(case, settings, report)
    _by_hand(settings, report, root)
    _own_tables(case, whole, report)
    if report.faults:
        return report
    waiting = set(settings.waiting(case))
    try:
        check_figures.look(case, settings, waiting, report, root)
        report.settle()
    except SmstraError as error:
        report.faults.append(Task(str(error), file_in(str(error))))
    return report


def _never_fetched(case: str, settings: Settings, report: Report, root: Path) -> None:
    waiting = settings.waiting(case)
    if not waiting:
        return
    able, lacking = vintages.to_refresh(waiting, settings.described, root)
    for name, file in lacking.items():
        report.to_do.append(
            Task(
                f"{name}: was never fetched and comes by hand; put its file in {file}, then run "
                f"`snakemake refresh --cores 2 --config datasets={name}`",
                file,
            )
        )
    if able:
        report.to_do.append(
            Task(
                f"{listing(able, 20)}: never fetched; run `snakemake refresh --cores 2 --config cases={case}` "
                "and write the line that it prints",
                USER,
                "vintages",
                "vintages: {" + ", ".join(f'{name}: "DAY"' for name in able) + "}",
            )
        )


def _pins(case: str, settings: Settings, report: Report, root: Path) -> None:
    """Hold the files against their pins, and the pins against what they must say."""
    used = job_settings.whole_case(settings, case)["pins"]
    good = 0
    for pin in used:
        try:
            verified(pin, root)
            good += 1
        except SmstraError as error:
            report.faults.append(Task(str(error), pin["file"]))
    report.facts.append(("files", f"{good} of {len(used)} as pinned"))
    for pin in used:
        _provenance(pin, report)


def _provenance(pin: Pin, report: Report) -> None:
    open_keys = [key for key, text in pin.items() if text == NOT_STATED]
    open_keys += ["publisher_address"] if pin["publisher_address"] == NO_ADDRESS else []
    asked = {
        "publisher": "Name of the office",
        "publisher_address": "https://...",
        "obtained_via": "where and how you got the file",
        "licence": "the publisher's terms, as it says them; no licence stated, if it says none",
        "definition": "what is counted, as the publisher says it",
    }
    if open_keys:
        report.to_do.append(
            Task(
                f"{pin['id']}: its origin is not stated ({listing(open_keys)}); ask the publisher",
                PINS,
                f"snapshots, id {pin['id']}",
                "\n".join(f'{key}: "{asked[key]}"' for key in asked if key in open_keys),
            )
        )
    if pin["licence"].startswith(_NO_LICENCE):
        report.to_know.append(f"{pin['id']}: {pin['licence']}")


def _days(case: str, settings: Settings, report: Report) -> None:
    """Ask for the days on which people were counted that nothing in a file says."""
    for name in settings.cases[case]["datasets"]:
        entry = settings.described[name]
        for date in dict.fromkeys(
            tuple(table["date"].items())
            for table in tables_of(entry)
            if "assumed" in table.get("date", {})
        ):
            said = dict(date)
            why = said.pop("assumed").removeprefix("ASSUMED ")
            report.to_do.append(
                Task(
                    f"{name}: the day {said['day']} is assumed ({why}); ask the publisher. Is it that day, "
                    "paste the lines below, which leave `assumed` out; is it another, write it there as well, "
                    f"and in each date of {settings.origins[case].default} that names the day",
                    entry["file"],
                    f"{name}.date.day",
                    strict_yaml.dumps({"date": said}).rstrip("\n"),
                )
            )


def _by_hand(settings: Settings, report: Report, root: Path) -> None:
    """Name the files in data/by_hand that no description reads."""
    folder = root / "data/by_hand"
    files = sorted(p for p in folder.rglob("*") if p.is_file()) if folder.is_dir() else []
    read = {
        path
        for entry in settings.described.values()
        for how in entry.get("live", {}).get("tables", {}).values()
        if "by_hand" in how
        for path in root.glob(how["by_hand"]["files"])
    }
    kept = {pin["sha256"] for pin in settings.pins}
    for path in files:
        if path in read or path.name.startswith("."):
            continue
        if sha256(path.read_bytes()) in kept:
            continue
        shown = path.relative_to(root).as_posix()
        report.to_do.append(
            Task(
                f"{shown}: no dataset reads this file; run `smstra new` with it and --show to see what it "
                "lacks, or describe it as docs/sources.md shows",
                shown,
            )
        )


def _own_tables(case: str, whole: Mapping[str, Any], report: Report) -> None:
    """Say which tables of the user's own the choice of towns could use."""
    candidates = whole.get("selection", {}).get("candidates", {})
    given = {key[-2] for key in own_tables(whole)}
    for kind in ("reception", "politics"):
        if kind in candidates and kind not in given:
            report.to_know.append(
                f"no table of {kind}: `smstra template {kind} data/own/{case}_{kind}.csv` writes an empty "
                f"one; name it in `selection.candidates.{kind}.table`"
            )

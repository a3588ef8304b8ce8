"""Is a case ready to run? Configuration, files, units, years and breaks, without computing any type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from smstra import breaks as breaks_
from smstra import config, job_settings, strict_yaml, sufficiency, vintages
from smstra.config import Settings
from smstra.errors import SmstraError, listing
from smstra.indicators import compute
from smstra.lookup import Figures
from smstra.onboarding import stand_ins
from smstra.onboarding.writing import NO_ADDRESS, NOT_STATED
from smstra.pins import Pin, sha256, verified
from smstra.selection_rules import own_tables
from smstra.sources.tables import observations_of
from smstra.stages.harmonised import harmonised_figures
from smstra.stages.units import units_of

USER = "config/config.yaml"
PINS = "data/sources.yaml"
# What a licence begins with that the copy of a table did not state.
_NO_LICENCE = "no licence"
_SHOWN = 6
_OF_CRITERION = {"sf_high": "sf", "economy_improving": "varun", "population_improving": ""}


@dataclass(frozen=True)
class Task:
    """Something to do: in which ``file``, at which ``key``, and the ``yaml`` to paste there, if any."""

    what: str
    file: str = ""
    key: str = ""
    yaml: str = ""


@dataclass
class Report:
    """What the check found. ``faults`` stop a run; ``to_do`` is for the user; ``to_know`` cannot "
    "be mended."""

    case: str
    facts: list[tuple[str, str]] = field(default_factory=list)
    sufficiency: pd.DataFrame | None = None
    faults: list[Task] = field(default_factory=list)
    to_do: list[Task] = field(default_factory=list)
    to_know: list[str] = field(default_factory=list)
    _alike: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def know(self, text: str, about: str, name: str) -> None:
        """Note ``text`` of ``about``, in which ``{}`` stands for ``name`` and all others of "
        "which it is so."""
        self._alike.setdefault((about, text), []).append(name)

    def settle(self) -> None:
        """Put what was noted of several into one sentence each."""
        for (about, text), names in self._alike.items():
            lead = f"{about}: " if about else ""
            self.to_know.append(lead + text.replace("{}", listing(dict.fromkeys(names), 12)))
        self._alike.clear()


def check(case: str, root: Path = Path()) -> Report:
    """Return what ``case`` of the project or study in ``root`` lacks."""
    report = Report(case)
    try:
        user = strict_yaml.load(root / USER)
        settings = config.load({**user, "cases": [case]}, root)
    except SmstraError as error:
        report.faults.append(Task(str(error), _file_in(str(error))))
        return report
    whole = settings.cases[case]
    report.facts.append(("configuration", f"in order: {whole['title']}"))
    if case not in user.get("cases", []):
        report.to_know.append(
            f"`cases` in {USER} does not name {case}; a run of it needs `--config cases={case}`"
        )
    _never_fetched(case, settings, report, root)
    _pins(case, settings, report, root)
    _by_hand(settings, report, root)
    _own_tables(case, whole, report)
    if report.faults:
        return report
    waiting = set(settings.waiting(case))
    try:
        _figures(case, settings, waiting, report, root)
        report.settle()
    except SmstraError as error:
        report.faults.append(Task(str(error), _file_in(str(error))))
    return report


def _file_in(message: str) -> str:
    """Return the file that a message names at its beginning, or ``""``."""
    first = message.split(":", 1)[0].split(",", 1)[0]
    return first if "/" in first and " " not in first else ""


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
                f"{listing(able, 20)}: never fetched; run `snakemake refresh --cores 2 --config "
                f"cases={case}` "
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
    if "ASSUMED" in pin.get("notes", ""):
        report.to_do.append(
            Task(
                f"{pin['id']}: {pin['notes']}; ask the publisher, mend the day where it is "
                f"another, and remove "
                "`notes` from the pin",
                PINS,
                f"snapshots, id {pin['id']}",
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
                f"{shown}: no dataset reads this file; run `smstra new` with it and --show to see "
                f"what it lacks, "
                "or describe it as docs/sources.md shows",
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
                f"no table of {kind}: `smstra template {kind} data/own/{case}_{kind}.csv` writes "
                f"an empty one; name "
                f"it in `selection.candidates.{kind}.table`"
            )


def _figures(case: str, settings: Settings, waiting: set[str], report: Report, root: Path) -> None:
    """Read the tables that are there; say what they hold for the units, years and levels asked for."""
    whole = settings.cases[case]
    geography = whole["geography"]
    if waiting & set(job_settings.geography_from(settings, case)):
        report.to_know.append("the units are not known before their tables are fetched")
        return
    part = job_settings.units(settings, case)
    towns = units_of(part, root)
    report.facts.append(
        (
            "units",
            f"{len(towns):,} {geography['level']} in {towns['region'].nunique()} "
            f"{geography['region_level']}, "
            f"{geography['date']}",
        )
    )
    if "changes" not in geography:
        report.to_know.append(
            "no table of changes of units: one that merged or was renumbered has figures under one code only"
        )
    observed = []
    for name in whole["datasets"]:
        if name in waiting or waiting & set(job_settings.observed_from(settings, name)):
            continue
        of = job_settings.observations(settings, name)
        try:
            table = observations_of(name, of["datasets"], of["pins"], of["variables"], root)
        except SmstraError as error:
            report.faults.append(Task(str(error), _file_in(str(error))))
            continue
        observed.append(table)
        report.facts += _held(name, table)
    if report.faults or not observed:
        return
    harmonised = harmonised_figures(part, observed, towns, root)
    _lacking(harmonised, towns, whole, report)
    _indicators(case, settings, Figures(harmonised), towns, waiting, report)


def _held(name: str, table: pd.DataFrame) -> list[tuple[str, str]]:
    """Return what a table holds: a line for the variables of a level that have the same years and units."""
    alike: dict[str, list[str]] = {}
    for (level, variable), rows in table.groupby(["level", "variable"], sort=True):
        years = sorted(rows["date"].str[:4].unique())
        span = years[0] if len(years) == 1 else f"{years[0]} to {years[-1]} ({len(years)} years)"
        empty = int(rows["value"].isna().sum())
        text = f"by {level}, {span}, {rows['unit'].nunique():,} codes"
        alike.setdefault(text + (f", {empty:,} figures missing" if empty else ""), []).append(
            variable
        )
    return [(name, f"{listing(held, 12)} {text}") for text, held in alike.items()]


def _lacking(
    harmonised: pd.DataFrame, towns: pd.DataFrame, whole: Mapping[str, Any], report: Report
) -> None:
    """Name the units without any figure of a variable, and the years asked about with fewer units."""
    own = harmonised[
        (harmonised["level"] == whole["geography"]["level"]) & harmonised["value"].notna()
    ]
    asked = [
        entry[key][:4]
        for entry in whole["indicators"].values()
        for key in ("date", "from", "to", "in_date")
        if key in entry
    ]
    for (source, variable), rows in own.groupby(["source", "variable"], sort=True):
        name = source.split("@")[0]
        lacking = sorted(set(towns["unit"]) - set(rows["unit"]))
        if lacking:
            report.know(
                f"no {{}} at all for {len(lacking):,} of {len(towns):,} units ({listing(lacking, _SHOWN)})",
                name,
                variable,
            )
        years = rows["date"].str[:4]
        within = rows[(years >= min(asked, default="")) & (years <= max(asked, default=""))]
        counts = within.groupby(within["date"].str[:4])["unit"].nunique()
        few = [f"{year}: {n:,}" for year, n in counts.items() if n < counts.max()]
        if few:
            report.know(
                f"{{}} has fewer units in some years ({listing(few, _SHOWN)}; most: {counts.max():,})",
                name,
                variable,
            )


def _indicators(
    case: str,
    settings: Settings,
    figures: Figures,
    towns: pd.DataFrame,
    waiting: set[str],
    report: Report,
) -> None:
    part = job_settings.indicators(settings, case)
    whole, variables = part["case"], part["variables"]
    plans = {}
    for name, entry in whole["indicators"].items():
        try:
            plans[name] = sufficiency.plan(name, whole, figures, towns, variables)
        except SmstraError as error:
            if waiting:
                report.to_know.append(f"{name}: its figures are not fetched yet")
                continue
            report.to_do.append(
                Task(
                    str(error),
                    settings.origins[case].of(("indicators", name)),
                    f"indicators.{name}",
                    f"{name}:\n  label: {entry['label']}\n  definition: not_available\n"
                    "  because: no table at hand has this year",
                )
            )
    ready = {**whole, "indicators": {name: whole["indicators"][name] for name in plans}}
    compared = [name for name in part["compared"] if name in plans]
    try:
        values = compute(ready, figures, towns, variables, part["breaks"], plans, compared)
    except SmstraError as error:
        report.to_do.append(
            Task(str(error), settings.origins[case].of(("indicators",)), "indicators")
        )
        return
    report.sufficiency = sufficiency.report(plans, values, ready, towns)
    _said_of_values(values, plans, part["breaks"], report)
    _criteria(case, settings, plans, values, report)


def _said_of_values(
    values: pd.DataFrame,
    plans: Mapping[str, sufficiency.Plan],
    breaks: Mapping[str, Any],
    report: Report,
) -> None:
    """Say which years and levels stand in for those asked for, and which breaks are spanned."""
    for row in report.sufficiency.to_dict("records"):
        plan = plans[row["indicator"]]
        if plan.dates and (plan.substituted or plan.level != row["level_asked"]):
            report.know(f"{{}}: {row['what_was_done']}", "", row["indicator"])
        elif plan.dates and row["units_missing"]:
            report.know(
                f"{{}}: {row['units_missing']} of {row['units']} units have no value",
                "",
                row["indicator"],
            )
    for name, group in values.groupby("indicator", sort=False):
        for flag in breaks_.flags_in(group["flags"].fillna("")):
            words = breaks_.in_words(flag, breaks)
            report.know(f"{{}}: spans a break ({words})", "", name)


def _criteria(
    case: str,
    settings: Settings,
    plans: Mapping[str, sufficiency.Plan],
    values: pd.DataFrame,
    report: Report,
) -> None:
    """Ask for the figures of criteria that cannot be answered, with what could stand in."""
    whole = settings.cases[case]
    offers = stand_ins.lines()
    for criterion, entry in whole["criteria"].items():
        name = entry["indicator"]
        held = values.loc[values["indicator"] == name, "value"].notna().any()
        if name not in plans or held:
            continue
        indicator = whole["indicators"][name]
        what = (
            f"{criterion} cannot be answered for any unit, so all types are undetermined: "
            f"{plans[name].why_not or indicator.get('because', 'no unit has a value')}"
        )
        if offer := offers.get(_OF_CRITERION[criterion]):
            what += f". What could stand in: {offer}"
        report.to_do.append(
            Task(
                what,
                settings.origins[case].of(("indicators", name)),
                f"indicators.{name}",
                _yaml_of(criterion, name, indicator, whole),
            )
        )


def _yaml_of(
    criterion: str, name: str, indicator: Mapping[str, Any], whole: Mapping[str, Any]
) -> str:
    """Return the indicator as it would stand there if its table were at hand."""
    sizes = whole["size_classes"]["inhabitants"]
    end = sizes["date"]
    day = end[4:] if len(end) > 4 else ""
    of = {
        "sf_high": {
            "definition": "share", "of": "residents_foreign", "in": sizes["variable"],
            "date": f"2005{day}",
        },
        "economy_improving": {
            "definition": "difference", "of": "unemployment_rate_registered", "from": "2005", "to": end[:4],
        },
        "population_improving": {
            "definition": "relative_change", "of": sizes["variable"], "from": f"2005{day}", "to": end,
        },
    }[criterion]  # fmt: skip
    return strict_yaml.dumps(
        {
            name: {
                "label": indicator["label"],
                **of,
                "max_year_gap": 0,
                "country": {"by": "median_of_units"},
            }
        }
    ).rstrip("\n")


def as_text(report: Report) -> str:
    """Return the report as lines for the terminal."""
    lines = [f"case {report.case}"]
    width = max((len(name) for name, _ in report.facts), default=0)
    lines += [f"  {name.ljust(width)}  {text}" for name, text in report.facts]
    if report.sufficiency is not None:
        lines += ["", sufficiency.as_text(report.sufficiency, report.case)]
    if report.to_know:
        lines += ["", "to know", *(f"  - {text}" for text in report.to_know)]
    for title, tasks in (("faults: a run would stop", report.faults), ("to do", report.to_do)):
        if tasks:
            lines += ["", title]
        for number, task in enumerate(tasks, 1):
            lines.append(f"  {number}. {task.what}")
            where = ", ".join(filter(None, (task.file, f"`{task.key}`" if task.key else "")))
            lines += (
                [f"     in {where}"] if where and (task.key or task.file not in task.what) else []
            )
            lines += [f"       {line}" for line in task.yaml.splitlines()]
    if not report.faults and not report.to_do:
        lines += [
            "",
            "nothing to do: `snakemake --cores 4 --config cases=" + report.case + "` runs it",
        ]
    return "\n".join(lines) + "\n"


def as_content(report: Report) -> dict[str, Any]:
    """Return the report for JSON."""

    def tasks(given: list[Task]) -> list[dict[str, str]]:
        return [vars(task) for task in given]

    return {
        "case": report.case,
        "ready": not report.faults and not report.to_do,
        "facts": [{"about": name, "found": text} for name, text in report.facts],
        "sufficiency": [] if report.sufficiency is None else report.sufficiency.to_dict("records"),
        "to_know": report.to_know,
        "faults": tasks(report.faults),
        "to_do": tasks(report.to_do),
    }

"""Do the tables at hand answer what a case asks? Units, years, sums, references; no type is computed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from smstra import (
    aggregate_checks,
    job_settings,
    size_classes,
    strict_yaml,
    sufficiency,
    typology,
)
from smstra import breaks as breaks_
from smstra.config import Settings
from smstra.errors import SmstraError, listing
from smstra.indicators import compute
from smstra.lookup import Figures
from smstra.onboarding import stand_ins
from smstra.onboarding.check_report import Report, Task, file_in
from smstra.sources.tables import observations_of
from smstra.stages.harmonised import harmonised_figures
from smstra.stages.units import units_of

_SHOWN = 6
_OF_CRITERION = {"sf_high": "sf", "economy_improving": "varun", "population_improving": ""}


def look(case: str, settings: Settings, waiting: set[str], report: Report, root: Path) -> None:
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
            report.faults.append(Task(str(error), file_in(str(error))))
            continue
        observed.append(table)
        report.facts += _held(name, table)
    if report.faults or not observed:
        return
    harmonised = harmonised_figures(part, observed, towns, root)
    _lacking(harmonised, towns, whole, report)
    figures = Figures(harmonised)
    _sums(case, settings, figures, towns, waiting, report)
    _indicators(case, settings, figures, towns, waiting, report)


def _sums(
    case: str,
    settings: Settings,
    figures: Figures,
    towns: pd.DataFrame,
    waiting: set[str],
    report: Report,
) -> None:
    """Hold the sums over the units against what publishers print: one that differs stops a run."""
    part = job_settings.checks(settings, case)
    asked = part["case"].get("aggregate_checks", {})
    agree = 0
    for name, check in asked.items():
        alone = {**part["case"], "aggregate_checks": {name: check}}
        try:
            aggregate_checks.run(alone, figures, towns, part["variables"])
            agree += 1
        except SmstraError as error:
            if waiting:
                report.to_know.append(
                    f"`aggregate_checks.{name}` could not be made, as not all tables are fetched: {error}"
                )
                continue
            file = settings.origins[case].of(("aggregate_checks", name))
            report.faults.append(Task(str(error), file, f"aggregate_checks.{name}"))
    if asked:
        report.facts.append(("sums", f"{agree} of {len(asked)} aggregate checks agree"))


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
            file = settings.origins[case].of(("indicators", name))
            paste = strict_yaml.dumps({name: offer}) if (offer := _instead(entry, error)) else ""
            report.to_do.append(Task(str(error), file, f"indicators.{name}", paste.rstrip("\n")))
    ready = {**whole, "indicators": {name: whole["indicators"][name] for name in plans}}
    compared = [name for name in part["compared"] if name in plans]
    try:
        values = compute(ready, figures, towns, variables, part["breaks"], plans, compared)
    except SmstraError as error:
        report.to_do.append(
            Task(str(error), settings.origins[case].of(("indicators",)), "indicators")
        )
        return
    if not waiting and len(plans) == len(whole["indicators"]):
        _references(case, settings, figures, towns, values, plans, report)
    report.sufficiency = sufficiency.report(plans, values, ready, towns)
    _said_of_values(values, plans, part["breaks"], report)
    _criteria(case, settings, plans, values, report)


def _references(
    case: str,
    settings: Settings,
    figures: Figures,
    towns: pd.DataFrame,
    values: pd.DataFrame,
    plans: Mapping[str, sufficiency.Plan],
    report: Report,
) -> None:
    """Make what the criteria compare with, and the size classes, as a run does before any type."""
    part = job_settings.typology(settings, case)
    for key, make in {
        "criteria": lambda: typology.references_and_areas(
            part["case"], values, figures, towns, part["variables"], plans
        ),
        "size_classes": lambda: size_classes.of_units(part["case"], figures, towns),
    }.items():
        try:
            make()
        except SmstraError as error:
            report.faults.append(Task(str(error), settings.origins[case].of((key,)), key))


def _instead(entry: Mapping[str, Any], error: SmstraError) -> dict[str, Any]:
    """Return an indicator that the tables allow instead of one with a date that none has.

    Where only the day is another, with the day that there is; else without figures, as they are of other
    years, which is for the user to choose. Nothing where the fault is another one.
    """
    if not isinstance(error, sufficiency.LackingDate):
        return {}
    near = error.nearest
    if near and all(asked[:4] == found[:4] for asked, found in near.values()):
        return {**entry, **{key: entry[key][:4] + found[4:] for key, (_, found) in near.items()}}
    because = "; ".join(
        f"no table at hand has {asked}, and the nearest is {found}"
        for asked, found in near.values()
    )
    return {
        "label": entry["label"],
        "definition": "not_available",
        "because": because or "the tables at hand have no figures of it",
    }


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

"""The report of a case: its tables, figures and configuration as the sections of one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from smstra.language import Language
from smstra.report import (
    asked,
    certainty,
    choice,
    methods,
    provenance,
    results,
)
from smstra.report.parts import Address, Figure, Section

# The tables that the report reads, where the case has them.
TABLES = (
    "typology",
    "units",
    "references",
    "sufficiency",
    "aggregate_checks",
    "indicators",
    "towns",
    "verdicts",
    "combinations",
    "sensitivity",
    "influence",
    "candidates",
    "selection",
    "conflicts",
    "pairs",
    "pairs_left_out",
)


def content(
    settings: Mapping[str, Any],
    tables: Mapping[str, pd.DataFrame],
    figures: Sequence[Figure],
    resolved: str,
    versions: Mapping[str, str],
    say: Language,
) -> dict[str, Any]:
    """Return what the template ``report.html.j2`` shows of a case.

    Parameters
    ----------
    settings
        As ``smstra.job_settings.report`` makes them: ``name, case, variables, breaks, datasets, pins,
        overridden``.
    tables
        By name, as the pipeline wrote them, numbers as float: ``typology, units, references,
        sufficiency, aggregate_checks, indicators, towns``; for a case that has the block also
        ``verdicts, combinations, sensitivity, influence``; ``candidates``; ``selection, conflicts``;
        ``pairs, pairs_left_out``.
    figures
        In the order in which they are shown.
    resolved
        The text of config.resolved.yaml.
    versions
        What made the report: name to version, in order.

    Returns
    -------
    dict
        ``title``, ``subtitle``, ``found`` (sentences of the summary), ``sections``.
    """
    case, name = settings["case"], settings["name"]
    sections = [
        asked.section(case, tables, say),
        results.data_section(
            case, settings["variables"], settings["breaks"], tables, settings["pins"], say
        ),
        Section(
            "methods",
            say("Methods"),
            methods.parts(
                case,
                settings["variables"],
                settings["breaks"],
                tables,
                say,
            ),
        ),
        results.section(case, tables, figures, say),
        choice.section(case, tables, say),
        certainty.section(case, tables, say),
        results.flags_section(case, settings["variables"], settings["breaks"], tables, say),
        provenance.sources(settings, say),
        provenance.reproduction(settings, resolved, versions, say),
    ]
    newest = max(pin["date_accessed"] for pin in settings["pins"])
    return {
        "title": say("{title}: report", title=say.own(case["title"])),
        "subtitle": say(
            "Typology of {country}, case {name}; newest copy of a source: {date}.",
            country=say.own(case["country"]),
            name=name,
            date=say.date(newest),
        ),
        "found": asked.summary(case, tables, say),
        "beside": [
            *(
                []
                if "pseudonymise" in case
                else [
                    Address(
                        say("Explorer: turn a threshold and watch types change"), "explorer.html"
                    )
                ]
            ),
            Address(say("Profiles of the chosen towns"), "profiles/index.html"),
            Address(say("Workbook with all tables"), "workbook.xlsx"),
        ],
        "sections": sections,
    }

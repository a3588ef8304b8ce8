"""What a report on Testland is made of, without Snakemake; what takes long in a run is invented."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from testland_tables import land_with

from smstra import config, job_settings
from smstra.language import Language
from smstra.report import document, pages
from smstra.report.parts import Figure
from smstra.typology import CRITERIA, counts

SAY = Language("en")
CHOSEN = ["T02", "T10", "T07", "T05"]
PICTURE = "data:image/svg+xml;base64,PHN2Zy8+"
FIGURES = [
    Figure(
        "quadrants", "typology", "Two improve", "Each mark", "Source: x.", "Scatter", False, PICTURE
    ),
    Figure("rent", "housing", "Rent: not available", "Nobody asked.", "", "Rent", True),
]


class Read(NamedTuple):
    """The settings and tables of a report on Testland, whose robustness is invented."""

    settings: dict[str, Any]
    tables: dict[str, pd.DataFrame]
    resolved: str
    root: Path


def read_in(root: Path) -> Read:
    """Return what a report on Testland is made of; its project is written into ``root``."""
    found = land_with(root, CHOSEN).tables
    settings = config.load({"cases": ["tl"]}, root)
    names = ("units", "indicators", "sufficiency", "references", "typology", "towns", "verdicts")
    tables = {name: found[name] for name in (*names, "candidates")}
    tables["aggregate_checks"] = found["checks"]
    tables["selection"] = sets_of(found["candidates"])
    tables["conflicts"] = pd.DataFrame(columns=["constraint", "says", "why"])
    tables["pairs"] = pairs()
    tables["pairs_left_out"] = pd.DataFrame(columns=["unit", "name", "group", "why"])
    tables["combinations"] = combinations(found["typology"])
    tables["sensitivity"] = pd.DataFrame(
        {
            "output": ["share_kept", "share_kept", "A"],
            "factor": ["window", "sf_scheme", "window"],
            "levels": [2.0, 4.0, 2.0],
            "first_order_exact": [0.1, 0.4, 0.9],
            "total_exact": [0.3, 0.8, 0.9],
        }
    )
    tables["influence"] = pd.DataFrame(
        {
            "kind": "criterion_left_out",
            "changed": list(CRITERIA),
            "units_changed": ["6", "5", "4"],
            "available": "true",
        }
    )
    made = json.loads(json.dumps(job_settings.report(settings, "tl")))
    return Read(made, tables, config.dump("tl", settings), root)


def sets_of(candidates: pd.DataFrame) -> pd.DataFrame:
    """Two sets of two towns, the second with another second town."""
    rows = []
    for number, units in (("1", ("T04", "T05")), ("2", ("T04", "T12"))):
        for unit in units:
            row = candidates[candidates["unit"] == unit].iloc[0]
            rows.append(
                {
                    "set": number,
                    **row[["unit", "name", "region", "region_name", "type", "size_class"]],
                    "inhabitants": 16000.0,
                    "typicality": 0.5,
                    "probability": 0.7,
                    "forced": "false",
                    "set_objective": 0.8 if number == "1" else 0.7,
                    "set_typicality": 0.9,
                    "set_stability": 0.6 if number == "1" else 0.65,
                    "set_coverage": 0.5,
                    "least_km": np.nan,
                    "optimal": "proven",
                    "others_exist": "false",
                }
            )
    return pd.DataFrame(rows)


def pairs() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "kind": ["most_similar", "most_different"],
            "name_a": ["=1+1", "=1+1"],
            "unit_a": "T01",
            "name_b": ["Town T06", "Town T12"],
            "unit_b": ["T06", "T12"],
            "distance": ["0.25", "3.5"],
            "contributions": ["sf 0.20 sd, density 0.05 sd", "density 3.50 sd"],
        }
    )


def combinations(typology: pd.DataFrame) -> pd.DataFrame:
    """Three combinations in one of the two windows that the case asks for."""
    table = pd.DataFrame({"window": ["as_asked", "start_5_later", "start_5_later"]})
    for short, definition in (("sf", "share"), ("varun", "points"), ("varni", "inhabitants")):
        table[f"{short}_definition"] = definition
    for type_, number in counts(typology).items():
        table[type_] = [number, number + 1, number + 4]
    return table.assign(agreeing=[12, 9, 6])


def made(read: Read, say: Language = SAY, **changes: Any) -> dict[str, Any]:
    tables = {**read.tables, **changes.pop("tables", {})}
    settings = {**read.settings, **changes}
    versions = {"smstra": "1", "Python": "3.11.7", "absent": ""}
    return document.content(settings, tables, FIGURES, read.resolved, versions, say)


def page(read: Read, say: Language = SAY, **changes: Any) -> str:
    return pages.render("report.html.j2", say, **made(read, say, **changes))

"""One family of figures: each drawn, or its place taken by what is missing; all written with their words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from smstra import pseudonym_words, window
from smstra.figure_rules import NEEDS
from smstra.figures import style
from smstra.figures.material import Material
from smstra.figures.style import Caption, Drawing
from smstra.pseudonym_rules import FIGURES_WITHHELD

Draw = Callable[[Material, Mapping[str, Any]], Drawing]


def write(figures: Mapping[str, Draw], material: Material, folder: Path, words: Path) -> None:
    """Draw ``figures`` into ``folder`` and write the list of their words to ``words``."""
    done = []
    for name, draw in figures.items():
        drawing = one(name, draw, material)
        style.save(drawing, folder)
        done.append(drawing)
    style.write_list(done, words)


def one(name: str, draw: Draw, material: Material) -> Drawing:
    """Return a figure of the case, or one that says why it cannot be drawn."""
    spec = material.case["figures"].get(name, {})
    if "pseudonymise" in material.case and name in FIGURES_WITHHELD:
        return style.nothing_to_draw(name, _withheld(name, material))
    if "not_available" in spec or (name in NEEDS and not spec):
        return style.nothing_to_draw(name, _missing(name, spec, material))
    return draw(material, spec)


def _missing(name: str, spec: Mapping[str, Any], material: Material) -> Caption:
    say, units = material.say, material.say.own(material.case["title"])
    title = say("{figure}: not available for {units}", figure=heading(name, material), units=units)
    if "not_available" in spec:
        why = say("The case says why: {reason}.", reason=say.own(spec["not_available"]).rstrip("."))
    else:
        why = say(
            "The case file does not say what this figure shows; `figures.{name}` names it.",
            name=name,
        )
    return Caption(title, why, "", f"{title}. {why}")


def _withheld(name: str, material: Material) -> Caption:
    say = material.say
    title = say("{figure}: not published", figure=heading(name, material))
    why = pseudonym_words.withheld(say)
    return Caption(title, why, "", f"{title}. {why}")


def heading(name: str, material: Material) -> str:
    """Return what a figure is about in a few words."""
    say, case = material.say, material.case
    shown = case.get("figures", {}).get("arrivals", {})
    arrivals = shown.get("points") or shown.get("persons")
    return {
        "population_index": say("Inhabitants over time"),
        "growth_components": say("Growth by component"),
        "foreign_residents": say("Foreign residents over time"),
        "origin": say("Residents by origin"),
        "arrivals": say("Migrants arrived after {year}", year=window.arrivals_from(case, arrivals)),
        "density_size": say("Density and size"),
        "unemployment": say("Unemployment"),
        "income": say("Income per resident"),
        "house_prices": say("Prices of dwellings"),
        "house_prices_to_income": say("Prices of dwellings against income"),
        "house_sales": say("Sales of dwellings"),
        "unoccupied_dwellings": say("Unoccupied dwellings"),
        "building_stock": say("Building stock"),
        "household_size": say("Household size"),
        "rent": say("Rent"),
        "living_space": say("Living space"),
        "quadrants": say("Economy and population"),
        "map": say("Map of types"),
        "scheme_strip": say("Types under every scheme"),
        "cells": say("The eight cells"),
        "probabilities": say("How probable the types are"),
    }[name]

"""The explorer as one file: data, words, style, chart library and scripts put together."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

from smstra.language import Language
from smstra.templates import palette_rules, templates

ASSETS = Path(__file__).resolve().parent / "assets"
ECHARTS = "6.1.0"
LIBRARY = f"vendor/echarts-{ECHARTS}/echarts.min.js"
# In the order in which they need each other.
SCRIPTS = ("types.js", "state.js", "table.js", "charts.js", "app.js")


def html(payload: Mapping[str, Any], say: Language) -> str:
    """Return the page of ``payload`` (see :func:`smstra.explorer.payload.of_case`).

    It loads nothing: a policy in it forbids the browser every address.
    """
    return (
        templates(ASSETS)
        .get_template("explorer.html.j2")
        .render(
            say=say,
            title=payload["case"]["title"],
            date=payload["case"]["date"],
            criteria=payload["criteria"],
            robustness=payload["robustness"] is not None,
            outlines=payload["outlines"] is not None,
            outline_note=_outline_note(payload, say),
            sources=[_source(say).format(**pin) for _, pin in sorted(payload["sources"].items())],
            echarts=ECHARTS,
            style=Markup(_text("explorer.css") + palette_rules()),
            words=_json(_words(say)),
            data=_json(payload),
            library=Markup(_text(LIBRARY)),
            script=Markup('"use strict";\n' + "\n".join(map(_text, SCRIPTS))),
        )
    )


def _text(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


def _json(value: Any) -> Markup:
    """Return JSON that no name can end: a `<` in it is written as its number."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))


def _outline_note(payload: Mapping[str, Any], say: Language) -> str:
    outlines = payload["outlines"]
    if outlines is None:
        return ""
    said = say(
        "Boundaries of {date}; white: left out by the filters.", date=say.date(outlines["date"])
    )
    if outlines["without"]:
        said += " " + say.plural(
            "{n} unit has no boundary there.",
            "{n} units have no boundary there.",
            outlines["without"],
        )
    return said


def _source(say: Language) -> str:
    return say("{publisher}, {dataset}: {title} ({edition}; copy of {vintage}; licence: {licence})")


def _words(say: Language) -> dict[str, str]:
    """Return what the scripts say; they put the values into the braces."""
    return {
        "name": say("Name"),
        "code": say("Code"),
        "region": say("Region"),
        "size_class": say("Size class"),
        "no_size_class": say("no size class"),
        "type_now": say("Type now"),
        "type_pipeline": say("Type in the pipeline"),
        "verdict": say("Verdict"),
        "probability": say("Probability of the pipeline's type, %"),
        "changed": say("changed"),
        "nothing_fits": say("No unit fits the filters."),
        "type_is": say("type {type}"),
        "pipeline_is": say("type in the pipeline: {type}"),
        "same_as_pipeline": say("as in the pipeline"),
        "differs": say(
            "With the pipeline's own choices this page gives another type than the pipeline did. "
            "Please report this as a fault."
        ),
        "axis_reversed": say("{label} (axis reversed)"),
        "scatter_alt": say(
            "Scatter plot of the {n} units shown: {x} across, {y} upwards, improving to the right and "
            "to the top. By type: {list}. The table has the same units."
        ),
        "map_alt": say(
            "Map of the {n} units shown, by type: {list}. The table has the same units."
        ),
        "in_order": say("Units, in the order of their values"),
        "no_axis": say(
            "“{label}” has no values, so the units stand in the order of the other axis; the improving side is "
            "that of the other axis alone."
        ),
        "answers": say("{criterion}: yes {yes}, no {no}, unknown {unknown}"),
        "axis_of_joined": say(
            "{criterion} joins several definitions; the axis shows one of them: {label}."
        ),
        "lines_by_region": say(
            "{criterion}: each region has a reference of its own, not drawn; choose up to four regions "
            "to see theirs."
        ),
        "spread": say("Units that share a value are spread sideways."),
        "a_number": say("a number"),
        "not_available": say("{label} (not available)"),
        "one_for_each_region": say("one for each region"),
        "no_number_for_joined": say(
            "This definition joins several, in different units: no one number can be their threshold."
        ),
        "no_values": say("{label} cannot be had: {reason}. All units are undetermined."),
        "no_reference": say(
            "{label}: the reference “{reference}” cannot be had: {reason}. All units are undetermined."
        ),
        "at_least": say("Yes where “{label}” is at least {threshold}."),
        "at_most": say("Yes where “{label}” is at most {threshold}."),
        "above": say("Yes where “{label}” is above {threshold}."),
        "below": say("Yes where “{label}” is below {threshold}."),
        "is_at_least": say("at least the reference"),
        "is_at_most": say("at most the reference"),
        "is_above": say("above the reference"),
        "is_below": say("below the reference"),
        "figures_of": say("Figures of {dates}, by {level}."),
        "substituted": say("Another year stands in for the one that was asked for."),
        "breaks": say("Breaks: {breaks}."),
        "n_of_all": say("{n} of {all}"),
        "all": say("all"),
        "becomes": say("becomes"),
        "changed_number": say("Units with another type than in the pipeline: {n} of {all}"),
        "changed_more": say(
            "The first {n}; the filter below the charts shows all of them in the table."
        ),
        "shown": say("Shown: {n} of {all} units."),
        "live": say(
            "By type: {list}. Units with another type than in the pipeline: {n}. Shown in the table: "
            "{shown} of {all}."
        ),
        "no": say("no"),
        "yes": say("yes"),
        "unknown": say("unknown"),
        "reference_is": say("Reference: {reference}"),
        "distance": say("Distance, value minus reference"),
        "holds_if": say("Yes if the value is"),
        "dates": say("Dates of the figures"),
        "level": say("Level of the figures"),
        "note": say("Note"),
        "breaks_label": say("Breaks in the series"),
        "missing": say("Missing"),
        "flag": say("Mark of the pipeline"),
        "any_threshold": say(
            "In the pipeline's result no other threshold of this criterion alone would change the type."
        ),
        "keeps": say(
            "In the pipeline's result the type stays as long as this threshold alone is {bounds}; "
            "beyond, it is {type}."
        ),
        "verdict_is": say("Verdict: {verdict}"),
        "of_the_pipeline": say(
            "Verdict, probabilities and stability are those of the pipeline's own choices, not of the "
            "ones chosen here."
        ),
        "probabilities": say("Probabilities of types"),
        "probabilities_note": say(
            "Share of the draws with other errors of the figures and of the thresholds."
        ),
        "sources": say("Sources"),
        "source": _source(say),
        "cannot_join": say(
            "{criterion}: a configuration has no words for a criterion that joins several definitions, "
            "so these types cannot be ordered from the pipeline."
        ),
        "cannot_have": say(
            "{criterion}: the data do not allow this choice, so the pipeline would refuse it."
        ),
        "cannot_twice": say(
            "Two criteria compare the indicator {indicator} at different dates; a configuration has one."
        ),
        "blocks_left_out": say(
            "The blocks {blocks} of the case speak of its own indicators and dates, so they are taken "
            "out (null)."
        ),
        "yaml_head": say("The choices made in the explorer; they give the types that it showed."),
        "yaml_run": say("Run: snakemake typology --cores 4 --configfile this-file.yaml"),
        "printed": say("Printed are the first {n} of {all} units shown; the CSV has all of them."),
    }

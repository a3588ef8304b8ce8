"""Why a unit has its type, and what would change it, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smstra import window
from smstra.audit.columns import Tables
from smstra.config import Settings
from smstra.errors import DataError, listing
from smstra.flags_in_words import in_words, kinds
from smstra.language import Language
from smstra.report import wording
from smstra.typology import CRITERIA, cell_in_words

_TYPES = {
    "A": "economy and population improve, and migrants had settled before {year}",
    "B": "economy and population improve, and no remarkable number of migrants had settled before {year}",
    "C": "economy and population decline, and migrants had settled before {year}",
    "D": "economy and population decline, and no remarkable number of migrants had settled before {year}",
}
_QUESTIONS = {
    "sf_high": ("Migrants settled before", "No remarkable number of migrants settled before"),
    "economy_improving": ("Economy improving", "Economy declining"),
    "population_improving": ("Population improving", "Population declining"),
}
_STANDS = {
    "at_least": ("at least", "below"),
    "above": ("above", "not above"),
    "at_most": ("at most", "above"),
    "below": ("below", "not below"),
}
_REMEDIES = {
    "level": "allow a larger area to stand in (`stand_in_level` of the indicator)",
    "year": "allow another year (`max_year_gap` of the indicator)",
    "table": "add a table that has the figure (docs/sources.md)",
    "geography": "take the geography of a later day (`geography.date`)",
}


def explained(unit: str, tables: Tables, settings: Settings) -> list[str]:
    """Return why ``unit`` (a code) has its type, a line a statement.

    Parameters
    ----------
    tables
        Of the case; those of robustness are used where there are any.
    settings
        With the case, its breaks and the vocabulary.
    """
    say = Language("en")
    row = _row("typology", unit, tables)
    lines = [
        f"{row['name']} ({unit}), {_row('units', unit, tables)['region_name']}: "
        f"{_verdict(row, window.last_year(tables.case))}",
        "",
    ]
    asked = {criterion: _criterion(criterion, row, tables, settings, say) for criterion in CRITERIA}
    for said in asked.values():
        lines += said
    if missing := [c for c, short in CRITERIA.items() if not row[c]]:
        lines += ["", *_missing(missing, row, tables)]
    elif row["type"] == "mixed":
        lines += ["", *_mixed(row)]
    lines += ["", *_changes(row, tables, say)]
    lines += _robustness(unit, row, tables, say)
    return lines


def _row(table: str, unit: str, tables: Tables) -> Mapping[str, str]:
    for row in tables.rows(table):
        if row["unit"] == unit:
            return row
    raise DataError(
        f"{(tables.folder / table).as_posix()}.csv: there is no row of {unit}; the tables are not those of one "
        "run: run `snakemake --cores 4`."
    )


def _verdict(row: Mapping[str, str], year: str) -> str:
    if row["type"] in _TYPES:
        return f"type {row['type']}: {_TYPES[row['type']].format(year=year)}."
    if row["type"] == "mixed":
        return f"mixed: {cell_in_words(row['cell'])}; none of the types A to D."
    return "undetermined: an input is missing."


def _unit_of(indicator: str, tables: Tables) -> str:
    return next(
        row["unit_of_measure"] for row in tables.rows("indicators") if row["indicator"] == indicator
    )


def _criterion(
    criterion: str, row: Mapping[str, str], tables: Tables, settings: Settings, say: Language
) -> list[str]:
    short, spec = CRITERIA[criterion], tables.case["criteria"][criterion]
    name = spec["indicator"]
    unit = _unit_of(name, tables)
    label = tables.case["indicators"][name]["label"]
    group = tables.group(row, criterion)[0]
    scheme = wording.scheme_in_words(spec["reference"], say)
    value, threshold = (_quantity(row[key], unit, say) for key in (short, f"{short}_reference"))
    if not row[criterion]:
        lead = f"{_QUESTIONS[criterion][0]}? Not known."
        lines = [f"{lead} {label}: {value}; threshold: {threshold} ({scheme}, {group})."]
    else:
        holds = row[criterion] == "true"
        lead = _QUESTIONS[criterion][0 if holds else 1]
        stands = _STANDS[spec["holds_if"]][0 if holds else 1]
        apart = _quantity(row[f"{short}_distance"].removeprefix("-"), unit, say, difference=True)
        lines = [
            f"{lead}. {label} is {value}, {stands} the threshold of {threshold} ({scheme}, {group}); "
            f"they lie {apart} apart."
        ]
    indicators = [
        each
        for each in tables.rows("indicators")
        if (each["unit"], each["indicator"]) == (row["unit"], name)
    ]
    said = in_words(indicators[0]["flags"], tables.case, settings.breaks, say, settings.variables)
    return lines + [f"  - {text}" for text in said]


def _quantity(text: str, unit: str, say: Language, difference: bool = False) -> str:
    if not text:
        return "missing"
    if difference and unit == "percent":
        unit = "percentage points"
    return wording.quantity(float(text), unit, say, more=2)


def _missing(criteria: list[str], row: Mapping[str, str], tables: Tables) -> list[str]:
    """Return what is missing for each criterion without an answer, and what can be done."""
    lines = ["What is missing, and what can be done:"]
    for criterion in criteria:
        short = CRITERIA[criterion]
        name = tables.case["criteria"][criterion]["indicator"]
        flags = [
            flag
            for kind, flag in kinds(row["flags"])
            if kind == "missing" and flag.startswith(f"{short}:")
        ]
        reasons = [flag.partition("missing=")[2] for flag in flags]
        done = [each for each in tables.rows("sufficiency") if each["indicator"] == name]
        for reason in reasons:
            lines.append(f"  - {name}: {reason}. {_remedy(reason, done[0] if done else {})}")
        if not reasons:
            lines.append(
                f"  - {name}: {done[0]['what_was_done'] if done else 'no reason is recorded'}."
            )
    return lines


def _remedy(reason: str, sufficiency: Mapping[str, str]) -> str:
    """Return what can be done about a missing value, by the reason in its flag (docs/flags.md)."""
    table, level, year = _REMEDIES["table"], _REMEDIES["level"], _REMEDIES["year"]
    said = f" ({sufficiency['what_was_done']})" if sufficiency.get("what_was_done") else ""
    if reason == "not_available":
        return f"The case says that it is not available{said}: {table}."
    if reason == "no_figures_at_this_level":
        return f"The figures are published for other areas only{said}: {level}, or {table}."
    if reason == "reference":
        return (
            "The value is there, the threshold is not: choose another `reference` of the criterion."
        )
    if reason in ("not_split", "territories_differ"):
        return f"The unit merged since, and a count cannot be split: {_REMEDIES['geography']}."
    if ":not_convertible@" in reason:
        return (
            "The figure is that of an area with other limits, which was split or shifted since, and is not "
            "carried on: add a table by today's areas (docs/sources.md), or ask for dates after the change."
        )
    return f"The source has no figure of this unit: {year}, {level}, or {table}."


def _mixed(row: Mapping[str, str]) -> list[str]:
    settled = row["sf_high"] == "true"
    up, down = ("A", "C") if settled else ("B", "D")
    economy, people = (
        "improving" if row[criterion] == "true" else "declining"
        for criterion in ("economy_improving", "population_improving")
    )
    behind, ahead = (
        ("economy", "population") if economy == "declining" else ("population", "economy")
    )
    return [
        f"The types A to D ask that economy and population go the same way; here the economy is {economy} and "
        f"the population {people}. One answer that changes decides: the {behind} improving gives {up}, the "
        f"{ahead} declining gives {down}."
    ]


def _changes(row: Mapping[str, str], tables: Tables, say: Language) -> list[str]:
    """Return by how much each threshold would have to move to change the type, nearest first."""
    if not tables.has("robustness/intervals"):
        return [
            "What would change it: the thresholds above lie so far from the values; the block `robustness` of "
            "the case adds how sure the type is."
        ]
    own = [each for each in tables.rows("robustness/intervals") if each["unit"] == row["unit"]]
    moves = [each for each in own if each["slack"]]
    moves.sort(key=lambda each: (float(each["slack_standardised"] or "inf"), each["criterion"]))
    lines = ["What would change it, the nearest first:"]
    for each in moves:
        end = "keeps_to" if each["keeps_to"] else "keeps_from"
        # A bound that keeps the type must be passed, not only reached.
        more = "more than " if each[f"{end}_included"] == "true" else ""
        slack = _quantity(each["slack"], each["unit_of_measure"], say, difference=True)
        spread = ""
        if each["slack_standardised"]:
            number = say.number(float(each["slack_standardised"]), 2)
            spread = f" ({number} standard deviations of the indicator)"
        past, ties = (say.number(int(each[f"slack_{key}"] or 0)) for key in ("ranks", "ties"))
        lines.append(
            f"  - {each['type_if_crossed']} if the threshold of {each['indicator']} "
            f"{'rises' if end == 'keeps_to' else 'falls'} by {more}{slack}{spread}; other units whose answer "
            f"changes before: {past}, at the same point: {ties}"
        )
    still = [each["indicator"] for each in own if not each["slack"]]
    if not moves:
        lines.append("  - no single threshold: moving one alone does not change the type.")
    elif still:
        lines.append(
            f"  - the threshold of {' and of '.join(still)} alone changes the type at no value"
        )
    return lines


def _robustness(unit: str, row: Mapping[str, str], tables: Tables, say: Language) -> list[str]:
    """Return how often other choices give another type, which do, and the verdict."""
    if not tables.has("robustness/schemes"):
        return []
    counts = _row("robustness/schemes", unit, tables)
    all_ = int(counts["combinations"])
    types = {name: int(counts[name]) for name in ("A", "B", "C", "D", "mixed", "undetermined")}
    order = sorted((name for name in types if types[name]), key=lambda name: -types[name])
    said = ", ".join(f"{name} in {say.number(types[name])}" for name in order)
    lines = [
        "",
        f"Under other choices ({say.number(all_)} combinations of definitions, windows and references): "
        f"{said}.",
    ]
    lines += _by_choice(unit, row, tables, say)
    drawn = _row("robustness/probabilities", unit, tables)
    if drawn["p_type"]:
        lines.append(
            f"Given the errors of figures and thresholds, {say.number(100 * float(drawn['p_type']), 1)} % of "
            f"{say.number(int(drawn['draws']))} draws give this type."
        )
    verdict = _row("robustness/verdicts", unit, tables)
    lines += ["", f"Verdict: {verdict['verdict']}. {verdict['because']}"]
    return lines


def _by_choice(unit: str, row: Mapping[str, str], tables: Tables, say: Language) -> list[str]:
    """Return which single choices, changed alone, would change an answer of the unit."""
    place = sorted(each["unit"] for each in tables.rows("units")).index(unit)
    letters = {"T": "true", "F": "false", "-": ""}
    lines = []
    for criterion in CRITERIA:
        choices = [
            each
            for each in tables.rows("robustness/choices")
            if each["criterion"] == criterion and each["available"] == "true"
        ]
        own = next((each for each in choices if each["own"] == "true"), None)
        if own is None:
            continue
        here = ("definition", "reference")
        others = [each for each in choices if each is not own and each["window"] == own["window"]]
        moved = [
            each
            for each in choices
            if each is not own and all(each[key] == own[key] for key in here)
        ]
        for what, among, name in (
            (
                "definitions and references",
                others,
                lambda e: f"{e['definition']} against {e['reference']}",
            ),
            ("windows", moved, lambda e: e["window"]),
        ):
            turned = [name(e) for e in among if letters[e["answers"][place]] != row[criterion]]
            if turned:
                lines.append(
                    f"  - {say.number(len(turned))} of {say.number(len(among))} other {what} turn the answer "
                    f"to {criterion}: {listing(turned, 6)}"
                )
    return lines


def as_content(unit: str, tables: Tables, lines: list[str]) -> dict[str, Any]:
    """Return the explanation for machines: the rows that it rests on, and its sentences."""
    content: dict[str, Any] = {"unit": unit, "typology": dict(_row("typology", unit, tables))}
    for table in ("robustness/intervals", "robustness/probabilities", "robustness/verdicts"):
        if tables.has(table):
            own = [dict(row) for row in tables.rows(table) if row["unit"] == unit]
            content[table.partition("/")[2]] = own
    return {**content, "said": [line for line in lines if line]}

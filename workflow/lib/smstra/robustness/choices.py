"""The choices that a type rests on: definitions, windows, references; each unit's answer under each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from smstra import typology
from smstra.errors import DataError, GeographyError, listing
from smstra.indicators import Vocabulary, values_of
from smstra.lookup import Figures
from smstra.measures import measure_of
from smstra.robustness_rules import OWN_WINDOW
from smstra.sufficiency import Plan, plan, shifted

# The case's own window; and its own definition, where the case lists none such.
AS_ASKED = OWN_WINDOW
COLUMNS = [
    "choice",
    "criterion",
    "definition",
    "window",
    "reference",
    "own",
    "available",
    "reason",
    "indicator",
    "holds_if",
    "dates",
    "level",
    "substituted",
    "threshold",
    "units_yes",
    "units_no",
    "units_unknown",
    "answers",
]
# How `answers` in choices.csv writes -1, 0 and 1: the last, the first and the second letter.
_LETTERS = np.frombuffer(b"FT-", dtype=np.uint8)


@dataclass(frozen=True)
class Choices:
    """All choices for the three criteria of a case.

    ``table`` has one row a choice (``COLUMNS`` without ``answers``), in the order of criteria, windows,
    definitions and references of the case; ``answers`` (choices x units, int8: 1, 0, -1) is what
    :func:`smstra.typology.holds` says; ``units`` are the unit codes, sorted.
    """

    table: pd.DataFrame
    answers: np.ndarray
    units: tuple[str, ...]


def definitions_of(case: Mapping[str, Any], criterion: str) -> dict[str, dict[str, Any]]:
    """Return the definitions of a criterion by name, the case's own among them.

    The definition with the case's own indicator and direction takes the case's own ``aggregate``; if
    none has, the case's own comes first, under the name ``as_asked``.
    """
    own = case["criteria"][criterion]
    found = {
        name: {**entry} for name, entry in case["robustness"]["definitions"][criterion].items()
    }
    for entry in found.values():
        if entry.get("indicator") == own["indicator"] and entry["holds_if"] == own["holds_if"]:
            entry["own"] = True
            if "aggregate" in own:
                entry["aggregate"] = own["aggregate"]
            return found
    mine = {key: own[key] for key in ("indicator", "holds_if", "aggregate") if key in own}
    return {AS_ASKED: {**mine, "own": True}, **found}


def references_of(
    case: Mapping[str, Any], criterion: str, definitions: Mapping[str, Mapping[str, Any]]
) -> dict[str, list[str | float]]:
    """Return the references of each definition; those of the case's own hold the case's own."""
    block = case["robustness"]["references"][criterion]
    out: dict[str, list[str | float]] = {}
    for name, entry in definitions.items():
        if parts := entry.get("all_of") or entry.get("any_of"):
            out[name] = [r for r in out[parts[0]] if all(r in out[part] for part in parts)]
            continue
        out[name] = list(entry.get("references", block))
        own = case["criteria"][criterion]["reference"]
        if entry.get("own") and own not in out[name]:
            out[name].insert(0, own)
    return out


def moved(
    indicator: Mapping[str, Any], window: Mapping[str, Any], moves_with: str | None
) -> dict[str, Any]:
    """Return ``indicator`` measured in another window.

    ``window`` says by how many years ``start`` and ``end`` move and how many ``years_averaged`` each
    date stands for; a figure of one date moves with the ``moves_with`` end.
    """
    out = {**indicator}
    for key, end in (("from", "start"), ("to", "end"), ("date", moves_with)):
        if key in out and end:
            out[key] = shifted(out[key], window.get(end, 0))
    if "years_averaged" in window:
        out["years_averaged"] = window["years_averaged"]
    return out


def evaluate(
    case: Mapping[str, Any], figures: Figures, units: pd.DataFrame, variables: Vocabulary
) -> Choices:
    """Answer the three criteria under every choice that the data allow.

    Each choice is computed by the code that makes the typology itself, on a case that differs in that
    choice. What the data do not allow has no answer and says why in ``reason``.
    """
    windows = {AS_ASKED: {}, **case["robustness"]["windows"]}
    rows: list[dict[str, Any]] = []
    answers: list[np.ndarray] = []
    for criterion in typology.CRITERIA:
        definitions = definitions_of(case, criterion)
        references = references_of(case, criterion, definitions)
        measured = _Measured(case, criterion, figures, units, variables)
        for window_name, window in windows.items():
            found: dict[tuple[str, str], np.ndarray] = {}
            for name, definition in definitions.items():
                for row, answer in measured.under(
                    window, name, definition, references[name], found
                ):
                    own = bool(
                        definition.get("own")
                        and window_name == AS_ASKED
                        and row["reference"] == str(case["criteria"][criterion]["reference"])
                    )
                    found[name, row["reference"]] = answer
                    rows.append(
                        {
                            "choice": "/".join((criterion, name, window_name, row["reference"])),
                            "criterion": criterion,
                            "window": window_name,
                            **row,
                            "own": own,
                            "available": not row["reason"],
                            "units_yes": int((answer == 1).sum()),
                            "units_no": int((answer == 0).sum()),
                            "units_unknown": int((answer == -1).sum()),
                        }
                    )
                    answers.append(answer)
    table = pd.DataFrame(rows)[COLUMNS[:-1]]
    return Choices(table, np.array(answers, dtype=np.int8), tuple(units["unit"]))


@dataclass(frozen=True)
class _Measured:
    """A criterion measured under one window and definition after the other."""

    case: Mapping[str, Any]
    criterion: str
    figures: Figures
    units: pd.DataFrame
    variables: Vocabulary
    seen: dict[str, Any] = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        object.__setattr__(self, "seen", {})

    def under(
        self,
        window: Mapping[str, Any],
        name: str,
        definition: Mapping[str, Any],
        references: list[str | float],
        found: Mapping[tuple[str, str], np.ndarray],
    ) -> Iterator[tuple[dict[str, Any], np.ndarray]]:
        """Yield a row and the answers for each reference."""
        if "indicator" not in definition:
            yield from self._joined(name, definition, references, found)
            return
        indicator = self.case["indicators"][definition["indicator"]]
        variant = indicator
        if indicator["definition"] != "not_available":
            variant = moved(indicator, window, definition.get("moves_with"))
        values, plan_, why_not = self._values(definition["indicator"], variant)
        for reference in references:
            row = {
                "definition": name,
                "reference": str(reference),
                "indicator": definition["indicator"],
                "holds_if": definition["holds_if"],
                "dates": plan_.dates_shown if plan_ else "",
                "level": plan_.level if plan_ and plan_.dates else "",
                "substituted": bool(plan_ and plan_.substituted),
                "threshold": np.nan,
                "reason": why_not,
            }
            answer = np.full(len(self.units), -1, dtype=np.int8)
            if not why_not:
                row, answer = self._compared(
                    row, variant, window, definition, reference, values, plan_
                )
            yield row, answer

    def _values(
        self, name: str, variant: Mapping[str, Any]
    ) -> tuple[pd.Series | None, Plan | None, str]:
        """Return values, plan and why there are none; the same figures are computed once."""
        key = json.dumps([name, variant], sort_keys=True)
        if key not in self.seen:
            self.seen[key] = self._computed(name, variant)
        return self.seen[key]

    def _computed(
        self, name: str, variant: Mapping[str, Any]
    ) -> tuple[pd.Series | None, Plan | None, str]:
        case = {**self.case, "indicators": {name: variant}}
        try:
            plan_ = plan(name, case, self.figures, self.units, self.variables)
            if not plan_.dates:
                return None, plan_, plan_.why_not
            values = values_of(name, case, self.figures, self.units, self.variables, plan_)
        except (DataError, GeographyError) as error:
            return None, None, str(error)
        return values, plan_, ""

    def _compared(
        self,
        row: dict[str, Any],
        variant: Mapping[str, Any],
        window: Mapping[str, Any],
        definition: Mapping[str, Any],
        reference: str | float,
        values: pd.Series,
        plan_: Plan,
    ) -> tuple[dict[str, Any], np.ndarray]:
        name, unknown = definition["indicator"], np.full(len(self.units), -1, dtype=np.int8)
        spec = {"indicator": name, "reference": reference}
        if str(reference).endswith("_aggregate"):
            aggregate, why_not = _aggregate_of(definition, str(reference))
            if why_not:
                return {**row, "reason": why_not}, unknown
            spec["aggregate"] = moved(aggregate, window, definition.get("moves_with"))
            spec["aggregate"].pop("years_averaged", None)
        case = {
            **self.case,
            "indicators": {name: variant},
            "criteria": {self.criterion: spec},
        }
        long = pd.DataFrame({"unit": values.index, "indicator": name, "value": values.to_numpy()})
        long["unit_of_measure"] = measure_of(variant, self.variables).unit_of_measure
        try:
            thresholds = typology.references(
                case, long, self.figures, self.units, self.variables, {name: plan_}
            )
        except (DataError, GeographyError) as error:
            return {**row, "reason": str(error)}, unknown
        of_units = typology.thresholds_of_units(self.criterion, spec, thresholds, self.units)
        if len(thresholds) == 1:
            row = {**row, "threshold": float(thresholds["value"].iloc[0])}
        decimals = self.case["comparison_decimals"]
        answer = typology.holds(values.to_numpy(), of_units, definition["holds_if"], decimals)
        return row, answer

    def _joined(
        self,
        name: str,
        definition: Mapping[str, Any],
        references: list[str | float],
        found: Mapping[tuple[str, str], np.ndarray],
    ) -> Iterator[tuple[dict[str, Any], np.ndarray]]:
        """All or any of several definitions: unknown where the known ones do not settle it."""
        word = "all_of" if "all_of" in definition else "any_of"
        parts = definition[word]
        for reference in references:
            answers = np.array([found[part, str(reference)] for part in parts])
            settled, other = (0, 1) if word == "all_of" else (1, 0)
            answer = np.full(len(self.units), -1, dtype=np.int8)
            answer[(answers == other).all(axis=0)] = other
            answer[(answers == settled).any(axis=0)] = settled
            lacking = [p for p, a in zip(parts, answers, strict=True) if (a == -1).all()]
            if lacking:
                answer[:] = -1
            row = {
                "definition": name,
                "reference": str(reference),
                "indicator": f" {'and' if word == 'all_of' else 'or'} ".join(parts),
                "holds_if": "",
                "dates": "",
                "level": "",
                "substituted": False,
                "threshold": np.nan,
                "reason": f"{listing(lacking)} cannot be had in this window" if lacking else "",
            }
            yield row, answer


def _aggregate_of(definition: Mapping[str, Any], reference: str) -> tuple[Mapping[str, Any], str]:
    """Return how the aggregate is made, or why it cannot be."""
    regional = reference.startswith("region_")
    how = definition.get("region_aggregate" if regional else "aggregate")
    how = how or definition.get("aggregate")
    if how is None:
        return {}, "the definition names no `aggregate`"
    if regional and how["by"] == "published_total":
        return {}, "published totals of regions are not read, and no `region_aggregate` is named"
    return how, ""


def to_table(choices: Choices) -> pd.DataFrame:
    """Return choices.csv: ``COLUMNS``; ``answers`` has T, F or - (unknown) for each unit in order."""
    return choices.table.assign(answers=letters(choices.answers))[COLUMNS]


def of_table(table: pd.DataFrame, units: pd.Series) -> Choices:
    """Return the choices that :func:`to_table` wrote; ``table`` as read, all cells text."""
    truth = table.drop(columns="answers")
    for column in ("own", "available", "substituted"):
        truth[column] = truth[column] == "true"
    return Choices(truth, from_letters(table["answers"].tolist()), tuple(units))


def letters(answers: np.ndarray) -> list[str]:
    """Return for each row of ``answers`` a text with T, F or - (unknown) for each unit."""
    return [line.tobytes().decode("ascii") for line in _LETTERS[answers]]


def from_letters(texts: list[str]) -> np.ndarray:
    """Return the answers (rows x units) that :func:`letters` wrote."""
    wide = np.frombuffer("".join(texts).encode("ascii"), dtype=np.uint8).reshape(len(texts), -1)
    return np.where(wide == ord("T"), 1, np.where(wide == ord("F"), 0, -1)).astype(np.int8)


def values_under(
    case: Mapping[str, Any],
    criterion: str,
    figures: Figures,
    units: pd.DataFrame,
    variables: Vocabulary,
) -> dict[tuple[str, str], np.ndarray]:
    """Return the values of a criterion under each (definition, window) that the data allow.

    Values are in the order of ``units`` and in the unit of the definition's indicator, NaN where a unit
    has none. Definitions that join others have no values of their own.
    """
    measured = _Measured(case, criterion, figures, units, variables)
    found = {}
    for window_name, window in {AS_ASKED: {}, **case["robustness"]["windows"]}.items():
        for name, definition in definitions_of(case, criterion).items():
            if "indicator" not in definition:
                continue
            variant = case["indicators"][definition["indicator"]]
            if variant["definition"] != "not_available":
                variant = moved(variant, window, definition.get("moves_with"))
            values, _, _ = measured._values(definition["indicator"], variant)
            if values is not None:
                found[name, window_name] = values.to_numpy(float)
    return found

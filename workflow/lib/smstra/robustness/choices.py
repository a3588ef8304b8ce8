"""The choices that a type rests on: definitions, windows, references; each unit's answer under each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from smstra import typology
from smstra.csvio import cell
from smstra.errors import DataError, GeographyError, listing
from smstra.indicators import Vocabulary, breaks_spanned, values_of
from smstra.lookup import Figures
from smstra.measures import measure_of
from smstra.outcomes import SCHEMES
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
    "breaks",
    "threshold",
    "units_yes",
    "units_no",
    "units_unknown",
    "same_as",
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
        if (entry.get("indicator"), entry.get("holds_if")) == (own["indicator"], own["holds_if"]):
            entry["own"] = True
            if "aggregate" in own:
                regional = str(own["reference"]).startswith("region_")
                entry["region_aggregate" if regional else "aggregate"] = own["aggregate"]
            return found
    mine = {key: own[key] for key in ("indicator", "holds_if", "aggregate") if key in own}
    return {AS_ASKED: {**mine, "own": True}, **found}


def references_of(
    case: Mapping[str, Any], criterion: str, definitions: Mapping[str, Mapping[str, Any]]
) -> dict[str, list[str]]:
    """Return the names of the references of each definition; the case's own holds the case's own."""
    block = case["robustness"]["references"][criterion]
    own = named(case["criteria"][criterion]["reference"])
    out: dict[str, list[str]] = {}
    for name, entry in definitions.items():
        if parts := entry.get("all_of") or entry.get("any_of"):
            out[name] = [r for r in out[parts[0]] if all(r in out[part] for part in parts)]
            continue
        out[name] = list(dict.fromkeys(named(r) for r in entry.get("references", block)))
        if entry.get("own") and own not in out[name]:
            out[name].insert(0, own)
    return out


def named(reference: str | float) -> str:
    """Return a reference as a name: the scheme, or the number written one way only."""
    return reference if isinstance(reference, str) else cell(float(reference))


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
    case: Mapping[str, Any],
    figures: Figures,
    units: pd.DataFrame,
    variables: Vocabulary,
    breaks: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> Choices:
    """Answer the three criteria under every choice that the data allow.

    Each choice is computed by the code that makes the typology itself, on a case that differs in that
    choice. What the data do not allow has no answer and says why in ``reason``; so does what spans a
    break (flags in ``breaks``) where the case says ``when_spanned: stop``.
    """
    units = units.sort_values("unit", ignore_index=True)
    rows: list[dict[str, Any]] = []
    answers: list[np.ndarray] = []
    for criterion in typology.CRITERIA:
        definitions = definitions_of(case, criterion)
        references = references_of(case, criterion, definitions)
        own = named(case["criteria"][criterion]["reference"])
        measured = _Measured(case, criterion, figures, units, variables, breaks)
        for window_name, window in {AS_ASKED: {}, **case["robustness"]["windows"]}.items():
            found: dict[tuple[str, str], _Answered] = {}
            for name, definition in definitions.items():
                for reference in references[name]:
                    made = measured.under(window, definition, reference, found)
                    found[name, reference] = made
                    rows.append(
                        {
                            **made.row,
                            "choice": "/".join((criterion, name, window_name, reference)),
                            "criterion": criterion,
                            "definition": name,
                            "window": window_name,
                            "reference": reference,
                            "own": bool(
                                definition.get("own")
                                and window_name == AS_ASKED
                                and reference == own
                            ),
                            "available": not made.row["reason"],
                            "units_yes": int((made.answer == 1).sum()),
                            "units_no": int((made.answer == 0).sum()),
                            "units_unknown": int((made.answer == -1).sum()),
                        }
                    )
                    answers.append(made.answer)
    table = pd.DataFrame(rows)
    table["same_as"] = _repeated(table, answers)
    return Choices(table[COLUMNS[:-1]], np.array(answers, dtype=np.int8), tuple(units["unit"]))


def _repeated(table: pd.DataFrame, answers: list[np.ndarray]) -> list[str]:
    """Return for each choice the first of its criterion with the same answers; ``""`` for that one."""
    first: dict[tuple[str, bytes], str] = {}
    found = []
    for choice, criterion, able, answer in zip(
        table["choice"], table["criterion"], table["available"], answers, strict=True
    ):
        origin = first.setdefault((criterion, answer.tobytes()), choice) if able else choice
        found.append("" if origin == choice else origin)
    return found


class Thresholds(NamedTuple):
    """A definition in a window: the values of the units, and their thresholds by reference.

    ``values`` is None and ``why_not`` says why where the data do not allow the definition; a reference
    that cannot be had is in ``lacking`` with its reason, and not in ``by_reference``. ``about`` is what
    choices.csv says of dates, level, substitution and breaks.
    """

    values: np.ndarray | None
    why_not: str
    about: dict[str, Any]
    by_reference: dict[str, np.ndarray]
    lacking: dict[str, str]


class _Answered(NamedTuple):
    """What `choices.csv` says of a choice, the answer of each unit, and its threshold if it has one."""

    row: dict[str, Any]
    answer: np.ndarray
    thresholds: np.ndarray | None = None


class _Values(NamedTuple):
    """An indicator in a window: its values and plan, the breaks it spans; why there are none."""

    values: pd.Series | None = None
    plan: Plan | None = None
    breaks: str = ""
    why_not: str = ""


@dataclass(frozen=True)
class _Measured:
    """A criterion, to be measured under one choice after the other."""

    case: Mapping[str, Any]
    criterion: str
    figures: Figures
    units: pd.DataFrame
    variables: Vocabulary
    breaks: Mapping[str, Mapping[str, Any]]
    seen: dict[str, _Values] = field(default_factory=dict)

    def under(
        self,
        window: Mapping[str, Any],
        definition: Mapping[str, Any],
        reference: str,
        found: Mapping[tuple[str, str], _Answered],
    ) -> _Answered:
        """Return the answers under one choice; ``found`` are those before it in the same window."""
        if "indicator" not in definition:
            return self._joined(definition, reference, found)
        values = self.values(window, definition)
        plan_ = values.plan
        row = {
            "indicator": definition["indicator"],
            "holds_if": definition["holds_if"],
            "dates": plan_.dates_shown if plan_ else "",
            "level": plan_.level if plan_ and plan_.dates else "",
            "substituted": bool(plan_ and plan_.substituted),
            "breaks": values.breaks,
            "threshold": np.nan,
            "reason": values.why_not,
        }
        if values.why_not:
            return self._not_answered(row, values.why_not)
        thresholds, why_not = self._thresholds(window, definition, reference, values)
        if why_not:
            return self._not_answered(row, why_not)
        answer = typology.holds(
            values.values.to_numpy(),
            thresholds,
            definition["holds_if"],
            self.case["comparison_decimals"],
        )
        if (answer == -1).all():
            return self._not_answered(row, "no unit has all the figures that it needs")
        if not reference.startswith("region_"):
            row["threshold"] = float(thresholds[0])
        return _Answered(row, answer, thresholds)

    def values(self, window: Mapping[str, Any], definition: Mapping[str, Any]) -> _Values:
        """Return the values of a definition in a window; the same figures are computed once."""
        name, moves_with = definition["indicator"], definition.get("moves_with")
        indicator = self.case["indicators"][name]
        if "date" in indicator and not moves_with and (window.get("start") or window.get("end")):
            return _Values(why_not="no `moves_with` says which end of the window moves it")
        variant = self._variant(window, definition)
        key = json.dumps([name, variant], sort_keys=True)
        if key not in self.seen:
            self.seen[key] = self._computed(name, variant)
        return self.seen[key]

    def _variant(
        self, window: Mapping[str, Any], definition: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        indicator = self.case["indicators"][definition["indicator"]]
        if indicator["definition"] == "not_available":
            return indicator
        return moved(indicator, window, definition.get("moves_with"))

    def _computed(self, name: str, variant: Mapping[str, Any]) -> _Values:
        case = {**self.case, "indicators": {name: variant}}
        about = (name, case, self.figures, self.units, self.variables)
        try:
            plan_ = plan(*about)
            if not plan_.dates:
                return _Values(plan=plan_, why_not=plan_.why_not)
            spanned = ";".join(breaks_spanned(*about, self.breaks, plan_))
            if spanned and self.case["breaks"]["when_spanned"] == "stop":
                why_not = f"it spans {spanned}, and the case says `breaks.when_spanned: stop`"
                return _Values(plan=plan_, breaks=spanned, why_not=why_not)
            return _Values(values_of(*about, plan_), plan_, spanned)
        except (DataError, GeographyError) as error:
            return _Values(why_not=str(error))

    def _thresholds(
        self,
        window: Mapping[str, Any],
        definition: Mapping[str, Any],
        reference: str,
        values: _Values,
    ) -> tuple[np.ndarray, str]:
        """Return the threshold of each unit, and why there is none."""
        none, name = np.empty(0), definition["indicator"]
        spec: dict[str, Any] = {"indicator": name, "reference": reference}
        if reference not in SCHEMES:
            spec["reference"] = float(reference)
        if reference.endswith("_aggregate"):
            aggregate, why_not = _aggregate_of(definition, reference)
            if why_not:
                return none, why_not
            spec["aggregate"] = moved(aggregate, window, definition.get("moves_with"))
            spec["aggregate"].pop("years_averaged", None)
        variant = self._variant(window, definition)
        case = {**self.case, "indicators": {name: variant}, "criteria": {self.criterion: spec}}
        long = pd.DataFrame(
            {"unit": self.units["unit"], "indicator": name, "value": values.values.to_numpy()}
        )
        long["unit_of_measure"] = measure_of(variant, self.variables).unit_of_measure
        try:
            table = typology.references(
                case, long, self.figures, self.units, self.variables, {name: values.plan}
            )
        except (DataError, GeographyError) as error:
            return none, str(error)
        return typology.thresholds_of_units(self.criterion, spec, table, self.units), ""

    def _not_answered(self, row: dict[str, Any], reason: str) -> _Answered:
        return _Answered({**row, "reason": reason}, np.full(len(self.units), -1, dtype=np.int8))

    def _joined(
        self,
        definition: Mapping[str, Any],
        reference: str,
        found: Mapping[tuple[str, str], _Answered],
    ) -> _Answered:
        """All or any of several definitions: unknown where the known ones do not settle it."""
        word = "all_of" if "all_of" in definition else "any_of"
        parts = definition[word]
        made = [found[part, reference] for part in parts]
        row = {
            "indicator": f" {'and' if word == 'all_of' else 'or'} ".join(parts),
            "holds_if": "",
            "dates": "",
            "level": "",
            "substituted": any(part.row["substituted"] for part in made),
            "breaks": ";".join(sorted({part.row["breaks"] for part in made} - {""})),
            "threshold": np.nan,
            "reason": "",
        }
        lacking = [name for name, part in zip(parts, made, strict=True) if part.row["reason"]]
        if lacking:
            return self._not_answered(row, f"{listing(lacking)} cannot be had in this window")
        answers = np.array([part.answer for part in made])
        settled, other = (0, 1) if word == "all_of" else (1, 0)
        answer = np.full(len(self.units), -1, dtype=np.int8)
        answer[(answers == other).all(axis=0)] = other
        answer[(answers == settled).any(axis=0)] = settled
        return _Answered(row, answer)


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
    measured = _Measured(case, criterion, figures, units, variables, {})
    found = {}
    for window_name, window in {AS_ASKED: {}, **case["robustness"]["windows"]}.items():
        for name, definition in definitions_of(case, criterion).items():
            made = measured.values(window, definition) if "indicator" in definition else _Values()
            if made.values is not None:
                found[name, window_name] = made.values.to_numpy(float)
    return found


def thresholds_under(
    case: Mapping[str, Any],
    criterion: str,
    figures: Figures,
    units: pd.DataFrame,
    variables: Vocabulary,
    breaks: Mapping[str, Mapping[str, Any]],
) -> dict[tuple[str, str], Thresholds]:
    """Return values and thresholds of a criterion under each (definition, window) of the case.

    They are what :func:`evaluate` compares, in the order of ``units`` and in the unit of the
    definition's indicator. Definitions that join others have none of their own.
    """
    measured = _Measured(case, criterion, figures, units, variables, breaks)
    definitions = definitions_of(case, criterion)
    references = references_of(case, criterion, definitions)
    found = {}
    for window_name, window in {AS_ASKED: {}, **case["robustness"]["windows"]}.items():
        for name, definition in definitions.items():
            if "indicator" not in definition:
                continue
            made = {
                reference: measured.under(window, definition, reference, {})
                for reference in references[name]
            }
            values = measured.values(window, definition)
            row = next(iter(made.values())).row
            found[name, window_name] = Thresholds(
                None if values.why_not else values.values.to_numpy(float),
                values.why_not,
                {key: row[key] for key in ("dates", "level", "substituted", "breaks")},
                {r: each.thresholds for r, each in made.items() if each.thresholds is not None},
                {r: each.row["reason"] for r, each in made.items() if each.thresholds is None},
            )
    return found

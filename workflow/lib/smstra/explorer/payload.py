"""What the explorer computes with: values, thresholds and words of a case, as one JSON object."""

from __future__ import annotations

import base64
import itertools
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from smstra.figures.palette import COLOURS, MARKERS
from smstra.flags_in_words import in_words, level_in_words
from smstra.language import Language
from smstra.lookup import Figures
from smstra.measures import measure_of
from smstra.outcomes import TYPES, VERDICTS
from smstra.robustness import choices
from smstra.size_classes import UNKNOWN
from smstra.typology import CRITERIA, TYPE_OF_CELL, cells_of

# References that a case without a block `robustness` can be compared with, beside its own: those
# that take nothing but the values of the units.
_MIDDLES = ("national_median", "national_mean", "region_median", "region_mean")
_PLAIN = {
    "sf_high": _MIDDLES,
    "economy_improving": ("zero", *_MIDDLES),
    "population_improving": ("zero", *_MIDDLES),
}
# What a page shows of a pin.
_OF_A_SOURCE = ("publisher", "dataset", "title", "edition", "vintage", "licence")
PROBABILITIES = tuple(f"p_{type_}" for type_ in TYPES)


def of_case(
    name: str,
    settings: Mapping[str, Any],
    figures: Figures,
    units: pd.DataFrame,
    indicators: pd.DataFrame,
    typology: pd.DataFrame,
    say: Language,
    robustness: Mapping[str, pd.DataFrame] | None = None,
    outlines: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the data of the page; nothing in it depends on anything but the arguments.

    Every number that is compared is the pipeline's own, in all its digits: values and thresholds of
    each definition, window and reference come from :func:`smstra.robustness.choices.thresholds_under`.
    Regional and national references are not computed again in the page.

    Parameters
    ----------
    name
        The name of the case, for the configuration that the page writes.
    settings
        As :func:`smstra.job_settings.explorer`.
    robustness
        The tables ``intervals``, ``probabilities`` and ``verdicts`` of a case that has them, with
        numbers as numbers.
    outlines
        As :func:`smstra.explorer.outlines.outlines_of`, for a case with boundaries.
    """
    case = with_choices(settings["case"])
    units = units.sort_values("unit", ignore_index=True)
    typology = typology.set_index("unit").loc[units["unit"]].reset_index()
    arrays = _Arrays()
    windows = {choices.AS_ASKED: {}, **case["robustness"]["windows"]}
    regions = units[["region", "region_name"]].drop_duplicates("region").sort_values("region")
    place = {code: at for at, code in enumerate(regions["region"])}
    region_at = units["region"].map(place).to_numpy(int)
    return {
        "case": {
            "name": name,
            "title": say.own(case["title"]),
            "level": level_in_words(case["geography"]["level"], say),
            "date": say.date(case["geography"]["date"]),
            "robustness": robustness is not None,
            "blocks": settings["blocks"],
        },
        "decimals": case["comparison_decimals"],
        "types": [
            {
                "key": type_,
                "label": _type_words(say).get(type_, type_),
                "fill": COLOURS[type_][0],
                "ink": COLOURS[type_][1],
                "marker": MARKERS[type_],
            }
            for type_ in TYPES
        ],
        "type_of_answers": _truth_table(),
        "units": {
            "code": units["unit"].tolist(),
            "name": units["name"].tolist(),
            "name_rank": _packed(_ranks(units), np.int32),
            "region": _packed(region_at),
            "size_class": _sizes(case, typology["size_class"], say),
        },
        "regions": [
            {"code": code, "name": say.own(text)} for code, text in regions.itertuples(index=False)
        ],
        "pipeline": {
            "type": _packed([TYPES.index(type_) for type_ in typology["type"]]),
            "flags": _coded(typology["flags"], lambda text: _flags(text, settings, say)),
        },
        "windows": [
            {"name": window, "label": _window_words(moves, say)}
            for window, moves in windows.items()
        ],
        "references": _reference_words(case, say),
        "criteria": [
            _criterion(
                criterion, case, settings, figures, units, indicators, region_at, arrays, say
            )
            for criterion in CRITERIA
        ],
        "robustness": _robustness(robustness, units, say) if robustness else None,
        "sources": {
            f"{pin['id']}@{pin['vintage']}": {key: pin[key] for key in _OF_A_SOURCE}
            for pin in settings["pins"]
        },
        "outlines": outlines,
        "arrays": arrays.packed,
    }


def with_choices(case: Mapping[str, Any]) -> dict[str, Any]:
    """Return the case with what its criteria can be compared with, if it does not say so itself."""
    if "robustness" in case:
        return {**case}
    references = {
        criterion: list(dict.fromkeys((*_PLAIN[criterion], choices.named(spec["reference"]))))
        for criterion, spec in case["criteria"].items()
    }
    definitions: dict[str, Any] = {criterion: {} for criterion in CRITERIA}
    block = {"definitions": definitions, "references": references, "windows": {}}
    return {**case, "robustness": block}


class _Arrays:
    """Columns of numbers as base64 of their 8 bytes, little end first; the same column once."""

    def __init__(self) -> None:
        self.packed: list[str] = []
        self._seen: dict[bytes, int] = {}

    def add(self, values: np.ndarray) -> int:
        """Return the place of ``values`` among the columns."""
        raw = np.ascontiguousarray(values, dtype="<f8").tobytes()
        if raw not in self._seen:
            self._seen[raw] = len(self.packed)
            self.packed.append(base64.b64encode(raw).decode("ascii"))
        return self._seen[raw]


def _packed(values: Any, kind: Any = None) -> dict[str, str]:
    """Return whole numbers as base64 of the smallest kind that holds them."""
    numbers = np.asarray(values)
    kind = kind or np.min_scalar_type(int(numbers.max(initial=0)))
    small = numbers.astype(np.dtype(kind).newbyteorder("<"))
    return {"kind": small.dtype.name, "data": base64.b64encode(small.tobytes()).decode("ascii")}


def _coded(texts: pd.Series, shown: Any = str) -> dict[str, Any]:
    """Return a column of few different texts: the texts in order of appearance, and which is where."""
    places, words = pd.factorize(texts.fillna(""))
    return {"words": [shown(word) for word in words], "at": _packed(places)}


def _sizes(case: Mapping[str, Any], classes: pd.Series, say: Language) -> dict[str, Any]:
    """Return the size classes in the order of the case, those without one last, and which is where."""
    named = dict.fromkeys(entry["name"] for entry in case["size_classes"]["classes"])
    found = classes.fillna(UNKNOWN).replace("", UNKNOWN)
    keys = [key for key in dict.fromkeys((*named, UNKNOWN)) if (found == key).any()]
    # The page has a word of its own for units without a class.
    words = [say.own(key) if key in named else "" for key in keys]
    places = {key: place for place, key in enumerate(keys)}
    return {"keys": keys, "words": words, "at": _packed([places[key] for key in found])}


def _ranks(units: pd.DataFrame) -> np.ndarray:
    """Return the place of each unit among the names, accents and case apart, then by code."""
    keys = [
        (
            "".join(
                c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c)
            ).casefold(),
            name,
            unit,
        )
        for name, unit in zip(units["name"], units["unit"], strict=True)
    ]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    ranks = np.empty(len(keys), dtype=np.int64)
    ranks[order] = np.arange(len(keys))
    return ranks


def _truth_table() -> list[int]:
    """Return the type (a place in ``TYPES``) of each three answers; 0 no, 1 yes, 2 unknown."""
    answers = np.array(list(itertools.product((0, 1, -1), repeat=3))).T
    return TYPE_OF_CELL[cells_of(*answers)].tolist()


def _criterion(
    criterion: str,
    case: Mapping[str, Any],
    settings: Mapping[str, Any],
    figures: Figures,
    units: pd.DataFrame,
    indicators: pd.DataFrame,
    region_at: np.ndarray,
    arrays: _Arrays,
    say: Language,
) -> dict[str, Any]:
    variables = settings["variables"]
    definitions = choices.definitions_of(case, criterion)
    references = choices.references_of(case, criterion, definitions)
    found = choices.thresholds_under(case, criterion, figures, units, variables, settings["breaks"])
    windows = {choices.AS_ASKED: {}, **case["robustness"]["windows"]}
    labels = _labels(case, definitions, say)
    places = {name: at for at, name in enumerate(definitions)}
    made = []
    for name, definition in definitions.items():
        entry = {
            "name": name,
            "label": labels[name],
            "own": bool(definition.get("own")),
            "references": references[name],
        }
        if "indicator" not in definition:
            word = "all_of" if "all_of" in definition else "any_of"
            entry |= {"joins": word, "parts": [places[part] for part in definition[word]]}
        else:
            indicator = case["indicators"][definition["indicator"]]
            entry |= {
                "indicator": definition["indicator"],
                "holds_if": definition["holds_if"],
                "unit": _unit_of(indicator, variables, say),
                "sources": _sources(indicators, definition["indicator"]),
                "windows": [
                    _under(
                        found[name, window],
                        _overrides(case, criterion, definition, found[name, window].about, moves),
                        region_at,
                        arrays,
                        settings,
                        say,
                    )
                    for window, moves in windows.items()
                ],
            }
        made.append(entry)
    own = case["criteria"][criterion]
    return {
        "key": criterion,
        "column": CRITERIA[criterion],
        "label": _criterion_words(say)[criterion],
        "own": {
            "definition": next(at for at, each in enumerate(made) if each["own"]),
            "reference": choices.named(own["reference"]),
        },
        "definitions": made,
    }


def _under(
    found: choices.Thresholds,
    overrides: Mapping[str, Any],
    region_at: np.ndarray,
    arrays: _Arrays,
    settings: Mapping[str, Any],
    say: Language,
) -> dict[str, Any]:
    """Return a definition in a window: where its values are, and its threshold by reference."""
    about = found.about
    return {
        "values": None if found.values is None else arrays.add(found.values),
        "why_not": found.why_not,
        "dates": _dates(about["dates"], say),
        "level": level_in_words(about["level"], say),
        "substituted": about["substituted"],
        "breaks": in_words(about["breaks"], settings["case"], settings["breaks"], say),
        "thresholds": {
            reference: _by_region(thresholds, region_at)
            for reference, thresholds in found.by_reference.items()
        },
        "lacking": found.lacking,
        **overrides,
    }


def _by_region(thresholds: np.ndarray, region_at: np.ndarray) -> Any:
    """Return the one threshold of all units, or a list with that of each region; None if missing."""
    first = thresholds[0]
    if np.array_equal(thresholds, np.full_like(thresholds, first), equal_nan=True):
        return None if np.isnan(first) else float(first)
    found: list[float | None] = [None] * (int(region_at.max()) + 1)
    for at, threshold in zip(region_at.tolist(), thresholds.tolist(), strict=True):
        found[at] = None if np.isnan(threshold) else threshold
    return found


def _overrides(
    case: Mapping[str, Any],
    criterion: str,
    definition: Mapping[str, Any],
    about: Mapping[str, Any],
    moves: Mapping[str, Any],
) -> dict[str, Any]:
    """Return what a configuration says to get a definition in a window: indicator and aggregates.

    ``aggregates`` are the blocks for national and regional references, each with ``null`` for the
    keys of the case's own that are in the way; ``None`` where there is nothing to write.
    """
    indicator = case["indicators"][definition["indicator"]]
    moved = choices.moved(indicator, moves, definition.get("moves_with"))
    changed = {key: value for key, value in moved.items() if indicator.get(key) != value}
    if changed and "label" in indicator:
        # A label often says the years, and they are others now.
        changed["label"] = f"{indicator['label']} [{about['dates']}]"
    own = case["criteria"][criterion].get("aggregate", {})
    aggregates = {}
    for scope in ("national", "region"):
        how = definition.get("region_aggregate" if scope == "region" else "aggregate")
        how = how or definition.get("aggregate")
        if how is not None:
            new = choices.moved(how, moves, definition.get("moves_with"))
            new.pop("years_averaged", None)
            aggregates[scope] = {**{key: None for key in own if key not in new}, **new}
    return {"overrides": {"indicator": changed, "aggregates": aggregates}}


def _labels(
    case: Mapping[str, Any], definitions: Mapping[str, Mapping[str, Any]], say: Language
) -> dict[str, str]:
    """Return how a reader calls each definition; those of one indicator differ by their names."""
    said: dict[str, str] = {}
    simple = [d["indicator"] for d in definitions.values() if "indicator" in d]
    for name, definition in definitions.items():
        if "all_of" in definition:
            said[name] = say(
                "all of: {parts}", parts="; ".join(said[p] for p in definition["all_of"])
            )
        elif "any_of" in definition:
            said[name] = say(
                "any of: {parts}", parts="; ".join(said[p] for p in definition["any_of"])
            )
        else:
            indicator = definition["indicator"]
            said[name] = say.own(case["indicators"][indicator].get("label", indicator))
            if simple.count(indicator) > 1:
                said[name] += f" ({name})"
    return said


def _unit_of(indicator: Mapping[str, Any], variables: Mapping[str, Any], say: Language) -> str:
    if indicator["definition"] == "not_available":
        return ""
    return say.own(measure_of(indicator, variables).unit_of_measure)


def _sources(indicators: pd.DataFrame, name: str) -> list[str]:
    found = indicators.loc[indicators["indicator"] == name, "source"].unique()
    return sorted({source for cell in found for source in cell.split(";") if source})


def _robustness(
    tables: Mapping[str, pd.DataFrame], units: pd.DataFrame, say: Language
) -> dict[str, Any]:
    """Return intervals, probabilities and verdicts in the order of ``units``."""
    verdicts = tables["verdicts"].set_index("unit").reindex(units["unit"])
    drawn = tables["probabilities"].set_index("unit").reindex(units["unit"])
    words = _verdict_words(say)
    return {
        "verdicts": [{"key": key, "label": words[key]} for key in VERDICTS],
        "verdict": _packed([VERDICTS.index(word) for word in verdicts["verdict"]]),
        "because": verdicts["because"].tolist(),
        "probability": _floats(verdicts["probability"]),
        "probabilities": [_floats(drawn[column]) for column in PROBABILITIES],
        "intervals": [
            _interval(tables["intervals"], criterion, units["unit"]) for criterion in CRITERIA
        ],
    }


def _interval(intervals: pd.DataFrame, criterion: str, units: Iterable[str]) -> dict[str, Any]:
    own = intervals[intervals["criterion"] == criterion].set_index("unit").reindex(units)
    return {
        "from": _floats(own["keeps_from"]),
        "to": _floats(own["keeps_to"]),
        "from_included": _packed((own["keeps_from_included"] == "true").to_numpy(int)),
        "to_included": _packed((own["keeps_to_included"] == "true").to_numpy(int)),
        "type_if_crossed": _coded(own["type_if_crossed"]),
    }


def _floats(column: pd.Series) -> str:
    return base64.b64encode(column.to_numpy("<f8").tobytes()).decode("ascii")


def _flags(text: str, settings: Mapping[str, Any], say: Language) -> dict[str, list[str]]:
    """Return a cell of the typology's flags in words, by the column that each concerns."""
    said: dict[str, list[str]] = {}
    for flag in filter(None, text.split(";")):
        column, _, bare = flag.partition(":")
        said.setdefault(column, []).extend(
            in_words(bare, settings["case"], settings["breaks"], say, settings["variables"])
        )
    return said


def _dates(shown: str, say: Language) -> str:
    """Return the dates of figures (see :attr:`smstra.sufficiency.Plan.dates_shown`) in words."""
    ends = ["/".join(map(say.date, end.split("/"))) for end in shown.split(" to ")] if shown else []
    return say("{start} to {end}", start=ends[0], end=ends[1]) if len(ends) == 2 else "".join(ends)


def _type_words(say: Language) -> dict[str, str]:
    return {"mixed": say("mixed"), "undetermined": say("undetermined")}


def _criterion_words(say: Language) -> dict[str, str]:
    return {
        "sf_high": say("Migrants' settlement"),
        "economy_improving": say("Economy improving"),
        "population_improving": say("Population improving"),
    }


def _verdict_words(say: Language) -> dict[str, str]:
    return {
        "robust": say("robust"),
        "likely": say("likely"),
        "borderline": say("borderline"),
        "undetermined": say("undetermined"),
    }


def _window_words(moves: Mapping[str, Any], say: Language) -> str:
    said = []
    if start := moves.get("start", 0):
        later = say.plural("start {n} year later", "start {n} years later", abs(start))
        earlier = say.plural("start {n} year earlier", "start {n} years earlier", abs(start))
        said.append(later if start > 0 else earlier)
    if end := moves.get("end", 0):
        later = say.plural("end {n} year later", "end {n} years later", abs(end))
        earlier = say.plural("end {n} year earlier", "end {n} years earlier", abs(end))
        said.append(later if end > 0 else earlier)
    if (years := moves.get("years_averaged", 1)) > 1:
        said.append(say("means of {n} years", n=say.number(years)))
    return say.listing(said) if said else say("as the case asks")


def _reference_words(case: Mapping[str, Any], say: Language) -> dict[str, str]:
    """Return the words for schemes, and for the numbers that the case lists."""
    words = {
        "zero": say("zero"),
        "national_aggregate": say("the country as a whole"),
        "national_median": say("median of the country's units"),
        "national_mean": say("mean of the country's units"),
        "region_aggregate": say("the unit's region as a whole"),
        "region_median": say("median of the region's units"),
        "region_mean": say("mean of the region's units"),
    }
    listed = [
        choices.named(reference)
        for criterion in CRITERIA
        for definition in choices.definitions_of(case, criterion).values()
        for reference in definition.get("references", case["robustness"]["references"][criterion])
    ]
    listed += [choices.named(spec["reference"]) for spec in case["criteria"].values()]
    for name in listed:
        if name not in words:
            words[name] = say("the number {n}", n=say.number(float(name), _decimals(name)))
    return words


def _decimals(number: str) -> int:
    return len(number.partition(".")[2]) if "e" not in number else 6

"""What a schema cannot say of a case's `selection`: that its constraints can be meant together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from smstra.dataset_rules import real_date, unknown
from smstra.errors import ConfigError, listing
from smstra.outcomes import ANSWERS, TYPES, VERDICTS
from smstra.schema import Key, dotted
from smstra.vocabulary import Datasets, Variables, as_list

FileOf = Callable[[Key], str]
CANDIDATES: Key = ("selection", "candidates")
SETS: Key = ("selection", "sets")
PAIRS: Key = ("selection", "pairs")
# Where a case may name a table of the user's own, and what kind of table it is.
OWN_TABLES: dict[Key, str] = {
    ("selection", "candidates", "reception", "table"): "reception",
    ("selection", "candidates", "politics", "table"): "politics",
    ("robustness", "known_cases"): "known",
}


def check(
    case: Mapping[str, Any], datasets: Datasets, variables: Variables, file_of: FileOf
) -> None:
    """Raise ConfigError for the first thing in ``case["selection"]`` that cannot be meant."""
    block = case["selection"]
    _check_candidates(block["candidates"], case, variables, file_of)
    if "places" in block:
        able = [name for name, entry in datasets.items() if "boundaries" in entry]
        if block["places"] not in able:
            path: Key = ("selection", "places")
            raise unknown(file_of(path), path, block["places"], able, "dataset with `boundaries`")
        else:
            _same_codes(case, datasets[block["places"]], block["places"], file_of)
    if "sets" in block:
        _check_sets(block["sets"], case, file_of)
    if "pairs" in block:
        _check_pairs(block["pairs"], case, file_of)


def _same_codes(
    case: Mapping[str, Any], dataset: Mapping[str, Any], name: str, file_of: FileOf
) -> None:
    wanted = case["geography"]["code_system"]
    if dataset["code_system"] != wanted:
        path: Key = ("selection", "places")
        raise ConfigError(
            f"{file_of(path)}: {dotted(path)} names '{name}', whose codes are {dataset['code_system']}, and "
            f"the case's are {wanted}; name boundaries with the same codes."
        )


def own_tables(case: Mapping[str, Any]) -> dict[Key, str]:
    """Return the paths of the user's own tables that a case names, by key."""
    found = {}
    for key in OWN_TABLES:
        value: Any = case
        for part in key:
            value = value.get(part) if isinstance(value, Mapping) else None
        if value is not None:
            found[key] = value
    return found


def check_own_tables(case: Mapping[str, Any], root: Path, file_of: FileOf) -> None:
    """Raise ConfigError where a table of the user's own is not there."""
    for key, path in own_tables(case).items():
        if not (root / path).is_file():
            kind = OWN_TABLES[key]
            offer = (
                "write the towns and their types there (`unit,type`)"
                if kind == "known"
                else f"`smstra template {kind} {path}` writes an empty one"
            )
            raise ConfigError(
                f"{file_of(key)}: {dotted(key)} names {path}, which is not there; {offer}, or remove the "
                "key."
            )


def _known(path: Key, names: Any, able: Any, kind: str, file_of: FileOf) -> None:
    for name in names:
        if name not in able:
            raise unknown(file_of(path), path, name, able, kind)


def _check_candidates(
    block: Mapping[str, Any], case: Mapping[str, Any], variables: Variables, file_of: FileOf
) -> None:
    classes = [entry["name"] for entry in case["size_classes"]["classes"]]
    _known((*CANDIDATES, "size_classes"), block["size_classes"], classes, "size class", file_of)
    for criterion in block.get("answers", {}):
        name = case["criteria"][criterion]["indicator"]
        if case["indicators"][name]["definition"] == "not_available":
            path: Key = (*CANDIDATES, "answers", criterion)
            raise ConfigError(
                f"{file_of(path)}: {dotted(path)} chooses by a criterion that has no answer, for "
                f"`indicators.{name}` is not available; remove it, or choose by another criterion."
            )
    for day in block.get("size_classes_also_at", []):
        path = (*CANDIDATES, "size_classes_also_at")
        real_date(file_of(path), path, day)
    years = [day[:4] for day in block.get("size_classes_also_at", [])]
    years.append(case["size_classes"]["inhabitants"]["date"][:4])
    if twice := [year for year in years if years.count(year) > 1]:
        path = (*CANDIDATES, "size_classes_also_at")
        raise ConfigError(
            f"{file_of(path)}: {dotted(path)} and `size_classes.inhabitants.date` have two dates of "
            f"{twice[0]}, which would be one column; keep one of them."
        )
    if "verdicts" in block and "robustness" not in case:
        raise _needs_robustness((*CANDIDATES, "verdicts"), file_of)
    arrivals = block.get("arrivals", {})
    for key in ("persons", "points"):
        path = (*CANDIDATES, "arrivals", key)
        if key in arrivals:
            _known(path, [arrivals[key]], case["indicators"], "indicator", file_of)
            _check_arrivals(path, case["indicators"][arrivals[key]], variables, file_of)
        elif f"at_least_{key}" in arrivals:
            raise ConfigError(
                f"{file_of(path)}: {dotted((*CANDIDATES, 'arrivals'))} has `at_least_{key}` and lacks "
                f"'{key}'; add `{key}:`, an indicator of the case."
            )
    politics = block.get("politics", {})
    if "traditions" in politics and "table" not in politics:
        path = (*CANDIDATES, "politics", "traditions")
        raise ConfigError(
            f"{file_of(path)}: {dotted(path)} asks for traditions, which are known from `table` only; name "
            "that table, or remove the key."
        )
    if "reception" in block:
        first, last = block["reception"]["period"]
        path = (*CANDIDATES, "reception", "period")
        for day in (first, last):
            real_date(file_of(path), path, day)
        length = min(len(first), len(last))
        if first[:length] > last[:length]:
            raise ConfigError(
                f"{file_of(path)}: {dotted(path)} runs from {first} to {last}; write the earlier date "
                "first."
            )


def _check_arrivals(
    path: Key, indicator: Mapping[str, Any], variables: Variables, file_of: FileOf
) -> None:
    """Persons are the change of a count, points the change of a share."""
    if indicator["definition"] == "not_available":
        return
    first = variables[as_list(indicator["of"])[0]]
    change = indicator["definition"] == "difference" and "in" not in indicator
    fits = {
        "persons": change and first["kind"] == "count",
        "points": indicator["definition"] == "difference_of_shares"
        or (change and first["unit_of_measure"] == "percent"),
    }
    if not fits[str(path[-1])]:
        wanted = {
            "persons": "the difference of a count, as `arrivals_persons` in config/cases/be.yaml",
            "points": "a difference_of_shares, or the difference of a figure in percent",
        }[str(path[-1])]
        raise ConfigError(
            f"{file_of(path)}: {dotted(path)} names an indicator that is no change in {path[-1]}; name "
            f"{wanted}."
        )


def _check_sets(block: Mapping[str, Any], case: Mapping[str, Any], file_of: FileOf) -> None:
    towns = block["towns"]
    able = {
        "types": case["selection"]["candidates"]["types"],
        "size_classes": case["selection"]["candidates"]["size_classes"],
    }
    answers = case["selection"]["candidates"].get("answers", {})
    spreads: dict[Key, Mapping[str, Any]] = {
        (kind,): block.get(kind, {}) for kind in ("types", "size_classes", "regions", "traditions")
    }
    for criterion, spread in block.get("answers", {}).items():
        path: Key = (*SETS, "answers", criterion)
        _answers_asked(path, criterion, case, file_of)
        _known((*path, "each"), spread.get("each", {}), ANSWERS, "answer", file_of)
        able[f"answers.{criterion}"] = answers[criterion]
        spreads["answers", criterion] = spread
    for inner, spread in spreads.items():
        path = (*SETS, *inner)
        kind = ".".join(inner)
        if kind in able:
            for name in spread.get("each", {}):
                if name not in able[kind]:
                    here = (*path, "each", name)
                    raise ConfigError(
                        f"{file_of(here)}: {dotted(here)} asks for '{name}', which is not among "
                        f"`selection.candidates.{kind}` ({listing(able[kind])}); add it there or remove it "
                        "here."
                    )
        least = most = 0
        for name, count in spread.get("each", {}).items():
            low = count if isinstance(count, int) else count.get("at_least", 0)
            high = count if isinstance(count, int) else count.get("at_most", towns)
            if low > high:
                here = (*path, "each", name)
                raise ConfigError(
                    f"{file_of(here)}: {dotted(here)} asks for at least {low} and at most {high}; write an "
                    "at_most that is not less."
                )
            least, most = least + low, most + high
        if least > towns:
            here = (*path, "each")
            raise ConfigError(
                f"{file_of(here)}: {dotted(here)} asks for {least} towns together and "
                f"{dotted((*SETS, 'towns'))} is {towns}; write as many towns, or fewer of each."
            )
        distinct = spread.get("at_least_distinct", 0)
        if distinct > towns:
            here = (*path, "at_least_distinct")
            raise ConfigError(
                f"{file_of(here)}: {dotted(here)} asks for {distinct} different classes and "
                f"{dotted((*SETS, 'towns'))} is {towns}; a town is of one class, so write no more."
            )
    included, excluded = block.get("include", []), block.get("exclude", [])
    if both := [code for code in included if code in excluded]:
        path = (*SETS, "exclude")
        raise ConfigError(
            f"{file_of(path)}: {dotted(path)} leaves out {listing(both)}, which "
            f"{dotted((*SETS, 'include'))} forces in; remove it from one of the two."
        )
    if len(included) > towns:
        path = (*SETS, "include")
        raise ConfigError(
            f"{file_of(path)}: {dotted(path)} forces {len(included)} towns in and "
            f"{dotted((*SETS, 'towns'))} is {towns}; write as many towns, or force fewer in."
        )
    if "apart_km" in block and "places" not in case["selection"]:
        path = (*SETS, "apart_km")
        raise ConfigError(
            f"{file_of(path)}: {dotted(path)} asks for distances and `selection` lacks 'places'; add "
            "`places:`, a dataset with `boundaries`, or remove the key."
        )
    if "traditions" in block and "table" not in case["selection"]["candidates"].get("politics", {}):
        path = (*SETS, "traditions")
        raise ConfigError(
            f"{file_of(path)}: {dotted(path)} asks for traditions, which are known from "
            "`selection.candidates.politics.table` only; name that table, or remove the key."
        )
    weights = block["objective"]
    if not any(weights.values()):
        path = (*SETS, "objective")
        raise ConfigError(
            f"{file_of(path)}: {dotted(path)} weighs everything with 0, so all sets are equally good; give "
            "typicality, stability or coverage a weight."
        )
    for key in ("typicality", "stability"):
        by_answers = key == "typicality" and answers
        if weights.get(key) and "robustness" not in case and not by_answers:
            raise _needs_robustness((*SETS, "objective", key), file_of)


def _check_pairs(block: Mapping[str, Any], case: Mapping[str, Any], file_of: FileOf) -> None:
    _known((*PAIRS, "covariates"), block["covariates"], case["indicators"], "indicator", file_of)
    by, groups = block["divide"]["by"], block["divide"]["groups"]
    classes = [entry["name"] for entry in case["size_classes"]["classes"]]
    able = {"type": TYPES, "size_class": classes, "verdict": VERDICTS}
    for key, name in (("divide", by), *(("exact", name) for name in block["exact"])):
        if name in case["criteria"]:
            _answers_asked((*PAIRS, key), name, case, file_of)
            able[name] = ANSWERS
    if by in able:
        _known((*PAIRS, "divide", "groups"), groups, able[by], by.replace("_", " "), file_of)
    if by in block["exact"]:
        path: Key = (*PAIRS, "exact")
        raise ConfigError(
            f"{file_of(path)}: {dotted(path)} wants both towns of a pair to have the same {by}, and "
            "`divide` takes them from two of them; remove it from one of the two."
        )
    for key, names in (("divide", [by]), ("exact", block["exact"])):
        if "verdict" in names and "robustness" not in case:
            raise _needs_robustness((*PAIRS, key), file_of)
    politics = case["selection"]["candidates"].get("politics", {})
    if "tradition" in block["exact"] and "table" not in politics:
        path = (*PAIRS, "exact")
        raise ConfigError(
            f"{file_of(path)}: {dotted(path)} names the tradition, which is known from "
            "`selection.candidates.politics.table` only; name that table, or remove it here."
        )


def _answers_asked(path: Key, criterion: str, case: Mapping[str, Any], file_of: FileOf) -> None:
    """ConfigError where the candidates do not say the answer to ``criterion``."""
    if criterion not in case["selection"]["candidates"].get("answers", {}):
        raise ConfigError(
            f"{file_of(path)}: {dotted(path)} goes by the answer to {criterion}, which the candidates do not "
            f'say; add `{".".join((*CANDIDATES, "answers", criterion))}: ["yes", "no"]`.'
        )


def _needs_robustness(path: Key, file_of: FileOf) -> ConfigError:
    return ConfigError(
        f"{file_of(path)}: {dotted(path)} needs what `robustness` computes, and the case has no such block; "
        "add one (see config/cases/be.yaml), or remove the key."
    )

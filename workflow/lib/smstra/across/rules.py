"""What the block `comparison` of config/config.yaml may say, and which cases it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from smstra.dataset_rules import unknown
from smstra.errors import ConfigError, nearest
from smstra.outcomes import SCHEMES, TYPES
from smstra.schema import Key, dotted

# The name of its folder in results/, which is no case's.
FOLDER = "comparison"
# Its figures, in their order.
FIGURES = ("types_by_case", "types_by_scheme", "criteria_by_case")
LACKS_BLOCK = (
    "the configuration has no block `comparison`, so no cases are compared; add it to config/config.yaml "
    "(config/README.md says what it holds)"
)
# The scheme that every comparison has: the references of each case's own file.
OWN = "own"
_SETS: Key = ("comparison", "sets")


def checked(
    block: Mapping[str, Any] | None,
    cases: Mapping[str, Mapping[str, Any]],
    known: Sequence[str],
    where: str,
    absent: Callable[[str], set[str] | None],
) -> dict[str, Any] | None:
    """Return the block with its defaults; None if there is none.

    ``cases`` are those of the run, resolved; ``known`` are the names of all that have a file; ``where``
    is the file that holds the block. ``absent`` returns the size classes of a case that is not in the run,
    None if its file cannot be read.

    Raises
    ------
    ConfigError
        A case, reference or size class that there is not, bounds that cross, or weights that are all zero.
    """
    if block is None:
        return None
    for name in block.get("cases", []):
        _is_case(name, ("comparison", "cases"), cases, known, where)
    for scheme, references in block.get("schemes", {}).items():
        path: Key = ("comparison", "schemes", scheme)
        if scheme == OWN:
            raise ConfigError(
                f"{where}: {dotted(path)} has the name of the references of each case's own file, which are "
                "always shown; write another name, or remove it."
            )
        for criterion, reference in references.items():
            if isinstance(reference, bool) or (
                isinstance(reference, str) and reference not in SCHEMES
            ):
                here = (*path, criterion)
                raise ConfigError(
                    f"{where}: {dotted(here)} is {reference!r}{nearest(reference, SCHEMES)}; write one of "
                    f"{', '.join(SCHEMES)}, or a number in the indicator's unit."
                )
    if "sets" in block:
        compared_with = block.get("cases", known)
        _check_sets(block["sets"], cases, known, where)
        _check_classes(
            block["sets"], cases, [n for n in compared_with if n not in cases], where, absent
        )
    return {"language": "en", "schemes": {}, **block}


def _is_case(
    name: str,
    path: Key,
    cases: Mapping[str, Any],
    known: Sequence[str],
    where: str,
) -> None:
    # One that is not run this time may stay, as with `--config cases=be`.
    if name not in cases and name not in known:
        raise unknown(where, path, name, sorted({*known, *cases}), "case")


def _check_sets(
    block: Mapping[str, Any],
    cases: Mapping[str, Mapping[str, Any]],
    known: Sequence[str],
    where: str,
) -> None:
    for name in block.get("regions", {}).get("each", {}):
        _is_case(name, (*_SETS, "regions", "each"), cases, known, where)
    for name in block.get("types", {}).get("each", {}):
        if name not in TYPES[:-1]:
            raise unknown(where, (*_SETS, "types", "each"), name, TYPES[:-1], "type")
    spreads: dict[Key, Mapping[str, Any]] = {
        (name, "each"): block.get(name, {}).get("each", {}) for name in ("types", "size_classes")
    }
    for case, counts in block.get("regions", {}).get("each", {}).items():
        spreads["regions", "each", case] = counts
    for path, counts in spreads.items():
        for value, count in counts.items():
            least, most = _bounds(count)
            if most is not None and least > most:
                here = dotted((*_SETS, *path, value))
                raise ConfigError(
                    f"{where}: {here} asks for at least {least} and at most {most}; write an at_most that is "
                    "not less."
                )
    if not any(block["objective"].values()):
        here = dotted((*_SETS, "objective"))
        raise ConfigError(
            f"{where}: {here} weighs everything with 0, so all sets are equally good; give typicality, "
            "stability or coverage a weight."
        )


def _check_classes(
    block: Mapping[str, Any],
    cases: Mapping[str, Mapping[str, Any]],
    others: Iterable[str],
    where: str,
    absent: Callable[[str], set[str] | None],
) -> None:
    """Raise ConfigError for a size class that no case of the comparison has, in this run or not."""
    classes = {
        entry["name"] for case in cases.values() for entry in case["size_classes"]["classes"]
    }
    asked = block.get("size_classes", {}).get("each", {})
    if set(asked) <= classes:
        return
    for name in others:
        found = absent(name)
        if found is None:
            # It may be the one that has it; a run with that case tells.
            return
        classes |= found
    for name in asked:
        if name not in classes:
            path: Key = (*_SETS, "size_classes", "each")
            raise unknown(where, path, name, sorted(classes), "size class")


def regions_named(block: Mapping[str, Any] | None, case: str) -> list[str]:
    """Return the regions of ``case`` that the sets across cases ask for."""
    each = (block or {}).get("sets", {}).get("regions", {}).get("each", {})
    return sorted(each.get(case, {}))


def _bounds(count: int | Mapping[str, int]) -> tuple[int, int | None]:
    if isinstance(count, Mapping):
        return count.get("at_least", 0), count.get("at_most")
    return count, count


def compared(block: Mapping[str, Any] | None, cases: Iterable[str]) -> list[str]:
    """Return the cases of the run that are compared, in their order; none if fewer than two are left.

    ``cases`` are the names of those to publish, in the order of the run.
    """
    if block is None:
        return []
    run = list(cases)
    wanted = [name for name in block.get("cases", run) if name in run]
    return wanted if len(wanted) > 1 else []


def in_short(block: Mapping[str, Any], cases: Iterable[str]) -> str:
    """Return the line of the summary: what is compared, what is left out, or why there is nothing."""
    run = list(cases)
    names = compared(block, run)
    if not names:
        return why_none(block, run)
    absent = [name for name in block.get("cases", []) if name not in run]
    left_out = f"; not in this run: {', '.join(absent)}" if absent else ""
    return f"comparison of {', '.join(names)}, in results/{FOLDER}/{left_out}"


def why_none(block: Mapping[str, Any] | None, cases: Iterable[str]) -> str:
    """Return why nothing is compared although the configuration asks for it, else ``""``."""
    run = list(cases)
    if block is None or compared(block, run):
        return ""
    wanted = [name for name in block.get("cases", run) if name in run]
    named = f"only '{wanted[0]}'" if wanted else "none"
    return f"no comparison: it takes at least two cases, and of those to compare {named} is in this run"

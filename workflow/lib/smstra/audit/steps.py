"""Which job of a case read and made which files, from ``workflow/internal/steps.yaml``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from smstra.audit import inventory


class Step(NamedTuple):
    """A job: its rule, what it is about (a dataset or ``""``), what it does, and files by path from the
    project's folder; ``own`` names tables of the user's own by their key in the case, never by path."""

    rule: str
    about: str
    does: str
    reads: tuple[str, ...]
    makes: tuple[str, ...]
    own: tuple[str, ...]


def of_case(name: str, settings: Mapping[str, Any], files: Iterable[str]) -> list[Step]:
    """Return the jobs behind ``files``, in the order of ``steps.yaml``.

    Parameters
    ----------
    name
        The case.
    settings
        As :func:`smstra.job_settings.description` gives them: ``case``, and ``snapshots``, the pinned files
        that each rule reads, by rule and dataset.
    files
        The files of the case, by path below its folder. What is neither among them, nor a table of
        figures, nor a working of a pseudonymised case, is left out of what jobs read and make; so is a
        job that then makes nothing.
    """
    case = settings["case"]
    there = sorted(files)
    under_pseudonyms = "pseudonymise" in case
    steps = []
    for rule, entry in inventory.steps()["steps"].items():
        if entry.get("ordinary" if under_pseudonyms else "pseudonymised"):
            continue
        if "needs" in entry and _value(case, entry["needs"]) is None:
            continue
        private = under_pseudonyms and not entry.get("published")
        own = tuple(key for key in entry.get("own", []) if _value(case, key))
        for about in case["datasets"] if entry.get("each") else [""]:
            known = _Paths(name, about or case["datasets"], there, private)
            snapshots = settings["snapshots"].get(rule, {}).get(about, [])
            makes = known.all(entry["makes"])
            asked = [*entry.get("reads", []), *_only_if(entry, case)]
            reads = [*snapshots, *known.all(asked)]
            if makes:
                steps.append(Step(rule, about, entry["does"], tuple(reads), tuple(makes), own))
    return _made_before_read(steps)


class _Paths:
    """Turns the paths of ``steps.yaml`` into those of a case."""

    def __init__(self, name: str, about: str | list[str], there: list[str], private: bool) -> None:
        self._datasets = [about] if isinstance(about, str) else about
        self._folder, self._private = f"results/{name}/", f"results/private/{name}/"
        self._there, self._all_private = there, private

    def all(self, patterns: Iterable[str]) -> list[str]:
        found: list[str] = []
        for pattern in patterns:
            if pattern == "observations":
                found += [f"results/observations/{dataset}.csv" for dataset in self._datasets]
            elif pattern == "every":
                every = [path for path in self._there if not path.startswith("audit/")]
                found += [self._folder + path for path in every]
            elif self._all_private or pattern.startswith("private/"):
                # The workings are not among the files: named, whatever the case has of them.
                found.append(self._private + pattern.removeprefix("private/"))
            else:
                found += [self._folder + path for path in self._there if fnmatchcase(path, pattern)]
        return sorted(set(found))


def _only_if(entry: Mapping[str, Any], case: Mapping[str, Any]) -> list[str]:
    """Return what a step reads only if a key of the case has the value that `if` names."""
    asked = dict(entry.get("if", {"reads": []}))
    reads = asked.pop("reads")
    return reads if all(_value(case, key) == value for key, value in asked.items()) else []


def _made_before_read(steps: list[Step]) -> list[Step]:
    """Leave out what no job made, such as a table of a block that a private case lacks."""
    made = {path for step in steps for path in step.makes}
    return [
        step._replace(
            reads=tuple(p for p in step.reads if p in made or not p.startswith("results/"))
        )
        for step in steps
    ]


def _value(case: Mapping[str, Any], key: str) -> Any:
    """Return the value at a dotted key of a case, None if there is none."""
    value: Any = case
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value

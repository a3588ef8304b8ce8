"""What a run ran on: Python, platform, versions of packages, the state of the code, seeds, configuration."""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import platform
import re
import subprocess
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from smstra import __version__, folders

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
NO_CHECKOUT = "not a git checkout"


def environment(
    seeds: Mapping[str, int], not_listed: Iterable[str], resolved_sha256: str, root: Path = Path()
) -> dict[str, Any]:
    """Return the environment of a case's results.

    Parameters
    ----------
    seeds
        The seeds of its configuration, by key.
    not_listed
        What the manifest leaves out: keys of the configuration that name a file outside the project, the
        files whose part in the case stands in its resolved configuration, and of a pseudonymised case
        its file.
    resolved_sha256
        The hash of its resolved configuration.
    root
        The project's folder, or that of a study.

    Returns
    -------
    dict
        ``smstra``, ``python``, ``platform``, ``packages`` (name to version), ``git`` (of the workflow),
        ``seeds``, ``resolved_configuration``, ``files_not_listed``. Nothing of it names a user, a
        machine, a time or a place.
    """
    return {
        "smstra": __version__,
        "python": {
            "implementation": platform.python_implementation(),
            "version": platform.python_version(),
        },
        "platform": {
            "system": platform.system(),
            "release": platform.release(),
            "machine": platform.machine(),
        },
        "packages": packages(folders.of_workflow(root)),
        "git": git_state(folders.of_workflow(root)),
        "seeds": dict(seeds),
        "resolved_configuration": {"sha256": resolved_sha256},
        "files_not_listed": sorted(not_listed),
    }


def as_json(content: Mapping[str, Any]) -> str:
    """Return the environment as text."""
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def packages(root: Path = Path()) -> dict[str, str]:
    """Return the version of each installed package that smstra needs, directly or not.

    By ``pyproject.toml`` and by the metadata of the installed package, each of which may be lacking. A
    requirement that is not installed is one of another platform, or of an extra.
    """
    file = root / "pyproject.toml"
    content = tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    todo = [*content.get("project", {}).get("dependencies", [])]
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        todo += importlib.metadata.requires("smstra") or []
    found: dict[str, str] = {}
    while todo:
        requirement = todo.pop()
        if re.search(r"\bextra\s*==", requirement):
            continue
        name = re.sub(r"[-_.]+", "-", _NAME.match(requirement)[0]).lower()
        if name in found:
            continue
        try:
            distribution = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        found[name] = distribution.version
        todo += distribution.requires or []
    return dict(sorted(found.items()))


def git_state(root: Path = Path()) -> dict[str, Any] | str:
    """Return the commit and whether a tracked file differs from it, or that there is no checkout."""
    commit = _git(root, "rev-parse", "--verify", "HEAD")
    # A project that lies somewhere inside another checkout has no commit of its own.
    if commit is None or _git(root, "rev-parse", "--show-prefix"):
        return NO_CHECKOUT
    changes = _git(root, "--no-optional-locks", "status", "--porcelain", "--untracked-files=no")
    return {"commit": commit, "dirty": changes != ""}


def _git(root: Path, *arguments: str) -> str | None:
    """Return what git says; None where it fails or is not there."""
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=root, capture_output=True, check=False, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else None


def seeds_of(case: Mapping[str, Any], path: tuple[str, ...] = ()) -> dict[str, int]:
    """Return all seeds in a configuration by their dotted keys."""
    found: dict[str, int] = {}
    for key, value in case.items():
        if key == "seed" and isinstance(value, int):
            found[".".join((*path, key))] = value
        elif isinstance(value, Mapping):
            found |= seeds_of(value, (*path, str(key)))
    return found

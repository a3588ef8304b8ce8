"""The record of a run: when it was, what was asked, how it ended, and what the manifests then ended in."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import platform
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from smstra import __version__, folders
from smstra.audit import manifest
from smstra.audit.environment import git_state

RUNS = Path("results/logs/runs")


def write(
    folder: Path = RUNS,
    *,
    started: float,
    ended: float,
    ok: bool,
    cases: Iterable[str],
    targets: Iterable[str] = (),
    asked_by: str = "",
    root: Path = Path(),
) -> Path:
    """Write the record of a run to a file that was not there before; return its path.

    Parameters
    ----------
    folder
        Where records lie, from ``root``.
    started, ended
        Seconds since 1970 (``time.time()``).
    ok
        Whether the run ended well.
    cases, targets
        What it was asked for; no targets for the default one.
    asked_by
        Who asked, as the configuration says it; nothing personal is written without it.
    root
        The project's folder, or that of a study, whose own commit is then named as well.
    """
    workflow = folders.of_workflow(root)
    record = {
        "smstra": __version__,
        "python": platform.python_version(),
        "git": git_state(workflow),
        **({} if workflow == root else {"git_of_study": git_state(root)}),
        "started": _day_and_time(started),
        "ended": _day_and_time(ended),
        "ok": ok,
        "cases": {case: _ended_in(case, started, root) for case in cases},
        "targets": list(targets),
        **({"asked_by": asked_by} if asked_by else {}),
    }
    text = json.dumps(record, ensure_ascii=False, indent=1) + "\n"
    stem = dt.datetime.fromtimestamp(started, dt.UTC).strftime("%Y%m%dT%H%M%SZ")
    (root / folder).mkdir(parents=True, exist_ok=True)
    for number in itertools.count(1):
        path = root / folder / (f"{stem}.json" if number == 1 else f"{stem}-{number}.json")
        # Two runs may start in the same second; neither record may replace the other.
        try:
            with path.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
            break
        except FileExistsError:
            continue
    return path


def _ended_in(case: str, started: float, root: Path) -> dict[str, Any]:
    """Return the last chain of a case's manifest, and whether this run wrote it; nothing without one."""
    path = root / manifest.folder_of(case) / manifest.MANIFEST
    if not path.is_file():
        return {"manifest": None}
    found = manifest.read(path.read_bytes())
    return {"manifest": found.chain, "written_by_this_run": path.stat().st_mtime >= started}


def _day_and_time(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(timespec="seconds")


def chains(case: str, root: Path = Path(), folder: Path = RUNS) -> set[str]:
    """Return the last chains that the records of runs name for a case."""
    found = set()
    for path in sorted((root / folder).glob("*.json")):
        try:
            found.add(json.loads(path.read_bytes())["cases"][case]["manifest"])
        except (ValueError, KeyError, TypeError):
            # Not a record of that case; records prove nothing by being there.
            continue
    return found - {None}

"""The last words of a failed run: each job's one line, led by the file that has to be mended."""

from __future__ import annotations

import re
from pathlib import Path

from smstra.config import Settings
from smstra.jobs import LEAD


def errors_since(logs: Path, started: float, settings: Settings) -> list[str]:
    """Return the one line of each job that failed since ``started`` (seconds of the epoch).

    A job knows the key at fault, the settings know which file set it: the line is led by that file.
    """
    lines = []
    for path in sorted(logs.rglob("*.log")):
        if path.stat().st_mtime < started:
            continue
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith(LEAD):
                origins = settings.origins.get(path.parent.name)
                key = re.search(r"`([a-z_]+(?:\.[a-z0-9_]+)+)`", line)
                file = f"{origins.of(tuple(key[1].split('.')))}: " if origins and key else ""
                lines.append(LEAD + file + line.removeprefix(LEAD))
    return lines

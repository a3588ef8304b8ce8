"""What a benchmark was measured on: cores, memory, load, versions, date and commit."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import time
from pathlib import Path
from typing import Any


def facts() -> dict[str, Any]:
    """Return the machine as it is now; ``cores`` are those that this process may use."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memory_mb": int(memory[1]) // 1000 if memory else None,
        "load_average": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "system": platform.system(),
        "date": time.strftime("%Y-%m-%d"),
        "commit": commit or "unknown",
    }


def in_words(machine: dict[str, Any], *more: str) -> str:
    """Return a line on the machine, and ``more`` that a benchmark says of its measuring."""
    cores = f"{machine['cores']} core{'' if machine['cores'] == 1 else 's'} used"
    return ", ".join(
        [
            f"{cores} (load average {machine['load_average']} at the start)",
            f"{machine['memory_mb']:,} MB",
            f"Python {machine['python']}",
            machine["system"],
            machine["date"],
            f"commit {machine['commit']}",
            *more,
        ]
    )


def runs(number: int) -> str:
    """Return how figures follow from runs."""
    return "one run" if number == 1 else f"medians of {number} runs"

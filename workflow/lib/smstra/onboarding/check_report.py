"""What `smstra check` found of a case: facts, faults, things to do and to know, as text or JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from smstra import sufficiency
from smstra.errors import listing


@dataclass(frozen=True)
class Task:
    """Something to do: in which ``file``, at which ``key``, and the ``yaml`` to paste there, if any."""

    what: str
    file: str = ""
    key: str = ""
    yaml: str = ""


@dataclass
class Report:
    """What the check found: ``faults`` stop a run, ``to_do`` is for the user, ``to_know`` cannot be mended."""

    case: str
    facts: list[tuple[str, str]] = field(default_factory=list)
    sufficiency: pd.DataFrame | None = None
    faults: list[Task] = field(default_factory=list)
    to_do: list[Task] = field(default_factory=list)
    to_know: list[str] = field(default_factory=list)
    _alike: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def know(self, text: str, about: str, name: str) -> None:
        """Note ``text`` of ``about``; ``{}`` in it stands for ``name`` and all others of which it is so."""
        self._alike.setdefault((about, text), []).append(name)

    def settle(self) -> None:
        """Put what was noted of several into one sentence each."""
        for (about, text), names in self._alike.items():
            lead = f"{about}: " if about else ""
            self.to_know.append(lead + text.replace("{}", listing(dict.fromkeys(names), 12)))
        self._alike.clear()


def file_in(message: str) -> str:
    """Return the file that a message names at its beginning, or ``""``."""
    first = message.split(":", 1)[0].split(",", 1)[0]
    return first if "/" in first and " " not in first else ""


def as_text(report: Report) -> str:
    """Return the report as lines for the terminal."""
    lines = [f"case {report.case}"]
    width = max((len(name) for name, _ in report.facts), default=0)
    lines += [f"  {name.ljust(width)}  {text}" for name, text in report.facts]
    if report.sufficiency is not None:
        lines += ["", sufficiency.as_text(report.sufficiency, report.case)]
    if report.to_know:
        lines += ["", "to know", *(f"  - {text}" for text in report.to_know)]
    for title, tasks in (("faults: a run would stop", report.faults), ("to do", report.to_do)):
        if tasks:
            lines += ["", title]
        for number, task in enumerate(tasks, 1):
            lines.append(f"  {number}. {task.what}")
            where = ", ".join(filter(None, (task.file, f"`{task.key}`" if task.key else "")))
            lines += (
                [f"     in {where}"] if where and (task.key or task.file not in task.what) else []
            )
            lines += [f"       {line}" for line in task.yaml.splitlines()]
    if not report.faults and not report.to_do:
        lines += [
            "",
            "nothing to do: `snakemake --cores 4 --config cases=" + report.case + "` runs it",
        ]
    return "\n".join(lines) + "\n"


def as_content(report: Report) -> dict[str, Any]:
    """Return the report for JSON."""

    def tasks(given: list[Task]) -> list[dict[str, str]]:
        return [vars(task) for task in given]

    return {
        "case": report.case,
        "ready": not report.faults and not report.to_do,
        "facts": [{"about": name, "found": text} for name, text in report.facts],
        "sufficiency": [] if report.sufficiency is None else report.sufficiency.to_dict("records"),
        "to_know": report.to_know,
        "faults": tasks(report.faults),
        "to_do": tasks(report.to_do),
    }

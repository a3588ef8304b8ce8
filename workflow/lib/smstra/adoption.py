"""What a new vintage would change if it were adopted: figures, and the types of towns; and how to adopt it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from smstra import comparison, config, job_settings, vocabulary
from smstra.errors import SmstraError
from smstra.refresh import Outcome, content
from smstra.stages.whole import types_of

User = Mapping[str, Any]
TYPES = ["case", "unit", "name", "type_in_use", "type_new", "because"]
_SHOWN = 20


def with_vintages(user: User, vintages: Mapping[str, str]) -> dict[str, Any]:
    """Return the configuration ``user`` with ``vintages`` adopted."""
    return {**user, "vintages": {**user.get("vintages", {}), **vintages}}


def changes(
    name: str, vintage: str, settings: Mapping[str, Any], root: Path = Path()
) -> tuple[pd.DataFrame, list[str]]:
    """Return what differs between the vintage in use and ``vintage``, and the lines that say it."""
    user = settings["user"]
    new = config.load(with_vintages(user, {name: vintage}), root)
    after = content(name, job_settings.refresh(new, name), root)
    before = content(name, settings, root)
    if "variable" not in after:
        if before is None:
            return after.assign(change="added"), [f"the first vintage: {len(after):,} rows"]
        found = comparison.units_changed(before, after)
        number = found["change"].value_counts()
        return found, [f"{number.get('added', 0):,} rows added, {number.get('gone', 0):,} gone"]
    if before is None:
        before = after.iloc[:0]
    found = comparison.changes(before, after)
    shown = settings["comparison"]["revisions_shown"]
    lines = comparison.summary(found, before, after, shown)
    return found, [*lines, *comparison.held(after)]


def types_changed(
    user: User, vintages: Mapping[str, str], root: Path = Path()
) -> tuple[pd.DataFrame, list[str]]:
    """Return the units whose type would change, and what else there is to say.

    The cases of ``user`` that read one of the datasets are computed with the vintages in use and
    with ``vintages``: ``case, unit, name, type_in_use, type_new, because`` (criteria whose answer
    changed).
    """
    old, new = config.load(user, root), config.load(with_vintages(user, vintages), root)
    parts, lines = [], []
    for case in old.cases:
        used = vocabulary.datasets_used(new.cases[case], new.datasets)
        if not set(used) & set(vintages):
            continue
        if waiting := new.waiting(case):
            lines.append(f"case {case}: not computed, {waiting[0]} was never fetched")
            continue
        try:
            after = types_of(case, new, root)
        except SmstraError as error:
            lines.append(f"case {case}: cannot be computed with the new vintage: {error}")
            continue
        before = after.iloc[:0] if old.waiting(case) else types_of(case, old, root)
        found = comparison.types_changed(before, after)
        lines.append(f"case {case}: {len(found)} of {len(after)} units would change type")
        parts.append(found.assign(case=case)[TYPES])
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=TYPES)
    return table, [*lines, *_towns(table)]


def _towns(table: pd.DataFrame) -> list[str]:
    lines = [
        f"  {row.case} {row.unit} {row.name_}: {row.type_in_use or 'new'} -> {row.type_new or 'gone'}"
        + (f" ({row.because})" if row.because else "")
        for row in table.rename(columns={"name": "name_"}).head(_SHOWN).itertuples()
    ]
    return lines + ([f"  and {len(table) - _SHOWN} more"] if len(table) > _SHOWN else [])


def how(user: User, vintages: Mapping[str, str]) -> list[str]:
    """Return the lines that say how to adopt ``vintages``: one line of configuration."""
    chosen = with_vintages(user, vintages)["vintages"]
    inside = ", ".join(f'{name}: "{vintage}"' for name, vintage in sorted(chosen.items()))
    return [
        "to adopt, write this one line in config/config.yaml (in the place of the line `vintages:`):",
        f"  vintages: {{{inside}}}",
    ]


def report(name: str, outcome: Outcome, lines: list[str], user: User) -> str:
    """Return the report on one refreshed dataset."""
    states = {
        "new": f"fetched as vintage {outcome.vintage}, in {outcome.folder}",
        "there": f"vintage {outcome.vintage} had been fetched before, in {outcome.folder}",
        "unchanged": f"Eurostat has changed nothing since vintage {outcome.vintage}; nothing fetched",
    }
    gaps = [f"a gap: {line}" for line in outcome.gaps]
    adopt = [] if outcome.state == "unchanged" else how(user, {name: outcome.vintage})
    said = [f"{name}: {states[outcome.state]}", *(f"  {x}" for x in (*gaps, *lines, *adopt))]
    return "\n".join(said) + "\n"

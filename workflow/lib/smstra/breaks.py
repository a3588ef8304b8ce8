"""Breaks in series: which comparisons span one, or start or end in a transition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

# Words that stand in `status` for the reason of an empty value; all else are a source's flags.
REASONS = frozenset({"missing", "incomplete", "not_summable", "not_convertible"})


def registered(
    breaks: Mapping[str, Mapping[str, Any]],
    terms: Iterable[str],
    datasets: Iterable[str],
    dates: tuple[str, ...],
    yearly: bool,
) -> list[str]:
    """Return the flags for the registered breaks that concern figures at ``dates``.

    ``break=<name>`` where the first and last date lie on either side of the day on which the
    break took effect; ``break=<name>:transition`` where a date lies in its transition. Figures of
    whole years (``yearly``) are dated by their first day and last to their 31 December.
    """
    flags = []
    terms, datasets = set(terms), set(datasets)
    first, last = dates[0], dates[-1]
    end = f"{last[:4]}-12-31" if yearly else last
    for name, entry in breaks.items():
        if not (terms & set(entry["variables"]) and datasets & set(entry["datasets"])):
            continue
        if len(dates) > 1 and first < entry["effective"] <= end:
            flags.append(f"break={name}")
        elif "transition_until" in entry and any(
            entry["effective"] <= date <= entry["transition_until"] for date in dates
        ):
            flags.append(f"break={name}:transition")
    return flags


def flagged(rows: pd.DataFrame, dates: tuple[str, ...]) -> dict[str, list[str]]:
    """Return, for each unit, the years in which a source's own flag ``b`` breaks the comparison.

    ``rows`` are all observations of the indicator's terms at its level. A ``b`` at the first date
    opens the series that is compared and breaks nothing; one after it, up to the last, does.
    """
    if len(dates) < 2:
        return {}
    # Most figures bear no flag at all.
    rows = rows[rows["status"] != ""]
    hits = rows[
        (rows["date"] > dates[0])
        & (rows["date"] <= dates[-1])
        & rows["status"].str.contains("b", regex=False)
        & ~rows["status"].isin(REASONS)
    ]
    years = hits.assign(year=hits["date"].str[:4]).groupby("unit")["year"]
    return {unit: sorted(set(group)) for unit, group in years}


def flags_in(flags: pd.Series) -> list[str]:
    """Return the distinct break flags of a typology's ``flags`` column, sorted."""
    return sorted(flags.str.extractall(r"(break=[^;]+)")[0].unique())


def in_words(flag: str, breaks: Mapping[str, Mapping[str, Any]]) -> str:
    """Return a break flag as a reader would say it."""
    name, _, transition = flag.removeprefix("break=").partition(":")
    if name not in breaks:
        return f"flag b of the source in {name.removeprefix('flag_b_')}"
    title = breaks[name]["title"]
    return f"a date lies in the transition of: {title}" if transition else title

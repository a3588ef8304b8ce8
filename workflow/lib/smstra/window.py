"""The window of a case: the years between which economy and population are compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def last_year(case: Mapping[str, Any]) -> str:
    """Return the year in which the comparison of a case ends, as ``2014``.

    Migrants who were there before had settled; those of later years arrived. It is the last year of the
    indicator of the economy or, where that is of one date or not available, of the inhabitants; the year
    of the size classes where neither compares two dates.
    """
    for criterion in ("economy_improving", "population_improving"):
        indicator = case["indicators"][case["criteria"][criterion]["indicator"]]
        if "to" in indicator:
            return str(indicator["to"])[:4]
    return str(case["size_classes"]["inhabitants"]["date"])[:4]


def arrivals_from(case: Mapping[str, Any], indicator: str | None = None) -> str:
    """Return the year after which migrants count as arrived, as ``2014``.

    ``indicator`` names the one that measures arrivals; that of the candidates is taken if it is left out.
    Without one it is :func:`last_year`.
    """
    if indicator is None:
        asked = case.get("selection", {}).get("candidates", {}).get("arrivals", {})
        indicator = asked.get("points") or asked.get("persons")
    spec = case["indicators"].get(indicator, {})
    return str(spec["from"])[:4] if "from" in spec else last_year(case)

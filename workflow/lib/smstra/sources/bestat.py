"""Views of be.STAT, Statbel's tables on demand: one JSON answer with the names of places, no codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smstra.sources.staging import Fetched, Staging

VIEWS = "https://bestat.statbel.fgov.be/bestat/api/views"


def fetch(spec: Mapping[str, Any], table: str, staging: Staging) -> list[Fetched]:
    """Take the result of the view; FetchError if it cannot be had."""
    (address,) = addresses(spec)
    return [staging.download(address, f"{table}.json", accept="application/json")]


def addresses(spec: Mapping[str, Any]) -> list[str]:
    """Return the one address of the view's result."""
    return [f"{VIEWS}/{spec['view']}/result/JSON"]

"""WalStat, the indicators of IWEPS for the municipalities of Wallonia."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smstra.sources.staging import Fetched, Staging

DATA = "https://opendata.iweps.be/api/data/csv"


def fetch(spec: Mapping[str, Any], table: str, staging: Staging) -> list[Fetched]:
    """Take the indicator for all municipalities; FetchError if it cannot be had."""
    (address,) = addresses(spec)
    return [staging.download(address, f"{table}.csv", accept="text/csv")]


def addresses(spec: Mapping[str, Any]) -> list[str]:
    """Return the one address of the indicator."""
    return [f"{DATA}/{spec['indicator']}/com+period={spec['periods']}"]

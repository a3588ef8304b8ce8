"""Addresses of Eurostat's API for a query, parts of a query that is too big, and gaps in the answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pandas as pd

from smstra.errors import FetchError, listing

BASE = "https://ec.europa.eu/eurostat/api/dissemination"
INVENTORY = f"{BASE}/files/inventory?type=data"
TIME = "TIME_PERIOD"

Query = Mapping[str, Any]


def address(query: Query) -> str:
    """Return the address that asks for ``query``: the filters are the server's work, not ours."""
    filters, span = query["filters"], _span(query)
    if query["api"] == "statistics":
        pairs = [(dim, code) for dim, codes in filters.items() for code in codes]
        pairs += [(f"{end}TimePeriod", span[end]) for end in ("since", "until") if end in span]
        return (
            f"{BASE}/statistics/1.0/data/{query['dataflow']}?{urlencode([*pairs, ('lang', 'en')])}"
        )
    pairs = [(f"c[{dim}]", ",".join(codes)) for dim, codes in filters.items()]
    bounds = [
        f"{sign}:{span[end]}" for end, sign in (("since", "ge"), ("until", "le")) if end in span
    ]
    pairs += [(f"c[{TIME}]", "+".join(bounds))] if bounds else []
    # Without formatVersion the older header is sent; compressed files would need a second opening.
    pairs += [
        ("format", "csvdata"),
        ("formatVersion", "2.0"),
        ("labels", "id"),
        ("compress", "false"),
    ]
    flow = f"{BASE}/sdmx/3.0/data/dataflow/ESTAT/{query['dataflow']}/1.0"
    return f"{flow}?{urlencode(pairs, safe='[],:+')}"


def _span(query: Query) -> dict[str, str]:
    ends = {"since": query.get("first"), "until": query.get("last")}
    return {end: period for end, period in ends.items() if period}


def status_address(key: str) -> str:
    """Return where to ask how far the request ``key`` is, which Eurostat put off."""
    return f"{BASE}/1.0/async/status/{key}"


def data_address(key: str) -> str:
    """Return where the answer to the request ``key`` lies once it is available."""
    return f"{BASE}/1.0/async/data/{key}"


def halves(query: Query) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return two queries that together ask for what ``query`` asks, split by ``split_by``.

    FetchError where the query names too little to be split: its message says which key to write.
    """
    by = query.get("split_by")
    name = query["dataflow"]
    if by is None:
        raise FetchError(
            f"{name}: the query asks for more rows than Eurostat sends at once; name the codes of one "
            f"more dimension in `filters`, or write `split_by:` (a dimension of `filters`, or {TIME} "
            "with `first` and `last`)."
        )
    if by == TIME:
        first, last = int(query["first"]), int(query["last"])
        if first < last:
            middle = (first + last) // 2
            return (
                {**query, "last": str(middle)},
                {**query, "first": str(middle + 1)},
            )
    elif len(codes := query["filters"].get(by, [])) > 1:
        middle = len(codes) // 2
        return (
            {**query, "filters": {**query["filters"], by: codes[:middle]}},
            {**query, "filters": {**query["filters"], by: codes[middle:]}},
        )
    raise FetchError(
        f"{name}: the query asks for more rows than Eurostat sends at once even for one value of "
        f"{by}; name the codes of one more dimension in `filters`."
    )


def gaps(query: Query, frame: pd.DataFrame) -> list[str]:
    """Return what ``query`` asked for and ``frame`` does not hold, in words.

    Eurostat drops an unknown code or a period without figures in silence and answers with less.
    FetchError where a dimension asked for is not in the answer, or it holds a code or period that
    was not asked for.
    """
    name = query["dataflow"]
    found: list[str] = []
    for dim, codes in query["filters"].items():
        column = dim.lower()
        if column not in frame:
            raise FetchError(
                f"{name}: the answer has no dimension '{dim}', which the query filters by (it has "
                f"{listing(frame.columns, 20)}); mend `filters`."
            )
        held = set(frame[column].unique())
        others = sorted(held - set(codes))
        if others:
            raise FetchError(
                f"{name}: the answer holds {dim} = {listing(others)}, which the query did not ask for: it "
                "belongs to another query; refresh again."
            )
        found += _lacking(name, dim, [code for code in codes if code not in held])
    periods = set(frame[TIME].unique())
    beyond = sorted(period for period in periods if not _within(period, query))
    if beyond:
        raise FetchError(
            f"{name}: the answer holds the periods {listing(beyond)}, which the query did not ask for: it "
            "belongs to another query; refresh again."
        )
    if query.get("first", "").isdigit() and query.get("last", "").isdigit():
        asked = [str(year) for year in range(int(query["first"]), int(query["last"]) + 1)]
        found += _lacking(name, "period", [period for period in asked if period not in periods])
        found += _holes(query, frame, [period for period in asked if period in periods])
    return found


def _within(period: str, query: Query) -> bool:
    """Whether a period lies in the query's; a year asked for includes its months."""
    first, last = query.get("first", ""), query.get("last", "")
    return period[: len(first)] >= first and (not last or period[: len(last)] <= last)


def _lacking(name: str, what: str, codes: list[str]) -> list[str]:
    return [f"{name}: nothing came for {what} {listing(codes, 40)}"] if codes else []


def _holes(query: Query, frame: pd.DataFrame, periods: list[str]) -> list[str]:
    """Return the places asked for that came, but not for all the periods that came."""
    place = next(
        (dim.lower() for dim in query["filters"] if dim.lower() in ("geo", "cities")), None
    )
    if place is None:
        return []
    lines = []
    for code, rows in frame.groupby(place, observed=True, sort=True):
        lacking = sorted(set(periods) - set(rows[TIME].unique()))
        if lacking:
            lines.append(
                f"{query['dataflow']}: for {place} {code} nothing came for {listing(lacking, 40)}"
            )
    return lines


def check_dataflow(query: Query, frame: pd.DataFrame, file: str) -> None:
    """Raise FetchError where the answer says that it is another dataflow than the one asked for."""
    told = frame.attrs.get("dataflow", "")
    if told and told.upper() != query["dataflow"]:
        raise FetchError(
            f"{file}: the answer is the dataflow {told}, not {query['dataflow']}, which was asked for; "
            "refresh again."
        )

"""Files at fixed addresses: one, one for each year, or an answer in pages of which each names the next."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from smstra.errors import FetchError
from smstra.sources.staging import Fetched, Staging
from smstra.transport import UNTOUCHED


def fetch(spec: Mapping[str, Any], table: str, staging: Staging) -> list[Fetched]:
    """Take the file of each year from ``spec["address"]``, or all pages; FetchError if one cannot be had."""
    if "next" in spec:
        return _pages(spec, staging)
    files = [_of_year(_file(spec), year) for year in _span(spec)]
    return [
        staging.download(address, file)
        for address, file in zip(addresses(spec), files, strict=True)
    ]


def addresses(spec: Mapping[str, Any]) -> list[str]:
    """Return the address of each year's file, or the only one, or that of the first page."""
    return [_of_year(spec["address"], year) for year in _span(spec)]


def _pages(spec: Mapping[str, Any], staging: Staging) -> list[Fetched]:
    """Take one page after the other, numbered from 1, until one names no next."""
    name = PurePosixPath(_file(spec))
    taken: list[Fetched] = []
    address: str | None = spec["address"]
    while address:
        taken.append(
            staging.download(
                address, f"{name.stem}-{len(taken) + 1}{name.suffix}", "application/json"
            )
        )
        address = _next(staging.folder / taken[-1].file, spec, address, staging.dataset)
        if address in {page.address for page in taken}:
            raise FetchError(
                f"{staging.dataset}: {taken[-1].file} names {address} as the next page, which came before; "
                f"the publisher's answer runs in a circle, so try again later; {UNTOUCHED}."
            )
    return taken


def _next(path: Path, spec: Mapping[str, Any], address: str, dataset: str) -> str | None:
    """Return the address of the page after that in ``path``, None where it is the last."""
    try:
        held = json.loads(path.read_bytes())
    except ValueError as error:
        raise FetchError(
            f"{dataset}: {path.name} from {address} is not JSON ({error}), so the next page cannot be known; "
            f"refresh again later; {UNTOUCHED}."
        ) from error
    key = spec["next"]
    # A key may have points in it; otherwise they lead into objects.
    for step in [key] if isinstance(held, dict) and key in held else key.split("."):
        held = held.get(step) if isinstance(held, dict) else None
    if not held:
        return None
    # Some publishers name themselves without TLS.
    there = urlsplit(urljoin(address, str(held)))._replace(scheme="https")
    if there.netloc != urlsplit(address).netloc:
        raise FetchError(
            f"{dataset}: {path.name} names {there.geturl()} as the next page, at another host than {address}; "
            f"look at the answer, and mend `next` or `address`; {UNTOUCHED}."
        )
    return there.geturl()


def _span(spec: Mapping[str, Any]) -> list[int | None]:
    years = spec.get("years")
    return [*range(years["first"], years["last"] + 1)] if years else [None]


def _file(spec: Mapping[str, Any]) -> str:
    if "save_as" in spec:
        return spec["save_as"]
    return PurePosixPath(unquote(urlsplit(spec["address"]).path)).name


def _of_year(text: str, year: int | None) -> str:
    return text if year is None else text.replace("{year}", str(year))

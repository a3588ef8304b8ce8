"""Files at fixed addresses, one for each year if need be: Statbel's open data and others like it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from smstra.sources.staging import Fetched, Staging


def fetch(spec: Mapping[str, Any], table: str, staging: Staging) -> list[Fetched]:
    """Take the file of each year from ``spec["address"]``; FetchError if one cannot be had."""
    files = [_of_year(_file(spec), year) for year in _span(spec)]
    return [
        staging.download(address, file)
        for address, file in zip(addresses(spec), files, strict=True)
    ]


def addresses(spec: Mapping[str, Any]) -> list[str]:
    """Return the address of each year's file, or the only one."""
    return [_of_year(spec["address"], year) for year in _span(spec)]


def _span(spec: Mapping[str, Any]) -> list[int | None]:
    years = spec.get("years")
    return [*range(years["first"], years["last"] + 1)] if years else [None]


def _file(spec: Mapping[str, Any]) -> str:
    if "save_as" in spec:
        return spec["save_as"]
    return PurePosixPath(unquote(urlsplit(spec["address"]).path)).name


def _of_year(text: str, year: int | None) -> str:
    return text if year is None else text.replace("{year}", str(year))

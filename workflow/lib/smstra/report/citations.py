"""Name the sources: a line below a table or figure, citations, BibTeX and CSL-JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, TextIO
from urllib.parse import quote

import pandas as pd

from smstra.errors import listing

# Signs of an address that need no %; others, such as braces, would end a field of BibTeX.
_IN_ADDRESS = "%/:?#[]@!$&'()*+,;=~"
# What LaTeX takes for its own and pybtex leaves as it is.
_LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        "$": r"\$",
        "^": r"\textasciicircum{}",
    }
)


def sources_in(table: pd.DataFrame) -> list[str]:
    """Return the distinct ``dataset@vintage`` in a table's ``source`` column."""
    return sorted({s for cell in table["source"].unique() for s in cell.split(";") if s})


def source_line(sources: Iterable[str], pins: list[dict[str, Any]]) -> str:
    """Return ``Source: publisher, dataset (edition; copy of vintage); ...`` for those sources."""
    wanted = set(sources)
    named = [
        f"{pin['publisher']}, {pin['dataset']} ({pin['edition']}; copy of {pin['vintage']})"
        for pin in pins
        if f"{pin['id']}@{pin['vintage']}" in wanted
    ]
    return "Source: " + "; ".join(named) + "."


def table(
    names: Iterable[str], datasets: dict[str, Any], pins: list[dict[str, Any]]
) -> pd.DataFrame:
    """Return the pins in use of the datasets ``names`` as a table, one row a dataset."""
    rows = []
    for name in sorted(names):
        for pin in pins:
            if pin["id"] == name and pin["vintage"] == datasets[name]["vintage"]:
                dates = pin["reference_dates"]
                aside = ("reference_dates", "notes", "gaps")
                rows.append(
                    {
                        **{key: value for key, value in pin.items() if key not in aside},
                        # Of a fetched file only.
                        **({"gaps": "; ".join(pin["gaps"])} if "gaps" in pin else {}),
                        "reference_dates": f"{dates['first']} to {dates['last']}",
                        "notes": pin.get("notes", ""),
                    }
                )
    return pd.DataFrame(rows)


def sentences(pins: Iterable[dict[str, Any]]) -> str:
    """Return a citation of each dataset as a line, sorted; several files of one stand together."""
    lines = []
    for files in _by_dataset(pins):
        dates = [pin["reference_dates"] for pin in files]
        first, last = min(d["first"] for d in dates), max(d["last"] for d in dates)
        span = first if first == last else f"{first} to {last}"
        # What was asked is often what answered.
        via = [text for text in _said(files, "obtained_via") if text != _address(files)]
        lines.append(
            f"{_text(files, 'publisher')} ({_year(files)}): {_text(files, 'title')}; dataset: "
            f"{_text(files, 'dataset')}; edition: {_text(files, 'edition')}; reference dates: {span}; "
            + (f"obtained via {listing(via, 2)}; " if via else "")
            + f"{_address(files)}; licence: {_text(files, 'licence')}; accessed on {_accessed(files)}.\n"
        )
    return "".join(lines)


def bibtex(pins: Iterable[dict[str, Any]]) -> str:
    """Return one BibTeX entry a dataset, sorted, with the key ``dataset_vintage``."""
    # A run, which names its sources by this module too, never needs them.
    from pybtex.database import BibliographyData, Entry, Person  # noqa: PLC0415
    from pybtex.database.output.bibtex import Writer  # noqa: PLC0415

    class VerbatimAddresses(Writer):
        def _write_field(self, stream: TextIO, type: str, value: str) -> None:
            if type == "url":
                # LaTeX takes an address as it is; an escaped one would lead nowhere.
                stream.write(f",\n    url = {self.quote(value)}")
            else:
                super()._write_field(stream, type, value)

    entries = {}
    for files in _by_dataset(pins):
        # Braces keep an organisation whole and a title's capitals.
        publisher = f"{{{_text(files, 'publisher').translate(_LATEX)}}}"
        fields = {
            "title": f"{{{_text(files, 'title').translate(_LATEX)}}}",
            "year": _year(files),
            "publisher": publisher,
            "url": _address(files),
            "urldate": _accessed(files),
            "note": f"Dataset: {_text(files, 'dataset')}; edition: {_text(files, 'edition')}; "
            f"licence: {_text(files, 'licence')}".translate(_LATEX),
        }
        entries[_key(files)] = Entry("misc", fields, {"author": [Person(publisher)]})
    return VerbatimAddresses().to_string(BibliographyData(entries))


def csl_json(pins: Iterable[dict[str, Any]]) -> str:
    """Return one item of CSL-JSON a dataset, sorted, with the id ``dataset_vintage``."""
    items = [
        {
            "id": _key(files),
            "type": "dataset",
            "title": _text(files, "title"),
            "author": [{"literal": _text(files, "publisher")}],
            "publisher": _text(files, "publisher"),
            "issued": {"date-parts": [[int(_year(files))]]},
            "accessed": {"date-parts": [[int(part) for part in _accessed(files).split("-")]]},
            "URL": _address(files),
            "version": _text(files, "edition"),
            "note": f"Dataset: {_text(files, 'dataset')}; licence: {_text(files, 'licence')}",
        }
        for files in _by_dataset(pins)
    ]
    return json.dumps(items, ensure_ascii=False, indent=2) + "\n"


def _by_dataset(pins: Iterable[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Return the pins of each dataset's vintage, sorted by key."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for pin in pins:
        groups.setdefault(_key([pin]), []).append(pin)
    return [groups[key] for key in sorted(groups)]


def _key(files: list[dict[str, Any]]) -> str:
    return f"{files[0]['id']}_{files[0]['vintage']}"


def _said(files: list[dict[str, Any]], key: str) -> list[str]:
    """Return what the pins say, each text once and on one line."""
    return list(dict.fromkeys(" ".join(pin[key].split()) for pin in files))


def _text(files: list[dict[str, Any]], key: str) -> str:
    return listing(_said(files, key), 2)


def _accessed(files: list[dict[str, Any]]) -> str:
    return min(pin["date_accessed"] for pin in files)


def _year(files: list[dict[str, Any]]) -> str:
    """Return the last year that an edition names, up to the year of access; else the year of access."""
    accessed = _accessed(files)[:4]
    named = re.findall(r"\b(?:19|20)\d\d\b", " ".join(_said(files, "edition")))
    return max((year for year in named if year <= accessed), default=accessed)


def _address(files: list[dict[str, Any]]) -> str:
    """Return the address that was asked for the only file, else the publisher's."""
    asked = files[0].get("address", "") if len(files) == 1 else ""
    # A file made by hand was asked of a folder.
    chosen = asked if asked.startswith(("https://", "http://")) else files[0]["publisher_address"]
    return quote(chosen, safe=_IN_ADDRESS)

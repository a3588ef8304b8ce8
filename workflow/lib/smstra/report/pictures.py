"""The figures of a case as addresses that hold the pictures, small enough for one page."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from smstra.report.pages import data_address, embedded
from smstra.report.parts import Figure

# The families, in the order in which the report shows them.
FAMILIES = ("typology", "demography", "economy", "housing")
# Characters that all pictures of a page may have together; the page itself stays below 4 MB.
ROOM = 3_000_000


def of_case(lists: Mapping[str, Path]) -> list[Figure]:
    """Return the figures of each family, with their pictures.

    ``lists`` has, by family, the file ``list_<family>.json`` that lies beside the figures.
    """
    entries = [
        (family, lists[family].parent, entry)
        for family in FAMILIES
        if family in lists
        for entry in json.loads(lists[family].read_text(encoding="utf-8"))
    ]
    pictures = {
        entry["name"]: folder / entry["name"]
        for _, folder, entry in entries
        if not entry["missing"]
    }
    addresses = fitted(pictures)
    return [
        Figure(
            entry["name"],
            family,
            entry["title"],
            entry["subtitle"],
            entry["source"],
            entry["alt"],
            entry["missing"],
            addresses.get(entry["name"], ""),
        )
        for family, _, entry in entries
    ]


def of_list(family: str, path: Path) -> list[Figure]:
    """Return the figures of one list, with their pictures; ``path`` lies beside them."""
    entries = json.loads(path.read_text(encoding="utf-8"))
    addresses = fitted({entry["name"]: path.parent / entry["name"] for entry in entries})
    return [
        Figure(**{**entry, "family": family, "address": addresses[entry["name"]]})
        for entry in entries
    ]


def fitted(stems: Mapping[str, Path], room: int = ROOM) -> dict[str, str]:
    """Return each picture as an address: SVG, which is sharp at any size, as long as there is room.

    While all together pass ``room``, the longest SVG gives way to a smaller PNG, the next longest after
    it, and so on (of two as long the first name), until they fit or there is none left.
    """
    found = {name: embedded(stem.with_suffix(".svg")) for name, stem in stems.items()}
    whole = sum(map(len, found.values()))
    for name in sorted(stems, key=lambda name: (-len(found[name]), name)):
        if whole <= room:
            break
        dotted = data_address(few_colours(stems[name].with_suffix(".png")), "image/png")
        if len(dotted) < len(found[name]):
            whole += len(dotted) - len(found[name])
            found[name] = dotted
    return found


def few_colours(path: Path) -> bytes:
    """Return a PNG with a palette of 128 colours: a third of the bytes, no pixel visibly another."""
    picture = Image.open(path).convert("RGB")
    drawn = picture.quantize(128, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    out = io.BytesIO()
    drawn.save(out, "PNG", optimize=True)
    return out.getvalue()

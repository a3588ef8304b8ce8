"""The terms of the sources: which of them have an address, and under which name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple


class Licence(NamedTuple):
    """Terms as a pin states them; ``name`` is the SPDX identifier, both ``""`` where there is none."""

    text: str
    name: str
    address: str


# How pins write a licence -> its SPDX identifier and address. Terms that name two, or none of these,
# stand by their text alone.
_KNOWN = {
    "CC BY 4.0": ("CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/"),
    "CC0": ("CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
    "dl-de/by-2-0": ("DL-DE-BY-2.0", "https://www.govdata.de/dl-de/by-2-0"),
    "dl-de/zero-2-0": ("DL-DE-ZERO-2.0", "https://www.govdata.de/dl-de/zero-2-0"),
    "2011/833/EU": ("", "https://eur-lex.europa.eu/eli/dec/2011/833/oj"),
}


def of(text: str) -> Licence:
    """Return the terms ``text`` with their name and address, if exactly one known licence is named."""
    named = [known for sign, known in _KNOWN.items() if sign in text]
    name, address = named[0] if len(named) == 1 else ("", "")
    return Licence(" ".join(text.split()), name, address)


def of_pins(pins: Iterable[dict[str, Any]]) -> list[Licence]:
    """Return the distinct terms of ``pins``, sorted by their text."""
    return sorted({of(pin["licence"]) for pin in pins})

"""What a schema cannot say of `disclosure`: that what is printed of a town is something of the case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from smstra.dataset_rules import unknown
from smstra.errors import ConfigError
from smstra.schema import Key, dotted

# Of a unit beside its indicators; words, so they have no decimals.
CLASSES = ("region", "size_class", "type")


def check(case: Mapping[str, Any], file_of: Callable[[Key], str]) -> None:
    """Raise ConfigError for an attribute that is unknown, stands twice, or whose decimals are not as needed."""
    seen: set[str] = set()
    for number, entry in enumerate(case["disclosure"]["attributes"]):
        path: Key = ("disclosure", "attributes", number)
        name = entry["attribute"]
        where = f"{file_of(path)}: {dotted(path)}"
        if name not in CLASSES and name not in case["indicators"]:
            known = (*CLASSES, *case["indicators"])
            raise unknown(file_of(path), (*path, "attribute"), name, known, "attribute")
        if name in seen:
            raise ConfigError(f"{where} names '{name}' a second time; remove one of the two.")
        seen.add(name)
        if name in CLASSES and "decimals" in entry:
            raise ConfigError(
                f"{where} gives '{name}' decimals, but it is a word; remove `decimals`."
            )
        if name not in CLASSES and "decimals" not in entry:
            raise ConfigError(
                f"{where} says of '{name}' no `decimals`; write with how many it is printed, as in "
                f"`{{attribute: {name}, decimals: 1}}`."
            )

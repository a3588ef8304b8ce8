"""Settings of a case as one line of text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smstra.csvio import cell as text_of


def in_short(value: Any) -> str:
    """Return a setting in one line."""
    if value is None:
        return "not set"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {in_short(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(in_short(item) for item in value) + "]"
    return text_of(value)

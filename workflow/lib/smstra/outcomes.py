"""The words of the results: types of towns, and verdicts on how sure a type is."""

from __future__ import annotations

TYPES = ("A", "B", "C", "D", "mixed", "undetermined")
VERDICTS = ("robust", "likely", "borderline", "undetermined")

"""The words of the results: types of towns, verdicts on how sure they are, schemes of thresholds, languages."""

from __future__ import annotations

LANGUAGES = ("en", "fr", "nl", "de")
TYPES = ("A", "B", "C", "D", "mixed", "undetermined")
VERDICTS = ("robust", "likely", "borderline", "undetermined")
SCHEMES = (
    "zero",
    "national_aggregate",
    "national_median",
    "national_mean",
    "region_aggregate",
    "region_median",
    "region_mean",
)
# What a criterion answers, where its input and its reference are known.
ANSWERS = ("yes", "no")

"""The answers to single criteria: what a case says of its units where figures for a type are missing."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from smstra.outcomes import ANSWERS
from smstra.typology import CRITERIA

_WORDS = dict(zip((True, False), ANSWERS, strict=True))


def in_words(answers: Iterable[bool | None]) -> list[str]:
    """Return answers as the tables of selection write them: yes, no, or ``""`` where there is none."""
    return [_WORDS.get(answer, "") for answer in answers]


def answered(typology: pd.DataFrame) -> list[str]:
    """Return the criteria that at least one unit has an answer to, in the order of ``CRITERIA``."""
    return [name for name in CRITERIA if typology[name].isin([True, False]).any()]


def without_types(typology: pd.DataFrame) -> bool:
    """Return whether no unit has a type, so that single answers are all that there is to say."""
    return bool((typology["type"] == "undetermined").all())


def counts(typology: pd.DataFrame, criterion: str) -> dict[str, int]:
    """Return how many units answer yes, no, and not at all (``""``)."""
    found = pd.Series(in_words(typology[criterion])).value_counts()
    return {word: int(found.get(word, 0)) for word in (*ANSWERS, "")}

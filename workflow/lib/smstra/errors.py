"""The errors a user meets: one sentence that names the file, the key or unit, and the remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class SmstraError(Exception):
    """Base of all errors that are the input's fault, not the program's."""


class ConfigError(SmstraError):
    """A configuration file says something that smstra cannot follow."""


class SnapshotError(SmstraError):
    """A pinned file is missing, changed, or not what its pin says."""


class SourceError(SmstraError):
    """A table cannot be read as its dataset description says."""


class FetchError(SmstraError):
    """A publisher could not be reached, or did not send what was asked for."""


class UnreachableError(FetchError):
    """A publisher could not be reached at all."""


class GeographyError(SmstraError):
    """A unit is unknown, or a figure cannot be brought to the geography asked for."""


class DataError(SmstraError):
    """The sources do not hold what the case asks for."""


def nearest(word: object, known: Iterable[object], lead: str = "did you mean") -> str:
    """Return `` (did you mean 'x'?)`` for the known spelling nearest to ``word``, or ``""``."""
    options = [str(k) for k in known]
    folded = {o.casefold(): o for o in options}
    match = difflib.get_close_matches(str(word).casefold(), list(folded), n=1, cutoff=0.5)
    return f" ({lead} '{folded[match[0]]}'?)" if match else ""


def listing(items: Iterable[object], most: int = 8) -> str:
    """Join ``items`` for a sentence, cut after ``most`` with the number left out."""
    texts = [str(i) for i in items]
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more

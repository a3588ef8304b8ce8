"""How far a published figure may lie from the truth: the errors that a case configures, per figure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from smstra.breaks import REASONS
from smstra.errors import DataError, listing

# Keys of an `errors` entry that give a normal error, a number or one number for each level.
_NORMAL = ("standard_error", "relative_standard_error")


@dataclass(frozen=True)
class Errors:
    """The independent parts of the error of some figures, each an array (figures,) or None.

    ``normal`` is a standard deviation; ``uniform`` the width ``h`` of an error uniform on
    ``(-h/2, h/2)``; ``triangular`` the base ``b`` of an error triangular on ``(-b, b)``; all in the
    figure's unit. Together they are one error: the parts are added.
    """

    normal: np.ndarray | None = None
    uniform: np.ndarray | None = None
    triangular: np.ndarray | None = None

    @property
    def exact(self) -> bool:
        """Whether there is no error at all."""
        return self.normal is None and self.uniform is None and self.triangular is None


# Variable, date, level, and the area where a block holds one area only: the country's own figure.
Key = tuple[str, str, str, str]


@dataclass(frozen=True)
class Block:
    """The published figures of one variable, date and level, each once, and their errors.

    ``values`` and ``flags``, the flag that widens each figure's error or ``""``, are (figures,).
    """

    values: np.ndarray
    flags: np.ndarray
    errors: Errors


class Sheet:
    """All figures that enter a model, and where in a draw's random numbers the error of each lies.

    ``blocks`` are sorted by variable, date, level and area; ``normals`` and ``uniforms`` are how many
    random numbers of each kind one draw of all figures takes.
    """

    def __init__(self, blocks: Mapping[Key, Block]) -> None:
        self.blocks = {key: blocks[key] for key in sorted(blocks)}
        self.normals = self.uniforms = 0
        self._at: dict[Key, tuple[int, int, int]] = {}
        for key, block in self.blocks.items():
            size = len(block.values)
            uniform = self.uniforms
            triangular = uniform + size * (block.errors.uniform is not None)
            self._at[key] = (self.normals, uniform, triangular)
            self.normals += size * (block.errors.normal is not None)
            self.uniforms = triangular + 2 * size * (block.errors.triangular is not None)

    def published(self) -> dict[Key, np.ndarray]:
        """Return the figures as published, each block (1, figures)."""
        return {key: block.values[None, :] for key, block in self.blocks.items()}

    def drawn(self, normals: np.ndarray, uniforms: np.ndarray) -> dict[Key, np.ndarray]:
        """Return the figures with their errors, each block (draws, figures); exact ones (1, figures).

        ``normals`` (draws, at least ``self.normals``) and ``uniforms`` (draws, ``self.uniforms``) hold
        standard normal numbers and uniform ones on (0, 1). They are overwritten.
        """
        made = self.published()
        for key, block in self.blocks.items():
            size, errors = len(block.values), block.errors
            normal, uniform, triangular = self._at[key]
            parts = []
            if errors.normal is not None:
                parts.append(normals[:, normal : normal + size])
                parts[-1] *= errors.normal
            if errors.uniform is not None:
                parts.append(uniforms[:, uniform : uniform + size])
                parts[-1] -= 0.5
                parts[-1] *= errors.uniform
            if errors.triangular is not None:
                middle = triangular + size
                parts.append(uniforms[:, triangular:middle])
                parts[-1] -= uniforms[:, middle : middle + size]
                parts[-1] *= errors.triangular
            if parts:
                figures = parts[0]
                for part in parts[1:]:
                    figures += part
                figures += block.values
                made[key] = figures
        return made


def deciding_flags(statuses: pd.Series, flagged_times: Mapping[str, float]) -> np.ndarray:
    """Return each figure's flag with the largest factor in ``flagged_times``; ``""`` if it has none.

    ``statuses`` are those of the figures: letters run together (``bu``), several joined with ``;``;
    a word that stands for the reason of an empty value is no flag. Of equal factors the first letter.
    """
    codes, distinct = pd.factorize(statuses.fillna(""))
    deciding = []
    for status in distinct:
        words = [word for word in status.split(";") if word not in REASONS]
        flags = sorted({c for word in words for c in word if c in flagged_times})
        deciding.append(max(flags, key=lambda flag: flagged_times[flag], default=""))
    return np.array(deciding, dtype=str)[codes]


def at_level(variable: str, key: str, spec: Mapping[str, Any], level: str) -> float:
    """Return the number that ``spec[key]`` (a number, or one for each level) has for ``level``.

    DataError where the figures are of a level that it does not name; 0 where ``spec`` has no ``key``.
    """
    given = spec.get(key, 0.0)
    if not isinstance(given, Mapping):
        return float(given)
    if level not in given:
        raise DataError(
            f"`robustness.probabilities.errors.{variable}.{key}` has numbers for the levels "
            f"{listing(given)}, but the figures used are of the level '{level}'; add `{level}:`."
        )
    return float(given[level])


def errors_of(
    variable: str,
    spec: Mapping[str, Any],
    level: str,
    values: np.ndarray,
    factors: np.ndarray,
    parts: np.ndarray,
) -> Errors:
    """Return the errors of figures of one variable and level from its ``errors`` entry ``spec``.

    Parameters
    ----------
    values, factors, parts
        Arrays (figures,): the figures, what their flags multiply a standard error by
        (see :func:`deciding_flags`), and of how many published figures each is the sum.

    Notes
    -----
    ``rounded_to: h``: a figure rounded to the nearest multiple of h lies up to h/2 from the truth,
    every distance as likely. ``randomly_rounded_to: b``: unbiased random rounding takes x to one of the
    two multiples of b beside it, to the nearer one in proportion to how near it is, so given the figure
    the truth at distance d has the weight ``1 - |d|/b``: a triangle on ``(-b, b)`` (Willenborg and de
    Waal, Elements of Statistical Disclosure Control, 2001, chapter 5). ``standard_error`` and
    ``relative_standard_error`` (a fraction of the figure) are normal; both together are one normal error
    of the root of their squares' sum. A sum of n published figures holds n errors: all but the relative
    one, whose shares are not known and which is taken whole, grow by the root of n.
    """
    several = np.sqrt(parts)
    absolute = at_level(variable, "standard_error", spec, level) * several
    relative = at_level(variable, "relative_standard_error", spec, level) * np.abs(values)
    normal = factors * np.sqrt(absolute**2 + relative**2)
    width = spec.get("rounded_to", 0) * several
    base = spec.get("randomly_rounded_to", 0) * several
    return Errors(*(_or_none(np.nan_to_num(part)) for part in (normal, width, base)))


def _or_none(part: np.ndarray) -> np.ndarray | None:
    return part if part.any() else None


def in_words(
    variable: str, spec: Mapping[str, Any], level: str, unit_of_measure: str
) -> Iterator[tuple[str, float, str]]:
    """Yield ``component, value, unit_of_measure`` of each part of the error; ``exact`` for none."""
    found = False
    for key in ("rounded_to", "randomly_rounded_to", *_NORMAL):
        value = at_level(variable, key, spec, level)
        if value:
            found = True
            yield key, value, "of the figure" if key.startswith("relative") else unit_of_measure
    if not found:
        yield "exact", 0.0, unit_of_measure

"""Reading libraries in native code, kept from taking the program down over a damaged file."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from smstra.errors import SmstraError, SourceError

_REMEDY = "the file is damaged or of another kind: fetch it again, or mend `format`."


def try_apart(reading: str, raw: bytes, place: str, what: str) -> None:
    """Run the Python lines ``reading`` on ``raw`` (at their standard input) in a process of its own.

    These libraries believe the counts that a file states, and where one of them is damaged they ask
    for more memory than there is, upon which the process ends at once. SourceError where it did so;
    whatever Python can catch is left to :func:`opened`.
    """
    done = subprocess.run(
        [sys.executable, "-c", reading], input=raw, capture_output=True, check=False
    )
    if done.returncode not in (0, 1):
        raise SourceError(f"{place}: cannot be read as {what} (the reader breaks down); {_REMEDY}")


@contextmanager
def opened(place: str, what: str) -> Iterator[None]:
    """Turn whatever a reading library raises into a SourceError: ``place`` is no ``what``.

    A panic of a library written in Rust is a BaseException that is no Exception.
    """
    try:
        yield
    except (SmstraError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        words = " ".join(str(error).split())[:200]
        raise SourceError(f"{place}: cannot be read as {what} ({words}); {_REMEDY}") from error

"""Around each job: say what it does in log and terminal, end a user's error in one clear line."""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from smstra.errors import SmstraError

LEAD = "smstra: "


def settings_of(snakemake: Any) -> dict[str, Any]:
    """Return what the job reads of the configuration: its input ``settings``, a JSON file."""
    return json.loads(Path(snakemake.input.settings).read_text(encoding="utf-8"))


@contextmanager
def job(snakemake: Any) -> Iterator[Callable[[str], None]]:
    """Run a script's work; yields ``say``, which writes a line to the terminal and the log.

    A SmstraError ends the job with exit code 1 and its one sentence; any other exception is a
    fault of the program and keeps its traceback, in the log as well. Nothing in a log depends on
    the clock: Snakemake's own log has the times.
    """
    log = Path(snakemake.log[0])
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8", newline="\n") as file:

        def say(text: str) -> None:
            file.write(text + "\n")
            print(text, file=sys.stderr, flush=True)

        try:
            yield say
        except SmstraError as error:
            say(f"{LEAD}{error}")
            raise SystemExit(1) from None
        except Exception:
            file.write(traceback.format_exc())
            raise

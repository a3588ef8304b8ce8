"""Snakemake's command line in a fork of a process that has loaded it, so that loading it is paid for once."""

from __future__ import annotations

import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

_FORKS = multiprocessing.get_context("forkserver")
# Nothing of smstra: that of the folder is to be taken.
_FORKS.set_forkserver_preload(["snakemake.cli", "jsonschema", "pandas"])
_SECONDS = 400


def call(
    folder: Path, environment: Mapping[str, str], *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Do what `python -m snakemake` does in ``folder``, with ``environment`` and no other.

    All calls hash texts alike, their jobs do not: what has to hold for any seed needs a process of its own.
    """
    with tempfile.TemporaryDirectory() as kept:
        streams = [Path(kept, name) for name in ("out", "err")]
        process = _FORKS.Process(target=_main, args=(folder, environment, arguments, streams))
        process.start()
        process.join(_SECONDS)
        if process.is_alive():
            process.kill()
            raise subprocess.TimeoutExpired(arguments, _SECONDS)
        said = [stream.read_text(encoding="utf-8") for stream in streams]
    return subprocess.CompletedProcess(arguments, process.exitcode, *said)


def _main(
    folder: Path, environment: Mapping[str, str], arguments: Sequence[str], streams: Sequence[Path]
) -> None:
    for number, stream in enumerate(streams, start=1):
        os.dup2(os.open(stream, os.O_WRONLY | os.O_CREAT), number)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:0] = [str(folder), *environment["PYTHONPATH"].split(os.pathsep)]
    sys.argv = ["snakemake", *arguments]
    runpy.run_module("snakemake", run_name="__main__", alter_sys=True)

"""docs/tutorial.md, done as it is written: each command is run from an empty folder, each answer compared."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import tiny

PAGE = tiny.REPO / "docs/tutorial.md"
_FENCE = re.compile(
    r"(?ms)^(?:<!-- exit (?P<code>[0-9]) -->\n)?```(?P<kind>\w+)(?: (?P<file>\S+))?\n(?P<text>.*?)^```$"
)


class Block(NamedTuple):
    """A fenced block of the page: commands and their exit code, their answer, or a file to write."""

    kind: str
    text: str
    code: int
    file: str


def blocks() -> list[Block]:
    text = PAGE.read_text(encoding="utf-8")
    found = [
        Block(m["kind"], m["text"], int(m["code"] or 0), m["file"] or "")
        for m in _FENCE.finditer(text)
    ]
    assert len(found) == text.count("\n```") // 2, "a block that is not understood"
    assert {block.kind for block in found} == {"sh", "text", "yaml"}
    return found


def environment(folder: Path) -> dict[str, str]:
    """Commands `smstra` and `snakemake` of this Python and this tree, and where it lies."""
    folder.mkdir()
    of = {
        "smstra": "import sys; from smstra.cli import main; sys.exit(main())",
        "snakemake": "import sys; from snakemake.cli import main; sys.exit(main())",
    }
    for name, code in of.items():
        (folder / name).write_text(
            f'#!/bin/sh\nexec "{sys.executable}" -c "{code}" "$@"\n', encoding="utf-8"
        )
        (folder / name).chmod(0o755)
    return {
        **os.environ,
        "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(tiny.REPO / "workflow/lib"),
        "SMSTRA": str(tiny.REPO),
    }


def test_the_tutorial_does_what_it_says(tmp_path: Path) -> None:
    env, here, said = environment(tmp_path / "bin"), tmp_path / "start", ""
    here.mkdir()
    for block in blocks():
        if block.kind == "yaml":
            (here / block.file).write_text(block.text, encoding="utf-8")
        elif block.kind == "text":
            lacking = [line for line in block.text.splitlines() if line not in said]
            assert not lacking, f"{lacking}\nnot in what was said:\n{said}"
        else:
            script = f"{block.text.rstrip()}\ncode=$?\npwd >&3\nexit $code\n"
            where = tmp_path / "where"
            done = subprocess.run(
                ["bash", "-c", f"exec 3>{where}\n{script}"],
                cwd=here,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                timeout=300,
                check=False,
            )
            said = done.stdout
            assert done.returncode == block.code, f"{block.text}\n{said}"
            here = Path(where.read_text(encoding="utf-8").strip())


def test_every_command_of_the_page_has_an_answer() -> None:
    kinds = [block.kind for block in blocks()]
    assert all(after == "text" for kind, after in pairwise(kinds) if kind == "sh")

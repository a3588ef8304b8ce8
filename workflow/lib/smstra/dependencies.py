"""Which modules of the package a script needs, so that editing one reruns what depends on it."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from smstra.folders import shown

PACKAGE = Path(__file__).resolve().parent
# Imports stand at the top of each module, at the beginning of a line; the linter sees to both
# (E402, PLC0415). Reading them so costs a tenth of parsing every module at every call.
_IMPORT = re.compile(
    rf"^(?:from ({PACKAGE.name}[\w.]*) import (\([^)]*\)|[^\n(]+)|import ({PACKAGE.name}[\w.]*))",
    re.MULTILINE,
)
# What a module reads beside itself, as much a part of it as its lines.
_DATA = {
    "language.py": "locale/*.po",
    "report/pages.py": "report/templates/*",
    "explorer/page.py": "explorer/assets/**/*",
}


def modules_of(script: Path) -> list[str]:
    """Return the files of all smstra modules that ``script`` imports, directly or not, sorted.

    Templates, catalogues and other files that a module reads are among them.
    """
    found: set[Path] = set()
    todo = [*_imported(script)]
    while todo:
        module = todo.pop()
        if module not in found:
            found.add(module)
            todo += _imported(module)
    found |= {
        path
        for module, pattern in _DATA.items()
        if PACKAGE / module in found
        for path in PACKAGE.glob(pattern)
        if path.is_file()
    }
    return sorted(map(shown, found))


@cache
def _imported(file: Path) -> tuple[Path, ...]:
    names: set[str] = set()
    for module, imported, plain in _IMPORT.findall(file.read_text(encoding="utf-8")):
        # `from smstra import x` may name a module or something inside the package.
        names |= {plain} if plain else {module}
        names |= {f"{module}.{name}" for name in re.findall(r"\w+", imported)} if module else set()
    paths: set[Path] = set()
    for name in names:
        if name.split(".")[0] != PACKAGE.name:
            continue
        steps = name.split(".")[1:]
        # Importing a.b.c runs the __init__ of a and of a.b as well.
        for depth in range(len(steps) + 1):
            place = PACKAGE.joinpath(*steps[:depth])
            paths |= {p for p in (place / "__init__.py", place.with_suffix(".py")) if p.is_file()}
    return tuple(sorted(paths))

"""Files that a user downloaded by hand: copied into the vintage as they are, like any other source."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from typing import Any

from smstra.errors import FetchError
from smstra.sources.staging import Fetched, Staging
from smstra.transport import UNTOUCHED


def fetch(spec: Mapping[str, Any], table: str, staging: Staging) -> list[Fetched]:
    """Copy the files that ``spec["files"]`` names.

    FetchError where there is none, or one lies outside the project's folder.
    """
    root = staging.root
    there = sorted(root.glob(spec["files"]))
    found = [path for path in there if path.is_file()]
    if not found:
        other = " (a folder, or a link to nowhere, bears that name)" if there else ""
        raise FetchError(
            f"{staging.dataset}: there is no file {spec['files']}{other}; download it by hand"
            f"{' (' + spec['obtained'] + ')' if 'obtained' in spec else ''}, put it there, and refresh "
            f"again; {UNTOUCHED}."
        )
    taken = []
    for path in found:
        if not path.resolve().is_relative_to(root.resolve()):
            raise FetchError(
                f"{staging.dataset}: {path} is a link to a place outside the project; put the file itself "
                f"there; {UNTOUCHED}."
            )
        staging.drop(path.name)
        part = staging.folder / f"{path.name}.part"
        try:
            shutil.copyfile(path, part)
        except OSError as error:
            raise FetchError(
                f"{staging.dataset}: {path} cannot be copied ({error.strerror}); mend permissions or make "
                f"room, and refresh again; {UNTOUCHED}."
            ) from error
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(staging.folder / path.name)
        origin = spec.get("obtained", "downloaded by hand")
        taken.append(
            staging.note(Fetched(path.name, path.relative_to(root).as_posix(), origin, ""))
        )
    return taken

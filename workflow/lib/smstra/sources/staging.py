"""The folder in which a vintage is put together: each file is taken once, with where it came from."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from smstra.textfiles import write_text
from smstra.transport import Receipt, Transport

_NOTE = ".fetched.json"


@dataclass(frozen=True)
class Fetched:
    """A file of a vintage to be: its name, the address asked, what answered, and when it changed."""

    file: str
    address: str
    came_from: str
    last_modified: str


class Staging:
    """Takes files into ``folder`` for ``dataset``; a file that is there already is not asked again.

    So a refresh that was killed goes on where it stopped. ``root`` is the project's folder.
    """

    def __init__(
        self, folder: Path, dataset: str, transport: Transport, root: Path = Path()
    ) -> None:
        self.folder, self.dataset, self.transport, self.root = folder, dataset, transport, root
        folder.mkdir(parents=True, exist_ok=True)

    def download(
        self,
        address: str,
        file: str,
        accept: str = "*/*",
        inspect: Callable[[Path, Receipt], None] | None = None,
        explain: Callable[[int, bytes], str] | None = None,
        via: str | None = None,
    ) -> Fetched:
        """Take ``file`` from ``address``, or, for an answer that lies elsewhere, from ``via``.

        FetchError as :meth:`Transport.download`.
        """
        known = self.noted(file)
        if known is not None and known.address == address:
            return known
        self.drop(file)
        receipt = self.transport.download(
            via or address,
            self.folder / file,
            self.dataset,
            accept=accept,
            inspect=inspect,
            explain=explain,
        )
        return self.note(Fetched(file, address, receipt.came_from, receipt.last_modified))

    def noted(self, file: str) -> Fetched | None:
        """Return what is known of ``file`` if it was taken whole."""
        note = self.folder / (file + _NOTE)
        if not (note.is_file() and (self.folder / file).is_file()):
            return None
        return Fetched(**json.loads(note.read_text(encoding="utf-8")))

    def note(self, fetched: Fetched) -> Fetched:
        """Keep where a file came from."""
        write_text(json.dumps(asdict(fetched)), self.folder / (fetched.file + _NOTE))
        return fetched

    def drop(self, file: str) -> None:
        """Forget ``file``, so that it is taken anew."""
        for name in (file, file + _NOTE):
            (self.folder / name).unlink(missing_ok=True)

    def tidy(self, files: set[str]) -> None:
        """Remove from the folder all but ``files``."""
        for path in self.folder.iterdir():
            if path.name not in files:
                path.unlink()

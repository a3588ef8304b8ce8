"""Which folder holds the workflow: the project's own, or, for a study folder, the one of the installed smstra.

A study folder has config/, data/ and results/; its Snakefile imports that of the project. What is written
into results names files of the workflow as the project does (``workflow/...``), wherever they lie.
"""

from __future__ import annotations

from pathlib import Path

# workflow/lib/smstra/folders.py -> the folder that holds workflow/
INSTALLED = Path(__file__).resolve().parents[3]
# In no workflow but this one.
_OWN = "workflow/internal/lineage.yaml"


def of_workflow(root: Path = Path()) -> Path:
    """Return the folder with the workflow that makes the results in ``root``.

    That is ``root`` itself where it holds this workflow, as a project and an unpacked bundle do, and not where
    it holds another one, which imports smstra.
    """
    return root if (root / _OWN).is_file() else INSTALLED


def shown(path: Path) -> str:
    """Return ``path`` from the working folder where that is above it: shorter, and good after a move."""
    here = Path.cwd()
    return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()

"""The settings that the results of a case rest on: the project's, with the case as it was resolved then."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath

from smstra import config, source_list, strict_yaml
from smstra.config import Settings
from smstra.errors import DataError, listing, nearest

_RESOLVED = "config.resolved.yaml"


def cases_in(results: Path) -> list[str]:
    """Return the cases that have results, by the folders with a resolved configuration."""
    found = [*results.glob(f"*/{_RESOLVED}"), *results.glob(f"private/*/{_RESOLVED}")]
    return sorted(path.parent.relative_to(results).as_posix() for path in found)


def settings_behind(case: str, results: Path = Path("results"), root: Path = Path()) -> Settings:
    """Return the settings behind the results of ``case``.

    The case and its datasets are those of ``config.resolved.yaml`` beside the results, whatever the
    configuration says now; pins and vocabulary are the project's.

    Raises
    ------
    SmstraError
        ``root`` is no project, or the case has no results.
    """
    source_list.check_folder(root)
    known = cases_in(results)
    if case not in known:
        have = f"there are results of {listing(known)}" if known else "there are no results"
        raise DataError(
            f"{(results / case).as_posix()}: there are no results of a case '{case}'{nearest(case, known)}; "
            f"{have} in {results.as_posix()}. Make them by `snakemake --cores 4`, or say by --results where "
            "they are."
        )
    user = source_list.asked(root)
    name = PurePosixPath(case).name
    if (root / f"config/cases/{name}.yaml").is_file():
        user = {**user, "cases": [name], "overrides": {}}
    now = config.load(user, root)
    path = results / case / _RESOLVED
    then = strict_yaml.load(path)
    if not {"settings", "datasets"} <= set(then):
        raise DataError(
            f"{path.as_posix()}: this is no resolved configuration; make it again by a run."
        )
    return replace(
        now, cases={case: then["settings"]}, datasets={**now.datasets, **then["datasets"]}
    )

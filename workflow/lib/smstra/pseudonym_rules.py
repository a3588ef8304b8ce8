"""What `pseudonymise` asks of a case, and what of the case's configuration may be published then.

The case ``x`` is computed as ``private/x``, in results/private/x/; results/x/ has the pseudonymised form.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smstra.errors import ConfigError, SmstraError, listing
from smstra.schema import Key

if TYPE_CHECKING:
    from smstra.config import Settings

# Before the name of a case: its workings, which name the units.
PRIVATE = "private/"
# What `pseudonymise: true` means.
DEFAULTS: dict[str, Any] = {"k": 5, "publish": ["region", "size_class"], "digits": 4}
# Stands in a column or flag for what is not said of a locality.
WITHHELD = "withheld"
# The name of the region of a unit whose region too few units share to be named.
REGION_NOT_GIVEN = "region not given"
# The reason of a missing value for which too few units of a group have a figure.
TOO_FEW = "too_few_in_group"
# Of the folder of pages, what a run writes: a page a locality, and Snakemake's mark.
_PAGES = re.compile(r"profiles/(?:(?:index|L\d+)\.html|\.snakemake_timestamp)")
# Figures that show where a unit lies, or its type under each single choice.
FIGURES_WITHHELD = ("map", "scheme_strip")
# Tables of robustness that a pseudonymised case has: of the country, or of groups. The others say of each
# unit how far it lies from each threshold, or which type it has under each choice.
ROBUSTNESS_PUBLISHED = (
    "choices",
    "combinations",
    "probabilities",
    "convergence",
    "errors",
    "influence",
    "sensitivity",
    "sensitivity_left_out",
    "verdicts",
)


def spec_of(case: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the block ``pseudonymise`` of a case with its defaults; None if the case has units' names."""
    asked = case.get("pseudonymise", False)
    if asked is False:
        return None
    return {**DEFAULTS, **(asked if isinstance(asked, Mapping) else {})}


def check(case: Mapping[str, Any], file_of: Callable[[Key], str]) -> None:
    """Raise ConfigError where a pseudonymised case would give its towns away by how it chooses them."""
    if spec_of(case) is None:
        return
    choose = case["figures"]["towns"]["choose"]
    if choose != "named":
        path: Key = ("figures", "towns", "choose")
        raise ConfigError(
            f"{file_of(path)}: `figures.towns.choose` is {choose}, but the case has `pseudonymise`: towns that "
            "follow from official figures by a rule are found by whoever repeats the rule; write "
            "`choose: named` with `units:`, in a file of your own outside the project (`--configfile`)."
        )


def published(case: Mapping[str, Any]) -> dict[str, Any]:
    """Return the form of a pseudonymised case that its public files may show.

    Without the codes of its towns, the tables that name towns, and what is made of single units: the
    choice of cases, look-alikes, map.
    """
    made = copy.deepcopy(dict(case))
    made["pseudonymise"] = spec_of(case)
    made["figures"]["towns"].pop("units", None)
    for name in FIGURES_WITHHELD:
        made["figures"].pop(name, None)
    for block in ("selection", "locality_profiles"):
        made.pop(block, None)
    made.get("robustness", {}).pop("known_cases", None)
    return made


def without_aliases(described: Any) -> Any:
    """Return the description of datasets without the names of units that stand in it for codes."""
    if isinstance(described, Mapping):
        return {key: without_aliases(value) for key, value in described.items() if key != "aliases"}
    return (
        [without_aliases(each) for each in described] if isinstance(described, list) else described
    )


def split(settings: Settings) -> Settings:
    """Return the settings with each pseudonymised case twice: to be published, and ``private/`` whole."""
    cases, origins = dict(settings.cases), dict(settings.origins)
    for name, case in settings.cases.items():
        spec = spec_of(case)
        if spec is None:
            # `pseudonymise: false` is the same as nothing.
            cases[name] = {key: value for key, value in case.items() if key != "pseudonymise"}
            continue
        cases[name] = published(case)
        cases[PRIVATE + name] = {**case, "pseudonymise": spec}
        origins[PRIVATE + name] = settings.origins[name]
    return replace(settings, cases=cases, origins=origins)


def is_private(case: str) -> bool:
    """Whether ``case`` is the workings of a pseudonymised one."""
    return case.startswith(PRIVATE)


def leftovers(folder: Path, outputs: Iterable[str]) -> list[str]:
    """Return the files in the folder of a pseudonymised case that it does not make, such as those of a
    run without `pseudonymise`; they may name units. Pages of localities are known by their names."""
    known = set(outputs)
    return [
        path.as_posix()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and path.as_posix() not in known
        and not _PAGES.fullmatch(path.relative_to(folder).as_posix())
    ]


def refuse_leftovers(folder: Path, outputs: Iterable[str]) -> None:
    """Raise SmstraError if the folder of a pseudonymised case holds files that it does not make."""
    found = leftovers(folder, outputs)
    if found:
        raise SmstraError(
            f"{folder.as_posix()}/ holds files that a pseudonymised case does not make and that may name "
            f"units ({listing(found, 3)}); move or delete the folder, then run again."
        )

"""``CITATION.cff`` of the results of a case: how to cite them, and the sources that they rest on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from smstra import __version__, strict_yaml
from smstra.report import citations

# The version of the Citation File Format that is written (citation-file-format.github.io).
FORMAT = "1.2.0"
# As in the project's own CITATION.cff.
AUTHORS = "The smstra contributors"


def text(name: str, case: Mapping[str, Any], pins: Iterable[dict[str, Any]]) -> str:
    """Return the file for the case ``name``: a dataset, with a reference for each source.

    A reference's ``version`` is the publisher's edition, ``date-accessed`` the day of the copy. A
    licence stands in ``notes``, in the words of the pin: most have no SPDX identifier.
    """
    return strict_yaml.dumps(content(name, case, pins))


def content(name: str, case: Mapping[str, Any], pins: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return what :func:`text` writes."""
    items = list(pins)
    return {
        "cff-version": FORMAT,
        "message": (
            "If you use these results, please cite them, the workflow smstra that made them, and the "
            "publishers of the figures (references)."
        ),
        "title": f"{case['title']}: types of towns for comparative studies of migrant integration",
        "type": "dataset",
        "version": __version__,
        "authors": [{"name": AUTHORS}],
        "abstract": (
            f"Results of the case {name} of smstra {__version__}: every unit classified by official "
            "figures, with every threshold and substitution. The figures remain under the terms of their "
            "publishers."
        ),
        "keywords": ["official statistics", "case selection", "migrant integration"],
        "references": [*_sources(items), _workflow()],
    }


def _workflow() -> dict[str, Any]:
    return {
        "type": "software",
        "title": "smstra: a reproducible workflow for choosing which towns to study",
        "authors": [{"name": AUTHORS}],
        "version": __version__,
        "license": "MIT",
    }


def _sources(pins: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a reference for each dataset's vintage, in the order and words of the other citations."""
    return [
        {
            "type": "data",
            "title": item["title"],
            "authors": [{"name": item["publisher"]}],
            "publisher": {"name": item["publisher"]},
            "year": item["issued"]["date-parts"][0][0],
            "version": item["version"],
            "url": item["URL"],
            "date-accessed": "{:04}-{:02}-{:02}".format(*item["accessed"]["date-parts"][0]),
            "notes": item["note"],
        }
        for item in json.loads(citations.csl_json(pins))
    ]

"""Where the figures come from, and how to make the same results again."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from smstra import __version__, strict_yaml
from smstra.language import Language
from smstra.report import citations
from smstra.report.parts import Address, Code, Fold, Foreign, Heading, Part, Section, Table, Text

# What the package needs, as pyproject.toml names it.
PACKAGES = (
    "babel",
    "charset-normalizer",
    "filelock",
    "jinja2",
    "jsonschema",
    "matplotlib",
    "numpy",
    "pandas",
    "polars",
    "prov",
    "pybtex",
    "python-calamine",
    "pyyaml",
    "requests",
    "rocrate",
    "SALib",
    "scipy",
    "seaborn",
    "shapely",
    "snakemake",
    "tenacity",
    "tqdm",
    "xlsxwriter",
)


def versions() -> dict[str, str]:
    """Return the versions of smstra, of Python and of the packages in ``PACKAGES``; ``""`` if not there."""
    found = {"smstra": __version__, "Python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = ""
    return found


def sources(settings: Mapping[str, Any], say: Language) -> Section:
    """Return what every table used is, its edition, vintage and licence, and how to cite it."""
    pins = sorted(settings["pins"], key=lambda pin: (pin["id"], pin["file"]))
    rows = [
        (
            pin["id"],
            Address(pin["publisher"], pin["publisher_address"])
            if pin["publisher_address"].startswith(("https://", "http://"))
            else pin["publisher"],
            pin["title"],
            pin["edition"],
            pin["vintage"],
            _span(pin["reference_dates"], say),
            pin["licence"],
        )
        for pin in pins
    ]
    return Section(
        "sources",
        say("Sources"),
        [
            Text(
                say(
                    "Every table that the case reads. Titles, editions and licences are in the "
                    "words of data/sources.yaml; the vintage is the day on which the copy was "
                    "taken."
                )
            ),
            Table(
                say("Sources and their vintages"),
                [
                    say("Dataset"),
                    say("Publisher"),
                    say("Title"),
                    say("Edition"),
                    say("Vintage"),
                    say("Reference dates"),
                    say("Licence"),
                ],
                rows,
                codes=frozenset({0}),
            ),
            Heading(say("Citations"), "sources-citations"),
            Foreign(citations.sentences(pins).splitlines()),
            Text(
                say("The command `smstra sources` writes the same as BibTeX and CSL-JSON."),
                "note",
            ),
        ],
    )


def _span(dates: Mapping[str, str], say: Language) -> str:
    first, last = dates["first"], dates["last"]
    if first == last:
        return say.date(first)
    return say("{start} to {end}", start=say.date(first), end=say.date(last))


def reproduction(
    settings: Mapping[str, Any], resolved: str, made_by: Mapping[str, str], say: Language
) -> Section:
    """Return the commands, the versions, the hashes and the whole configuration."""
    name, changed = settings["name"], settings["overridden"]
    pins = sorted(settings["pins"], key=lambda pin: (pin["id"], pin["file"]))
    newest = max(pin["date_accessed"] for pin in pins)
    commands = "make run\n. .venv/bin/activate\n"
    parts: list[Part] = [
        Text(
            say(
                "From the folder of the project, with Python 3.11, pip, make and git. A run asks "
                "no network but for the packages; the same inputs give the same bytes."
            )
        ),
    ]
    if changed:
        parts += [
            Text(
                say(
                    "This run changed keys of the case by `overrides`. They stand here as a file "
                    "of their own; save it as my.yaml, unless your config/config.yaml has them "
                    "already."
                )
            ),
            Code(strict_yaml.dumps({"overrides": {name: changed}}).rstrip("\n")),
        ]
        commands += f"snakemake --cores 4 --configfile my.yaml --config cases={name}"
    else:
        commands += f"snakemake --cores 4 --config cases={name}"
    if "pseudonymise" in settings["case"]:
        parts.append(
            Text(
                say(
                    "The towns are named in a file that is not published; who has it adds it as "
                    "`--configfile` and gets these files."
                )
            )
        )
    parts += [
        Code(commands),
        Text(
            say(
                "The newest copy of a source was taken on {date}. The page bears no other date, so "
                "that a second run writes the same.",
                date=say.date(newest),
            )
        ),
        *([] if settings["case"].get("pseudonymise") else _tracing(name, say)),
        Table(
            say("Versions that made this page"),
            [say("Package"), say("Version")],
            [(package, number or say("not installed")) for package, number in made_by.items()],
        ),
        Heading(say("Hashes"), "reproduction-hashes"),
        Table(
            say("SHA-256 of the configuration and of each file that was read"),
            [say("File"), "SHA-256"],
            [
                (
                    f"results/{name}/config.resolved.yaml",
                    hashlib.sha256(resolved.encode("utf-8")).hexdigest(),
                ),
                *((pin["file"], pin["sha256"]) for pin in pins),
            ],
            codes=frozenset({0, 1}),
        ),
        Heading(say("Configuration"), "reproduction-configuration"),
        Text(
            say(
                "Every value that the results depend on, as config.resolved.yaml has it; what each "
                "key means stands in config/README.md."
            )
        ),
        Fold(say("config.resolved.yaml of this case"), [Code(resolved.rstrip("\n"))]),
    ]
    return Section("reproduction", say("How to reproduce"), parts)


def _tracing(name: str, say: Language) -> list[Part]:
    """Return the commands that lead from a number back to its sources."""
    cell = f"results/{name}/typology.csv:2:sf"
    commands = f"smstra audit {name} UNIT\nsmstra audit {name} --cell {cell}\n"
    return [
        Heading(say("Trace a number"), "reproduction-trace"),
        Text(
            say(
                "`smstra audit` leads from any number of the tables, figures, workbook and pages back "
                "to the line and column of the sources it was made from, and redoes it from there; "
                "`smstra why` says in words why a unit has its type; `smstra verify` says whether any "
                "file differs from what the run wrote, and computes all types again from the sources. "
                "UNIT is a code or a name."
            )
        ),
        Code(commands + f"smstra why {name} UNIT\nsmstra verify {name}"),
    ]

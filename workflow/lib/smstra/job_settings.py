"""What each job reads of the configuration, each in a file of its own.

So a change of one key reruns just the jobs that read it. The files lie in ``results/settings`` and are
named by their content, so that nothing is overwritten: a second call with another configuration, even
a dry run, leaves a running workflow its own settings.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from smstra import vintages, vocabulary
from smstra.across import rules as across_rules
from smstra.config import Settings, resolved_content
from smstra.pseudonym_rules import is_private, without_aliases
from smstra.selection_rules import own_tables
from smstra.textfiles import write_text

# The keys of a case that each stage reads; a stage gets these and nothing else.
OF_INDICATORS = ("geography", "datasets", "substitution", "breaks", "indicators")
OF_TYPOLOGY = (*OF_INDICATORS, "criteria", "comparison_decimals", "size_classes")
OF_CHECKS = ("geography", "aggregate_checks")
OF_PROFILE = (*OF_INDICATORS, "profile")
OF_CHOICES = ("definitions", "references", "windows", "list_types")
OF_PAGES = ("title", "country", "language", "translations", "pseudonymise")
OF_FIGURES = (*OF_TYPOLOGY, *OF_PAGES, "series", "figures")


def datasets(settings: Settings, names: Iterable[str]) -> dict[str, Any]:
    """Return the descriptions and the pins in use of ``names``."""
    chosen = {name: settings.datasets[name] for name in sorted(set(names))}
    pins = [
        pin
        for pin in settings.pins
        if pin["id"] in chosen and pin["vintage"] == chosen[pin["id"]]["vintage"]
    ]
    return {"datasets": chosen, "pins": pins}


def files(settings: Settings, names: Iterable[str]) -> list[str]:
    """Return the snapshot files in use of ``names``."""
    return [pin["file"] for pin in datasets(settings, names)["pins"]]


def observed_from(settings: Settings, dataset: str) -> list[str]:
    """Return ``dataset`` and the registers and changes that its codes are checked against."""
    entry = settings.datasets[dataset]
    changes = [entry["code_changes"]] if "code_changes" in entry else []
    return [dataset, *entry.get("code_lists", []), *changes]


def observations(settings: Settings, dataset: str) -> dict[str, Any]:
    """Return what reading one table depends on."""
    held = settings.datasets[dataset]["variables"]
    return {
        **datasets(settings, observed_from(settings, dataset)),
        "variables": {name: settings.variables[name] for name in held},
    }


def geography_from(settings: Settings, case: str) -> list[str]:
    """Return the datasets that make the units of a case."""
    geography = settings.cases[case]["geography"]
    names = [*geography["units"]]
    names += [geography["changes"]] if "changes" in geography else []
    return names + [a["membership"] for a in geography.get("stand_in_levels", {}).values()]


def units(settings: Settings, case: str) -> dict[str, Any]:
    """Return what the units of a case depend on, and the codes of units and regions that are asked for."""
    named = settings.cases[case]["figures"]["towns"].get("units", [])
    part = {
        **datasets(settings, geography_from(settings, case)),
        **of_case(settings, case, ("geography",)),
        "towns_named": named,
    }
    regions = across_rules.regions_named(settings.comparison, case)
    # Left out where there are none, so that a comparison changes nothing for a case that it does not name.
    return {**part, "regions_named": {case: regions}} if regions else part


def indicators(settings: Settings, case: str) -> dict[str, Any]:
    """Return what the indicators of a case depend on, and which of them criteria compare."""
    criteria = settings.cases[case]["criteria"].values()
    return {
        **of_case(settings, case, OF_INDICATORS),
        "compared": sorted({criterion["indicator"] for criterion in criteria}),
    }


def towns(settings: Settings, case: str) -> dict[str, Any]:
    """Return how the towns of a case are chosen."""
    return of_case(settings, case, ("figures",))


def comparison(settings: Settings, case: str) -> dict[str, Any]:
    """Return what series and the indicators of regions and country depend on."""
    return of_case(settings, case, (*OF_INDICATORS, "series"))


def figures(settings: Settings, case: str) -> dict[str, Any]:
    """Return what the figures of a case depend on, the pins of its sources included."""
    used = [*settings.cases[case]["datasets"], *borders_from(settings, case)]
    return {**of_case(settings, case, OF_FIGURES), **datasets(settings, used)}


def typology_figures(settings: Settings, case: str) -> dict[str, Any]:
    """Return what the figures on types depend on: also on the choices and draws of robustness."""
    part = figures(settings, case)
    if "robustness" not in settings.cases[case]:
        return part
    chosen = ("definitions", "references", "windows", "list_types", "probabilities")
    return _with_part(part, settings, case, "robustness", chosen)


def pseudonyms(settings: Settings, case: str) -> dict[str, Any]:
    """Return what the tables of a pseudonymised case depend on."""
    return of_case(settings, case, (*OF_FIGURES, "profile"))


def pseudonyms_only(settings: Settings, case: str) -> dict[str, Any]:
    """Return how a case is pseudonymised, and nothing else of it."""
    return {"case": {"pseudonymise": settings.cases[case]["pseudonymise"]}}


def borders_from(settings: Settings, case: str) -> list[str]:
    """Return the dataset with the boundaries that the map shows, if there is one."""
    entry = settings.cases[case]["figures"].get("map", {})
    return [entry["boundaries"]] if "boundaries" in entry else []


def whole_case(settings: Settings, case: str) -> dict[str, Any]:
    """Return all of a case, with every dataset that it reads."""
    whole = settings.cases[case]
    used = vocabulary.datasets_used(whole, settings.datasets)
    return {"case": whole, **datasets(settings, used)}


def description(settings: Settings, case: str) -> dict[str, Any]:
    """Return what the description of a case's files depends on: all of the case, its pins, and which of
    the pinned files each rule reads, by rule and, where there is one job a dataset, by dataset."""
    whole = settings.cases[case]
    by_rule: dict[str, Callable[[Settings, str], list[str]]] = {
        "make_units": geography_from,
        "harmonise": geography_from,
        "draw_typology": borders_from,
        "make_explorer": explorer_borders,
    }
    by_rule |= {"choose_sets": places_from} if "selection" in whole else {}
    snapshots = {rule: {"": files(settings, of(settings, case))} for rule, of in by_rule.items()}
    snapshots["read_observations"] = {
        name: files(settings, observed_from(settings, name)) for name in whole["datasets"]
    }
    documents = sorted(path.as_posix() for path in Path("data/published").glob("*.yaml"))
    geography = files(settings, geography_from(settings, case))
    snapshots["check_published"] = {"": [*documents, *geography]}
    return {**whole_case(settings, case), "snapshots": snapshots}


def of_case(settings: Settings, case: str, keys: Iterable[str]) -> dict[str, Any]:
    """Return the blocks ``keys`` of a case, and the vocabulary and breaks that they can touch."""
    whole = settings.cases[case]
    used = vocabulary.variables_used(whole, settings.variables)
    named = {
        name
        for name, entry in settings.variables.items()
        if set(vocabulary.parts_of(name, settings.variables)) <= set(used)
        or {*entry.get("rebuilt_from", {}).get("numerator", ["?"])} <= set(used)
    }
    return {
        "case": {key: whole[key] for key in keys if key in whole},
        "variables": {name: settings.variables[name] for name in sorted(named | set(used))},
        "breaks": settings.breaks if "breaks" in keys else {},
        "used": used,
    }


def typology(settings: Settings, case: str) -> dict[str, Any]:
    """Return what references and types of a case depend on."""
    return of_case(settings, case, OF_TYPOLOGY)


def checks(settings: Settings, case: str) -> dict[str, Any]:
    """Return what the aggregate checks of a case depend on."""
    return of_case(settings, case, OF_CHECKS)


def profile(settings: Settings, case: str) -> dict[str, Any]:
    """Return what the overview of a case depends on."""
    return of_case(settings, case, OF_PROFILE)


def choices(settings: Settings, case: str) -> dict[str, Any]:
    """Return what the types under other choices depend on."""
    return _with_part(typology(settings, case), settings, case, "robustness", OF_CHOICES)


def influence(settings: Settings, case: str) -> dict[str, Any]:
    """Return what the influence of each choice depends on."""
    return _with_part(typology(settings, case), settings, case, "robustness", ("sensitivity",))


def probabilities(settings: Settings, case: str) -> dict[str, Any]:
    """Return what the probabilities of types depend on."""
    return _with_part(typology(settings, case), settings, case, "robustness", ("probabilities",))


def comparisons(settings: Settings, case: str) -> dict[str, Any]:
    """Return the criteria of a case and how ties are decided."""
    return of_case(settings, case, ("criteria", "comparison_decimals"))


def disclosure(settings: Settings, case: str) -> dict[str, Any]:
    """Return what the crowds depend on in which the chosen towns hide."""
    return of_case(settings, case, (*OF_TYPOLOGY, "translations", "disclosure"))


def verdicts(settings: Settings, case: str) -> dict[str, Any]:
    """Return what the verdicts on types depend on beside the figures."""
    part = of_case(settings, case, ("criteria", "indicators"))
    return _with_part(part, settings, case, "robustness", ("verdicts",))


def known_cases(settings: Settings, case: str) -> dict[str, Any]:
    """Return what the rules that reproduce known cases depend on; their table is an input file."""
    return _with_part(
        typology(settings, case), settings, case, "robustness", (*OF_CHOICES, "known_cases")
    )


def candidates(settings: Settings, case: str) -> dict[str, Any]:
    """Return what the candidates of a case depend on; the user's own tables are input files."""
    part = typology(settings, case)
    return _with_part(part, settings, case, "selection", ("candidates",))


def sets(settings: Settings, case: str) -> dict[str, Any]:
    """Return what the best sets of towns depend on, the boundaries for distances included."""
    part = of_case(settings, case, ("geography",))
    part = _with_part(part, settings, case, "selection", ("sets", "places"))
    return {**part, **datasets(settings, places_from(settings, case))}


def places_from(settings: Settings, case: str) -> list[str]:
    """Return the dataset with the boundaries from which distances are measured, if there is one."""
    block = settings.cases[case]["selection"]
    return [block["places"]] if "places" in block and "apart_km" in block.get("sets", {}) else []


def pairs(settings: Settings, case: str) -> dict[str, Any]:
    """Return what matched pairs depend on."""
    part = of_case(settings, case, ("indicators",))
    return _with_part(part, settings, case, "selection", ("pairs",))


def own_table(settings: Settings, case: str, *key: str) -> list[str]:
    """Return the path of the user's own table at ``key`` of a case, in a list; none if not named."""
    return [path for found, path in own_tables(settings.cases[case]).items() if found == key]


def _with_part(
    part: dict[str, Any], settings: Settings, case: str, block: str, keys: Iterable[str]
) -> dict[str, Any]:
    """Return ``part`` with the ``keys`` of a block of the case as well."""
    whole = settings.cases[case][block]
    chosen = {key: whole[key] for key in keys if key in whole}
    return {**part, "case": {**part["case"], block: chosen}}


def resolved(settings: Settings, case: str) -> dict[str, Any]:
    """Return the resolved configuration of a case; the job writes it as text."""
    content = resolved_content(case, settings)
    if "pseudonymise" in settings.cases[case] and not is_private(case):
        content["datasets"] = without_aliases(content["datasets"])
    return content


def titles(settings: Settings, _: str) -> dict[str, Any]:
    """Return what the summary depends on: the title of each case, in the order of the run."""
    shown = {name: case for name, case in settings.cases.items() if not is_private(name)}
    part: dict[str, Any] = {"titles": {name: case["title"] for name, case in shown.items()}}
    hidden = {n: case["pseudonymise"] for n, case in shown.items() if "pseudonymise" in case}
    part |= {"pseudonymised": hidden} if hidden else {}
    if settings.comparison is None:
        return part
    return {**part, "comparison": across_rules.in_short(settings.comparison, shown)}


def refresh(settings: Settings, dataset: str) -> dict[str, Any]:
    """Return what fetching ``dataset`` depends on: its description, its vintages, its code lists."""
    entry = settings.described[dataset]
    changes = [entry["code_changes"]] if "code_changes" in entry else []
    around = datasets(settings, [*entry.get("code_lists", []), *changes])
    tables = entry["live"]["tables"].values()
    held = {name for how in (entry, *tables) for name in how.get("variables", {})}
    return {
        "described": entry,
        "datasets": {**around["datasets"], dataset: settings.datasets[dataset]},
        "pins": around["pins"] + [pin for pin in settings.pins if pin["id"] == dataset],
        "variables": {name: settings.variables[name] for name in sorted(held)},
        **{key: settings.refresh[key] for key in ("transport", "comparison", "user")},
    }


def adoption(settings: Settings, _: str) -> dict[str, Any]:
    """Return what the report on several refreshed datasets depends on."""
    return {"user": settings.refresh["user"], "left_out": to_refresh(settings)[1]}


def to_refresh(settings: Settings) -> tuple[list[str], dict[str, str]]:
    """Return the datasets that a refresh fetches, and those left out for want of a file by hand.

    Those that the user names are fetched in any case.
    """
    if settings.refresh["datasets"] is not None:
        return settings.refresh["datasets"], {}
    used = {
        name
        for case in settings.cases.values()
        for name in vocabulary.datasets_used(case, settings.datasets)
    }
    return vintages.to_refresh(used, settings.described)


def compared(settings: Settings, _: str) -> dict[str, Any]:
    """Return what the comparison of cases depends on beside their tables: criteria and schemes."""
    block, names = _compared(settings)
    keys = (*OF_TYPOLOGY, "title", "country", "pseudonymise")
    cases = {}
    for name in names:
        cases[name] = of_case(settings, name, keys)
        if "robustness" in settings.cases[name]:
            cases[name] = _with_part(cases[name], settings, name, "robustness", ("definitions",))
    return {"schemes": block["schemes"], "cases": cases}


def sets_across(settings: Settings, _: str) -> dict[str, Any]:
    """Return what the best sets of towns across cases depend on."""
    block, names = _compared(settings)
    return {
        "sets": block["sets"],
        "titles": {name: settings.cases[name]["title"] for name in names},
    }


def comparison_shown(settings: Settings, _: str) -> dict[str, Any]:
    """Return what the figures and the page of the comparison depend on."""
    block, names = _compared(settings)
    used = {name for case in names for name in settings.cases[case]["datasets"]}
    keys = ("title", "country", "translations", "criteria", "size_classes", "pseudonymise")
    cases = {name: settings.cases[name] for name in names}
    return {
        "comparison": block,
        "cases": {
            name: {key: case[key] for key in keys if key in case} for name, case in cases.items()
        },
        "variables": settings.variables,
        "breaks": settings.breaks,
        "pins": datasets(settings, used)["pins"],
    }


def comparison_listed(settings: Settings) -> dict[str, Any]:
    """Return what the manifest of the comparison says of the project; its tables come from the cases."""
    return {
        "case": across_rules.FOLDER,
        "snapshots": [],
        "own_tables": [],
        "outside": [],
        "config": ["data/sources.yaml"],
        "observed": [],
        "pseudonymised": False,
    }


def _compared(settings: Settings) -> tuple[dict[str, Any], list[str]]:
    shown = [name for name in settings.cases if not is_private(name)]
    return settings.comparison, across_rules.compared(settings.comparison, shown)


def store(name: str, content: dict[str, Any], folder: Path) -> str:
    """Write ``content`` to ``folder/<name>-<hash>.json`` unless it is there; return the path."""
    # Every call of Snakemake comes here for every job: the readable form costs ten times this one.
    digest = hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()[:12]
    path = folder / f"{name}-{digest}.json"
    if not path.is_file():
        write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", path)
    return path.as_posix()


def locality_profiles(settings: Settings, case: str) -> dict[str, Any]:
    """Return what the profiles of the chosen towns depend on, the pins of their sources included."""
    keys = (*OF_TYPOLOGY, *OF_PAGES, "profile", "locality_profiles")
    part = {
        **of_case(settings, case, keys),
        **datasets(settings, settings.cases[case]["datasets"]),
    }
    if "robustness" not in settings.cases[case]:
        return part
    return _with_part(part, settings, case, "robustness", ("verdicts",))


def explorer(settings: Settings, case: str) -> dict[str, Any]:
    """Return what the explorer of a case depends on, the boundaries for its map included."""
    whole = settings.cases[case]
    part = of_case(settings, case, (*OF_TYPOLOGY, *OF_PAGES))
    if "robustness" in whole:
        chosen = ("definitions", "references", "windows")
        part = _with_part(part, settings, case, "robustness", chosen)
    borders = explorer_borders(settings, case)
    return {
        **part,
        **datasets(settings, [*whole["datasets"], *borders]),
        "borders": borders,
        "blocks": [name for name in ("robustness", "selection") if name in whole],
    }


def explorer_borders(settings: Settings, case: str) -> list[str]:
    """Return the dataset with the boundaries that the explorer's map shows: the map's or the places'."""
    places = settings.cases[case].get("selection", {}).get("places")
    return borders_from(settings, case) or ([places] if places else [])


def report(settings: Settings, case: str) -> dict[str, Any]:
    """Return what the report of a case depends on: all of the case, and what overrides changed in it."""
    whole = settings.cases[case]
    return {
        "name": case,
        **of_case(settings, case, whole),
        **datasets(settings, vocabulary.datasets_used(whole, settings.datasets)),
        # Those of a pseudonymised case may name its towns.
        "overridden": {} if "pseudonymise" in whole else overridden(settings, case),
    }


def lineage(settings: Settings, case: str) -> dict[str, Any]:
    """Return what the lineage of a case depends on: all of the case, and the pins that it reads."""
    whole = settings.cases[case]
    return {
        "name": case,
        **of_case(settings, case, whole),
        **datasets(settings, vocabulary.datasets_used(whole, settings.datasets)),
    }


def manifest(settings: Settings, case: str) -> dict[str, Any]:
    """Return which files of the project a case read, and which of its keys name files outside it."""
    whole = settings.cases[case]
    used = datasets(settings, vocabulary.datasets_used(whole, settings.datasets))
    fetched = {str(Path(pin["file"]).parent / "pin.yaml") for pin in used["pins"] if "table" in pin}
    described = {entry["file"] for entry in used["datasets"].values()}
    tables = {".".join(key): path for key, path in own_tables(whole).items()}
    outside = [
        key for key, path in tables.items() if Path(path).is_absolute() or ".." in Path(path).parts
    ]
    return {
        "case": case,
        "snapshots": [pin["file"] for pin in used["pins"]],
        "own_tables": sorted(tables[key] for key in tables if key not in outside),
        "outside": sorted(outside),
        "config": ["data/sources.yaml", *sorted(described | fetched)],
        "observed": whole["datasets"],
        "pseudonymised": "pseudonymise" in whole and not is_private(case),
    }


def published(settings: Settings, case: str) -> dict[str, Any]:
    """Return what the check of published figures depends on: any variable may be named by a document."""
    whole = settings.cases[case]
    names = [*whole["datasets"], *geography_from(settings, case)]
    return {
        "case": {key: whole[key] for key in ("country", "geography", "datasets")},
        "variables": settings.variables,
        **datasets(settings, names),
    }


def overridden(settings: Settings, case: str) -> dict[str, Any]:
    """Return the keys of a case that ``overrides`` set, as such a block; None for a key taken out."""
    made = f"(overrides.{case})"
    paths = [path for path, file in settings.origins[case].files.items() if file.endswith(made)]
    found: dict[str, Any] = {}
    for path in sorted(paths, key=lambda path: [str(key) for key in path]):
        value: Any = settings.cases[case]
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        # A block that came whole stands by its own keys, which follow; an empty one by itself.
        if isinstance(value, dict) and value:
            continue
        inner = found
        for key in path[:-1]:
            inner = inner.setdefault(key, {})
        inner[path[-1]] = value
    return found

"""Robustness and the choice of cases as a user runs them: on Testland, and in the shipped cases."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tiny
from conftest import REPO, Chosen, snakemake
from shapely.geometry import shape
from test_workflow import outputs, planned, refused, rows

from smstra import cli, config, csvio, typology
from smstra.selection.own_tables import template

# One worker makes the choices of Testland, and one the shipped cases (with their other tests).
on_testland = pytest.mark.xdist_group("testland_chosen")
on_shipped = pytest.mark.xdist_group("shipped")

LETTERS = dict(zip(typology.TYPES, "ABCDmu", strict=True))
TARGETS = ("robustness", "selection", "results/summary.txt")
PASSES_UNKNOWN = "(the case lets unknown pass)"


# --- Testland -------------------------------------------------------------------------------------


@pytest.fixture
def chosen(testland_chosen: Chosen, tmp_path: Path) -> Path:
    """A copy of Testland with its choices made, to be changed by the test."""
    return shutil.copytree(testland_chosen.folder, tmp_path / "chosen")


def override(folder: Path, change: str) -> tuple[str, str]:
    """Write ``change`` of the case as the user's own file; return the arguments that name it."""
    (folder / "my.yaml").write_text(f"overrides: {{tl: {{{change}}}}}\n", encoding="utf-8")
    return ("--configfile", "my.yaml")


def results(folder: Path) -> dict[str, bytes]:
    """Return the files below results but those that say how they were made."""
    made = outputs(folder)
    return {n: b for n, b in made.items() if n.split("/")[1] not in ("logs", "settings")}


def written_of(page: str) -> set[str]:
    """Return the tables that a page of the docs names in backquotes."""
    text = (REPO / "docs" / page).read_text(encoding="utf-8")
    return set(re.findall(r"`([a-z_]+\.csv)`", text))


@on_testland
def test_each_target_makes_the_tables_of_its_page_and_no_other(testland_chosen):
    in_typology = {f"results/tl/{name}.csv" for name in ("typology", "references", "harmonised")}
    by_robustness, by_selection = (
        {n for n in made if n.split("/")[1] not in ("logs", "settings", "observations")}
        for made in testland_chosen[1:]
    )
    assert {n for n in by_robustness if n.count("/") == 3 and "/audit/" not in n} == {
        f"results/tl/robustness/{name}" for name in written_of("robustness.md")
    }
    assert in_typology | {"results/tl/config.resolved.yaml"} < by_robustness
    assert not {n for n in by_robustness if "figures" in n or "workbook" in n}
    # The indicators beside the three of the criteria are of no use before.
    recorded = {f"results/tl/audit/{name}.csv" for name in ("terms", "reference_units")}
    assert by_selection - by_robustness - {"results/tl/indicators.csv"} - recorded == {
        f"results/tl/selection/{name}" for name in written_of("selection.md")
    }


@on_testland
@pytest.mark.parametrize("target", ["robustness", "selection"])
def test_a_case_without_the_block_is_told_what_to_add(fresh, target):
    message = refused(fresh, target)
    assert f"no case of this run (tl) has the block `{target}`" in message
    assert "add it to config/cases/<case>.yaml" in message
    assert not (fresh / "results/tl").exists()


@on_testland
def test_a_plain_run_without_the_blocks_makes_neither(fresh):
    rules = planned(fresh)
    assert {"classify", "summarise"} <= rules
    described = [REPO / f"workflow/rules/{name}.smk" for name in ("robustness", "selection")]
    own = {rule for p in described for rule in re.findall(r"^rule (\w+):", p.read_text(), re.M)}
    assert len(own) == 9
    assert not rules & own


@on_testland
def test_the_summary_counts_verdicts_and_names_the_best_set(testland_chosen):
    tl = testland_chosen.folder / "results/tl"
    said = (testland_chosen.folder / "results/summary.txt").read_text(encoding="utf-8")
    number = Counter(row["verdict"] for row in rows(tl / "robustness/verdicts.csv"))
    words = ("robust", "likely", "borderline", "undetermined")
    assert "verdicts: " + "   ".join(f"{word} {number[word]}" for word in words) + "\n" in said
    assert sum(number.values()) == len(tiny.TOWNS)
    sets = rows(tl / "selection/selection.csv")
    best = ", ".join(f"{row['name']} ({row['type']})" for row in sets if row["set"] == "1")
    assert f"best of {len({row['set'] for row in sets})} sets: {best}\n" in said
    assert best


@on_testland
def test_without_a_candidate_the_job_says_which_questions_are_not_passed(chosen):
    block = "{period: ['2014', '2017'], required: true, not_listed: unknown, unknown: fail}"
    asked = override(chosen, f"selection: {{candidates: {{reception: {block}}}}}")
    done = snakemake(chosen, "selection", "--cores", "2", *asked)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    number = len(rows(chosen / "results/tl/selection/candidates.csv"))
    (line,) = [text for text in done.stderr.splitlines() if "no unit is a candidate" in text]
    assert line.startswith("tl: no set of towns fits: ")
    assert f"{number} do not pass reception_check" in line
    assert rows(chosen / "results/tl/selection/selection.csv") == []


@on_testland
def test_without_a_set_the_conflict_is_said_in_words_and_the_run_succeeds(chosen):
    of_c = [r for r in rows(chosen / "results/tl/selection/candidates.csv") if r["type"] == "C"]
    assert len(of_c) == 1
    change = "selection: {sets: {types: {at_most_each: null, each: {C: 2}}}}"
    done = snakemake(chosen, TARGETS[2], "--cores", "2", *override(chosen, change))
    assert done.returncode == 0, done.stderr
    file = chosen / "results/tl/selection/selection.csv"
    assert rows(file) == []
    assert file.read_text(encoding="utf-8").startswith("set,unit,name,")
    (conflict,) = rows(chosen / "results/tl/selection/selection_conflicts.csv")
    assert conflict["constraint"] == "selection.sets.types.each.C"
    assert conflict["says"] == "2 towns of type C"
    assert "1" in conflict["why"]
    said = (chosen / "results/summary.txt").read_text(encoding="utf-8")
    assert "no set of towns fits: 2 towns of type C\n" in said
    assert "best of" not in said
    assert "no set of towns fits: 2 towns of type C" in done.stderr


OWN = (
    "selection: {candidates: {reception: {table: data/own/reception.csv, required: true, "
    "not_listed: none}, politics: {table: data/own/politics.csv, traditions: [progressive]}}}"
)
LISTED = {
    "reception": [
        "T02,2015,,centre,40,invented",
        "T04,2014,2016,facility,,invented",
        "T05,2018,,centre,90,invented",
        "T10,2013-05-01,2014-02-01,centre,12,invented",
    ],
    "politics": [
        "T02,2012,2018,some,progressive,invented",
        "T04,2012,2018,others,conservative,invented",
    ],
}


@pytest.fixture
def own(chosen: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Testland with tables of the user's own, their headers by `smstra template`."""
    monkeypatch.chdir(chosen)
    Path("data/own").mkdir()
    for kind, lines in LISTED.items():
        file = Path(f"data/own/{kind}.csv")
        assert cli.main(["template", kind, file.as_posix()]) == 0
        assert file.read_text(encoding="utf-8") == template(kind)
        with file.open("a", encoding="utf-8") as table:
            table.write("\n".join(lines) + "\n")
    return chosen


@on_testland
def test_tables_of_the_user_s_own_decide_who_is_a_candidate(own):
    done = snakemake(own, "selection", "--cores", "2", *override(own, OWN))
    assert done.returncode == 0, done.stderr
    found = {r["unit"]: r for r in rows(own / "results/tl/selection/candidates.csv")}
    assert {u for u, r in found.items() if r["candidate"] == "pass"} == {"T02", "T10"}
    assert [(found[u]["reception"], found[u]["tradition"]) for u in ("T02", "T04", "T10")] == [
        ("yes", "progressive"),
        ("yes", "conservative"),
        ("yes", ""),
    ]
    assert found["T02"]["reasons"] == ""
    assert "local tradition conservative is not among progressive" in found["T04"]["reasons"]
    # Open from 2018 on only, and not in the table at all.
    assert "no reception centre or facility 2014-2017" in found["T05"]["reasons"]
    assert "no reception centre or facility 2014-2017" in found["T12"]["reasons"]
    assert found["T10"]["politics_check"] == "unknown"
    assert found["T10"]["reasons"].endswith(PASSES_UNKNOWN)
    sets = rows(own / "results/tl/selection/selection.csv")
    assert [(r["set"], r["unit"], r["others_exist"]) for r in sets] == [
        ("1", "T02", "false"),
        ("1", "T10", "false"),
    ]


@on_testland
@pytest.mark.parametrize(
    ("kind", "text", "says"),
    [
        (
            "reception",
            "<!DOCTYPE html><html><body>Sign in</body></html>",
            ["data/own/reception.csv: this is an HTML page", "CSV in UTF-8"],
        ),
        (
            "politics",
            template("politics") + "\n".join(LISTED["politics"]) + "\nT33,2014,,x,green,y\n",
            ["data/own/politics.csv, line 4", "'T33'", "did you mean 'T03'"],
        ),
    ],
    ids=["page", "unknown code"],
)
def test_a_broken_table_of_the_user_s_own_is_named_and_nothing_else_changes(own, kind, text, says):
    before = results(own)
    (own / f"data/own/{kind}.csv").write_text(text, encoding="utf-8")
    message = refused(own, "selection", *override(own, OWN))
    for words in says:
        assert words in message
    after = results(own)
    changed = {name for name in before if after.get(name) != before[name]}
    lost = "results/tl/selection/candidates.csv"
    assert lost not in after
    # The resolved configuration may have been made by then: it names the table.
    assert changed - {"results/tl/config.resolved.yaml"} == {lost}
    assert len(before) > 30


def known(folder: Path, lines: list[str]) -> tuple[str, str]:
    (folder / "private").mkdir()
    (folder / "private/known.csv").write_text("\n".join(["unit,type", *lines, ""]), "utf-8")
    return override(folder, "robustness: {known_cases: private/known.csv}")


def without_times(text: str) -> str:
    """Leave out the times, in which T12 is noon."""
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:]+", "", text)


@on_testland
def test_known_towns_single_out_rules_and_are_named_nowhere(chosen):
    tl = chosen / "results/tl"
    towns = {r["unit"]: r for r in rows(tl / "typology.csv") if r["unit"] in ("T02", "T11", "T12")}
    arguments = known(chosen, [f"{unit},{row['type']}" for unit, row in towns.items()])
    done = snakemake(chosen, "robustness", "--cores", "2", *arguments)
    assert done.returncode == 0, done.stderr
    table = rows(tl / "robustness/consistent_rules.csv")
    (own_rule,) = [row for row in table if row["own"] == "true"]
    assert (own_rule["matched"], own_rule["of"], own_rule["gives"]) == ("3", "3", "all")
    under = {r["unit"]: r["types"] for r in rows(tl / "robustness/schemes.csv")}
    for row in table:
        at = int(row["combination"]) - 1
        right = sum(under[unit][at] == LETTERS[towns[unit]["type"]] for unit in towns)
        assert int(row["matched"]) == right
        assert row["gives"] == {3: "all", 2: "most", 1: "some", 0: "none"}[right]
    assert {row["gives"] for row in table} > {"all"}
    assert len(table) == len(rows(tl / "robustness/combinations.csv"))
    said = [done.stdout, done.stderr]
    for place in ("results/logs", "results/settings", ".snakemake/log"):
        files = [p for p in (chosen / place).rglob("*") if p.is_file()]
        assert files
        said += [p.read_text(encoding="utf-8") for p in files]
    said.append((tl / "robustness/consistent_rules.csv").read_text(encoding="utf-8"))
    said = [without_times(text) for text in said]
    for secret in [*towns, *(row["name"] for row in towns.values())]:
        assert not [text for text in said if secret in text], secret


@on_testland
def test_a_broken_file_of_known_towns_is_named_by_file_and_line_only(chosen):
    arguments = known(chosen, ["T02,A", "T77,C"])
    done = snakemake(chosen, "robustness", "--cores", "2", *arguments)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    message = [line for line in done.stderr.splitlines() if line.startswith("smstra: ")][-1]
    assert "private/known.csv, line 3: its code is no unit of the case" in message
    logs = list((chosen / "results/logs").rglob("*.log"))
    said = [done.stdout, done.stderr, *(p.read_text(encoding="utf-8") for p in logs)]
    assert not [text for text in map(without_times, said) if "T77" in text or "T02" in text]


AFTER_VERDICTS = {"list_candidates", "choose_sets", "match_pairs", "summarise"}


@on_testland
@pytest.mark.parametrize(
    ("change", "rerun"),
    [
        (
            "robustness: {verdicts: {robust: {probability: 0.8}}}",
            {"give_verdicts", *AFTER_VERDICTS, "resolve_config"},
        ),
        (
            "robustness: {probabilities: {draws: 300}}",
            {"draw_probabilities", "give_verdicts", *AFTER_VERDICTS, "resolve_config"},
        ),
        (
            "robustness: {windows: {end_1_later: null}}",
            {
                "map_schemes",
                "measure_influence",
                "find_consistent_rules",
                "give_verdicts",
                *AFTER_VERDICTS,
                "resolve_config",
            },
        ),
        ("selection: {sets: {seed: 8}}", {"choose_sets", "summarise", "resolve_config"}),
        ("selection: {pairs: {most_similar: 3}}", {"match_pairs", "resolve_config"}),
    ],
    ids=["verdicts", "draws", "windows", "seed", "pairs"],
)
def test_changing_a_key_reruns_the_jobs_that_read_it(chosen, change, rerun):
    found = planned(chosen, *TARGETS, *override(chosen, change))
    assert found - set(TARGETS) == rerun


@on_testland
def test_editing_the_module_of_pairs_reruns_them_only(chosen):
    path = chosen / "workflow/lib/smstra/selection/pairs.py"
    path.write_text(path.read_text(encoding="utf-8") + "\n# edited\n", encoding="utf-8")
    assert planned(chosen, *TARGETS) - set(TARGETS) == {"match_pairs"}


# --- the shipped cases ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped_settings() -> config.Settings:
    return config.load({"cases": ["be", "de"]}, root=REPO)


class Shipped:
    """A shipped case after a run: its configuration and its tables, all cells text unless asked for."""

    def __init__(self, folder: Path, name: str, settings: config.Settings) -> None:
        self.folder, self.name, self.case = folder, name, settings.cases[name]

    def table(self, name: str, *numbers: str) -> pd.DataFrame:
        return csvio.read(self.folder / f"results/{self.name}/{name}.csv", numbers)


@pytest.fixture(params=["be", "de"])
def made(request: pytest.FixtureRequest, shipped, shipped_settings) -> Shipped:
    return Shipped(shipped, request.param, shipped_settings)


@on_shipped
def test_the_own_combination_is_the_typology_and_all_counts_add_up(made):
    types = made.table("typology")["type"]
    counted = [*typology.TYPES, "combinations", "determined", "agreeing", "share_agreeing"]
    schemes = made.table("robustness/schemes", *counted)
    combined = made.table("robustness/combinations", *typology.TYPES, "agreeing")
    letters = np.array([list(text.encode()) for text in schemes["types"]], dtype=np.uint8)
    assert letters.shape == (len(types), len(combined))
    own = types.map(LETTERS).map(ord).to_numpy()
    (at,) = np.flatnonzero(combined["own"] == "true")
    assert (letters[:, at] == own).all()
    assert combined["combination"].tolist() == [str(n + 1) for n in range(len(combined))]
    for name, letter in LETTERS.items():
        there = letters == ord(letter)
        assert (there.sum(axis=1) == schemes[name]).all()
        assert (there.sum(axis=0) == combined[name]).all()
    same = letters == own[:, None]
    assert (same.sum(axis=1) == schemes["agreeing"]).all()
    assert (same.sum(axis=0) == combined["agreeing"]).all()
    assert (schemes["combinations"] == len(combined)).all()
    assert (schemes["determined"] == len(combined) - schemes["undetermined"]).all()
    expected = 100 * schemes["agreeing"] / schemes["determined"]
    assert schemes["share_agreeing"].to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-12)
    # All three criteria of a combination stand in the table of choices, in the same window.
    choices = made.table("robustness/choices")
    able = set(choices.loc[choices["available"] == "true", "choice"])
    for criterion, column in typology.CRITERIA.items():
        parts = [f"{column}_definition", "window", f"{column}_scheme"]
        asked = combined[parts].drop_duplicates().agg("/".join, axis=1)
        assert {f"{criterion}/{choice}" for choice in asked} <= able
    assert (choices.loc[choices["available"] == "false", "reason"] != "").all()


@on_shipped
def test_a_type_changes_just_where_its_interval_ends(made):
    units, indicators = made.table("units"), made.table("indicators")
    references, own = made.table("references"), made.table("typology").set_index("unit")
    numbers = ("threshold", "keeps_from", "keeps_to", "slack")
    table = made.table("robustness/intervals", *numbers)
    indicators = indicators.set_index("unit")
    sample = own.index[::40]

    def type_with(unit: str, criterion: str, threshold: float) -> str:
        moved = references.copy()
        moved.loc[moved["criterion"] == criterion, "value"] = threshold
        town = units[units["unit"] == unit]
        values = indicators.loc[[unit]].reset_index()
        classes = own["size_class"]
        return typology.classify(made.case, town, values, moved, classes)["type"].iloc[0]

    seen = Counter()
    for row in table[table["unit"].isin(sample)].itertuples():
        here = (row.unit, row.criterion)
        assert type_with(*here, row.threshold) == row.type
        up = not np.isnan(row.keeps_to)
        seen[up, np.isnan(row.slack)] += 1
        if np.isnan(row.slack):
            assert {type_with(*here, row.threshold + far) for far in (-1e6, 1e6)} == {row.type}
            continue
        bound, way = (row.keeps_to, 1) if up else (row.keeps_from, -1)
        included = row.keeps_to_included if up else row.keeps_from_included
        assert row.slack == pytest.approx(abs(bound - row.threshold), abs=2e-9)
        assert type_with(*here, (row.threshold + bound) / 2) == row.type
        assert type_with(*here, row.threshold - way * 1e6) == row.type
        on_it = row.type if included == "true" else row.type_if_crossed
        assert type_with(*here, bound) == on_it
        assert type_with(*here, bound + way * 1e-8) == row.type_if_crossed != row.type
    assert len(seen) == 3


@on_shipped
def test_probabilities_are_shares_of_draws_and_verdicts_follow_from_them(made):
    block = made.case["robustness"]
    draws = block["probabilities"]["draws"]
    p = [f"p_{name}" for name in typology.TYPES]
    table = made.table("robustness/probabilities", *p, "p_type", "se_type", "se_A", "draws")
    assert (table["draws"] == draws).all()
    assert table[p].sum(axis=1).to_numpy() == pytest.approx(1, abs=1e-9)
    assert (table[p] * draws).to_numpy() == pytest.approx(np.round(table[p] * draws).to_numpy())
    types = made.table("typology")["type"]
    assert (table["type"] == types).all()
    own = table[p].to_numpy()[np.arange(len(types)), types.map(typology.TYPES.index)]
    assert (table["p_type"] == own).all()
    error = np.sqrt(own * (1 - own) / draws)
    assert table["se_type"].to_numpy() == pytest.approx(error, rel=1e-9)
    for row in table.itertuples():
        most = max(getattr(row, name) for name in p)
        assert row.most_probable_type.split(";") == [n[2:] for n in p if getattr(row, n) == most]
    settled = made.table("robustness/convergence", "draws", "largest_se")
    assert settled["draws"].tolist() == [draws * tenth // 10 for tenth in range(1, 11)]
    largest = np.sqrt((table[p] * (1 - table[p])).to_numpy().max() / draws)
    assert settled["largest_se"].iloc[-1] == pytest.approx(largest, rel=1e-9)

    shares = made.table("robustness/schemes", "share_agreeing")["share_agreeing"]
    expected = []
    for type_, probability, share in zip(types, own, shares, strict=True):
        words = ["undetermined"] if type_ == "undetermined" else []
        words += [
            word
            for word in ("robust", "likely")
            if probability >= block["verdicts"][word]["probability"]
            and share >= 100 * block["verdicts"][word]["agreement"]
        ]
        expected.append([*words, "borderline"][0])
    verdicts = made.table("robustness/verdicts")
    assert verdicts["verdict"].tolist() == expected
    assert verdicts["because"].str.endswith(".").all()
    number = Counter(expected)
    said = (made.folder / "results/summary.txt").read_text(encoding="utf-8")
    words = ("robust", "likely", "borderline", "undetermined")
    assert "verdicts: " + "   ".join(f"{word} {number[word]}" for word in words) + "\n" in said


@on_shipped
def test_each_check_of_the_candidates_follows_from_the_figures(made):
    asked = made.case["selection"]["candidates"]
    table = made.table("selection/candidates", "inhabitants", "arrivals_points")
    types = made.table("typology")
    for column in ("unit", "type", "size_class", "name"):
        assert table[column].tolist() == types[column].tolist()
    indicators = made.table("indicators")
    own = indicators[indicators["indicator"] == asked["arrivals"]["points"]]
    rise = dict(zip(own["unit"], own["value"], strict=True))
    for row in table.itertuples():
        passes = {
            "type": row.type in asked["types"],
            "size": row.size_class in asked["size_classes"],
            "arrivals": not rise[row.unit] < asked["arrivals"]["at_least_points"],
        }
        for name, fine in passes.items():
            state = getattr(row, f"{name}_check")
            unknown = name == "arrivals" and np.isnan(rise[row.unit])
            assert state == ("unknown" if unknown else "pass" if fine else "fail")
        # No table of the user's own is shipped: reception and politics are unknown, and pass.
        assert (row.reception, row.tradition, row.politics_check) == ("unknown", "", "unknown")
        assert row.candidate == ("pass" if all(passes.values()) else "fail")
        assert "local politics" in row.reasons
        assert (f"type {row.type}" in row.reasons) == (not passes["type"])
        assert (f"size class {row.size_class} (" in row.reasons) == (not passes["size"])
        assert ("the case asks for at least" in row.reasons) == (not passes["arrivals"])
    assert {"pass", "fail"} == set(table["candidate"])


def middles() -> dict[str, tuple[float, float]]:
    """Return the centroid (longitude, latitude) of each feature of the pinned boundaries."""
    (path,) = (REPO / "data/snapshots/statbel/boundaries_2011").rglob("*.geojson")
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    points = {f["properties"]["nis"]: shape(f["geometry"]).centroid for f in features}
    return {code: (point.x, point.y) for code, point in points.items()}


def km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The angle between two directions from the Earth's middle, times its radius."""
    vectors = []
    for longitude, latitude in np.radians([one, other]):
        flat = np.cos(latitude)
        vectors.append([flat * np.cos(longitude), flat * np.sin(longitude), np.sin(latitude)])
    return 6371.0088 * np.arctan2(np.linalg.norm(np.cross(*vectors)), np.dot(*vectors))


def fits(towns: pd.DataFrame, asked: dict, places: dict[str, tuple[float, float]]) -> bool:
    """Return whether a set of towns satisfies ``selection.sets`` of a shipped case."""
    columns = {"types": "type", "size_classes": "size_class", "regions": "region"}
    fine = len(towns) == asked["towns"]
    for name, column in columns.items():
        number, spread = Counter(towns[column]), asked.get(name, {})
        fine &= all(number[value] == count for value, count in spread.get("each", {}).items())
        fine &= len(number) >= spread.get("at_least_distinct", 0)
        fine &= max(number.values()) <= spread.get("at_most_each", len(towns))
    if fine and "apart_km" in asked:
        units = towns["unit"].tolist()
        fine = all(
            km(places[one], places[other]) >= asked["apart_km"]
            for rank, one in enumerate(units)
            for other in units[rank + 1 :]
        )
    return bool(fine)


@on_shipped
def test_the_sets_satisfy_every_constraint_and_no_exchange_of_a_town_is_better(made):
    asked = made.case["selection"]["sets"]
    assert set(asked) <= {
        *("towns", "types", "size_classes", "regions", "apart_km", "objective", "how_many", "seed")
    }
    places = middles() if "apart_km" in asked else {}
    everyone = made.table("selection/candidates", "typicality", "probability")
    able = everyone[everyone["candidate"] == "pass"].set_index("unit", drop=False)
    span = able["typicality"].max() - able["typicality"].min()
    worth = {
        "typicality": (able["typicality"] - able["typicality"].min()) / span,
        "stability": able["probability"],
    }
    classes = sum(able[column].nunique() for column in ("type", "size_class", "region"))

    def components(units: list[str]) -> dict[str, float]:
        towns = able.loc[units]
        found = sum(towns[column].nunique() for column in ("type", "size_class", "region"))
        means = {name: float(values[units].mean()) for name, values in worth.items()}
        return {**means, "coverage": found / classes}

    def objective(units: list[str]) -> float:
        weights = asked["objective"]
        part = components(units)
        return sum(weights[name] * part[name] for name in weights) / sum(weights.values())

    columns = (
        "set_objective",
        "loss",
        "least_km",
        *(f"set_{name}" for name in components(able.index[:1].tolist())),
    )
    table = made.table("selection/selection", "set", *columns)
    sets = [part for _, part in table.groupby("set")]
    found = [part["unit"].tolist() for part in sets]
    assert len({frozenset(units) for units in found}) == len(found) == asked["how_many"]
    for units, part in zip(found, sets, strict=True):
        assert fits(able.loc[units], asked, places)
        said = part.iloc[0]
        assert (part["set_objective"].nunique(), set(part["optimal"])) == (1, {"proven"})
        for name, value in components(units).items():
            assert said[f"set_{name}"] == pytest.approx(value, rel=1e-8)
        # Whole millionths, cut off for each town and class.
        assert 0 <= objective(units) - said["set_objective"] < 25e-6
        assert said["loss"] == pytest.approx(
            sets[0]["set_objective"].iloc[0] - said["set_objective"]
        )
        if places:
            pairs = [(a, b) for a in units for b in units if a < b]
            nearest = min(km(places[a], places[b]) for a, b in pairs)
            assert said["least_km"] == pytest.approx(nearest, abs=1e-5)
    values = [part["set_objective"].iloc[0] for part in sets]
    assert values == sorted(values, reverse=True)
    listed = {frozenset(units) for units in found}
    tried = 0
    for gone in found[0]:
        rest = [unit for unit in found[0] if unit != gone]
        for other in able.index.difference(found[0]):
            units = sorted([*rest, other])
            if frozenset(units) in listed or objective(units) < values[-1]:
                continue
            tried += 1
            assert objective(units) < values[-1] + 25e-6 or not fits(able.loc[units], asked, places)
    assert tried > 0


@on_shipped
def test_pairs_are_disjoint_agree_where_they_must_and_have_the_distance_of_the_page(made):
    asked = made.case["selection"]["pairs"]
    names, by = asked["covariates"], asked["divide"]["by"]
    everyone = made.table("selection/candidates").set_index("unit")
    indicators = made.table("indicators")
    values = indicators.pivot(index="unit", columns="indicator", values="value")[names]
    taking = everyone[
        (everyone["candidate"] == "pass") & everyone[by].isin(asked["divide"]["groups"])
    ]
    left_out = set(made.table("selection/pairs_left_out")["unit"])
    points = values.loc[taking.index]
    assert set(points.index[points.isna().any(axis=1)]) == left_out
    points = points.dropna()
    inverse = np.linalg.inv(np.cov(points.T))
    table = made.table("selection/pairs", "distance", "pair")
    assert asked["distance"] == "mahalanobis"
    for kind in ("most_similar", "most_different"):
        pairs = table[table["kind"] == kind]
        assert len(pairs) == asked[kind]
        units = [*pairs["unit_a"], *pairs["unit_b"]]
        assert len(set(units)) == len(units)
        assert set(units) <= set(points.index)
        for side, group in zip("ab", asked["divide"]["groups"], strict=True):
            assert set(everyone.loc[pairs[f"unit_{side}"], by]) == {group}
        for column in asked["exact"]:
            first, second = (everyone.loc[pairs[f"unit_{s}"], column].tolist() for s in "ab")
            assert first == second
        for row in pairs.itertuples():
            gap = (points.loc[row.unit_a] - points.loc[row.unit_b]).to_numpy()
            assert row.distance == pytest.approx(np.sqrt(gap @ inverse @ gap), rel=1e-7)
        order = pairs["distance"].tolist()
        assert order == sorted(order, reverse=kind == "most_different")

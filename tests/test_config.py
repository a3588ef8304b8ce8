"""The configuration: every fault is one sentence with file, key, finding and remedy; good merges."""

from __future__ import annotations

import copy
import datetime as dt
import pickle
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import config_faults as faults
import pytest
import yaml
from config_faults import BE, CHILD, DE, MAIN, REGISTER

from smstra import case_rules, config, job_settings, strict_yaml, vocabulary
from smstra.errors import ConfigError, SmstraError

SHIPPED = faults.shipped()
MADE = faults.made_from_schemas(faults.every_key_used())
FULL = faults.only_where_faults_stand(faults.every_key_used(), MADE)
HELD: dict[int, str] = {}


@pytest.fixture(scope="module", autouse=True)
def files_that_did_not_change_are_checked_once() -> Iterator[None]:
    """A thousand loads differ in one file each; the others give what they gave the last time."""
    seen: dict[Any, bytes] = {}
    checked, load = config._checked, strict_yaml.load

    def once(key: Any, make: Callable[[], Any]) -> Any:
        if key not in seen:
            seen[key] = pickle.dumps(make())
        return pickle.loads(seen[key])

    def remembered(path: Path, name: str, workflow: Path, root: Path) -> Any:
        # A file that is not there, or has a fault, is asked anew.
        text = path.read_bytes() if path.is_file() else None
        schema = (workflow / f"schemas/{name}.schema.yaml").read_bytes()
        key = (config._relative(path, root), text, schema)
        return once(key, lambda: checked(path, name, workflow, root))

    def loaded(path: Path) -> Any:
        text = path.read_bytes() if path.is_file() else None
        return once((path, text), lambda: load(path))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(config, "_checked", remembered)
        patch.setattr(strict_yaml, "load", loaded)
        yield


class Project:
    """A copy of the repository's configuration in a folder of its own."""

    def __init__(self, root: Path, docs: faults.Docs) -> None:
        self.root, self.docs = root, docs
        faults.copy_repository(root)
        faults.write(root, SHIPPED, docs)

    def load(self, user: Any, files: tuple[str, ...] = (MAIN,)) -> config.Settings:
        return config.load(user, root=self.root, files=files, workflow=self.root / "workflow")

    def load_changed(self, docs: faults.Docs, user: Any) -> config.Settings:
        """Load with the files ``docs``, and put the files back."""
        changed = [name for name in self.docs if docs.get(name) != self.docs[name]]
        kept = {name: (self.root / name).read_bytes() for name in changed}
        faults.write(self.root, self.docs, docs)
        try:
            return self.load(user)
        finally:
            for name, data in kept.items():
                (self.root / name).write_bytes(data)
            for name in docs.keys() - self.docs.keys():
                (self.root / name).unlink()

    def message(self, docs: faults.Docs, user: Any) -> str:
        """Return the message of the ConfigError, "" where the files are accepted."""
        try:
            self.load_changed(docs, user)
        except ConfigError as error:
            return str(error).replace(f"{self.root.as_posix()}/", "")
        return ""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path, SHIPPED)


@pytest.fixture(scope="module")
def shipped_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("shipped"), SHIPPED)


@pytest.fixture(scope="module")
def full_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("full"), FULL)


@pytest.fixture(scope="module")
def parent_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    child = {"extends": "be", "title": "A child of Belgium"}
    return Project(tmp_path_factory.mktemp("parent"), {**SHIPPED, CHILD: child})


@pytest.fixture(scope="module")
def fetched_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("fetched"), faults.with_fetched())


def changed(docs: faults.Docs, *edits: faults.Edit) -> faults.Docs:
    """Return ``docs`` with ``edits``; ``docs`` stays as it is."""
    after = copy.deepcopy(docs)
    for edit in edits:
        edit(after)
    return after


def lacking(message: str, says: tuple[str, ...]) -> list[str]:
    return [text for text in says if text not in message]


# --- Every rule of every schema -----------------------------------------------------------------


def made_message(project: Project, number: int) -> str:
    """Return the message of a fault made from a schema; each is made once a session."""
    if number not in HELD:
        fault = MADE[number]
        docs = {**FULL, fault.file: copy.deepcopy(FULL[fault.file])}
        fault.apply(docs)
        user = docs[MAIN] if fault.file == MAIN else fault.user
        HELD[number] = project.message(docs, user)
    return HELD[number]


# The messages are made once, so the tests that read them all stand on one worker.
@pytest.mark.xdist_group("made")
@pytest.mark.parametrize("number", range(len(MADE)), ids=[fault.sentence for fault in MADE])
def test_a_broken_schema_rule_is_an_error_that_names_file_key_and_finding(
    number: int, full_project: Project
) -> None:
    fault = MADE[number]
    message = made_message(full_project, number)
    assert message, "the fault is accepted"
    assert not lacking(message, (fault.file, *fault.says)), message


@pytest.mark.parametrize("name", sorted(set(faults.SCHEMA_OF.values())))
def test_every_rule_of_the_schema_is_broken_by_some_fault(name: str) -> None:
    rules = set(faults.rules_of(faults.schema_named(name)))
    broken = {(fault.pointer, fault.keyword) for fault in MADE if fault.schema == name}
    assert rules
    assert rules - broken == set()


def test_every_schema_is_walked() -> None:
    files = {p.name for p in (faults.REPOSITORY / "workflow/schemas").iterdir()}
    elsewhere = {
        "published.schema.yaml",
        "disclosure_profile.schema.yaml",
    }  # no part of the configuration
    assert files - elsewhere == {f"{name}.schema.yaml" for name in faults.SCHEMA_OF.values()}


def test_the_configuration_that_uses_every_key_is_valid(full_project: Project) -> None:
    user = {**FULL[MAIN], "cases": ["be", "de", "be-child"]}
    assert list(full_project.load(user).cases) == ["be", "de", "be-child"]


# --- The sentences themselves -------------------------------------------------------------------

QUALITIES = {
    "shows no regular expression": lambda m: not re.search(r"\^|\[0-9|\[a-z|\.\*|\$", m),
    "shows no word of Python": lambda m: (
        not re.search(r"\b(None|True|False|NoneType|dict|str|int|nan|KeyError)\b", m)
    ),
    "shows no wording of the schema library": lambda m: (
        not re.search(
            r"non-empty|non-unique|too long|too short|too many properties|less than the minimum"
            r"|greater than the maximum|is not of type|does not match",
            m,
        )
    ),
    "is one sentence": lambda m: (
        not re.search(r"(?<!\.\.)[.!?][)'\"`]* +[A-Z(]", m) and m.rstrip(")'\"`").endswith(".")
    ),
    "says what to write": lambda m: re.search(
        r"\b(write|add|remove|rename|mend|keep|describe|create|give|pin one|known keys are"
        r"|the cases at hand are)\b",
        m,
    ),
    "is not longer than a user reads": lambda m: len(m) <= 600,
}


@pytest.mark.xdist_group("made")
@pytest.mark.parametrize("quality", QUALITIES)
def test_every_message_of_a_schema_rule(quality: str, full_project: Project) -> None:
    messages = [made_message(full_project, number) for number in range(len(MADE))]
    poor = [message for message in messages if message and not QUALITIES[quality](message)]
    assert messages
    assert not poor, f"{len(poor)} of {len(messages)}, for instance: {poor[0]}"


def test_a_pin_is_named_by_its_dataset_not_by_counting(full_project: Project) -> None:
    numbers = [n for n, fault in enumerate(MADE) if fault.file == faults.PINS]
    inner = [n for n in numbers if len(MADE[n].place) > 1 and MADE[n].place[-1] != "id"]
    inner = [n for n in inner if MADE[n].name != "no id" and MADE[n].value not in (7, None)]
    messages = [made_message(full_project, number) for number in inner]
    poor = [m for m in messages if "statbel_administrative_units" not in m]
    assert messages
    assert not poor, f"{len(poor)} of {len(messages)}, for instance: {poor[0]}"


# --- Faults as users make them ------------------------------------------------------------------


@pytest.mark.parametrize("fault", faults.WRITTEN_BY_HAND, ids=lambda fault: fault.sentence)
def test_a_fault_is_said_in_a_sentence_with_its_remedy(
    fault: faults.Fault, shipped_project: Project
) -> None:
    docs = changed(SHIPPED, fault.apply)
    user = docs[MAIN] if isinstance(docs[MAIN], dict) else SHIPPED[MAIN]
    message = shipped_project.message(docs, user)
    assert message, "the fault is accepted"
    assert not lacking(message, fault.says), message


@pytest.mark.parametrize("fault", faults.OF_PARENTS, ids=lambda fault: fault.sentence)
def test_a_fault_of_a_case_with_a_parent_names_the_file_that_holds_it(
    fault: faults.Fault, parent_project: Project
) -> None:
    docs = changed(parent_project.docs, fault.apply)
    message = parent_project.message(docs, {"cases": ["be-child"]})
    assert message, "the fault is accepted"
    assert not lacking(message, fault.says), message


@pytest.mark.parametrize("fault", faults.OF_FETCHED, ids=lambda fault: fault.sentence)
def test_a_fault_of_a_fetched_vintage_is_said_with_its_remedy(
    fault: faults.Fault, fetched_project: Project
) -> None:
    docs = changed(fetched_project.docs, fault.apply)
    message = fetched_project.message(docs, docs[MAIN])
    assert message, "the fault is accepted"
    assert not lacking(message, fault.says), message


def test_the_ids_of_the_faults_are_sentences_of_their_own() -> None:
    by_hand = (*faults.WRITTEN_BY_HAND, *faults.OF_PARENTS, *faults.OF_FETCHED)
    sentences = [fault.sentence for fault in (*by_hand, *MADE)]
    assert len(set(sentences)) == len(sentences)


def test_the_first_fault_is_said_and_the_others_are_counted(project: Project) -> None:
    docs = changed(
        SHIPPED, faults.put(BE, "titel", "x"), faults.put(BE, "comparison_decimals", "nine")
    )
    message = project.message(docs, {"cases": ["be"]})
    assert not lacking(message, ("'titel'", "1 more fault")), message
    assert "1 more faults" not in message


def test_a_misspelt_key_is_said_before_the_key_that_is_lacking_for_it(project: Project) -> None:
    edits = (faults.drop(BE, "indicators.sf.date"), faults.put(BE, "indicators.sf.dat", "2005"))
    message = project.message(changed(SHIPPED, *edits), {"cases": ["be"]})
    assert not lacking(message, (BE, "`indicators.sf`", "'dat'", "did you mean 'date'")), message


def test_a_configuration_file_that_is_not_there_is_named(project: Project) -> None:
    with pytest.raises(ConfigError, match=r"mine\.yaml: there is no such file; create it"):
        project.load({"cases": ["be"]}, files=(MAIN, "mine.yaml"))


def test_a_fault_of_the_users_own_file_names_it(project: Project) -> None:
    (project.root / "mine.yaml").write_text("cases: [bee]\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        project.load({"cases": ["bee"]}, files=(MAIN, "mine.yaml"))
    assert not lacking(str(caught.value), ("mine.yaml", "'bee'", "did you mean 'be'"))


def test_a_code_is_shown_as_the_user_wrote_it_not_as_yaml_1_1_counts_it(project: Project) -> None:
    text = "cases: [be]\noverrides: {be: {figures: {towns: {choose: named, units: [02000]}}}}\n"
    (project.root / MAIN).write_text(text, encoding="utf-8")
    assert yaml.safe_load(text)["overrides"]["be"]["figures"]["towns"]["units"] == [1024]
    try:
        units = project.load(yaml.safe_load(text)).cases["be"]["figures"]["towns"]["units"]
    except ConfigError as error:
        units = [str(error)]
    assert any("02000" in unit for unit in units), units


def walk(value: Any, place: faults.Place = ()) -> Iterator[tuple[faults.Place, Any]]:
    """Yield every place below ``value`` with what stands there."""
    yield place, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from walk(inner, (*place, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from walk(inner, (*place, number))


def test_blocks_nested_without_end_do_not_end_the_program(tmp_path: Path) -> None:
    # In a program of its own: a parser that runs out of stack takes the tests with it.
    path = tmp_path / "deep.yaml"
    path.write_text("a: " + "[" * 50_000 + "]" * 50_000, encoding="utf-8")
    code = (
        "import sys, pathlib; from smstra import errors, strict_yaml\n"
        "try: strict_yaml.load(pathlib.Path(sys.argv[1]))\n"
        "except errors.ConfigError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, path], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert not lacking(done.stdout, ("deep.yaml", "nested too deeply")), done.stdout


# Below these keys, and at the top of these files, stand names that users give.
NAMES_BELOW = {"indicators", "aggregate_checks", "tables", "variables", "where", "filters", "map"}
NAMES_BELOW |= {"code_length", "unused_columns", "renamed", "names", "levels", "aliases"}
NAMES_BELOW |= {"series", "windows", "errors", "definitions"}
NAMES_ON_TOP = {faults.BE_TABLES, faults.DE_TABLES, faults.EU_TABLES, faults.VOCABULARY}
NAMES_ON_TOP |= {faults.BREAKS}


def one_place_of_each_kind(file: str) -> list[faults.Place]:
    """Return one place of ``file`` for each sequence of keys, names that users give left out."""
    first: dict[tuple[str, ...], faults.Place] = {}
    for place, _ in walk(FULL[file]):
        keys = [part for part in place if isinstance(part, str)]
        above = ["", *keys]
        kind = [
            "any" if above[n] in NAMES_BELOW or (n == 0 and file in NAMES_ON_TOP) else key
            for n, key in enumerate(keys)
        ]
        if place:
            first.setdefault(tuple(kind), place)
    return list(first.values())


@pytest.mark.parametrize("file", [BE, *faults.SHIPPED[3:]])
def test_no_unknown_name_or_removed_key_ends_in_another_error(
    file: str, full_project: Project
) -> None:
    places = one_place_of_each_kind(file)
    assert places
    escaped = []
    for place in places:
        docs = {**FULL, file: copy.deepcopy(FULL[file])}
        block = faults.at(docs[file], place[:-1])
        if isinstance(block[place[-1]], str):
            block[place[-1]] = "zzz"
        else:
            del block[place[-1]]
        try:
            full_project.load_changed(docs, {"cases": ["be"]})
        except SmstraError:
            continue
        except Exception as error:
            escaped.append(f"{place}: {error!r}")
    assert not escaped, escaped


# --- What works ---------------------------------------------------------------------------------


def test_the_shipped_configuration_is_valid(project: Project) -> None:
    settings = project.load(SHIPPED[MAIN])
    assert list(settings.cases) == ["be", "de"]
    assert settings.cases["be"] == SHIPPED[BE]
    assert settings.cases["de"] == SHIPPED[DE]
    assert settings.pins == SHIPPED[faults.PINS]["snapshots"]
    tables = sorted((faults.REPOSITORY / "config/datasets").glob("*.yaml"))
    assert list(settings.datasets) == [name for path in tables for name in strict_yaml.load(path)]
    assert settings.variables == SHIPPED[faults.VOCABULARY]
    assert settings.breaks == SHIPPED[faults.BREAKS]


@pytest.mark.parametrize(
    ("asked", "run"),
    [
        ("be", ["be"]),
        ("be,de", ["be", "de"]),
        ("de, be", ["de", "be"]),
        (["de"], ["de"]),
    ],
)
def test_cases_are_a_list_or_text_with_commas(asked: Any, run: list, project: Project) -> None:
    assert list(project.load({"cases": asked}).cases) == run


@pytest.mark.parametrize("asked", ["", "be,", "be,,de", "be;de", "be,be", "be de", ","])
def test_text_that_names_no_cases_is_refused(asked: str, project: Project) -> None:
    with pytest.raises(ConfigError) as caught:
        project.load({"cases": asked})
    assert not lacking(str(caught.value), (MAIN, "cases")), caught.value


def test_an_override_merges_blocks_and_leaves_the_rest(project: Project) -> None:
    change = {"criteria": {"sf_high": {"reference": "national_median"}}, "title": "Another"}
    be = project.load({"cases": ["be", "de"], "overrides": {"be": change}}).cases["be"]
    expected = copy.deepcopy(SHIPPED[BE])
    expected["criteria"]["sf_high"]["reference"] = "national_median"
    expected["title"] = "Another"
    assert be == expected


def test_an_override_of_one_case_leaves_the_other(project: Project) -> None:
    user = {"cases": ["be", "de"], "overrides": {"be": {"comparison_decimals": 3}}}
    cases = project.load(user).cases
    assert (cases["be"]["comparison_decimals"], cases["de"]) == (3, SHIPPED[DE])


def test_overrides_of_a_case_that_is_not_run_this_time_may_stay(project: Project) -> None:
    user = {"cases": ["de"], "overrides": {"be": {"comparison_decimals": 3}}}
    assert project.load(user).cases == {"de": SHIPPED[DE]}


def test_null_removes_a_key_and_a_block(project: Project) -> None:
    change = {"geography": {"names": {"by_region": None}}, "aggregate_checks": None}
    be = project.load({"cases": ["be"], "overrides": {"be": change}}).cases["be"]
    assert be["geography"]["names"] == {"default": "fr"}
    assert "aggregate_checks" not in be


def test_null_for_a_key_that_is_not_there_changes_nothing(project: Project) -> None:
    change = {"geography": {"changes": None}, "indicators": {"sf": {"in": None}}}
    user = {"cases": ["de"], "overrides": {"de": change}}
    assert project.load(user).cases["de"] == SHIPPED[DE]


def test_null_in_a_new_block_leaves_the_key_out(project: Project) -> None:
    new = {"label": "x", "definition": "not_available", "because": "x", "of": None}
    user = {"cases": ["de"], "overrides": {"de": {"indicators": {"new": new}}}}
    assert "of" not in project.load(user).cases["de"]["indicators"]["new"]


def test_an_indicator_is_made_unavailable_by_removing_its_keys(project: Project) -> None:
    change = {"definition": "not_available", "because": "a test"}
    change |= dict.fromkeys(("of", "in", "date", "max_year_gap"))
    user = {"cases": ["be"], "overrides": {"be": {"indicators": {"sf_origin": change}}}}
    assert project.load(user).cases["be"]["indicators"]["sf_origin"] == {
        "label": "Residents of foreign origin",
        "definition": "not_available",
        "because": "a test",
        "country": {"by": "sum_of_counts"},
        "region": {"by": "sum_of_counts"},
    }


def test_a_list_is_replaced_whole(project: Project) -> None:
    user = {"cases": ["be"], "overrides": {"be": {"profile": ["varni", "sf"]}}}
    assert project.load(user).cases["be"]["profile"] == ["varni", "sf"]


def test_an_aggregate_that_a_reference_does_not_use_may_stay(project: Project) -> None:
    change = {"criteria": {"sf_high": {"reference": 8.5}}}
    be = project.load({"cases": ["be"], "overrides": {"be": change}}).cases["be"]
    assert be["criteria"]["sf_high"]["reference"] == 8.5
    assert be["criteria"]["sf_high"]["aggregate"] == {"by": "sum_of_counts"}


@pytest.mark.parametrize("scheme", case_rules.SCHEMES)
def test_every_scheme_is_accepted(scheme: str, project: Project) -> None:
    change = {"criteria": {"population_improving": {"reference": scheme}}}
    cases = project.load({"cases": ["be"], "overrides": {"be": change}}).cases
    assert cases["be"]["criteria"]["population_improving"]["reference"] == scheme


def test_loading_changes_nothing_that_it_was_given(project: Project) -> None:
    user = {"cases": ["be"], "overrides": {"be": {"indicators": {"sf": {"max_year_gap": 5}}}}}
    before = copy.deepcopy(user)
    first = project.load(user)
    second = project.load(user)
    assert user == before
    assert first == second


def test_a_date_that_yaml_1_1_reads_as_a_date_is_text(project: Project) -> None:
    text = "cases: [be]\noverrides: {be: {indicators: {sf: {date: 2009-01-01}}}}\n"
    be = project.load(yaml.safe_load(text)).cases["be"]
    assert be["indicators"]["sf"]["date"] == "2009-01-01"


def test_codes_without_quotes_in_a_file_that_snakemake_reads_are_refused(project: Project) -> None:
    text = "cases: [be]\noverrides: {be: {geography: {names: {by_region: {02000: fr}}}}}\n"
    (project.root / MAIN).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        project.load(yaml.safe_load(text))
    assert not lacking(str(caught.value), (MAIN, "line 2", "02000", "quotes")), caught.value


def test_codes_and_dates_without_quotes_in_a_case_stay_text(project: Project) -> None:
    (project.root / DE).write_text(
        (project.root / DE)
        .read_text(encoding="utf-8")
        .replace('date: "2005-12-31"', "date: 2005-12-31")
        .replace("code: DE", "code: 01000"),
        encoding="utf-8",
    )
    de = project.load({"cases": ["de"]}).cases["de"]
    assert de["indicators"]["sf"]["date"] == "2005-12-31"
    assert de["geography"]["country_unit"]["code"] == "01000"


def test_a_case_extends_another_with_its_differences_only(parent_project: Project) -> None:
    docs = changed(
        parent_project.docs,
        faults.put(CHILD, "indicators.sf.max_year_gap", 6),
        faults.put(CHILD, "profile", ["sf"]),
        faults.put(CHILD, "aggregate_checks", None),
    )
    cases = parent_project.load_changed(docs, {"cases": ["be-child", "be"]}).cases
    expected = copy.deepcopy(SHIPPED[BE])
    expected["title"] = "A child of Belgium"
    expected["indicators"]["sf"]["max_year_gap"] = 6
    expected["profile"] = ["sf"]
    del expected["aggregate_checks"]
    assert cases == {"be-child": expected, "be": SHIPPED[BE]}


def test_a_grandchild_extends_through_its_parent(project: Project) -> None:
    for name, text in (
        ("mid", "extends: be\ntitle: Middle\ncountry: Middle\n"),
        ("low", "extends: mid\ntitle: Low\n"),
    ):
        (project.root / f"config/cases/{name}.yaml").write_text(text, encoding="utf-8")
    low = project.load({"cases": ["low"]}).cases["low"]
    assert low == {**SHIPPED[BE], "title": "Low", "country": "Middle"}


def test_an_override_lies_over_a_child_case(parent_project: Project) -> None:
    user = {"cases": ["be-child"], "overrides": {"be-child": {"title": "Over"}}}
    assert parent_project.load(user).cases["be-child"] == {**SHIPPED[BE], "title": "Over"}


def test_one_indicator_may_be_a_sum_of_variables(project: Project) -> None:
    change = {"indicators": {"sf": {"of": ["residents_foreign", "residents_national"]}}}
    be = project.load({"cases": ["be"], "overrides": {"be": change}}).cases["be"]
    assert be["indicators"]["sf"]["of"] == ["residents_foreign", "residents_national"]


# --- Vintages and what a refresh is asked -------------------------------------------------------


def test_a_fetched_vintage_waits_beside_the_one_in_use(fetched_project: Project) -> None:
    settings = fetched_project.load(SHIPPED[MAIN])
    pin = fetched_project.docs[faults.FETCHED]["snapshots"][0]
    assert pin in settings.pins
    assert pin not in settings.pins_in_use()
    entry = SHIPPED[faults.BE_TABLES][REGISTER]
    kept = {key: value for key, value in entry.items() if key != "live"}
    assert settings.datasets[REGISTER] == {**kept, "file": faults.BE_TABLES}
    assert settings.described[REGISTER] == {**entry, "file": faults.BE_TABLES}


def test_an_adopted_vintage_is_read_as_live_describes_it(fetched_project: Project) -> None:
    user = {"cases": ["be"], "vintages": {REGISTER: "2027-01-01"}}
    settings = fetched_project.load(user)
    table = SHIPPED[faults.BE_TABLES][REGISTER]["live"]["tables"]["tu_com_refnis"]
    reading = {key: value for key, value in table.items() if key != "download"}
    assert settings.datasets[REGISTER] == {
        **reading,
        "code_system": "nis",
        "vintage": "2027-01-01",
        "file": faults.BE_TABLES,
        "tables": {"tu_com_refnis": reading},
    }
    used = [pin["vintage"] for pin in settings.pins_in_use() if pin["id"] == REGISTER]
    assert used == ["2027-01-01"]


def test_a_download_that_is_not_complete_is_no_vintage(fetched_project: Project) -> None:
    hidden = faults.FETCHED.replace("/2027-01-01/", "/.incoming-2027-01-02/")
    docs = {**fetched_project.docs, hidden: "not complete"}
    settings = fetched_project.load_changed(docs, {"cases": ["be"]})
    assert settings == fetched_project.load({"cases": ["be"]})


def test_what_several_tables_hold_stands_together(project: Project) -> None:
    live = SHIPPED[faults.EU_TABLES]["eurostat_lfs_nuts2"]["live"]["tables"]
    first = {
        **faults.fetched(SHIPPED),
        "id": "eurostat_lfs_nuts2",
        "file": "data/snapshots/eurostat/lfs_nuts2/2027-01-01/a.csv.gz",
        "table": "lfst_r_lfu3pers",
    }
    second = {**first, "file": first["file"].replace("a.csv", "b.csv"), "table": "lfst_r_lfe2emp"}
    docs = {
        **SHIPPED,
        "data/snapshots/eurostat/lfs_nuts2/2027-01-01/pin.yaml": {"snapshots": [first, second]},
    }
    user = {"cases": ["be"], "vintages": {"eurostat_lfs_nuts2": "2027-01-01"}}
    adopted = project.load_changed(docs, user).datasets["eurostat_lfs_nuts2"]
    assert list(adopted["tables"]) == ["lfst_r_lfu3pers", "lfst_r_lfe2emp"]
    assert adopted["variables"] == {
        name: how for table in live.values() for name, how in table["variables"].items()
    }


def test_a_case_waits_for_the_datasets_that_were_never_fetched(project: Project) -> None:
    never = "onem_jobseekers"
    docs = changed(SHIPPED, lambda docs: docs[BE]["datasets"].append(never))
    settings = project.load_changed(docs, SHIPPED[MAIN])
    assert (settings.waiting("be"), settings.waiting("de")) == ([never], [])
    assert never not in {pin["id"] for pin in settings.pins_in_use()}


def test_every_dataset_without_a_vintage_can_be_fetched(project: Project) -> None:
    settings = project.load(SHIPPED[MAIN])
    never = {name for name, entry in settings.datasets.items() if "vintage" not in entry}
    assert never
    assert all("live" in settings.described[name] for name in never)
    assert never.isdisjoint(pin["id"] for pin in settings.pins)


@pytest.mark.parametrize(
    ("asked", "fetched"),
    [
        ({}, None),
        ({"datasets": ["statbel_income"]}, ["statbel_income"]),
        ({"datasets": "statbel_income, onem_jobseekers"}, ["statbel_income", "onem_jobseekers"]),
    ],
)
def test_datasets_to_refresh_are_a_list_or_text_with_commas(
    asked: dict, fetched: list | None, project: Project
) -> None:
    assert project.load({"cases": ["de"], **asked}).refresh["datasets"] == fetched


def test_what_a_refresh_is_asked_is_with_the_settings_of_refresh_yaml(project: Project) -> None:
    user = {"cases": ["de"], "datasets": ["statbel_income"], "new_vintage": "2027-01-01b"}
    refresh = project.load(user).refresh
    assert {key: refresh[key] for key in SHIPPED[faults.REFRESH]} == SHIPPED[faults.REFRESH]
    assert refresh["new_vintage"] == "2027-01-01b"
    assert refresh["user"] == {"cases": ["de"]}


def test_a_new_vintage_takes_no_name_of_a_shipped_one_of_the_same_day(project: Project) -> None:
    today = dt.datetime.now(dt.UTC).date()
    # Tomorrow too, for a test that runs over midnight.
    days = [str(today), str(today + dt.timedelta(days=1))]
    docs = changed(SHIPPED)
    pins = docs[faults.PINS]["snapshots"]
    pins += [{**pins[0], "vintage": day} for day in days if day != pins[0]["vintage"]]
    settings = project.load_changed(docs, {"cases": ["de"]})
    assert settings.refresh["new_vintage"] in {f"{day}a" for day in days}


# --- The resolved configuration -----------------------------------------------------------------


@pytest.mark.parametrize("case", ["be", "de"])
@pytest.mark.parametrize("read", [yaml.safe_load, lambda text: strict_yaml.loads(text, "dump")])
def test_the_dump_reads_back_as_the_resolved_case(case: str, read: Any, project: Project) -> None:
    settings = project.load(
        {"cases": ["be", "de"], "overrides": {"be": {"comparison_decimals": 3}}}
    )
    dumped = read(config.dump(case, settings))
    used = vocabulary.datasets_used(settings.cases[case], settings.datasets)
    assert dumped["case"] == case
    assert dumped["settings"] == settings.cases[case]
    assert dumped["datasets"] == {name: settings.datasets[name] for name in used}
    assert all(settings.breaks[name] == entry for name, entry in dumped["breaks"].items())


def test_the_dump_of_what_it_dumped_is_the_same_case(project: Project) -> None:
    first = project.load({"cases": ["be"], "overrides": {"be": {"comparison_decimals": 3}}})
    text = config.dump("be", first)
    resolved = strict_yaml.dumps(strict_yaml.loads(text, "dump")["settings"])
    (project.root / BE).write_text(resolved, encoding="utf-8")
    assert config.dump("be", project.load({"cases": ["be"]})) == text


def test_the_dump_is_the_same_text_each_time_and_from_each_folder(
    project: Project, shipped_project: Project
) -> None:
    texts = {
        config.dump("be", folder.load({"cases": ["be", "de"]}))
        for folder in (project, shipped_project, project)
    }
    assert len(texts) == 1
    assert next(iter(texts)).startswith("# The resolved configuration of this case")


@pytest.mark.parametrize("case", ["be", "de"])
def test_the_dump_names_the_breaks_of_its_datasets_only(case: str, project: Project) -> None:
    dumped = strict_yaml.loads(config.dump(case, project.load(SHIPPED[MAIN])), "dump")
    expected = {
        "be": ["lfs_2017_be"],
        "de": ["hartz_iv_2005", "census_2011_de", "census_2011_de_population"],
    }
    assert list(dumped["breaks"]) == expected[case]


def test_resolved_settings_hold_no_absolute_path(project: Project) -> None:
    settings = project.load(SHIPPED[MAIN])
    parts = (settings.cases, settings.datasets, settings.pins, settings.variables, settings.breaks)
    texts = [value for part in parts for _, value in walk(part) if isinstance(value, str)]
    assert "config/datasets/be.yaml" in texts
    assert not [t for t in texts if t.startswith("/") or str(project.root) in t]
    for case in ("be", "de"):
        assert str(project.root) not in config.dump(case, settings)


# --- What each job reads ------------------------------------------------------------------------


def test_a_job_gets_the_blocks_of_its_stage_and_no_others(project: Project) -> None:
    settings = project.load(SHIPPED[MAIN])
    for keys in (
        job_settings.OF_INDICATORS,
        job_settings.OF_TYPOLOGY,
        job_settings.OF_CHECKS,
        job_settings.OF_PROFILE,
        job_settings.OF_FIGURES,
    ):
        given = job_settings.of_case(settings, "be", keys)["case"]
        assert given == {key: SHIPPED[BE][key] for key in keys if key in SHIPPED[BE]}


def test_a_change_of_a_title_reruns_no_indicators(project: Project) -> None:
    plain = project.load({"cases": ["be"]})
    other = project.load({"cases": ["be"], "overrides": {"be": {"title": "Other"}}})
    assert job_settings.indicators(plain, "be") == job_settings.indicators(other, "be")
    assert job_settings.figures(plain, "be") != job_settings.figures(other, "be")


def test_a_change_of_an_indicators_date_reaches_its_job(project: Project) -> None:
    plain = project.load({"cases": ["be"]})
    change = {"indicators": {"sf": {"date": "2009-01-01"}}}
    other = project.load({"cases": ["be"], "overrides": {"be": change}})
    assert job_settings.indicators(plain, "be") != job_settings.indicators(other, "be")


def test_a_table_is_read_with_its_registers_and_its_own_variables_only(project: Project) -> None:
    asked = job_settings.observations(project.load(SHIPPED[MAIN]), "statbel_population")
    registers = ["smstra_be_municipalities_2025", "statbel_administrative_units"]
    names = sorted([*registers, "statbel_municipality_changes", "statbel_population"])
    assert list(asked["datasets"]) == names
    assert sorted(pin["id"] for pin in asked["pins"]) == names
    assert list(asked["variables"]) == ["residents"]


def test_only_the_vintage_in_use_is_a_jobs_file(project: Project) -> None:
    docs = changed(SHIPPED)
    pin = next(p for p in docs[faults.PINS]["snapshots"] if p["id"] == "bbsr_kreise")
    docs[faults.PINS]["snapshots"].append(
        {**pin, "vintage": "2027-01-01", "file": f"{pin['file']}b"}
    )
    settings = project.load_changed(docs, {"cases": ["de"]})
    assert job_settings.files(settings, ["bbsr_kreise"]) == [pin["file"]]

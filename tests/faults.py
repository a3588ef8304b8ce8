"""Faults of publishers and files: what is served in place of a good answer, and what smstra must say."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import re
import runpy
import shutil
import ssl
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qsl, urlsplit

import live
import openpyxl
import tiny
import trustme
from publishers import EUROSTAT, filtered, inventory
from servers import Answer, Request, Script, Server, endless, free_port, rest

from smstra import config, job_settings, strict_yaml
from smstra.transport import UNTOUCHED

VINTAGE = "2026-03-01"
PEOPLE = live.people_path(2010)
BESTAT = "/bestat.statbel.fgov.be"
FLOW = live.flow_path("UNEMP")
INVENTORY = f"{EUROSTAT}/files/inventory"
_CSV = {"Content-Type": "application/vnd.sdmx.data+csv;version=2.0.0"}
_JSON = {"Content-Type": "application/json"}
_ZIP = {"Content-Type": "application/zip"}
_XML = {"Content-Type": "application/xml"}
_PAGE = b"<!DOCTYPE html><html><head><title>%s</title></head><body>%s</body></html>"
_KEY = "11111111-aaaa-bbbb-cccc-222222222222"
_QUEUED = (
    '<?xml version="1.0"?><e:Envelope xmlns:e="urn:e"><e:Body><n:syncResponse xmlns:n="urn:n">'
    f"<queued><id>{_KEY}</id><status>SUBMITTED</status></queued></n:syncResponse></e:Body></e:Envelope>"
).encode()
_STATUS = (
    '<?xml version="1.0"?><e:Envelope xmlns:e="urn:e"><e:Body><n:asyncResponse xmlns:n="urn:n">'
    f"<status><key>{_KEY}</key><status>%s</status></status></n:asyncResponse></e:Body></e:Envelope>"
)
_FAULT = (
    '<?xml version="1.0"?><S:Fault xmlns:S="urn:s"><faultcode>%d</faultcode>'
    "<faultstring>%s</faultstring></S:Fault>"
)
_TOO_BIG = _FAULT % (
    413,
    "EXTRACTION_TOO_BIG: The requested extraction is too big, estimated 9000000 rows, "
    "max authorised is 5000000",
)


Play = Callable[["Stage"], object]


class Stage:
    """A project of Testland and its server, on which a fault is played.

    ``stack`` ends with the fault: what it needs besides is entered there.
    """

    def __init__(self, project: Path, server: Server) -> None:
        self.project, self.server, self.stack = project, server, ExitStack()

    @contextmanager
    def played(self, play: Play) -> Iterator[None]:
        """Play a fault; after, the server, the configuration and the files by hand are as before."""
        kept = {part: self.project / "kept" / part for part in ("config", "data/by_hand")}
        for part, folder in kept.items():
            shutil.copytree(self.project / part, folder)
        with self.server.changed(), self.stack:
            play(self)
            yield
        for part, folder in kept.items():
            shutil.rmtree(self.project / part)
            folder.replace(self.project / part)
        shutil.rmtree(self.project / "kept")

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace all of ``old``, which must be there, in a file of the project."""
        path = self.project / file
        text = path.read_text(encoding="utf-8")
        assert old in text, (file, old)
        path.write_text(text.replace(old, new), encoding="utf-8")

    def manners(self, **values: object) -> None:
        """Change keys of config/refresh.yaml."""
        path = self.project / "config/refresh.yaml"
        text = path.read_text(encoding="utf-8")
        for key, value in values.items():
            text, found = re.subn(
                rf"^  {key}: .*$", f"  {key}: {json.dumps(value)}", text, flags=re.MULTILINE
            )
            assert found == 1, key
        path.write_text(text, encoding="utf-8")

    def describe(self, old: str, new: str) -> None:
        """Change config/datasets/tl.yaml."""
        self.edit("config/datasets/tl.yaml", old, new)

    def elsewhere(self, url: str) -> None:
        """Let another server stand for be.STAT; trust it."""
        self.edit("config/refresh.yaml", self.server.url(BESTAT), url + BESTAT)
        place = url.split("/")[2]
        self.edit("config/refresh.yaml", "plain_or_private: [", f'plain_or_private: ["{place}", ')

    def refresh(self, dataset: str, vintage: str = VINTAGE) -> tuple[int, list[str]]:
        """Run the job of a refresh; return its exit code and the lines that it said."""
        return run_job(self.project, dataset, vintage)


def run_job(
    project: Path, dataset: str, vintage: str, results: str = "results"
) -> tuple[int, list[str]]:
    """Run the script of a refresh in ``project``, as Snakemake does but for the folder ``results``."""
    with contextlib.chdir(project):
        settings = config.load(strict_yaml.load(Path("config/config.yaml")))
        how = job_settings.refresh(settings, dataset)
        log = Path(f"{results}/logs/refresh/{vintage}/{dataset}.log")
        job = SimpleNamespace(
            input=SimpleNamespace(settings=job_settings.store("r", how, Path(results))),
            output=[f"{results}/refresh/{vintage}/{dataset}/outcome.json"],
            log=[log],
            wildcards=SimpleNamespace(dataset=dataset, vintage=vintage),
        )
        code = 0
        with contextlib.redirect_stderr(io.StringIO()):
            try:
                runpy.run_path("workflow/scripts/refresh_dataset.py", {"snakemake": job})
            except SystemExit as end:
                code = end.code
        return code, log.read_text(encoding="utf-8").splitlines()


class Ground:
    """Testland built once in ``folder``; each fault is played on a copy of it."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.folder, self.server = folder, server
        model = Stage(live.build(folder / "model", server), server)
        model.manners(read_timeout_s=5, total_time_s=20)

    @contextmanager
    def stage(self) -> Iterator[Stage]:
        """Yield a copy; what was asked of the server is forgotten after."""
        model, project = self.folder / "model", self.folder / "stage"
        shutil.copytree(model, project, ignore=shutil.ignore_patterns("workflow"))
        (project / "workflow").symlink_to(model / "workflow")  # nothing writes there
        try:
            with self.server.changed():
                yield Stage(project, self.server)
        finally:
            shutil.rmtree(project)


@contextmanager
def ground(folder: Path) -> Iterator[Ground]:
    """Yield Testland in ``folder`` with its server, away from any proxy of this machine."""
    named = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "requests_ca_bundle")
    kept = {key: os.environ.pop(key) for key in list(os.environ) if key.lower() in named}
    try:
        with Server() as server:
            yield Ground(folder, server)
    finally:
        os.environ.update(kept)


@dataclass(frozen=True)
class Fault:
    """A fault, and what must become of it.

    ``words`` are held by what is said; ``code`` is the exit code. Where that is 0, ``then`` tells what
    the vintage is: ``same`` as without the fault, of the same ``figures`` in other files, or
    ``other`` (what came differs, and the report says how).
    """

    what: str
    dataset: str
    play: Play
    words: tuple[str, ...]
    code: int = 1
    then: str = ""


_REST_OF_REPORT = ("  largest", "  to adopt", "  case ", "  gone:")
# The survey of Testland never has more than three of the years that are asked for.
_USUAL = re.compile("a gap: [A-Z]+: (nothing came for period|for geo ALL)")
_VARIABLE = (
    (r"its [\d,]+ bytes", "its N bytes"),
    (r"packed in [\d,]+", "packed in N"),
    (r"IncompleteRead\(\d+ bytes read, \d+ more", "IncompleteRead(N bytes read, N more"),
    (r" \(asked at \S+\)", ""),
    (r"127\.0\.0\.1:\d+", "127.0.0.1"),
    (r"\?(?:c\[|freq=)\S+(?=: )", "?..."),
    (r"( -> \S+?)\1+(?=\))", r"\1 -> ..."),
)


def shown(code: int, lines: list[str]) -> str:
    """Return what of a job's lines docs/faults.md shows, without what differs from run to run."""
    if code:
        said = [line for line in lines if line.startswith("smstra: ")]
    else:
        end = next(i for i, line in enumerate(lines) if line.startswith(_REST_OF_REPORT))
        said = [line for line in lines[:end] if not _USUAL.search(line)]
    text = " / ".join(line.strip() for line in said)
    for ending in (f"; {UNTOUCHED}.", f" ({UNTOUCHED})"):
        text = text.replace(ending, "")
    for variable, shorter_form in _VARIABLE:
        text = re.sub(variable, shorter_form, text)
    return text


# --- How a fault is played -----------------------------------------------------------------------


def says(path: str, *answers: Script) -> Play:
    """Answer ``path`` by ``answers`` in turn, then always by the last."""
    return lambda stage: stage.server.serve(path, answers[0], then=answers[1:])


def first(*answers: Script) -> Play:
    """Answer for the view of be.STAT by ``answers``, then rightly."""
    return says(live.VIEWS, *answers, Answer(200, live.land(), _JSON))


def people(edit: Callable[[str], str], years: tuple[int, ...] = (2010,)) -> Play:
    """Serve the text of the people edited, packed as ever."""

    def play(stage: Stage) -> None:
        for year in years:
            text = edit(live.people_text(year))
            assert text != live.people_text(year)
            stage.server.serve(live.people_path(year), Answer(200, live.people(year, text), _ZIP))

    return play


def packed(*members: tuple[str, bytes], edit: Callable[[bytes], bytes] = bytes) -> Play:
    """Serve the people of 2010 as a zip of ``members``."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in members:
            info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            archive.writestr(info, raw, zipfile.ZIP_DEFLATED)
    return says(PEOPLE, Answer(200, edit(made.getvalue()), _ZIP))


def _locked(raw: bytes) -> bytes:
    """Set the flag of encryption in both headers of a zip with one member."""
    central = raw.index(b"PK\1\2")
    made = bytearray(raw)
    made[6] |= 1
    made[central + 8] |= 1
    return bytes(made)


def survey(edit: Callable[[str], str], flow: str = "UNEMP") -> Play:
    """Serve a dataflow edited, whatever is asked, with the rows of the query."""

    def play(stage: Stage) -> None:
        text = edit(_asked(flow))
        assert text != _asked(flow)
        stage.server.serve(live.flow_path(flow), Answer(200, text.encode(), _CSV))

    return play


def _asked(flow: str = "UNEMP") -> str:
    return live.survey(flow, live.FLOWS[flow])


def land(edit: Callable[[list[dict[str, object]]], object]) -> Play:
    """Serve the view of be.STAT with its facts edited in place."""
    facts = json.loads(live.land())["facts"]
    edit(facts)
    raw = json.dumps({"facts": facts}, ensure_ascii=False).encode()
    assert raw != live.land()
    return says(live.VIEWS, Answer(200, raw, _JSON))


def prices(raw: bytes) -> Play:
    """Put another workbook in the place of the one downloaded by hand."""
    return lambda stage: (stage.project / live.PRICES).write_bytes(raw)


def workbook(edit: Callable[[openpyxl.worksheet.worksheet.Worksheet], object]) -> bytes:
    """Return the workbook of prices, edited."""
    book = openpyxl.load_workbook(io.BytesIO(live.prices()))
    edit(book.active)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def both(*plays: Play) -> Play:
    """Play several."""
    return lambda stage: [play(stage) for play in plays]


def with_manners(play: Play, **values: object) -> Play:
    """Play under other keys of config/refresh.yaml."""
    return both(lambda stage: stage.manners(**values), play)


def cells(number: int, change: Callable[[str], str], sign: str = "|") -> Callable[[str], str]:
    """Return an edit of one column of a text: of each line below the header."""

    def edit(text: str) -> str:
        header, *lines = text.split("\r\n")[:-1]
        rows = [line.split(sign) for line in lines]
        for row in rows:
            row[number] = change(row[number])
        return "\r\n".join([header, *map(sign.join, rows)]) + "\r\n"

    return edit


def once(old: str, new: str) -> Callable[[str], str]:
    """Return an edit of the first place of ``old``, which must be there."""

    def edit(text: str) -> str:
        assert old in text, (old, text[:300])
        return text.replace(old, new, 1)

    return edit


def without(of: str) -> Callable[[str], str]:
    """Return an edit that drops each line that holds ``of``."""
    return lambda text: "".join(x for x in text.splitlines(keepends=True) if of not in x)


def swapped(a: int, b: int, sign: str) -> Callable[[str], str]:
    """Return an edit that swaps two columns, the header's too."""

    def edit(text: str) -> str:
        rows = [line.split(sign) for line in text.split("\r\n")[:-1]]
        for row in rows:
            row[a], row[b] = row[b], row[a]
        return "\r\n".join(map(sign.join, rows)) + "\r\n"

    return edit


def column(number: int | None, name: str, sign: str) -> Callable[[str], str]:
    """Return an edit that drops a column by its number, or adds one of ``name``."""

    def edit(text: str) -> str:
        rows = [line.split(sign) for line in text.split("\r\n")[:-1]]
        for i, row in enumerate(rows):
            if number is None:
                row.append("x" if i else name)
            else:
                del row[number]
        return "\r\n".join(map(sign.join, rows)) + "\r\n"

    return edit


def shorter(raw: bytes, size: int, kind: dict[str, str], path: str) -> tuple[Play, Play]:
    """Return how ``raw`` is cut after ``size`` bytes: declared as it came, and as it should be."""
    return (
        says(path, Answer(200, raw[:size], kind)),
        says(path, Answer(200, raw, kind, send=size)),
    )


_PEOPLE, _LAND, _PRICES = live.people(2010), live.land(), live.prices()
_SURVEY = _asked().encode()
_CUT_ZIP, _BROKEN_ZIP = shorter(_PEOPLE, len(_PEOPLE) // 2, _ZIP, PEOPLE)
_CUT_LINE, _BROKEN_CSV = shorter(_SURVEY, len(_SURVEY) - 9, _CSV, FLOW)
_CUT_JSON, _BROKEN_JSON = shorter(_LAND, 300, _JSON, live.VIEWS)
_TEXT = live.people_text(2010).encode()


def _nobody(stage: Stage) -> None:
    """Nobody listens where the publisher should be."""
    port = free_port()
    stage.elsewhere(f"http://127.0.0.1:{port}")


def _down_to_http(stage: Stage) -> None:
    """A publisher with https leads to one without."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    bundle = stage.project / "authority.pem"
    authority.cert_pem.write_to_path(str(bundle))
    os.environ["REQUESTS_CA_BUNDLE"] = str(bundle)
    stage.stack.callback(os.environ.pop, "REQUESTS_CA_BUNDLE")
    far = stage.stack.enter_context(Server(context))
    stage.elsewhere(far.url("").removesuffix("/"))
    far.serve(live.VIEWS, Answer(302, headers={"Location": stage.server.url(live.VIEWS)}))


def _led(stage: Stage, place: str) -> None:
    stage.server.serve(live.VIEWS, Answer(302, headers={"Location": place}))


def _private(stage: Stage) -> None:
    stage.manners(redirects={"127.0.0.1": ["10.1.2.3"]})
    _led(stage, "https://10.1.2.3/land.json")


def _bomb() -> Answer:
    return Answer(200, gzip.compress(bytes(4 << 20)), {**_JSON, "Content-Encoding": "gzip"})


def _later(now: float) -> Callable[[Request], Answer]:
    """Return a refusal for a second, by the date of a server whose clock shows ``now``."""

    def answer(_: Request) -> Answer:
        date, until = formatdate(now, usegmt=True), formatdate(now + 1, usegmt=True)
        return Answer(429, headers={"Date": date, "Retry-After": until})

    return answer


def _resumed(second: Script) -> Play:
    """Break an older view of be.STAT off after 40 bytes; answer by ``second`` from then on."""
    head = {**_JSON, "ETag": '"one"', "Accept-Ranges": "bytes"}
    return says(live.VIEWS, Answer(200, _LAND.upper(), head, send=40, end="reset"), second)


def _cut_at_line(text: str) -> str:
    """Return six lines of the table, its lines in the order of Eurostat's."""
    header, *lines = text.splitlines(keepends=True)
    return "".join([header, *sorted(lines)[:5]])


def _from_the_future(stage: Stage) -> None:
    head = {**_JSON, "Last-Modified": formatdate(time.time() + 1e6, usegmt=True)}
    _now = Answer(200, _LAND, head, send=40, end="reset")
    stage.server.serve(live.VIEWS, _now, then=[rest(_LAND, headers=head)])


def _statistics(stage: Stage) -> None:
    stage.describe("api: sdmx_3", "api: statistics")
    label = "ASYNCHRONOUS_RESPONSE. Your request will be treated asynchronously. Please try again later."
    body = json.dumps({"warning": {"status": 413, "label": label}}).encode()
    stage.server.serve(f"{EUROSTAT}/statistics/1.0/data/UNEMP", Answer(200, body, _JSON))


def _queue(*states: str) -> Play:
    """Queue the request, say ``states`` in turn, and give the table once it is asked for."""
    answers = [Answer(200, (_STATUS % state).encode(), _XML) for state in states]
    return both(
        says(FLOW, Answer(200, _QUEUED, _XML)),
        says(f"{EUROSTAT}/1.0/async/status/{_KEY}", *answers),
        says(f"{EUROSTAT}/1.0/async/data/{_KEY}", Answer(200, _SURVEY, _CSV)),
    )


def _too_big_for(most: int) -> Play:
    """Refuse queries of the survey for more than ``most`` places."""
    table = filtered(_asked())

    def answer(request: Request) -> Answer:
        places = dict(parse_qsl(urlsplit(request.path).query))["c[geo]"].split(",")
        return table(request) if len(places) <= most else Answer(413, _TOO_BIG.encode(), _XML)

    return says(FLOW, answer)


def _split(stage: Stage) -> None:
    """Let the query be split by places."""
    stage.describe("gaps: list", "gaps: list\n          split_by: geo")


def _whole_only(stage: Stage) -> None:
    """Ask for all that the survey has, and let a gap stop the refresh."""
    text = 'first: "2005"\n          last: "2014"\n          gaps: list'
    stage.describe(text, "gaps: stop")


def _by_unit(stage: Stage) -> None:
    """Ask for thousands of persons, and send percentages."""
    stage.describe("{freq: [A], geo:", "{freq: [A], unit: [THS_PER], geo:")
    for flow in live.FLOWS:
        text = _asked(flow).replace(",geo,", ",unit,geo,").replace(",A,", ",A,PC,")
        stage.server.serve(live.flow_path(flow), Answer(200, text.encode(), _CSV))


def _other_years(stage: Stage) -> None:
    """Serve the people of two years under each other's name."""
    for asked, sent in ((2010, 2014), (2014, 2010)):
        stage.server.serve(live.people_path(asked), Answer(200, live.people(sent), _ZIP))


def _other_flows(stage: Stage) -> None:
    for asked, sent in (("UNEMP", "WORK"), ("WORK", "UNEMP")):
        raw = _asked(sent).encode()
        stage.server.serve(live.flow_path(asked), Answer(200, raw, _CSV))


def _missing(stage: Stage) -> None:
    (stage.project / live.PRICES).unlink()


def _linked(stage: Stage) -> None:
    path = stage.project / live.PRICES
    outside = stage.project.with_name(stage.project.name + "-outside.xlsx")
    stage.stack.callback(outside.unlink)
    path.replace(outside)
    path.symlink_to(outside)


def _folder(stage: Stage) -> None:
    _missing(stage)
    (stage.project / live.PRICES).mkdir()


def _namesakes(stage: Stage) -> None:
    stage.describe(live.PRICES, "data/by_hand/*/prices.xlsx")
    for name in ("a", "b"):
        (stage.project / "data/by_hand" / name).mkdir()
        (stage.project / f"data/by_hand/{name}/prices.xlsx").write_bytes(_PRICES)


def _formula(sheet: openpyxl.worksheet.worksheet.Worksheet) -> None:
    sheet["B6"] = "=1+1"


def _times(factor: float) -> Callable[[str], str]:
    return lambda cell: cell if cell == "n.a." else f"{float(cell) * factor:.6g}"


def _page(title: bytes, text: bytes = b"") -> Answer:
    return Answer(200, _PAGE % (title, text), {"Content-Type": "text/html"})


_ROBOT = _page(b"Are you a robot?", b"Please solve this CAPTCHA")
_VIEW = f"https:/{live.VIEWS}"
_ADDRESS = "https://open.testland.example/people_2010.zip"
_SOAP = (_FAULT % (150, "INVALID_QUERY_DIMENSION_VALUE: not allowed: GEO=Z9.")).encode()

FAULTS = [
    # The connection
    Fault(
        "nobody listens at the publisher's address",
        "tl_land",
        _nobody,
        ("the connection failed", "attempt 2 of 2", "try again later"),
    ),
    Fault(
        "the headers come byte by byte, without end",
        "tl_land",
        with_manners(
            says(live.VIEWS, Answer(200, _LAND, _JSON, drip_headers=True, drip_s=0.05)),
            total_time_s=0.4,
        ),
        (_VIEW, "0.4 seconds", "`total_time_s`"),
    ),
    Fault(
        "the body comes byte by byte, without end",
        "tl_land",
        with_manners(
            says(live.VIEWS, Answer(200, _LAND, _JSON, drip_bytes=1, drip_s=0.05)), total_time_s=0.4
        ),
        (_VIEW, "still being sent", "`total_time_s`"),
    ),
    Fault(
        "no answer comes",
        "tl_land",
        with_manners(says(live.VIEWS, Answer(200, pause_s=5)), read_timeout_s=0.1),
        ("views", "timed out", "attempt 2 of 2", "try again later"),
    ),
    Fault(
        "the connection is reset midway, each time",
        "tl_land",
        says(live.VIEWS, Answer(200, _LAND, _JSON, send=40, end="reset")),
        (_VIEW, "broke off", "attempt 2 of 2", "try again later"),
    ),
    Fault(
        "the connection is reset midway, once",
        "tl_land",
        first(Answer(200, _LAND, _JSON, send=40, end="reset")),
        ("broke off", "attempt 2 of 2", "fetched as vintage"),
        0,
        "same",
    ),
    Fault(
        "a zip is cut off, and its length is told as of the whole",
        "tl_people",
        _BROKEN_ZIP,
        (_ADDRESS, "broke off", "attempt 2 of 2", "try again later"),
    ),
    Fault(
        "a zip is cut off, and its length is told as cut",
        "tl_people",
        _CUT_ZIP,
        ("people_2010.zip", "not a zip file that can be read", "download the file again"),
    ),
    Fault(
        "a zip is cut off, and no length is told",
        "tl_people",
        says(PEOPLE, Answer(200, _PEOPLE[:-30], _ZIP, declared=False)),
        ("people_2010.zip", "not a zip file that can be read", "download the file again"),
    ),
    Fault(
        "a table of Eurostat is cut off, and its length is told as of the whole",
        "tl_survey",
        _BROKEN_CSV,
        ("UNEMP", "broke off", "try again later"),
    ),
    Fault(
        "a table of Eurostat is cut inside a line",
        "tl_survey",
        _CUT_LINE,
        ("unemp.csv, line 14", "the last line has no end", "fetch the table again"),
    ),
    Fault(
        "a table of Eurostat is cut at the end of a line",
        "tl_survey",
        survey(_cut_at_line),
        ("of the 24 figures in use the new table holds", "`least_share_of_rows`", "cut off"),
    ),
    Fault(
        "a table of Eurostat lacks its last line",
        "tl_survey",
        survey(without("TL,2014")),
        ("a gap: UNEMP: for geo TL nothing came for 2014", "1 gone"),
        0,
        "other",
    ),
    Fault(
        "a view of be.STAT is cut off, and its length is told as of the whole",
        "tl_land",
        _BROKEN_JSON,
        ("views", "broke off", "try again later"),
    ),
    Fault(
        "a view of be.STAT is cut off",
        "tl_land",
        _CUT_JSON,
        ("land.json", "not the JSON of be.STAT", "fetch the view again"),
    ),
    # What is answered in place of the file
    Fault(
        "a web page comes under status 200",
        "tl_people",
        says(PEOPLE, _page(b"Not here any more")),
        (_ADDRESS, "a web page came", "Not here any more", "in a browser"),
    ),
    Fault(
        "a web page comes as application/zip",
        "tl_people",
        says(PEOPLE, Answer(200, _PAGE % (b"Sorry", b""), _ZIP)),
        (_ADDRESS, "a web page came", "Sorry"),
    ),
    Fault(
        "a robot check comes under status 200",
        "tl_land",
        says(live.VIEWS, _ROBOT),
        ("views", "robot", "by hand"),
    ),
    Fault(
        "a robot check comes in place of Eurostat's table",
        "tl_survey",
        says(FLOW, _ROBOT),
        ("UNEMP", "robot", "by hand"),
    ),
    Fault(
        "a fault of Eurostat's (SOAP) comes under status 200",
        "tl_survey",
        says(FLOW, Answer(200, _SOAP, _XML)),
        ("tl_survey", "UNEMP", "does not know a dimension or a value", "GEO=Z9", "mend `filters`"),
    ),
    Fault(
        "Eurostat has no such dataset",
        "tl_survey",
        says(
            FLOW,
            Answer(
                404,
                (_FAULT % (100, "ERR_NOT_FOUND_2: DATA_SET:UNEMP is not available")).encode(),
                _XML,
            ),
        ),
        ("tl_survey", "404", "no such dataset", "mend `dataflow`"),
    ),
    Fault(
        "Eurostat queues the request, and the answer expires",
        "tl_survey",
        _queue("PROCESSING", "EXPIRED"),
        ("tl_survey", "UNEMP", "EXPIRED", "refresh again"),
    ),
    Fault(
        "Eurostat queues the request and never ends",
        "tl_survey",
        with_manners(_queue("PROCESSING"), total_time_s=0.2),
        ("tl_survey", "UNEMP", "was not done after", "refresh again"),
    ),
    Fault(
        "Eurostat queues the request, and later has the answer",
        "tl_survey",
        _queue("SUBMITTED", "PROCESSING", "AVAILABLE"),
        ("Eurostat queued the request", "fetched as vintage"),
        0,
        "same",
    ),
    Fault(
        "Eurostat puts the answer off for ever (`api: statistics`)",
        "tl_survey",
        with_manners(_statistics, total_time_s=0.2),
        ("tl_survey", "UNEMP", "in its own time", "again later"),
    ),
    Fault(
        "Eurostat queues the answer to a queued request",
        "tl_survey",
        both(
            _queue("AVAILABLE"),
            says(f"{EUROSTAT}/1.0/async/data/{_KEY}", Answer(200, _QUEUED, _XML)),
        ),
        ("tl_survey", "UNEMP", "the request is queued", "refresh again later"),
    ),
    Fault(
        "Eurostat answers a queued request with something else",
        "tl_survey",
        both(
            _queue("AVAILABLE"), says(f"{EUROSTAT}/1.0/async/data/{_KEY}", Answer(200, _SOAP, _XML))
        ),
        ("tl_survey", "UNEMP", "does not know a dimension", "mend `filters`"),
    ),
    Fault(
        "a table of Statbel has a header and no rows",
        "tl_people",
        people(lambda text: text.splitlines(keepends=True)[0]),
        ("people_2010.txt", "there is a header and no row", "fetch the file again"),
    ),
    Fault(
        "a table of Eurostat has a header and no rows",
        "tl_survey",
        survey(lambda text: text.splitlines(keepends=True)[0]),
        ("unemp.csv", "holds no observation", "mend the filters"),
    ),
    Fault(
        "a view of be.STAT holds no fact",
        "tl_land",
        says(live.VIEWS, Answer(200, b'{"facts": []}', _JSON)),
        ("land.json", "holds no fact", "ask it again"),
    ),
    Fault(
        "the body is empty",
        "tl_people",
        says(PEOPLE, Answer(200, b"", _ZIP)),
        (_ADDRESS, "the answer is empty", "in a browser"),
    ),
    # Statuses
    Fault(
        "404",
        "tl_land",
        says(live.VIEWS, Answer(404)),
        (_VIEW, "404 (Not Found)", "mend it in the dataset's description"),
    ),
    Fault(
        "403", "tl_land", says(live.VIEWS, Answer(403)), (_VIEW, "403 (Forbidden)", "in a browser")
    ),
    Fault(
        "403 with a robot check",
        "tl_land",
        says(live.VIEWS, Answer(403, _PAGE % (b"Attention Required!", b""))),
        (_VIEW, "403 (Forbidden)", "robot", "by hand"),
    ),
    Fault(
        "413, and the query says how to split it",
        "tl_survey",
        both(_split, _too_big_for(2)),
        ("fetched as vintage", "0 gone"),
        0,
        "figures",
    ),
    Fault(
        "413, and the query says nothing of splitting",
        "tl_survey",
        _too_big_for(2),
        ("tl_survey", "UNEMP", "more rows than Eurostat sends at once", "`split_by:`"),
    ),
    Fault(
        "413, even for one value",
        "tl_survey",
        both(_split, _too_big_for(0)),
        ("tl_survey", "UNEMP", "even for one value of geo", "one more dimension in `filters`"),
    ),
    Fault(
        "429, to be asked again after a second",
        "tl_land",
        first(Answer(429, headers={"Retry-After": "1"})),
        ("429 (Too Many Requests)", "attempt 2 of 2 in 1 s", "fetched as vintage"),
        0,
        "same",
    ),
    Fault(
        "429, to be asked again at a date, by a clock that is years behind",
        "tl_land",
        first(_later(1e9)),
        ("429 (Too Many Requests)", "attempt 2 of 2 in 1 s", "fetched as vintage"),
        0,
        "same",
    ),
    Fault(
        "429, without a word on when",
        "tl_land",
        first(Answer(429)),
        ("429 (Too Many Requests)", "attempt 2 of 2 in 0 s", "fetched as vintage"),
        0,
        "same",
    ),
    Fault(
        "429, to be asked again after an hour",
        "tl_land",
        first(Answer(429, headers={"Retry-After": "3600"})),
        (_VIEW, "429 (Too Many Requests)", "asks to wait 3600 s", "try again after that"),
    ),
    Fault(
        "500, once",
        "tl_land",
        first(Answer(500)),
        ("500 (Internal Server Error)", "attempt 2 of 2", "fetched as vintage"),
        0,
        "same",
    ),
    Fault(
        "500, always",
        "tl_land",
        says(live.VIEWS, Answer(500)),
        (_VIEW, "500 (Internal Server Error)", "attempt 2 of 2", "try again later"),
    ),
    # Redirects
    Fault(
        "it leads to another host",
        "tl_land",
        lambda stage: _led(stage, "https://elsewhere.example/x.zip"),
        (_VIEW, "elsewhere.example", "add 'elsewhere.example' to `redirects`"),
    ),
    Fault(
        "it leads to a private address",
        "tl_land",
        _private,
        (_VIEW, "private or reserved network (10.1.2.3)", "`plain_or_private`"),
    ),
    Fault(
        "it leads round in a circle",
        "tl_land",
        lambda stage: _led(stage, live.VIEWS),
        (_VIEW, "leads on and on", "in a browser"),
    ),
    Fault(
        "it leads from https to http",
        "tl_land",
        _down_to_http,
        (_VIEW, "leads from https to an address without it", "another address"),
    ),
    # Sizes
    Fault(
        "the body never ends",
        "tl_land",
        with_manners(
            says(live.VIEWS, Answer(200, endless, _JSON, chunked=True)), max_bytes=100_000
        ),
        (_VIEW, "more than the 100,000 bytes", "`max_bytes`"),
    ),
    Fault(
        "the file is larger than allowed",
        "tl_land",
        with_manners(says(live.VIEWS, Answer(200, bytes(200_000), _JSON)), max_bytes=100_000),
        (_VIEW, "200,000 bytes", "raise `max_bytes`"),
    ),
    Fault(
        "a small body unpacks to a huge one (gzip)",
        "tl_land",
        says(live.VIEWS, _bomb()),
        (_VIEW, "more than the", "that are allowed"),
    ),
    # Zip files
    Fault(
        "a member of the zip leads out of it (`..`)",
        "tl_people",
        packed(("../people_2010.txt", _TEXT)),
        ("people_2010.zip", "'../people_2010.txt'", "do not use this file"),
    ),
    Fault(
        "a member of the zip is huge",
        "tl_people",
        packed(("people_2010.txt", bytes(3 << 20))),
        ("people_2010.zip", "more than the 1,048,576 bytes allowed", "look at where"),
    ),
    Fault(
        "the zip holds two tables",
        "tl_people",
        packed(("a.txt", _TEXT), ("b.txt", _TEXT)),
        ("people_2010.zip", "must match one file", "a.txt, b.txt"),
    ),
    Fault(
        "the zip is encrypted",
        "tl_people",
        packed(("people_2010.txt", _TEXT), edit=_locked),
        ("people_2010.zip", "encrypted", "unpack it"),
    ),
    # Text
    Fault(
        "a text is in UTF-16",
        "tl_people",
        packed(("people_2010.txt", live.people_text(2010).encode("utf-16"))),
        ("people_2010.txt, line 1", "UTF-16", "`encoding: utf-16`"),
    ),
    Fault(
        "a view of be.STAT is in latin-1",
        "tl_land",
        says(live.VIEWS, Answer(200, _LAND.decode().encode("latin-1", "replace"), _JSON)),
        ("land.json", "not UTF-8", "fetch the view again"),
    ),
    Fault(
        "a table of Eurostat is in UTF-16",
        "tl_survey",
        says(FLOW, Answer(200, _asked().encode("utf-16"), _CSV)),
        ("unemp.csv", "not UTF-8", "fetch the table again"),
    ),
    # Columns
    Fault(
        "a column has another name",
        "tl_people",
        people(once("COUNT", "NUMBER")),
        ("people_2010.txt, line 1", "missing: 'COUNT'", "not described: 'NUMBER'", "`renamed`"),
    ),
    Fault(
        "a column is missing",
        "tl_people",
        people(column(3, "", "|")),
        ("people_2010.txt, line 1", "missing: 'COUNT'", "mend `columns`"),
    ),
    Fault(
        "there is one more column",
        "tl_people",
        people(column(None, "AGE", "|")),
        ("people_2010.txt, line 1", "not described: 'AGE'", "`other_columns: unread`"),
    ),
    Fault(
        "two columns are swapped",
        "tl_people",
        people(swapped(0, 3, "|")),
        ("people_2010.txt, line 1", "another order", "describe them in their order"),
    ),
    Fault(
        "two columns are swapped, but not their names",
        "tl_people",
        people(
            lambda text: (
                text.split("\r\n")[0] + "\r\n" + swapped(0, 1, "|")(text.split("\r\n", 1)[1])
            )
        ),
        ("people_2010.zip", "line 2", "no town", "mend the code"),
    ),
    Fault(
        "a dimension of Eurostat's table has another name",
        "tl_survey",
        survey(once(",geo,", ",region,")),
        ("tl_survey", "geo", "mend"),
    ),
    Fault(
        "Eurostat's table has no column of figures",
        "tl_survey",
        survey(column(5, "", ",")),
        ("unemp.csv, line 1", "not those of SDMX-CSV", "fetch the table again"),
    ),
    Fault(
        "a column of a view of be.STAT has another name",
        "tl_land",
        land(lambda facts: [fact.update(m2=fact.pop("km2")) for fact in facts]),
        ("land.json, fact 1", "missing: 'km2'", "`renamed`"),
    ),
    # Rows and cells
    Fault(
        "a row stands twice",
        "tl_people",
        people(lambda text: text + text.splitlines(keepends=True)[-1]),
        ("people_2010.zip", "line 26", "stands twice", "remove one of the rows"),
    ),
    Fault(
        "a row of Eurostat's stands twice",
        "tl_survey",
        survey(lambda text: text + text.splitlines(keepends=True)[-1]),
        ("unemp.csv, line 15", "stands twice", "fetch the table again"),
    ),
    Fault(
        "a line has a cell too few",
        "tl_people",
        people(once("|TOTAL|", "|")),
        ("people_2010.txt, line 2", "3 cells where the header has 4", "fetch it again"),
    ),
    Fault(
        "a flag is unknown",
        "tl_survey",
        survey(once(",b,", ",x,")),
        ("tl_survey", "unemp.csv", "the flag 'x'", "line 2"),
    ),
    Fault(
        "a town's code is unknown",
        "tl_people",
        people(lambda text: text.replace("T05|", "T55|")),
        ("people_2010.zip", "the code 'T55'", "the nearest code is", "mend the code"),
    ),
    Fault(
        "a place of Eurostat's was not asked for",
        "tl_survey",
        survey(lambda text: text.replace("Z3", "Z9")),
        ("tl_survey", "geo = Z9", "did not ask for", "refresh again"),
    ),
    Fault(
        "a town's name is unknown",
        "tl_land",
        land(lambda facts: facts[6].update(Town="Twon T07")),
        ("land.json", "'Twon T07'", "the nearest is 'Town T07'", "`unit.aliases`"),
    ),
    Fault(
        "a figure is written with a decimal comma",
        "tl_people",
        people(cells(3, lambda cell: "1,5")),
        ("people_2010.zip", "line 2", "'1,5'", "`decimal: comma`"),
    ),
    Fault(
        "a figure is `nan`",
        "tl_people",
        people(cells(3, lambda cell: "nan")),
        ("people_2010.zip", "line 2", "'nan'", "add it to `missing`"),
    ),
    Fault(
        "a figure is `1e400`",
        "tl_people",
        people(cells(3, lambda cell: "1e400")),
        ("people_2010.zip", "too large to be true"),
    ),
    Fault(
        "a figure of Eurostat's is `nan`",
        "tl_survey",
        survey(cells(5, lambda cell: "nan", ",")),
        ("unemp.csv, line 2", "'nan'", "fetch the table again"),
    ),
    Fault(
        "a period of Eurostat's was not asked for",
        "tl_survey",
        survey(lambda text: text.replace(",2014,", ",2020,")),
        ("tl_survey", "2020", "did not ask for", "refresh again"),
    ),
    Fault(
        "a period is no year",
        "tl_survey",
        survey(lambda text: text.replace(",2014,", ",2014-Q1,")),
        ("tl_survey", "unemp.csv", "'2014-Q1' is not a year"),
    ),
    # Another table than the one asked for
    Fault(
        "all figures are a thousand times as large",
        "tl_people",
        people(cells(3, _times(1000)), tuple(tiny.YEARS)),
        ("tl_people", "in the median 1000 times", "`multiply_by`"),
    ),
    Fault(
        "the figures of one of Eurostat's tables are in persons, not thousands",
        "tl_survey",
        survey(cells(5, _times(1000), ",")),
        ("tl_survey", "'unemployed_lfs'", "1000 times", "`multiply_by`"),
    ),
    Fault(
        "Eurostat sends another unit of measure than was asked for",
        "tl_survey",
        _by_unit,
        ("tl_survey", "unit = PC", "did not ask for"),
    ),
    Fault(
        "two of Eurostat's tables are swapped",
        "tl_survey",
        _other_flows,
        ("unemp.csv", "the dataflow WORK, not UNEMP", "refresh again"),
    ),
    Fault(
        "the files of two years are swapped, but not their names",
        "tl_people",
        _other_years,
        ("people_2010.zip", "must match one file", "people_2014.txt"),
    ),
    Fault(
        "Eurostat leaves a place out in silence (`gaps: stop`)",
        "tl_survey",
        both(_whole_only, survey(without("Z3"))),
        ("tl_survey", "UNEMP: nothing came for geo Z3", "`gaps: list`"),
    ),
    Fault(
        "Eurostat leaves a place out in silence (`gaps: list`)",
        "tl_survey",
        with_manners(survey(without("Z3")), least_share_of_rows=0.5),
        ("a gap: UNEMP: nothing came for geo Z3", "3 gone"),
        0,
        "other",
    ),
    # Going on after an interruption
    Fault(
        "the file changed while it was fetched",
        "tl_land",
        _resumed(rest(_LAND, etag='"two"', headers=_JSON)),
        ("broke off", "fetched as vintage"),
        0,
        "same",
    ),
    Fault(
        "the rest that comes is of another file",
        "tl_land",
        _resumed(Answer(206, bytes(80), {"ETag": '"one"', "Content-Range": "bytes 40-119/120"})),
        ("broke off", "attempt 2 of 2"),
    ),
    Fault(
        "the server's clock is days ahead",
        "tl_land",
        _from_the_future,
        ("broke off", "fetched as vintage"),
        0,
        "same",
    ),
    Fault(
        "Eurostat's inventory is cut off",
        "tl_survey",
        says(INVENTORY, Answer(200, inventory(live.FLOWS)[:-9])),
        ("fetched without asking whether it changed", "was cut off", "fetched as vintage"),
        0,
        "same",
    ),
    # Files by hand
    Fault(
        "there is no file downloaded by hand",
        "tl_prices",
        _missing,
        (live.PRICES, "download it by hand", "refresh again"),
    ),
    Fault(
        "in place of the file by hand there is a folder",
        "tl_prices",
        _folder,
        (live.PRICES, "folder", "refresh again"),
    ),
    Fault(
        "two files by hand bear the same name",
        "tl_prices",
        _namesakes,
        ("tl_prices", "two of its files are called prices.xlsx", "rename the file"),
    ),
    Fault(
        "the file by hand is a link out of the project",
        "tl_prices",
        _linked,
        (live.PRICES, "a link to a place outside the project", "put the file itself there"),
    ),
    Fault(
        "a workbook (xlsx) is damaged",
        "tl_prices",
        prices(_PRICES[: len(_PRICES) // 2]),
        ("prices.xlsx", "not a zip file that can be read", "download the file again"),
    ),
    Fault(
        "a workbook (xls) is damaged",
        "tl_prices",
        prices(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
        ("prices.xlsx", "fetch the file again"),
    ),
    Fault(
        "a workbook holds a formula without a value",
        "tl_prices",
        prices(workbook(_formula)),
        ("prices.xlsx, sheet 'Sheet'", "B6", "formula"),
    ),
]

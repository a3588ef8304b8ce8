"""Fetching: whole or not at all, patient with what passes, firm with what does not."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import json
import multiprocessing
import os
import random
import re
import shutil
import signal
import ssl
import threading
import time
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path

import pytest
import trustme
from filelock import FileLock
from hypothesis import given, settings
from hypothesis import strategies as st
from servers import Answer, Proxy, Server, cut, endless, free_port, rest

from smstra import __version__, connections
from smstra.archives import LIMITS, ArchiveLimits, gunzip, members
from smstra.errors import FetchError, SmstraError, SourceError
from smstra.transport import Manners, Receipt, Transport, quiet

TABLE = b"code;year;figure\r\n" + b"".join(b"%d;2014;%d\r\n" % (n, n * n) for n in range(20_000))
UNTOUCHED = "the vintage in use is untouched, and a run without a refresh still works with it."
PAGE = b"\xef\xbb\xbf\n<!-- x --><!DOCTYPE html><html><head><title>Sorry &amp; bye</title></head>"
SOAP = b'<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body/></S:Envelope>'
TOO_BIG = b'{"error":[{"status":413,"id":413,"label":"EXTRACTION_TOO_BIG: too many rows"}]}'
MANNERS = Manners(
    connect_timeout_s=2,
    read_timeout_s=2,
    total_time_s=10,
    max_bytes=5_000_000,
    attempts=3,
    backoff_s=0.01,
    backoff_most_s=0.02,
    retry_after_most_s=5,
    connections_per_host=2,
    contact="",
    redirects={},
    plain_or_private=["127.0.0.1"],
    mirrors={},
)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "vintage" / "table.csv"


@pytest.fixture
def said() -> list[str]:
    return []


def transport(target: Path, said: list[str] | None = None, **manners: object) -> Transport:
    return Transport(
        replace(MANNERS, **manners),
        target.parents[1] / "slots",
        quiet if said is None else said.append,
    )


def refusal(target: Path, address: str, keep: bool = False, **manners: object) -> str:
    """Return the message of a download that must fail and leave no file that looks whole."""
    with pytest.raises(FetchError) as caught:
        transport(target, **manners).download(address, target, "houses")
    message = str(caught.value)
    assert message.startswith("houses: ")
    assert message.endswith("; " + UNTOUCHED)
    assert "\n" not in message
    if not keep:
        assert not target.exists()
    return message


def left_in(target: Path) -> set[str]:
    return {path.name for path in target.parent.iterdir()}


# --- a good answer ------------------------------------------------------------------------------


def test_download_gives_the_bytes_and_says_where_they_came_from(
    server: Server, target: Path
) -> None:
    day = formatdate(0, usegmt=True)
    headers = {"ETag": '"v1"', "Last-Modified": day, "Content-Type": "text/csv; charset=utf-8"}
    address = server.serve("/t.csv?x=1", TABLE, {**headers, "Date": day})
    seen: list[tuple[str, int, Receipt]] = []
    receipt = transport(target, contact="me@example.org").download(
        address,
        target,
        "houses",
        accept="text/csv",
        inspect=lambda part, got: seen.append((part.name, part.stat().st_ino, got)),
    )
    assert target.read_bytes() == TABLE
    assert left_in(target) == {"table.csv"}
    digest = hashlib.sha256(TABLE).hexdigest()
    assert receipt == Receipt(address, address, len(TABLE), digest, "text/csv", '"v1"', day, day)
    # The same file under another name, so that nobody ever sees half of it.
    assert seen == [("table.csv.part", target.stat().st_ino, receipt)]
    [asked] = server.requests
    assert asked.headers["user-agent"] == f"smstra/{__version__} (me@example.org)"
    assert asked.headers["accept"] == "text/csv"
    assert "range" not in asked.headers


def test_user_agent_without_contact_and_with_one_that_no_header_can_hold(target: Path) -> None:
    assert MANNERS.user_agent() == f"smstra/{__version__}"
    odd = replace(MANNERS, contact="Łódź\r\nX: y").user_agent()
    assert odd.isascii()
    assert odd.isprintable()


@pytest.mark.parametrize("how", [{"chunked": True}, {"declared": False}, {}])
@pytest.mark.parametrize("named", ["gzip", "deflate", "identity"])
def test_content_encodings_are_undone(
    server: Server, target: Path, named: str, how: dict[str, bool]
) -> None:
    halves = TABLE[:99], TABLE[99:]
    packed = {
        "gzip": b"".join(map(gzip.compress, halves)),
        "deflate": zlib.compress(TABLE),
        "identity": TABLE,
    }[named]
    address = server.serve("/t", packed, {"Content-Encoding": named}, **how)
    receipt = transport(target).download(address, target, "houses")
    assert target.read_bytes() == TABLE
    assert receipt.bytes == len(TABLE)
    assert receipt.sha256 == hashlib.sha256(TABLE).hexdigest()


def test_a_gzip_file_is_left_as_it_is(server: Server, target: Path) -> None:
    packed = gzip.compress(TABLE)
    address = server.serve("/t.gz", packed, {"Content-Type": "application/gzip"})
    transport(target).download(address, target, "houses")
    assert target.read_bytes() == packed


def test_fetch_small_returns_the_bytes_and_obeys_its_limit(server: Server, target: Path) -> None:
    address = server.serve("/s", b"<ok/>", then=[Answer(500)], headers={"ETag": '"1"'})
    raw, receipt = transport(target).fetch_small(address, "houses")
    assert raw == b"<ok/>"
    assert (receipt.bytes, receipt.etag) == (5, '"1"')
    server.serve("/s", b"", status=503, then=[Answer(200, b"later")])
    assert transport(target).fetch_small(address, "houses")[0] == b"later"
    server.serve("/s", b"123456", chunked=True)
    with pytest.raises(FetchError, match="more than the 5 bytes"):
        transport(target).fetch_small(address, "houses", 5)


def test_what_exists_is_never_overwritten(server: Server, target: Path) -> None:
    target.parent.mkdir()
    target.write_bytes(b"old")
    message = refusal(target, server.serve("/t", TABLE), keep=True)
    assert "never overwritten" in message
    assert target.read_bytes() == b"old"
    assert server.requests == []


def test_what_inspect_raises_is_raised_and_the_file_is_gone(server: Server, target: Path) -> None:
    address = server.serve("/t", SOAP, {"ETag": '"1"'})
    for error in (SourceError("queued"), ZeroDivisionError()):

        def inspect(part: Path, _: Receipt, error: Exception = error) -> None:
            assert part.read_bytes() == SOAP
            raise error

        with pytest.raises(type(error)):
            transport(target).download(address, target, "houses", inspect=inspect)
        assert left_in(target) == set()
    assert len(server.requests) == 2


# --- answers that are not the file --------------------------------------------------------------


def test_a_web_page_is_refused_by_its_bytes_or_its_type(server: Server, target: Path) -> None:
    message = refusal(target, server.serve("/a", PAGE + b"x" * 10_000, {"ETag": '"1"'}))
    assert "a web page came and not the file (the page 'Sorry & bye'" in message
    assert "<!-- x --><!DOCTYPE html>" in message
    assert left_in(target) == set()
    message = refusal(target, server.serve("/b", b"code;year", {"Content-Type": "Text/HTML; x"}))
    assert "'code;year'" in message
    assert len(server.requests) == 2


def test_a_web_page_that_was_asked_for_is_taken(server: Server, target: Path) -> None:
    address = server.serve("/a", PAGE, {"Content-Type": "text/html"})
    transport(target).download(address, target, "houses", accept="text/html")
    assert target.read_bytes() == PAGE


@pytest.mark.parametrize("status", [200, 403])
def test_a_robot_check_is_called_one(server: Server, target: Path, status: int) -> None:
    page = b"<html><title>Just a moment</title>Please solve this CAPTCHA</html>"
    message = refusal(target, server.serve("/a", page, status=status))
    assert "took this for a robot" in message
    assert "save the file, and put it in as a file by hand" in message
    assert len(server.requests) == 1


def test_an_empty_answer_is_refused(server: Server, target: Path) -> None:
    assert "the answer is empty" in refusal(target, server.serve("/a", b""))


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (204, "answered 204 (No Content)"),
        (206, "answered 206 (Partial Content)"),
        (304, "answered 304 (Not Modified)"),
        (300, "answered 300"),
        (404, "answered 404 (Not Found): 'gone fishing'; look for the file's new address"),
        (416, "answered 416"),
        (418, "answered 418"),
        (499, "answered 499: 'gone fishing'; look at the address"),
    ],
)
def test_other_statuses_are_final(server: Server, target: Path, status: int, words: str) -> None:
    body = b"gone \x00 fishing" if status not in (204, 304) else b""
    assert words in refusal(target, server.serve("/a", body, status=status))
    assert len(server.requests) == 1
    assert left_in(target) == set()


def test_explain_puts_a_refusal_into_words(server: Server, target: Path) -> None:
    seen = []

    def explain(status: int, body: bytes) -> str:
        seen.append((status, body))
        return "the table is too big: ask for fewer years." if status == 413 else ""

    packed = gzip.compress(TOO_BIG)
    address = server.serve("/a", packed, {"Content-Encoding": "gzip"}, 413, then=[Answer(404)])
    for words in (
        "413 (Request Entity Too Large): the table is too big: ask for fewer years; ",
        "404",
    ):
        with pytest.raises(FetchError, match=re.escape(words)):
            transport(target).download(address, target, "houses", explain=explain)
    assert seen == [(413, TOO_BIG), (404, b"")]


def test_packed_otherwise_than_asked_or_not_at_all(server: Server, target: Path) -> None:
    address = server.serve("/a", TABLE, {"Content-Encoding": "br"})
    assert "packed as 'br'" in refusal(target, address)
    address = server.serve("/a", TABLE, {"Content-Encoding": "gzip"})
    assert "packed as gzip, which it is not" in refusal(target, address)
    assert len(server.requests) == 2
    assert all("br" not in request.headers["accept-encoding"] for request in server.requests)


# --- limits -------------------------------------------------------------------------------------


def test_too_large_by_declaration_is_not_even_begun(server: Server, target: Path) -> None:
    address = server.serve("/a", b"", length=6_000_000)
    assert "it would be 6,000,000 bytes, more than the 5,000,000" in refusal(target, address)
    assert len(server.requests) == 1


@pytest.mark.parametrize("chunked", [True, False])
def test_an_endless_body_ends_at_the_limit(server: Server, target: Path, chunked: bool) -> None:
    address = server.serve("/a", Answer(body=endless, chunked=chunked))
    assert "more than the 5,000,000 bytes that are allowed came" in refusal(target, address)
    assert len(server.requests) == 1
    assert (target.parent / "table.csv.part").stat().st_size <= 5_000_000


def test_a_gzip_bomb_ends_at_the_ratio(server: Server, target: Path) -> None:
    bomb = gzip.compress(bytes(50_000_000))
    address = server.serve("/a", bomb, {"Content-Encoding": "gzip"})
    message = refusal(target, address, max_bytes=10**9)
    assert "packed in" in message
    assert (target.parent / "table.csv.part").stat().st_size < 20_000_000


@pytest.mark.parametrize(
    "slow",
    [
        Answer(body=b"1;2", pause_s=60),
        Answer(body=b"1;2", drip_headers=True, drip_s=0.1),
        Answer(body=b"1;2" * 1000, drip_bytes=1, drip_s=0.1),
        Answer(body=b"1;2" * 1000, drip_bytes=1, drip_s=0.1, declared=False),
        Answer(302, b"", {"Location": "/a"}, pause_s=0.15),
    ],
    ids=["silent", "headers", "body", "body of no length", "redirects"],
)
def test_the_total_time_ends_a_slow_server(server: Server, target: Path, slow: Answer) -> None:
    begun = time.monotonic()
    message = refusal(target, server.serve("/a", slow), total_time_s=0.4, attempts=99)
    assert time.monotonic() - begun < 8
    assert "after 0.4 seconds it was still" in message


def test_the_read_time_out_is_asked_again(server: Server, target: Path, said: list[str]) -> None:
    address = server.serve("/a", Answer(pause_s=60), then=[Answer(body=TABLE)])
    transport(target, said, read_timeout_s=0.3).download(address, target, "houses")
    assert target.read_bytes() == TABLE
    assert "attempt 2 of 3" in said[0]


# --- what passes is asked again -----------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        Answer(500),
        Answer(503, PAGE),
        Answer(429),
        Answer(429, headers={"Retry-After": "soon"}),
        Answer(body=TABLE, send=0, end="reset"),
        Answer(body=TABLE, send=5000, end="reset"),
        Answer(body=TABLE, send=5000),
        Answer(body=TABLE, chunked=True, send=5000),
        Answer(body=gzip.compress(TABLE)[:-9], headers={"Content-Encoding": "gzip"}),
        Answer(headers={f"X-{n}": "x" for n in range(200)}),
    ],
    ids=[
        "500",
        "503",
        "429",
        "odd Retry-After",
        "reset before",
        "reset midway",
        "truncated",
        "chunk cut",
        "packed body cut, declared so",
        "header flood",
    ],
)
def test_a_passing_fault_is_asked_again(
    server: Server, target: Path, said: list[str], fault: Answer
) -> None:
    address = server.serve("/a", fault, then=[Answer(body=TABLE)])
    transport(target, said).download(address, target, "houses")
    assert target.read_bytes() == TABLE
    assert len(server.requests) == 2
    [line] = said
    assert line.startswith("houses: ")
    assert line.endswith("attempt 2 of 3 in 0 s")


def test_a_lasting_fault_is_asked_as_often_as_allowed(server: Server, target: Path) -> None:
    message = refusal(target, server.serve("/a", PAGE, status=502))
    assert "answered 502 (Bad Gateway)" in message
    assert "Sorry & bye" in message
    assert "(attempt 3 of 3); try again later" in message
    assert len(server.requests) == 3


def test_nobody_listens(target: Path) -> None:
    message = refusal(target, f"http://127.0.0.1:{free_port()}/a")
    assert "the connection failed (Connection refused) (attempt 3 of 3)" in message


def test_the_words_are_of_the_connection_and_not_of_what_was_handled(target: Path) -> None:
    try:
        raise KeyError("something else")
    except KeyError:
        assert "Connection refused" in refusal(target, f"http://127.0.0.1:{free_port()}/a")


def test_no_server_of_that_name(target: Path) -> None:
    message = refusal(target, "https://no-such-host.invalid/a")
    assert "no server of the name 'no-such-host.invalid' was found" in message
    assert "attempt 3 of 3" in message


@pytest.mark.parametrize("skew_h", [-5, 5])
def test_retry_after_by_date_goes_by_the_servers_clock(
    server: Server, target: Path, skew_h: int
) -> None:
    now = time.time() + 3600 * skew_h
    headers = {
        "Date": formatdate(now, usegmt=True),
        "Retry-After": formatdate(now + 1, usegmt=True),
    }
    address = server.serve("/a", Answer(429, b"", headers), then=[Answer(body=TABLE)])
    begun = time.monotonic()
    transport(target).download(address, target, "houses")
    assert time.monotonic() - begun >= 1


def test_retry_after_in_seconds_is_waited(server: Server, target: Path) -> None:
    address = server.serve("/a", Answer(503, b"", {"Retry-After": "1"}), then=[Answer(body=TABLE)])
    begun = time.monotonic()
    transport(target).download(address, target, "houses")
    assert time.monotonic() - begun >= 1


@pytest.mark.parametrize("asked", ["3600", "9" * 400])
def test_a_long_retry_after_ends_at_once(server: Server, target: Path, asked: str) -> None:
    message = refusal(target, server.serve("/a", b"", {"Retry-After": asked}, 429))
    assert "(Too Many Requests); the server asks to wait" in message
    assert len(server.requests) == 1


def test_a_wait_beyond_the_total_time_ends_at_once(server: Server, target: Path) -> None:
    address = server.serve("/a", b"", {"Retry-After": "4"}, 503)
    begun = time.monotonic()
    assert "attempt 1 of 3" in refusal(target, address, total_time_s=2)
    assert time.monotonic() - begun < 2


# --- going on -----------------------------------------------------------------------------------


def long_ago() -> str:
    return formatdate(time.time() - 86_400, usegmt=True)


@pytest.mark.parametrize("etag", ['"v1"', ""])
def test_a_broken_download_goes_on_where_it_stopped(
    server: Server, target: Path, said: list[str], etag: str
) -> None:
    changed = long_ago()
    whole = rest(TABLE, etag, changed, {"Content-Type": "text/csv"})
    address = server.serve("/a", cut(whole, 100_000), then=[cut(whole, 50_000, "close"), whole])
    receipt = transport(target, said).download(address, target, "houses")
    assert target.read_bytes() == TABLE
    assert receipt.sha256 == hashlib.sha256(TABLE).hexdigest()
    assert receipt.bytes == len(TABLE)
    assert [request.headers.get("range") for request in server.requests] == [
        None,
        "bytes=100000-",
        "bytes=150000-",
    ]
    assert server.requests[1].headers["if-range"] == etag or changed
    assert server.requests[1].headers["accept-encoding"] == "identity"
    assert "houses: going on after 150,000 bytes" in said
    assert left_in(target) == {"table.csv"}


def test_a_later_call_goes_on_and_the_receipt_is_of_the_whole(server: Server, target: Path) -> None:
    whole = rest(TABLE, '"v1"', "", {"Content-Type": "text/csv"})
    bare = Answer(206, TABLE[7000:], {"Content-Range": f"bytes 7000-{len(TABLE) - 1}/{len(TABLE)}"})
    address = server.serve("/a", cut(whole, 7000), then=[bare])
    refusal(target, address, attempts=1)
    assert left_in(target) == {"table.csv.part", "table.csv.part.json"}
    receipt = transport(target).download(address, target, "houses")
    assert target.read_bytes() == TABLE
    assert (receipt.media_type, receipt.etag) == ("text/csv", '"v1"')


NEW = TABLE.replace(b";2014;", b";2015;")


def rest_of_new(start: int, span: str, **how: object) -> Answer:
    return Answer(206, NEW[start:], {"Content-Range": f"bytes {span}"} if span else {}, **how)


END = len(NEW) - 1


@pytest.mark.parametrize(
    "second",
    [
        rest(NEW, '"v2"'),
        Answer(206, NEW[7000:], {"Content-Range": f"bytes 7000-{END}/{END + 1}", "ETag": '"v2"'}),
        Answer(
            206, NEW[7000:], {"Content-Range": f"bytes 7000-{END}/{END + 1}", "Last-Modified": "x"}
        ),
        rest_of_new(6000, f"6000-{END}/{END + 1}"),
        rest_of_new(7000, f"7000-{END - 5}/{END + 1}", declared=False, send=100),
        rest_of_new(7000, f"7000-{END + 1}/{END + 2}", declared=False),
        rest_of_new(7000, f"7000-{END}/{END + 1}", length=5, send=5),
        rest_of_new(7000, f"7000-{END}/*"),
        rest_of_new(7000, ""),
        Answer(
            206,
            gzip.compress(NEW[7000:]),
            {"Content-Range": f"bytes 7000-{END}/{END + 1}", "Content-Encoding": "gzip"},
            declared=False,
        ),
        Answer(416, headers={"Content-Range": "bytes */5"}),
    ],
    ids=[
        "changed, said so",
        "another ETag with the rest",
        "another day with the rest",
        "another start",
        "another end",
        "another total",
        "another length",
        "no total",
        "no range",
        "packed",
        "416",
    ],
)
def test_a_rest_of_something_else_starts_anew(server: Server, target: Path, second: Answer) -> None:
    address = server.serve("/a", cut(rest(TABLE, '"v1"'), 7000), then=[second, rest(NEW, '"v2"')])
    receipt = transport(target, attempts=2).download(address, target, "houses")
    assert target.read_bytes() == NEW
    assert receipt.etag == '"v2"' or isinstance(second, Answer)
    assert receipt.sha256 == hashlib.sha256(NEW).hexdigest()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"ETag": 'W/"v1"'},
        {"Last-Modified": "soon"},
        {"Last-Modified": "now"},
        {"ETag": '"v1"', "Content-Encoding": "gzip"},
    ],
    ids=["nothing", "weak", "odd date", "just changed", "packed"],
)
def test_without_a_strong_validator_it_starts_anew(
    server: Server, target: Path, headers: dict[str, str]
) -> None:
    body = gzip.compress(TABLE, 0) if "Content-Encoding" in headers else TABLE
    if headers.get("Last-Modified") == "now":
        headers = {"Last-Modified": formatdate(usegmt=True)}
    whole = Answer(200, body, headers)
    address = server.serve("/a", cut(whole, 70_000), then=[whole])
    transport(target).download(address, target, "houses")
    assert target.read_bytes() == TABLE
    assert [request.headers.get("range") for request in server.requests] == [None, None]


@pytest.mark.parametrize("spoilt", ["note", "odd note", "bytes", "fewer bytes", "address"])
def test_a_part_that_is_not_as_noted_starts_anew(server: Server, target: Path, spoilt: str) -> None:
    whole = rest(TABLE, '"v1"')
    address = server.serve("/a", cut(whole, 7000), then=[whole])
    refusal(target, address, attempts=1)
    part = target.parent / "table.csv.part"
    note = target.parent / "table.csv.part.json"
    if spoilt == "note":
        note.write_text('{"asked":')
    elif spoilt == "odd note":
        note.write_text(json.dumps(json.loads(note.read_text()) | {"bytes": "7000"}))
    elif spoilt == "bytes":
        part.write_bytes(b"X" + part.read_bytes()[1:])
    elif spoilt == "fewer bytes":
        part.write_bytes(part.read_bytes()[:-1])
    else:
        address = server.serve("/b", whole)
    transport(target).download(address, target, "houses")
    assert target.read_bytes() == TABLE
    assert "range" not in server.requests[-1].headers


def test_bytes_beyond_the_note_are_cut_off(server: Server, target: Path) -> None:
    whole = rest(TABLE, '"v1"')
    address = server.serve("/a", cut(whole, 7000), then=[whole])
    refusal(target, address, attempts=1)
    with (target.parent / "table.csv.part").open("ab") as part:
        part.write(b"not yet noted" * 100_000)
    transport(target).download(address, target, "houses")
    assert target.read_bytes() == TABLE
    assert server.requests[-1].headers["range"] == "bytes=7000-"


def test_a_robot_check_does_not_cost_what_is_there(server: Server, target: Path) -> None:
    whole = rest(TABLE, '"v1"')
    page = b"<html>captcha</html>"
    address = server.serve("/a", cut(whole, 7000), then=[Answer(body=page), Answer(403), whole])
    refusal(target, address, attempts=1)
    refusal(target, address, attempts=1)
    refusal(target, address, attempts=1)
    transport(target).download(address, target, "houses")
    assert target.read_bytes() == TABLE
    assert server.requests[-1].headers["range"] == "bytes=7000-"


def test_the_limit_counts_what_is_there_already(server: Server, target: Path) -> None:
    whole = rest(TABLE, '"v1"')
    address = server.serve("/a", cut(whole, 100_000), then=[whole])
    refusal(target, address, attempts=1)
    assert "bytes, more than the" in refusal(target, address, max_bytes=len(TABLE) - 1)


APART = multiprocessing.get_context("forkserver")  # no threads and no tests in the process
APART.set_forkserver_preload(["smstra.transport"])


def fetching(address: str, target: Path, **manners: object) -> multiprocessing.Process:
    # A shell that runs the tests in the background has them ignore it, and so all they start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    process = APART.Process(
        target=transport(target, **manners).download, args=(address, target, "houses")
    )
    process.start()
    return process


def size_of_part(target: Path) -> int:
    try:
        return target.with_name(target.name + ".part").stat().st_size
    except FileNotFoundError:
        return 0


def test_killed_at_any_moment_it_is_whole_or_not_there(server: Server, tmp_path: Path) -> None:
    body = random.Random(1).randbytes(2_000_000)
    whole = rest(body, '"v1"')
    address = server.serve(
        "/a", lambda request: replace(whole(request), drip_bytes=50_000, drip_s=0.002)
    )
    draw = random.Random(2)
    torn = 0
    for n in range(20):
        target = tmp_path / str(n) / "t.bin"
        process = fetching(address, target)
        moment = min(draw.uniform(-0.1, 1.5), 1) * len(body)  # at the end as well
        while size_of_part(target) < moment and process.is_alive():
            time.sleep(0.001)
        process.kill()
        process.join()
        assert not target.exists() or target.read_bytes() == body
        torn += size_of_part(target) > 0
        if not target.exists():
            transport(target).download(address, target, "houses")
        assert target.read_bytes() == body
        assert left_in(target) == {"t.bin"}
    assert torn > 5


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_after_an_interruption_it_goes_on(
    server: Server, target: Path, how: signal.Signals
) -> None:
    body = random.Random(1).randbytes(20_000_000)
    whole = rest(body, '"v1"')
    address = server.serve(
        "/a",
        lambda request: replace(whole(request), drip_bytes=500_000, drip_s=0.02),
        then=[whole],
    )
    process = fetching(address, target, max_bytes=10**8)
    while size_of_part(target) < 12_000_000 and process.is_alive():
        time.sleep(0.01)
    os.kill(process.pid, how)
    process.join(10)
    assert not target.exists()
    transport(target, max_bytes=10**8).download(address, target, "houses")
    assert target.read_bytes() == body
    start = int(re.fullmatch(r"bytes=(\d+)-", server.requests[-1].headers["range"])[1])
    assert start >= (12_000_000 if how == signal.SIGINT else 8_000_000)


def test_two_processes_do_not_write_one_file(server: Server, target: Path) -> None:
    address = server.serve("/a", Answer(body=TABLE, pause_s=0.5))
    process = fetching(address, target)
    while not server.requests:
        time.sleep(0.01)
    assert "another process is fetching table.csv now" in refusal(target, address)
    process.join(10)
    assert target.read_bytes() == TABLE


# --- policy -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://example.org/a", "only https is asked"),
        ("ftp://example.org/a", "only https is asked"),
        ("file:///etc/passwd", "only https is asked"),
        ("ftp://a:b/", "only https is asked"),
        ("example.org/a", "cannot be asked"),
        ("https://", "cannot be asked"),
        ("https://[::1/a", "cannot be asked"),
        ("https://example.org:99999/a", "cannot be asked"),
        ("https://127.0.0.2/a", "private or reserved network (127.0.0.2)"),
        ("https://127.1/a", "private or reserved network (127.0.0.1)"),
        ("https://2130706433/a", "private or reserved network (127.0.0.1)"),
        ("https://10.0.0.1/a", "private or reserved network (10.0.0.1)"),
        ("https://192.168.1.1/a", "private or reserved"),
        ("https://169.254.169.254/a", "private or reserved"),
        ("https://100.64.0.1/a", "private or reserved"),
        ("https://0.0.0.0/a", "private or reserved"),
        ("https://224.0.0.1/a", "private or reserved"),
        ("https://255.255.255.255/a", "private or reserved"),
        ("https://[::1]/a", "private or reserved network (::1)"),
        ("https://[fe80::1]/a", "private or reserved"),
        ("https://[fd00::1]/a", "private or reserved"),
        ("https://[::ffff:10.0.0.1]/a", "private or reserved network (10.0.0.1)"),
    ],
)
@pytest.mark.parametrize("proxied", [False, True])
def test_addresses_that_are_not_asked(
    target: Path, address: str, words: str, proxied: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Proxy() as proxy:
        if proxied:
            monkeypatch.setenv("HTTPS_PROXY", proxy.url())
            monkeypatch.setenv("HTTP_PROXY", proxy.url())
        assert words in refusal(target, address, plain_or_private=[])
        assert proxy.requests == []


def test_names_that_are_not_asked(target: Path) -> None:
    for name, words in (("localhost", "'localhost' lies in a private"), ("x" * 70, "cannot be")):
        assert words in refusal(target, f"https://{name}/a", plain_or_private=[])


def test_a_password_in_the_address_is_refused_and_not_told(target: Path) -> None:
    assert "s3cret" not in refusal(target, "https://me:s3cret@[example.org/a")
    message = refusal(target, "https://me:s3cret@example.org/a")
    assert "holds a user name or password" in message
    assert "s3cret" not in message
    assert "https://***@example.org/a" in message


@given(st.text(st.sampled_from("htps:/@[]%\\.?#:0é \n\0"), max_size=20) | st.text(max_size=20))
@settings(max_examples=200)
def test_no_text_as_an_address_is_more_than_a_fetch_error(tmp_path_factory, text: str) -> None:
    folder = tmp_path_factory.getbasetemp() / "texts"
    asking = Transport(replace(MANNERS, plain_or_private=[]), folder / "slots")
    with pytest.raises(FetchError):
        asking.download(f"http:{text}", folder / "v" / "t.csv", "houses")


def test_trust_in_a_host_may_be_for_one_port(server: Server, target: Path) -> None:
    address = server.serve("/a", TABLE)
    assert "only https" in refusal(target, address, plain_or_private=["127.0.0.1:1"])
    assert server.connections == 0
    transport(target, plain_or_private=[server.place]).download(address, target, "houses")


def test_a_name_that_leads_elsewhere_when_connected(
    target: Path, monkeypatch: pytest.MonkeyPatch, authority: trustme.CA
) -> None:
    """The name has a public address when it is checked and a private one afterwards."""
    with Server(secure(authority)) as server:
        answers = iter([[(2, 1, 6, "", ("8.8.8.8", 443))]])
        private = [(2, 1, 6, "", ("127.0.0.1", server.port))]
        monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: next(answers, private))
        address = server.url("/a", host="rebound.example")
        assert "private or reserved network (127.0.0.1)" in refusal(target, address)
        assert server.requests == []


def test_mirrors_are_asked_in_place(server: Server, target: Path) -> None:
    server.serve("/m/files/a", TABLE)
    mirrors = {
        "https://stat.example": "http://127.0.0.1:1",
        "https://stat.example/s/": server.url("/m/"),
    }
    address = "https://stat.example/s/files/a"
    receipt = transport(target, mirrors=mirrors).download(address, target, "houses")
    assert receipt.address == address
    assert receipt.came_from == server.url("/m/files/a")
    assert target.read_bytes() == TABLE
    assert replace(MANNERS, mirrors=mirrors).mirrored("https://stat.example.evil/s/a") == (
        "https://stat.example.evil/s/a"
    )
    other = target.with_name("other.csv")
    message = refusal(other, address, mirrors=mirrors, plain_or_private=[])
    assert f"{address} (asked at {server.url('/m/files/a')}): only https" in message


# --- redirects ----------------------------------------------------------------------------------


def test_redirects_on_one_host_are_followed_with_cookies(server: Server, target: Path) -> None:
    server.serve("/a", b"", {"Location": "b?x=%20Ã¼", "Set-Cookie": "k=v"}, 302)
    server.serve("/b?x=%20%C3%BC", b"", {"Location": server.url("/c")}, 307)
    server.serve("/c", TABLE)
    receipt = transport(target).download(server.url("/a"), target, "houses")
    assert target.read_bytes() == TABLE
    assert receipt.came_from == server.url("/c")
    assert server.requests[-1].headers["cookie"] == "k=v"


def test_a_redirect_to_another_host_must_be_allowed(server: Server, target: Path) -> None:
    elsewhere = server.url("/b", host="localhost")
    address = server.serve("/a", b"", {"Location": elsewhere}, 302)
    server.serve("/b", TABLE)
    trusted = ["127.0.0.1", "localhost"]
    message = refusal(target, address, plain_or_private=trusted)
    assert f"leads to another host ({address} -> {elsewhere})" in message
    assert "add 'localhost' to `redirects` of '127.0.0.1'" in message
    assert len(server.requests) == 1
    allowed = {"127.0.0.1": ["localhost"]}
    message = refusal(target, address, redirects=allowed)
    assert "only https is asked" in message
    assert len(server.requests) == 2
    transport(target, plain_or_private=trusted, redirects=allowed).download(
        address, target, "houses"
    )
    assert target.read_bytes() == TABLE


def test_a_redirect_into_a_private_network_is_refused(server: Server, target: Path) -> None:
    address = server.serve("/a", b"", {"Location": "https://169.254.169.254/latest"}, 302)
    message = refusal(target, address, redirects={"127.0.0.1": ["169.254.169.254"]})
    assert "private or reserved network (169.254.169.254)" in message


def test_redirects_without_end_tell_the_way(server: Server, target: Path) -> None:
    server.serve("/a", b"x", {"Location": "/b"}, 301)
    server.serve("/b", Answer(308, endless, {"Location": "/a"}))
    message = refusal(target, server.url("/a"))
    assert f"leads on and on ({server.url('/a')} -> {server.url('/b')} -> " in message
    assert len(server.requests) == 6


@pytest.mark.parametrize(
    "place",
    ["http://[", "https://user:pw@127.0.0.1/", "mailto:me", "ftp://a:b"],
)
def test_redirects_to_nowhere(server: Server, target: Path, place: str) -> None:
    refusal(target, server.serve("/a", b"", {"Location": place}, 302))
    assert len(server.requests) == 1


# --- TLS, proxies, connections ------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def secure(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*(names or ("127.0.0.1", "localhost"))).configure_cert(context)
    return context


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(path))
    return path


def test_a_certificate_of_nobody_is_final(target: Path, authority: trustme.CA) -> None:
    with Server(secure(authority)) as server:
        message = refusal(target, server.serve("/a", TABLE))
        assert "the certificate of the server is not in order" in message
        assert "REQUESTS_CA_BUNDLE" in message
        assert server.connections == 0


def test_a_certificate_of_another_host_is_final(
    target: Path, authority: trustme.CA, bundle: Path
) -> None:
    with Server(secure(authority, "other.example")) as server:
        assert "not valid for '127.0.0.1'" in refusal(target, server.serve("/a", TABLE))


def test_ca_bundle_of_the_environment_is_used(
    target: Path, authority: trustme.CA, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Server(secure(authority)) as server:
        address = server.serve("/a", TABLE)
        transport(target).download(address, target, "houses")
        assert target.read_bytes() == TABLE
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle) + ".gone")
        assert "certificate bundle" in refusal(target.with_name("b"), address)


def test_https_may_not_lead_to_http_but_http_to_https(
    server: Server, target: Path, authority: trustme.CA, bundle: Path
) -> None:
    with Server(secure(authority)) as safe:
        safe.serve("/down", b"", {"Location": server.serve("/plain", TABLE)}, 302)
        message = refusal(target, safe.url("/down"))
        assert "leads from https to an address without it" in message
        assert server.requests == []
        server.serve("/up", b"", {"Location": safe.serve("/safe", TABLE)}, 301)
        receipt = transport(target).download(server.url("/up"), target, "houses")
        assert receipt.came_from == safe.url("/safe")


def test_the_total_time_ends_a_slow_tls_body(
    target: Path, authority: trustme.CA, bundle: Path
) -> None:
    with Server(secure(authority)) as server:
        address = server.serve("/a", Answer(body=TABLE, drip_headers=True, drip_s=0.1))
        assert "after 0.4 seconds" in refusal(target, address, total_time_s=0.4)


def test_proxies_of_the_environment_are_used(
    target: Path, authority: trustme.CA, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Proxy() as proxy, Server(secure(authority)) as server:
        monkeypatch.setenv("http_proxy", proxy.url())
        monkeypatch.setenv("HTTPS_PROXY", proxy.url())
        # The name is known to nobody: only the proxy could find it.
        address = "http://stat.invalid/a"
        transport(target, plain_or_private=["stat.invalid"]).download(address, target, "houses")
        assert target.read_bytes() == b"by proxy"
        assert proxy.requests[0].path == address
        other = target.with_name("b.csv")
        transport(other).download(server.serve("/a", TABLE), other, "houses")
        assert other.read_bytes() == TABLE
        assert proxy.requests[1].method == "CONNECT"
        assert "connection failed" in refusal(target.with_name("d.csv"), "https://stat.invalid/a")
        assert {request.path for request in proxy.requests[2:]} == {"stat.invalid:443"}
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        third = target.with_name("c.csv")
        transport(third).download(server.url("/a"), third, "houses")
        assert len(proxy.requests) == 5


def test_a_host_has_so_many_connections_over_all_processes(server: Server, tmp_path: Path) -> None:
    address = server.serve("/a", Answer(body=TABLE, pause_s=0.15))
    targets = [tmp_path / f"v{n}" / "t.csv" for n in range(6)]
    processes = [fetching(address, target) for target in targets[:2]]
    threads = [
        threading.Thread(target=transport(t).download, args=(address, t, "houses"))
        for t in targets[2:]
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    for process in processes:
        process.join(20)
    assert all(target.read_bytes() == TABLE for target in targets)
    assert server.most_open == 2


def test_waiting_for_a_connection_ends_with_the_total_time(server: Server, target: Path) -> None:
    slots = target.parents[1] / "slots"
    slots.mkdir()
    with FileLock(slots / "127.0.0.1.0.lock"):
        message = refusal(
            target, server.serve("/a", TABLE), connections_per_host=1, total_time_s=0.5
        )
    assert "still waiting for one of the 1 connections to 127.0.0.1" in message
    assert server.requests == []


def test_progress_is_quiet_where_nobody_looks(
    server: Server, target: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    transport(target, []).download(server.serve("/a", TABLE), target, "houses")
    assert capfd.readouterr() == ("", "")


# --- archives -----------------------------------------------------------------------------------

NOISE = random.Random(1).randbytes(1_100_000)
SMALL = ArchiveLimits(max_members=3, max_bytes=2_000_000, max_ratio=50)


def zipped(files: dict[str | zipfile.ZipInfo, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", how) as archive:
        for name, data in files.items():
            archive.writestr(name, data, how)
    return raw.getvalue()


GOOD = zipped({"folder/": b"", "folder/a.txt": TABLE[:5000], "b é.txt": b"", "c.zip": zipped({})})


def reason(raw: bytes, limits: ArchiveLimits = LIMITS) -> str:
    with pytest.raises(SourceError) as caught:
        members(raw, limits, "f.zip")
    assert str(caught.value).startswith("f.zip: ")
    return str(caught.value)


@pytest.mark.parametrize("how", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_members_are_given_in_order_and_folders_are_not(how: int) -> None:
    files = {"f/": b"", "f/b.txt": TABLE, "a.txt": b"", "in.zip": GOOD}
    found = members(zipped(files, how), LIMITS, "f.zip")
    assert list(found.items()) == list(files.items())[1:]
    assert members(zipped({}), LIMITS, "f.zip") == {}


@pytest.mark.parametrize(
    "path", ["/a", "../a", "a/../../b", "a\\b", "C:a", "c:/a", "./a", "a//b", "\\\\host\\a"]
)
def test_paths_that_lead_out_are_refused(path: str) -> None:
    info = zipfile.ZipInfo("x")
    info.filename = info.orig_filename = path
    message = reason(zipped({info: b"1"}))
    assert repr(path) in message
    assert "does not lie in the archive's own folder" in message


def test_links_are_refused() -> None:
    info = zipfile.ZipInfo("a")
    info.external_attr = 0o120777 << 16
    assert "is a link" in reason(zipped({info: b"/etc/passwd"}))


def test_a_name_that_stands_twice_is_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        raw = zipped({zipfile.ZipInfo("a"): b"1", zipfile.ZipInfo("a"): b"2"})
    assert "'a' stands twice" in reason(raw)


def test_encrypted_members_are_refused() -> None:
    raw = bytearray(zipped({"a.txt": b"1"}))
    raw[raw.index(b"PK\1\2") + 8] |= 1
    assert "encrypted (a.txt)" in reason(bytes(raw))


@pytest.mark.parametrize("how", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_packings_are_refused(how: int) -> None:
    assert "packed otherwise than by deflate" in reason(zipped({"a": TABLE}, how))


def test_too_many_members() -> None:
    assert "4 members where at most 3" in reason(zipped({str(n): b"" for n in range(4)}), SMALL)


def test_a_bomb_is_refused_by_declaration_and_by_what_comes() -> None:
    raw = zipped({"a": bytes(1_500_000)})
    assert "unpack to more than the 1,048,576 bytes allowed" in reason(raw, SMALL)
    lying = bytearray(raw)
    for mark, place in ((b"PK\1\2", 24), (b"PK\3\4", 22)):
        start = lying.index(mark) + place
        lying[start : start + 4] = (1000).to_bytes(4, "little")
    assert "does not unpack to its 1,000 bytes and no more" in reason(bytes(lying), SMALL)
    assert "more than the 2,000,000 bytes" in reason(zipped({"a": NOISE, "b": NOISE}), SMALL)


def test_overlapping_members_are_refused() -> None:
    """Two entries of the directory for one packed file, as in a zip bomb without nesting."""
    raw = bytearray(zipped({"a": TABLE, "b": TABLE}))
    first = raw.index(b"PK\1\2")
    second = raw.index(b"PK\1\2", first + 4)
    raw[second + 42 : second + 46] = raw[first + 42 : first + 46]
    assert "shares bytes with what follows it" in reason(bytes(raw))


def test_damage_is_told() -> None:
    raw = bytearray(zipped({"a": TABLE}, zipfile.ZIP_STORED))
    raw[100] ^= 1
    assert "its checksum is wrong" in reason(bytes(raw))
    raw = bytearray(zipped({"a": TABLE}))
    raw[40:60] = bytes(20)
    assert "'a' is damaged" in reason(bytes(raw))
    assert "not a zip file that can be read" in reason(GOOD[:-30])
    assert "not a zip file" in reason(b"")


def holds(raw: bytes) -> dict[str, bytes] | None:
    """Return the members, or None where the archive is refused; anything else is a fault."""
    try:
        found = members(raw, SMALL, "f.zip")
    except SmstraError:
        return None
    assert all(isinstance(k, str) and isinstance(v, bytes) for k, v in found.items())
    return found


@given(st.binary(max_size=300) | st.binary(max_size=80).map(lambda b: b"PK\3\4" + b + GOOD[-60:]))
def test_any_bytes_are_an_archive_or_an_error(raw: bytes) -> None:
    holds(raw)
    with contextlib.suppress(SourceError):
        gunzip(raw, SMALL, "f.gz")


@given(
    st.integers(0, len(GOOD) - 1),
    st.integers(0, 255),
    st.sampled_from(["replace", "insert", "cut"]),
)
@settings(max_examples=500)
def test_a_changed_archive_holds_the_same_bytes_or_is_an_error(
    place: int, value: int, how: str
) -> None:
    changed = {
        "replace": GOOD[:place] + bytes([value]) + GOOD[place + 1 :],
        "insert": GOOD[:place] + bytes([value]) + GOOD[place:],
        "cut": GOOD[:place],
    }[how]
    found = holds(changed)
    whole = sorted(members(GOOD, LIMITS, "f.zip").values())
    # A byte of a name may change, and one of the comment; no byte of a file.
    assert found is None or all(data in whole for data in found.values())


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,5}", fullmatch=True), st.binary(max_size=500), max_size=3
    )
)
def test_zip_and_gzip_give_back_what_was_packed(files: dict[str, bytes]) -> None:
    assert members(zipped(files), SMALL, "f.zip") == files
    packed = b"".join(map(gzip.compress, files.values())) or gzip.compress(b"")
    assert gunzip(packed, SMALL, "f.gz") == b"".join(files.values())


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "cut off"),
        (b"code;year", "not a gzip file"),
        (gzip.compress(TABLE, mtime=0)[:-1], "cut off"),
        (gzip.compress(TABLE, mtime=0)[:1000], "cut off"),
        (gzip.compress(TABLE, mtime=0) + b"more", "not a gzip file"),
        (gzip.compress(TABLE, mtime=0)[:-8] + bytes(8), "not a gzip file that can be read"),
        (gzip.compress(bytes(1_500_000), mtime=0), "unpack to more than the 1,048,576 bytes"),
        (gzip.compress(NOISE, mtime=0) * 2, "unpack to more than the 2,000,000 bytes"),
        (gzip.compress(b"", mtime=0) * 4, "more than 3 gzip parts"),
    ],
    ids=["empty", "text", "a byte", "half", "more", "sum", "zeros", "noise", "parts"],
)
def test_gunzip_refuses(raw: bytes, words: str) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        gunzip(raw, SMALL, "f.gz")
    assert str(caught.value).startswith("f.gz: ")


def test_fetching_needs_no_folder_of_slots_before(server: Server, target: Path) -> None:
    shutil.rmtree(target.parents[1] / "slots", ignore_errors=True)
    transport(target).download(server.serve("/a", TABLE), target, "houses")
    assert connections.MOST_REDIRECTS == 5

"""Tell what Eurostat answered: a table, a fault, a request put off, or a web page."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from smstra.sources.pages import captcha, html_title, is_html, one_line

# An answer that is no table is a few hundred bytes; what is longer need not be read whole.
LONGEST = 65_536
_TOO_BIG = re.compile(r"estimated ([0-9]{1,15}) rows?, max authori[sz]ed is ([0-9]{1,15})")
_NOT_ALLOWED = re.compile(r"not allowed: *(.*?)\.?$")
_NOT_DEFINED = re.compile(r'Dimension "?(\w+)"? is not defined')
_KEY = re.compile(r"[0-9A-Za-z-]{1,64}")  # it becomes part of an address
_ADDRESS = re.compile(r"https?://\S+")


@dataclass(frozen=True)
class Answer:
    """What a body is.

    ``kind`` is ``table``, ``html``, ``queued`` (the answer will be made; ask for ``id`` later),
    ``status`` (how far the request ``id`` is: ``SUBMITTED``, ``PROCESSING``, ``AVAILABLE``,
    ``EXPIRED``), ``warning`` (put off without an id: try again later), ``fault`` or ``empty``.
    ``code`` is Eurostat's own code of a fault or warning, ``words`` a clause for a message.
    """

    kind: str
    code: int | None = None
    id: str = ""
    status: str = ""
    words: str = ""


def recognise(head: bytes, status: int = 200) -> Answer:
    """Return what a body is, by its first bytes (whole, if the body is no longer than LONGEST).

    ``status`` is that of HTTP. Nothing is raised: what is not recognised under a status below 400
    is a ``table``, for the parser to judge.
    """
    bare = head.removeprefix(b"\xef\xbb\xbf").strip()
    if not bare:
        answer = Answer("empty", words="the answer is empty")
    elif is_html(head):
        answer = Answer("html", words=_page(head))
    elif bare.startswith(b"<"):
        answer = _of_xml(bare)
    elif bare.startswith(b"{"):
        answer = _of_json(bare)
    else:
        answer = Answer("table")
    if status >= 400 and answer.kind in ("table", "empty"):
        begins = one_line(head[:200].decode("utf-8", errors="replace"), 80)
        found = f", and an answer that begins '{begins}'" if begins else ", and an empty answer"
        return Answer("fault", status, words=f"Eurostat sent HTTP status {status}{found}")
    return answer


def in_words(code: int | None, label: str) -> str:
    """Say what the fault ``code`` with Eurostat's own ``label`` means, as a clause."""
    said = one_line(label)
    if code == 100:
        return f"Eurostat has no such dataset ({said})"
    if code == 140:
        return (
            "the key has another number of filters than the dataset has dimensions; compare it "
            "with the header of the dataset's table"
        )
    if code == 150:
        odd = _NOT_ALLOWED.search(label.strip()) or _NOT_DEFINED.search(label)
        return "Eurostat does not know a dimension or a value that the query names: " + (
            one_line(odd[1]) if odd else said
        )
    if code == 413:
        rows = _TOO_BIG.search(label)
        size = f" (about {int(rows[1]):,} rows; at most {int(rows[2]):,} are sent)" if rows else ""
        return f"the query asks for too much{size}; narrow its filters or split it"
    return f"Eurostat answered with the fault {'' if code is None else code}: {said}"


def _page(head: bytes) -> str:
    title = html_title(head)
    named = f" titled '{title}'" if title else ""
    if captcha(head):
        return f"a web page{named} that takes the reader for a robot came instead of a table"
    return f"a web page{named} came instead of a table"


def _of_xml(body: bytes) -> Answer:
    # No answer of Eurostat declares a document type. Without one there is no entity to expand or
    # to fetch, so the parser of the standard library is safe; the text is decoded first, so that
    # no other encoding can hide the declaration.
    try:
        text = body.decode("utf-8")
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            return Answer("fault", words="an XML document with a document type came, not a table")
        root = ElementTree.fromstring(text)
    except (UnicodeDecodeError, ElementTree.ParseError, ValueError):
        return Answer("fault", words="an XML document came that breaks off or is damaged")
    parts: dict[str, str] = {}
    warning: list[str] = []
    for element in root.iter():
        local = str(element.tag).rpartition("}")[2]
        parts.setdefault(local, (element.text or "").strip())
        if local == "Message" and element.get("code") == "413":
            warning = [(child.text or "").strip() for child in element]
    if "faultstring" in parts:
        code = _whole(parts.get("faultcode", "").rpartition(":")[2])
        return Answer("fault", code, words=in_words(code, parts["faultstring"]))
    if "queued" in parts and _KEY.fullmatch(parts.get("id", "")):
        return Answer("queued", None, parts["id"], parts.get("status", ""), "the request is queued")
    if "asyncResponse" in parts and _KEY.fullmatch(parts.get("key", "")):
        # The outer <status> holds elements only; the inner one says how far the request is.
        states = [
            (e.text or "").strip() for e in root.iter() if str(e.tag).rpartition("}")[2] == "status"
        ]
        state = states[-1] if states else ""
        key = parts["key"]
        return Answer("status", None, key, state, f"the request {key} is {one_line(state, 40)}")
    if warning:
        return _put_off(" ".join(warning))
    local = str(root.tag).rpartition("}")[2]
    return Answer("fault", words=f"an XML document <{one_line(local, 40)}> came, not a table")


def _of_json(body: bytes) -> Answer:
    try:
        whole = json.loads(body) if len(body) <= LONGEST else {}
    except (ValueError, RecursionError):
        whole = {}
    errors = whole.get("error")
    first = errors[0] if isinstance(errors, list) and errors else errors
    if isinstance(first, dict):
        code = _whole(first.get("id", first.get("status")))
        return Answer("fault", code, words=in_words(code, str(first.get("label", ""))))
    if "warning" in whole:
        warning = whole["warning"]
        return _put_off(str(warning.get("label", "")) if isinstance(warning, dict) else "")
    return Answer("table")


def _put_off(label: str) -> Answer:
    where = _ADDRESS.search(label)
    later = f"at {where[0]}" if where else "again later"
    return Answer(
        "warning", 413, words=f"Eurostat makes so large an answer in its own time: try {later}"
    )


def _whole(code: Any) -> int | None:
    text = str(code)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else None

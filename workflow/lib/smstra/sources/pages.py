"""Tell a web page from data by its first bytes, and what the page says of itself."""

from __future__ import annotations

import codecs
import html
import re

_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body|title|script|meta)\b", re.IGNORECASE)
_TITLE = re.compile(r"<title\b[^>]*>([^<]*)", re.IGNORECASE)
# What pages say that stand between a script and a file: robot checks and firewalls.
_ROBOT = re.compile(
    r"captcha|are you a robot|not a robot|are you human|request unsuccessful|incapsula|imperva"
    r"|access denied|attention required|unusual traffic|cf-challenge|requested url was rejected",
    re.IGNORECASE,
)


def is_html(head: bytes) -> bool:
    """Whether a body that begins with ``head`` is a web page.

    A byte order mark, blanks, comments and an XML declaration before the page do not matter.
    """
    text = _text(head).lstrip()
    while text.startswith(("<!--", "<?xml")):
        end = "-->" if text.startswith("<!--") else "?>"
        before, found, text = text.partition(end)
        if not found:
            return before.startswith("<!--")  # no table begins with a comment
        text = text.lstrip()
    return _HTML.match(text) is not None


def captcha(head: bytes) -> bool:
    """Whether the page that begins with ``head`` checks for a robot or shuts a script out."""
    return _ROBOT.search(" ".join(_text(head).split())) is not None


def html_title(head: bytes) -> str:
    """Return the title of the page that begins with ``head`` on one line, or ``""``."""
    match = _TITLE.search(_text(head))
    return one_line(html.unescape(match[1]), 120) if match else ""


def one_line(text: str, most: int = 200) -> str:
    """Return the printable characters of ``text`` on one line, cut after ``most``."""
    words = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * most]).split())
    return words if len(words) <= most else words[: most - 3] + "..."


def _text(head: bytes) -> str:
    wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return head.decode("utf-16" if wide else "utf-8", errors="replace").removeprefix("\ufeff")

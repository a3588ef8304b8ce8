"""Open an address as the policy allows and read its answer within limits of time and size."""

from __future__ import annotations

import ipaddress
import random
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from email.utils import mktime_tz, parsedate_tz
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import requests
import urllib3
from filelock import FileLock, Timeout
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy

from smstra import __version__
from smstra.archives import LIMITS
from smstra.sources import pages

CONFIG = "config/refresh.yaml"
MOST_REDIRECTS = 5
_HEAD = 2048  # bytes by which a web page is known
_PIECE = 1 << 16
_STEP = 1 << 20  # bytes unpacked at a time
_GZIP_OR_ZLIB = 47  # zlib's window bits for "either, by its header"

Explain = Callable[[int, bytes], str]


@dataclass(frozen=True)
class Manners:
    """How publishers are asked: the block ``transport`` of ``config/refresh.yaml``.

    Times are in seconds; ``total_time_s`` is for one file, with all attempts and waits.
    ``redirects`` names by host the other hosts it may lead to; ``plain_or_private`` the hosts (or
    ``host:port``) that may be asked by http and may lie in a private network; ``mirrors`` by the
    beginning of an address what is asked in its place. ``contact`` goes into the user agent.
    """

    connect_timeout_s: float
    read_timeout_s: float
    total_time_s: float
    max_bytes: int
    attempts: int
    backoff_s: float
    backoff_most_s: float
    retry_after_most_s: float
    connections_per_host: int
    contact: str
    redirects: Mapping[str, list[str]]
    plain_or_private: list[str]
    mirrors: Mapping[str, str]

    def mirrored(self, address: str) -> str:
        """Return what is asked in place of ``address``: the mirror with the longest beginning."""
        starts = {start.rstrip("/"): mirror for start, mirror in self.mirrors.items()}
        fitting = [start for start in starts if address.startswith(start + "/")]
        if not fitting:
            return address
        start = max(fitting, key=len)
        return starts[start].rstrip("/") + address.removeprefix(start)

    def user_agent(self) -> str:
        """Return who asks: ``smstra/<version>`` and the contact."""
        contact = quote(self.contact, safe=" !#$&'()*+,/:;<=>?@-._~")
        return f"smstra/{__version__}" + (f" ({contact})" if contact else "")


class Refused(Exception):
    """Asking again would not help: says what came and what to do."""


class Passing(Exception):
    """May be over at the next attempt, which waits at least ``wait_s`` seconds."""

    def __init__(self, words: str, wait_s: float = 0.0) -> None:
        super().__init__(words)
        self.wait_s = wait_s


class Clock:
    """The time left for one file, of ``total_s`` seconds."""

    def __init__(self, total_s: float) -> None:
        self.total_s = total_s
        self._end = time.monotonic() + total_s

    def left(self) -> float:
        """Return the seconds left, never less than a time-out can be."""
        return max(self._end - time.monotonic(), 0.001)

    def check(self, doing: str) -> None:
        """Raise Refused once the time is over."""
        if time.monotonic() >= self._end:
            raise Refused(
                f"after {self.total_s:g} seconds it was still {doing}; try again later, or raise "
                f"`total_time_s` in {CONFIG}"
            )


class Connections:
    """Opens addresses as ``manners`` say; ``slots`` is the folder of locks shared by all processes."""

    def __init__(self, manners: Manners, slots: Path) -> None:
        self.manners, self.slots = manners, slots

    @contextmanager
    def open(
        self, address: str, headers: Mapping[str, str], clock: Clock
    ) -> Iterator[requests.Response]:
        """Yield the answer of ``address``, body unread, after the redirects that are allowed.

        Raises
        ------
        Refused
            The policy forbids the address or a redirect, or a certificate is not in order.
        Passing
            The server cannot be reached or breaks off.
        """
        headers = {"User-Agent": self.manners.user_agent(), **headers}
        with requests.Session() as session:
            request = _prepared(session, address, headers)
            hops = [request.url]
            while True:
                with self._answer(session, request, clock) as answer:
                    if not answer.is_redirect:
                        yield answer
                        return
                    session.cookies.update(answer.cookies)
                    place = answer.headers["location"].encode("latin-1").decode("utf-8", "replace")
                request = _prepared(session, place, headers, request.url)
                hops.append(request.url)
                self._check_redirect(hops)

    def _check_redirect(self, hops: list[str]) -> None:
        old, new = urlsplit(hops[-2]), urlsplit(hops[-1])
        way = " -> ".join(hops)
        if old.scheme == "https" and new.scheme != "https":
            raise Refused(
                f"it leads from https to an address without it ({way}); look for another address"
            )
        if new.hostname != old.hostname and new.hostname not in self.manners.redirects.get(
            old.hostname, ()
        ):
            raise Refused(
                f"it leads to another host ({way}); if that is the publisher's, add '{new.hostname}' to "
                f"`redirects` of '{old.hostname}' in {CONFIG}"
            )
        if len(hops) > MOST_REDIRECTS + 1:
            raise Refused(f"it leads on and on ({way}); look at the address in a browser")

    @contextmanager
    def _answer(
        self, session: requests.Session, request: requests.PreparedRequest, clock: Clock
    ) -> Iterator[requests.Response]:
        settings = session.merge_environment_settings(request.url, {}, True, None, None)
        proxied = select_proxy(request.url, settings["proxies"]) is not None
        trusted = self._check_address(request.url, proxied)
        host = urlsplit(request.url).hostname
        adapter = _Watched(None if proxied or trusted else host)
        with (
            self._slot(host, clock),
            closing(adapter),
            adapter.until(clock),
            self._send(adapter, request, settings, clock) as answer,
        ):
            yield answer

    def _send(
        self,
        adapter: HTTPAdapter,
        request: requests.PreparedRequest,
        settings: Mapping[str, Any],
        clock: Clock,
    ) -> requests.Response:
        left = clock.left()
        manners = self.manners
        try:
            return adapter.send(
                request,
                timeout=(min(manners.connect_timeout_s, left), min(manners.read_timeout_s, left)),
                **(settings | {"stream": True}),
            )
        except (requests.ConnectionError, requests.Timeout, urllib3.exceptions.HTTPError) as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise Refused(
                    f"the certificate of the server is not in order ({_cause(error)}); if your network "
                    "has a certificate of its own, name its file in REQUESTS_CA_BUNDLE"
                ) from error
            clock.check("waiting for an answer")
            raise Passing(f"the connection failed ({_cause(error)})") from error
        except (requests.RequestException, OSError, ValueError) as error:
            raise Refused(
                f"it cannot be asked ({_cause(error)}); mend the address, or the proxy and certificates "
                "of the environment"
            ) from error

    def _check_address(self, address: str, proxied: bool) -> bool:
        """Return whether ``address`` is of a trusted host; Refused where it may not be asked."""
        parts = urlsplit(address)
        host = parts.hostname or ""
        shown = f"[{host}]" if ":" in host else host
        port = parts.port or {"https": 443}.get(parts.scheme, 80)
        trusted = not {shown, f"{shown}:{port}"}.isdisjoint(self.manners.plain_or_private)
        if parts.username is not None:
            raise Refused("the address holds a user name or password; write it without")
        if parts.scheme != "https" and not trusted:
            raise Refused(
                f"only https is asked; write the address with https, or add '{shown}' to "
                f"`plain_or_private` in {CONFIG}"
            )
        if not trusted:
            # A proxy finds the name's address itself; one given in figures is known without it.
            flags = socket.AI_NUMERICHOST if proxied else 0
            for found in _found(host, port, flags):
                _check_public(host, found)
        return trusted

    @contextmanager
    def _slot(self, host: str, clock: Clock) -> Iterator[None]:
        """Hold one of the host's connections, of those that all processes share."""
        self.slots.mkdir(parents=True, exist_ok=True)
        locks = [
            FileLock(self.slots / f"{quote(host, safe='')}.{n}.lock")
            for n in range(self.manners.connections_per_host)
        ]
        while (held := next(filter(_taken, locks), None)) is None:
            clock.check(f"waiting for one of the {len(locks)} connections to {host}")
            time.sleep(random.uniform(0.05, 0.2))
        try:
            yield
        finally:
            held.release()

    def check_status(
        self, answer: requests.Response, clock: Clock, explain: Explain | None = None
    ) -> None:
        """Raise Refused or Passing unless ``answer`` is a 200."""
        status = answer.status_code
        if status == HTTPStatus.OK:
            return
        words = _status_in_words(answer, _body_of_refusal(answer, clock), explain)
        if not _passes(status):
            raise Refused(words)
        wait = _retry_after(answer.headers)
        if wait > self.manners.retry_after_most_s:
            raise Refused(f"{words}; the server asks to wait {wait:.0f} s, so try again after that")
        raise Passing(words, wait)


def _taken(lock: FileLock) -> bool:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    return True


def _prepared(
    session: requests.Session, address: str, headers: Mapping[str, str], base: str = ""
) -> requests.PreparedRequest:
    """Return the request; what the policy looks at is its ``url``, which is what is asked."""
    try:
        whole = urljoin(base, address)
        request = session.prepare_request(requests.Request("GET", whole, headers=headers))
        if urlsplit(request.url).scheme not in ("http", "https"):
            raise ValueError("only https is asked")
    except ValueError as error:
        raise Refused(f"'{address}' cannot be asked ({error}); mend the address") from error
    return request


def _found(host: str, port: int, flags: int) -> list[str]:
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    except socket.gaierror as error:
        if flags:
            return []
        raise Passing(f"no server of the name '{host}' was found ({error.strerror})") from error
    except ValueError as error:
        raise Refused(f"'{host}' cannot be a server's name; mend the address") from error
    return [str(answer[4][0]) for answer in answers]


def _check_public(host: str, found: str) -> None:
    ip = ipaddress.ip_address(found)
    ip = getattr(ip, "ipv4_mapped", None) or ip
    if not ip.is_global or ip.is_multicast:
        raise Refused(
            f"'{host}' lies in a private or reserved network ({ip}); if that is meant, add it to "
            f"`plain_or_private` in {CONFIG}"
        )


class _Watched(HTTPAdapter):
    """Connections that end when the time is over, and do not lead into a private network.

    Time-outs alone do not end a server that sends its headers byte by byte, and a name may be
    given another address between the check and the connection. ``host`` is None where any address
    will do.
    """

    def __init__(self, host: str | None) -> None:
        super().__init__()
        self._host = host
        self._sockets: list[socket.socket] = []

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool = super().get_connection_with_tls_context(*args, **kwargs)
        opened = self._opened

        class Connection(type(pool).ConnectionCls):
            def _new_conn(self) -> socket.socket:
                return opened(super()._new_conn())

        pool.ConnectionCls = Connection
        return pool

    def _opened(self, connected: socket.socket) -> socket.socket:
        try:
            if self._host is not None:
                _check_public(self._host, connected.getpeername()[0])
            self._sockets.append(connected.dup())  # TLS takes the first one over
        except BaseException:
            connected.close()
            raise
        return connected

    @contextmanager
    def until(self, clock: Clock) -> Iterator[None]:
        """Cut the connections off when the time is over."""
        timer = threading.Timer(clock.left(), self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()

    def _cut(self) -> None:
        for connected in self._sockets:
            with suppress(OSError):
                connected.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        super().close()
        for connected in self._sockets:
            connected.close()


def body(answer: requests.Response, clock: Clock, most: int, accept: str | None) -> Iterator[bytes]:
    """Yield the pieces of the body, with its content encoding undone.

    Raises Refused for a web page (unless ``accept`` allows one, or is None, for the middle of a
    file), an empty body, more than ``most`` bytes and a wrong encoding; Passing where the body
    ends early.
    """
    length = answer.raw.length_remaining
    if length is not None and length > most:
        raise Refused(f"it would be {length:,} bytes, more than the {most:,} allowed{_RAISE}")
    pieces = _limited(answer, clock, most)
    if accept is None:
        yield from pieces
        return
    head = b""
    for piece in pieces:
        head += piece
        if len(head) >= _HEAD:
            break
    if "html" not in accept and ("html" in media_type(answer) or pages.is_html(head)):
        raise Refused(_page_in_words(head))
    if not head:
        raise Refused("the answer is empty; look at the address in a browser")
    yield head
    yield from pieces


_RAISE = f"; if that is right, raise `max_bytes` in {CONFIG}"


def media_type(answer: requests.Response) -> str:
    """Return the media type of ``answer`` without parameters, ``""`` if none is given."""
    return answer.headers.get("content-type", "").partition(";")[0].strip().lower()


def encoding(answer: requests.Response) -> str:
    """Return the content encoding of ``answer``, ``""`` for none."""
    named = answer.headers.get("content-encoding", "").strip().lower()
    return "" if named == "identity" else named


def _limited(answer: requests.Response, clock: Clock, most: int) -> Iterator[bytes]:
    limits = replace(LIMITS, max_bytes=most)
    came = 0
    for piece in _decoded(_wire(answer, clock), encoding(answer)):
        came += len(piece)
        allowed = limits.allowance(answer.raw.tell())
        if came > allowed:
            packed = f", packed in {answer.raw.tell():,}," if encoding(answer) else ""
            raise Refused(f"more than the {allowed:,} bytes{packed} that are allowed came{_RAISE}")
        yield piece


def _wire(answer: requests.Response, clock: Clock) -> Iterator[bytes]:
    while True:
        try:
            # Undone by `_decoded`: urllib3 takes a gzip body that was cut off for a whole one.
            piece = answer.raw.read1(_PIECE, decode_content=False)
        except urllib3.exceptions.HTTPError as error:
            clock.check("being sent")
            raise Passing(f"the answer broke off ({_cause(error)})") from error
        clock.check("being sent")
        if not piece:
            return
        yield piece


def _decoded(pieces: Iterable[bytes], named: str) -> Iterator[bytes]:
    if not named:
        yield from pieces
        return
    if named not in ("gzip", "x-gzip", "deflate"):
        raise Refused(
            f"it is packed as '{named}', which was not asked for; look for another address"
        )
    unpacker = None
    for piece in pieces:
        rest = piece
        while rest:
            unpacker = unpacker or zlib.decompressobj(_GZIP_OR_ZLIB)
            yield from _unpacked(unpacker, rest, named)
            rest = unpacker.unused_data
            if unpacker.eof:
                unpacker = None
    if unpacker is not None:
        raise Passing("the answer broke off (its packed body has no end)")


def _unpacked(unpacker: Any, packed: bytes, named: str) -> Iterator[bytes]:
    """Yield what ``packed`` unpacks to, a step at a time, so that a limit can end it."""
    full = True
    while full and not unpacker.eof:
        try:
            data = unpacker.decompress(packed, _STEP)
        except zlib.error as error:
            raise Refused(
                f"the server says that it is packed as {named}, which it is not ({error}); try again later"
            ) from error
        packed, full = unpacker.unconsumed_tail, len(data) == _STEP
        if data:
            yield data


def _body_of_refusal(answer: requests.Response, clock: Clock) -> bytes:
    """Return the beginning of a refusal's body, as far as it can be read."""
    head = b""
    with suppress(Refused, Passing):
        for piece in _limited(answer, clock, _STEP):
            head += piece
    return head


def _status_in_words(answer: requests.Response, head: bytes, explain: Explain | None) -> str:
    status = answer.status_code
    named = f"the server answered {status}"
    with suppress(ValueError):
        named += f" ({HTTPStatus(status).phrase})"
    explained = explain(status, head) if explain is not None else ""
    if explained:
        return f"{named}: {explained.rstrip('.')}"
    if pages.is_html(head):
        return f"{named}: {_page_in_words(head)}"
    said = pages.one_line(head.decode("utf-8", "replace"), 80)
    named += f": '{said}'" if said else ""
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        return f"{named}; look for the file's new address and mend it in the dataset's description"
    return named if _passes(status) else f"{named}; look at the address in a browser"


def _passes(status: int) -> bool:
    return status == HTTPStatus.TOO_MANY_REQUESTS or status >= 500


def _page_in_words(head: bytes) -> str:
    title = pages.html_title(head)
    said = pages.one_line(head.decode("utf-8", "replace"), 80)
    page = f"the page '{title}', which begins {said!r}" if title else f"a page that begins {said!r}"
    if pages.captcha(head):
        return (
            f"the site took this for a robot ({page}): open the address in a browser, save the file, "
            "and put it in as a file by hand"
        )
    return f"a web page came and not the file ({page}); look at the address in a browser"


def _retry_after(headers: Mapping[str, str]) -> float:
    """Return for how many seconds the server asks to be left alone, 0 if it does not say.

    A date is held against the server's own clock.
    """
    said = headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return float(said)
    until, now = seconds(said), seconds(headers.get("date", ""))
    return 0.0 if until is None else max(until - (time.time() if now is None else now), 0.0)


def seconds(http_date: str) -> float | None:
    """Return the time of an HTTP date in seconds, None if it is none."""
    fields = parsedate_tz(http_date)
    try:
        return float(mktime_tz(fields)) if fields else None
    except (ValueError, OverflowError):
        return None


def _cause(error: BaseException) -> str:
    """Return the words of the exception at the root of ``error``."""
    inner: BaseException | None = error
    # What else was being handled when it came is not of the connection.
    while isinstance(inner, (OSError, HTTPException, urllib3.exceptions.HTTPError, ValueError)):
        error, inner = inner, inner.__cause__ or inner.__context__
    words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return pages.one_line(words or type(error).__name__)

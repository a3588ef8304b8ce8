"""A real web server in a thread that answers by a script, rightly or badly, and remembers."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from typing import Any

CRLF = b"\r\n"


@dataclass(frozen=True)
class Request:
    """What was asked: ``headers`` have small letters; ``path`` is as it came, with its query."""

    method: str
    path: str
    headers: dict[str, str]


@dataclass(frozen=True)
class Answer:
    """One answer.

    ``body`` is bytes, or a function that gives pieces; ``send`` of it only the first bytes,
    and then ``end``: ``close`` or ``reset``. The length is ``declared``, as it is or as ``length`` has
    it. ``pause_s`` waits before the headers, ``drip_s`` after each byte of them
    (``drip_headers``) or each ``drip_bytes`` of the body.
    """

    status: int = 200
    body: bytes | Callable[[], Iterator[bytes]] = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    declared: bool = True
    length: int | None = None
    send: int | None = None
    end: str = "close"
    chunked: bool = False
    pause_s: float = 0.0
    drip_headers: bool = False
    drip_bytes: int = 0
    drip_s: float = 0.0


Script = Answer | Callable[[Request], Answer]


def rest(
    body: bytes, etag: str = "", last_modified: str = "", headers: Mapping[str, str] | None = None
) -> Callable[[Request], Answer]:
    """Return an answer of ``body`` that serves ranges as a good server does, by If-Range."""
    said = {"Accept-Ranges": "bytes", **(headers or {})}
    said |= {"ETag": etag} if etag else {}
    said |= {"Last-Modified": last_modified} if last_modified else {}

    def answer(request: Request) -> Answer:
        span = re.fullmatch(r"bytes=(\d+)-", request.headers.get("range", ""))
        if span is None or request.headers.get("if-range") not in (None, etag, last_modified):
            return Answer(200, body, said)
        start = int(span[1])
        if start >= len(body):
            return Answer(416, headers={"Content-Range": f"bytes */{len(body)}"})
        whole = f"bytes {start}-{len(body) - 1}/{len(body)}"
        return Answer(206, body[start:], {**said, "Content-Range": whole})

    return answer


def cut(script: Script, after: int, end: str = "reset") -> Callable[[Request], Answer]:
    """Return ``script``'s answer broken off after the first bytes of its body."""

    def answer(request: Request) -> Answer:
        whole = script if isinstance(script, Answer) else script(request)
        return Answer(whole.status, whole.body, whole.headers, send=after, end=end)

    return answer


def endless(piece: bytes = b"0;1\r\n" * 1000) -> Iterator[bytes]:
    """Yield ``piece`` for ever."""
    while True:
        yield piece


class Server:
    """Serves what :meth:`serve` told it, on a free port of this machine.

    ``with Server() as server: server.serve("/a", b"1;2", then=[Answer(500)])`` answers ``/a`` with
    the body, then always with 500. A path not told of is a 404. ``requests`` is what was asked, in
    order; a path told of without a query answers to any. ``most_open`` is how many requests were
    open at the same time.
    """

    def __init__(self, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> None:
        self.host = host
        self.requests: list[Request] = []
        self.connections = 0
        self.most_open = 0
        self._open = 0
        self._tls = tls
        self._scripts: dict[str, list[Script]] = {}
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._socket = socket.create_server((host, 0), backlog=64)
        self.port = self._socket.getsockname()[1]
        self._threads = [threading.Thread(target=self._listen, daemon=True)]

    def __enter__(self) -> Server:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in self._threads:
            thread.join(10)

    @property
    def place(self) -> str:
        """``host:port``."""
        return f"{self.host}:{self.port}"

    def url(self, path: str = "/", host: str = "") -> str:
        """Return the address of ``path``, by another name of this machine if ``host`` is given."""
        scheme = "https" if self._tls else "http"
        return f"{scheme}://{host or self.host}:{self.port}{path}"

    def serve(
        self,
        path: str,
        body: bytes | Script = b"",
        headers: Mapping[str, str] | None = None,
        status: int = 200,
        then: Iterable[Script] = (),
        **how: Any,
    ) -> str:
        """Tell the answers of ``path``, of which the last is repeated; return its address.

        ``body`` may be an answer itself; ``how`` is for :class:`Answer`.
        """
        first = Answer(status, body, headers or {}, **how) if isinstance(body, bytes) else body
        with self._lock:
            self._scripts[path] = [first, *then]
        return self.url(path)

    def asked(self, path: str) -> list[Request]:
        """Return the requests for ``path``."""
        return [request for request in self.requests if request.path == path]

    @contextlib.contextmanager
    def changed(self) -> Iterator[None]:
        """Forget, when left, what was told within and what was asked within."""
        with self._lock:
            before = {path: list(scripts) for path, scripts in self._scripts.items()}
            asked = len(self.requests)
        try:
            yield
        finally:
            with self._lock:
                self._scripts = before
                del self.requests[asked:]

    def _listen(self) -> None:
        while not self._done.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._talk, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _talk(self, connection: socket.socket) -> None:
        connection.settimeout(10)
        with contextlib.suppress(OSError, ValueError):
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with self._lock:
                self.connections += 1
                self._open += 1
                self.most_open = max(self.most_open, self._open)
            try:
                request = _read(connection)
                if request is not None:
                    self._reply(connection, request, self._next(request))
            finally:
                with self._lock:
                    self._open -= 1
        connection.close()

    def _next(self, request: Request) -> Answer:
        with self._lock:
            self.requests.append(request)
            bare = request.path.partition("?")[0]
            scripts = self._scripts.get(request.path) or self._scripts.get(bare, [Answer(404)])
            script = scripts.pop(0) if len(scripts) > 1 else scripts[0]
        return script if isinstance(script, Answer) else script(request)

    def _reply(self, connection: socket.socket, request: Request, answer: Answer) -> None:
        self._done.wait(answer.pause_s)
        body = answer.body
        headers = {"Date": formatdate(usegmt=True), "Connection": "close"}
        if answer.chunked:
            headers["Transfer-Encoding"] = "chunked"
        elif answer.length is not None:
            headers["Content-Length"] = str(answer.length)
        elif answer.declared and isinstance(body, bytes):
            headers["Content-Length"] = str(len(body))
        headers |= answer.headers
        phrase = HTTPStatus(answer.status).phrase if answer.status in set(HTTPStatus) else "Odd"
        lines = [f"HTTP/1.1 {answer.status} {phrase}", *(f"{k}: {v}" for k, v in headers.items())]
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        self._send(connection, head, 1 if answer.drip_headers else 0, answer.drip_s)
        for piece in [body] if isinstance(body, bytes) else body():
            part = piece if answer.send is None else piece[: answer.send]
            if answer.chunked:
                self._send(connection, f"{len(piece):x}".encode() + CRLF + part, 0, 0)
                if part == piece:
                    connection.sendall(CRLF)
            else:
                self._send(connection, part, answer.drip_bytes, answer.drip_s)
        if answer.chunked and answer.send is None:
            connection.sendall(b"0" + CRLF + CRLF)
        if answer.end == "reset":
            time.sleep(0.05)  # what was sent must arrive before it is taken back
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _send(self, connection: socket.socket, data: bytes, step: int, wait_s: float) -> None:
        for start in range(0, len(data), step or len(data) or 1):
            if self._done.is_set():
                return
            connection.sendall(data[start : start + step] if step else data)
            if wait_s:
                self._done.wait(wait_s)


def _read(connection: socket.socket) -> Request | None:
    raw = b""
    while CRLF + CRLF not in raw:
        piece = connection.recv(65536)
        if not piece:
            return None
        raw += piece
    first, *lines = raw.partition(CRLF + CRLF)[0].decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ")
    pairs = (line.split(":", 1) for line in lines)
    return Request(method, path, {name.strip().lower(): value.strip() for name, value in pairs})


def free_port() -> int:
    """Return a port of this machine on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


class Proxy(Server):
    """A proxy that answers http itself, lets https through, and remembers what it was asked."""

    def _reply(self, connection: socket.socket, request: Request, answer: Answer) -> None:
        if request.method == "CONNECT":
            host, _, port = request.path.rpartition(":")
            with socket.create_connection((host, int(port)), 10) as far:
                connection.sendall(b"HTTP/1.1 200 OK" + CRLF + CRLF)
                _both_ways(connection, far)
            return
        super()._reply(connection, request, Answer(200, b"by proxy"))


def _both_ways(one: socket.socket, other: socket.socket) -> None:
    def pump(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)

    back = threading.Thread(target=pump, args=(other, one), daemon=True)
    back.start()
    pump(one, other)
    back.join(10)

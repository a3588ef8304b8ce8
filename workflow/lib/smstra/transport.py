"""Fetch a file over HTTP: patiently, politely, within limits, and whole or not at all."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import requests
from filelock import FileLock, Timeout
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_before_delay,
    wait_random_exponential,
)
from tqdm import tqdm

from smstra.connections import (
    Clock,
    Connections,
    Explain,
    Manners,
    Passing,
    Refused,
    body,
    encoding,
    media_type,
    seconds,
)
from smstra.errors import FetchError, UnreachableError
from smstra.partfiles import Begun, Part

__all__ = ["UNTOUCHED", "Manners", "Receipt", "Transport", "failure", "quiet"]

_CLOCKS_AGREE = 60  # seconds after which a Last-Modified tells one version from the next
_T = TypeVar("_T")
# The end of every message of a refresh that failed.
UNTOUCHED = "the vintage in use is untouched, and a run without a refresh still works with it"


@dataclass(frozen=True)
class Receipt:
    """What came: ``address`` as asked, ``came_from`` after mirror and redirects.

    ``bytes`` and ``sha256`` are of the file as stored, with any content encoding undone; the rest
    is as the server said it, ``""`` where it said nothing.
    """

    address: str
    came_from: str
    bytes: int
    sha256: str
    media_type: str
    etag: str
    last_modified: str
    date: str


@dataclass(frozen=True)
class _Call:
    """One file asked for: ``asked`` is the address or the mirror's."""

    source: str
    address: str
    asked: str
    accept: str
    explain: Explain | None


def quiet(_: str) -> None:
    """Say nothing."""


class _Exhausted(Refused):
    """Each attempt failed by a fault that may pass."""


class Transport:
    """Asks publishers as ``manners`` say; ``slots`` is the folder of locks shared by all processes.

    ``say`` is told of new attempts and of files gone on with.
    """

    def __init__(self, manners: Manners, slots: Path, say: Callable[[str], None] = quiet) -> None:
        self.manners, self.slots, self.say = manners, slots, say
        self._connections = Connections(manners, slots)

    def download(
        self,
        address: str,
        target: Path,
        source: str,
        *,
        accept: str = "*/*",
        inspect: Callable[[Path, Receipt], None] | None = None,
        explain: Explain | None = None,
    ) -> Receipt:
        """Fetch ``address`` into the new file ``target``, which is whole as soon as it is there.

        Parameters
        ----------
        address, target, source
            What to ask, where to put it, and the dataset's name for messages. Until it is whole
            the file is ``target`` with ``.part`` added; a later call goes on with what is there.
        accept
            The media types asked for. A web page is refused unless html is among them.
        inspect
            Sees the whole file before it gets its name; what it raises is raised, and the file
            is gone.
        explain
            Puts a refusal into words: of the status and the body, ``""`` if it knows none.

        Raises
        ------
        FetchError
            The policy forbids the address or a redirect; the publisher cannot be reached, or
            sends something else, too much, or too slowly; ``target`` is there already.
        """
        call = _Call(source, address, self.manners.mirrored(address), accept, explain)
        with _told(call), self._alone(target):
            if target.exists():
                raise Refused(
                    f"{target} is there already and is never overwritten; remove it to fetch it anew"
                )
            target.parent.mkdir(parents=True, exist_ok=True)
            part = Part(target)
            receipt = self._patiently(source, lambda clock: self._into(part, call, clock))
            try:
                if inspect is not None:
                    inspect(part.path, receipt)
            except Exception:
                part.discard()
                raise
            part.publish()
        return receipt

    def fetch_small(
        self,
        address: str,
        source: str,
        most_bytes: int = 1_000_000,
        *,
        accept: str = "*/*",
        explain: Explain | None = None,
    ) -> tuple[bytes, Receipt]:
        """Return a document of at most ``most_bytes`` bytes from ``address``, and its receipt.

        The policy, the retries and the errors are those of :meth:`download`.
        """
        return self._in_memory(
            _Call(source, address, self.manners.mirrored(address), accept, explain),
            lambda answer, clock: b"".join(body(answer, clock, most_bytes, accept)),
        )

    def peek(
        self,
        address: str,
        source: str,
        most_bytes: int = 4096,
        *,
        accept: str = "*/*",
        explain: Explain | None = None,
    ) -> tuple[bytes, Receipt]:
        """Return the first bytes of what lies at ``address``, and a receipt of these bytes.

        The policy, the retries and the errors are those of :meth:`download`.
        """

        def first(answer: requests.Response, clock: Clock) -> bytes:
            head = b""
            for piece in body(answer, clock, self.manners.max_bytes, accept):
                head = (head + piece)[:most_bytes]
                if len(head) == most_bytes:
                    break
            return head

        call = _Call(source, address, self.manners.mirrored(address), accept, explain)
        return self._in_memory(call, first)

    def _in_memory(
        self, call: _Call, take: Callable[[requests.Response, Clock], bytes]
    ) -> tuple[bytes, Receipt]:
        """Return what ``take`` takes of the answer, and a receipt of that."""

        def once(clock: Clock) -> tuple[bytes, Receipt]:
            with self._whole(call, clock) as answer:
                raw = take(answer, clock)
                digest = hashlib.sha256(raw).hexdigest()
                return raw, _receipt(call.address, answer, len(raw), digest)

        with _told(call):
            return self._patiently(call.source, once)

    @contextmanager
    def _alone(self, target: Path) -> Iterator[None]:
        name = hashlib.sha256(os.fsencode(target.resolve())).hexdigest()[:16]
        self.slots.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.slots / f"{name}.file.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise Refused(
                f"another process is fetching {target.name} now; wait until it has ended"
            ) from error
        try:
            yield
        finally:
            lock.release()

    def _patiently(self, source: str, once: Callable[[Clock], _T]) -> _T:
        """Call ``once`` until it succeeds, while the fault may pass and there is time."""
        manners = self.manners
        jitter = wait_random_exponential(manners.backoff_s, manners.backoff_most_s)

        def wait(state: RetryCallState) -> float:
            return max(jitter(state), state.outcome.exception().wait_s)

        def tell(state: RetryCallState) -> None:
            self.say(
                f"{source}: {state.outcome.exception()}; attempt {state.attempt_number + 1} of "
                f"{manners.attempts} in {state.upcoming_sleep:.0f} s"
            )

        retrying = Retrying(
            retry=retry_if_exception_type(Passing),
            stop=stop_after_attempt(manners.attempts) | stop_before_delay(manners.total_time_s),
            wait=wait,
            before_sleep=tell,
            reraise=True,
        )
        try:
            return retrying(once, Clock(manners.total_time_s))
        except Passing as fault:
            tries = retrying.statistics["attempt_number"]
            raise _Exhausted(
                f"{fault} (attempt {tries} of {manners.attempts}); try again later"
            ) from fault

    @contextmanager
    def _whole(self, call: _Call, clock: Clock) -> Iterator[requests.Response]:
        headers = {"Accept": call.accept, "Accept-Encoding": "gzip"}
        with self._connections.open(call.asked, headers, clock) as answer:
            self._connections.check_status(answer, clock, call.explain)
            yield answer

    def _into(self, part: Part, call: _Call, clock: Clock) -> Receipt:
        """Bring ``part`` to its end, from where it stands if the server lets us."""
        begun = part.begun(call.asked)
        if begun is not None:
            headers = {
                "Accept": call.accept,
                "Accept-Encoding": "identity",  # the rest of a packed body is no use
                "Range": f"bytes={begun.bytes}-",
                "If-Range": begun.validator,
            }
            with self._connections.open(call.asked, headers, clock) as answer:
                if _continues(answer, begun):
                    self.say(f"{call.source}: going on after {begun.bytes:,} bytes")
                    return self._take(part, call, answer, begun, clock)
                if answer.status_code not in (206, 416):
                    self._connections.check_status(answer, clock, call.explain)
                    return self._take(part, call, answer, _first(answer, call.asked), clock)
        with self._whole(call, clock) as answer:
            return self._take(part, call, answer, _first(answer, call.asked), clock)

    def _take(
        self, part: Part, call: _Call, answer: requests.Response, begun: Begun, clock: Clock
    ) -> Receipt:
        most = self.manners.max_bytes - begun.bytes
        pieces = body(answer, clock, most, None if begun.bytes else call.accept)
        with tqdm(
            total=begun.whole,
            initial=begun.bytes,
            desc=call.source,
            unit="B",
            unit_scale=True,
            leave=False,
            delay=2,
            disable=None,
        ) as bar:
            size, digest = part.write(pieces, begun, bar.update)
        # A 206 need not repeat what the first answer said.
        return replace(
            _receipt(call.address, answer, size, digest),
            media_type=begun.media_type,
            etag=begun.etag,
            last_modified=begun.last_modified,
        )


@contextmanager
def _told(call: _Call) -> Iterator[None]:
    """Turn refusals into the one form of all messages."""
    try:
        yield
    except Refused as refusal:
        error = failure(call.source, call.address, str(refusal), call.asked)
        if isinstance(refusal, _Exhausted):
            error = UnreachableError(str(error))
        raise error from refusal


def failure(source: str, address: str, words: str, asked: str = "") -> FetchError:
    """Return the error of a download: what came, in ``words``, and that nothing was lost.

    ``asked`` is the mirror's address, where that is another one.
    """
    place = address if asked in ("", address) else f"{address} (asked at {asked})"
    message = f"{source}: {place}: {words}; {UNTOUCHED}."
    return FetchError(re.sub(r"//[^/?#\s]*@", "//***@", message))


def _first(answer: requests.Response, asked: str) -> Begun:
    """Return the version of the file that ``answer`` begins to send."""
    return Begun(
        asked,
        _validator(answer),
        media_type(answer),
        answer.headers.get("etag", ""),
        answer.headers.get("last-modified", ""),
        None if encoding(answer) else answer.raw.length_remaining,
    )


def _validator(answer: requests.Response) -> str:
    """Return what tells this version of the file byte by byte, ``""`` if nothing does."""
    etag = answer.headers.get("etag", "")
    if encoding(answer):
        return ""
    if etag.startswith('"'):
        return etag
    changed = answer.headers.get("last-modified", "")
    then, now = seconds(changed), seconds(answer.headers.get("date", ""))
    settled = then is not None and now is not None and now - then >= _CLOCKS_AGREE
    return changed if settled else ""


def _continues(answer: requests.Response, begun: Begun) -> bool:
    """Whether ``answer`` is just the rest of the file that was begun."""
    span = re.fullmatch(
        r"bytes (\d+)-(\d+)/(\d+)", answer.headers.get("content-range", ""), re.ASCII
    )
    if answer.status_code != 206 or encoding(answer) or span is None:
        return False
    first, last, whole = map(int, span.groups())
    return (
        first == begun.bytes
        and last == whole - 1
        and begun.whole in (None, whole)
        and answer.raw.length_remaining in (None, whole - first)
        and answer.headers.get("etag", begun.etag) == begun.etag
        and answer.headers.get("last-modified", begun.last_modified) == begun.last_modified
    )


def _receipt(address: str, answer: requests.Response, size: int, digest: str) -> Receipt:
    said = answer.headers.get
    return Receipt(
        address,
        answer.url,
        size,
        digest,
        media_type(answer),
        said("etag", ""),
        said("last-modified", ""),
        said("date", ""),
    )

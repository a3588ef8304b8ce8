"""Open zip and gzip files in memory, within limits, so that no archive can do harm."""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass

from smstra.errors import SourceError, listing

_LOCAL_HEADER = struct.Struct("<4s22xHH")  # signature; lengths of name and extra field
_ENCRYPTED = 0x2041  # flag bits: encrypted, strongly encrypted, masked directory
_DRIVE = re.compile(r"[A-Za-z]:")
_GZIP = 31  # zlib's window bits for a gzip wrapper
_RAW_DEFLATE = -15
# What zipfile raises on odd bytes.
_UNREADABLE = (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, struct.error)


@dataclass(frozen=True)
class ArchiveLimits:
    """How much an archive may hold.

    ``max_members`` files (gzip: parts), ``max_bytes`` unpacked, all members together, and
    unpacked at most ``max_ratio`` times its own size (asked only of more than 1 MiB).
    """

    max_members: int
    max_bytes: int
    max_ratio: float

    def allowance(self, packed: int) -> int:
        """Return how many bytes ``packed`` bytes may unpack to."""
        return min(self.max_bytes, max(int(self.max_ratio * packed), 1 << 20))


# Tables of statistics pack to a tenth or, at the utmost, a fiftieth of their size.
LIMITS = ArchiveLimits(max_members=1_000, max_bytes=2 << 30, max_ratio=250)


def members(raw: bytes, limits: ArchiveLimits, name: str) -> dict[str, bytes]:
    """Return the files in the zip file ``raw``, by their path in it, in the order of its directory.

    Folders are left out; a zip file within is returned as it is. ``name`` is the file's name for
    messages.

    Raises
    ------
    SourceError
        Not a zip file, damaged, encrypted, packed otherwise than by deflate, beyond ``limits``, or
        a member's path leads out of the archive, stands twice, is a link or shares its bytes with
        another.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            infos, end = archive.infolist(), archive.start_dir
    except _UNREADABLE as error:
        raise SourceError(
            f"{name}: not a zip file that can be read ({error}); download the file again."
        ) from error
    infos = [info for info in infos if not info.orig_filename.endswith("/")]
    _check_paths(infos, name)
    _check_declared(infos, len(raw), limits, name)
    starts = _starts(raw, infos, end, name)
    return {
        info.filename: _member(raw[start : start + info.compress_size], info, name)
        for info, start in zip(infos, starts, strict=True)
    }


def _check_paths(infos: list[zipfile.ZipInfo], name: str) -> None:
    seen: set[str] = set()
    for info in infos:
        path = info.orig_filename
        kind = stat.S_IFMT(info.external_attr >> 16)
        if (
            set(path.split("/")) & {"", ".", ".."}
            or "\\" in path
            or "\0" in path
            or _DRIVE.match(path)
            or kind not in (0, stat.S_IFREG)
        ):
            raise SourceError(
                f"{name}: the member {path!r} is a link or does not lie in the archive's own folder; "
                "a table needs none of that, so do not use this file."
            )
        if path in seen:
            raise SourceError(
                f"{name}: the member {path!r} stands twice in the archive; pack the right one anew."
            )
        seen.add(path)


def _check_declared(
    infos: list[zipfile.ZipInfo], packed: int, limits: ArchiveLimits, name: str
) -> None:
    locked = [info.filename for info in infos if info.flag_bits & _ENCRYPTED]
    if locked:
        raise SourceError(
            f"{name}: encrypted ({listing(locked)}); unpack it with its password and use what was in it."
        )
    odd = [
        info.filename
        for info in infos
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    ]
    if odd:
        raise SourceError(
            f"{name}: {listing(odd)} is packed otherwise than by deflate; unpack it and pack it as a "
            "plain zip file."
        )
    if len(infos) > limits.max_members:
        raise SourceError(
            f"{name}: {len(infos)} members where at most {limits.max_members} are allowed; is this the "
            "right file?"
        )
    declared = sum(info.file_size for info in infos)
    if declared > limits.allowance(packed):
        raise _too_big(name, packed, limits.allowance(packed))


def _too_big(name: str, packed: int, allowance: int) -> SourceError:
    return SourceError(
        f"{name}: its {packed:,} bytes unpack to more than the {allowance:,} bytes allowed; a table does "
        "not do that, so look at where the file comes from."
    )


def _starts(raw: bytes, infos: list[zipfile.ZipInfo], end: int, name: str) -> list[int]:
    """Return where each member's packed bytes begin; no two members may share a byte."""
    starts = []
    for info in infos:
        head = raw[info.header_offset : info.header_offset + _LOCAL_HEADER.size]
        if len(head) < _LOCAL_HEADER.size or not head.startswith(b"PK\3\4"):
            raise _damaged(name, info.filename, "its header is missing")
        _, of_name, of_extra = _LOCAL_HEADER.unpack(head)
        starts.append(info.header_offset + _LOCAL_HEADER.size + of_name + of_extra)
    spans = sorted(
        (info.header_offset, start + info.compress_size, info.filename)
        for info, start in zip(infos, starts, strict=True)
    )
    following = [*(begin for begin, _, _ in spans[1:]), end]
    for (_, stop, member), begin in zip(spans, following, strict=False):
        if stop > begin:
            raise _damaged(name, member, "it shares bytes with what follows it")
    return starts


def _member(packed: bytes, info: zipfile.ZipInfo, name: str) -> bytes:
    if info.compress_type == zipfile.ZIP_STORED:
        data = packed
    else:
        # Not by zipfile, which stops at the declared size without a word.
        try:
            data = zlib.decompressobj(_RAW_DEFLATE).decompress(packed, info.file_size + 1)
        except zlib.error as error:
            raise _damaged(name, info.filename, str(error)) from error
    if len(data) != info.file_size:
        raise _damaged(
            name, info.filename, f"it does not unpack to its {info.file_size:,} bytes and no more"
        )
    if zlib.crc32(data) != info.CRC:
        raise _damaged(name, info.filename, "its checksum is wrong")
    return data


def _damaged(name: str, member: str, why: str) -> SourceError:
    return SourceError(
        f"{name}: the member {member!r} is damaged ({why}); download the file again."
    )


def gunzip(raw: bytes, limits: ArchiveLimits, name: str) -> bytes:
    """Return what the gzip file ``raw`` holds, of all its parts.

    Raises
    ------
    SourceError
        Not a gzip file, damaged, cut off, followed by other bytes, or beyond ``limits``.
    """
    allowance = limits.allowance(len(raw))
    parts: list[bytes] = []
    rest, left = raw, allowance
    while rest or not parts:
        if len(parts) == limits.max_members:
            raise SourceError(
                f"{name}: more than {limits.max_members} gzip parts; is this the right file?"
            )
        unpacker = zlib.decompressobj(_GZIP)
        try:
            part = unpacker.decompress(rest, left + 1)
        except zlib.error as error:
            raise SourceError(
                f"{name}: not a gzip file that can be read ({error}); download the file again."
            ) from error
        if len(part) > left:
            raise _too_big(name, len(raw), allowance)
        if not unpacker.eof:
            raise SourceError(f"{name}: the gzip file is cut off; download it again.")
        parts.append(part)
        left -= len(part)
        rest = unpacker.unused_data
    return b"".join(parts)

"""Read a damaged write-ahead log, without SQLite.

Why this is needed: after the end of a process, its last entries are often in the log alone. SQLite reads the log up to
the first frame with a wrong checksum and drops all frames after it, without an error, although they are committed.

The structure of the log is part of SQLite's file format, section 4 (https://www.sqlite.org/fileformat2.html).
"""

import contextlib
import shutil
import sqlite3
import struct
import tempfile
from collections import Counter
from pathlib import Path
from typing import Final, NamedTuple

from pyttributionio.outbox.storage.disk import PAGE

_HEADER: Final = 32
_FRAME: Final = 24 + PAGE
_MAGIC: Final = 0x377F0682
_WORDS: Final = struct.Struct("<II"), struct.Struct(">II")


class Frame(NamedTuple):
    """One page in a log.

    Attributes:
        number: The number of the page.
        size: How many pages the file has after the commit that this frame ends; 0 if it ends none.
        page: The page.
        is_sound: Whether it matches its checksum.
        is_reached: Whether SQLite would read it: it and all frames before it match their checksums.
    """

    number: int
    size: int
    page: bytes
    is_sound: bool
    is_reached: bool


def frames_of(log: Path) -> list[Frame]:
    """Return the frames of a log, in order, up to the last one of its present use. Later ones are of an earlier use."""
    data = log.read_bytes()
    starts = range(_HEADER, len(data) - _FRAME + 1, _FRAME)
    if not starts:
        return []
    magic, _, page_size, _, *salts, first, second = struct.unpack(">8I", data[:_HEADER])
    order = _WORDS[magic & 1]
    is_header_sound = magic & ~1 == _MAGIC and page_size == PAGE and _sum(data[:24], (0, 0), order) == (first, second)
    if not is_header_sound:
        (found, _), *_ = Counter(data[at + 8 : at + 16] for at in starts).most_common(1)
        salts = [*struct.unpack(">II", found)]
    frames: list[Frame] = []
    used = 0
    previous, is_reached = (first, second), is_header_sound
    for at in starts:
        number, size, *own_salts, first, second = struct.unpack(">6I", data[at : at + 24])
        content = data[at + 24 : at + _FRAME]
        is_sound = own_salts == salts and _sum(data[at : at + 8] + content, previous, order) == (first, second)
        is_reached = is_reached and is_sound
        frames.append(Frame(number, size if own_salts == salts else 0, content, is_sound, is_reached))
        if own_salts == salts:
            used = len(frames)
        previous = (first, second)
    return frames[:used]


def is_cut(path: Path) -> bool:
    """Return whether SQLite would read less of a file's log than was committed. Nothing is changed.

    SQLite reads a copy of the log, and its index of it says how many frames it has read
    (https://www.sqlite.org/walformat.html, section 2.1). The checksums here decide only if there are more frames: in
    Python they take half a millisecond for each page.
    """
    log = path.with_name(f"{path.name}-wal")
    if not log.exists() or log.stat().st_size < _HEADER + _FRAME:
        return False
    return _has_more(log, _frames_read(log)) and is_damaged(frames_of(log))


def _frames_read(log: Path) -> int:
    """Return how many frames of a log SQLite reads."""
    with tempfile.TemporaryDirectory(dir=log.parent, prefix="salvage-") as folder:
        path = Path(folder) / "log.db"
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            connection.execute(f"PRAGMA page_size = {PAGE}")
            connection.execute("PRAGMA journal_mode = WAL")
        finally:
            connection.close()
        shutil.copyfile(log, path.with_name("log.db-wal"))
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            with contextlib.suppress(sqlite3.Error, UnicodeError):  # the log is read before this can fail
                connection.execute("PRAGMA schema_version").fetchone()
            with path.with_name("log.db-shm").open("rb") as file:
                (read,) = struct.unpack("=I", file.read(20)[16:].ljust(4, b"\0"))
        except FileNotFoundError:  # SQLite could not read anything
            read = 0
        finally:
            connection.close()
    return int(read)


def _has_more(log: Path, read: int) -> bool:
    """Return whether a log has a commit after the frames that were read."""
    with log.open("rb") as file:
        header = file.read(_HEADER)
        last = (log.stat().st_size - _HEADER) // _FRAME
        for index in range(read, last):
            file.seek(_HEADER + index * _FRAME)
            start = file.read(16)
            # Without its header SQLite reads no frame at all.
            if start[4:8] != bytes(4) and (read == 0 or start[8:16] == header[16:24]):
                return True
    return False


def is_orphan(path: Path) -> bool:
    """Return whether a log has commits, and its file is missing or has no page. SQLite would delete such a log."""
    log = path.with_name(f"{path.name}-wal")
    try:
        has_pages = path.exists() and path.stat().st_size >= PAGE
        return not has_pages and log.exists() and any(frame.is_sound and frame.size for frame in frames_of(log))
    except OSError:
        return False


def is_damaged(frames: list[Frame]) -> bool:
    """Return whether there is a commit that SQLite would not read.

    A process that ends while it writes leaves frames without a commit behind. These are no damage.
    """
    return any(frame.size and not frame.is_reached for frame in frames)


def apply(frames: list[Frame], path: Path) -> tuple[list[bytes], list[bytes]]:
    """Write the sound frames up to the last commit into the file that they belong to.

    Returns:
        The pages that were written, which may be old versions, and all others.
    """
    commits = [index for index, frame in enumerate(frames) if frame.is_sound and frame.size]
    end = commits[-1] + 1 if commits else 0
    written, others = list[bytes](), list[bytes]()
    with path.open("r+b") as file:
        for index, frame in enumerate(frames):
            if frame.is_sound and index < end and 0 < frame.number <= frames[end - 1].size:
                file.seek((frame.number - 1) * PAGE)
                file.write(frame.page)
                written.append(frame.page)
            else:
                others.append(frame.page)
    return written, others


def _sum(data: bytes, start: tuple[int, int], words: struct.Struct) -> tuple[int, int]:
    """Return SQLite's checksum of some bytes, which continues the one of the bytes before."""
    first, second = start
    for one, two in words.iter_unpack(data):
        first = first + one + second & 0xFFFF_FFFF
        second = second + two + first & 0xFFFF_FFFF
    return first, second

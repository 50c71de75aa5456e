"""An answer's body: collected piece by piece, its Content-Encoding undone, within a bound.

HTTP libraries undo an encoding before anyone can look at the size, and a kilobyte of gzip can stand for
a megabyte. Here each step is told how much it may still give, so a bomb is never in memory.
"""

import zlib
from collections.abc import Callable
from typing import Final, Protocol

from pyttributionio._core.types import Flaw

UNDECODABLE: Final = Flaw("a readable body", "bytes that do not match their Content-Encoding")
_OVERHEAD: Final = 65536
"""Bytes by which an encoded body may be longer than what it stands for, where it is encoded twice."""
_GZIP_MAGIC: Final = b"\x1f\x8b"
_ZLIB_HEADER: Final = 2
"""Bytes that tell zlib's format."""


class _Decoder(Protocol):
    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...
    @property
    def eof(self) -> bool: ...


class _Deflate:
    """Read "deflate", by which some servers mean zlib's format and some the bare stream (RFC 9110, section 8.4.1.2)."""

    def __init__(self) -> None:
        self._decoder = zlib.decompressobj()
        self._head = b""

    @property
    def eof(self) -> bool:
        return self._decoder.eof

    def decompress(self, data: bytes, max_length: int = 0, /) -> bytes:
        if len(self._head) >= _ZLIB_HEADER:
            return self._decoder.decompress(data, max_length)
        self._head += data
        if len(self._head) < _ZLIB_HEADER:
            return b""
        try:
            return self._decoder.decompress(self._head, max_length)
        except zlib.error:
            self._decoder = zlib.decompressobj(-zlib.MAX_WBITS)
            return self._decoder.decompress(self._head, max_length)


class _Gzip:
    """Read gzip's format, of which a body may be several, one after the other (RFC 1952, section 2.2)."""

    def __init__(self) -> None:
        self._decoder = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self._head = b""

    @property
    def eof(self) -> bool:
        return self._decoder.eof

    def decompress(self, data: bytes, max_length: int = 0, /) -> bytes:
        given = b""
        while data:
            if self._decoder.eof:
                data = self._head + data
                if not data.startswith(_GZIP_MAGIC):
                    self._head = data[: len(_GZIP_MAGIC)]
                    break  # its second byte is still to come, or it is padding, which everybody passes over
                self._head, self._decoder = b"", zlib.decompressobj(zlib.MAX_WBITS | 16)
            given += self._decoder.decompress(data, max_length and max_length - len(given))
            if max_length and len(given) >= max_length:
                break
            data = self._decoder.unused_data
        return given


_DECODERS: Final[dict[str, Callable[[], _Decoder]]] = {"gzip": _Gzip, "x-gzip": _Gzip, "deflate": _Deflate}


class Body:
    """Collect a body of at most `most` bytes; `codings` is its Content-Encoding, where that is still to be undone.

    A coding that was not asked for is left as it is, as HTTP libraries do.
    """

    __slots__ = ("_decoders", "_flaw", "_most", "_pieces", "_size")

    def __init__(self, codings: str | None, most: int) -> None:
        names = reversed(codings.lower().split(",")) if codings else ()
        self._decoders = [_DECODERS[name.strip()]() for name in names if name.strip() in _DECODERS]
        self._most = most
        self._size = 0
        self._pieces: list[bytes] = []
        self._flaw: Flaw | None = None

    @property
    def refused(self) -> bool:
        """Whether no further piece is wanted."""
        return self._flaw is not None

    def take(self, piece: bytes) -> bool:
        """Take the next piece; return whether there may be another."""
        if not piece or self.refused:
            return not self.refused
        # One byte more than is allowed tells that there is more; 0 would mean "without a bound".
        room = self._most - self._size + 1
        try:
            for decoder in self._decoders:
                piece = decoder.decompress(piece, room if decoder is self._decoders[-1] else room + _OVERHEAD)
        except zlib.error:
            self._flaw = UNDECODABLE
            return False
        self._size += len(piece)
        if self._size > self._most:
            self._pieces.clear()
            self._flaw = Flaw(f"at most {self._most} bytes (max_response_bytes)", "longer")
            return False
        self._pieces.append(piece)
        return True

    def end(self) -> bytes | Flaw:
        """Return the whole body, or what is wrong with it."""
        if self._flaw is None and self._pieces and not all(decoder.eof for decoder in self._decoders):
            return UNDECODABLE
        return self._flaw or b"".join(self._pieces)

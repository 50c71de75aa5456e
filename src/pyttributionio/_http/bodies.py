"""The body of an answer: how it is read in pieces, decoded, and limited.

HTTP libraries decode a piece before the caller can check its size, and a kilobyte of gzip can become a megabyte. Such
a body is called a decompression bomb. Here each decoder gets the number of bytes that it may still return, so the
decoded bytes beyond the limit are never in memory.
"""

import codecs
import zlib
from collections.abc import Callable
from typing import Final, Protocol

from pyttributionio._core.types import Flaw, RawHeaders
from pyttributionio._shared.text import one_line

UNDECODABLE: Final = Flaw("a readable body", "bytes that do not match their Content-Encoding")
_OVERHEAD: Final = 65536
"""The bytes by which a body after one of two decodings may be longer than the limit."""
_GZIP_MAGIC: Final = b"\x1f\x8b"
_ZLIB_HEADER: Final = 2
"""The bytes by which zlib's format is recognised."""
_NO_CODING: Final = frozenset({"", "identity"})
_MOST_CODINGS: Final = 4
"""The limit of codings of one body. Normal servers use one."""
_LONGEST_NAME: Final = 40
_CONTENT_ENCODING: Final = frozenset({"content-encoding", b"content-encoding"})


class _Decoder(Protocol):
    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...
    @property
    def eof(self) -> bool: ...


class _Deflate:
    """Read "deflate". Some servers send zlib's format, and some the bare stream (RFC 9110, section 8.4.1.2)."""

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
    """Read gzip's format. A body may have several members, one after the other (RFC 1952, section 2.2)."""

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
                    break  # its second byte has not come yet, or it is padding, which all decoders ignore
                self._head, self._decoder = b"", zlib.decompressobj(zlib.MAX_WBITS | 16)
            given += self._decoder.decompress(data, max_length and max_length - len(given))
            if max_length and len(given) >= max_length:
                break
            data = self._decoder.unused_data
        return given


_DECODERS: Final[dict[str, Callable[[], _Decoder]]] = {"gzip": _Gzip, "x-gzip": _Gzip, "deflate": _Deflate}


class Body:
    """Collect a body of at most `limit` bytes, and undo its Content-Encoding.

    No request asks for another coding than gzip and deflate. If a body has one, it is not decoded. It is a flaw unless
    the body is text all the same: some servers put a character encoding into this header.

    Args:
        headers: The answer's headers; None if the body is decoded already.
        limit: The limit in bytes after decoding.
        is_excerpt: Whether the first `limit` bytes of a longer body are kept. Otherwise a longer body is a flaw.
    """

    __slots__ = ("_decoders", "_flaw", "_is_cut", "_is_excerpt", "_limit", "_pieces", "_size", "_unknown")

    def __init__(self, headers: RawHeaders | None, limit: int, *, is_excerpt: bool) -> None:
        self._limit = limit
        self._is_excerpt = is_excerpt
        self._size = 0
        self._pieces: list[bytes] = []
        self._flaw: Flaw | None = None
        self._is_cut = False
        self._decoders: list[_Decoder] = []
        self._unknown: str | None = None
        for name, value in headers or ():
            if name.lower() in _CONTENT_ENCODING:
                self._add_decoders(value.decode("latin-1") if isinstance(value, bytes) else value)

    def _add_decoders(self, codings: str) -> None:
        """Add the decoders of a header. It lists the codings in the order in which they were applied."""
        names = [name.strip() for name in codings.lower().split(",")]
        self._decoders[:0] = [_DECODERS[name]() for name in reversed(names) if name in _DECODERS]
        unknown = next((name for name in names if name not in _DECODERS and name not in _NO_CODING), None)
        self._unknown = self._unknown or unknown
        if len(self._decoders) > _MOST_CODINGS:
            self._flaw = Flaw(f"at most {_MOST_CODINGS} content codings", f"{len(self._decoders)}, one over the other")

    @property
    def is_complete(self) -> bool:
        """Whether no further piece is needed."""
        return self._is_cut or self._flaw is not None

    def add(self, piece: bytes) -> bool:
        """Add the next piece; return whether another one is needed."""
        if self.is_complete:
            return False
        # One byte more than the limit shows that the body is longer. To a decoder, 0 means "no limit".
        room = self._limit - self._size + 1
        try:
            for decoder in self._decoders:
                if piece:
                    piece = decoder.decompress(piece, room if decoder is self._decoders[-1] else room + _OVERHEAD)
        except zlib.error:
            self._flaw = self._not_decoded()
            return False
        self._size += len(piece)
        if self._size > self._limit:
            return self._end_early(piece)
        if piece:
            self._pieces.append(piece)
        return True

    def _end_early(self, piece: bytes) -> bool:
        if self._is_excerpt:
            self._pieces.append(piece[: len(piece) - (self._size - self._limit)])
            self._is_cut = True
        else:
            self._pieces.clear()
            self._flaw = Flaw(f"at most {self._limit} bytes (max_response_bytes)", "longer")
        return False

    def content(self) -> bytes | Flaw:
        """Return the body, or the reason why it can't be used."""
        if self._flaw is not None:
            return self._flaw
        if self._decoders and self._pieces and not self._is_cut and not all(each.eof for each in self._decoders):
            return self._not_decoded()
        content = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        if self._unknown is not None and not _is_text(content, is_cut=self._is_cut):
            return self._not_decoded()
        return content

    def _not_decoded(self) -> Flaw:
        if self._unknown is None:
            return UNDECODABLE
        shown = one_line(self._unknown[:_LONGEST_NAME])
        return Flaw(
            "a body in gzip, deflate or no coding", f'in the coding "{shown}", which the request did not ask for'
        )


def _is_text(content: bytes, *, is_cut: bool) -> bool:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)):
        return True
    try:
        codecs.getincrementaldecoder("utf-8")().decode(content, final=not is_cut)
    except UnicodeDecodeError:
        return False
    return True

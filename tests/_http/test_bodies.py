"""A body within its bound: encodings are undone step by step, and a bomb is never held."""

import gzip
import tracemalloc
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyttributionio._core.types import Flaw
from pyttributionio._http.bodies import UNDECODABLE, Body

TOO_LONG = Flaw("at most 10 bytes (max_response_bytes)", "longer")

PLAIN = '{"customer": {"client_id": "é"}}'.encode()


def bare(data: bytes) -> bytes:
    """Compress as servers do that take "deflate" by its word."""
    return zlib.compress(data)[2:-4]


CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "GZip": gzip.compress,
    "deflate": zlib.compress,
    " deflate ": bare,
    "identity": bytes,
    "GZIP ": lambda data: b"".join(gzip.compress(data[at : at + 100]) for at in range(0, len(data) or 1, 100)),
    "deflate, gzip": lambda data: gzip.compress(zlib.compress(data)),
}


def read(codings: str | None, most: int, *pieces: bytes) -> bytes | Flaw:
    """Collect pieces as a transport does."""
    body = Body(None if codings is None else [("Content-Encoding", codings)], most, is_excerpt=False)
    for piece in pieces:
        if not body.add(piece):
            break
    return body.content()


@given(st.sampled_from(sorted(CODINGS)), st.binary(max_size=300), st.integers(1, 50))
def test_any_body_in_any_pieces_is_read(codings: str, data: bytes, size: int) -> None:
    """However it is cut on its way."""
    sent = CODINGS[codings](data)
    pieces = [sent[start : start + size] for start in range(0, len(sent), size)]
    assert read(codings, len(data) or 1, *pieces) == data


@pytest.mark.parametrize("codings", sorted(CODINGS))
def test_bound_is_exact(codings: str) -> None:
    """As many bytes as are allowed pass, one more does not, in one piece or in several."""
    fits, longer = (CODINGS[codings](b"x" * size) for size in (10, 11))
    assert read(codings, 10, fits) == b"x" * 10
    assert read(codings, 10, longer) == TOO_LONG
    assert read(codings, 10, *[longer[place : place + 1] for place in range(len(longer))]) == TOO_LONG


@pytest.mark.parametrize("codings", ["gzip", "deflate", "deflate, gzip"])
def test_bomb_is_never_held(codings: str) -> None:
    """Sixty-four megabytes in as many kilobytes, one piece: no more than the bound is ever made of it."""
    bomb = CODINGS[codings](bytes(64_000_000))
    tracemalloc.start()
    found = read(codings, 1_000_000, bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(found, Flaw)
    assert peak < 6_000_000


@pytest.mark.parametrize("codings", ["gzip", "deflate", "deflate, gzip"])
def test_what_is_not_as_it_says_is_undecodable(codings: str) -> None:
    """Bytes of no such encoding, and bytes that end before it does."""
    whole = CODINGS[codings](b"x" * 100)
    assert read(codings, 1000, b"this is none") == UNDECODABLE
    assert read(codings, 1000, whole[:-5]) == UNDECODABLE


@pytest.mark.parametrize("codings", ["br", "zstd", "gzip, br", "br, gzip", "identity, Br", "deflate, aws-chunked"])
def test_coding_that_was_not_asked_for_is_named(codings: str) -> None:
    """Where its bytes are no text, also if another coding hides it. A name is cut, and on one line."""
    sent = b"\x8b\x02\x80not text\x03"
    outer = {"br, gzip": gzip.compress, "deflate, aws-chunked": zlib.compress}.get(codings, bytes)
    found = read(codings, 1000, outer(sent))
    assert isinstance(found, Flaw)
    name = next(name for name in codings.lower().split(", ") if name not in {"gzip", "identity", "deflate"})
    assert found.found == f'in the coding "{name}", which the request did not ask for'
    assert found.expected == "a body in gzip, deflate or no coding"
    long = read("x" * 1000 + "\x1b[31m", 1000, sent)
    assert isinstance(long, Flaw)
    assert len(long.found) < 120
    assert "\x1b" not in str(read("\x1b[31m", 1000, sent))


@pytest.mark.parametrize("codings", ["utf-8", "UTF-8, gzip", "br", "none", "", ",", "identity"])
def test_text_is_read_whatever_its_coding_is_called(codings: str) -> None:
    """Some servers put a character encoding there, or a name without the coding."""
    for text in (PLAIN, PLAIN.decode().encode("utf-16"), b"\xef\xbb\xbf" + PLAIN, b""):
        assert read(codings, 1000, gzip.compress(text) if "gzip" in codings else text) == text


def test_excerpt_of_a_text_may_end_inside_of_a_character() -> None:
    """It was cut there."""
    body = Body([("Content-Encoding", "utf-8")], 3, is_excerpt=True)
    body.add("aéé".encode())
    assert body.content() == "aéé".encode()[:3]


def test_empty_body_is_empty_whatever_its_encoding() -> None:
    """Servers announce an encoding for bodies they don't have, too."""
    assert read("gzip", 10) == read("gzip", 10, b"") == b""


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_second_gzip_body_is_read_wherever_it_is_cut(size: int) -> None:
    """Also between the two bytes that tell it."""
    sent = gzip.compress(b"first, ") + gzip.compress(b"") + gzip.compress(b"last")
    assert read("gzip", 100, *[sent[at : at + size] for at in range(0, len(sent), size)]) == b"first, last"


@pytest.mark.parametrize("rest", [b"\0" * 40, b"\x1f", b"\x1f\x1f\x8b", b"\n"])
def test_what_follows_a_gzip_body_is_passed_over_unless_it_is_another(rest: bytes) -> None:
    """Some servers pad, and nobody minds."""
    sent = gzip.compress(b"0123456789") + rest
    assert read("gzip", 10, sent) == read("gzip", 10, *[sent[at : at + 1] for at in range(len(sent))]) == b"0123456789"


def test_second_gzip_body_that_is_cut_is_no_readable_body() -> None:
    """Half of an answer is none."""
    assert read("gzip", 100, gzip.compress(b"first") + gzip.compress(b"second")[:-9]) == UNDECODABLE

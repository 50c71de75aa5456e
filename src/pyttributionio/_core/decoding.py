"""The JSON of a body, read tolerantly: what is odd in a text or a number does not fail the answer.

pydantic reads most answers directly. An answer comes here if pydantic refuses it, or finds no number in it where the
JSON has one. RFC 8259 leaves each of these to the reader: a byte order mark and other encodings than UTF-8 (section
8.1), halves of surrogate pairs (8.2), the range of numbers and the depth of nesting (9). Texts that are not JSON, such
as NaN, are refused.
"""

import codecs
import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import chain
from json import JSONDecoder
from math import isfinite
from operator import attrgetter
from types import NoneType
from typing import Any, Final, NamedTuple, NoReturn, TypeAlias, cast

from pydantic import BaseModel
from pydantic_core import from_json

from pyttributionio._core.drift import Drift, DriftKind
from pyttributionio._shared.text import preview, shown_name
from pyttributionio.models import Customer
from pyttributionio.models._base import Model
from pyttributionio.models._lenient import Location, UnreadableError, find_place, model_in

MAX_DEPTH: Final = 600
"""The limit of levels of nesting. The parser of pydantic has 200; some functions of Python fail at a thousand."""

_MAX_DIGITS: Final = 4300
"""The limit of digits of a whole number, in pydantic as in Python: a conversion takes quadratic time."""
_ENCODINGS: Final = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8 with a byte order mark"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),  # before UTF-16, whose mark is the beginning of this one
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)
"""The encodings that a byte order mark names."""
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_ESCAPED_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_STRING_OR_OPENING: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[{\[]', re.DOTALL)
_SMALL: Final = 4096
_DIGITS_ALIKE: Final = bytes.maketrans(b"123456789E", b"000000000e")
_MANY_DIGITS: Final = b"0" * 200
_LEAVES: Final = frozenset({str, int, bool, NoneType})
_EXTRA: Final = attrgetter("__pydantic_extra__")
_Container: TypeAlias = dict[object, object] | list[object]


class Oddity(NamedTuple):
    """A difference from plain JSON in UTF-8 that a model does not show."""

    location: Location
    kind: DriftKind
    text: str


class Decoded(NamedTuple):
    """The JSON of a body.

    Attributes:
        document: The JSON. A text replaces each number that Python cannot represent.
        numbers: The places of these texts.
        oddities: The differences in texts and in the encoding.
    """

    document: object
    numbers: list[Location]
    oddities: list[Oddity]


PLAIN: Final = Decoded(None, [], [])
"""An answer that pydantic read directly, so there is nothing odd in its JSON."""


class _Number(str):
    """The text of a number that a float or an int does not represent."""

    __slots__ = ()


def _whole_number(text: str) -> int | _Number:
    try:
        return int(text) if len(text) <= _MAX_DIGITS else _Number(text)
    except ValueError:  # the program has a lower limit, see sys.set_int_max_str_digits
        return _Number(text)


def _fraction(text: str) -> float | _Number:
    value = float(text)
    return value if isfinite(value) else _Number(text)


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number")


_DECODER: Final = JSONDecoder(parse_int=_whole_number, parse_float=_fraction, parse_constant=_no_number)


def decode(content: bytes) -> Decoded:
    """Decode a body.

    Raises:
        UnreadableError: The body is not JSON.
    """
    try:
        plain: object = from_json(content, allow_inf_nan=False)
    except ValueError:
        pass
    else:
        if not (may_have_no_number(content) and has_no_number(plain)):
            return Decoded(plain, [], [])
    oddities: list[Oddity] = []
    text = _text(content, oddities)
    try:
        document: object = _DECODER.decode(text)
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        raise UnreadableError("", "JSON", f"not JSON ({error})") from None
    decoded = Decoded(document, [], oddities)
    _examine(decoded, may_have_surrogates=bool(_ESCAPED_SURROGATE.search(text) or _SURROGATE.search(text)))
    return decoded


def _too_deep() -> UnreadableError:
    return UnreadableError("", "JSON", f"nested more than {MAX_DEPTH} levels deep")


def _text(content: bytes, oddities: list[Oddity]) -> str:
    """Return a body as text, in which surrogates replace bytes that are no text."""
    encoding = "utf-8"
    for mark, name, shown in _ENCODINGS:
        if content.startswith(mark):
            oddities.append(Oddity((), "unexpected_encoding", shown))
            encoding, content = name, content[len(mark) :]
            break
    for errors in ("strict", "surrogatepass", "surrogateescape" if encoding == "utf-8" else "replace"):
        try:
            return content.decode(encoding, errors)
        except UnicodeDecodeError:
            pass
    raise AssertionError("the last one never fails")


def _examine(decoded: Decoded, *, may_have_surrogates: bool) -> None:
    """Replace odd numbers and characters in the JSON, note their places, and check the depth."""
    stack: list[tuple[Location, _Container]] = []

    def visit(location: Location, value: object) -> object:
        """Return what replaces a value."""
        if isinstance(value, dict | list):
            stack.append((location, cast("_Container", value)))
            return cast("_Container", value)
        if isinstance(value, _Number):
            decoded.numbers.append(location)
            return str(value)
        if may_have_surrogates and isinstance(value, str) and _SURROGATE.search(value):
            value = _without_surrogates(value)
            decoded.oddities.append(Oddity(location, "unreadable_character", value))
        return value

    visit((), decoded.document)
    while stack:
        location, container = stack.pop()
        if len(location) >= MAX_DEPTH:
            raise _too_deep()
        if isinstance(container, list):
            container[:] = [visit((*location, index), value) for index, value in enumerate(container)]
            continue
        members = list(container.items())
        container.clear()
        for key, value in members:
            name = str(key)
            if may_have_surrogates and _SURROGATE.search(name):
                name = _without_surrogates(name)
                decoded.oddities.append(Oddity((*location, name), "unreadable_character", name))
            container[name] = visit((*location, name), value)


def _without_surrogates(text: str) -> str:
    """Join the pairs of surrogates that were encoded separately, and replace the others by U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def check_items(content: bytes, limit: int) -> None:
    """Check the number of objects and arrays in a body, before any of them is made.

    An empty object has two bytes, and its model a thousand.

    Raises:
        UnreadableError: There are more than `limit`.
    """
    # Each one has two brackets; and the brackets in texts are counted too, until there are too many.
    if len(content) <= 2 * limit or content.count(b"{") + content.count(b"[") <= limit:
        return
    if any(content.startswith(mark) for mark, _, _ in _ENCODINGS):
        content = _text(content, []).encode("utf-8", "replace")
    count = 0
    for found in _STRING_OR_OPENING.finditer(content):
        count += found[0] in {b"{", b"["}
        if count > limit:
            raise UnreadableError("", f"JSON with at most {limit} objects and arrays (max_response_items)", "longer")


def may_have_no_number(content: bytes) -> bool:
    """Return whether a body may contain NaN, Infinity or a number too large for a float.

    Visiting the values of a small answer takes longer than this search. For a large answer it is the reverse.
    """
    if len(content) > _SMALL:
        return True
    # A float of less than 200 digits, and an exponent of less than three, is finite.
    # From the end, because that takes bytes half of the time of a search from the start.
    find = content.translate(_DIGITS_ALIKE).rfind
    has_large_exponent = find(b"0e000") >= 0 or find(b"0e+000") >= 0
    return has_large_exponent or find(b"NaN") >= 0 or find(b"Infinity") >= 0 or find(_MANY_DIGITS) >= 0


def has_no_number(found: object) -> bool:
    """Return whether an unknown field has a number that is none: NaN, Infinity, or one too large for a float.

    pydantic refuses these in the fields that models have.
    """
    stack = [found]
    while stack:
        value = stack.pop()
        kind = type(value)
        if kind in _LEAVES:
            continue
        if isinstance(value, float):
            if not isfinite(value):
                return True
        elif isinstance(value, list):
            stack += cast("list[object]", value)
        elif isinstance(value, dict):
            stack += cast("dict[str, object]", value).values()
        elif isinstance(value, Model):
            if _have_no_number([value]):
                return True
        elif isinstance(value, BaseModel):  # a model of the program, which may contain ours
            stack += [vars(value), value.__pydantic_extra__]
    return False


def _have_no_number(models: list[Any]) -> bool:
    """Return the same for models of one class. Most of the work is in C: a large answer has thousands of models."""
    for extra in filter(None, map(_EXTRA, models)):
        for value in extra.values():
            kind = cast("type[object]", type(value))
            if kind not in _LEAVES and (not isfinite(value) if kind is float else has_no_number(value)):
                return True
    for field in _fields_with_models(cast("type[Model]", type(models[0]))):
        inner = [*filter(None, map(field, models))]
        if inner and isinstance(inner[0], list):
            inner = [*chain.from_iterable(inner)]
        if inner and _have_no_number(inner):
            return True
    return False


@cache
def _fields_with_models(kind: type[Model]) -> list[Callable[[Any], Any]]:
    return [attrgetter(name) for name, field in kind.model_fields.items() if model_in(field.annotation)]


def drift_in(decoded: Decoded, kind: type[object], key: str | None, redact: Callable[[str], str]) -> Iterator[Drift]:
    """Yield the differences in the JSON of an answer whose member `key` was read into a type."""
    for oddity in decoded.oddities:
        model, path = _place_of(oddity.location, kind, key, redact)
        shown = oddity.text if oddity.kind == "unexpected_encoding" else preview(oddity.text, redact)
        yield Drift(model, path, oddity.kind, shown)
    for location in decoded.numbers:
        inside = location if key is None else location[1:] if location[0] == key else ()
        if find_place(kind, inside)[0] == inside != ():
            continue  # in a field, whose raw value shows it
        yield Drift(*_place_of(location, kind, key, redact), "unreadable_value", "a number too large to represent")


def _place_of(location: Location, kind: type[object], key: str | None, redact: Callable[[str], str]) -> tuple[str, str]:
    """Return the name of the model that a location is in, and its path without list positions."""
    current, path, steps = None, "", location
    if key is None or location[:1] == (key,):
        current, path, steps = model_in(kind), key or "answer", location[bool(key) :]
    model = current
    for step in steps:
        if isinstance(step, int):
            path += "[]"
            continue
        is_field = current is not None and step in current.model_fields
        path += f".{step if is_field else shown_name(step, redact)}"
        model = current or model
        current = model_in(current.model_fields[step].annotation) if current is not None and is_field else None
    name = "Answer" if model is None else "Customer" if issubclass(model, Customer) else model.__name__
    return name, path.removeprefix(".")

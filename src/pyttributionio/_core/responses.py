"""From status and bytes to a model or an error. Pure: no clock, no socket, no HTTP library."""

import re
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from http import HTTPStatus
from types import NoneType
from typing import Any, Final, Generic, TypeVar, cast

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from pyttributionio._core.decoding import (
    PLAIN,
    Decoded,
    check_items,
    decode,
    drift_in,
    has_no_number,
    may_have_no_number,
)
from pyttributionio._core.drift import Drift, DriftKind
from pyttributionio._core.hints import Hint, hint
from pyttributionio._core.settings import Settings
from pyttributionio._core.types import Answer, APIRequest, Call, Flaw
from pyttributionio._errors import APIStatusError, RequestInfo, ResponseValidationError, status_error_type
from pyttributionio._shared.headers import Headers
from pyttributionio._shared.naming import set_public_module
from pyttributionio._shared.setup_lock import setup_lock
from pyttributionio._shared.text import one_line, preview, shown_name
from pyttributionio.models import Customer, Meta
from pyttributionio.models._base import Model
from pyttributionio.models._facts import INCLUDE_FLAGS
from pyttributionio.models._lenient import UnreadableError, member_of, model_in, read_leniently
from pyttributionio.models._odd_values import parts_of

__all__ = ["RawResponse"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
M = TypeVar("M", bound=Model)

_STRICTLY: Final[Mapping[DriftKind, str]] = {
    "unknown_field": "absent, because no schema names it (strict=True)",
    "unreadable_value": "of the type in its schema (strict=True)",
    "missing_collection": "an array, because it was requested (strict=True)",
    "unreadable_character": "text of Unicode characters (strict=True)",
    "unexpected_encoding": "UTF-8 without a byte order mark (strict=True)",
}
_LIST_POSITION: Final = re.compile(r"\[[0-9]+\]")
_LONGEST_EXCERPT = 200
_ENVELOPE: Final = ConfigDict(strict=True, extra="allow")


@lru_cache(maxsize=128)  # a program may make models at run time
def _adapter(kind: type[Any], envelope: str | None) -> TypeAdapter[Any]:
    """Return the validator of an answer: of the whole body, or of an object with the envelope as a member."""
    with setup_lock():
        if envelope is None:
            return TypeAdapter(kind)
        members = TypedDict("members", {envelope: kind})  # type: ignore[misc]  # its members are known at run time
        members.__pydantic_config__ = _ENVELOPE  # type: ignore[attr-defined]  # pydantic reads it
        adapter: TypeAdapter[Any] = TypeAdapter(members)
        least = "{}" if model_in(kind) is kind else "[{}]"
        with suppress(ValidationError):  # pydantic-core sets up some parts when it first validates JSON
            adapter.validate_json(f'{{"{envelope}":{least}}}')
    return adapter


class RawResponse(Generic[T_co]):
    """An answer as received, and the model that it can be read into.

    Attributes:
        status_code: The HTTP status, a 2xx.
        content: The body's bytes after decompression; empty if `parse` says that it is too long.
        elapsed: Seconds that the call took, from the first attempt to the last byte, retries and waits included.
        attempts: The number of times the request was sent, the first included.
    """

    __slots__ = ("_answer", "_read", "attempts", "content", "elapsed", "status_code")

    def __init__(self, answer: Answer, read: Callable[[], T_co]) -> None:
        self.status_code: int = answer.reply.status
        content = answer.reply.content
        self.content: bytes = b"" if isinstance(content, Flaw) else content
        self.elapsed: float = answer.elapsed
        self.attempts: int = answer.attempts
        self._answer = answer
        self._read = read

    @property
    def headers(self) -> Headers:
        """The answer's headers, by name in any case."""
        return self._answer.reply.headers

    def parse(self) -> T_co:
        """Read the body into the model that the plain call returns.

        Raises:
            ResponseValidationError: The answer to a read is not what the API promises.
        """
        return self._read()

    def __repr__(self) -> str:
        return f"RawResponse(status_code={self.status_code}, {len(self.content)} bytes, attempts={self.attempts})"


def status_error(
    settings: Settings, call: Call[Any], request: APIRequest, answer: Answer, asked: float | None
) -> APIStatusError:
    """Return the error of an answer that is not a 2xx. `asked` is the pause of its Retry-After, in seconds."""
    reply = answer.reply
    found = hint(settings, request, reply.status) or Hint("", str)
    body = found.redact(settings.redact(_text(reply.content)))
    shown = RequestInfo(request.method, found.redact(request.url))
    advice = {reply.status: found.text} if found.text else call.advice
    return status_error_type(reply.status)(
        _status_message(shown, advice, reply.status, _excerpt(settings, reply.content, body), answer.attempts, asked),
        request=shown,
        attempts=answer.attempts,
        status_code=reply.status,
        headers=Headers(
            (found.redact(name), found.redact(settings.redact(value))) for name, value in reply.headers.items()
        ),
        body=body,
        retry_after=asked,
    )


def _status_message(
    shown: RequestInfo, advice: Mapping[int, str], status: int, excerpt: str, attempts: int, asked: float | None
) -> str:
    try:
        phrase = f" {HTTPStatus(status).phrase}"
    except ValueError:
        phrase = ""
    message = f"{shown} was answered {status}{phrase}"
    if status in advice:
        message += f": {advice[status]}"
    elif 300 <= status <= 399:
        message += ": redirects are not followed, because they could lead to another server; check the base URL"
    if attempts > 1:
        message += f" ({attempts} attempts)"
    if asked:
        message += f"; it asks to wait {asked:.0f} s"
    return f"{message}. {excerpt}" if excerpt else message


def _excerpt(settings: Settings, content: bytes | Flaw, body: str) -> str:
    if isinstance(content, Flaw):
        return f"Its body is not shown: it is {settings.redact(content.found)}"
    text = one_line(" ".join(body.split()))
    cut = "…" if len(text) > _LONGEST_EXCERPT else ""
    return f"The server said: {text[:_LONGEST_EXCERPT]}{cut}" if text else ""


def _text(content: bytes | Flaw) -> str:
    return "" if isinstance(content, Flaw) else content.decode("utf-8", errors="replace")


def read_answer(settings: Settings, call: Call[T], request: APIRequest, answer: Answer) -> T:
    """Read a 2xx into the type of the call; report its differences from the schemas.

    Raises:
        ResponseValidationError: The body can't be read into the type.
    """
    if call.kind is NoneType:
        return cast("T", None)
    try:
        found, others, decoded = _read(settings, call, answer.reply.content)
    except UnreadableError as error:
        problem = error
    else:
        drift = None
        if settings.strict or settings.on_drift is not None:
            drift = _report(settings, call, found, others, decoded)
        if drift is None:
            return found
        problem = UnreadableError(drift.path, _STRICTLY[drift.kind], drift.example or "missing")
        raise _validation_error(settings, request, answer, problem)
    # Outside the except block, so that the error has no context: pydantic's error shows the values. The content is in
    # no local variable, because it may repeat the URL with the secret.
    if settings.on_drift is not None:
        path = _LIST_POSITION.sub("[]", problem.path)
        settings.on_drift.answered([Drift(_shown_kind(call.kind), path, "unreadable_answer", problem.found)])
    raise _validation_error(settings, request, answer, problem)


def _shown_kind(kind: type[object]) -> str:
    """Return the name of the model in a type. The subclasses of Customer differ only in their collections."""
    model = model_in(kind)
    if model is None:
        return "Answer"
    return "Customer" if issubclass(model, Customer) else model.__name__


def _validation_error(
    settings: Settings, request: APIRequest, answer: Answer, problem: UnreadableError
) -> ResponseValidationError:
    where = problem.path or "the body"
    return ResponseValidationError(
        settings.redact(
            f"{request.method} {request.url} was answered {answer.reply.status}, but {where} should be "
            f"{problem.expected}, and is {problem.found}"
        ),
        request=RequestInfo(request.method, request.url),
        attempts=answer.attempts,
        status_code=answer.reply.status,
        path=problem.path,
        expected=problem.expected,
        body=settings.redact(_text(answer.reply.content)),
    )


def _read(settings: Settings, call: Call[T], content: bytes | Flaw) -> tuple[T, dict[str, object], Decoded]:
    """Return what the call returns, the other members of the answer, and how its JSON was decoded."""
    if isinstance(content, Flaw):
        raise UnreadableError("", content.expected, settings.redact(content.found))
    if len(content) > 2 * settings.max_response_items:  # a shorter body can't have too many: each has two brackets
        check_items(content, settings.max_response_items)
    if call.kind is dict:
        decoded = decode(content)
        found = member_of(decoded.document, call.envelope, settings.redact)
        return cast("T", _object(found, call.envelope, settings)), {}, decoded
    try:
        whole = _adapter(cast("Hashable", call.kind), call.envelope).validate_json(content)
    except ValidationError:
        pass
    else:
        if not (may_have_no_number(content) and has_no_number(whole)):
            return (whole, {}, PLAIN) if call.envelope is None else (whole.pop(call.envelope), whole, PLAIN)
    decoded = decode(content)
    read = read_leniently(call.kind, decoded.document, call.envelope, settings.redact, numbers=decoded.numbers)
    if call.envelope is None:
        return read, {}, decoded
    members = cast("dict[str, object]", decoded.document)
    return read, {name: value for name, value in members.items() if name != call.envelope}, decoded


def _object(found: object, envelope: str | None, settings: Settings) -> dict[str, object]:
    if not isinstance(found, dict):
        raise UnreadableError(envelope or "", "an object", preview(found, settings.redact))
    return cast("dict[str, object]", found)


def read_echo(settings: Settings, call: Call[M], sent: Model, answer: Answer) -> M:
    """Return the sent values, replaced by those of the server's echo. It does not fail, whatever the body is."""
    kind, key, content = call.kind, call.envelope or "", answer.reply.content
    said = sent.model_dump()
    if not isinstance(content, Flaw) and not content.strip():
        return kind.model_validate(said)
    try:
        if isinstance(content, Flaw):
            raise UnreadableError("", content.expected, settings.redact(content.found))
        check_items(content, settings.max_response_items)
        decoded = decode(content)
        echo = read_leniently(kind, decoded.document, key, settings.redact, defaults=said, numbers=decoded.numbers)
    except UnreadableError as error:
        drifts = [Drift(kind.__name__, error.path or key, "unreadable_echo", error.found)]
        echo = kind.model_validate(said)
    else:
        drifts = []
        if settings.on_drift is not None:
            drifts = [*drift_in(decoded, kind, key, settings.redact), *find_drift(echo, key, settings.redact)]
    if settings.on_drift is not None:
        settings.on_drift.answered(drifts)
    return echo


def _report(
    settings: Settings, call: Call[Any], found: object, others: Mapping[str, object], decoded: Decoded
) -> Drift | None:
    """Report all differences of an answer; return the first one if strict=True makes it an error."""
    drifts = [*drift_in(decoded, call.kind, call.envelope, settings.redact)]
    drifts += _drift_of(found, call.envelope or "answer", settings.redact)
    for name, value in others.items():
        drifts.append(
            Drift("Answer", shown_name(name, settings.redact), "unknown_field", preview(value, settings.redact))
        )
    if settings.on_drift is not None:
        settings.on_drift.answered(drifts)
    return drifts[0] if settings.strict and drifts else None


def _drift_of(found: object, path: str, redact: Callable[[str], str]) -> Iterator[Drift]:
    """Yield the differences in a value: in a model of the schemas, or in a list of them."""
    if isinstance(found, Model):
        yield from find_drift(found, path, redact)
    elif isinstance(found, BaseModel):  # a model of the user, which may contain ours
        for name, value in vars(found).items():
            yield from _drift_of(value, f"{path}.{name}", redact)
    elif isinstance(found, list):
        for item in cast("list[object]", found):
            yield from _drift_of(item, f"{path}[]", redact)


def find_drift(model: Model, path: str, redact: Callable[[str], str]) -> Iterator[Drift]:
    """Yield the differences between a model's answer and its schema, and those of the models in it."""
    name, fields = _shown_kind(type(model)), type(model).model_fields
    parts = parts_of(model)
    for extra, value in (model.model_extra or {}).items():
        if extra in parts and extra in INCLUDE_FLAGS and isinstance(value, list):
            shown = (preview(item, redact) for item in cast("list[object]", value) if not isinstance(item, dict))
            same: dict[str, Drift] = {}  # one object for equal ones: a list may have millions
            yield from (
                same.setdefault(one, Drift(name, f"{path}.{extra}[]", "unreadable_value", one)) for one in shown
            )
        elif extra in fields:
            yield Drift(name, f"{path}.{extra}", "unreadable_value", preview(value, redact))
        elif not isinstance(model, Meta):  # its further members are those that users of this SDK sent
            yield Drift(name, f"{path}.{shown_name(extra, redact)}", "unknown_field", preview(value, redact))
    for field in fields:
        if field in INCLUDE_FLAGS and field not in model.model_fields_set:
            yield Drift(name, f"{path}.{field}", "missing_collection", "")
        yield from _drift_of(model.__dict__.get(field, parts.get(field)), f"{path}.{field}", redact)


set_public_module(RawResponse)

"""From status and bytes to a model or an error. Pure: no clock, no socket, no HTTP library."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from http import HTTPStatus
from typing import Final, Generic, TypeVar, cast

from pydantic import ConfigDict, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from pyttributionio._core.decoding import PLAIN, Decoded, check_items, decode, drift_in, has_no_number
from pyttributionio._core.drift import Drift, DriftKind
from pyttributionio._core.settings import Settings
from pyttributionio._core.types import Answer, APIRequest, Flaw
from pyttributionio._errors import APIStatusError, RequestInfo, ResponseValidationError, status_error_type
from pyttributionio._shared.headers import Headers
from pyttributionio._shared.naming import set_public_module
from pyttributionio._shared.setup_lock import setup_lock
from pyttributionio._shared.text import preview, shown_name
from pyttributionio.models import Customer, Meta
from pyttributionio.models._base import Model
from pyttributionio.models._facts import INCLUDE_FLAGS
from pyttributionio.models._lenient import UnreadableError, read_leniently
from pyttributionio.models._odd_values import parts_of

__all__ = ["RawResponse"]

T_co = TypeVar("T_co", covariant=True)
C = TypeVar("C", bound=Customer)
M = TypeVar("M", bound=Model)

_ACCOUNT_DISABLED: Final = "the account is disabled; check its payment status or contact the vendor"
_ADVICE_TO_READS: Final = {
    401: "check the public key and the secret",
    403: _ACCOUNT_DISABLED,
    404: "no identity call has named this id; if one has, check base_url, its version included",
}
_ADVICE_TO_POSTS: Final = {401: "check the public key", 403: _ACCOUNT_DISABLED}
_STRICTLY: Final[Mapping[DriftKind, str]] = {
    "unknown_field": "absent, for no schema names it (strict=True)",
    "unreadable_value": "of the type its schema assumes (strict=True)",
    "missing_collection": "an array, for it was asked for (strict=True)",
    "unreadable_character": "text of Unicode characters (strict=True)",
    "unexpected_encoding": "UTF-8 without a byte order mark (strict=True)",
}
_LIST_POSITION: Final = re.compile(r"\[[0-9]+\]")
_LONGEST_EXCERPT = 200


class _Envelope(TypedDict, Generic[C]):
    __pydantic_config__ = ConfigDict(strict=True, extra="allow")  # type: ignore[misc]  # pydantic reads it; TypedDict has no other place
    customer: C


@cache
def _envelope(kind: type[C]) -> TypeAdapter[_Envelope[C]]:
    with setup_lock():
        adapter: TypeAdapter[_Envelope[C]] = TypeAdapter(_Envelope[kind])  # type: ignore[valid-type]  # made at run time, one for each class
        adapter.validate_json(b'{"customer":{}}')  # for what pydantic-core sets up at its first JSON
    return adapter


class RawResponse(Generic[T_co]):
    """An answer as it came, and the model it can be read into.

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


def status_error(settings: Settings, request: APIRequest, answer: Answer, asked: float | None) -> APIStatusError:
    """Return the error of an answer that is not a 2xx; `asked` is what its Retry-After says, in seconds."""
    reply = answer.reply
    body = settings.redact(_text(reply.content))
    return status_error_type(reply.status)(
        _status_message(request, reply.status, _excerpt(settings, reply.content, body), answer.attempts, asked),
        request=RequestInfo(request.method, request.url),
        attempts=answer.attempts,
        status_code=reply.status,
        headers=Headers((name, settings.redact(value)) for name, value in reply.headers.items()),
        body=body,
        retry_after=asked,
    )


def _status_message(request: APIRequest, status: int, excerpt: str, attempts: int, asked: float | None) -> str:
    try:
        phrase = f" {HTTPStatus(status).phrase}"
    except ValueError:
        phrase = ""
    message = f"{request.method} {request.url} was answered {status}{phrase}"
    advice = _ADVICE_TO_READS if request.private else _ADVICE_TO_POSTS
    if status in advice:
        message += f": {advice[status]}"
    elif 300 <= status <= 399:
        message += ": redirects are not followed, for they could carry the call elsewhere; check the base URL"
    if attempts > 1:
        message += f" ({attempts} attempts)"
    if asked:
        message += f"; it asks to wait {asked:.0f} s"
    return f"{message}. {excerpt}" if excerpt else message


def _excerpt(settings: Settings, content: bytes | Flaw, body: str) -> str:
    if isinstance(content, Flaw):
        return f"Its body is not shown: it is {settings.redact(content.found)}"
    text = " ".join(body.split())
    cut = "…" if len(text) > _LONGEST_EXCERPT else ""
    return f"The server said: {text[:_LONGEST_EXCERPT]}{cut}" if text else ""


def _text(content: bytes | Flaw) -> str:
    return "" if isinstance(content, Flaw) else content.decode("utf-8", errors="replace")


def read_customer(settings: Settings, request: APIRequest, kind: type[C], answer: Answer) -> C:
    """Read a customer from a 2xx; report what drifted, if someone asked for it."""
    try:
        customer, others, decoded = _read(settings, kind, answer.reply.content)
    except UnreadableError as error:
        problem = error
    else:
        drift = None
        if settings.strict or settings.on_drift is not None:
            drift = _report(settings, customer, others, decoded)
        if drift is None:
            return customer
        problem = UnreadableError(drift.path, _STRICTLY[drift.kind], drift.example or "missing")
        raise _validation_error(settings, request, answer, problem)
    # Outside the except block, so that the error carries no context: pydantic's shows the values. The
    # content is in no local variable, for it may repeat the URL with the secret in it.
    if settings.on_drift is not None:
        path = _LIST_POSITION.sub("[]", problem.path)
        settings.on_drift.answered([Drift("Customer", path, "unreadable_answer", problem.found)])
    raise _validation_error(settings, request, answer, problem)


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


def _read(settings: Settings, kind: type[C], content: bytes | Flaw) -> tuple[C, dict[str, object], Decoded]:
    """Return the customer, the other members of the answer, and how its JSON was decoded."""
    if isinstance(content, Flaw):
        raise UnreadableError("", content.expected, settings.redact(content.found))
    check_items(content, settings.max_response_items)
    try:
        others = cast("dict[str, object]", _envelope(kind).validate_json(content))
    except ValidationError:
        pass
    else:
        if not has_no_number(others):
            return cast("C", others.pop("customer")), others, PLAIN
    decoded = decode(content)
    customer = read_leniently(kind, decoded.document, "customer", settings.redact, numbers=decoded.numbers)
    others = {name: each for name, each in cast("dict[str, object]", decoded.document).items() if name != "customer"}
    return customer, others, decoded


def read_echo(settings: Settings, key: str, kind: type[M], sent: Model, answer: Answer) -> M:
    """Lay the server's echo over what was sent; whatever the body is, this never fails."""
    content = answer.reply.content
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


def _report(settings: Settings, customer: Customer, others: Mapping[str, object], decoded: Decoded) -> Drift | None:
    """Tell of all that drifted in an answer; return the first of it where strict=True makes that an error."""
    drifts = [*drift_in(decoded, type(customer), "customer", settings.redact)]
    drifts += find_drift(customer, "customer", settings.redact)
    for name, value in others.items():
        drifts.append(
            Drift("Answer", shown_name(name, settings.redact), "unknown_field", preview(value, settings.redact))
        )
    if settings.on_drift is not None:
        settings.on_drift.answered(drifts)
    return drifts[0] if settings.strict and drifts else None


def find_drift(model: Model, path: str, redact: Callable[[str], str]) -> Iterator[Drift]:
    """Yield what an answer has that the schemas don't, or the other way round, model by model."""
    name, fields = type(model).__name__, type(model).model_fields
    name = "Customer" if isinstance(model, Customer) else name
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
        elif not isinstance(model, Meta):  # its further members are what callers of this SDK made up themselves
            yield Drift(name, f"{path}.{shown_name(extra, redact)}", "unknown_field", preview(value, redact))
    for field in fields:
        if field in INCLUDE_FLAGS and field not in model.model_fields_set:
            yield Drift(name, f"{path}.{field}", "missing_collection", "")
        value = model.__dict__.get(field, parts.get(field))
        if isinstance(value, Model):
            yield from find_drift(value, f"{path}.{field}", redact)
        elif isinstance(value, list):
            for item in cast("list[object]", value):
                if isinstance(item, Model):
                    yield from find_drift(item, f"{path}.{field}[]", redact)


set_public_module(RawResponse)

"""From status and bytes to a model or an error. Pure: no clock, no socket, no HTTP library."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from http import HTTPStatus
from typing import Final, Generic, TypeVar, cast

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import from_json
from typing_extensions import TypedDict

from pyttributionio._core.drift import Drift, DriftKind
from pyttributionio._core.hints import Hint, hint
from pyttributionio._core.settings import Settings
from pyttributionio._core.types import Answer, APIRequest, Flaw
from pyttributionio._errors import APIStatusError, RequestInfo, ResponseValidationError, status_error_type
from pyttributionio._shared.headers import Headers
from pyttributionio._shared.naming import set_public_module
from pyttributionio._shared.setup_lock import setup_lock
from pyttributionio._shared.text import one_line, preview, shown_name
from pyttributionio.models import Customer, Meta
from pyttributionio.models._base import Model
from pyttributionio.models._facts import INCLUDE_FLAGS
from pyttributionio.models._lenient import UnreadableError, read_leniently

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
    found = hint(settings, request, reply.status) or Hint("", str)
    body = found.redact(settings.redact(_text(reply.content)))
    shown = RequestInfo(request.method, found.redact(request.url))
    return status_error_type(reply.status)(
        _status_message(shown, request, reply.status, body, answer.attempts, asked, found.text),
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
    shown: RequestInfo, request: APIRequest, status: int, body: str, attempts: int, asked: float | None, hint: str
) -> str:
    try:
        phrase = f" {HTTPStatus(status).phrase}"
    except ValueError:
        phrase = ""
    message = f"{shown} was answered {status}{phrase}"
    advice = _ADVICE_TO_READS if request.private else _ADVICE_TO_POSTS
    if hint:
        message += f": {hint}"
    elif status in advice:
        message += f": {advice[status]}"
    elif 300 <= status <= 399:
        message += ": redirects are not followed, for they could carry the call elsewhere; check the base URL"
    if attempts > 1:
        message += f" ({attempts} attempts)"
    if asked:
        message += f"; it asks to wait {asked:.0f} s"
    excerpt = one_line(" ".join(body.split()))
    if not excerpt:
        return message
    cut = "…" if len(excerpt) > _LONGEST_EXCERPT else ""
    return f"{message}. The server said: {excerpt[:_LONGEST_EXCERPT]}{cut}"


def _text(content: bytes | Flaw) -> str:
    return "" if isinstance(content, Flaw) else content.decode("utf-8", errors="replace")


def read_customer(settings: Settings, request: APIRequest, kind: type[C], answer: Answer) -> C:
    """Read a customer from a 2xx; report what drifted, if someone asked for it."""
    try:
        customer, others = _read(settings, kind, answer.reply.content)
    except UnreadableError as error:
        problem = error
    else:
        drift = None
        if settings.strict or settings.on_drift is not None:
            drift = _report(settings, customer, others)
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


def _read(settings: Settings, kind: type[C], content: bytes | Flaw) -> tuple[C, dict[str, object]]:
    """Return the customer, and the other members of the answer."""
    if isinstance(content, Flaw):
        raise UnreadableError("", content.expected, content.found)
    if not _may_have_no_number(content):
        try:
            others = cast("dict[str, object]", _envelope(kind).validate_json(content))
            return cast("C", others.pop("customer")), others
        except ValidationError:
            pass
    customer = read_leniently(kind, content, "customer", settings.redact)
    return customer, {name: value for name, value in from_json(content).items() if name != "customer"}


def _may_have_no_number(content: bytes) -> bool:
    """Tell whether there may be NaN or Infinity in an answer: they are no JSON, but pydantic-core takes them."""
    # One letter is found forty times as fast as a word, and many an answer has neither.
    return (b"N" in content and b"NaN" in content) or (b"I" in content and b"Infinity" in content)


def read_echo(settings: Settings, key: str, kind: type[M], sent: Model, answer: Answer) -> M:
    """Lay the server's echo over what was sent; whatever the body is, this never fails."""
    content = answer.reply.content
    said = sent.model_dump()
    if not isinstance(content, Flaw) and not content.strip():
        return kind.model_validate(said)
    try:
        if isinstance(content, Flaw):
            raise UnreadableError("", content.expected, content.found)
        echo = read_leniently(kind, content, key, settings.redact, said)
    except UnreadableError as error:
        drifts = [Drift(kind.__name__, error.path or key, "unreadable_echo", error.found)]
        echo = kind.model_validate(said)
    else:
        drifts = [] if settings.on_drift is None else [*find_drift(echo, key, settings.redact)]
    if settings.on_drift is not None:
        settings.on_drift.answered(drifts)
    return echo


def _report(settings: Settings, customer: Customer, others: Mapping[str, object]) -> Drift | None:
    """Tell of all that drifted in an answer; return the first of it where strict=True makes that an error."""
    drifts = [*find_drift(customer, "customer", settings.redact)]
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
    for extra, value in (model.model_extra or {}).items():
        if extra in fields:
            yield Drift(name, f"{path}.{extra}", "unreadable_value", preview(value, redact))
        elif not isinstance(model, Meta):  # its further members are what callers of this SDK made up themselves
            yield Drift(name, f"{path}.{shown_name(extra, redact)}", "unknown_field", preview(value, redact))
    for field in fields:
        if field in INCLUDE_FLAGS and field not in model.model_fields_set:
            yield Drift(name, f"{path}.{field}", "missing_collection", "")
        value = model.__dict__.get(field)
        if isinstance(value, Model):
            yield from find_drift(value, f"{path}.{field}", redact)
        elif isinstance(value, list):
            for item in cast("list[object]", value):
                if isinstance(item, Model):
                    yield from find_drift(item, f"{path}.{field}[]", redact)


set_public_module(RawResponse)

"""The API's calls, each written once. A call takes arguments, and returns a flow that both drivers run.

Arguments are checked when a function here is called, before its flow takes a step. So a wrong argument raises before
anything is sent.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType, NoneType
from typing import Any, Final, TypeVar

from pyttributionio._core.call_log import log_dropped
from pyttributionio._core.calls import GET_CUSTOMER, POST_EVENT, POST_IDENTITY
from pyttributionio._core.credentials import check_enabled, is_disabled, key_of
from pyttributionio._core.requests import (
    EventFields,
    Person,
    call_request,
    enveloped,
    event_body,
    identity_body,
    include_flags,
    included,
)
from pyttributionio._core.responses import RawResponse, read_answer, read_echo, status_error
from pyttributionio._core.retry import Limits, retry_after, send_flow
from pyttributionio._core.settings import Settings, checked_flag
from pyttributionio._core.types import Answer, APIRequest, Call, Flow, Reply
from pyttributionio._errors import APIError
from pyttributionio.models import Customer, Event, Identity
from pyttributionio.models._customers import CUSTOMER_TYPES
from pyttributionio.models._generated import EventRequest, IdentityRequest

T = TypeVar("T")

_DROPPED: Final = Answer(Reply(200, (), b""), attempts=0, elapsed=0.0)
"""The answer to a post of a disabled client."""


def make_call(
    settings: Settings,
    call: Call[T],
    *,
    query: Mapping[str, str] = MappingProxyType({}),
    body: bytes | None = None,
    **arguments: str | int,
) -> Flow[RawResponse[T]]:
    """Make a call, with a value for each argument in its path, and read the answer into the call's type."""
    request = call_request(settings, call, arguments, query=query, body=body)
    if settings.disabled and (request.private or call.kind is not NoneType):
        check_enabled(settings, request.method, request.url)
    return _raw(settings, call, request, partial(read_answer, settings, call, request))


def get_customer(settings: Settings, client_id: str | int, include: object) -> Flow[RawResponse[Customer]]:
    """Read one customer, with the collections that `include` names."""
    names = included(include)
    call = GET_CUSTOMER._replace(kind=CUSTOMER_TYPES[names])
    request = call_request(settings, call, {"client_id": client_id}, query=include_flags(names))
    if settings.disabled:
        check_enabled(settings, request.method, request.url)
    return _raw(settings, call, request, partial(read_answer, settings, call, request))


def post_identity(settings: Settings, person: Person) -> Flow[RawResponse[Identity]]:
    """Connect a person's id to a visitor id."""
    body = identity_body(settings, person)
    request = call_request(settings, POST_IDENTITY, {}, body=enveloped(POST_IDENTITY, body))
    return _raw(settings, POST_IDENTITY, request, partial(read_echo, settings, POST_IDENTITY, body))


def post_event(settings: Settings, person: Person, fields: EventFields, *, identify: bool) -> Flow[RawResponse[Event]]:
    """Count one event, then post the identity that belongs to it, unless `identify` is False."""
    identity = identity_body(settings, person)
    body = event_body(settings, fields, identity)
    first = call_request(settings, POST_EVENT, {}, body=enveloped(POST_EVENT, body))
    second = None
    if checked_flag("identify", identify):
        # Both requests are made before the first one is sent, so that only the network can fail between them.
        second = call_request(settings, POST_IDENTITY, {}, body=enveloped(POST_IDENTITY, identity))
    return _event(settings, first, second, body, identity)


def _event(
    settings: Settings, first: APIRequest, second: APIRequest | None, sent: EventRequest, identity: IdentityRequest
) -> Flow[RawResponse[Event]]:
    limits = _limits(settings)
    answer, others = (yield from _answered(settings, POST_EVENT, first, limits)), None
    if second is not None:
        try:
            others = yield from _answered(settings, POST_IDENTITY, second, limits)
        except APIError as error:
            error.accepted_transaction_id = sent.transaction_id
            error.add_note(
                f"The event itself was accepted (transaction id {sent.transaction_id}); only its identity was not. "
                f"Post it with client.tracking.identity({sent.client_id!r}, visitor_id=...); "
                "sending the event again could count it twice."
            )
            raise

    def read() -> Event:
        if others is not None and settings.on_drift is not None:  # its echo is not part of the result
            read_echo(settings, POST_IDENTITY, identity, others)
        return read_echo(settings, POST_EVENT, sent, answer)

    return RawResponse(answer, read)


def _raw(settings: Settings, call: Call[Any], request: APIRequest, read: Callable[[Answer], T]) -> Flow[RawResponse[T]]:
    answer = yield from _answered(settings, call, request, _limits(settings))
    return RawResponse(answer, partial(read, answer))


def _limits(settings: Settings) -> Limits:
    """Return the bounds of a call that starts now: one deadline for all its requests."""
    deadline = settings.clock.monotonic() + settings.deadline
    return Limits(settings.timeouts, settings.max_retries, settings.deadline, deadline, settings.clock, settings.redact)


def _answered(settings: Settings, call: Call[Any], request: APIRequest, limits: Limits) -> Flow[Answer]:
    if settings.disabled and is_disabled(settings):
        log_dropped(request)
        return _DROPPED
    answer = yield from send_flow(request, limits)
    if request.private and settings.api_secret is not None:  # the server may have repeated the URL with the secret
        reply = settings.api_secret.redact_reply(answer.reply, settings.api_key or key_of(settings))
        answer = answer if reply is answer.reply else replace(answer, reply=reply)
    if not 200 <= answer.reply.status <= 299:
        asked = retry_after(answer.reply.headers.get("retry-after"), settings.clock.now())
        raise status_error(settings, call, request, answer, asked)
    return answer

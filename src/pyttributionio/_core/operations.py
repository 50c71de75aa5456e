"""The API's calls, each written once: arguments in, a flow out that sync and async drivers run alike.

Arguments are checked when a function here is called, before its flow takes a step: a wrong one
raises before anything is sent.
"""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from pyttributionio._core.requests import (
    EventFields,
    Person,
    customer_request,
    event_body,
    identity_body,
    included,
    post_request,
)
from pyttributionio._core.responses import RawResponse, read_customer, read_echo, status_error
from pyttributionio._core.retry import Limits, retry_after, send_flow
from pyttributionio._core.settings import Settings, checked_flag
from pyttributionio._core.types import Answer, APIRequest, Flow
from pyttributionio._errors import APIError
from pyttributionio.models import Customer, Event, Identity
from pyttributionio.models._customers import CUSTOMER_TYPES
from pyttributionio.models._generated import EventRequest, IdentityRequest

T = TypeVar("T")


def get_customer(settings: Settings, client_id: str | int, include: object) -> Flow[RawResponse[Customer]]:
    """Read one customer, with the collections asked for."""
    names = included(include)
    request = customer_request(settings, client_id, names)
    kind = CUSTOMER_TYPES[names]
    return _raw(settings, request, partial(read_customer, settings, request, kind))


def post_identity(settings: Settings, person: Person) -> Flow[RawResponse[Identity]]:
    """Tie a person's id to a visitor id."""
    body = identity_body(settings, person)
    request = post_request(settings, "identities", body)
    return _raw(settings, request, partial(read_echo, settings, "identity", Identity, body))


def post_event(settings: Settings, person: Person, fields: EventFields, *, identify: bool) -> Flow[RawResponse[Event]]:
    """Count one event, then post the identity that belongs to it, unless told not to."""
    identity = identity_body(settings, person)
    body = event_body(settings, fields, identity)
    first = post_request(settings, "events", body)
    # Both bodies are made before the first is sent, so that nothing can fail between them but the network.
    second = post_request(settings, "identities", identity) if checked_flag("identify", identify) else None
    return _event(settings, first, second, body, identity)


def _event(
    settings: Settings, first: APIRequest, second: APIRequest | None, sent: EventRequest, identity: IdentityRequest
) -> Flow[RawResponse[Event]]:
    limits = _limits(settings)
    answer, others = (yield from _answered(settings, first, limits)), None
    if second is not None:
        try:
            others = yield from _answered(settings, second, limits)
        except APIError as error:
            error.accepted_transaction_id = sent.transaction_id
            error.add_note(
                f"The event itself was accepted (transaction id {sent.transaction_id}); only its identity was not. "
                f"Post it with client.tracking.identity({sent.client_id!r}, visitor_id=...); "
                "sending the event again could count it twice."
            )
            raise

    def read() -> Event:
        if others is not None and settings.on_drift is not None:  # else nobody would learn anything of it
            read_echo(settings, "identity", Identity, identity, others)
        return read_echo(settings, "event", Event, sent, answer)

    return RawResponse(answer, read)


def _raw(settings: Settings, request: APIRequest, read: Callable[[Answer], T]) -> Flow[RawResponse[T]]:
    answer = yield from _answered(settings, request, _limits(settings))
    return RawResponse(answer, partial(read, answer))


def _limits(settings: Settings) -> Limits:
    """Return the bounds of a call that starts now: one deadline for all its requests."""
    deadline = settings.clock.monotonic() + settings.deadline
    return Limits(settings.timeouts, settings.max_retries, settings.deadline, deadline, settings.clock)


def _answered(settings: Settings, request: APIRequest, limits: Limits) -> Flow[Answer]:
    answer = yield from send_flow(request, limits)
    if request.private:
        answer = settings.redact_answer(answer)  # the server may have repeated the URL with the secret
    if not 200 <= answer.reply.status <= 299:
        asked = retry_after(answer.reply.headers.get("retry-after"), settings.clock.now())
        raise status_error(settings, request, answer, asked)
    return answer

"""The recorder: it answers every request of this process in the place of the servers, and keeps what was sent."""

import sys
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Final, Self, Unpack, cast

from pyttributionio._core import credentials
from pyttributionio._core.types import APIRequest, Failure, Reply
from pyttributionio._core.validation import checked_count, checked_function, checked_seconds
from pyttributionio._errors import APIConnectionError
from pyttributionio._http import door
from pyttributionio.models import Event, Identity
from pyttributionio.testing._customers import RecordedCustomers
from pyttributionio.testing._faults import Fault, Rule, fault_of
from pyttributionio.testing._matching import (
    EventMatch,
    IdentityMatch,
    check_names,
    differences,
    listing,
    shown_fields,
)
from pyttributionio.testing._requests import RecordedRead, RecordedRequest, read_of, recorded_request

__all__ = ["EventMatch", "IdentityMatch", "RecordedCustomers", "RecordedRead", "RecordedRequest", "Recorder"]

_JSON: Final = (("Content-Type", "application/json"),)
_UNKNOWN: Final = b'{"error":{"message":"the recorder has no such customer: set recorder.customers[client_id]"}}'
_NO_ANSWER: Final = b'{"error":{"message":"the recorder answers reads of customers only"}}'
_CLOSED: Final = Failure("the recorder of a test that has ended refuses this request", retryable=False, unsent=True)
_active: Final[list["Recorder"]] = []
"""The recorders that are entered, the newest last. The newest answers."""


class Recorder:
    """Record what every client and outbox of this process sends, and answer in the place of the servers.

    Posts are accepted, and reads are answered from `customers`. No key and no secret is needed. Threads and event
    loops share a recorder; in a forked child it goes on with a copy. A recorder in another one answers alone until it
    ends. A call does not wait before another attempt, and an outbox keeps its entries in memory, so a test sees
    neither real folders nor the entries of other tests.

    Each attribute and each assertion first waits until the outboxes have sent what they accepted; for an outbox with
    `manual=True`, `pump()` and `flush()` send.

    Args:
        timeout: Seconds to wait for the outboxes at most.

    Attributes:
        customers: The customers that reads answer, by client id: models, such as those of `make_customer`, or dicts.
            The id of any other customer is answered 404.
    """

    def __init__(self, *, timeout: float = 5.0) -> None:
        self.customers: RecordedCustomers = RecordedCustomers()
        self._timeout = checked_seconds("timeout", timeout, or_zero=True)
        self._requests: list[RecordedRequest] = []
        self._faults: deque[Fault] = deque()
        self._rules: list[Rule] = []
        self._hopeless = 0
        """How many attempts failed for a reason that the next attempt has too."""
        self._closed = False

    @property
    def requests(self) -> list[RecordedRequest]:
        """All requests, refused ones too, the oldest first: one for each attempt."""
        self._wait()
        return [*self._requests]

    @property
    def events(self) -> list[Event]:
        """The events that were accepted, the oldest first."""
        return [Event.model_validate(each) for each in self._accepted("event")]

    @property
    def identities(self) -> list[Identity]:
        """The identities that were accepted, the oldest first."""
        return [Identity.model_validate(each) for each in self._accepted("identity")]

    @property
    def reads(self) -> list[RecordedRead]:
        """The reads of customers, those that failed too, the oldest first."""
        return [read for request in self.requests if (read := read_of(request)) is not None]

    def assert_event(self, event_key: str, **fields: Unpack[EventMatch]) -> Event:
        """Return the first accepted event with this key and these fields.

        Args:
            event_key: The event's key.
            **fields: Fields by the names of the call's arguments. Fields that are not given are not compared.

        Raises:
            AssertionError: There is none. The message lists what was sent.
            TypeError: There is no such field.
        """
        check_names("assert_event", fields, EventMatch.__annotations__)
        given = cast("Mapping[str, object]", fields)
        events = [event for event in self.events if event.event_public_key == event_key]
        for event in events:
            if not differences(event, given):
                return event
        near = [f"One {event_key!r} differs: {', '.join(differences(each, given))}." for each in events[:3]]
        raise AssertionError(
            "\n".join([f"No event {event_key!r}{shown_fields(given)} was accepted.", *near, listing(self.requests)])
        )

    def assert_identity(self, client_id: str | int | None = None, **fields: Unpack[IdentityMatch]) -> Identity:
        """Return the first accepted identity with this client id and these fields.

        Args:
            client_id: The person's id; any, if left out.
            **fields: Fields by the names of the call's arguments. Fields that are not given are not compared.

        Raises:
            AssertionError: There is none. The message lists what was sent.
            TypeError: There is no such field.
        """
        check_names("assert_identity", fields, IdentityMatch.__annotations__)
        given: dict[str, object] = {**({} if client_id is None else {"client_id": client_id}), **fields}
        identities = self.identities
        for identity in identities:
            if not differences(identity, given):
                return identity
        raise AssertionError(f"No identity{shown_fields(given)} was accepted.\n{listing(self.requests)}")

    def assert_nothing_sent(self) -> None:
        """Check that there was no request at all: no event, no identity, no read, and none that was refused.

        Raises:
            AssertionError: There was one. The message lists what was sent.
        """
        requests = self.requests
        if requests:
            raise AssertionError(f"Nothing should be sent. {listing(requests)}")

    def fail_next(
        self,
        count: int = 1,
        *,
        status: int | None = None,
        error: type[APIConnectionError] | None = None,
        retry_after: float | None = None,
    ) -> None:
        """Make the next attempts fail. A call makes up to three attempts with the default `max_retries`.

        Args:
            count: How many attempts.
            status: The status of their answers, such as 503.
            error: In place of an answer, the class of the failure: APIConnectionError (the request was not sent) or
                APITimeoutError (it may have arrived).
            retry_after: Seconds that the answers ask to wait. Nothing waits for them under a recorder.

        Raises:
            ValueError: There is not exactly one of status and error, or a value is out of range.
            TypeError: An argument has the wrong type.
        """
        fault = fault_of(status, error, retry_after)
        self._faults.extend([fault] * checked_count("count", count, 1))

    def fail_when(
        self,
        predicate: Callable[[RecordedRequest], object],
        *,
        status: int | None = None,
        error: type[APIConnectionError] | None = None,
        retry_after: float | None = None,
    ) -> None:
        """Make each attempt fail for which a function returns true, until `clear()`.

        Args:
            predicate: Called with each request before its answer. Threads may call it at the same time. Its exception
                reaches the caller of the call.
            status: The status of the answers, such as 503.
            error: In place of an answer, the class of the failure: APIConnectionError or APITimeoutError.
            retry_after: Seconds that the answers ask to wait.

        Raises:
            ValueError: There is not exactly one of status and error, or a value is out of range.
            TypeError: An argument has the wrong type.
        """
        checked_function("predicate", predicate)
        self._rules.append(Rule(predicate, fault_of(status, error, retry_after)))

    def clear(self) -> None:
        """Forget all requests, failures to come and customers."""
        self._wait()
        self._requests.clear()
        self._faults.clear()
        self._rules.clear()
        self.customers.clear()

    def answer(self, request: APIRequest) -> Reply | Failure:
        """Answer one attempt. The clients and outboxes call this."""
        if self._closed:
            return _CLOSED
        record = recorded_request(request)
        try:
            fault = self._fault(record)
        except BaseException as error:
            self._hopeless += 1
            self._requests.append(replace(record, error=type(error).__name__))
            raise
        outcome = self._reply(record) if fault is None else fault.outcome
        if isinstance(outcome, Failure):
            self._requests.append(replace(record, error=None if fault is None else fault.error))
        else:
            self._requests.append(replace(record, status=outcome.status))
        return outcome

    def _fault(self, record: RecordedRequest) -> Fault | None:
        try:
            return self._faults.popleft()  # atomic, so threads need no lock
        except IndexError:
            pass
        for rule in [*self._rules]:
            if rule.predicate(record):
                self._hopeless += 1
                return rule.fault
        return None

    def _reply(self, record: RecordedRequest) -> Reply:
        if record.method == "POST":
            is_known = record.posted("event") is not None or record.posted("identity") is not None
            return Reply(200, (), b"") if is_known else Reply(200, _JSON, b"{}")
        read = read_of(record)
        if read is None:
            return Reply(404, _JSON, _NO_ANSWER)
        body = self.customers.answer(read)
        return Reply(404, _JSON, _UNKNOWN) if body is None else Reply(200, _JSON, body)

    def _accepted(self, name: str) -> list[Mapping[str, object]]:
        requests = (request for request in self.requests if request.is_accepted)
        return [members for request in requests if (members := request.posted(name)) is not None]

    def _wait(self) -> None:
        """Wait for the outboxes of this recorder. A program without an outbox imports none."""
        if self._closed or "pyttributionio.outbox" not in sys.modules:
            return
        from pyttributionio.outbox.process.recorded import wait_for_deliveries

        hopeless = self._hopeless
        wait_for_deliveries(self, self._timeout, lambda: self._hopeless == hopeless)

    def __enter__(self) -> Self:
        if self._closed or self in _active:
            raise RuntimeError("A recorder is entered once: make a new one.")
        _active.append(self)
        _set_door()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._wait()
        self._closed = True
        if self in _active:
            _active.remove(self)
        _set_door()
        if "pyttributionio.outbox" in sys.modules:
            from pyttributionio.outbox.process.recorded import end_all

            end_all(self)

    def __repr__(self) -> str:
        return f"<Recorder with {len(self._requests)} requests>"


def _set_door() -> None:
    door.active = _active[-1] if _active else None
    credentials.is_recording = bool(_active)

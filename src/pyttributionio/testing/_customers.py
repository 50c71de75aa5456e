"""The customers that a recorder knows, and its answers to reads."""

from collections.abc import Iterator, Mapping, MutableMapping
from typing import TypeAlias, cast

from pydantic_core import to_json

from pyttributionio._core.requests import checked_id
from pyttributionio._core.types import JSONValue
from pyttributionio.models import Customer
from pyttributionio.models._facts import INCLUDE_FLAGS
from pyttributionio.testing._requests import RecordedRead

CustomerAnswer: TypeAlias = Customer | Mapping[str, JSONValue]
"""A model, or the members of the JSON object `customer`."""


class RecordedCustomers(MutableMapping[str | int, CustomerAnswer]):
    """The customers that reads of a recorder answer, by client id. The id of an unknown one is answered 404."""

    def __init__(self) -> None:
        self._known: dict[str, CustomerAnswer] = {}

    def __getitem__(self, client_id: str | int) -> CustomerAnswer:
        return self._known[checked_id("client_id", client_id)]

    def __setitem__(self, client_id: str | int, customer: CustomerAnswer) -> None:
        _check(customer)
        self._known[checked_id("client_id", client_id)] = customer

    def __delitem__(self, client_id: str | int) -> None:
        del self._known[checked_id("client_id", client_id)]

    def __iter__(self) -> Iterator[str | int]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def __repr__(self) -> str:
        return f"RecordedCustomers({self._known!r})"

    def answer(self, read: RecordedRead) -> bytes | None:
        """Return the body of the answer to a read, or None for an unknown customer.

        It has the collections that were asked for, and no others. The id of a model is the id that was asked for, as
        a server's answer has it.
        """
        known = self._known.get(read.client_id)
        if known is None:
            return None
        if isinstance(known, Customer):
            # As JSON, because that keeps the times and the odd values of an answer.
            members: dict[str, object] = {**_dumped(known), "client_id": read.client_id}
        else:
            members = {"client_id": read.client_id, **known}
        for name in INCLUDE_FLAGS:
            if name not in read.include:
                members.pop(name, None)
            else:
                members.setdefault(name, [])
        return to_json({"customer": members})


def _check(customer: object) -> None:
    if not isinstance(customer, Customer | Mapping):
        raise TypeError(
            "a customer of a recorder is a Customer, such as make_customer(...) returns, or a dict of the members of "
            f"the JSON object, not {type(customer).__name__}"
        )


def _dumped(customer: Customer) -> Mapping[str, object]:
    return cast("Mapping[str, object]", customer.model_dump(mode="json", exclude_unset=True))

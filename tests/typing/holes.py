"""Where a type promises more than the run time may hold: each known hole, with what all checkers say of it.

An `include` written as a list or tuple in the call is typed by what its items *may* be. Where that is more than
one name, the result's type has a collection for each of them, and the customer has those that were really
asked for: reading another raises `NotIncludedError`, and nothing is ever silently None or empty.
`tests/models/test_include_holes.py` runs the functions below and pins that.

| written in the call | the type says | at run time |
| --- | --- | --- |
| `[name]`, `["pageviews", name]` | all that the name may be | what the name was |
| `[*names]`, `[n for n in names]`, `list(names)` | all that the names may be | what the names were |
| `["pageviews"] if flag else ["events"]`, tuples alike | both | one of them |
| a parameter `tuple[Literal["pageviews", "events"], ...]` | both | what the tuple held |

The way round each: hand the list over as a variable (the result is a plain `Customer`, to be narrowed with
`isinstance`), and write a call in each branch. Both stand in `include.py`.
A checker that says otherwise is listed, with a date, in `scripts/tasks/type_checkers.py`.
"""

from typing import Literal, TypeAlias, assert_type

from pyttributionio import (
    Client,
    Customer,
    CustomerWithAll,
    CustomerWithPageviewsAndEvents,
    CustomerWithPageviewsAndTouchpointsAndIdentities,
    IncludeName,
)

Either: TypeAlias = Literal["pageviews", "events"]


def one_name(client: Client, name: IncludeName) -> Customer:
    """A list of one name that is not a literal."""
    return assert_type(client.customers.get("id", include=[name]), CustomerWithAll)


def name_beside_literal(client: Client, name: Either) -> Customer:
    """A literal, and a name that may be another."""
    return assert_type(client.customers.get("id", include=["pageviews", name]), CustomerWithPageviewsAndEvents)


def unpacked(client: Client, names: list[IncludeName]) -> Customer:
    """A list unpacked into a list."""
    return assert_type(client.customers.get("id", include=[*names]), CustomerWithAll)


def comprehension(client: Client, names: list[IncludeName]) -> Customer:
    """A comprehension."""
    return assert_type(client.customers.get("id", include=[name for name in names]), CustomerWithAll)  # noqa: C416


def filtered(client: Client, names: list[IncludeName]) -> Customer:
    """A comprehension that filters one name out: that one is known to be missing."""
    filtered_out = client.customers.get("id", include=[name for name in names if name != "events"])
    return assert_type(filtered_out, CustomerWithPageviewsAndTouchpointsAndIdentities)


def list_of(client: Client, names: set[IncludeName]) -> Customer:
    """A list made in the call."""
    return assert_type(client.customers.get("id", include=list(names)), CustomerWithAll)


def conditional(client: Client, flag: bool) -> Customer:
    """One list or the other."""
    either = client.customers.get("id", include=["pageviews"] if flag else ["events"])
    return assert_type(either, CustomerWithPageviewsAndEvents)


def conditional_tuple(client: Client, flag: bool) -> Customer:
    """One tuple or the other."""
    one_tuple = client.customers.get("id", include=("pageviews",) if flag else ("events",))
    return assert_type(one_tuple, CustomerWithPageviewsAndEvents)


def tuple_parameter(client: Client, names: tuple[Either, ...]) -> Customer:
    """A tuple whose items are fewer than its type allows."""
    return assert_type(client.customers.get("id", include=names), CustomerWithPageviewsAndEvents)

"""What `include` says of the result: each line as a user writes it, or wrongly writes it.

Read by mypy, pyright, ty and pyrefly (`scripts/check --all`), and never run. A bare `# type: ignore` marks a
line that must be rejected; one that hides nothing is an error itself. Where a type promises more than the run
time may hold stands in `holes.py`.
"""

from collections.abc import Iterable, Sequence
from typing import Final, Literal, assert_type

from pyttributionio import (
    Client,
    Customer,
    CustomerWithAll,
    CustomerWithEvents,
    CustomerWithEventsAndIdentities,
    CustomerWithIdentities,
    CustomerWithPageviews,
    CustomerWithPageviewsAndEvents,
    CustomerWithPageviewsAndEventsAndIdentities,
    CustomerWithPageviewsAndIdentities,
    CustomerWithPageviewsAndTouchpoints,
    CustomerWithPageviewsAndTouchpointsAndEvents,
    CustomerWithPageviewsAndTouchpointsAndIdentities,
    CustomerWithTouchpoints,
    CustomerWithTouchpointsAndEvents,
    CustomerWithTouchpointsAndEventsAndIdentities,
    CustomerWithTouchpointsAndIdentities,
    Event,
    Identity,
    IncludeName,
    Pageview,
    Touchpoint,
)


def nothing_included(client: Client) -> None:
    """Base fields only; every collection is an error."""
    customer = client.customers.get("id")
    assert_type(customer, Customer)
    assert_type(customer.client_id, str | None)
    customer.pageviews  # type: ignore
    customer.touchpoints  # type: ignore
    customer.events  # type: ignore
    customer.identities  # type: ignore


def empty_include(client: Client) -> None:
    """An empty list or tuple is as nothing."""
    assert_type(client.customers.get("id", include=[]), Customer)
    assert_type(client.customers.get("id", include=()), Customer)
    client.customers.get("id", include=[]).pageviews  # type: ignore


def none_included(client: Client) -> None:
    """None is as nothing."""
    assert_type(client.customers.get("id", include=None), Customer)
    assert_type(client.customers.with_raw_response.get("id", include=None).parse(), Customer)
    client.customers.get("id", include=None).pageviews  # type: ignore


def passed_on(
    client: Client,
    names: list[IncludeName] | None = None,
    some: Sequence[IncludeName] | None = None,
    everything: Literal["all"] | None = None,
) -> None:
    """A wrapper passes on what it was given, or None."""
    assert_type(client.customers.get("id", include=names), Customer)
    assert_type(client.customers.get("id", include=some), Customer)
    assert_type(client.customers.get("id", include=everything), CustomerWithAll | Customer)


def one_included(client: Client) -> None:
    """A loop without a None check; another collection is an error."""
    customer = client.customers.get("id", include=["pageviews"])
    assert_type(customer, CustomerWithPageviews)
    for pageview in customer.pageviews:
        assert_type(pageview, Pageview)
    customer.events  # type: ignore
    assert_type(client.customers.get("id", include=["touchpoints"]), CustomerWithTouchpoints)
    assert_type(client.customers.get("id", include=["events"]), CustomerWithEvents)
    assert_type(client.customers.get("id", include=["identities"]), CustomerWithIdentities)


def two_included(client: Client) -> None:
    """Both, in any order, and no third."""
    get = client.customers.get
    assert_type(get(1, include=["pageviews", "touchpoints"]), CustomerWithPageviewsAndTouchpoints)
    assert_type(get(1, include=["pageviews", "events"]), CustomerWithPageviewsAndEvents)
    assert_type(get(1, include=["pageviews", "identities"]), CustomerWithPageviewsAndIdentities)
    assert_type(get(1, include=["touchpoints", "events"]), CustomerWithTouchpointsAndEvents)
    assert_type(get(1, include=["touchpoints", "identities"]), CustomerWithTouchpointsAndIdentities)
    assert_type(get(1, include=["events", "identities"]), CustomerWithEventsAndIdentities)
    assert_type(get(1, include=["events", "pageviews"]), CustomerWithPageviewsAndEvents)
    get(1, include=["events", "pageviews"]).touchpoints  # type: ignore


def three_included(client: Client) -> None:
    """Any three, in any order."""
    get = client.customers.get
    assert_type(get("id", include=["pageviews", "touchpoints", "events"]), CustomerWithPageviewsAndTouchpointsAndEvents)
    assert_type(
        get("id", include=["identities", "touchpoints", "pageviews"]), CustomerWithPageviewsAndTouchpointsAndIdentities
    )
    assert_type(get("id", include=["events", "pageviews", "identities"]), CustomerWithPageviewsAndEventsAndIdentities)
    assert_type(
        get("id", include=["events", "touchpoints", "identities"]), CustomerWithTouchpointsAndEventsAndIdentities
    )


def all_included(client: Client) -> None:
    """By the word, or by listing all four in any order."""
    customer = client.customers.get("id", include="all")
    assert_type(customer, CustomerWithAll)
    assert_type(customer.pageviews, list[Pageview])
    assert_type(customer.touchpoints, list[Touchpoint])
    assert_type(customer.events, list[Event])
    assert_type(customer.identities, list[Identity])
    listed = client.customers.get("id", include=["identities", "events", "touchpoints", "pageviews"])
    assert_type(listed, CustomerWithAll)


def duplicates(client: Client) -> None:
    """A name that stands twice counts once."""
    assert_type(client.customers.get("id", include=["events", "events"]), CustomerWithEvents)


def misspelt(client: Client) -> None:
    """Names, items of another type, bare strings and attributes that don't exist."""
    _ = client.customers.get("id", include=["pageview"])  # type: ignore
    _ = client.customers.get("id", include="pageviews")  # type: ignore
    _ = client.customers.get("id", include="everything")  # type: ignore
    _ = client.customers.get("id", include=[1])  # type: ignore
    _ = client.customers.get("id", include={"pageviews": True})  # type: ignore
    _ = client.customers.get("id", ["pageviews"])  # type: ignore
    client.customers.get("id").clientid  # type: ignore


PAIR: Final = ("pageviews", "events")


def tuples(client: Client) -> None:
    """A tuple, written in the call or as a constant, is exact."""
    assert_type(client.customers.get("id", include=("events",)), CustomerWithEvents)
    customer = client.customers.get("id", include=PAIR)
    assert_type(customer, CustomerWithPageviewsAndEvents)
    customer.identities  # type: ignore


def list_variables(client: Client, names: list[IncludeName], few: list[Literal["pageviews"]]) -> None:
    """A list that is not written in the call may be shorter than its type says: no collection is certain."""
    assert_type(client.customers.get("id", include=names), Customer)
    assert_type(client.customers.get("id", include=few), Customer)
    client.customers.get("id", include=names).pageviews  # type: ignore
    client.customers.get("id", include=few).pageviews  # type: ignore
    local: list[IncludeName] = ["pageviews"]
    assert_type(client.customers.get("id", include=local), Customer)
    unannotated = ["pageviews"]
    _ = client.customers.get("id", include=unannotated)  # type: ignore


def computed(
    client: Client, names: set[IncludeName], more: tuple[IncludeName, ...], lazy: Iterable[IncludeName]
) -> None:
    """Sets and frozen sets are computed includes; what can be read only once is not an include."""
    assert_type(client.customers.get("id", include=names), Customer)
    assert_type(client.customers.get("id", include=frozenset(names)), Customer)
    client.customers.get("id", include=more).events  # type: ignore
    assert_type(client.customers.get("id", include=tuple(names)), Customer)
    assert_type(client.customers.get("id", include=sorted(names)), Customer)
    _ = client.customers.get("id", include=lazy)  # type: ignore
    _ = client.customers.get("id", include=[name.upper() for name in more])  # type: ignore


def narrowed(customer: Customer) -> None:
    """`isinstance` narrows, and narrowing on keeps what was known."""
    customer.events  # type: ignore
    if isinstance(customer, CustomerWithEvents):
        assert_type(customer.events, list[Event])
        customer.pageviews  # type: ignore
    if isinstance(customer, CustomerWithPageviewsAndEvents):
        assert_type(customer.events, list[Event])
        assert_type(customer.pageviews, list[Pageview])


def narrowed_further(customer: CustomerWithPageviews) -> None:
    """Narrowing to another class keeps the collections known before."""
    if isinstance(customer, CustomerWithEvents):
        assert_type(customer.events, list[Event])
        assert_type(customer.pageviews, list[Pageview])
        customer.touchpoints  # type: ignore


def two_calls(client: Client, flag: bool) -> list[Event]:
    """A choice between includes is exact when each has its own call."""
    get = client.customers.get
    customer = get("id", include=["pageviews"]) if flag else get("id", include=["events"])
    customer.events  # type: ignore
    return customer.events if isinstance(customer, CustomerWithEvents) else []


def needs_events(customer: CustomerWithEvents) -> int:
    """Say what it needs, and no more."""
    return len(customer.events)


def needs_two(customer: CustomerWithPageviewsAndEvents) -> int:
    """Need two collections; whoever has three has two."""
    return len(customer.events) + len(customer.pageviews)


def callers(client: Client) -> None:
    """Who has more can stand for who has less, not the other way round."""
    get = client.customers.get
    needs_events(get("id", include=["events"]))
    needs_events(get("id", include=["identities", "events"]))
    needs_events(get("id", include="all"))
    _ = needs_events(get("id"))  # type: ignore
    _ = needs_events(get("id", include=["pageviews"]))  # type: ignore
    needs_two(get("id", include=["pageviews", "events"]))
    needs_two(get("id", include=["pageviews", "events", "identities"]))
    needs_two(get("id", include="all"))
    _ = needs_two(get("id", include=["events"]))  # type: ignore
    _ = needs_two(get("id", include=["touchpoints", "events", "identities"]))  # type: ignore


def base_annotation(client: Client) -> list[Customer]:
    """Every choice is a Customer."""
    plain: Customer = client.customers.get("id", include=["events"])
    mixed = [plain, client.customers.get("id"), client.customers.get("id", include="all")]
    mixed[0].events  # type: ignore
    return mixed


def wrapper(client: Client) -> CustomerWithPageviews:
    """A return annotation that fits."""
    return client.customers.get("id", include=["pageviews", "events"])


def wrong_wrapper(client: Client) -> CustomerWithPageviews:
    """A return annotation that does not."""
    return client.customers.get("id", include=["events"])  # type: ignore

"""Strategies of hypothesis for the models, and for answers as a server sends them, also odd ones.

```python
@given(customers(CustomerWithEvents))
def test_report_takes_each_customer(customer: CustomerWithEvents) -> None: ...
```

Each field may be absent, null or have a value, as in an answer. `answers()` and `drifting_answers()` return the JSON of
a whole answer: `json.dumps` makes its body. This module needs hypothesis.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from types import NoneType
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar, cast, get_args, get_origin, get_type_hints, overload

from pyttributionio.models import Customer, CustomerWithAll, Event, Identity, Meta, Model, Pageview, Touchpoint
from pyttributionio.models._facts import INCLUDE_FLAGS
from pyttributionio.testing import _fields

try:
    from hypothesis import strategies as st
except ImportError:
    raise ImportError("pyttributionio.testing.strategies needs hypothesis: pip install hypothesis") from None
if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

__all__ = ["answers", "customers", "drifting_answers", "events", "identities", "metas", "pageviews", "touchpoints"]

M = TypeVar("M", bound=Model)
C = TypeVar("C", bound=Customer)
JSONObject: TypeAlias = dict[str, object]

_COLLECTIONS: Final[dict[str, type[Model]]] = {
    "pageviews": Pageview,
    "touchpoints": Touchpoint,
    "events": Event,
    "identities": Identity,
}
_CHANNELS: Final = ("direct", "email", "organic_search", "paid_search", "paid_social", "referral")
_URLS: Final = ("https://shop.example/", "https://shop.example/socks?utm_source=google&utm_medium=cpc", "URL unknown")
_USUAL: Final[dict[str, tuple[str, ...]]] = {
    "attributed_to": _CHANNELS,
    "campaign": ("brand", "spring"),
    "channel": _CHANNELS,
    "event_public_key": ("ev_purchase", "ev_signup"),
    "medium": ("cpc", "email", "referral"),
    "name": ("Purchase", "Sign-up"),
    "source": ("google", "newsletter"),
    **dict.fromkeys(["landing_page", "referrer", "url"], _URLS),
}
"""The usual values of texts, so that a test meets them too."""
_UNREADABLE_TIMES: Final = ("yesterday", "2026-13-02T09:00:00Z", "2026-03-02", "", -1, 1_772_442_000_000, 1e300)
_HALF_A_PAIR: Final = "half of a surrogate pair: \ud83d"


def _time_text(moment: datetime, form: str, zone: str) -> str:
    return f"{moment.strftime(form)}{zone}"


def _texts() -> "SearchStrategy[str]":
    return st.text(max_size=20)


def _ids() -> "SearchStrategy[str | int]":
    return st.integers(0, 10**20) | _texts()


def _times() -> "SearchStrategy[int | float | str]":
    moments = st.datetimes(datetime(1971, 1, 1), datetime(2099, 12, 31))
    forms = ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M")
    written = st.builds(
        _time_text, moments, st.sampled_from(forms), st.sampled_from(["Z", "", " UTC", "+02:00", "-0530"])
    )
    seconds = moments.map(lambda moment: int(moment.replace(tzinfo=UTC).timestamp()))
    return st.one_of(written, seconds, seconds.map(lambda whole: whole + 0.5))


def _numbers() -> "SearchStrategy[int | float]":
    return st.integers(-(10**12), 10**12) | st.floats(-1e12, 1e12)


def _values(name: str, annotation: object) -> "SearchStrategy[object]":
    """Return the strategy for a field, by the type of the factory's keyword argument."""
    types = {*get_args(annotation)}
    options: list[SearchStrategy[object]] = [st.none()] if NoneType in types else []
    if datetime in types:
        options.append(_times())
    elif Meta in types:
        options.append(_documents(Meta))
    elif bool in types:
        options.append(st.booleans())
    elif any(get_origin(each) is list for each in types):
        options.append(st.lists(_ids(), max_size=2))
    elif float in types:
        options.append(_numbers())
    elif str in types:
        usual = _USUAL.get(name)
        options += [st.sampled_from(usual)] if usual else []
        options.append(_ids() if int in types else _texts())
    else:
        options.append(st.integers(0, 10**9))
    return st.one_of(options)


def _hints(kind: type[Model]) -> dict[str, object]:
    """Return the fields of a model that are no collections, with what a factory takes for them."""
    if kind is Meta:
        return {"agent": str | None}
    name = "Customer" if issubclass(kind, Customer) else kind.__name__
    return get_type_hints(getattr(_fields, f"{name}Fields"))


def _documents(kind: type[Model]) -> "SearchStrategy[JSONObject]":
    """Return valid JSON objects for a model."""
    members: dict[str, SearchStrategy[object]] = {
        name: _values(name, annotation) for name, annotation in _hints(kind).items()
    }
    collections: dict[str, SearchStrategy[object]] = {
        name: st.none() | st.lists(_documents(_COLLECTIONS[name]), max_size=3) for name in _collections_of(kind)
    }
    return st.fixed_dictionaries(collections, optional=members)


def _collections_of(kind: type[Model]) -> list[str]:
    return [name for name in INCLUDE_FLAGS if name in kind.model_fields]


def _models(kind: type[M]) -> "SearchStrategy[M]":
    return _documents(kind).map(kind.model_validate)


def metas() -> "SearchStrategy[Meta]":
    """Return a strategy for what is known of a browser."""
    return _models(Meta)


def pageviews() -> "SearchStrategy[Pageview]":
    """Return a strategy for pageviews."""
    return _models(Pageview)


def touchpoints() -> "SearchStrategy[Touchpoint]":
    """Return a strategy for touchpoints."""
    return _models(Touchpoint)


def events() -> "SearchStrategy[Event]":
    """Return a strategy for events."""
    return _models(Event)


def identities() -> "SearchStrategy[Identity]":
    """Return a strategy for identities."""
    return _models(Identity)


@overload
def customers() -> "SearchStrategy[CustomerWithAll]": ...


@overload
def customers(kind: type[C]) -> "SearchStrategy[C]": ...


def customers(kind: type[Customer] = CustomerWithAll) -> "SearchStrategy[Customer]":
    """Return a strategy for customers as a read returns them.

    Args:
        kind: The class for the collections that the read includes, such as `CustomerWithEvents`.
    """
    return _models(kind)


def answers(kind: type[Customer] = CustomerWithAll) -> "SearchStrategy[JSONObject]":
    """Return a strategy for the JSON of answers to a read, valid by the schemas: `{"customer": {...}}`.

    Ids come as texts and as numbers, and times in each form that a server may use.

    Args:
        kind: The class for the collections that the read includes.
    """
    return st.fixed_dictionaries({"customer": _documents(kind)})


def drifting_answers(kind: type[Customer] = CustomerWithAll) -> "SearchStrategy[JSONObject]":
    """Return a strategy for the JSON of answers that differ from the schemas, and that the SDK reads all the same.

    Each answer has one to three of: an unknown field, a value of a wrong type, a time that can't be read, a text with
    half of a surrogate pair, an item of a collection that is no object, and a collection that is missing. A client with
    `strict=True` refuses them.

    Args:
        kind: The class for the collections that the read includes.
    """
    return _drifting(kind)


def _anything() -> "SearchStrategy[object]":
    leaves = st.none() | st.booleans() | st.integers(-(10**6), 10**6) | _texts()
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_texts(), inner, max_size=2), max_leaves=4
    )


def _odd(annotation: object) -> "SearchStrategy[object]":
    """Return values that a field can't read."""
    types = {*get_args(annotation)}
    odd: list[SearchStrategy[object]] = [st.just({"value": 1}) if Meta not in types else st.just("Firefox")]
    if datetime in types:
        odd.append(st.sampled_from(_UNREADABLE_TIMES))
    elif str in types and int not in types:
        odd += [st.integers(0, 99), st.just(_HALF_A_PAIR)]
    elif bool in types or float in types:
        odd.append(st.sampled_from(["yes", "12.50"]))
    if not any(get_origin(each) is list for each in types):
        odd.append(st.just([1]))
    return st.one_of(odd)


def _add_unknown(draw: "DrawFn", kind: type[Model], holder: JSONObject) -> None:
    names = st.sampled_from(["device", "score", "tags", "utm_id"]) | _texts()
    name = draw(names.filter(lambda each: each not in kind.model_fields and each not in INCLUDE_FLAGS))
    holder[name] = draw(_anything())


def _retype(draw: "DrawFn", kind: type[Model], holder: JSONObject) -> None:
    name, annotation = draw(st.sampled_from([*_hints(kind).items()]))
    holder[name] = draw(_odd(annotation))


def _add_item(draw: "DrawFn", kind: type[Model], holder: JSONObject) -> None:
    name = draw(st.sampled_from(_collections_of(kind)))
    items = cast("list[object]", holder.get(name) or [])
    holder[name] = [*items, draw(st.sampled_from([None, 7, "an item"]))]


def _remove_collection(draw: "DrawFn", kind: type[Model], holder: JSONObject) -> None:
    name = draw(st.sampled_from(_collections_of(kind)))
    holder.pop(name, None)
    if draw(st.booleans()):
        holder[name] = dict[str, object]()  # null is valid


@st.composite
def _drifting(draw: "DrawFn", kind: type[Customer]) -> JSONObject:
    answer = draw(answers(kind))
    customer = cast("JSONObject", answer["customer"])
    for _ in range(draw(st.integers(1, 3))):
        holders: list[tuple[type[Model], JSONObject]] = [(kind, customer)]
        for name in _collections_of(kind):
            items = cast("list[object]", customer.get(name) or [])
            holders += [(_COLLECTIONS[name], cast("JSONObject", item)) for item in items if isinstance(item, dict)]
        holder_kind, holder = draw(st.sampled_from(holders))
        changes: list[Callable[[DrawFn, type[Model], JSONObject], None]] = [_add_unknown, _retype]
        if _collections_of(holder_kind):
            changes += [_add_item, _remove_collection]
        draw(st.sampled_from(changes))(draw, holder_kind, holder)
    return answer

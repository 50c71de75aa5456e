"""Calls of endpoints that the SDK does not know. They have the protection of all other calls."""

from collections.abc import Mapping
from types import NoneType
from typing import Any, Final, TypeAlias, cast, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import to_json

from pyttributionio._core import extras
from pyttributionio._core.calls import GET_CUSTOMER, POST_EVENT
from pyttributionio._core.operations import make_call
from pyttributionio._core.responses import RawResponse
from pyttributionio._core.settings import Settings
from pyttributionio._core.types import Call, Flow
from pyttributionio._core.validation import checked_json, checked_text
from pyttributionio.models._lenient import model_in

Parameter: TypeAlias = extras.Parameter
_ADVICE_TO_READS: Final = {
    **GET_CUSTOMER.advice,
    404: "nothing is at this path; check it, and base_url, its version included",
}
_ADVICE_TO_POSTS: Final = {**POST_EVENT.advice, 404: "nothing is at this path; check it, and tracking_url"}


def get_endpoint(
    settings: Settings, path: object, cast_to: object, params: object, envelope: object
) -> Flow[RawResponse[Any]]:
    """Read a path of the private API, relative to the public key."""
    relative = extras.checked_path(settings, path)
    query = extras.checked_parameters(settings, "params", params)
    kind, key = _checked_kind(cast_to), _checked_envelope(envelope)
    call = Call("GET", f"{{public_key}}/{relative}", kind, key, is_private=True, advice=_ADVICE_TO_READS)
    return make_call(settings, call, query=query)


def post_endpoint(
    settings: Settings, path: object, body: object, cast_to: object, envelope: object
) -> Flow[RawResponse[Any]]:
    """Post to a path of the public API."""
    relative = extras.checked_path(settings, path)
    if not isinstance(body, Mapping):
        raise TypeError(f"body is a dict of JSON values, not {type(body).__name__}")
    data = to_json(checked_json("body", cast("object", body)))
    if extras.contains_secret(settings, data.decode("utf-8")):
        raise ValueError("body contains the account's secret (not shown here): the public API never gets it")
    kind, key = _checked_kind(cast_to), _checked_envelope(envelope)
    call = Call("POST", relative, kind, key, is_private=False, advice=_ADVICE_TO_POSTS)
    return make_call(settings, call, body=data)


def _checked_kind(cast_to: object) -> type[Any]:
    """Return the type that an answer is read into."""
    if cast_to is None or cast_to is NoneType:
        return NoneType
    origin, arguments = get_origin(cast_to), get_args(cast_to)
    if cast_to is dict or (origin is dict and all(model_in(each) is None for each in arguments)):
        return dict
    item = arguments[0] if origin is list else cast_to
    if model_in(item) is not item or item is BaseModel:
        raise TypeError(
            f"cast_to is {cast_to!r}: pass a pydantic model such as Customer, a list of one such as "
            "list[Touchpoint], dict, or None"
        )
    return cast("type[Any]", cast_to)  # a list of a model is not a class


def _checked_envelope(envelope: object) -> str | None:
    if envelope is None:
        return None
    text = checked_text("envelope", envelope)
    if not text:
        raise ValueError(
            'envelope is empty: pass the name of a member of the answer, such as "customer", or leave it out'
        )
    return text

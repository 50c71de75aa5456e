"""A model's serializer, built at its first use.

The models are built at their first use. Until then, a placeholder of pydantic takes the place of the serializer.
`model_dump` builds the model. But before 2.14, pydantic refuses to serialize an unbuilt model by inference: in a field
of type `Any`, in `to_json(events)`, or in the result of a FastAPI endpoint. An instance of an unbuilt model comes from
a model that contains it, from pickle, or from `model_construct`.
"""

from typing import Final, cast

from pydantic import VERSION, BaseModel
from pydantic_core import SchemaSerializer

_PYDANTIC_BUILDS: Final = tuple(map(int, VERSION.split(".")[:2])) >= (2, 14)
_with_get: Final[dict[type[object], type[object]]] = {}
"""The subclass of each class of placeholders that has `__get__`, which Python calls when it reads an attribute."""


def build_when_serialized(kind: type[BaseModel]) -> None:
    """Let pydantic find the real serializer through each instance of a model; it is built then."""
    placeholder = vars(kind).get("__pydantic_serializer__")
    if _PYDANTIC_BUILDS or placeholder is None or isinstance(placeholder, SchemaSerializer):
        return
    base = cast("type[object]", type(placeholder))
    if not hasattr(base, "__get__"):
        # pydantic recognises its placeholders by their class, so this one is a subclass.
        if base not in _with_get:
            _with_get[base] = type(base.__name__, (base,), {"__slots__": (), "__get__": _serializer})
        placeholder.__class__ = _with_get[base]


def _serializer(placeholder: object, instance: object, owner: type[BaseModel]) -> object:
    if instance is None:
        return placeholder
    owner.model_rebuild()
    return vars(owner)["__pydantic_serializer__"]

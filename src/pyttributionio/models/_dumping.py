"""The dumps of a model whose unknown fields are nested deeper than pydantic serializes, which is 255 levels.

pydantic parses 200 levels of JSON, so a deeper dump is parsed in another way, too.
"""

import json
from functools import wraps
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticSerializationError, to_jsonable_python


@wraps(BaseModel.model_dump)
def model_dump(
    self: BaseModel,
    *,
    mode: str = "python",
    **options: Any,  # noqa: ANN401  # the options of pydantic's method
) -> dict[str, Any]:
    """Return the model as a dict, with pydantic's options."""
    try:
        return BaseModel.model_dump(self, mode=mode, **options)
    except (PydanticSerializationError, ValueError) as error:
        if mode != "json" or not _is_of_depth(error):
            raise
    dumped: dict[str, Any] = json.loads(_deep_json(self, options))
    return dumped


@wraps(BaseModel.model_dump_json)
def model_dump_json(
    self: BaseModel,
    *,
    indent: int | None = None,
    **options: Any,  # noqa: ANN401  # the options of pydantic's method
) -> str:
    """Return the model as JSON text, with pydantic's options."""
    try:
        return BaseModel.model_dump_json(self, indent=indent, **options)
    except (PydanticSerializationError, ValueError) as error:
        if not _is_of_depth(error):
            raise
    return _deep_json(self, options, indent)


def _is_of_depth(error: Exception) -> bool:
    return "depth exceeded" in str(error)


def _deep_json(model: BaseModel, options: dict[str, Any], indent: int | None = None) -> str:
    # The dump with mode="python" has no limit: it does not look into the values of unknown fields.
    ensure_ascii = options.pop("ensure_ascii", False)
    plain = BaseModel.model_dump(model, **options)
    separators = (",", ":" if indent is None else ": ")
    return json.dumps(
        plain, default=to_jsonable_python, ensure_ascii=ensure_ascii, indent=indent, separators=separators
    )


def parse_deep_json(json_data: str | bytes | bytearray, error: ValidationError) -> object:
    """Return the value of a JSON text that pydantic can't parse because of its depth; raise the error of another one.

    Raises:
        ValidationError: The text is not JSON, or even deeper.
    """
    (first, *_) = error.errors(include_url=False, include_context=False, include_input=False)
    if first["type"] == "json_invalid" and "recursion limit exceeded" in first["msg"]:
        try:
            return json.loads(json_data)
        except (ValueError, RecursionError):
            pass
    raise error

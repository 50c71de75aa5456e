"""The files of schemas/, read once, and a validator for each."""

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

SCHEMAS = Path(__file__).parents[2] / "schemas"
FILES = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(SCHEMAS.glob("*.json"))}
OPENAPI = FILES["openapi.json"]
MODEL_FILES = {name: schema for name, schema in FILES.items() if name not in {"calls.json", "openapi.json"}}
REGISTRY: Registry[Any] = Registry().with_resources(
    (name, Resource.from_contents(schema)) for name, schema in MODEL_FILES.items()
)
CUSTOMERS = "/{public_key}/customers/{client_id}"


def validator(name: str) -> Draft202012Validator:
    """Return the validator of one file; references to other files are found beside it."""
    return Draft202012Validator(FILES[name], registry=REGISTRY)

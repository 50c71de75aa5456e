"""openapi.json, and the table of the calls for run time. Both are made from schemas/calls.json.

calls.json is an OpenAPI document without the models: the servers, the paths with their parameters and answers, and
extensions for each operation. `x-sdk-method` is the method of the client, such as "customers.get". `x-advice` has a
sentence for the error messages of some statuses, and `x-errors` one for the docstring of a read.
"""

import json
import re
from typing import Any, TypeAlias

from pyttributionio._errors import status_error_type

Document: TypeAlias = dict[str, Any]
SCHEMAS = "#/components/schemas/"
FILE_KEYS = {"$schema", "$id"}
"""The keys that belong to a file, and not to a component of openapi.json."""


def openapi_text(calls: Document, schemas: dict[str, Document]) -> str:
    """Return openapi.json: the calls, with every model under components.schemas."""
    titles = {name: schema["title"] for name, schema in schemas.items()}

    def component(node: Any) -> Any:  # noqa: ANN401
        if isinstance(node, list):
            return [component(item) for item in node]
        if not isinstance(node, dict):
            return node
        return {
            key: f"{SCHEMAS}{titles[value]}" if key == "$ref" else component(value)
            for key, value in node.items()
            if key not in FILE_KEYS
        }

    models = {schema["title"]: component(schema) for schema in schemas.values()}
    complete = {**calls, "components": {"schemas": models, **calls["components"]}}
    return json.dumps(complete, indent=2, ensure_ascii=False) + "\n"


def operations(calls: Document) -> list[tuple[str, str, Document]]:
    """Return each operation with its method and path."""
    return [
        (method.upper(), path, operation)
        for path, methods in calls["paths"].items()
        for method, operation in methods.items()
    ]


COMMON_ERRORS = """
RateLimitError: Too many requests, and the retries did not help.
InternalServerError: The server failed, and the retries did not help.
APIStatusError: Any other answer that is not a 2xx; the errors above are kinds of it.
APITimeoutError: No complete answer came within the timeout of each attempt, or the deadline in seconds.
APIConnectionError: No complete answer came for another reason.
ClientClosedError: The client was closed before the call; nothing was sent.
ClientDisabledError: The client is disabled, and the call needs an answer; nothing was sent.
ResponseValidationError: The answer has no JSON object `customer`, or a collection in it is not an array.
ValueError: An argument is empty, unknown or malformed, or the client has no secret; nothing was sent.
TypeError: An argument has the wrong type; nothing was sent."""


def errors_of_reads(calls: Document) -> dict[str, str]:
    """Return the section "Raises" of each read's docstring, by the method of the client."""
    sections: dict[str, str] = {}
    for method, _, operation in operations(calls):
        if method == "GET":
            errors = operation["x-errors"].items()
            own = [f"{status_error_type(int(status)).__name__}: {text}" for status, text in errors]
            lines = [*own, *COMMON_ERRORS.strip().splitlines()]
            sections[operation["x-sdk-method"]] = "\n".join(
                ["        Raises:", *(f"            {each}" for each in lines)]
            )
    return sections


def table_source(calls: Document) -> str:
    """Return the rows of the module `_core/calls.py`, a constant for each operation.

    Raises:
        ValueError: An operation is not as the SDK can call it; the message names it.
    """
    rows = [_row(*each) for each in operations(calls)]
    models = sorted({name for row in rows for name in re.findall(r"\b[A-Z][a-z]\w*", row.partition(", is_private")[0])})
    names = ", ".join(name for name in models if name not in {"Call", "Final"})
    head = [
        "from typing import Final\n",
        "from pyttributionio._core.types import Call",
        f"from pyttributionio.models import {names}\n",
    ]
    return "\n".join([*head, *rows])


def _row(method: str, path: str, operation: Document) -> str:
    name = operation["operationId"]
    constant = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()
    answers = {status: each for status, each in operation["responses"].items() if status.startswith("2")}
    properties = [each["content"]["application/json"]["schema"]["properties"] for each in answers.values()]
    if len(properties) != 1 or len(properties[0]) != 1:
        raise ValueError(f"{name} needs one answer with status 2xx, an object that has one member")
    ((envelope, rule),) = properties[0].items()
    is_list = rule.get("type") == "array"
    model = (rule["items"] if is_list else rule)["$ref"].removeprefix(SCHEMAS)
    arguments = [
        json.dumps(method),
        json.dumps(path.removeprefix("/")),
        f"list[{model}]" if is_list else model,
        json.dumps(envelope),
        f"is_private={operation['security'] == [{'secret': []}]}",
        f"advice={{{', '.join(f'{status}: {json.dumps(text)}' for status, text in operation['x-advice'].items())}}}",
    ]
    return f'{constant}: Final = Call({", ".join(arguments)})\n"""{operation["summary"]}."""\n'

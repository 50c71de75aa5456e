"""The schemas are valid, described, graded as the contract grades them, and tied together by openapi.json."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from pyttributionio import Client
from pyttributionio._core.calls import POST_EVENT, POST_IDENTITY
from pyttributionio._core.requests import EventFields, Person, enveloped, event_body, identity_body
from pyttributionio._core.settings import Settings
from support.contract import COLLECTIONS, GRADES
from support.documents import EPOCH, MODELS, valid
from support.schemas import CUSTOMERS, FILES, MODEL_FILES, OPENAPI, validator

PRIVATE, PUBLIC = "https://attribution.io/api/v1", "https://api.attribution.io"
OPERATIONS: dict[tuple[str, str], tuple[str, set[str], list[Any]]] = {
    (CUSTOMERS, "get"): (
        PRIVATE,
        {"200", "401", "403", "404", "default"},
        [{"secret": []}],
    ),
    ("/events", "post"): (PUBLIC, {"2XX", "default"}, []),
    ("/identities", "post"): (PUBLIC, {"2XX", "default"}, []),
}
EVIDENCE = {"documented", "observed", "assumed"}


def nodes(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every object of a document with its place."""
    if isinstance(node, dict):
        yield path, node
        for key, value in node.items():
            yield from nodes(value, f"{path}/{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from nodes(value, f"{path}/{index}")


def properties(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return every property of every schema in a document by its place."""
    return {
        f"{path}/{name}": rule
        for path, node in nodes(document)
        for name, rule in node.get("properties", {}).items()
        if not path.endswith("/properties")
    }


@pytest.mark.parametrize("name", MODEL_FILES)
def test_file_is_a_valid_schema(name: str) -> None:
    """Of JSON Schema 2020-12, with a title, a description and its own file name as its id."""
    schema = FILES[name]
    Draft202012Validator.check_schema(schema)
    assert (schema["$schema"], schema["$id"]) == ("https://json-schema.org/draft/2020-12/schema", name)
    assert schema["title"]
    assert schema["description"].endswith(".")
    for _, node in nodes(schema):
        assert node.get("$ref", name) in MODEL_FILES


@pytest.mark.parametrize("name", FILES)
def test_every_property_is_described_and_graded(name: str) -> None:
    """So that a reader of a schema knows what a field means, and how sure that is."""
    for path, rule in properties(FILES[name]).items():
        assert rule.get("description", "").endswith("."), path
        assert rule.get("x-evidence") in EVIDENCE, path


def test_grades_are_those_of_the_contract() -> None:
    """Every field of every model, and no other."""
    found = {
        name: {field: rule["x-evidence"] for field, rule in schema["properties"].items()}
        for name, schema in MODEL_FILES.items()
        if "properties" in schema
    }
    assert found == GRADES


def test_no_field_of_an_answer_is_required_and_null_is_allowed() -> None:
    """Reading rules 1 and 2."""
    for name in ("customer.json", "meta.json", *COLLECTIONS.values()):
        assert "required" not in FILES[name], name
        for field, rule in FILES[name]["properties"].items():
            assert validator(name).is_valid({field: None}), (name, field)
            assert rule.get("default") is None


@pytest.mark.parametrize("name", MODELS)
def test_what_the_contract_allows_fits_the_schema(name: str) -> None:
    """Answers made from its tables by hand."""

    @settings(max_examples=40, deadline=None)
    @given(valid(name))
    def check(document: dict[str, Any]) -> None:
        validator(f"{name}.json").validate(document)

    check()


# Request bodies

FILLED = st.text(min_size=1).filter(str.strip)
IDS = FILLED | st.integers()
META = st.dictionaries(st.text(max_size=5).filter(lambda name: name != "agent"), st.none() | st.booleans() | st.text())
PERSONS = st.builds(
    Person,
    client_id=st.none() | IDS,
    visitor_id=IDS,
    user_agent=st.none() | FILLED,
    created_at=st.none()
    | st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30), timezones=st.timezones())
    | st.just(datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
    meta=st.none() | META,
)


@pytest.fixture(scope="module")
def client_settings() -> Settings:
    """What a body needs to know of its client."""
    return Client("KEY")._settings


@settings(max_examples=150, deadline=None)
@given(PERSONS, IDS, st.none() | FILLED, st.none() | IDS, st.booleans())
def test_request_bodies_fit_their_schemas(
    client_settings: Settings,
    person: Person,
    event_key: str | int,
    url: str | None,
    transaction_id: str | int | None,
    is_informational: bool,
) -> None:
    """Whatever a caller passes: the inner object, and the whole body that openapi.json describes."""
    identity = identity_body(client_settings, person)
    fields = EventFields(str(event_key), url, transaction_id, is_informational)
    event = event_body(client_settings, fields, identity)
    for call, key, body in ((POST_IDENTITY, "identity", identity), (POST_EVENT, "event", event)):
        sent = json.loads(enveloped(call, body))
        validator(f"{key}_request.json").validate(sent[key])
        described = OPENAPI["paths"][f"/{call.path}"]["post"]["requestBody"]["content"]["application/json"]["schema"]
        Draft202012Validator(resolved(described)).validate(sent)
        assert sent[key]["created_at"] == (identity.created_at - EPOCH) // timedelta(seconds=1)


WRONG_BODIES = {
    "a member too many": {"revenue": 5},
    "no alias": {"aliases": []},
    "a number as an id": {"client_id": 5},
    "an empty id": {"client_id": ""},
    "a fraction of a second": {"created_at": 1520000000.5},
    "time as text": {"created_at": "2018-03-02T14:13:20Z"},
    "no user agent": {"meta": {}},
    "null": {"public_key": None},
}


@pytest.mark.parametrize("wrong", WRONG_BODIES.values(), ids=WRONG_BODIES)
def test_wrong_request_body_does_not_fit(wrong: dict[str, Any]) -> None:
    """The schemas of requests are strict: they say what is sent, to the member."""
    identity = {
        "aliases": ["v"],
        "client_id": "c",
        "public_key": "k",
        "created_at": 1520000000,
        "meta": {"agent": "User-Agent unknown"},
    }
    event = {**identity, "event_public_key": "e", "url": "u", "transaction_id": "t", "is_informational": False}
    for name, body in (("identity_request.json", identity), ("event_request.json", event)):
        assert validator(name).is_valid(body)
        assert not validator(name).is_valid({**body, **wrong})
        for field in body:
            assert not validator(name).is_valid({key: value for key, value in body.items() if key != field}), field


# openapi.json


def resolved(node: Any) -> Any:
    """Return a part of openapi.json with every reference replaced by the component that it names."""
    if isinstance(node, list):
        return [resolved(item) for item in node]
    if not isinstance(node, dict):
        return node
    there = resolved(component(node["$ref"])) if "$ref" in node else {}
    return {**there, **{key: resolved(value) for key, value in node.items() if key != "$ref"}}


def component(reference: str) -> dict[str, Any]:
    """Return a component of openapi.json."""
    _, _, kind, name = reference.split("/")
    found: dict[str, Any] = OPENAPI["components"][kind][name]
    return found


def test_openapi_document_is_valid() -> None:
    """As OpenAPI 3.1, with and without its references."""
    assert OPENAPI["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(OPENAPI).validate()
    OpenAPIV31SpecValidator({**OPENAPI, "paths": resolved(OPENAPI["paths"])}).validate()


def test_openapi_ties_three_operations_to_two_servers() -> None:
    """Their paths, methods, status codes, and who gets the secret."""
    found = {
        (path, method): (operation["servers"][0]["url"], {*operation["responses"]}, operation["security"])
        for path, item in OPENAPI["paths"].items()
        for method, operation in item.items()
    }
    assert found == OPERATIONS
    secret = OPENAPI["components"]["securitySchemes"]["secret"]
    assert (secret["type"], secret["in"], secret["name"]) == ("apiKey", "query", "secret")


def test_openapi_parameters_are_the_contract_s() -> None:
    """Two path segments and five flags, each described and graded."""
    parameters = resolved(OPENAPI["paths"][CUSTOMERS]["get"]["parameters"])
    assert {(rule["name"], rule["in"]): (rule["required"], rule["x-evidence"]) for rule in parameters} == {
        ("public_key", "path"): (True, "documented"),
        ("client_id", "path"): (True, "documented"),
        ("show_pageviews", "query"): (False, "observed"),
        ("show_touchpoints", "query"): (False, "observed"),
        ("show_events", "query"): (False, "observed"),
        ("show_identities", "query"): (False, "observed"),
        ("show_all", "query"): (False, "documented"),
    }
    for rule in parameters:
        assert rule["description"].endswith(".")
        assert rule["schema"].get("enum", ["true"]) == ["true"]


def test_openapi_operations_and_responses_are_graded() -> None:
    """Everything that states a fact says how sure it is."""
    for path, item in OPENAPI["paths"].items():
        for method, operation in item.items():
            assert operation["x-evidence"] in EVIDENCE, (path, method)
            for status, response in resolved(operation["responses"]).items():
                assert response["description"].endswith("."), (path, status)
                assert response["x-evidence"] in EVIDENCE, (path, status)


def test_openapi_has_every_model_as_a_component() -> None:
    """And its references lead to components only, so that a tool needs this one file."""
    components = OPENAPI["components"]["schemas"]
    assert {name: {**schema.get("properties", {})}.keys() for name, schema in components.items()} == {
        schema["title"]: {**schema.get("properties", {})}.keys() for schema in MODEL_FILES.values()
    }
    for _, node in nodes(OPENAPI):
        assert "$ref" not in node or component(node["$ref"])
    paths = json.dumps(OPENAPI["paths"])
    for model in ("Customer", "Event", "Identity", "EventRequest", "IdentityRequest"):
        assert f'"#/components/schemas/{model}"' in paths


def test_openapi_names_both_servers() -> None:
    """For the whole document, and for each operation the one that it is sent to."""
    assert [server["url"] for server in OPENAPI["servers"]] == [PRIVATE, PUBLIC]


def test_collections_refer_to_the_files_of_their_items() -> None:
    """In the schemas of the models, which openapi.json is made from."""
    collections = {name: FILES["customer.json"]["properties"][name]["items"]["$ref"] for name in COLLECTIONS}
    assert collections == COLLECTIONS


def test_include_flags_are_parameters() -> None:
    """The flag that a collection names is one of the operation's query parameters."""
    parameters = {rule["name"] for rule in resolved(OPENAPI["paths"][CUSTOMERS]["get"]["parameters"])}
    flags = {name: rule.get("x-include-flag") for name, rule in FILES["customer.json"]["properties"].items()}
    assert {name: flag for name, flag in flags.items() if flag} == {name: f"show_{name}" for name in COLLECTIONS}
    assert {f"show_{name}" for name in COLLECTIONS} <= parameters

"""scripts/learn-schema: real answers become a proposal for schemas/ that only adds, and nothing of their data shows."""

import json
import re
import shutil
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from pyttributionio import Client, Touchpoint
from pyttributionio.sandbox import Sandbox
from support.documents import VALUES, valid
from support.faults import FaultServer, answer
from tasks import answer_shapes, learn_schema, schema_proposal

from ._running import ROOT, run_module

SCHEMAS: dict[str, Any] = learn_schema.read_schemas(ROOT / "schemas")

SAMPLE: Final[dict[str, Any]] = {
    "id": 98765432109876543210,
    "client_id": "ada.private@mail.example",
    "plan": "professional-plan",
    "signed_up_at": 1520000777,
    "ada.private@mail.example": "Lovelace",
    "created_at": "2018-03-02T14:13:29Z",
    "updated_at": 1520000888999,
    "revenue": "12.59",
    "address": {"city": "Londinium", "geo": {"lat": 51.5077, "lng": -7734}},
    "tags": ["very-important", "early-bird"],
    "pageviews": [{"url": "https://shop.example/private", "device": {"os": "Linux-6.66", "build": 4711}}],
    "touchpoints": [{"channel": "carrier-pigeon", "device": {"os": "Plan-9", "cores": 9944}}],
    "events": [{"items": [{"sku": "SKU-1234", "price": 3.2577}, {"sku": None, "qty": 2233}]}],
}


def leaves(value: Any) -> list[str]:
    """Return every text and number in a document as it would be printed."""
    if isinstance(value, dict):
        return [leaf for member in value.values() for leaf in leaves(member)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in leaves(item)]
    return [] if value is None else [str(value)]


PRIVATE: Final = leaves(SAMPLE)
"""Every value of the sample; none of them is a field's name."""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Copy what the script reads and writes."""
    shutil.copytree(ROOT / "schemas", tmp_path / "schemas")
    return tmp_path


def run(root: Path, *arguments: str) -> Any:
    """Run the script on a tree; return its exit code."""
    return learn_schema.main([*arguments, "--root", str(root)])


def save(root: Path, document: object, name: str = "answer.json") -> str:
    """Save an answer; text as it is."""
    path = root / name
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return str(path)


def files(root: Path) -> dict[str, Any]:
    """Read the schemas of a tree."""
    found: dict[str, Any] = learn_schema.read_schemas(root / "schemas")
    return found


def learned(customer: object) -> Any:
    """Return the proposal that a customer leads to."""
    shapes = answer_shapes.Shapes()
    shapes.see({"customer": customer}, frozenset())
    return schema_proposal.Proposal.of(SCHEMAS, shapes)


def validator(schemas: dict[str, Any], name: str = "customer.json") -> Draft202012Validator:
    """Return the validator of one schema among others."""
    registry: Registry[Any] = Registry().with_resources(
        (name, Resource.from_contents(schema)) for name, schema in schemas.items()
    )
    return Draft202012Validator(schemas[name], registry=registry)


BEFORE: Final = validator(SCHEMAS)


# From an answer to written schemas


def test_proposal_is_shown_then_written_then_nothing_is_left(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A table, a diff, one clear last line; the exit code says whether something is proposed."""
    saved = save(tree, {"customer": SAMPLE})
    assert run(tree, saved) == 1
    shown = capsys.readouterr().out
    assert files(tree) == SCHEMAS
    assert re.search(r"^customer\.plan +unknown field +string \(1\) +new: string \| null$", shown, re.MULTILINE)
    assert "\n--- a/schemas/customer.json\n+++ b/schemas/customer.json\n@@ " in shown
    assert "\n--- /dev/null\n+++ b/schemas/device.json\n@@ -0,0 +1," in shown
    assert shown.splitlines()[-1].startswith(
        "Proposed: changes to address.json, customer.json, device.json, event.json"
    )
    assert shown.splitlines()[-1].endswith("(1 in the table to decide by hand). Write them with --write.")

    assert run(tree, saved, "--write") == 0
    shown = capsys.readouterr().out
    assert shown.splitlines()[-1].startswith("Written: address.json, customer.json,")
    assert shown.endswith("Review them, then run scripts/generate-models.\n")
    written = files(tree)
    assert validator(written).is_valid(SAMPLE)

    assert run(tree, saved) == 0
    shown = capsys.readouterr().out
    assert shown.splitlines()[-1] == "Nothing to propose (1 in the table to decide by hand)."
    assert files(tree) == written


def test_answers_that_fit_need_nothing(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was observed before, null, and unknown members of meta, which callers choose."""
    event = {"client_id": 5, "created_at": 1520000000, "name": None, "meta": {"agent": "a", "plan": "gold"}}
    saved = save(tree, {"customer": {"id": None, "events": [event], "pageviews": None}})
    assert run(tree, saved, "--write") == 0
    written = files(tree)
    capsys.readouterr()
    assert run(tree, saved) == 0
    assert capsys.readouterr().out == "1 answer read\n\nNothing to propose: the answers fit the schemas.\n"
    assert files(tree) == written


def test_no_value_of_an_answer_stands_in_any_output(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither printed, nor in the shapes that were saved, nor in the schemas."""
    assert len(PRIVATE) > 20
    saved = save(tree, {"customer": SAMPLE, "token": "professional-plan"})
    assert run(tree, saved, "--shapes", str(tree / "shapes.json"), "--write") == 0
    told = capsys.readouterr()
    new = [(tree / "shapes.json").read_text(encoding="utf-8")]
    new += [path.read_text(encoding="utf-8") for path in (tree / "schemas").iterdir()]
    before = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "schemas").iterdir())
    for value in PRIVATE:
        assert value not in told.out + told.err, value
        assert value in before or value not in "".join(new), value


NAMES: Final[dict[str, bool]] = {
    "plan": True,
    "utm_source": True,
    "createdAt": True,
    "address_line_2": True,
    "ga4_client_id": True,
    "is_b2b": True,
    "größe": True,
    "名前": True,
    "ada@mail.example": False,
    "Ada King Lovelace": False,
    "shop.example": False,
    "2018-03-02": False,
    "9b2e4f60-77aa-4c1b-8d3e-5f60a1b2c3d4": False,
    "Ada Lovelace": False,
    "1520000000": False,
    "customer_4711": False,
    "+44 20 7946 0000": False,
    "k3jh4kj2h34kjh23k4jh": False,
    "a8f3e9c1b2d4f5a6": False,
    "qwertzuiopasdfghjklyxcvbnmq": False,
    "é": False,
    "": False,
    "x" * 200: False,
}


@pytest.mark.parametrize(("name", "plain"), NAMES.items())
def test_names_that_look_like_data_are_masked(
    tree: Path, capsys: pytest.CaptureFixture[str], name: str, *, plain: bool
) -> None:
    """Addresses, numbers, tokens: an object may be keyed by what it is about."""
    saved = save(tree, {"customer": {"id": None, name: "some text"}})
    assert run(tree, saved, "--shapes", str(tree / "shapes.json")) == int(plain)
    told = capsys.readouterr().out + (tree / "shapes.json").read_text(encoding="utf-8")
    assert (f"customer.{name} " in told, f'"{name}": ' in told) == (plain, plain)
    assert (f"<a name of {len(name)} characters>" in told) is not plain


UNFIT: Final = ["first-touch", "first touch", "First Touch", "utm-source-2", "сумма заказа", "Última visita"]


def test_names_that_no_field_can_have_are_named_one_by_one(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In the customer, and in an object where no other name is."""
    saved = save(tree, {"customer": {**dict.fromkeys(UNFIT, 5), "stats": dict.fromkeys(UNFIT, "x")}})
    assert run(tree, saved) == 0
    shown = capsys.readouterr().out
    for name in UNFIT:
        for path, kind in ((rf"customer\.{name}", "integer"), (rf"customer\.stats\.{name}", "string")):
            assert re.search(rf"^{path} +unknown field +{kind} \(1\) +nothing: ", shown, re.MULTILINE)
    assert shown.endswith(f"Nothing to propose ({2 * len(UNFIT) + 1} in the table to decide by hand).\n")
    assert files(tree) == SCHEMAS


# What is proposed

TEXT, NUMBER, NULL = {"type": "string"}, {"type": "number"}, {"type": "null"}
INFERRED: Final[dict[str, tuple[str, list[Any], dict[str, Any]]]] = {
    "text": ("plan", ["a", None], {"type": ["string", "null"]}),
    "true or false": ("vip", [True], {"type": ["boolean", "null"]}),
    "whole numbers": ("visits", [3], {"type": ["integer", "null"]}),
    "fractions": ("score", [3.5], {"type": ["integer", "number", "null"]}),
    "numbers and text": ("size", [3, "XL"], {"type": ["integer", "string", "null"]}),
    "an id": ("account_id", [3], {"anyOf": [{"$ref": "id.json"}, NULL]}),
    "an id that is no id": ("account_id", [3.5], {"type": ["integer", "number", "null"]}),
    "ids": ("order_ids", [[3, "a"]], {"type": ["array", "null"], "items": {"$ref": "id.json"}}),
    "Unix seconds": ("seen_at", [1520000000, None], {"anyOf": [{"$ref": "time.json"}, NULL]}),
    "Unix seconds, other name": ("seen", [1520000000], {"type": ["integer", "null"]}),
    "a small number": ("looked_at", [3], {"type": ["integer", "null"]}),
    "milliseconds": ("seen_at", [1520000000000], {"type": ["integer", "null"]}),
    "ISO 8601": ("seen", ["2018-03-02T14:13:20+01:00"], {"anyOf": [{"$ref": "time.json"}, NULL]}),
    "both forms": ("seen_at", ["2018-03-02 14:13", 1520000000.5], {"anyOf": [{"$ref": "time.json"}, NULL]}),
    "a date": ("day", ["2018-03-02"], {"type": ["string", "null"]}),
    "no date": ("seen_at", ["0000-00-00 00:00:00"], {"type": ["string", "null"]}),
    "30 February": ("seen_at", ["2026-02-30T00:00:00Z"], {"type": ["string", "null"]}),
    "hour 24": ("seen_at", ["2026-02-01T24:00:00Z"], {"type": ["string", "null"]}),
    "a time and no date": ("seen_at", ["2018-03-02T14:13:20Z", "0000-00-00"], {"type": ["string", "null"]}),
    "another script": ("größe", [3], {"type": ["integer", "null"]}),
    "object in another script": ("город", [{"имя": "x"}], {"anyOf": [{"$ref": "part.json"}, NULL]}),
    "object named like an import": ("annotated", [{"x": 1}], {"anyOf": [{"$ref": "customer_annotated.json"}, NULL]}),
    "object named like a constant": ("none", [{"x": 1}], {"anyOf": [{"$ref": "customer_none.json"}, NULL]}),
    "object named like a public class": ("client", [{"x": 1}], {"anyOf": [{"$ref": "customer_client.json"}, NULL]}),
    "object named like its class": ("Device", [{"x": 1}], {"anyOf": [{"$ref": "customer_device.json"}, NULL]}),
    "array of text": ("tags", [["a"], []], {"type": ["array", "null"], "items": TEXT}),
    "array with null": ("tags", [["a", None]], {"type": ["array", "null"], "items": {"type": ["string", "null"]}}),
    "array of arrays": ("grid", [[[1.5]]], {"type": ["array", "null"], "items": {"type": "array", "items": NUMBER}}),
    "text or array": ("tags", ["a", ["b"]], {"type": ["string", "array", "null"], "items": TEXT}),
    "object": ("device", [{"os": "x"}], {"anyOf": [{"$ref": "device.json"}, NULL]}),
    "text or object": ("device", ["x", {"os": "x"}], {"anyOf": [TEXT, {"$ref": "device.json"}, NULL]}),
    "array of objects": ("devices", [[{"os": "x"}]], {"type": ["array", "null"], "items": {"$ref": "device.json"}}),
    "known object": ("meta", [{"agent": "x"}], {"anyOf": [{"$ref": "meta.json"}, NULL]}),
    "other object of a known name": ("meta", [{"os": "x"}], {"anyOf": [{"$ref": "customer_meta.json"}, NULL]}),
    "object named like a base class": ("modelX", [{"os": "x"}], {"anyOf": [{"$ref": "model_x.json"}, NULL]}),
}


@pytest.mark.parametrize(("name", "values", "rule"), INFERRED.values(), ids=INFERRED)
def test_new_property_has_the_types_that_were_seen(name: str, values: list[Any], rule: dict[str, Any]) -> None:
    """Ids and times by reference, null always allowed, observed, and described as not explained."""
    shapes = answer_shapes.Shapes()
    for value in values:
        shapes.see({"customer": {name: value}}, frozenset())
    proposal = schema_proposal.Proposal.of(SCHEMAS, shapes)
    found = proposal.schemas["customer.json"]["properties"][name]
    description = {"description": "Seen in answers; its meaning is not known yet.", "x-evidence": "observed"}
    assert found == description | rule
    for schema in proposal.schemas.values():
        Draft202012Validator.check_schema(schema)
        assert schema["description"].endswith(".")
    for value in [*values, None]:
        assert validator(proposal.schemas).is_valid({name: value})
    assert proposal.findings[0].proposed.startswith("new: ")


def test_objects_get_a_file_of_their_own() -> None:
    """Named by the property, with a title that no other class has; one of that name is shared."""
    found = learned(
        {
            "touchpoints": [{"device": {"os": "x"}}],
            "pageviews": [{"device": {"os": "y", "build": 1}, "event": {"kind": "z"}}],
            "adClicks": [{"x": 1}],
            "request": {"path": "p"},
        }
    ).schemas
    assert found.keys() - SCHEMAS.keys() == {"ad_click.json", "device.json", "pageview_event.json", "req.json"}
    assert (found["ad_click.json"]["title"], found["ad_click.json"]["$id"]) == ("AdClick", "ad_click.json")
    assert list(found["device.json"]["properties"]) == ["os", "build"]
    assert found["pageview_event.json"]["title"] == "PageviewEvent"
    assert found["device.json"]["properties"]["os"]["x-evidence"] == "observed"


WIDENED: Final[dict[str, tuple[str, list[Any], dict[str, Any]]]] = {
    "a number's text": ("revenue", ["12.50"], {"type": ["integer", "number", "string", "null"]}),
    "a time in milliseconds": (
        "created_at",
        [1520000000000],
        {"anyOf": [{"$ref": "time.json"}, {"type": "integer"}, NULL]},
    ),
    "a date": ("created_at", ["2018-03-02"], {"anyOf": [{"$ref": "time.json"}, TEXT, NULL]}),
    "no date": ("created_at", ["0000-00-00 00:00:00", 1520000000], {"anyOf": [{"$ref": "time.json"}, TEXT, NULL]}),
    "a fraction as an id": ("id", [1.5, "a"], {"anyOf": [{"$ref": "id.json"}, NUMBER, NULL]}),
    "an object for a number": (
        "revenue",
        [{"amount": 5}],
        {"anyOf": [{"type": "integer"}, NUMBER, {"$ref": "customer_revenue.json"}, NULL]},
    ),
    "an empty object": ("revenue", [{}], {"type": ["integer", "number", "object", "null"]}),
    "an array": ("revenue", [[5]], {"type": ["integer", "number", "array", "null"], "items": {"type": "integer"}}),
}


@pytest.mark.parametrize(("name", "values", "rule"), WIDENED.values(), ids=WIDENED)
def test_another_type_is_added_and_none_taken_away(name: str, values: list[Any], rule: dict[str, Any]) -> None:
    """The description stays, and what was assumed is now observed."""
    schemas = SCHEMAS
    if "customer_revenue.json" in str(rule):  # a file that is taken, so that the parent's name is used
        schemas = {**SCHEMAS, "revenue.json": {**SCHEMAS["meta.json"], "$id": "revenue.json", "title": "Revenue"}}
    shapes = answer_shapes.Shapes()
    for value in values:
        shapes.see({"customer": {name: value}}, frozenset())
    found = schema_proposal.Proposal.of(schemas, shapes).schemas["customer.json"]["properties"][name]
    old = schemas["customer.json"]["properties"][name]
    assert found == {"description": old["description"], "x-evidence": "observed"} | rule


def test_items_are_widened_too() -> None:
    """And what is referred to is not touched."""
    found = learned({"events": [{"aliases": ["v", None, 1.5]}]})
    items = found.schemas["event.json"]["properties"]["aliases"]["items"]
    assert items == {"anyOf": [{"$ref": "id.json"}, NUMBER, NULL]}
    assert found.schemas["id.json"] == SCHEMAS["id.json"]
    assert [(finding.path, finding.proposed) for finding in found.findings] == [
        ("customer.events", "observed"),
        ("customer.events[].aliases", "observed"),
        ("customer.events[].aliases[]", "also number | null"),
    ]


PROMOTED: Final[dict[str, tuple[Any, bool]]] = {
    "an id": ({"id": 5}, True),
    "a time": ({"created_at": "2018-03-02T14:13:20Z"}, True),
    "zero": ({"revenue": 0}, True),
    "null": ({"id": None}, False),
    "nothing": ({}, False),
}


@pytest.mark.parametrize(("customer", "promoted"), PROMOTED.values(), ids=PROMOTED)
def test_assumed_becomes_observed_where_a_value_came(customer: dict[str, Any], *, promoted: bool) -> None:
    """Null says nothing of a type."""
    found = learned(customer)
    for name, rule in found.schemas["customer.json"]["properties"].items():
        old = SCHEMAS["customer.json"]["properties"][name]
        changed = promoted and name in customer
        assert rule == (old | {"x-evidence": "observed"} if changed else old)
    assert [finding.proposed for finding in found.findings] == ["observed"] * promoted


BY_HAND: Final[dict[str, tuple[Any, str, str]]] = {
    "only null": ({"x": None}, "customer.x", "no type is known yet"),
    "only empty arrays": ({"x": [[]]}, "customer.x", "no type is known yet"),
    "only empty objects": ({"x": {}}, "customer.x", "no type is known yet"),
    "keyed by data": ({"x": {"a@b.example": 1}}, "customer.x", "no type is known yet"),
    "a keyword": ({"class": 1}, "customer.class", "no field can have this name"),
    "a method of models": ({"copy": 1}, "customer.copy", "no field can have this name"),
    "a private name": ({"_id": 1}, "customer._id", "no field can have this name"),
    "the name of a type": ({"list": 1}, "customer.list", "no field can have this name"),
    "the name of a model": ({"Event": 1}, "customer.Event", "no field can have this name"),
    **{
        f"the imported name {name}": ({name: 1}, f"customer.{name}", "no field can have this name")
        for name in ("Field", "Annotated", "UtcDatetime", "Id", "OR_EMPTY", "CustomerModel", "Any", "Literal")
    },
    "dashes": ({"first-touch": 1}, "customer.first-touch", "no name in Python"),
    "spaces": ({"First Touch": 1}, "customer.First Touch", "no name in Python"),
    "spaces in another script": ({"первое касание": 1}, "customer.первое касание", "no name in Python"),
    "a letter that Python changes": ({"ﬁrst": 1}, "customer.ﬁrst", "no name in Python"),
    "a collection that is none": ({"events": 5}, "customer.events", "by hand"),
    "a collection of text": ({"events": ["a", {"x": 1}]}, "customer.events[]", "by hand"),
}


@pytest.mark.parametrize(("customer", "path", "why"), BY_HAND.values(), ids=BY_HAND)
def test_what_needs_a_decision_is_reported_and_not_proposed(customer: Any, path: str, why: str) -> None:
    """The table says why; the schemas stay as they are."""
    found = learned(customer)
    assert found.schemas == SCHEMAS
    assert [(finding.path, finding.proposed[:8]) for finding in found.findings] == [(path, "nothing:")]
    assert why in found.findings[0].proposed


KEYS = st.sampled_from(["id", "x_id", "seen_at", "plan", "device", "tags", "meta", "items", "copy", "a@b", "agent"])
JSON = st.recursive(
    st.sampled_from([None, True, 7, -7, 2.5, 1520000000, 10**13, "text", "2018-03-02T14:13:20Z", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
ITEMS = st.lists(st.dictionaries(st.sampled_from(["id", "url", "device", "aliases", "cost", "meta"]), JSON), max_size=2)
CUSTOMERS = st.one_of(
    valid("customer"),
    st.dictionaries(KEYS | st.sampled_from(["revenue", "created_at", "client_id"]), JSON | VALUES["time"], max_size=4),
    st.fixed_dictionaries({}, optional={"events": ITEMS | JSON, "touchpoints": ITEMS, "pageviews": ITEMS}),
)


def known(document: Any, file: str = "customer.json") -> Any:
    """Return a document without the members that no schema names, of which the schemas say nothing."""
    if isinstance(document, list):
        return [known(item, file) for item in document]
    if not isinstance(document, dict) or "properties" not in SCHEMAS[file]:
        return document
    rules = SCHEMAS[file]["properties"]
    inner = {name: re.findall(r"[a-z_]+\.json", json.dumps(rule)) for name, rule in rules.items()}
    return {
        name: known(member, inner[name][0]) if inner[name] else member
        for name, member in document.items()
        if name in rules
    }


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(CUSTOMERS, CUSTOMERS)
@example(SAMPLE, {"revenue": 5})
def test_a_proposal_only_adds(seen: dict[str, Any], other: dict[str, Any]) -> None:
    """What was known and valid stays so, the answer itself becomes so, and the second time is quiet."""
    proposal = learned(seen)
    after = validator(proposal.schemas)
    if BEFORE.is_valid(known(other)):
        after.validate(known(other))
    by_hand = any("collection" in finding.proposed for finding in proposal.findings)
    assert by_hand or after.is_valid(seen)
    for name, schema in SCHEMAS.items():
        assert schema.get("properties", {}).keys() <= proposal.schemas[name].get("properties", {}).keys()
    shapes = answer_shapes.Shapes()
    shapes.see({"customer": seen}, frozenset())
    again = schema_proposal.Proposal.of(proposal.schemas, shapes)
    assert again.schemas == proposal.schemas
    assert all(finding.proposed.startswith("nothing: ") for finding in again.findings)


# What is read

LINES = '{"customer": {"plan": "a"}}\n\n{"customer": {"plan": null}}\r\n{"event": {"plan": "a"}}\n'
READ: Final[dict[str, tuple[str, list[str]]]] = {
    "an answer": ('{"customer": {"plan": "a"}}', ["customer.plan"]),
    "a bare customer": ('{"client_id": null, "plan": "a"}', ["customer.plan"]),
    "an event's echo": ('{"event": {"plan": "a"}}', ["event.plan"]),
    "an identity's echo": ('{"identity": {"plan": "a"}}', ["identity.plan"]),
    "a list": ('[{"customer": {"plan": "a"}}, {"event": {"plan": 5}}]', ["customer.plan", "event.plan"]),
    "JSON lines": (LINES, ["customer.plan", "event.plan"]),
    "a byte order mark": ('\ufeff{"customer": {"plan": "a"}}', ["customer.plan"]),
    "members beside it": ('{"customer": {}, "status": "ok"}', ["answer.status"]),
}


@pytest.mark.parametrize(("text", "paths"), READ.values(), ids=READ)
def test_answers_are_read_in_every_form_they_are_saved_in(
    tree: Path, capsys: pytest.CaptureFixture[str], text: str, paths: list[str]
) -> None:
    """Whole, bare, in lists and in lines; and what posts are answered."""
    run(tree, save(tree, text))
    shown = capsys.readouterr().out
    assert re.findall(r"^(\S+\.\S+) +unknown field", shown, re.MULTILINE) == paths


def test_shapes_are_as_good_as_the_answers(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Someone else's shapes lead to the same proposal."""
    saved, shapes = save(tree, {"customer": SAMPLE, "status": "ok"}), tree / "shapes.json"
    run(tree, saved, "--shapes", str(shapes))
    first = capsys.readouterr().out
    again = tree / "again.json"
    assert run(tree, str(shapes), "--shapes", str(again)) == 1
    assert capsys.readouterr().out == first
    assert again.read_text(encoding="utf-8") == shapes.read_text(encoding="utf-8")


def test_several_answers_make_one_proposal(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A field is in the table once, with what was seen of it in all of them."""
    saved = [save(tree, {"customer": {"plan": plan}}, f"{number}.json") for number, plan in enumerate(["a", 5, "b"])]
    run(tree, *saved)
    shown = capsys.readouterr().out
    assert shown.startswith("3 answers read\n")
    assert re.findall(r"^customer\.plan +unknown field +(.*)$", shown, re.MULTILINE) == [
        "string (2), integer (1)  new: integer | string | null"
    ]


SECRETIVE = "Ada-Lovelace"
BROKEN: Final[dict[str, tuple[str, str]]] = {
    "text": (SECRETIVE, "not JSON: Expecting value: line 1 column 1 (char 0)"),
    "nothing": ("", "not JSON: Expecting value"),
    "cut": ('{"customer": {"a": "' + SECRETIVE, "not JSON: Unterminated string"),
    "cut, over lines": ('{\n"customer": {"a": "' + SECRETIVE, "not JSON: Unterminated string"),
    "a broken line": ('{"customer": {}}\n{"customer": ' + SECRETIVE, "line 2: not JSON: Expecting value"),
    "NaN": ('{"customer": {"a": NaN}}', "not JSON that can be read"),
    "beyond all numbers": ('{"customer": {"a": 1e999}}', "not JSON that can be read"),
    "too deep": ("[" * 200_000, "not JSON that can be read"),
    "not UTF-8": ("", "not JSON: the text is not UTF-8"),
    "a number": ("5", "it is not an answer, but integer"),
    "a list of text": (f'["{SECRETIVE}"]', "item 1: it is not an answer, but string"),
    "something else": (f'{{"{SECRETIVE}": 1}}', "it is not an answer: an object with none of the keys"),
    "an empty object": ("{}", "it is not an answer: an object with none of the keys"),
    "a customer that is none": (f'{{"customer": "{SECRETIVE}"}}', 'its "customer" is not an object, but string'),
    "no shapes": ('{"shapes": {"customer": {"types": {"x": 1}}}}', "it looks like saved shapes, but --shapes did not"),
    "shapes of something": ('{"shapes": {"x": {"types": {}}}}', "it looks like saved shapes, but --shapes did not"),
}


@pytest.mark.parametrize(("text", "message"), BROKEN.values(), ids=BROKEN)
def test_what_is_no_answer_is_a_clear_error(
    tree: Path, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    """The file and the place are named, what stands there is not; nothing is written."""
    saved = save(tree, text)
    if "UTF-8" in message:
        Path(saved).write_bytes(b'{"customer": "\xff"}')
    assert run(tree, saved, "--write") == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"learn-schema: {saved}: {message}")
    assert SECRETIVE not in told.err
    assert files(tree) == SCHEMAS


def test_files_that_are_not_there_are_a_clear_error(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """To read, and to write."""
    assert run(tree, str(tree / "none.json")) == 2
    assert capsys.readouterr().err == f"learn-schema: {tree / 'none.json'}: No such file or directory\n"
    assert run(tree, save(tree, {"customer": {}}), "--shapes", str(tree / "none" / "s.json")) == 2
    assert "none/s.json: No such file or directory" in capsys.readouterr().err
    with pytest.raises(SystemExit) as ended:
        run(tree)
    assert ended.value.code == 2
    assert "name a file with answers, or a customer to read with --live" in capsys.readouterr().err


def test_a_keyword_it_does_not_know_is_an_error(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Rather than a proposal that is wrong."""
    schema = json.loads((tree / "schemas" / "customer.json").read_text(encoding="utf-8"))
    schema["properties"]["id"]["enum"] = ["a"]
    (tree / "schemas" / "customer.json").write_text(json.dumps(schema), encoding="utf-8")
    assert run(tree, save(tree, {"customer": {"id": "a"}})) == 2
    assert "schemas/ uses enum, which learn-schema does not support yet" in capsys.readouterr().err


def test_samples_have_their_types() -> None:
    """A sample stands for each type of a shape."""
    for kind, value in answer_shapes.SAMPLES.items():
        assert answer_shapes.type_of(value) == kind


@given(
    st.from_regex(SCHEMAS["time.json"]["anyOf"][1]["pattern"], fullmatch=True)
    | VALUES["time"].filter(lambda v: isinstance(v, str))
)
@example("2018-02-29T10:00:00Z")
@example("2018-03-02T24:00:00Z")
def test_text_is_a_time_where_the_models_read_it_as_one(text: str) -> None:
    """The schema has a pattern, which knows no calendar."""
    is_time = Touchpoint.model_validate({"created_at": text}).created_at is not None
    assert answer_shapes.type_of(text) == ("string, a time" if is_time else "string")


# --live


@pytest.fixture
def live(sandbox: Sandbox, client: Client, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Have a customer at the sandbox, and credentials in the environment."""
    sandbox.add_pageview("visitor-1", "https://shop.example/?utm_source=private")
    client.tracking.event("ev_buy", client_id="ada.private@mail.example", visitor_id="visitor-1")
    for name, value in (
        ("API_KEY", sandbox.api_key),
        ("API_SECRET", sandbox.api_secret),
        ("BASE_URL", sandbox.base_url),
    ):
        monkeypatch.setenv(f"PYTTRIBUTIONIO_{name}", value)
    return sandbox


def test_live_reads_a_customer_and_saves_only_shapes(tree: Path, live: Sandbox) -> None:
    """As a process of its own, like a user runs it; with everything included."""
    shapes = tree / "shapes.json"
    options = ("--live", "ada.private@mail.example", "--root", str(tree), "--shapes", str(shapes))
    done = run_module("tasks.learn_schema", *options, folder=tree)
    assert (done.returncode, done.stderr) == (1, "")
    assert re.search(
        r"^customer\.touchpoints\[\]\.source +as assumed +string \(1\) +observed$", done.stdout, re.MULTILINE
    )
    assert json.loads(shapes.read_text(encoding="utf-8"))["shapes"]["customer"]["members"]["events"]["types"] == {
        "array": 1
    }
    for value in ("ada.private", "visitor-1", "utm_source=", "ev_buy", live.api_secret):
        assert value not in done.stdout + shapes.read_text(encoding="utf-8")
    assert [path.name for path in tree.iterdir() if path.name != "schemas"] == ["shapes.json"]
    assert files(tree) == SCHEMAS


ANSWERS: Final[dict[str, tuple[bytes, int, str]]] = {
    "not JSON": (answer("<html>"), 2, "live answer 1: not JSON"),
    "no answer": (answer('{"id": 5}'), 2, "live answer 1: it is not an answer"),
    "unknown": (answer("", 404), 2, "no identity call has named this id"),
    "left out": (answer('{"customer": {"events": null}}'), 0, "customer.touchpoints  missing"),
}


@pytest.mark.parametrize(("reply", "code", "message"), ANSWERS.values(), ids=ANSWERS)
def test_live_answers_that_are_none(
    tree: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    reply: bytes,
    code: int,
    message: str,
) -> None:
    """Errors are told without the secret; a collection that was asked for and left out is drift."""
    monkeypatch.setenv("PYTTRIBUTIONIO_API_KEY", "KEY")
    monkeypatch.setenv("PYTTRIBUTIONIO_API_SECRET", "Hush-Hush-Hush")
    with FaultServer(reply) as server:
        monkeypatch.setenv("PYTTRIBUTIONIO_BASE_URL", server.url)
        assert run(tree, "--live", "ada") == code
    told = capsys.readouterr()
    assert message in told.out + told.err
    assert "Hush" not in told.out + told.err


def test_live_needs_credentials(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And says how to give them."""
    assert run(tree, "--live", "ada") == 2
    assert "PYTTRIBUTIONIO_API_KEY" in capsys.readouterr().err

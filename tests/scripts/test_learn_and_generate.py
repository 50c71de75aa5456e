"""From saved answers to typed fields: learn-schema, generate-models and a program that uses them, on a copy."""

import json
import shutil
from pathlib import Path

import pytest

from ._running import ROOT, run_module, run_python

pytestmark = pytest.mark.processes
CUSTOMER = {
    "plan": "gold",
    "account_id": 12345678901234567890,
    "signed_up_at": 1520000000,
    "revenue": "12.50",
    "tags": ["vip", None],
    "touchpoints": [{"device": {"os": "Plan 9", "seen": "2018-03-02T14:13:20Z"}, "clicks": 3, "cost": 1.5}],
    "events": [{"lines": [{"sku": "A-1", "price": 2.5}, {"price": 3}]}],
}
USE = """
import pathlib, sys, typing
import pyttributionio
from pyttributionio import Client, Customer, DriftReport, Event, Touchpoint
from pyttributionio.models import Device, Line
from support.reading import connect

assert pyttributionio.__file__.startswith(sys.argv[1]), pyttributionio.__file__
of = {kind: typing.get_type_hints(kind) for kind in (Customer, Device, Event, Line, Touchpoint)}
assert of[Customer]["plan"] == str | None
assert of[Customer]["account_id"] == of[Customer]["client_id"]
assert of[Customer]["signed_up_at"] == of[Customer]["created_at"]
assert of[Customer]["revenue"] == int | float | str | None
assert of[Customer]["tags"] == list[str | None] | None
assert of[Touchpoint]["device"] == Device | None
assert of[Touchpoint]["clicks"] == int | None
assert of[Event]["lines"] == list[Line] | None
assert of[Line]["price"] == int | float | None

text = pathlib.Path("answer.json").read_text()
report = DriftReport()
client = connect(text, on_drift=report)
customer = client.customers.get("id", include=["touchpoints", "events"])
assert not report, report
assert (customer.plan, customer.account_id, customer.revenue) == ("gold", "12345678901234567890", "12.50")
assert customer.signed_up_at.isoformat() == "2018-03-02T14:13:20+00:00"
assert customer.tags == ["vip", None]
assert customer.touchpoints[0].device == Device(os="Plan 9", seen=customer.signed_up_at)
assert [line.price for line in customer.events[0].lines] == [2.5, 3]
assert (customer.model_extra, customer.events[0].model_extra) == ({}, {})
customer = connect(text.replace('"gold"', "5")).customers.get("id")
assert (customer.plan, customer.model_extra["plan"]) == (None, 5)
"""


def test_what_was_learned_is_readable_and_typed(tmp_path: Path) -> None:
    """Two scripts and no edit; strict types, no drift any more, and nothing stale."""
    for name in ("schemas", "src", "scripts"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "tests" / "support", tmp_path / "support")
    (tmp_path / "answer.json").write_text(json.dumps({"customer": CUSTOMER}), encoding="utf-8")
    (tmp_path / "use.py").write_text(USE, encoding="utf-8")

    learned = run_module("tasks.learn_schema", "answer.json", "--write", tree=tmp_path)
    assert (learned.returncode, learned.stderr) == (0, "")
    assert learned.stdout.endswith("Review them, then run scripts/generate-models.\n")
    generated = run_module("tasks.generate_models", tree=tmp_path)
    assert (generated.returncode, generated.stderr) == (0, "")
    used = run_python("-W", "error", "use.py", str(tmp_path), tree=tmp_path)
    assert (used.returncode, used.stderr) == (0, "")
    again = run_module("tasks.learn_schema", "answer.json", tree=tmp_path)
    assert again.stdout.endswith("\nNothing to propose: the answers fit the schemas.\n")


ZERO = "0000-00-00 00:00:00"
AWKWARD = {
    **dict.fromkeys(["Field", "Annotated", "UtcDatetime", "Id", "OR_EMPTY", "Any", "Literal", "Customer", "Device"], 1),
    **dict.fromkeys(["list", "int", "class", "copy", "model_config", "register", "self", "type", "match", "Config"], 1),
    **dict.fromkeys(["first-touch", "First Touch", "größe", "имя", "_private", "validate", "property", "date"], "x"),
    **{name: {"x": 1, name: 2} for name in ("annotated", "none", "client", "field", "model", "device", "событие")},
    "created_at": ZERO,
    "joined_at": ZERO,
    "left_at": "2026-02-30T00:00:00Z",
    "events": [{"created_at": "2026-02-01T24:00:00Z", "Field": 1, "items": [{"Annotated": 1, "at": ZERO}]}],
}
USE_AWKWARD = """
import json, pathlib, sys
import pyttributionio
from pyttributionio import CustomerWithAll
from support.reading import connect

assert pyttributionio.__file__.startswith(sys.argv[1]), pyttributionio.__file__
text = pathlib.Path("answer.json").read_text()
sent = json.loads(text)["customer"]
customer = connect(text).customers.get("id", include=["events"])
assert customer.model_dump(mode="json", exclude_unset=True) == sent
assert (customer.created_at, customer.joined_at) == (sent["created_at"], sent["joined_at"])
assert customer.events[0].items[0].at == sent["joined_at"]
assert {"größe", "имя", "self", "type", "match", "property", "date"} <= type(customer).model_fields.keys()
assert type(customer).model_validate_json(customer.model_dump_json()) == customer
later = connect(text.replace(json.dumps(sent["created_at"]), "1520000000", 1)).customers.get("id")
assert later.created_at.isoformat() == "2018-03-02T14:13:20+00:00"
"""


def test_answer_is_still_readable_after_it_was_learned(tmp_path: Path) -> None:
    """Times that are none, and names that no field or class can have."""
    for name in ("schemas", "src", "scripts"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "tests" / "support", tmp_path / "support")
    (tmp_path / "answer.json").write_text(json.dumps({"customer": AWKWARD}), encoding="utf-8")
    (tmp_path / "use.py").write_text(USE_AWKWARD, encoding="utf-8")
    learned = run_module("tasks.learn_schema", "answer.json", "--write", tree=tmp_path)
    assert (learned.returncode, learned.stderr) == (0, "")
    generated = run_module("tasks.generate_models", tree=tmp_path)
    assert (generated.returncode, generated.stderr) == (0, ""), generated.stdout
    used = run_python("-W", "error", "use.py", str(tmp_path), tree=tmp_path)
    assert (used.returncode, used.stderr) == (0, "")

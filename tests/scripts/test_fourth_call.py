"""A fourth call is cheap: tried on a copy of the project, as CONTRIBUTING describes the steps."""

import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tasks.type_checkers import CHECKERS, SETTINGS, check
from tasks.type_mistakes import environment_of_copies

from ._running import ROOT, Ran, run_module, run_python

pytestmark = pytest.mark.processes

PATH: Final = "/{public_key}/customers/{client_id}/touchpoints"
RESOURCE: Final = '''"""`client.touchpoints`: read the touchpoints of a customer."""

import builtins

from pyttributionio._core.calls import LIST_TOUCHPOINTS
from pyttributionio._core.operations import make_call
from pyttributionio.models import Touchpoint
from resources import Resource


class Touchpoints(Resource):
    """Read touchpoints, blocking."""

    def list(self, client_id: str | int) -> builtins.list[Touchpoint]:
        """Read the touchpoints of one customer.

        Args:
            client_id: The id given in an earlier identity call.

        Returns:
            The touchpoints.
        """
        return self._run(make_call(self._settings, LIST_TOUCHPOINTS, client_id=client_id))
'''


@dataclass(frozen=True)
class Edit:
    """Lines that a developer adds to a file, after a line that is there."""

    file: str
    after: str
    lines: str


BY_HAND: Final = (
    Edit("scripts/resources/touchpoints.py", "", RESOURCE),
    Edit(
        "src/pyttributionio/_client/client.py",
        "from pyttributionio.resources.endpoints import Endpoints\n",
        "from pyttributionio.resources.touchpoints import Touchpoints\n",
    ),
    Edit(
        "src/pyttributionio/_client/client.py",
        '    """Post events and identities."""\n',
        '\n    touchpoints: Touchpoints\n    """Read the touchpoints of a customer."""\n',
    ),
    Edit(
        "src/pyttributionio/_client/client.py",
        "        self.tracking = Tracking(driver, settings)\n",
        "        self.touchpoints = Touchpoints(driver, settings)\n",
    ),
    Edit("src/pyttributionio/sandbox/api/app.py", "\n", "import json\n"),
    Edit(
        "src/pyttributionio/sandbox/api/app.py",
        "        routes=[\n",
        f'            _RawRoute("/api/v1{PATH}", endpoints.touchpoints, "GET"),\n',
    ),
    Edit(
        "src/pyttributionio/sandbox/api/app.py",
        "        self._clock = clock\n",
        "\n    async def touchpoints(self, request: Request) -> Response:\n"
        '        """`GET .../touchpoints`, of the private API."""\n'
        '        customer = json.loads(await self._find_customer(request, ["touchpoints"]))["customer"]\n'
        '        return JSONResponse({"touchpoints": customer["touchpoints"]})\n',
    ),
    Edit(
        "docs/calls.md",
        '    customer = client.customers.get("customer-42")\n',
        '    touchpoints = client.touchpoints.list("customer-42")\n',
    ),
)
IN_TESTS: Final = Edit(
    "tests/wire/_calls.py",
    "CALLS: dict[str, Callable[[Any], Any]] = {\n",
    '    "touchpoints": lambda c: c.touchpoints.list("customer-42"),\n',
)


def describe(root: Path) -> None:
    """Describe the call in schemas/calls.json."""
    path = root / "schemas" / "calls.json"
    calls = json.loads(path.read_text(encoding="utf-8"))
    read: dict[str, Any] = json.loads(json.dumps(calls["paths"]["/{public_key}/customers/{client_id}"]["get"]))
    read |= {"operationId": "listTouchpoints", "x-sdk-method": "touchpoints.list", "summary": "Read touchpoints"}
    read["x-evidence"] = "assumed"
    read["parameters"] = read["parameters"][:2]
    touchpoints = {"type": "array", "items": {"$ref": "#/components/schemas/Touchpoint"}}
    touchpoints |= {"description": "All of them.", "x-evidence": "assumed"}
    body = read["responses"]["200"]["content"]["application/json"]["schema"]
    body |= {"required": ["touchpoints"], "properties": {"touchpoints": touchpoints}}
    calls["paths"][PATH] = {"get": read}
    path.write_text(json.dumps(calls, indent=2), encoding="utf-8")


def apply(root: Path, edit: Edit) -> None:
    """Write a new file, or insert the lines once."""
    path = root / edit.file
    text = path.read_text(encoding="utf-8") if edit.after else ""
    assert edit.after in text, edit
    path.write_text(text.replace(edit.after, edit.after + edit.lines, 1), encoding="utf-8")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Copy the project."""
    root = tmp_path_factory.mktemp("copy")
    for name in ("schemas", "src", "scripts", "tests", "docs", ".github"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "mypy.ini", "README.md", "CHANGELOG.md"):
        shutil.copy(ROOT / name, root)
    yield root
    shutil.rmtree(root)


def completeness(root: Path) -> Ran:
    """Run the copy's tests of completeness and of the wire, for the new call."""
    options = ("-q", "-p", "no:cacheprovider", "-k", "touchpoints or each_operation or raw_version or every_snapshot")
    return run_module("pytest", *options, "tests/project/test_completeness.py", "tests/wire/test_wire.py", tree=root)


USE: Final = """
import asyncio, sys
import pyttributionio
from pyttributionio import AsyncClient, Client
from pyttributionio.sandbox import Sandbox

assert pyttributionio.__file__.startswith(sys.argv[1]), pyttributionio.__file__
with Sandbox() as sandbox:
    settings = dict(base_url=sandbox.base_url, tracking_url=sandbox.tracking_url)
    sandbox.add_pageview("v-1", "https://shop.example/?utm_source=google&utm_medium=cpc")
    with Client(sandbox.api_key, sandbox.api_secret, **settings) as client:
        client.tracking.identity("customer-42", visitor_id="v-1")
        found = client.touchpoints.list("customer-42")
        assert [type(each).__name__ for each in found] == ["Touchpoint"], found
        assert client.touchpoints.with_raw_response.list("customer-42").parse() == found

    async def main():
        async with AsyncClient(sandbox.api_key, sandbox.api_secret, **settings) as client:
            assert await client.touchpoints.list("customer-42") == found
            assert (await client.touchpoints.with_raw_response.list("customer-42")).parse() == found

    asyncio.run(main())
"""
TYPED: Final = '''"""The new call, as users' type checkers see it."""

from typing import assert_type

from pyttributionio import AsyncClient, Client, RawResponse, Touchpoint


async def use(client: Client, waiting: AsyncClient) -> None:
    """Plain and raw, in both clients."""
    assert_type(client.touchpoints.list("c"), list[Touchpoint])
    assert_type(client.touchpoints.with_raw_response.list("c"), RawResponse[list[Touchpoint]])
    assert_type(await waiting.touchpoints.list("c"), list[Touchpoint])
    assert_type(await waiting.touchpoints.with_raw_response.list("c"), RawResponse[list[Touchpoint]])
    _ = client.touchpoints.list(None)  # type: ignore
'''


def test_a_fourth_call_takes_at_most_thirty_lines_in_four_files() -> None:
    """By hand, without blank lines, besides schemas/ and tests/."""
    lines = [line for edit in BY_HAND for line in edit.lines.splitlines() if line.strip()]
    assert len(lines) <= 30
    assert len({edit.file for edit in BY_HAND}) <= 4


@pytest.mark.timeout(240)  # it generates the code three times, and starts four type checkers
def test_completeness_names_what_a_fourth_call_lacks(tree: Path, tmp_path: Path) -> None:
    """First the method, then its route, its line in the reference, and its example; then nothing is missing."""
    describe(tree)
    assert run_module("tasks.generate_models", tree=tree).returncode == 0
    assert "'touchpoints.list'" in completeness(tree).stdout  # an operation without a method
    route = [edit for edit in BY_HAND if edit.file.endswith("app.py")]
    reference = [edit for edit in BY_HAND if edit.file.startswith("docs/")]
    for edit in BY_HAND:
        if edit not in (*route, *reference):
            apply(tree, edit)
    done = run_module("tasks.generate_models", tree=tree)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "tests/wire/_calls.py has no call of touchpoints.list" in completeness(tree).stdout
    apply(tree, IN_TESTS)
    lacking = completeness(tree).stdout
    assert (
        "FAILED tests/project/test_completeness.py::test_has_a_route_of_the_sandbox[Client-touchpoints.list]" in lacking
    )
    assert "docs/calls.md has no client.touchpoints.list(...)" in lacking
    assert "touchpoints.http" in lacking
    for edit in (*route, *reference):
        apply(tree, edit)
    (tree / "tests" / "wire" / "touchpoints.http").write_bytes(SNAPSHOT)
    complete = completeness(tree)
    assert complete.returncode == 0, complete.stdout
    (tree / "use.py").write_text(USE, encoding="utf-8")
    used = run_python("use.py", str(tree), tree=tree)
    assert (used.returncode, used.stderr) == (0, "")
    assert findings(tree, tmp_path) == {checker: [] for checker in CHECKERS}


SNAPSHOT: Final = (
    (ROOT / "tests" / "wire" / "read.http").read_bytes().replace(b"/customer-42?", b"/customer-42/touchpoints?")
)


def findings(tree: Path, folder: Path) -> dict[str, list[str]]:
    """Return what each of four type checkers says of the new call."""
    site = environment_of_copies(Path(sys.prefix), folder / "environment")
    (site / "pyttributionio").symlink_to(tree / "src" / "pyttributionio")
    programs = folder / "programs"
    programs.mkdir()
    (programs / "use.py").write_text(TYPED, encoding="utf-8")
    (programs / "pyproject.toml").write_text(SETTINGS, encoding="utf-8")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return {
        checker: [
            str(each)
            for each in check(
                checker, Path(sys.prefix), programs, folder / "environment", version, folder / f"cache-{checker}"
            )
        ]
        for checker in CHECKERS
    }

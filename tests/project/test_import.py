"""Importing the package costs nearly nothing: what it names is read when it is asked for."""

import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pydantic
import pytest

import pyttributionio
from pyttributionio import Customer
from pyttributionio._core import responses
from pyttributionio._shared import setup_lock
from pyttributionio.models import _base
from support.source import NAME, exported

HEAVY = ("anyio", "httpcore", "httpx", "logging", "pydantic", "pydantic_core", "ssl")


def run(program: str) -> str:
    """Run a program in an interpreter of its own; return what it printed."""
    command = [sys.executable, "-W", "error", "-c", program]
    return subprocess.run(command, capture_output=True, text=True, timeout=40, check=True).stdout


def test_import_reads_nothing_heavy() -> None:
    """Neither HTTP library nor models, which take a hundred times as long."""
    assert run(f"import sys, pyttributionio; print([m for m in {HEAVY} if m in sys.modules])") == "[]\n"


def test_each_name_costs_what_it_needs() -> None:
    """The cookie's reader comes without the HTTP library, and so do the errors."""
    program = f"import sys; from pyttributionio import NotFoundError, visitor_id_from_cookies as _, __version__ as _; \
        print([m for m in {HEAVY} if m in sys.modules], NotFoundError)"
    assert run(program) == "[] <class 'pyttributionio.NotFoundError'>\n"


def test_errors_name_their_home_though_nobody_asked_for_them() -> None:
    """A program that catches nothing sees in its traceback what it can import."""
    program = (
        "import pyttributionio as p; p.Client; import pyttributionio._errors as e; print(e.NotFoundError.__module__)"
    )
    assert run(program) == "pyttributionio\n"


def test_names_come_from_the_modules_that_type_checkers_are_told() -> None:
    """Each module lists its public names itself, once."""
    told = {home.removeprefix(f"{NAME}.").partition(".")[0] for home in exported().values()}
    assert {module.partition(".")[0] for module in pyttributionio._MODULES} == told
    assert sorted(exported()) == pyttributionio.__all__


def test_names_that_tools_ask_for_import_nothing() -> None:
    """Tools such as doctest ask each module for `__wrapped__`, others for `__path__` and the like."""
    program = (
        f"import sys, pyttributionio as p; hasattr(p, '__wrapped__'); print([m for m in {HEAVY} if m in sys.modules])"
    )
    assert run(program) == "[]\n"


def test_star_import_and_dir_have_all_names() -> None:
    """Before anything was asked for."""
    program = "import pyttributionio as p; shown = dir(p); from pyttributionio import *; \
        print([n for n in p.__all__ if n not in shown or n not in globals()], sorted(shown) == shown)"
    assert run(program) == "[] True\n"


def test_threads_that_ask_at_once_get_the_same() -> None:
    """The first use of a package is often in many threads."""
    program = """
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
import pyttributionio
ready = threading.Barrier(8)
def ask(number):
    ready.wait()
    return [getattr(pyttributionio, name) for name in pyttributionio.__all__[::-1 if number % 2 else 1]]
with ThreadPoolExecutor(8) as pool:
    found = [sorted(map(id, each)) for each in pool.map(ask, range(8))]
print(all(each == found[0] for each in found))
"""
    assert run(program) == "True\n"


def test_rooms_are_attributes_as_before() -> None:
    """`pyttributionio.models` needs no import of its own."""
    assert run("import pyttributionio as p; print(p.models.Event is p.Event, p.legacy.PyttributionIo)") == (
        "True <class 'pyttributionio.PyttributionIo'>\n"
    )


def test_unknown_name_is_an_attribute_error() -> None:
    """In Python's own words, so that `hasattr` and `from … import` do as with any module."""
    package: Any = pyttributionio
    with pytest.raises(AttributeError, match="module 'pyttributionio' has no attribute 'Cleint'"):
        _ = package.Cleint
    with pytest.raises(ImportError, match="cannot import name 'Cleint'"):
        exec("from pyttributionio import Cleint")


def test_pickles_arrive_where_nothing_was_imported() -> None:
    """They name the package, which finds the class."""
    data = pickle.dumps(pyttributionio.RequestInfo("GET", "https://shop.example"))
    assert b"_errors" not in data
    assert run(f"import pickle; print(pickle.loads({data!r}))") == "GET https://shop.example\n"


def test_models_used_first_in_many_threads_at_once_are_whole() -> None:
    """They are built at their first use, one thread at a time."""
    program = """
import sys, threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from pyttributionio import CustomerWithAll
ready = threading.Barrier(16)
sys.setswitchinterval(1e-6)
def work(number):
    ready.wait()
    read = CustomerWithAll.model_validate({"events": [{"id": 5, "created_at": 5}]})
    return read.model_dump_json(exclude_unset=True)
with ThreadPoolExecutor(16) as pool:
    print(*{*pool.map(work, range(16))})
"""
    assert run(program) == '{"events":[{"id":"5","created_at":"1970-01-01T00:00:05Z"}]}\n'


def test_building_of_models_is_one_threads_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pydantic's own is not made for threads; a forked child has a lock of its own."""
    free: list[bool] = []

    def rebuild(cls: type, **options: object) -> None:
        with ThreadPoolExecutor(1) as other:
            free.append(other.submit(setup_lock.setup_lock().acquire, blocking=False).result())

    monkeypatch.setattr(pydantic.BaseModel, "model_rebuild", classmethod(rebuild))
    assert _base.Model.model_rebuild() is None
    assert free == [False]
    held = setup_lock.setup_lock()
    setup_lock._renew()
    assert setup_lock.setup_lock() is not held


def test_readers_of_answers_are_made_while_no_fork_can_happen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A child would have the locks of a thread that is half through, and hang."""
    free: list[bool] = []

    def make(*_: object) -> Any:
        with ThreadPoolExecutor(1) as other:
            free.append(other.submit(setup_lock.setup_lock().acquire, blocking=False).result())
        return pydantic.TypeAdapter(dict[str, object])

    monkeypatch.setattr(responses, "TypeAdapter", make)
    responses._adapter.__wrapped__(Customer, "customer")
    responses._adapter.__wrapped__(Customer, None)
    assert free == [False, False]


def test_first_call_imports_nothing_more_to_look_a_name_up() -> None:
    """A child that is forked in the middle of an import in another thread waits for it for ever."""
    program = "import sys, pyttributionio; pyttributionio.Client; print('encodings.idna' in sys.modules)"
    assert run(program) == "True\n"


def test_failed_import_names_its_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that can't be imported here is named: trio under eventlet raises AttributeError, which hides it."""

    def fail(name: str) -> object:
        raise AttributeError("GreenSocket has no attribute 'sendmsg'")

    monkeypatch.setattr(pyttributionio, "import_module", fail)
    with pytest.raises(ImportError, match=r"pyttributionio\._errors can't be imported: .*GreenSocket"):
        _ = pyttributionio.Sendmsg  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize("library", ["httpx", "httpcore", "pydantic"])
@pytest.mark.parametrize(
    "statement",
    [
        "from pyttributionio import Client",
        "import pyttributionio; pyttributionio.Client",
        "from pyttributionio import *",
        "from pyttributionio.outbox import Outbox",
        "import pyttributionio; hasattr(pyttributionio, 'Client') or pyttributionio.Client",
    ],
)
def test_broken_library_is_named_whatever_is_imported(library: str, statement: str, tmp_path: Path) -> None:
    """Python itself would say "cannot import name 'Client'". The traceback leads to the line of the library."""
    (tmp_path / f"{library}.py").write_text("import socket\nsocket.recvmsg_into_all\n", encoding="utf-8")
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{statement}"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=40, check=False)
    assert found.returncode == 1
    assert "AttributeError: module 'socket' has no attribute 'recvmsg_into_all'" in found.stderr
    assert f"{library}.py" in found.stderr
    assert "cannot import name" not in found.stderr

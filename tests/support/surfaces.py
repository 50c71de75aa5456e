"""Where a secret could show: every form of it, on every surface that prints, logs, pickles or keeps."""

import asyncio
import copy
import json
import logging
import pickle
import re
import threading
import traceback
import types
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote, quote_plus

SECRET: Final = "S3cr3t/+=%&value!"
"""Has characters that URLs, JSON and HTML write in ways of their own."""

_QUOTED = {quote(SECRET, safe=""), quote(SECRET), quote_plus(SECRET), quote(SECRET, safe="!'()*~")}
_LOWER = {re.sub("%..", lambda found: found[0].lower(), form) for form in _QUOTED}
FORMS: Final = frozenset(
    {
        SECRET,
        *_QUOTED,
        *_LOWER,
        *(quote(form, safe="") for form in _QUOTED),
        SECRET.replace("/", "\\/"),
        SECRET.replace("&", "&amp;"),
        SECRET.replace("&", "\\u0026"),
        json.dumps(SECRET)[1:-1],
    }
)
"""As it is, quoted in all usual ways, quoted twice, and as it stands in JSON (PHP's and Rails' too) and HTML."""

_NOT_WALKED = (
    types.ModuleType,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    types.GeneratorType,
    types.CoroutineType,
    types.FrameType,
    types.TracebackType,
    type,
    asyncio.AbstractEventLoop,
    threading.Thread,
    logging.Logger,
)


def assert_clean(where: str, shown: str | bytes) -> None:
    """Fail if a text shows the secret in any form."""
    text = shown if isinstance(shown, str) else shown.decode("latin-1")
    for form in FORMS:
        assert form not in text, f"{where} shows the secret: {text[max(0, text.find(form) - 200) :][:400]}"


def walk(root: object, name: str) -> Iterator[tuple[str, object]]:
    """Yield an object and all it holds: attributes, slots, items, however deep. Closures are not looked into."""
    seen: dict[int, object] = {}
    left = [(name, root)]
    while left:
        path, found = left.pop()
        if id(found) in seen:
            continue
        seen[id(found)] = found
        yield path, found
        if isinstance(found, (str, bytes, bytearray, int, float, *_NOT_WALKED)):
            continue
        if isinstance(found, Mapping):
            left += [(f"{path}[{key!r}]", key) for key in list(found)]
            left += [(f"{path}[{key!r}]", value) for key, value in list(found.items())]
        elif isinstance(found, list | tuple | set | frozenset):
            left += [(f"{path}[]", item) for item in list(found)]
        slots = [slot for base in type(found).__mro__ for slot in _slots(base)]
        special = ["__cause__", "__context__", "__notes__", "args"] if isinstance(found, BaseException) else []
        for attribute in {*getattr(found, "__dict__", {}), *slots, *special}:
            if hasattr(found, attribute):
                left.append((f"{path}.{attribute}", getattr(found, attribute)))


def _slots(base: type) -> list[str]:
    slots: Any = base.__dict__.get("__slots__", ())
    return [slots] if isinstance(slots, str) else list(slots)


def check_object(root: object, name: str) -> None:
    """Look at `repr`, `str` and text of an object and of all that hangs on it."""
    for path, found in walk(root, name):
        if isinstance(found, bytes | bytearray):
            assert_clean(path, bytes(found))
        else:
            assert_clean(f"repr of {path}", repr(found))
            assert_clean(f"str of {path}", str(found))


def check_error(error: BaseException) -> None:
    """Look at an exception as handlers, loggers, crash reporters and queues between processes do.

    The frame that caught it is the test's own, and left out.
    """
    assert error.__traceback__ is not None
    error = error.with_traceback(error.__traceback__.tb_next)
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    assert_clean("the traceback", "".join(shown.format()))
    chained = traceback.TracebackException.from_exception(error, capture_locals=True, compact=False)
    for link in (chained.__cause__, chained.__context__):
        if link is not None:
            assert_clean("a link of the traceback", "".join(link.format()))
    check_object(error, type(error).__name__)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert_clean(f"the error's pickle of protocol {protocol}", pickle.dumps(error, protocol))
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    check_object(again, "the unpickled error")
    check_object(copy.deepcopy(error), "the copied error")


class Logs(logging.Handler):
    """Catch every record of every logger, as text and with all its attributes."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record."""
        self.records.append(record)

    def check(self) -> None:
        """Look at all that was logged, tracebacks included."""
        for record in self.records:
            assert_clean(f"a record of {record.name}", logging.Formatter("%(message)s").format(record))
            check_object(vars(record), f"a record of {record.name}")

    def lines(self, name: str) -> list[str]:
        """Return what a logger and its children said; not what httpx 0.27 says of its TLS settings."""
        said = [record.getMessage() for record in self.records if f"{record.name}.".startswith(f"{name}.")]
        return [line for line in said if not line.startswith(("load_ssl_context", "load_verify_locations"))]

"""No text of a request gets out of its quotation marks in a code sample, also if a secret in it is hidden."""

import ast
import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pyttributionio.sandbox import Sandbox

from .._posting import Caller, event, exchange, identity, new_client

SECRET = "SANDBOX_SECRET"
ORIGIN = "http://127.0.0.1:1"
VARIABLE = "secret=$PYTTRIBUTIONIO_API_SECRET"
needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")

# Texts with a secret: if it was hidden in the finished sample, quotation marks would go with it.
# The breakouts are texts that would be run then.
HIDDEN = ["?secret=", ";secret=", "&secret=", "s%65cret=", "/api/v1/k/customers/a?secret=", SECRET, f"{ORIGIN}?secret="]
BREAKOUTS = [
    "$(touch pwned) #",
    "`touch pwned`",
    "'; touch pwned #",
    '"; touch pwned #',
    "\\'; touch pwned #",
    "\n touch pwned\n",
]
BREAKOUTS += [
    "' + __import__('os') + '",
    '" + __import__("os") + "',
    '"""',
    "'''",
    "\\",
    "x\\",
    "'",
    '"',
    "\nimport os\n",
]
OTHERS = [
    "é🧦",
    "\u2028\x85",
    "\r",
    "\x00",
    "\x1b[31m",
    "-d@/etc/passwd",
    "@x",
    "%27",
    "=",
    " ",
    "!!",
    "\\u0027",
    "[{a,b}]",
]
texts = st.lists(st.sampled_from([*HIDDEN, *BREAKOUTS, *OTHERS]) | st.text(max_size=3), max_size=6).map("".join)


def for_target(text: str) -> str:
    """Return the characters of a text that HTTP allows in a path or a query."""
    return re.sub(r"[^!-~]", "", text)


def for_header(text: str) -> str:
    """Return the characters of a text that HTTP allows in a header."""
    return re.sub(r"[\x00\r\n\v\f]", "", text).encode().decode("latin-1").strip()


@pytest.fixture(scope="module")
def asker() -> Iterator[Caller]:
    """One sandbox for all examples."""
    with Sandbox(api_key="KEY", api_secret=SECRET) as sandbox, new_client() as http:
        yield Caller(sandbox, http)


def shown(
    asker: Caller, method: str, path: str, query: str = "", content_type: str = "", body: bytes = b""
) -> dict[str, Any]:
    """Send a request, and return the JSON that the page reads about it."""
    head = f"{method} {path}{query and f'?{query}'} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    head += f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    before = len(asker.sandbox.requests)
    exchange(asker.sandbox, head.encode("latin-1") + body)
    assert len(asker.sandbox.requests) == before + 1
    found: dict[str, Any] = asker.http.get(f"{asker.sandbox.page_url}api/requests/{before + 1}").json()
    return found


def run_with_fake_curl(command: str, folder: Path) -> list[str]:
    """Run a command in bash with a curl that only writes its arguments to a file; check that nothing else runs."""
    fake = 'curl() { cat >/dev/null; for a; do printf "%s\\0" "$a"; done >arguments; }\n'
    ended = subprocess.run(
        ["bash", "-euc", fake + command],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PYTTRIBUTIONIO_API_SECRET": "$(touch given)"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=30,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b""), command
    assert [path.name for path in folder.iterdir()] == ["arguments"], command
    return (folder / "arguments").read_bytes().decode().split("\0")[:-1]


def check_words(origin: str, found: dict[str, Any], words: Sequence[str]) -> None:
    """Check that each of curl's arguments is a whole part of the request."""
    text = found["body"]["text"]
    rest = "&".join(p for p in found["query"].split("&") if not re.match("(s|%73)(e|%65)cret=", p))
    target = found["path"] + (f"?{rest}" if rest else "")
    content_type = dict(found["headers"])["content-type"]
    values = {origin + target, origin, target, "PUT", text, "@-", VARIABLE, "secret=$(touch given)"}
    values |= {f"Content-Type: {content_type}", "Content-Type:", "Content-Type;"}
    options = {"--silent", "--show-error", "--request", "--path-as-is", "--globoff", "--request-target", "--get"}
    options |= {"--data-urlencode", "--url-query", "--header", "--data-raw", "--data-binary"}
    assert {*words} <= values | options
    assert {origin + target, origin} & {*words}
    if content_type.isascii() and content_type.isprintable() and text:
        assert f"Content-Type: {content_type}" in words or f"Content-Type{';' * (not content_type)}" in words


@needs_bash
@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("breakout", BREAKOUTS)
def test_bash_runs_curl_and_nothing_else(asker: Caller, tmp_path: Path, hidden: str, breakout: str) -> None:
    """With a hidden secret before the text that would break out, in header, query, path and body."""
    for text in (hidden + breakout, f"{hidden}x'{breakout}", f"{breakout}{hidden}"):
        target, header = for_target(text), for_header(text)
        found = shown(asker, "POST", f"/{target}", f"a={target}", f"text/plain{header}", text.encode())
        words = run_with_fake_curl(found["curl"], tmp_path)
        check_words(asker.sandbox.tracking_url, found, words)
        assert words[words.index("--data-raw") + 1] == found["body"]["text"]


@given(texts, texts, texts, texts)
@example("x", "a;secret=x", "text/plain;secret=x", "$(touch pwned) #")
def test_words_of_the_shell_are_the_parts_of_the_request(
    asker: Caller, path: str, query: str, header: str, body: str
) -> None:
    """With any texts; the secret is in none of the words."""
    found = shown(asker, "PUT", f"/x{for_target(path)}", for_target(query), for_header(header), body.encode())
    assert SECRET not in found["curl"]
    if found["curl"].startswith("# "):
        assert found["curl"].count("\n") == 1
        return
    # For shlex, the line break of a continued line is a word.
    words = [word for word in shlex.split(found["curl"]) if word != "\n"]
    if words[0] == "printf":
        assert words[1::2][:2] == ["%b", "|"]
        assert octal(words[2]) == found["body"]["text"].encode()
        words = words[4:]
    assert words[0] == "curl"
    check_words(asker.sandbox.tracking_url, found, words[1:])


def test_header_with_terminal_codes_is_left_out(asker: Caller) -> None:
    """The terminal would interpret them when the command is pasted."""
    found = shown(asker, "POST", "/events", content_type="text/plain\x1b[201~;x", body=b"{}")
    assert "\x1b" not in found["curl"]
    assert shlex.split(found["curl"])[-4:] == ["Content-Type:", "\n", "--data-raw", "{}"]


def octal(text: str) -> bytes:
    """Decode text as printf's `%b` does."""
    head, *parts = text.split("\\0")
    return head.encode() + b"".join(bytes([int(part[:3], 8)]) + part[3:].encode() for part in parts)


def arguments(program: str) -> Iterator[Any]:
    """Parse a program, check that it has only calls of the SDK, and yield their arguments."""
    names = {"Client", "client.tracking.event", "client.tracking.identity", "client.customers.get", "print"}
    for node in ast.walk(ast.parse(program)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            assert ast.unparse(node) in {"from datetime import UTC, datetime", "from pyttributionio import Client"}
        if isinstance(node, ast.Call) and (name := ast.unparse(node.func)) != "datetime.fromtimestamp":
            assert name in names
            found = [*node.args, *(keyword.value for keyword in node.keywords)]
            yield from (ast.literal_eval(each) for each in found if not isinstance(each, ast.Call | ast.Name))


@given(texts, st.booleans())
@example("https://shop.example/reset?secret=abc", True)
@example(f"'{SECRET}\\", False)
def test_literals_of_python_are_the_members_of_the_event(asker: Caller, text: str, ascii_only: bool) -> None:
    """They equal the JSON that is shown, which is the one that arrived, except for the secret."""
    changes = {"client_id": f"c{text}", "aliases": [f"a{text}"], "event_public_key": f"e{text}", "url": f"u{text}"}
    sent = event(**changes, transaction_id=f"t{text}", meta={"agent": f"g{text}", f"n{text}": [text, 1, None]})
    found = shown(asker, "POST", "/events", body=json.dumps({"event": sent}, ensure_ascii=ascii_only).encode())
    members = json.loads(found["body"]["text"])["event"]
    values = [*arguments(found["python"])]
    for value in (*changes, "transaction_id"):
        assert (members[value][0] if value == "aliases" else members[value]) in values
    others = {name: member for name, member in members["meta"].items() if name != "agent"}
    assert members["meta"]["agent"] in values
    assert others in values
    assert SECRET not in found["python"].replace("PYTTRIBUTIONIO_API_SECRET", "")
    if "secret=" not in text.replace("%65", "e") and SECRET not in text:
        assert members == sent


@given(texts)
def test_literals_of_python_have_the_customer_that_was_read(asker: Caller, text: str) -> None:
    """The id in the path, with a secret hidden in it."""
    found = shown(asker, "GET", f"/api/v1/KEY/customers/x{quote(text, safe='')}", "show_all=true&secret=any")
    assert SECRET not in found["python"].replace("PYTTRIBUTIONIO_API_SECRET", "")
    assert found["client_id"] in [*arguments(found["python"])]


@given(texts)
def test_comment_instead_of_a_program_has_one_line(asker: Caller, text: str) -> None:
    """With any text in the body."""
    sent = identity(**{f"more{text}": 1, "client_id": f"x{text}"})
    python = shown(asker, "POST", "/identities", body=json.dumps({"identity": sent}).encode())["python"]
    assert len(python.splitlines()) == 1
    assert python.startswith("# ")
    sent = identity(client_id=f"\ud800 {text}")
    surrogate = shown(asker, "POST", "/identities", body=json.dumps({"identity": sent}).encode())
    assert len(surrogate["python"].splitlines()) == 1
    assert json.loads(surrogate["body"]["text"])["identity"]["client_id"].startswith("\ud800")


@needs_bash
@pytest.mark.parametrize(
    ("target", "content_type"),
    [("/events", "text/plain;secret=x"), ("/events?a;secret=x", "text/plain"), ("/events?a=b;secret=x", "text/plain")],
)
def test_post_that_any_site_can_make_runs_nothing(
    caller: Caller, tmp_path: Path, target: str, content_type: str
) -> None:
    """A browser sends it without a preflight; without the check, the body would be a command."""
    body = b"$(touch pwned) #"
    head = f"POST {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {content_type}\r\n"
    exchange(caller.sandbox, f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    found = caller.http.get(f"{caller.sandbox.tracking_url}/_sandbox/api/requests/1").json()
    words = run_with_fake_curl(found["curl"], tmp_path)
    assert words[-2:] == ["--data-raw", body.decode()]
    assert f"Content-Type: {content_type.replace('=x', '=REDACTED')}" in words

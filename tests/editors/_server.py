"""A language server over stdio, driven the way an editor drives it: JSON-RPC, one question at a time.

Nothing waits on time. A question is over when its answer has come; pytest's own timeout ends one that
never does, with the server's last words in the traceback's locals.
"""

import json
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

CAPABILITIES = {
    "workspace": {"configuration": True},
    "textDocument": {
        "completion": {"completionItem": {"tagSupport": {"valueSet": [1]}, "documentationFormat": ["markdown"]}},
        "diagnostic": {},
        "hover": {"contentFormat": ["markdown"]},
        "publishDiagnostics": {"tagSupport": {"valueSet": [1, 2]}},
    },
}
CURSOR = "|"
"""Where the question is asked, in the text given to `LanguageServer.show`."""


class LanguageServer:
    """One running server with one open file, whose text each question replaces.

    Args:
        command: Starts the server.
        folder: The user's project; it should hold nothing that configures a type checker.
        settings: What the editor answers when the server asks for its settings, by section.
    """

    def __init__(self, command: Sequence[str], folder: Path, settings: Callable[[str], object]) -> None:
        self._command = command
        self._folder = folder
        self._settings = settings
        self._uri = (folder / "shop.py").as_uri()
        self._last_id = 0
        self._version = 0

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, cwd=self._folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdin
        assert self._process.stdout
        self._input, self._output = self._process.stdin, self._process.stdout
        root = self._folder.as_uri()
        self.info: dict[str, Any] = self._ask(
            "initialize",
            processId=None,
            rootUri=root,
            workspaceFolders=[{"uri": root, "name": self._folder.name}],
            capabilities=CAPABILITIES,
        )
        self._tell("initialized")
        document = {"uri": self._uri, "languageId": "python", "version": self._version, "text": ""}
        self._tell("textDocument/didOpen", textDocument=document)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._process:  # closes the pipes and waits, whatever the server answers
            if kind is not None:
                self._process.kill()
                return
            self._ask("shutdown")
            self._tell("exit")

    def complete(self, text: str) -> list[dict[str, Any]]:
        """Return the items an editor would list at the cursor, in the order it would list them."""
        answer = self._ask("textDocument/completion", **self._show(text))
        items = answer["items"] if isinstance(answer, dict) else answer
        return sorted(items or [], key=lambda item: item.get("sortText", item["label"]))

    def resolve(self, item: dict[str, Any]) -> dict[str, Any]:
        """Return an item with what an editor shows beside it."""
        return self._ask("completionItem/resolve", **item)

    def hover(self, text: str) -> str:
        """Return what an editor shows when the mouse rests at the cursor."""
        answer = self._ask("textDocument/hover", **self._show(text))
        return "" if answer is None else answer["contents"]["value"]

    def diagnose(self, text: str) -> list[dict[str, Any]]:
        """Return what an editor underlines, strikes through or greys out."""
        return self._ask("textDocument/diagnostic", textDocument=self._show(text)["textDocument"])["items"]

    def _show(self, text: str) -> dict[str, Any]:
        """Replace the file's text; return where the cursor stands in it."""
        before, _, after = text.partition(CURSOR)
        self._version += 1
        document = {"uri": self._uri, "version": self._version}
        self._tell("textDocument/didChange", textDocument=document, contentChanges=[{"text": before + after}])
        position = {"line": before.count("\n"), "character": len(before) - before.rfind("\n") - 1}
        return {"textDocument": {"uri": self._uri}, "position": position}

    def _ask(self, method: str, **params: object) -> Any:
        """Send a request and return its result; serve the server's own questions until it comes."""
        self._last_id += 1
        self._send({"id": self._last_id, "method": method, "params": params})
        while True:
            message = self._receive()
            if "method" in message and "id" in message:
                self._send({"id": message["id"], "result": self._answer(message)})
            elif message.get("id") == self._last_id:
                assert "error" not in message, message
                return message["result"]

    def _answer(self, message: dict[str, Any]) -> object:
        if message["method"] == "workspace/configuration":
            return [self._settings(item["section"]) for item in message["params"]["items"]]
        return None  # registrations and progress bars: noted

    def _tell(self, method: str, **params: object) -> None:
        self._send({"method": method, "params": params})

    def _send(self, message: dict[str, object]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._input.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._input.flush()

    def _receive(self) -> dict[str, Any]:
        length = 0
        while line := self._output.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        assert length, f"the server has ended: {self._process.poll()}"
        return json.loads(self._output.read(length))

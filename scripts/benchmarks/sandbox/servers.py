"""The servers that are measured, each in a process of its own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SANDBOX = """
import sys, threading
from pyttributionio.sandbox import Sandbox

with Sandbox(database=sys.argv[1]) as sandbox:
    print(sandbox.tracking_url, flush=True)
    threading.Event().wait()
"""
"""The sandbox, with its data in a file."""
SOCKET = """
import socket, sys

answer = open(sys.argv[1], "rb").read()
with socket.create_server(("127.0.0.1", 0)) as listener:
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    while True:
        connection, _ = listener.accept()
        with connection:
            while connection.recv(65536):
                connection.sendall(answer)
"""
"""The least possible work: the bytes of a file over a socket, for every request."""
UVICORN = """
import sys, threading
from pyttributionio.sandbox.api.serving import ServerThread, listen

body = open(sys.argv[1], "rb").read().partition(b"\\r\\n\\r\\n")[2]
headers = [(b"content-length", str(len(body)).encode())]

async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})

listener = listen("127.0.0.1", 0)
ServerThread(app, listener).start()
print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
threading.Event().wait()
"""
"""The same bytes through uvicorn with the sandbox's settings: an answer that is ready."""


@contextmanager
def serving(program: str, argument: Path) -> Iterator[str]:
    """Run a server, and yield the address that it prints."""
    command = [sys.executable, "-c", program, str(argument)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        try:
            yield running.stdout.readline().strip()
        finally:
            running.kill()

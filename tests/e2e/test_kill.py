"""Events that the sandbox answered with 2xx are kept, also if it is killed while more events arrive."""

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pyttributionio import APIConnectionError, Client
from pyttributionio.sandbox import Sandbox

SERVE = """
import sys, threading
from pyttributionio.sandbox import Sandbox

with Sandbox(database=sys.argv[1]) as sandbox:
    print(sandbox.tracking_url, flush=True)
    threading.Event().wait()
"""
THREADS = 4


class Load:
    """Several threads that post events, each with another transaction id, until the server is gone."""

    def __init__(self, tracking_url: str, enough: int) -> None:
        self.answered: set[str] = set()
        self.enough = threading.Event()
        self._wanted = enough
        self._client = Client("SANDBOX_KEY", tracking_url=tracking_url, max_retries=0)
        self._threads = [threading.Thread(target=self._post, args=(number,)) for number in range(THREADS)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for thread in self._threads:
            thread.join()
        self._client.close()

    def _post(self, number: int) -> None:
        for count in range(1_000_000):
            transaction_id = f"{number}-{count}"
            try:
                self._client.tracking.event(
                    "ev", visitor_id="v", client_id="c", transaction_id=transaction_id, identify=False
                )
            except APIConnectionError:
                return
            self.answered.add(transaction_id)
            if len(self.answered) >= self._wanted:
                self.enough.set()


@pytest.mark.parametrize("enough", [1, 50, 200])
def test_answered_events_are_kept_after_a_kill(tmp_path: Path, enough: int) -> None:
    """After a SIGKILL during writes, the file can be opened and has every event that was answered."""
    database = tmp_path / "sandbox.db"
    command = [sys.executable, "-c", SERVE, str(database)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        with Load(process.stdout.readline().strip(), enough) as load:
            try:
                assert load.enough.wait(30)
            finally:  # the threads stop when there is no answer
                process.send_signal(signal.SIGKILL)
    assert (tmp_path / "sandbox.db-wal").exists(), "the sandbox was closed, not killed"
    with (
        Sandbox(database=database) as sandbox,
        Client(
            sandbox.api_key, sandbox.api_secret, base_url=sandbox.base_url, tracking_url=sandbox.tracking_url
        ) as client,
    ):
        client.tracking.identity("c", visitor_id="v")
        stored = {event.transaction_id for event in client.customers.get("c", include=["events"]).events}
    assert load.answered <= stored
    assert len(load.answered) >= enough

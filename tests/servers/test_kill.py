"""Each server is killed while it is busy. Each event of a purchase that was answered arrives after a restart."""

import json
import os
import subprocess
import sys
from collections import deque
from importlib.util import find_spec
from pathlib import Path

import pytest

from outbox._helpers import OK, wait_until
from servers._running import ROOT, Buyers, bought, serving
from support.faults import Answer, FaultServer, answer

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="these servers need fork and SIGKILL")

GUNICORN = ["-m", "gunicorn", "--bind", "127.0.0.1:PORT", "--workers", "2", "--log-level", "warning"]
UVICORN = ["-m", "uvicorn", "--port", "PORT", "--workers", "2", "--log-level", "warning"]
DJANGO, FLASK = "examples.django_shop.wsgi:application", "examples.flask_shop:app"
SERVERS = {
    "gunicorn sync, Flask": [*GUNICORN, FLASK],
    "gunicorn gthread, Django": [*GUNICORN, "--threads", "4", DJANGO],
    "gunicorn gevent, Flask": [*GUNICORN, "--worker-class", "gevent", FLASK],
    "gunicorn preload, Flask": [*GUNICORN, "--preload", FLASK],
    "gunicorn gthread preload, Django": [*GUNICORN, "--threads", "4", "--preload", DJANGO],
    "uvicorn, FastAPI": [*UVICORN, "examples.fastapi_shop:app"],
    "uvicorn, Django": [*UVICORN, "examples.django_shop.asgi:application"],
}


def arrived(server: FaultServer) -> set[str]:
    """Return the orders whose events arrived."""
    bodies = [json.loads(request.body) for request in [*server.requests] if request.target == "/events"]
    return {body["event"]["transaction_id"] for body in bodies}


def make_tables(folder: Path) -> None:
    """Make the database of the shop in Django, with a log that several workers can write."""
    program = (
        "import os, django; from django.conf import settings; django.setup();"
        "from django.db import connection as c; from examples.django_shop.models import Order;"
        "c.cursor().execute('pragma journal_mode=wal')\n"
        "with c.schema_editor() as editor: editor.create_model(Order)"
    )
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "examples.django_shop.settings",
        "SHOP_DATABASE": str(folder / "shop.db"),
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT / "docs")]),
    }
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_that_is_killed_while_busy_loses_no_event(name: str, tmp_path: Path) -> None:
    """The vendor is down at first, so that entries wait; all processes get SIGKILL at once."""
    if find_spec(SERVERS[name][1]) is None:
        pytest.fail(f"{SERVERS[name][1]} is not installed: it is in the group `dev`")
    if "Django" in name:
        make_tables(tmp_path)
    with FaultServer(answer(status=503)) as vendor:
        with serving(SERVERS[name], tmp_path, vendor.url) as server, Buyers(server.port, 100) as buyers:
            is_busy = buyers.enough.wait(40)
            server.kill()  # the buyers go on until they see it
        assert is_busy, (tmp_path / "server.log").read_text(encoding="utf-8")[-3000:]
        vendor._acts = deque([Answer(OK)])
        with serving(SERVERS[name], tmp_path, vendor.url) as server:
            assert bought(server.port, "the-last")
            wait_until(lambda: arrived(vendor) >= {*buyers.orders, "the-last"})

"""Use an installed wheel as a new user would, without any extra; run with the environment's own Python."""

import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pyttributionio

installed = Path(pyttributionio.__file__).parent
assert "site-packages" in installed.parts, f"{installed} is not an installed wheel"
assert (installed / "py.typed").exists(), "py.typed is missing: type checkers would see no types"
assert pyttributionio.__version__ == importlib.metadata.version("pyttributionio")

client = pyttributionio.Client(api_key="PUBLIC_KEY")
assert repr(client) == "Client(api_key='PUBLIC_KEY', base_url='https://attribution.io/api/v1')", repr(client)

message = "the sandbox was importable without its extra"
try:
    importlib.import_module("pyttributionio.sandbox")
except ImportError as error:
    message = str(error)
assert "pip install 'pyttributionio[sandbox]'" in message, message
for name in ("sandbox/page/web/index.html", "sandbox/page/web/snippet.js", "shop/web/shop.css"):
    assert (installed / name).exists(), f"{name} is missing"

command = Path(sys.executable).with_name("pyttributionio.exe" if sys.platform == "win32" else "pyttributionio")
ended = subprocess.run([command, "sandbox"], capture_output=True, text=True, check=False)
assert (ended.returncode, ended.stdout) == (1, ""), ended
assert ended.stderr.startswith("error: the command line needs typer and rich: pip install"), ended.stderr
print(f"The wheel of {pyttributionio.__version__} works.")

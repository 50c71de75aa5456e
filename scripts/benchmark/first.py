"""A fresh process that makes one client's first calls, and tells what they took; nothing of other clients is in it.

`python -m benchmark.first NAME ADDRESS` prints as JSON the processor time in seconds from the process's
start to the first reply, S, in hand; with `L` behind it also the bytes by which L, in hand, made it grow.
"""

import json
import resource
import sys
import time

from benchmark.clients import adapter


def memory() -> dict[str, int]:
    """Return the largest and the present resident size in bytes; where only the largest is told, it stands for both."""
    try:
        with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123 (pathlib is not imported for this)
            sizes = {name: text for name, _, text in (line.partition(":") for line in status)}
    except OSError:
        largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        return {"peak": largest, "kept": largest}
    return {"peak": int(sizes["VmHWM"].split()[0]) * 1024, "kept": int(sizes["VmRSS"].split()[0]) * 1024}


def main(name: str, address: str, *sizes: str) -> None:
    """Make the first calls, and print what they took."""
    client = adapter(name)(address)
    client.get("S")
    found: dict[str, float] = {"cpu": time.process_time()}
    for size in sizes:
        before = memory()["kept"]
        result = client.get(size)
        found |= {name: after - before for name, after in memory().items()}
        assert result is not None  # it is still in hand
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])

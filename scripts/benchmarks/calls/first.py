"""A fresh process that makes one client's first calls, and prints what they took; it imports no other client.

`python -m benchmarks.calls.first NAME ADDRESS` prints as JSON the processor time in seconds from the start of the
process to the first reply, S; with `L` as a further argument also the bytes by which the process grew with L.
"""

import json
import resource
import sys
import time

from benchmarks.calls.clients import adapter


def memory() -> dict[str, int]:
    """Return the largest and the current resident size in bytes; both are the largest where only that is known."""
    try:
        with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123 (pathlib would be a further import)
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
        assert result is not None  # it is still referenced
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])

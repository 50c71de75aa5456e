"""The test kit: a recorder of what clients and outboxes send, and models for tests.

```python
with Recorder() as recorder:
    shop.buy("order-1")
recorder.assert_event("ev_purchase", transaction_id="order-1")
```
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyttributionio.testing.factories import *
    from pyttributionio.testing.recorder import *
else:

    def __getattr__(name: str) -> object:
        if not name.startswith("_"):  # tools look up names such as __wrapped__, which must import nothing
            import pyttributionio.testing.factories as factories
            import pyttributionio.testing.recorder as recorder

            for module in (recorder, factories):
                if name in module.__all__:
                    return getattr(module, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

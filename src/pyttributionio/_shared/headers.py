"""An answer's headers, free of any HTTP library."""

from collections.abc import Iterable, Iterator, Mapping

from pyttributionio._shared.naming import set_public_module

__all__ = ["Headers"]


class Headers(Mapping[str, str]):
    """Hold an answer's headers; names are matched without regard to case (RFC 9110, section 5.1).

    A header that came several times is one value, joined with a comma and a space (RFC 9110, section 5.3).
    """

    __slots__ = ("_values",)

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        values: dict[str, str] = {}
        for name, value in pairs:
            key = name.lower()
            values[key] = f"{values[key]}, {value}" if key in values else value
        self._values = values

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __reduce__(self) -> tuple[type["Headers"], tuple[tuple[tuple[str, str], ...]]]:
        # By default, slots pickle from protocol 2 on; an error with headers has to with every one.
        return Headers, (tuple(self._values.items()),)

    def __repr__(self) -> str:
        return f"Headers({self._values!r})"


set_public_module(Headers)

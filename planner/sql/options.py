"""WITH (key = value, …) as typed values; an unknown key is an error that suggests the right one."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from ...kernels.errors import UserError

_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "sec": 1.0, "second": 1.0, "m": 60.0, "min": 60.0, "minute": 60.0,
          "h": 3600.0, "hour": 3600.0, "d": 86400.0, "day": 86400.0}  # fmt: skip
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)")
_BOOLS = {
    "true": True,
    "on": True,
    "yes": True,
    "1": True,
    "false": False,
    "off": False,
    "no": False,
    "0": False,
}
_REQUIRED = object()


def seconds(text: str) -> float:
    """The length of `250ms`, `10 seconds`, `1h` or a bare number of seconds; 22023 for anything else."""
    found = _DURATION.fullmatch(text.strip().lower())
    unit = found[2] or "s" if found else ""
    factor = _UNITS.get(unit) or _UNITS.get(unit.removesuffix("s"))
    if found is None or factor is None:
        raise UserError(f'invalid duration "{text}"', "22023", hint="Write 250ms, 10s or 1h.")
    return float(found[1]) * factor


class Options:
    """Options of one statement. Getters raise 22023; call `finish()` last to refuse what nobody asked for."""

    def __init__(self, pairs: Iterable[tuple[str, object]], what: str = "option") -> None:
        self._what = what
        self._values: dict[str, object] = {}
        self._known: set[str] = set()
        for key, value in pairs:
            if key in self._values:
                raise UserError(f'{what} "{key}" specified more than once', "42601")
            self._values[key] = value

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def _get(self, key: str, default: object) -> object:
        self._known.add(key)
        if key in self._values:
            return self._values[key]
        if default is _REQUIRED:
            raise UserError(f'{self._what} "{key}" is required', "22023")
        return None

    def _bad(self, key: str, kind: str) -> UserError:
        return UserError(f'invalid value for {self._what} "{key}": "{self._values[key]}"', "22023",
                         hint=f"Expected {kind}.")  # fmt: skip

    def get_str(self, key: str, default: object = _REQUIRED) -> str | None:
        value = self._get(key, default)
        if value is None:
            return default  # type: ignore[return-value]
        return ("true" if value else "false") if isinstance(value, bool) else f"{value}"

    def get_int(self, key: str, default: object = _REQUIRED, low: float | None = None,
                high: float | None = None) -> int | None:  # fmt: skip
        value = self._get(key, default)
        if value is None:
            return default  # type: ignore[return-value]
        if isinstance(value, bool) or not re.fullmatch(r"[+-]?\d+", f"{value}"):
            raise self._bad(key, "an integer")
        number = int(f"{value}")
        if (low is not None and number < low) or (high is not None and number > high):
            raise self._bad(key, f"an integer from {low} to {high}")
        return number

    def get_bool(self, key: str, default: object = _REQUIRED) -> bool | None:
        value = self._get(key, default)
        if value is None:
            return default  # type: ignore[return-value]
        found = _BOOLS.get(f"{value}".lower())
        if found is None:
            raise self._bad(key, "true or false")
        return found

    def get_duration(self, key: str, default: object = _REQUIRED) -> float | None:
        """Seconds, from `250ms`, `10 seconds`, `1h` or a bare number of seconds."""
        value = self._get(key, default)
        if value is None:
            return default  # type: ignore[return-value]
        try:
            return seconds(f"{value}")
        except UserError:
            raise self._bad(key, "a duration such as 250ms, 10s or 1h") from None

    def get_choice(self, key: str, choices: tuple[str, ...], default: object = _REQUIRED) -> str | None:
        value = self._get(key, default)
        if value is None:
            return default  # type: ignore[return-value]
        if f"{value}".lower() not in choices:
            raise self._bad(key, "one of " + ", ".join(choices))
        return f"{value}".lower()

    def rest(self, prefix: str) -> dict[str, object]:
        """All options below `prefix` (such as `properties.`), without it."""
        found = {k: v for k, v in self._values.items() if k.startswith(prefix)}
        self._known.update(found)
        return {k[len(prefix) :]: v for k, v in found.items()}

    def finish(self) -> None:
        """22023 with a suggestion for the first option that no getter has asked for."""
        for key in self._values:
            if key not in self._known:
                close = difflib.get_close_matches(key, sorted(self._known), 1)
                hint = (
                    f'Perhaps you meant "{close[0]}".'
                    if close
                    else "Known: " + ", ".join(sorted(self._known)) + "."
                )
                raise UserError(f'unrecognized {self._what} "{key}"', "22023", hint=hint)

"""WITH options: each connector lists its own; unknown ones are refused with a suggestion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from ...kernels.errors import UserError

# Given to every connector by the statement itself.
COMMON = (
    "connector", "type", "primary_key", "force_append_only", "snapshot", "ignore_delete",
    # How fast and how parallel other servers run a job: without effect here.
    "parallelism", "source_rate_limit", "backfill_rate_limit", "sink_rate_limit", "dml_rate_limit", "sink_decouple",
    "backfill_order", "commit_checkpoint_interval", "resource_group", "emit_on_window_close",
)  # fmt: skip


# Of ENCODE JSON: timestamps given as numbers, with their microseconds per unit. Without it they are errors.
TIME_UNITS = {"second": 1_000_000, "milli": 1000, "micro": 1, "guess_number_unit": -1}


@dataclass(frozen=True, slots=True)
class Option:
    """`kind`: text, int, float, bool. A name that ends in `*` stands for every name with that beginning."""

    name: str
    kind: str = "text"
    default: Any = None
    required: bool = False
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    aliases: tuple[str, ...] = ()


def read_options(connector: str, known: Sequence[Option], given: Mapping[str, str]) -> dict[str, Any]:
    """Values by canonical name, defaults filled in; patterns collect a dict of what they matched.

    UserError 22023 for an unknown, missing or bad option.
    """
    names = {alias: option for option in known for alias in (option.name, *option.aliases)}
    values: dict[str, Any] = {o.name: ({} if o.name.endswith("*") else o.default) for o in known}
    patterns = [o for o in known if o.name.endswith("*")]
    for name, text in given.items():
        folded = name.lower()
        if folded in names:
            values[names[folded].name] = _value(names[folded], text)
            continue
        pattern = next((o for o in patterns if folded.startswith(o.name[:-1])), None)
        if pattern is not None:
            values[pattern.name][name[len(pattern.name) - 1 :]] = _value(pattern, text)
        elif folded not in COMMON:
            raise _unknown(connector, name, [n for n in names if not n.endswith("*")])
    for option in known:
        if option.required and values[option.name] is None:
            raise UserError(f'connector "{connector}" needs the option "{option.name}"', "22023")
    return values


JSON_OPTIONS = (Option("timestamptz.handling.mode", choices=tuple(TIME_UNITS), aliases=("timestamp.handling.mode",)),)


def time_unit(values: Mapping[str, Any]) -> int:
    """The decoder's `time_unit` of checked options that include JSON_OPTIONS."""
    mode = values["timestamptz.handling.mode"]
    return 0 if mode is None else TIME_UNITS[mode]


def _value(option: Option, text: str) -> Any:
    try:
        value = _CASTS[option.kind](text.strip())
    except (ValueError, KeyError):
        raise UserError(f'option "{option.name}" must be of type {option.kind}, not "{text}"', "22023") from None
    if option.choices and isinstance(value, str) and value.lower() in option.choices:
        value = value.lower()
    if option.choices and value not in option.choices:
        expected = ", ".join(option.choices)
        raise UserError(f'option "{option.name}" can\'t be "{text}"', "22023", hint=f"It is one of: {expected}.")
    if isinstance(value, (int, float)) and (
        (option.low is not None and value < option.low) or (option.high is not None and value > option.high)
    ):
        bounds = f"at least {option.low:g}" if option.high is None else f"{option.low:g} to {option.high:g}"
        raise UserError(f'option "{option.name}" is {text}; it must be {bounds}', "22023")
    return value


def _unknown(connector: str, name: str, names: Sequence[str]) -> UserError:
    close = get_close_matches(name.lower(), names, n=1)
    hint = f'Did you mean "{close[0]}"?' if close else f"Known options: {', '.join(sorted(names))}."
    return UserError(f'connector "{connector}" has no option "{name}"', "22023", hint=hint)


_BOOLS = {
    "true": True,
    "on": True,
    "1": True,
    "yes": True,
    "false": False,
    "off": False,
    "0": False,
    "no": False,
}
_CASTS: dict[str, Any] = {
    "text": str,
    "int": lambda t: int(t.replace("_", "")),
    "float": float,
    "bool": lambda t: _BOOLS[t.lower()],
}

"""How a session writes and reads values as text: DateStyle, IntervalStyle, bytea_output, extra_float_digits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

DATE_FORMS = ("ISO", "SQL", "Postgres", "German")
DATE_ORDERS = ("MDY", "DMY", "YMD")
INTERVAL_STYLES = ("postgres", "postgres_verbose", "sql_standard", "iso_8601")
BYTEA_OUTPUTS = ("hex", "escape")


@dataclass(frozen=True, slots=True)
class Styles:
    """Values of those settings, in their canonical text."""

    dates: str = "ISO, MDY"
    intervals: str = "postgres"
    bytea: str = "hex"
    extra_float_digits: int = 1

    @property
    def codes(self) -> tuple[int, int, int, bool, int]:
        """What kernels/cpp/styles.hpp holds."""
        form, order = self.dates.split(", ")
        return (DATE_FORMS.index(form), DATE_ORDERS.index(order), INTERVAL_STYLES.index(self.intervals),
                self.bytea == "escape", self.extra_float_digits)

    @staticmethod
    def of(settings: Mapping[str, str]) -> Styles:
        """Those of the settings that are there; the others as they are by default."""
        return Styles(settings.get("datestyle", "ISO, MDY"), settings.get("intervalstyle", "postgres"),
                      settings.get("bytea_output", "hex"), int(settings.get("extra_float_digits", 1)))


PLAIN = Styles()

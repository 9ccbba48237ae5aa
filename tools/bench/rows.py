"""The rows of the table: what was measured, against what, and whether that is enough."""

import statistics
from dataclasses import asdict, dataclass, field
from typing import Optional

SKIPPED = "skipped"


@dataclass
class Row:
    """One line. `measured` and `other` have a number for each run, in the runs' order."""

    group: str
    what: str
    unit: str  # ns, bytes, percent, count, per_s
    measured: list[float] = field(default_factory=list)
    against: str = ""  # the name of the floor or peer; empty: the number stands for itself
    other: list[float] = field(default_factory=list)
    target: str = ""  # as the issue has it; empty: shown for its own sake
    limit: Optional[float] = None  # of the ratio, or without an other side of the number
    at_least: bool = False  # the limit is a lower one
    sessions: Optional[int] = None
    note: str = ""

    @property
    def ratio(self) -> Optional[float]:
        """The median of the runs' ratios; None where there is no other side."""
        pairs = [(a, b) for a, b in zip(self.measured, self.other) if b]
        return statistics.median(a / b for a, b in pairs) if pairs else None

    @property
    def verdict(self) -> str:
        if not self.measured or (self.against and not self.other):
            return SKIPPED
        if self.limit is None:
            return "-"
        value = self.ratio if self.against else statistics.median(self.measured)
        if value is None:
            return SKIPPED
        met = value >= self.limit if self.at_least else value <= self.limit
        return "met" if met else "missed"

    def as_json(self) -> dict:
        return {**asdict(self), "ratio": self.ratio, "verdict": self.verdict}


def text_of(value: float, unit: str) -> str:
    if unit == "ns":
        for size, name in ((1e9, "s"), (1e6, "ms"), (1e3, "µs")):
            if value >= size:
                return f"{value / size:.3g} {name}"
        return f"{value:.0f} ns"
    if unit == "bytes":
        return f"{value / 2**20:.1f} MiB"
    if unit == "percent":
        return f"{value:.3f} %"
    if unit == "per_s":
        return f"{value:,.0f}/s"
    return f"{value:,.4g}"


def with_spread(values: list[float], unit: str) -> str:
    if not values:
        return SKIPPED
    middle = text_of(statistics.median(values), unit)
    if len(values) == 1:
        return middle
    return f"{middle} ({text_of(min(values), unit)} – {text_of(max(values), unit)})"


HEADER = ("what", "measured", "floor or peer", "ratio", "target", "")


def cells(row: Row) -> tuple[str, ...]:
    what = row.what if row.sessions is None else f"{row.what}, {row.sessions:,} sessions"
    other = f"{row.against}: {with_spread(row.other, row.unit)}" if row.against else ""
    ratio = "" if row.ratio is None else f"{row.ratio:.3g}"
    verdict = row.verdict if not row.note else f"{row.verdict}; {row.note}"
    return (what, with_spread(row.measured, row.unit), other, ratio, row.target, verdict)


def print_table(rows: list[Row]) -> None:
    lines = [HEADER] + [cells(row) for row in rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEADER) - 1)]
    for number, line in enumerate(lines):
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)), line[-1], sep="  ")
        if number == 0:
            print("  ".join("-" * width for width in widths))

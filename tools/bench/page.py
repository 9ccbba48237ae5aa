"""The table and its plots as one page that needs nothing else."""

import html
import io
import re
import statistics

from rows import HEADER, Row, cells

STYLE = """
body { font: 15px/1.45 sans-serif; margin: 2em auto; max-width: 80em; color: #222; }
table { border-collapse: collapse; } td, th { padding: .25em .8em; text-align: left; }
tr { border-bottom: 1px solid #ddd; } .met { color: #17703a; } .missed { color: #b3261e; }
svg { max-width: 100%; height: auto; }
"""


def bars(rows: list[Row]) -> str:
    """Measured against floor or peer, each pair on a scale of its own: the floor is 1."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.fonttype"] = "none"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(11, 0.45 * len(rows) + 1.2))
    for place, row in enumerate(rows):
        colour = {"met": "#2e8b57", "missed": "#c0392b"}.get(row.verdict, "#7f8c8d")
        pairs = [a / b for a, b in zip(row.measured, row.other) if b]
        axes.barh(place, row.ratio - 1, left=1, height=0.55, color=colour)
        axes.plot([min(pairs), max(pairs)], [place, place], color="black", linewidth=1)
        if row.limit is not None:
            axes.plot([row.limit] * 2, [place - 0.4, place + 0.4], color="black", linewidth=2)
    axes.axvline(1, color="#555", linestyle=":", linewidth=1)
    axes.set_xscale("log")
    axes.set_yticks(range(len(rows)))
    axes.set_yticklabels([f"{cells(row)[0]} / {row.against}" for row in rows], fontsize=8)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlabel("to the floor or peer (1); thick mark: the target; thin line: the runs' spread")
    figure.tight_layout()
    text = io.StringIO()
    figure.savefig(text, format="svg")
    pyplot.close(figure)
    return inline(text.getvalue())


def inline(svg: str) -> str:
    """Without what names other documents, which a browser does not need inside of a page."""
    svg = svg[svg.index("<svg"):]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    return re.sub(r'\s+xmlns(:\w+)?="[^"]*"', "", svg)


def own_bars(rows: list[Row]) -> str:
    """Of the rows without another side: how much of the limit is used."""
    as_ratios = [Row(row.group, row.what, row.unit,
                     row.measured, "the target", [row.limit] * len(row.measured), limit=1,
                     sessions=row.sessions) for row in rows]
    return bars(as_ratios)


def table(rows: list[Row]) -> str:
    def line(tag: str, texts: tuple[str, ...], kind: str = "") -> str:
        inner = "".join(f"<{tag}>{html.escape(text)}</{tag}>" for text in texts)
        return f'<tr class="{kind}">{inner}</tr>'

    body = "\n".join(line("td", cells(row), row.verdict) for row in rows)
    return f"<table>\n{line('th', HEADER)}\n{body}\n</table>"


def page(rows: list[Row], about: str, has_plots: bool) -> str:
    parts = [f"<h1>Tain, measured</h1><p>{html.escape(about)}</p>", table(rows)]
    if has_plots:
        compared = [row for row in rows if row.ratio]
        alone = [row for row in rows if not row.against and row.limit
                 and row.measured and statistics.median(row.measured) > 0]
        if compared:
            parts.append("<h2>To the floor, or the peer</h2>" + bars(compared))
        if alone:
            parts.append("<h2>To the target</h2>" + own_bars(alone))
    body = "\n".join(parts)
    return (f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Tain, measured'
            f"</title><style>{STYLE}</style></head>\n<body>{body}</body></html>\n")

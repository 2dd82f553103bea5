"""Pictures of measurements, as SVG that is read on light and on dark pages."""
import math
from xml.sax.saxutils import escape

from .results import OURS, duration, medians

STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .small { font-size: 11px }
  .head { font-weight: 600 }
  .end { text-anchor: end }
  .middle { text-anchor: middle }
  .grid { stroke: #8c959f; stroke-opacity: 0.3 }
  .one { stroke: #1f2328; stroke-width: 1.5 }
  .faster { fill: #0969da } .slower { fill: #bc4c00 }
  .line { fill: none; stroke-width: 2 }
  .c0 { stroke: #0969da } .c1 { stroke: #bc4c00; stroke-dasharray: 6 3 } .c2 { stroke: #8250df; stroke-dasharray: 2 3 }
  .c3 { stroke: #1a7f37; stroke-dasharray: 8 3 2 3 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .one { stroke: #e6edf3 }
    .faster { fill: #58a6ff } .slower { fill: #f0883e }
    .c0 { stroke: #58a6ff } .c1 { stroke: #f0883e } .c2 { stroke: #bc8cff } .c3 { stroke: #3fb950 }
  }
"""


def document(width, height, title, description, body):
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        ' role="img" aria-labelledby="title description">',
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="description">{escape(description)}</desc>',
        f"<style>{STYLE}</style>", *body, "</svg>", "",
    ])


def text(x, y, content, kind=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}">{escape(content)}</text>'


def line(x1, y1, x2, y2, kind):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def ratios(comparisons):
    """A bar for each row, from 1 to our time over the best peer's, on a logarithmic axis."""
    rows = sorted((row for row in comparisons if row.ratio), key=lambda row: row.ratio)
    left, right, top, pitch, width = 260, 130, 46, 18, 860
    ticks = [tick for tick in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)]
    low = max([tick for tick in ticks if tick <= min(0.5, rows[0].ratio)], default=ticks[0])
    high = min([tick for tick in ticks if tick >= max(2, rows[-1].ratio)], default=ticks[-1])
    bottom = top + pitch * len(rows)

    def place(ratio):
        part = math.log(min(max(ratio, low), high) / low) / math.log(high / low)
        return left + part * (width - left - right)

    body = [text(place(1) - 8, 16, "← faster", "end small"), text(place(1) + 8, 16, "slower →", "small")]
    for tick in ticks:
        if low <= tick <= high:
            body += [text(place(tick), top - 12, f"{tick:g}", "small middle")]
            body += [line(place(tick), top - 6, place(tick), bottom, "one" if tick == 1 else "grid")]
    for i, row in enumerate(rows):
        y, (start, end) = top + i * pitch, sorted((place(1), place(row.ratio)))
        body.append(text(left - 8, y + 13, row.name, "end"))
        body.append(
            f'<rect x="{start:.1f}" y="{y + 3}" width="{max(end - start, 1):.1f}" height="{pitch - 6}"'
            f' class="{"faster" if row.ratio <= 1 else "slower"}"/>')
        body.append(text(width - right + 10, y + 13, f"{row.ratio:.2f}  {row.best}", "small"))
    won = sum(row.ratio < 1 for row in rows)
    description = f"{len(rows)} rows from {rows[0].ratio:.2f} to {rows[-1].ratio:.2f}; {won} are faster than the best peer."
    return document(width, bottom + 14, "Our time over that of the best peer, by row", description, body)


def power(exponent):
    return "10" + str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def growth(sizes, peers):
    """A panel for each row: time over the number of elements, both logarithmic, a line for each framework."""
    names = list(dict.fromkeys(name for name, _ in sizes))
    columns, width, height, head = 3, 290, 200, 34
    body, x = [], 16
    for i, who in enumerate([OURS, *peers]):
        body += [line(x, 16, x + 34, 16, f"line c{i % 4}"), text(x + 40, 20, who)]
        x += 60 + 8 * len(who)
    for i, name in enumerate(names):
        series = {elements: medians(by) for (row, elements), by in sizes.items() if row == name}
        body.append(f'<g transform="translate({i % columns * width} {head + i // columns * height})">')
        body += panel(name, dict(sorted(series.items())), peers, width, height)
        body.append("</g>")
    description = "; ".join(
        f"{name}: {duration(medians(sizes[name, most])[OURS])} for {most:.0e} elements"
        for name in names if OURS in sizes[name, most := max(n for row, n in sizes if row == name)])
    rows = -(-len(names) // columns)
    return document(columns * width, head + rows * height, "Time over the number of elements", description, body)


def panel(name, series, peers, width, height):
    left, right, top, bottom = 54, width - 14, 26, height - 28
    times = [seconds for by in series.values() for seconds in by.values()]
    first, last = (bound(math.log10(value)) for bound, value in (
        (math.floor, min(series)), (math.ceil, max(series))))
    low, high = math.floor(math.log10(min(times))), math.ceil(math.log10(max(times)))

    def across(elements):
        return left + (math.log10(elements) - first) / max(last - first, 1) * (right - left)

    def up(seconds):
        return bottom - (math.log10(seconds) - low) / max(high - low, 1) * (bottom - top)

    yield text(left, 16, name, "head")
    for exponent in range(first, last + 1):
        yield line(across(10**exponent), top, across(10**exponent), bottom, "grid")
        yield text(across(10**exponent), bottom + 15, power(exponent), "small middle")
    for exponent in range(low, high + 1):
        yield line(left, up(10.0**exponent), right, up(10.0**exponent), "grid")
        yield text(left - 5, up(10.0**exponent) + 4, decade(exponent), "small end")
    for i, who in enumerate([OURS, *peers]):
        points = [f"{across(n):.1f},{up(by[who]):.1f}" for n, by in series.items() if who in by]
        if points:
            yield f'<polyline points="{" ".join(points)}" class="line c{i % 4}"/>'


def decade(exponent):
    """A power of ten seconds, as 100 µs."""
    unit, base = next(((u, b) for u, b in (("s", 0), ("ms", -3), ("µs", -6)) if exponent >= b), ("ns", -9))
    return f"{10 ** (exponent - base):g} {unit}"

"""Plots as SVG, written by hand: bars of ratios with their spread, and curves over a logarithmic axis."""

import html
import math

COLOURS = ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f")
FONT = 'font-family="sans-serif" font-size="12"'


def text(x, y, content, anchor="start", extra=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {FONT} {extra}>{html.escape(str(content))}</text>'


def line(x1, y1, x2, y2, colour="#999", extra=""):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" {extra}/>'


def document(path, width, height, parts):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
                    f'height="{height}"><rect width="100%" height="100%" fill="white"/>' + "".join(parts) + "</svg>\n")


def colours_of(names):
    return {name: COLOURS[place % len(COLOURS)] for place, name in enumerate(dict.fromkeys(names))}


def bars(path, panels):
    """Panels of (title, [(label, [(way, (median, least, greatest))])]): horizontal bars, 1.0 marked."""
    left, width, thick = 230, 900, 14
    colours = colours_of(way for _, rows in panels for _, shown in rows for way, _ in shown)
    parts, y = [], 24
    for place, (way, colour) in enumerate(colours.items()):
        parts += [f'<rect x="{left + place * 130}" y="{y - 10}" width="10" height="10" fill="{colour}"/>',
                  text(left + place * 130 + 14, y, way)]
    for title, rows in panels:
        most = max([1.2] + [ratio[2] for _, shown in rows for _, ratio in shown])
        scale = (width - left - 90) / most
        y += 34
        parts.append(text(left, y, title, extra='font-weight="bold"'))
        top = y + 6
        for label, shown in rows:
            y += 10
            parts.append(text(left - 8, y + thick * len(shown) / 2 + 4, label, "end"))
            for way, (median, least, greatest) in shown:
                middle = y + thick / 2
                parts += [f'<rect x="{left}" y="{y + 1}" width="{median * scale:.1f}" height="{thick - 2}" '
                          f'fill="{colours[way]}"/>',
                          line(left + least * scale, middle, left + greatest * scale, middle, "#222"),
                          text(left + greatest * scale + 5, y + thick - 3, f"{median:.2f}")]
                y += thick
        parts.append(line(left + scale, top, left + scale, y + 4, "#d00", 'stroke-dasharray="4 3"'))
    document(path, width, y + 24, parts)


def nice_step(most):
    """The distance of an axis's marks: 1, 2 or 5 times a power of ten, about five of them up to `most`."""
    if most <= 0:
        return 1
    power = 10 ** math.floor(math.log10(most / 5))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= most / 5 * 0.99)


def curves(path, title, x_name, y_name, series):
    """Series of name → [(x, y)], x logarithmic, y from 0."""
    left, top, width, height = 80, 50, 620, 320
    points = [point for line_ in series.values() for point in line_]
    if not points:
        return
    low, high = (math.log10(edge(x for x, _ in points)) for edge in (min, max))
    step = nice_step(max(y for _, y in points))
    most = step * math.ceil(max(y for _, y in points) / step)

    def at(x, y):
        share = (math.log10(x) - low) / (high - low) if high > low else 0.5
        return left + share * width, top + height - y / most * height

    parts = [text(left, 24, title, extra='font-weight="bold"'), text(14, top - 12, y_name),
             text(left + width / 2, top + height + 42, x_name, "middle"),
             line(left, top, left, top + height), line(left, top + height, left + width, top + height)]
    for x in sorted({x for x, _ in points}):
        parts.append(text(at(x, 0)[0], top + height + 18, f"{x:,}", "middle"))
    for tick in range(round(most / step) + 1):
        y = tick * step
        parts += [text(left - 6, at(10 ** low, y)[1] + 4, f"{y:,.4g}", "end"),
                  line(left, at(10 ** low, y)[1], left + width, at(10 ** low, y)[1], "#eee")]
    for place, (name, line_) in enumerate(series.items()):
        colour = COLOURS[place % len(COLOURS)]
        spots = [at(x, y) for x, y in sorted(line_)]
        parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="'
                     + " ".join(f"{x:.1f},{y:.1f}" for x, y in spots) + '"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in spots]
        parts += [f'<rect x="{left + width + 20}" y="{top + place * 20}" width="10" height="10" fill="{colour}"/>',
                  text(left + width + 36, top + place * 20 + 10, name)]
    document(path, left + width + 220, top + height + 60, parts)

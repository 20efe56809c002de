"""How the CPU of a query grows with its rows, as a picture that reads on light and on dark."""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from math import log

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 720, 400, 64, 210, 24, 48
_COLOURS = ("#2f7ed8", "#14a085", "#d9534f", "#e69f00", "#8e5bd6", "#7a7a7a")


def growth(costs: Mapping[str, Mapping[int, float]]) -> str:
    """`costs` are milliseconds of CPU a query, by variant and by assets. Both axes are logarithmic."""
    sizes = sorted({size for by_size in costs.values() for size in by_size})
    values = [value for by_size in costs.values() for value in by_size.values()]
    if not values:
        return ""
    across = _scale(sizes[0], sizes[-1], _LEFT, _WIDTH - _RIGHT)
    up = _scale(min(values) / 1.3, max(values) * 1.3, _HEIGHT - _BOTTOM, _TOP)
    parts = [_head()]
    for size in sizes:
        x = across(size)
        parts.append(f'<line class="grid" x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{_HEIGHT - _BOTTOM}"/>')
        parts.append(f'<text x="{x:.1f}" y="{_HEIGHT - _BOTTOM + 18}" text-anchor="middle">{size}</text>')
    for tick in _ticks(min(values) / 1.3, max(values) * 1.3):
        y = up(tick)
        parts.append(f'<line class="grid" x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{tick:g}</text>')
    ends = sorted((up(by_size[max(by_size)]), name) for name, by_size in costs.items() if by_size)
    labels = _apart(ends)
    for colour, (name, by_size) in zip(_COLOURS, costs.items(), strict=False):
        if not by_size:
            continue
        points = " ".join(f"{across(size):.1f},{up(by_size[size]):.1f}" for size in sorted(by_size))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        parts.append(f'<text x="{_WIDTH - _RIGHT + 10}" y="{labels[name]:.1f}" fill="{colour}">{escape(name)}</text>')
    parts.append(f'<text x="{(_LEFT + _WIDTH - _RIGHT) / 2:.0f}" y="{_HEIGHT - 8}" text-anchor="middle">assets</text>')
    parts.append(f'<text x="{_LEFT}" y="14">ms of CPU a query</text></svg>')
    return "\n".join(parts) + "\n"


def _head() -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
        ' font-family="sans-serif" font-size="12">'
        "<title>CPU of a query by the assets it asks for</title><style>text:not([fill]){fill:#666}"
        ".grid{stroke:#888;stroke-opacity:.25}@media(prefers-color-scheme:dark){text:not([fill]){fill:#aaa}}</style>"
    )


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    """From values to places, logarithmically."""
    factor = (end - start) / (log(high) - log(low) or 1.0)
    return lambda value: start + (log(value) - log(low)) * factor


def _ticks(low: float, high: float) -> Sequence[float]:
    return [factor * 10**power for power in range(-2, 6) for factor in (1, 3) if low <= factor * 10**power <= high]


def _apart(ends: Sequence[tuple[float, str]]) -> dict[str, float]:
    """The lines' names beside their ends, none upon another."""
    placed: dict[str, float] = {}
    last = -100.0
    for y, name in ends:
        last = max(y + 4, last + 16)
        placed[name] = last
    return placed

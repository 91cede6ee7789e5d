"""A small drawing of what a view reads and what reads it, as SVG with links."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

__all__ = ["drawing"]

LETTER, HEIGHT, GAP, BETWEEN, PAD, EDGE = 7.3, 26, 8, 56, 12, 4  # pixels; a letter is one of the monospaced font in site.css


@dataclass(frozen=True, slots=True)
class Box:
    """A view or table, where it is drawn."""

    name: str
    left: float
    top: float
    width: float

    @property
    def middle(self) -> float:
        """The height at which lines meet it."""
        return self.top + HEIGHT / 2


def drawing(name: str, reads: Mapping[str, Sequence[str]], links: Mapping[str, str]) -> str:
    """All that a view is made of at its left, what reads it directly at its right; empty where there is neither.

    `reads` holds what each view reads, `links` the page of each view and table.
    """
    depths = _depths(name, reads)
    readers = sorted(reader for reader, read in reads.items() if name in read)
    columns = [[one for one in sorted(depths) if depths[one] == depth] for depth in range(max(depths.values()), -1, -1)]
    columns = [*_settled(columns, reads), *([readers] if readers else [])]
    if len(columns) == 1:
        return ""
    boxes = _placed(columns)
    lines = [(read, one) for one in depths for read in reads.get(one, ())] + [(name, reader) for reader in readers]
    width = max(box.left + box.width for box in boxes.values()) + EDGE
    height = max(box.top for box in boxes.values()) + HEIGHT + EDGE
    parts = (*(_line(boxes[left], boxes[right]) for left, right in sorted(lines)), *_drawn(boxes, name, links))
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    label = f"Lineage of {name}: made of {len(depths) - 1}, read by {len(readers)}"
    return f'<svg {size} role="group" aria-label="{escape(label)}">\n' + "\n".join(parts) + "\n</svg>"


def _depths(name: str, reads: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """How many steps each of what a view is made of stands to its left: the most, so that every line leads to the right."""
    depths = {name: 0}
    todo = [name]
    while todo:
        one = todo.pop()
        for read in reads.get(one, ()):
            if depths.get(read, -1) < depths[one] + 1:
                depths[read] = depths[one] + 1
                todo.append(read)
    return depths


def _settled(columns: Sequence[list[str]], reads: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Each column ordered by where the readers of its names stand, from the right, so that few lines cross."""
    places: dict[str, float] = {}
    settled: list[list[str]] = []
    for column in reversed(columns):
        wanted = {}
        for one in column:
            above = [place for reader, place in places.items() if one in reads.get(reader, ())]
            wanted[one] = sum(above) / len(above) if above else 0.0
        ordered = sorted(column, key=lambda one: (wanted[one], one))
        places |= {one: (number + 0.5) / len(ordered) for number, one in enumerate(ordered)}
        settled.insert(0, ordered)
    return settled


def _placed(columns: Sequence[Sequence[str]]) -> dict[str, Box]:
    tallest = max(map(len, columns)) * (HEIGHT + GAP) - GAP
    boxes, left = {}, float(EDGE)
    for column in columns:
        width = max(map(len, column)) * LETTER + 2 * PAD
        top = EDGE + (tallest - (len(column) * (HEIGHT + GAP) - GAP)) / 2
        for number, name in enumerate(column):
            boxes[name] = Box(name, left, top + number * (HEIGHT + GAP), width)
        left += width + BETWEEN
    return boxes


def _line(start: Box, end: Box) -> str:
    left, right = start.left + start.width, end.left
    bend = left + BETWEEN / 2, right - BETWEEN / 2
    return (
        f'<path d="M{left:.1f} {start.middle:.1f} C{bend[0]:.1f} {start.middle:.1f} {bend[1]:.1f} {end.middle:.1f} '
        f'{right:.1f} {end.middle:.1f}"/>'
    )


def _drawn(boxes: Mapping[str, Box], name: str, links: Mapping[str, str]) -> Iterator[str]:
    for box in boxes.values():
        kind = "here" if box.name == name else "stored" if box.name.startswith("data.") else "view"
        inner = (
            f'<rect x="{box.left:.1f}" y="{box.top:.1f}" width="{box.width:.1f}" height="{HEIGHT}" rx="5"/>'
            f'<text x="{box.left + PAD:.1f}" y="{box.middle + 4:.1f}">{escape(box.name)}</text>'
        )
        yield f'<g class="{kind}">{inner}</g>' if kind == "here" else f'<a class="{kind}" href="{escape(links[box.name])}">{inner}</a>'

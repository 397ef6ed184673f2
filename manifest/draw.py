"""Draws the two icons of the app, one arrow there and one back: `python -m manifest.draw` writes them beside this file."""

import struct
import zlib
from collections.abc import Callable, Iterable
from math import hypot
from pathlib import Path

Point = tuple[float, float]
Colour = tuple[int, ...]

# In the unit square: shaft and head of the arrow to Teams, then of the way back.
THERE = [((0.10, 0.30), (0.90, 0.30)), ((0.90, 0.30), (0.72, 0.12)), ((0.90, 0.30), (0.72, 0.48))]
BACK = [((0.90, 0.72), (0.10, 0.72)), ((0.10, 0.72), (0.26, 0.56)), ((0.10, 0.72), (0.26, 0.88))]
INK, PAPER, PALE = (255, 255, 255), (70, 73, 166), (176, 179, 240)


def colour(size: int = 192) -> bytes:
    """White and pale arrows on a full square; Teams cuts the corners itself and wants the sign within the middle 120 of 192 pixels."""
    return _png(size, lambda x, y: (*_mix(_mix(PAPER, PALE, _ink(x, y, size, BACK, 0.2)), INK, _ink(x, y, size, THERE, 0.2)), 255))


def outline(size: int = 32) -> bytes:
    """White arrows on nothing, as Teams wants it for the bar at the side."""
    return _png(size, lambda x, y: (*INK, round(255 * max(_ink(x, y, size, arrow, 0.03) for arrow in (THERE, BACK)))))


def _ink(x: int, y: int, size: int, arrow: list[tuple[Point, Point]], margin: float) -> float:
    """How much of this pixel the arrow covers, 0 to 1: strokes with round ends and soft edges."""
    side = size * (1 - 2 * margin)
    here = ((x + 0.5 - size * margin) / side, (y + 0.5 - size * margin) / side)
    return min(1.0, max(0.0, (0.045 - min(_distance(here, *stroke) for stroke in arrow)) * side + 0.5))


def _distance(point: Point, start: Point, end: Point) -> float:
    (px, py), (sx, sy), (ex, ey) = point, start, end
    along = ((px - sx) * (ex - sx) + (py - sy) * (ey - sy)) / ((ex - sx) ** 2 + (ey - sy) ** 2)
    along = min(1.0, max(0.0, along))
    return hypot(px - sx - along * (ex - sx), py - sy - along * (ey - sy))


def _mix(below: Colour, above: Colour, share: float) -> Colour:
    return tuple(round(b + (a - b) * share) for b, a in zip(below, above, strict=True))


def _png(size: int, pixel: Callable[[int, int], Iterable[int]]) -> bytes:
    rows = b"".join(b"\0" + bytes(value for x in range(size) for value in pixel(x, y)) for y in range(size))
    header = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)  # 8 bits each of red, green, blue and alpha
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


if __name__ == "__main__":
    Path(__file__).with_name("color.png").write_bytes(colour())
    Path(__file__).with_name("outline.png").write_bytes(outline())

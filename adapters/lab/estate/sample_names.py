"""Invented names for the ordinary people of the pretend estate: enough for 100,000 different ones, none of a real person."""

from collections.abc import Iterator
from math import gcd
from random import Random


def _split(text: str) -> list[str]:
    return text.split()


GIVEN = _split(
    "Ada Alba Alma Amin Anouk Arne Asta Aurel Bela Berit Birk Bruna Carla Cem Cleo Dana Daria Dario Edda Eike Elio Elsa Emre Enno "
    "Esra Fabio Fenja Finn Flora Frieda Gesa Gino Greta Hauke Heidi Henrik Ida Ilka Ines Inga Ivo Jana Janne Jasper Jette Jonas "
    "Jule Kai Karla Kira Klara Lale Lars Lea Leif Lena Levin Lilo Lina Lotte Malte Mara Marek Marit Merle Mika Milan Mina Moritz "
    "Nadia Nele Niko Nina Nuri Ole Olga Oskar Paula Pelle Pia Quentin Rabea Raik Rana Rieke Ronja Ruben Runa Samir Sanna Selma "
    "Sina Smilla Sven Svea Tarek Tessa Thea Timo Tilda Tjark Ulla Urs Vera Vito Wanda Wim Yara Yuna Yves Zora"
)
HEADS = _split(
    "Ahl Alt Amsel Auen Bach Birken Blau Born Brand Breiten Buchen Dachs Dorn Eber Eichen Elm Erlen Eschen Falken Feld Finken "
    "Fuchs Gold Hain Hasel Heide Hirsch Hoch Holz Igel Kalk Kiesel Kirsch Klee Kranich Lerchen Linden Luchs Moor Mohn"
)
TAILS = _split(
    "acker au bach berg brink brook bruck burg dal egg feld furt grund hain heim hof holm horst kamp lund moor rieth sand see "
    "stein tal wald weiler"
)


def random_names(random: Random) -> Iterator[tuple[str, str, int]]:
    """Given name, surname and how often this pair was there before; never ends, the order depends on the chance alone."""
    surnames = [head + tail for head in HEADS for tail in TAILS]
    size = len(GIVEN) * len(surnames)
    start, step = random.randrange(size), _stride(random, size)
    n = 0
    while True:
        given, surname = divmod((start + n * step) % size, len(surnames))
        yield GIVEN[given], surnames[surname], n // size
        n += 1


def _stride(random: Random, size: int) -> int:
    """A step that meets every pair once before it meets one again."""
    return next(step for step in iter(lambda: random.randrange(size // 3, size), 0) if gcd(step, size) == 1)

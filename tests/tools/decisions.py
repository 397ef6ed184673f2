"""Numbers the decisions and writes their index: `python -m tests.tools.decisions`. A number that was given once stays."""

import re

from tests.support.paths import ROOT

FILE = ROOT / "docs/decisions.md"
TITLE = re.compile(r"^\*\*(?:(?P<number>\d+)\. )?(?P<title>.+?\.)\*\*", re.MULTILINE)
INTRODUCTION = """# Decisions

One paragraph each: what, why, what would change our mind. A new one stands at the end of its group;
`python -m tests.tools.decisions` numbers it and writes the index.
"""


def numbered(text: str) -> str:
    """The file with a number for each decision, and with an index in front of the groups."""
    groups = text[text.index("\n## ", text.index("## Index") + 1 if "## Index" in text else 0) :].strip()
    last = max((int(found["number"]) for found in TITLE.finditer(groups) if found["number"]), default=0)

    def with_number(found: re.Match[str]) -> str:
        nonlocal last
        if not found["number"]:
            last += 1
        return f"**{found['number'] or last}. {found['title']}**"

    groups = TITLE.sub(with_number, groups)
    index = ["## Index"]
    for group in re.split(r"^## ", groups, flags=re.MULTILINE)[1:]:
        entries = "\n".join(f"- {found['number']}. {found['title'].rstrip('.')}" for found in TITLE.finditer(group))
        index.append(f"{group.splitlines()[0]}:\n\n{entries}")
    return "\n".join((INTRODUCTION, "\n\n".join(index), "", groups, ""))


if __name__ == "__main__":
    FILE.write_text(numbered(FILE.read_text()))

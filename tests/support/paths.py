"""Where the tests' data is: case files of the steps, transcripts, people's files and Microsoft's schemas."""

from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
STEPS = ROOT / "tests/steps"
TRANSCRIPTS = ROOT / "tests/conversation/transcripts"
INPUTS = ROOT / "tests/support/inputs"
SCHEMAS = ROOT / "tests/support/schemas"

"""What can go wrong with the outside, named by what to do next."""

from collections.abc import Mapping

from bot.say import Say


class Trouble(Exception):
    """The outside did not do as asked. The message is for people; `code` is the outside's own name for it."""

    def __init__(self, words: str | Say, code: str = "", target: str = "") -> None:
        super().__init__(str(words))
        self.words, self.code, self.target = words, code, target


class Unreachable(Trouble):
    """It never arrived, or a read got no answer: nothing was changed, ask again later."""

    def __init__(self, words: str | Say, code: str = "", target: str = "", again: float | None = None) -> None:
        super().__init__(words, code, target)
        self.again = again  # seconds that the far end asked us to wait


class Refused(Trouble):
    """The far end said no: tell the person."""


class InDoubt(Trouble):
    """It may have happened: look before anything is repeated."""


class Misspelt(Exception):
    """An answer on a form that cannot be right: `problems` says per field what is wrong and what would be right."""

    def __init__(self, problems: Mapping[str, Say]) -> None:
        super().__init__("; ".join(map(str, problems.values())))
        self.problems = problems

"""What happens while the bot works, for the parts that show it: a run or the status board has changed, or a run has ended."""

from collections.abc import Callable
from typing import Generic, ParamSpec

P = ParamSpec("P")


class Signal(Generic[P]):
    """One kind of event. Calling it calls every listener in turn; listeners return at once."""

    def __init__(self) -> None:
        self._listeners: list[Callable[P, object]] = []

    def connect(self, listener: Callable[P, object]) -> None:
        self._listeners.append(listener)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> None:
        for listener in self._listeners:
            listener(*args, **kwargs)


class Events:
    """The events of one bot. Listeners are connected at start-up, so that driver and refresher do not import what shows their work."""

    def __init__(self) -> None:
        #: A run, by number, is not as it was.
        self.run_changed = Signal[[int]]()
        #: A run, by number, has ended.
        self.run_ended = Signal[[int]]()
        #: A step's status was read again, or reading has ended.
        self.status_changed = Signal[[]]()

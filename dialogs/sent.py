"""A message with a file: it is taken up once more when the file is there, and asked what the file is for where it does not say."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from botbuilder.core import TurnContext

from bot.i18n import line_list, say
from bot.step import Step
from dialogs.card_actions import may_not
from dialogs.cards.forms import takes_people
from dialogs.channel.turn_lock import aside
from dialogs.command_parser import ParsedCommand, Phrase, understand
from dialogs.people_files import NOT_FETCHED, Inbox, People, Sent, sent
from dialogs.rendering import render
from dialogs.turn import Turn

FETCHED = "switchover.file"  # under which a fetched file travels with the message that it came with
MOST = 6  # suggestions that Teams shows
Taken = Callable[[TurnContext], Awaitable[Any]]  # how a message is taken up


async def is_put_off(turn: Turn, taken: Taken) -> bool:
    """Whether a file came along that is still to be fetched: `taken` is then called again, in a turn of its own."""
    turn.file = turn.context.turn_state.get(FETCHED)
    files, inbox = sent(turn.context.activity), turn.front.inbox
    if turn.file or not files or inbox is None:
        return False
    if refusal := await may_not(turn, "ask"):
        await turn.say(refusal)
    else:
        aside(_once_more(turn.context, taken, inbox, files))
    return True


async def ask_what_for(turn: Turn, file: People, known: Sequence[Phrase]) -> None:
    """Offers the steps that ask about people. The file is kept until one of them is named."""
    if file.problem or turn.front.inbox is None:
        await turn.say(file.problem or NOT_FETCHED)
        return
    turn.front.inbox.keep(turn.who.id, file)
    steps = [step for step in turn.front.steps.values() if step.user_startable and takes_people(step)]
    asked = say("What are the people in “{name}” for?", name=file.name)
    await turn.say(line_list([file.told, asked]) if file.told else asked, *(_named(step, turn, known) for step in steps[:MOST]))


def held(turn: Turn, said: ParsedCommand | None) -> People | None:
    """The file that came just before, when now its step is named. Whatever else is said lets go of it."""
    kept = turn.front.inbox.taken(turn.who.id) if turn.front.inbox else None
    return kept if said and said.what == "step" and not said.rest else None


async def _once_more(before: TurnContext, taken: Taken, inbox: Inbox, files: Sequence[Sent]) -> None:
    """The new turn waits for its place among the others, and what the adapter sends with is the same."""
    again = TurnContext(before.adapter, before.activity)
    again.turn_state.update({**before.turn_state, FETCHED: await inbox.fetched(files)})
    await before.adapter.run_pipeline(again, taken)


def _named(step: Step, turn: Turn, known: Sequence[Phrase]) -> str:
    """The step's title in the person's language, where it is understood in it."""
    title = render(step.title, turn.locale)
    return title if understand(title, known) == ParsedCommand("step", step=step.name) else str(step.title)

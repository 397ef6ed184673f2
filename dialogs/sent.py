"""A message with a file: it is taken up once more when the file is there, and asked what the file is for where it does not say."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from botbuilder.core import TurnContext

from bot.i18n import line_list, say
from bot.step import Step
from bot.views import takes_people
from dialogs.channel.turn_lock import run_beside
from dialogs.command_parser import ParsedCommand, Phrase, parse
from dialogs.people_files import NOT_FETCHED, AttachedFile, PeopleFile, PeopleFileInbox, attached_files
from dialogs.rendering import render
from dialogs.turn import Turn

FETCHED = "switchover.file"  # under which a fetched file travels with the message that it came with
MOST = 6  # suggestions that Teams shows
Taken = Callable[[TurnContext], Awaitable[Any]]  # how a message is taken up


async def fetch_file_first(turn: Turn, taken: Taken) -> bool:
    """Whether a file came along that is still to be fetched: `taken` is then called again, in a turn of its own."""
    turn.file = turn.context.turn_state.get(FETCHED)
    files, inbox = attached_files(turn.context.activity), turn.services.inbox
    if turn.file or not files or inbox is None:
        return False
    if refusal := turn.refusal("ask"):
        await turn.say(refusal)
    else:
        run_beside(_repeat_turn(turn.context, taken, inbox, files))
    return True


async def ask_what_for(turn: Turn, file: PeopleFile, known: Sequence[Phrase]) -> None:
    """Offers the steps that ask about people. The file is kept until one of them is named."""
    if file.problem or turn.services.inbox is None:
        await turn.say(file.problem or NOT_FETCHED)
        return
    turn.services.inbox.keep(turn.person.id, file)
    steps = [step for step in turn.services.steps.values() if step.user_startable and takes_people(step)]
    asked = say("What are the people in “{name}” for?", name=file.name)
    await turn.say(line_list([file.summary, asked]) if file.summary else asked, *(_step_phrase(step, turn, known) for step in steps[:MOST]))


async def _repeat_turn(before: TurnContext, taken: Taken, inbox: PeopleFileInbox, files: Sequence[AttachedFile]) -> None:
    """The new turn waits for its place among the others, and what the adapter sends with is the same."""
    again = TurnContext(before.adapter, before.activity)
    again.turn_state.update({**before.turn_state, FETCHED: await inbox.fetch(files)})
    await before.adapter.run_pipeline(again, taken)


def _step_phrase(step: Step, turn: Turn, known: Sequence[Phrase]) -> str:
    """The step's title in the person's language, where it is understood in it."""
    title = render(step.title, turn.locale)
    return title if parse(title, known) == ParsedCommand("step", step=step.name) else str(step.title)

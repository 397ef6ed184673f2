"""The move of one person to Teams."""

from collections.abc import Iterator

from bot.calls import Cmdlet
from bot.facts.cloud import Cloud
from bot.facts.users import OnPremUser
from bot.i18n import LocalizedText, say
from bot.step import Change
from bot.steps.move_users.exports import export_file
from bot.steps.shared.move_commands import SIGN_IN, move_to_pool, move_to_teams
from bot.steps.shared.snapshots import UserSnapshot


def move(known: UserSnapshot, notes: tuple[LocalizedText, ...]) -> Change:
    """On premises → Teams, with the safety export before it where one is configured."""
    person, cloud = known.person, known.estate.cloud
    return Change(
        person.sip,
        say("on premises → Teams"),
        (*_export_first(person, cloud), move_to_teams(person, cloud)),
        (move_to_pool(person, cloud, person.registrar_pool),),
        undo_loses=tuple(_losses_of_way_back(person, saved=bool(cloud.export_folder))),
        notes=(*notes, SIGN_IN),
        snapshot={**person.snapshot(), "ExportedTo": export_file(person, cloud)},
        licensed_at=known.licensed_at,
    )


def _export_first(person: OnPremUser, cloud: Cloud) -> tuple[Cmdlet, ...]:
    """The safety export before a move, where a folder is configured.

    -UserFilter is the SIP address without "sip:".
    """
    if not cloud.export_folder:
        return ()
    where = {"PoolFqdn": person.registrar_pool, "UserFilter": person.sip, "FileName": export_file(person, cloud)}
    return (Cmdlet("mover", "Export-CsUserData", where),)


def _losses_of_way_back(person: OnPremUser, saved: bool) -> Iterator[LocalizedText]:
    """Said before this person is moved to Teams; `saved` where there is a safety export."""
    yield say("contacts come back as they are saved before the move; later ones do not") if saved else say("contacts do not come back")
    yield say("meetings stay Teams meetings")
    if person.line_uri or person.enterprise_voice_enabled:
        yield say("a number assigned in Teams must be taken away there; number and voice on premises come back as they were")
    else:
        yield say("a number assigned in Teams must be taken away there")
    if person.policies():
        yield say("policies of Teams do not become policies on premises; those that were assigned there come back")
    else:
        yield say("policies of Teams do not become policies on premises")

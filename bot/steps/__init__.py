"""Every step, in the order in which they are taken."""

from collections.abc import Mapping, Sequence

from bot import step_names
from bot.step import Step
from bot.steps.aftercare import aftercare
from bot.steps.coexistence import coexistence
from bot.steps.configure_hybrid import configure_hybrid
from bot.steps.directory_sync import directory_sync
from bot.steps.domain import domain
from bot.steps.exchange_oauth import exchange_oauth
from bot.steps.federation import federation
from bot.steps.hosting_provider import hosting_provider
from bot.steps.licences import licences
from bot.steps.move_back import move_back
from bot.steps.move_users import move_users
from bot.steps.shared.journey import with_phase_check
from bot.steps.shared_sip_space import shared_sip_space
from bot.steps.switch_off import switch_off
from bot.steps.tenant import tenant

_IN_ORDER: tuple[Step, ...] = (
    tenant,
    domain,
    directory_sync,
    licences,
    federation,
    hosting_provider,
    shared_sip_space,
    configure_hybrid,
    exchange_oauth,
    coexistence,
    move_users,
    aftercare,
    move_back,
    switch_off,
)
STEPS = tuple(with_phase_check(step) for step in _IN_ORDER)


def check_step_names(steps: Sequence[Step], constants: Mapping[str, str]) -> None:
    """Raises `LookupError` naming every reference to a step that does not exist."""
    known = {step.name for step in steps}
    references = [
        *((f"step {step.name}, undone_by", step.undone_by) for step in steps),
        *((f"step {step.name}, opposite", step.opposite) for step in steps),
        *((f"step {step.name}, follow_up", step.follow_up) for step in steps),
        *((f"bot/step_names.py, {constant}", name) for constant, name in constants.items()),
    ]
    wrong = [f"{where}: there is no step “{name}”" for where, name in references if name and name not in known]
    if wrong:
        raise LookupError("; ".join(wrong))


check_step_names(STEPS, step_names.constants())

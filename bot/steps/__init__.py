"""Every step, in the order in which they are taken."""

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
from bot.steps.shared.journey import in_its_phase
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
STEPS = tuple(in_its_phase(step) for step in _IN_ORDER)

"""The three hybrid parts as one run: one form, one approval, one after the other."""

from bot.i18n import say
from bot.step import combine
from bot.steps.federation import federation
from bot.steps.hosting_provider import hosting_provider
from bot.steps.shared.undo_guard import users_in_teams
from bot.steps.shared_sip_space import shared_sip_space

configure_hybrid = combine(
    "configure_hybrid",
    say("Configure hybrid"),
    (federation, hosting_provider, shared_sip_space),
    "Connects the servers with Microsoft 365, one after the other: the Edge, the hosting provider, the shared SIP address space.",
    phrases=(
        *("configure hybrid connectivity", "configure hybrid", "set up hybrid", "enable hybrid"),
        *("switch on hybrid", "turn on hybrid", "hybrid"),
    ),
    opposite="switch_off",
    phases=("before", "in"),
)
configure_hybrid.undo_guard(users_in_teams)

"""Every step, in the order in which they are taken."""

from bot.step import Step
from bot.steps.federation import federation
from bot.steps.move_back import move_back
from bot.steps.move_users import move_users
from bot.steps.tenant import tenant

STEPS: tuple[Step, ...] = (tenant, federation, move_users, move_back)

"""How many people the free licences of the tenant are enough for."""

from collections.abc import Sequence

from bot.facts.cloud import Cloud
from bot.facts.licences import SubscribedSku


def count_free_licences(skus: Sequence[SubscribedSku], cloud: Cloud) -> tuple[int, int]:
    """How many people can still get both plans, and how many of them only by two licences."""
    usable = [sku for sku in skus if sku.is_usable]
    teams = [sku for sku in usable if sku.includes_any(cloud.teams_plans)]
    skype = [sku for sku in usable if sku.includes_any(cloud.skype_plans)]
    both = sum(sku.free_units for sku in teams if sku in skype)
    pairs = min(sum(sku.free_units for sku in teams if sku not in skype), sum(sku.free_units for sku in skype if sku not in teams))
    return both + pairs, pairs

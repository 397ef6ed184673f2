"""Finds people and groups by whatever a manual action calls them. Raises `ValueError` that names the field and what there is."""

from adapters.lab.estate.estate import Estate
from adapters.lab.estate.person import CloudUser, EstatePerson
from adapters.lab.estate.state import EntraGroup, EstateState


def find_person(estate: Estate, who: str) -> EstatePerson:
    person = estate.directory.find_on_premises(who) or estate.directory.find_online(who)
    if person is None:
        raise ValueError(f"who: there is no {who!r}")
    return person


def find_cloud_user(estate: Estate, who: str) -> tuple[EstatePerson, CloudUser]:
    """Deleted people too."""
    person = find_person(estate, who)
    if person.online is None:
        raise ValueError(f"who: {who!r} is not in the cloud")
    return person, person.online


def find_group(world: EstateState, group: str) -> EntraGroup:
    for one in world.groups.values():
        if group.lower() in (one.id, one.name.lower()):
            return one
    raise ValueError(f"group: there is no {group!r}; there are {', '.join(one.name for one in world.groups.values())}")

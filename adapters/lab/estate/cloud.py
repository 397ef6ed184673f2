"""What Graph changes in the pretend tenant: licences, usage location, domains, keys. Each effect is logged under its request."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from adapters.lab.estate.estate import LICENCE_COUNTS, LICENCE_READY, Estate
from adapters.lab.estate.model import Domain, World
from adapters.lab.estate.person import Licence, Person
from adapters.lab.estate.tenant import ownership


class Rule(ValueError):
    """Graph says no: HTTP status, code, message."""

    def __init__(self, message: str, status: int = 400, code: str = "Request_BadRequest") -> None:
        super().__init__(message)
        self.message, self.status, self.code = message, status, code


ELSEWHERE = (
    "Unable to verify this domain because it is used elsewhere in Office 365."
    " Remove the verified domain from the other service before adding it here."
)
Place = str | None  # None = done by hand, which is no effect


def assign_licences(
    estate: Estate, person: Person, add: Mapping[str, Sequence[str]], remove: Sequence[str], place: Place = "graph"
) -> None:
    """`add`: SKU id → disabled plan ids (replaces those of a SKU that is there already). All or nothing."""
    world, online = estate.world, person.online
    assert online
    for sku_id, disabled in add.items():
        _may_have(world, person, sku_id, disabled)
    for sku_id in remove:
        if not any(held.sku == sku_id and not held.group for held in online.licences):
            raise Rule("User does not have a corresponding license.")
    before = {held.sku: held for held in online.licences if not held.group}
    kept = [held for held in online.licences if held.group or (held.sku not in remove and held.sku not in add)]
    added = (_licence(estate, sku_id, disabled, before.get(sku_id)) for sku_id, disabled in add.items())
    _hold(estate, person, (*kept, *added))
    _person_changed(estate, person, place, "POST /users/{id}/assignLicense")


def _may_have(world: World, person: Person, sku_id: str, disabled: Sequence[str]) -> None:
    """Wording of these refusals is from experience, not from a page."""
    sku, online = world.skus.get(sku_id), person.online
    if sku is None:
        raise Rule(f"License assignment failed because the SKU {sku_id} is not known in this company.")
    if online is None or not online.usage_location:
        raise Rule("License assignment cannot be done for user with invalid usage location.")
    if unknown := set(disabled) - {plan.id for plan in sku.plans}:
        raise Rule(f"License assignment failed because service plan {min(unknown)} does not belong to SKU {sku_id}.")
    if not any(held.sku == sku_id for held in online.licences) and sku.consumed >= sku.units:
        raise Rule(f"Subscription with SKU {sku_id} does not have any available licenses.")


def _licence(estate: Estate, sku_id: str, disabled: Sequence[str], before: Licence | None) -> Licence:
    """Only plans that come to be wait: changing nothing else keeps the old moments."""
    if before and set(disabled) >= set(before.disabled):
        return replace(before, disabled=tuple(disabled))
    return Licence(sku_id, tuple(disabled), since=estate.now, ready=estate.after(LICENCE_READY), counts=estate.after(LICENCE_COUNTS))


def inherit_licences(estate: Estate, person: Person, group_id: str, joins: bool) -> None:
    """A licence through a group comes and goes with the membership."""
    online, group = person.online, estate.world.groups[group_id]
    if online is None or not group.licences:
        return
    kept = tuple(held for held in online.licences if held.group != group_id)
    added = [replace(_licence(estate, held.sku, held.disabled, None), group=group_id) for held in group.licences if joins]
    _hold(estate, person, (*kept, *added))


def _hold(estate: Estate, person: Person, licences: tuple[Licence, ...]) -> None:
    """Gives somebody these licences and counts the units that are used."""
    assert person.online
    before, after = ({held.sku for held in some} for some in (person.online.licences, licences))
    person.online.licences = licences
    for sku_id in before ^ after:
        estate.world.skus[sku_id].consumed += 1 if sku_id in after else -1
        estate.keep("skus", sku_id)
    estate.keep("people", person.number)


def set_usage_location(estate: Estate, person: Person, country: str, place: Place = "graph") -> None:
    assert person.online
    if country and not (len(country) == 2 and country.isascii() and country.isalpha() and country.isupper()):
        raise Rule("Invalid value specified for property 'usageLocation' of resource 'User'.")
    person.online.usage_location = country
    _person_changed(estate, person, place, "PATCH /users/{id}")


def add_domain(estate: Estate, name: str) -> Domain:
    world, name = estate.world, name.lower()
    if name in world.domains:
        raise Rule(f"Domain {name} already exists in the directory.", 409, "Request_MultipleObjectsWithSameKeyValue")
    if "." not in name or not all(part and part.replace("-", "a").isalnum() for part in name.split(".")):
        raise Rule("Invalid value specified for property 'id' of resource 'Domain'.")
    root = next((d for d in world.domains.values() if d.verified and not d.initial and name.endswith(f".{d.name}")), None)
    domain = world.domains[name] = Domain(name, ownership(name), verified=root is not None, services=())
    estate.keep("domains", name)
    estate.log("graph", "POST /domains", name)
    return domain


def verify_domain(estate: Estate, domain: Domain) -> Domain:
    """Raises `Rule` until the TXT record is published. A domain whose lyncdiscover points on premises ends a forced TeamsOnly."""
    world = estate.world
    if domain.name in world.tenant.elsewhere:
        raise Rule(ELSEWHERE)
    texts = {record.value.strip('"') for record in world.records.values() if record.name == domain.name and record.type == "TXT"}
    if not domain.verified and domain.text not in texts:
        raise Rule(f"Verification of the domain {domain.name} failed: DNS verification record was not found.")
    if domain.verified:
        return domain
    prove(estate, domain)
    estate.keep("domains", domain.name)
    estate.log("graph", "POST /domains/{id}/verify", domain.name)
    return domain


def prove(estate: Estate, domain: Domain) -> None:
    """What a verification brings about in the tenant besides."""
    world = estate.world
    domain.verified = True
    if world.tenant.forced_teams_only and lyncdiscover_at_home(world, domain.name):
        world.tenant.forced_teams_only = False
        estate.keep("tenant")
    estate.syncing.forget()  # addresses of this domain arrive with the next cycle


def lyncdiscover_at_home(world: World, domain: str) -> bool:
    """Whether the public lyncdiscover of a domain exists and points elsewhere than Microsoft 365."""
    found = [record for record in world.records.values() if record.name == f"lyncdiscover.{domain}" and record.type in ("A", "CNAME")]
    return any(not record.value.rstrip(".").endswith("online.lync.com") for record in found)


def remove_domain(estate: Estate, domain: Domain) -> None:
    world, suffix = estate.world, f"@{domain.name}"
    if domain.initial or domain.default:
        raise Rule("The default or initial domain cannot be deleted.")
    if any(p.online and (p.online.upn.lower().endswith(suffix) or p.online.sip.lower().endswith(suffix)) for p in world.people.values()):
        raise Rule("Domain cannot be deleted because it is referenced by users or groups.")
    del world.domains[domain.name]
    estate.keep("domains", domain.name)
    estate.log("graph", "DELETE /domains/{id}", domain.name)


def _person_changed(estate: Estate, person: Person, place: Place, call: str) -> None:
    assert person.online
    person.online.changed = estate.now
    estate.keep("people", person.number)
    if place:
        estate.log(place, call, person.sip or person.upn)

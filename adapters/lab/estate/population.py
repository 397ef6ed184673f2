"""Who lives in the pretend estate. The same seed, number and stage give the same people, with the same ids, every time."""

from datetime import datetime, timedelta
from random import Random
from sys import intern

from adapters.lab.estate.initial_state import SKUS, Stage, set_up_tenant_and_servers
from adapters.lab.estate.move_rules import move_obstacles
from adapters.lab.estate.person import CLOUD, HERE, NEVER, AdAccount, CloudUser, EstatePerson, Licence, object_id, synced_attributes
from adapters.lab.estate.sample_gaps import MANY, add_gaps
from adapters.lab.estate.sample_names import random_names
from adapters.lab.estate.sample_people import CAST, FIRST_SAMPLE, SAMPLE_PEOPLE, SamplePerson
from adapters.lab.estate.state import EntraGroup, EstateState

DEPARTMENTS = ("Sales", "Engineering", "Support", "Finance", "Research")
FIRST_CAST, FIRST_ORDINARY = 101, 1001
PILOT, EVERYONE, EMPTY = (f"30000000-0000-4000-8000-{n:012d}" for n in (1, 2, 3))
LICENCES = {name: Licence(sku=sku) for name, (sku, _, _) in SKUS.items()}
LICENCES["E3 pending"] = Licence(sku=SKUS["E3"][0], ready=NEVER, counts=NEVER)
READY = (LICENCES["E3"],)  # one tuple for everybody: licences are values


def populate(seed: int, users: int, stage: Stage, now: datetime) -> EstateState:
    """A whole estate with `users` Skype for Business users on premises; the fixed cast comes first and is cut when there are fewer."""
    world = EstateState()
    set_up_tenant_and_servers(world, stage, users, now)
    for number, (login, given, surname) in enumerate(SAMPLE_PEOPLE, FIRST_SAMPLE):
        world.people[number] = _cloud_born_person(
            number, login, given, surname, world.tenant.initial_domain if stage == "untouched" else "contoso.com"
        )
    for number, role in enumerate(CAST[:users], FIRST_CAST):
        world.people[number] = _person_of_sample(number, role, now)
    _add_ordinary_people(world, Random(seed), users - len(CAST))
    if users > MANY:
        add_gaps(world.people, FIRST_ORDINARY, now)
    _sync_waiting_addresses(world)
    _apply_stage(world, stage, now)
    _add_groups(world)
    for person in world.people.values():
        for licence in person.online.licences if person.online else ():
            world.skus[licence.sku].consumed += 1
    return world


def _cloud_born_person(number: int, login: str, given: str, surname: str, domain: str) -> EstatePerson:
    address = f"{login}@{domain}"
    online = CloudUser(upn=address, sip=address, licences=(LICENCES["E5"],), home=CLOUD, home_before=CLOUD, policy="UpgradeToTeams")
    return EstatePerson(number=number, display_name=f"{given} {surname}", given_name=given, surname=surname, online=online)


def _person_of_sample(number: int, role: SamplePerson, now: datetime) -> EstatePerson:
    sip = f"{role.login}@{role.domain}"
    upn = role.upn or sip
    facts = {"ou": _ou("Staff"), "sam": role.login.replace("'", "")[:20], "contacts": 20, "meetings": 3, **role.account}
    account = AdAccount(upn=upn, sip=sip, **facts)
    person = EstatePerson(
        number=number,
        display_name=role.display or f"{role.given} {role.surname}",
        given_name=role.given,
        surname=role.surname,
        account=account,
        department="Staff",
        **role.person,
    )
    if role.in_cloud:
        person.online = cloud_user_of(account, tuple(LICENCES[sku] for sku in role.skus))
        for name, value in role.online.items():
            setattr(person.online, name, now - timedelta(days=1) if value == "yesterday" else value)
        if role.domain == "fabrikam.com":
            person.online.sip, person.online.home = "", ""  # the address waits for its domain
    if role.moved:
        mark_moved(person)
    return person


def _add_ordinary_people(world: EstateState, random: Random, count: int) -> None:
    ous = [_ou(department) for department in DEPARTMENTS]
    names = random_names(random)
    for number in range(FIRST_ORDINARY, FIRST_ORDINARY + max(count, 0)):
        given, surname, again = next(names)
        login = f"{given}.{surname}{again or ''}".lower()
        where = random.randrange(len(DEPARTMENTS))
        sip = f"{login}@contoso.com"
        account = AdAccount(
            ou=ous[where],
            sam=f"u{number}",
            upn=sip,
            sip=sip,
            pool="pool02.contoso.com" if where % 2 else "pool01.contoso.com",
            contacts=where * 7,
            meetings=where,
        )
        person = EstatePerson(
            number=number,
            display_name=f"{given} {surname}",
            given_name=given,
            surname=surname,
            account=account,
            online=cloud_user_of(account, READY),
            department=DEPARTMENTS[where],
        )
        world.people[number] = person


def cloud_user_of(account: AdAccount, licences: tuple[Licence, ...], at: datetime | None = None) -> CloudUser:
    """The cloud user as Entra Connect makes it of an account on premises."""
    online = CloudUser(upn=account.upn, sip=account.sip, licences=licences, home=account.locator, home_before=account.locator)
    online.synced = synced_attributes(account, at)
    return online


def mark_moved(person: EstatePerson) -> None:
    """As after a move long ago: both sides, and the directory between them."""
    assert person.account and person.online
    person.account.locator, person.account.pool, person.account.target_pool = CLOUD, "", ""
    person.online.home = person.online.home_before = CLOUD
    person.online.policy = "UpgradeToTeams"
    person.online.synced = synced_attributes(person.account)


def _sync_waiting_addresses(world: EstateState) -> None:
    """An address that waited for its domain is in the cloud where the domain is verified."""
    for person in world.people.values():
        account, online = person.account, person.online
        if account and online and not online.sip and account.sip.partition("@")[2] in world.domains:
            online.sip, online.home, online.home_before = account.sip, account.locator, account.locator
            online.synced = synced_attributes(account)


def _apply_stage(world: EstateState, stage: Stage, now: datetime) -> None:
    """What the stage says about people: nobody in the cloud yet, nobody moved yet, or nobody left on premises."""
    for person in world.people.values():
        account = person.account
        if account is None:
            continue
        if stage in ("untouched", "half") and account.locator == CLOUD:
            account.locator, account.pool = HERE, "pool01.contoso.com"
            person.online = cloud_user_of(account, READY)
        if stage == "untouched":
            person.online, account.target_pool = None, ""
            account.sync = "out of scope" if account.sync == "out of scope" else "in scope"
    if stage == "finished":
        _finish_moves(world, now)


def _finish_moves(world: EstateState, now: datetime) -> None:
    for person in world.people.values():
        if person.account and person.account.locator == HERE:
            (_disable_account if any(move_obstacles(world, person, now)) else mark_moved)(person)


def _disable_account(person: EstatePerson) -> None:
    """As after Disable-CsUser and the cycle that followed: whoever could not be moved is no longer enabled."""
    account, online = person.account, person.online
    assert account
    account.sip = account.locator = account.pool = account.target_pool = account.line_uri = ""
    account.enabled = account.enterprise_voice = False
    if online:
        online.sip = online.home = online.home_before = ""
        online.synced = synced_attributes(account)


def _add_groups(world: EstateState) -> None:
    pilot = _object_ids(world, FIRST_ORDINARY, FIRST_ORDINARY + 10)
    nested = "30000000-0000-4000-8000-000000000004"
    for group in (
        EntraGroup(id=PILOT, name="Pilot", members=pilot, mail="pilot@contoso.com"),
        EntraGroup(id=nested, name="Pilot and first users", members=[PILOT, *_object_ids(world, FIRST_CAST, FIRST_CAST + 5)]),
        EntraGroup(id=EVERYONE, name="Switchover admins", members=[object_id(FIRST_SAMPLE + n) for n in (0, 1, 3)]),
        EntraGroup(id=EMPTY, name="Empty", members=[]),
    ):
        world.groups[group.id] = group


def _object_ids(world: EstateState, first: int, end: int) -> list[str]:
    known = (world.people.get(number) for number in range(first, end))
    return [person.id for person in known if person and person.online]


def _ou(department: str) -> str:
    return intern(f"OU={department},OU=People,DC=contoso,DC=com")

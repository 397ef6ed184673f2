"""Who lives in the pretend estate. The same seed, number and stage give the same people, with the same ids, every time."""

from datetime import datetime, timedelta
from random import Random
from sys import intern

from adapters.lab.estate.initial_state import SKUS, Stage, furnish
from adapters.lab.estate.move_rules import obstacles
from adapters.lab.estate.person import CLOUD, HERE, NEVER, Account, Licence, Online, Person, carried_over, object_id
from adapters.lab.estate.sample_gaps import MANY, put_gaps
from adapters.lab.estate.sample_names import invented_names
from adapters.lab.estate.sample_people import CAST, FIRST_SAMPLE, SAMPLE_PEOPLE, Role
from adapters.lab.estate.state import Group, World

DEPARTMENTS = ("Sales", "Engineering", "Support", "Finance", "Research")
FIRST_CAST, FIRST_ORDINARY = 101, 1001
PILOT, EVERYONE, EMPTY = (f"30000000-0000-4000-8000-{n:012d}" for n in (1, 2, 3))
LICENCES = {name: Licence(sku) for name, (sku, _, _) in SKUS.items()}
LICENCES["E3 pending"] = Licence(SKUS["E3"][0], ready=NEVER, counts=NEVER)
READY = (LICENCES["E3"],)  # one tuple for everybody: licences are values


def populate(seed: int, users: int, stage: Stage, now: datetime) -> World:
    """A whole estate with `users` Skype for Business users on premises; the fixed cast comes first and is cut when there are fewer."""
    world = World()
    furnish(world, stage, users, now)
    for number, (login, given, surname) in enumerate(SAMPLE_PEOPLE, FIRST_SAMPLE):
        world.people[number] = _born_in_cloud(
            number, login, given, surname, world.tenant.initial_domain if stage == "untouched" else "contoso.com"
        )
    for number, role in enumerate(CAST[:users], FIRST_CAST):
        world.people[number] = _play(number, role, now)
    _ordinary(world, Random(seed), users - len(CAST))
    if users > MANY:
        put_gaps(world.people, FIRST_ORDINARY, now)
    _arrive(world)
    _set_back(world, stage, now)
    _groups(world)
    for person in world.people.values():
        for licence in person.online.licences if person.online else ():
            world.skus[licence.sku].consumed += 1
    return world


def _born_in_cloud(number: int, login: str, given: str, surname: str, domain: str) -> Person:
    address = f"{login}@{domain}"
    online = Online(address, sip=address, licences=(LICENCES["E5"],), home=CLOUD, home_before=CLOUD, policy="UpgradeToTeams")
    return Person(number, f"{given} {surname}", given, surname, online=online)


def _play(number: int, role: Role, now: datetime) -> Person:
    sip = f"{role.login}@{role.domain}"
    upn = role.upn or sip
    facts = {"ou": _ou("Staff"), "sam": role.login.replace("'", "")[:20], "contacts": 20, "meetings": 3, **role.account}
    account = Account(upn=upn, sip=sip, **facts)
    person = Person(
        number, role.display or f"{role.given} {role.surname}", role.given, role.surname, account, department="Staff", **role.person
    )
    if role.in_cloud:
        person.online = online_of(account, tuple(LICENCES[sku] for sku in role.skus))
        for name, value in role.online.items():
            setattr(person.online, name, now - timedelta(days=1) if value == "yesterday" else value)
        if role.domain == "fabrikam.com":
            person.online.sip, person.online.home = "", ""  # the address waits for its domain
    if role.moved:
        moved(person)
    return person


def _ordinary(world: World, random: Random, count: int) -> None:
    ous = [_ou(department) for department in DEPARTMENTS]
    names = invented_names(random)
    for number in range(FIRST_ORDINARY, FIRST_ORDINARY + max(count, 0)):
        given, surname, again = next(names)
        login = f"{given}.{surname}{again or ''}".lower()
        where = random.randrange(len(DEPARTMENTS))
        sip = f"{login}@contoso.com"
        account = Account(
            ous[where],
            f"u{number}",
            sip,
            sip,
            pool="pool02.contoso.com" if where % 2 else "pool01.contoso.com",
            contacts=where * 7,
            meetings=where,
        )
        person = Person(number, f"{given} {surname}", given, surname, account, online_of(account, READY), department=DEPARTMENTS[where])
        world.people[number] = person


def online_of(account: Account, licences: tuple[Licence, ...], at: datetime | None = None) -> Online:
    """The cloud user as Entra Connect makes it of an account on premises."""
    online = Online(account.upn, sip=account.sip, licences=licences, home=account.locator, home_before=account.locator)
    online.synced = carried_over(account, at)
    return online


def moved(person: Person) -> None:
    """As after a move long ago: both sides, and the directory between them."""
    assert person.account and person.online
    person.account.locator, person.account.pool, person.account.target_pool = CLOUD, "", ""
    person.online.home = person.online.home_before = CLOUD
    person.online.policy = "UpgradeToTeams"
    person.online.synced = carried_over(person.account)


def _arrive(world: World) -> None:
    """An address that waited for its domain is in the cloud where the domain is verified."""
    for person in world.people.values():
        account, online = person.account, person.online
        if account and online and not online.sip and account.sip.partition("@")[2] in world.domains:
            online.sip, online.home, online.home_before = account.sip, account.locator, account.locator
            online.synced = carried_over(account)


def _set_back(world: World, stage: Stage, now: datetime) -> None:
    """What the stage says about people: nobody in the cloud yet, nobody moved yet, or nobody left on premises."""
    for person in world.people.values():
        account = person.account
        if account is None:
            continue
        if stage in ("untouched", "half") and account.locator == CLOUD:
            account.locator, account.pool = HERE, "pool01.contoso.com"
            person.online = online_of(account, READY)
        if stage == "untouched":
            person.online, account.target_pool = None, ""
            account.sync = "out of scope" if account.sync == "out of scope" else "in scope"
    if stage == "finished":
        _finish(world, now)


def _finish(world: World, now: datetime) -> None:
    for person in world.people.values():
        if person.account and person.account.locator == HERE:
            (_retired if any(obstacles(world, person, now)) else moved)(person)


def _retired(person: Person) -> None:
    """As after Disable-CsUser and the cycle that followed: whoever could not be moved is no longer enabled."""
    account, online = person.account, person.online
    assert account
    account.sip = account.locator = account.pool = account.target_pool = account.line_uri = ""
    account.enabled = account.enterprise_voice = False
    if online:
        online.sip = online.home = online.home_before = ""
        online.synced = carried_over(account)


def _groups(world: World) -> None:
    pilot = _cloud_ids(world, FIRST_ORDINARY, FIRST_ORDINARY + 10)
    nested = "30000000-0000-4000-8000-000000000004"
    for group in (
        Group(PILOT, "Pilot", pilot, mail="pilot@contoso.com"),
        Group(nested, "Pilot and first users", [PILOT, *_cloud_ids(world, FIRST_CAST, FIRST_CAST + 5)]),
        Group(EVERYONE, "Switchover admins", [object_id(FIRST_SAMPLE + n) for n in (0, 1, 3)]),
        Group(EMPTY, "Empty", []),
    ):
        world.groups[group.id] = group


def _cloud_ids(world: World, first: int, end: int) -> list[str]:
    known = (world.people.get(number) for number in range(first, end))
    return [person.id for person in known if person and person.online]


def _ou(department: str) -> str:
    return intern(f"OU={department},OU=People,DC=contoso,DC=com")

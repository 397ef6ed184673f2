"""Groups, pools and OUs: their members are written down once, and a group is compared with that list from then on."""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass, field, replace

from bot.errors import InvalidAnswers, Refused
from bot.facts import Reader, ReadFailure
from bot.facts.directory import EntraGroup, GroupMember
from bot.facts.users import OuUser, PoolUser
from bot.i18n import first_few, say
from bot.reader.reader import ABSENT
from bot.reader.tolerant import all_or_failure
from bot.step import Finding, Fine, Reason, Unclear
from bot.steps.shared.decide import Doubt, Remark
from bot.steps.shared.people_input.parser import parse_people, replace_groups
from bot.steps.shared.people_input.people_list import PeopleGroup, PeopleList, without_spaces
from bot.steps.shared.people_input.table import left_aside_line

GROUP_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


async def resolve_groups(text: str, read: Reader) -> str:
    """The same text with each group's members written down. Raises `InvalidAnswers` when a group does not exist or is empty."""
    wanted = parse_people(text)
    if not wanted.groups:
        return text
    taken = {str(group): await _resolve_group(group, read) for group in wanted.groups}
    fixed = replace_groups(text, taken)
    parse_people(fixed)  # together they may be more people than fit into one run
    return fixed


async def _resolve_group(group: PeopleGroup, read: Reader) -> str:
    """The text of a group with its members, and a line about members that are no people."""
    if group.members is not None:
        return str(group)
    if group.kind != "group":
        return await _resolve_pool_or_ou(group, read)
    found = await _find_groups(group.name, read)
    if not found:
        raise InvalidAnswers({"people": say("There is no group “{name}”.", name=group.name)})
    if len(found) > 1:
        raise InvalidAnswers({"people": say("{n} groups are called “{name}”: give the id of one.", n=len(found), name=group.name)})
    everybody = await read.list_all(GroupMember, group=found[0].id)
    members = sorted({member.address() for member in everybody} - {""})
    if not members:
        raise InvalidAnswers({"people": say("Nobody is in the group “{name}”.", name=group.name)})
    others = sum(not member.address() for member in everybody)  # nested groups, whose members are in the list; devices; contacts
    written = PeopleGroup(found[0].display_name or group.name, found[0].id.lower(), tuple(members))
    return _group_lines(written, f"{others} that are no people" if others else "")


def _group_lines(group: PeopleGroup, others: str) -> str:
    return f"{group}\n{left_aside_line(f'{group.kind} {group.name}', others)}" if others else str(group)


async def _resolve_pool_or_ou(group: PeopleGroup, read: Reader) -> str:
    """The text of a pool or an OU with everybody in it. People that are moved leave a pool, so this list is never compared again."""
    found = await (read.list_all(PoolUser, name=group.name.lower()) if group.kind == "pool" else read.list_all(OuUser, name=group.name))
    members = tuple(sorted({one.sip for one in found} - {""}))
    if not members:
        raise InvalidAnswers({"people": say("Nobody is in the {kind} “{name}”, or there is none.", kind=group.kind, name=group.name)})
    without = sum(not one.sip for one in found)
    return _group_lines(replace(group, members=members), f"{without} without SIP address" if without else "")


async def _find_groups(name: str, read: Reader) -> Sequence[EntraGroup]:
    try:
        return await (read.list_all(EntraGroup, id=name) if GROUP_ID.fullmatch(name) else read.list_all(EntraGroup, name=name))
    except Refused as refused:
        if refused.code in ABSENT:
            return []
        raise


@dataclass
class Membership:
    """Changes to groups since their members were written down."""

    #: By the address that was written down.
    remarks: dict[str, Remark] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


async def compare_membership(wanted: PeopleList, read: Reader) -> Membership:
    """Compares groups with the lists of their members.

    People who left are an obstacle, and people who joined are not included. A person named directly does not depend on a group.
    """
    since = Membership()
    for group in wanted.groups:
        subject = f"{group.kind} {group.name}"
        if group.members is None:
            since.findings.append(Unclear(subject, say("its members have not been read yet")))
        if group.members is None or group.kind != "group":
            continue
        read_now = await all_or_failure(read, GroupMember, group=group.id)
        now = read_now if isinstance(read_now, ReadFailure) else {without_spaces(member.address()) for member in read_now} - {""}
        for name in group.members:
            if name not in wanted.people and (remark := _membership_remark(name, group, now)):
                since.remarks[name] = remark
        joined = sorted(now.difference(group.members, group.odd_members)) if not isinstance(now, ReadFailure) else []
        if joined:
            since.findings.append(Fine(subject, say("joined since and not included: {names}", names=first_few(joined, 10))))
    return since


def _membership_remark(name: str, group: PeopleGroup, now: Set[str] | ReadFailure) -> Remark | None:
    if isinstance(now, ReadFailure):
        return Doubt(say("who is in the group {group} now could not be read: {why}", group=group.name, why=now.why))
    if name in now:
        return None
    left = say("is no longer in the group {group}", group=group.name)
    return Reason(left, say("ask again, with the group as it is now or with this person by name"))

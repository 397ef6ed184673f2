"""What must hold in the estate before anybody can be moved: hybrid parts and versions."""

from collections.abc import Callable, Iterator, Sequence

from bot.facts import ReadFailure
from bot.facts.topology import Site
from bot.i18n import say
from bot.step import Reason
from bot.step_names import FEDERATION, HOSTING_PROVIDER, SHARED_SIP_SPACE, StepName
from bot.steps.shared.decide import Doubt, Remark
from bot.steps.shared.person_checks import not_checked
from bot.steps.shared.snapshots import EstateSnapshot, UserSnapshot
from bot.steps.shared.versions import Version, parse_version


def check_edge(estate: EstateSnapshot) -> Iterator[Remark]:
    match estate.edge:
        case ReadFailure() as unread:
            yield Doubt(say("the Access Edge could not be read: {why}", why=unread.why))
        case edges if not any(edge.is_federating() for edge in edges):
            yield Reason(say("the Access Edge does not federate with Microsoft 365"), say("federate the Edge first"), FEDERATION)


def check_edge_route(estate: EstateSnapshot) -> Iterator[Remark]:
    """Move-CsUser fails with "multiple federated Edge pools" where several are the route to outside."""
    sites = estate.sites
    if isinstance(sites, ReadFailure):
        yield not_checked(say("whether just one Edge pool is the route to outside"), sites)
        return
    yield from too_many_routes(sites, FEDERATION)


def too_many_routes(sites: Sequence[Site], cured_by: StepName | None = None) -> list[Reason]:
    """Exactly one Edge pool may be the route to outside."""
    routes = sorted({site.route for site in sites} - {""})
    why = say("several Edge pools are a route to outside: {pools}", pools=", ".join(routes))
    return [Reason(why, say("leave one federation route in Topology Builder and publish it"), cured_by)] if len(routes) > 1 else []


def check_hosting_provider(estate: EstateSnapshot) -> Iterator[Remark]:
    cloud = estate.cloud
    match estate.providers:
        case ReadFailure() as unread:
            yield Doubt(say("the hosting providers could not be read: {why}", why=unread.why))
        case providers if not any(cloud.is_proxy(one.proxy_fqdn) and one.is_ready_for_hybrid() for one in providers):
            yield Reason(say("no hosting provider leads to Microsoft 365"), say("set up the hosting provider first"), HOSTING_PROVIDER)


def check_shared_sip_space(estate: EstateSnapshot) -> Iterator[Remark]:
    match estate.federation:
        case ReadFailure() as unread:
            yield Doubt(say("the tenant's federation could not be read: {why}", why=unread.why))
        case tenants if not any(one.shared_sip_address_space and one.allow_federated_users for one in tenants):
            yield Reason(say("the tenant does not share the SIP address space"), say("share the SIP address space first"), SHARED_SIP_SPACE)


def check_server_build(estate: EstateSnapshot) -> Iterator[Remark]:
    builds = estate.builds
    if isinstance(builds, ReadFailure):
        yield not_checked(say("the build of the server that moves people"), builds)
        return
    build, least = _build(estate), _least(estate)
    if build is None or least is None:
        yield say("not checked: the build of the server that moves people is not one of a known version")
    elif build < least:
        yield Reason(
            say("the server that moves people has build {build}; at least {least} is needed", build=_text(build), least=_text(least)),
            say("install the current cumulative update"),
        )


def check_teams_module(estate: EstateSnapshot) -> Iterator[Remark]:
    """The module must be one that Move-CsUser works with.

    Newer ones break it on servers without KB5090660; the bound is said to be 7.1 or 7.2: the lower one is taken.
    """
    cloud, modules = estate.cloud, estate.modules
    if isinstance(modules, ReadFailure):
        yield not_checked(say("the MicrosoftTeams module on the machine that moves people"), modules)
        return
    newest = max((parse_version(module.version) for module in modules if module.name == "MicrosoftTeams"), default=())
    bound, fixed = parse_version(cloud.last_module_for_all), parse_version(cloud.build_for_newer_modules)
    build = _build(estate)
    if newest < parse_version(cloud.minimum_module):
        here = say("MicrosoftTeams {module}", module=_text(newest)) if newest else say("no MicrosoftTeams module")
        yield Reason(
            say("on the machine that moves people there is {here}; at least {least} is needed", here=here, least=cloud.minimum_module),
            say("install MicrosoftTeams {least} up to {bound}", least=cloud.minimum_module, bound=cloud.last_module_for_all),
        )
    elif newest[: len(bound)] > bound and build is None:
        yield say("not checked: MicrosoftTeams {module} needs server build {fixed} or later", module=_text(newest), fixed=_text(fixed))
    elif newest[: len(bound)] > bound and build is not None and build < fixed:
        yield Reason(
            say("MicrosoftTeams {module} breaks moves on server builds below {fixed}", module=_text(newest), fixed=_text(fixed)),
            say("pin the module to {bound} or earlier, or update the server", bound=cloud.last_module_for_all),
        )


EstateCheck = Callable[[EstateSnapshot], Iterator[Remark]]
#: What stands in the way of everybody alike.
ESTATE_CHECKS: tuple[EstateCheck, ...] = (
    check_edge,
    check_edge_route,
    check_hosting_provider,
    check_shared_sip_space,
    check_server_build,
    check_teams_module,
)


def check_estate(estate: EstateSnapshot) -> Iterator[Remark]:
    """Everything that these checks have to say about the estate."""
    for check in ESTATE_CHECKS:
        yield from check(estate)


def check_estate_of_user(known: UserSnapshot) -> Iterator[Remark]:
    """The same, as one of the checks about a person."""
    return check_estate(known.estate)


def _build(estate: EstateSnapshot) -> Version | None:
    """The newest component counts: the others keep the build of the last update that touched them."""
    if isinstance(estate.builds, ReadFailure):
        return None
    known = (parse_version(build.version) for build in estate.builds)
    return max((build for build in known if _text(build[:2]) in estate.cloud.minimum_builds), default=None)


def _least(estate: EstateSnapshot) -> Version | None:
    build = _build(estate)
    return parse_version(estate.cloud.minimum_builds[_text(build[:2])]) if build else None


def _text(parts: Version) -> str:
    return ".".join(map(str, parts))

"""Resources that share a warehouse, as far as one configured provider sees them: it can hold one workspace only.

They come in any order, so the one that is planned last tells. Other providers' and other configurations' are left to the
live check. While applying nothing is told: the plan was made, and applying looks into the warehouse itself.
"""

from krenalis_provider.configuration import Configuration
from krenalis_provider.model.place import Place
from krenalis_provider.model.wording import enumerated
from krenalis_provider.resources.workspace import remedies, translation
from krenalis_provider.walk import Fate, Seen
from tfplugin.resource import Action, ObjectValue, PlanRequest


def read(state: ObjectValue, configuration: Configuration) -> None:
    """Note the workspace of a state that was read."""
    if place := translation.known_place(state):
        configuration.walk.read(place, str(state["id"]))


def gone(state: ObjectValue, configuration: Configuration) -> None:
    """Note that the workspace of a state is there no more."""
    if place := translation.known_place(state):
        configuration.walk.gone(place, str(state["id"]))


def was_read(state: ObjectValue, configuration: Configuration) -> bool:
    """Whether the workspace of a state was read in this walk."""
    place = translation.known_place(state)
    return place is not None and configuration.walk.holds(place, str(state["id"]))


def destroyed(prior: ObjectValue, request: PlanRequest, configuration: Configuration) -> None:
    """Note a destruction, and warn if another resource has the same workspace."""
    seen = Seen(
        _name(prior),
        Fate.DESTROYED,
        str(prior["id"]),
        _places(prior),
        in_server=_in_server(configuration),
    )
    _report(seen, configuration.walk.plan(seen), request)


def planned(state: ObjectValue, request: PlanRequest, configuration: Configuration, *, changed: bool) -> None:
    """Note a plan with a planned state, and report who has the same warehouse."""
    walk, prior, to = configuration.walk, request.prior, translation.known_place(state)
    in_server = _in_server(configuration)
    alone = to is not None and configuration.workspaces.needs_database(to.platform)
    if prior is None and request.action is Action.REPLACE:
        # the half that alone knows of a replacement on request
        second = walk.replace(str(request.private.get("id")), str(request.private.get("place")), to)
        if second is not None:
            _report(*second, request)
        return
    if prior is None:
        seen = Seen(_name(state), Fate.MADE, to=to, in_server=in_server, needs_database=alone)
    elif request.action is Action.REPLACE:
        seen = Seen(_name(state), Fate.REPLACED, str(prior["id"]), _places(prior), to, in_server, alone)
    else:
        fate = Fate.CHANGED if changed else Fate.KEPT
        seen = Seen(_name(state), fate, str(prior["id"]), _places(prior, state), in_server=in_server)
    _report(seen, walk.plan(seen), request)


def _in_server(configuration: Configuration) -> bool:
    return configuration.server.endpoint is not None


def others_made_at(state: ObjectValue, configuration: Configuration) -> list[str]:
    """The names of the other workspaces that the same walk makes in the warehouse of a planned one."""
    place = translation.known_place(state)
    makers = configuration.walk.makers(place) if place else []
    if (name := _name(state)) in makers:
        makers.remove(name)
    return makers


def _report(seen: Seen, others: tuple[Seen, ...], request: PlanRequest) -> None:
    if request.applying:
        return
    if twins := [other for other in others if seen.is_twin_of(other)]:
        _report_twins(seen, twins, request)
    elif made := [other for other in others if seen.is_made_beside(other)]:
        _report_made([*made, seen], request)


def _report_made(made: list[Seen], request: PlanRequest) -> None:
    """An error for workspaces that are to be made where there is room for one only."""
    names = _names(made)
    place = made[-1].to
    if place and all(each.to == place for each in made):
        request.diagnostics.error(
            f"Several workspaces in one warehouse ({names})",
            f"warehouse.settings.schema: {names} are to be made in {place}, which can hold one workspace "
            f"only.\n\n{remedies.A_SCHEMA_EACH}",
        )
    elif place:
        request.diagnostics.error(
            f"Several workspaces in one database ({names})",
            f"warehouse.settings.database: {names} are to be made in the database {place.database} of {place.server}. A "
            "Krenalis server can fill one schema of a database only, because it takes the types of another schema for its "
            "own, and fails half way. Give each workspace a database of its own.",
        )


def _report_twins(seen: Seen, twins: list[Seen], request: PlanRequest) -> None:
    """An error for a change, and else a warning; it says so if one of them takes the other's data along."""
    all_ = [*twins, seen]
    places = seen.at & twins[0].at
    where = "the server" if seen.in_server or not places else str(min(places, key=str))
    detail = f"{_names(all_)} (id {seen.id}) are one and the same workspace in {where}, which several resources manage."
    if going := [each for each in all_ if each.fate in (Fate.DESTROYED, Fate.REPLACED)]:
        detail += (
            f" {_names(going)} will be {going[0].fate.value}: if only one of the resources goes, the others lose "
            "their data with it."
        )
    summary = f"One workspace in several resources ({_names(all_)})"
    detail += f"\n\n{remedies.ONE_RESOURCE_ONLY}"
    if any(each.fate in (Fate.CHANGED, Fate.REPLACED) for each in all_):
        request.diagnostics.error(summary, f"{detail}\n\n{remedies.DESTROYED_AS_IT_IS}")
    else:
        request.diagnostics.warning(summary, detail)


def _places(*states: ObjectValue) -> frozenset[Place]:
    return frozenset(place for state in states if (place := translation.known_place(state)))


def _name(state: ObjectValue) -> str:
    name = state["name"]
    return f'workspace "{name}"' if isinstance(name, str) else "a workspace whose name is not known yet"


def _names(seen: list[Seen]) -> str:
    return enumerated([each.name for each in seen])

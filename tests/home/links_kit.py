"""What the tests of links share: plugs with and without a memory, and things that may hang on them."""

from gateway.home.links.relation import Tie
from gateway.profile.library import Library
from gateway.thing.command import Operation
from gateway.thing.description import Description, Locality
from gateway.thing.principal import LOCAL, Principal, Role
from gateway.thing.report import Report
from gateway.thing.value import Value
from tests.home.kit import House, Obedient, command

LIBRARY = Library()
WITHHELD = {name: {"readOnly": True, "hl:reason": "the plug has no memory for it"} for name in ("feeds", "feedsKind")}
OWNER = Principal("olga", Role.OWNER)
OTHER_OWNER = Principal("otto", Role.OWNER)


async def put(house: House, device: str, kind: str, *, memory: bool = True, **values: Value) -> Obedient:
    """Bring a device into the home, online and with these values; without `memory` it cannot be told what hangs on it."""
    session = Obedient()
    session.home = house.home
    await house.home.attach(Description(id=device, kind=kind, narrowing={} if memory else WITHHELD), session)
    house.home.report(Report(device=device, values=values))
    return session


async def forgetful(house: House, device: str = "plug-1", **values: Value) -> Obedient:
    """Bring in a vendor's plug, which says that it feeds nothing and cannot be told otherwise."""
    return await put(house, device, "plug", memory=False, **{"power": True, "feeds": "", "feedsKind": "none", **values})


async def remembering(house: House, device: str = "plug-1", **values: Value) -> Obedient:
    """Bring in a native plug, which remembers what it feeds."""
    return await put(house, device, "plug", **{"power": True, "feeds": "", "feedsKind": "none", **values})


async def write_many(house: House, device: str, values: dict[str, Value], principal: Principal = LOCAL, **more: str) -> dict[str, Value]:
    """Write several properties together, and return the last ack as a document."""
    asked = command(Operation.WRITE_MULTIPLE, "", values, device=device, principal=principal, **more)  # type: ignore[arg-type]
    ack = await (await house.home.submit(asked)).terminal(20)
    assert ack is not None
    return ack.document()


def told(ties: tuple[Tie, ...]) -> list[tuple[str, str, str]]:
    """Return links as plain words."""
    return [(tie.source, tie.relation.word, tie.target) for tie in ties]


ASSUMED = Locality.ASSUMED

"""Danger 0 to 3, against a model small enough to be right: nothing of 3 reaches an appliance, nothing of 2 without its own confirmation."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import Unauthenticated
from gateway.home.change import Acknowledged
from gateway.home.confirmation import EACH_LIMIT, LIMIT, Confirmations, automatic
from gateway.profile.library import Library
from gateway.thing.ack import AckState
from gateway.thing.command import Command, Operation
from gateway.thing.description import Description
from gateway.thing.principal import LOCAL, Principal, Role
from gateway.thing.report import Report
from gateway.thing.session import Progress
from tests.home.kit import START, HandClock, House, Stub, command, ended, living, states, turns, write

OUT = Unauthenticated("put out")
ROCKET = """
"@context": [https://www.w3.org/2022/wot/td/v1.1]
"@type": ["tm:ThingModel", "hl:Rocket"]
title: Rocket
titles: {en: Rocket, zh-Hans: 火箭}
version: {model: 1.0.0}
hl:kind: rocket
hl:class: appliance
hl:maturity: draft
hl:features: {}
hl:constraints:
  - {id: manned, type: guardWritable, property: p0, values: [false], unless: {crew: [true]}, else: needs-confirm}
properties:
  p0: {title: P0, type: boolean, observable: true}
  p1: {title: P1, type: boolean, observable: true, hl:danger: 1}
  p2: {title: P2, type: boolean, observable: true, hl:danger: 2}
  p3: {title: P3, type: boolean, observable: true, hl:danger: 3}
  crew: {title: Crew, type: boolean, observable: true, readOnly: true}
actions:
  a0: {title: A0, synchronous: true}
  a1: {title: A1, synchronous: true, hl:danger: 1}
  a2: {title: A2, synchronous: true, hl:danger: 2}
  a3: {title: A3, synchronous: true, hl:danger: 3}
  mix:
    title: Mix
    synchronous: true
    hl:atomic: true
    input: &in {type: object, properties: {p0: &b {type: boolean}, p1: *b, p2: *b, p3: *b}}
  program: {title: Program, synchronous: false, hl:atomic: true, input: *in}
"""
DEVICE = "rocket-1"
CONTROLS = {"user", "owner"}
"""Roles that may control, and confirm: the model's own table."""
WHYS = ("", "user", "scene", "scene:evening", "schedule", "Automation/7", "service", "because")
BY_ITSELF = {"scene", "scene:evening", "schedule", "Automation/7", "service"}
PRINCIPALS = [Principal(f"{role.value}-1", role) for role in Role] + [Principal("mqtt", Role.USER, known=False)]

Asked = tuple[Operation, str, Any]


class Pad(Stub):
    """A session that does at once what it gets."""

    home: Any

    def describe(self) -> tuple[Description, ...]:
        return (rocket(),)

    async def execute(self, command: Command) -> AsyncIterator[Progress]:
        self.got.append(command)
        values: Mapping[str, Any] = command.input if isinstance(command.input, dict) else {}
        if command.operation is Operation.WRITE_PROPERTY:
            values = {command.name: command.input}
        if values:
            self.home.report(Report(device=command.device, values=values))
        yield Progress(state=AckState.COMPLETED)


def rocket(**facts: Any) -> Description:
    return Description(id=DEVICE, kind="rocket", title="Rocket", **facts)


@asynccontextmanager
async def pad(folder: Path, clock: HandClock | None = None) -> AsyncIterator[tuple[House, Pad]]:
    root = folder / "rocket"
    root.mkdir(exist_ok=True)
    (root / "rocket-1.yaml").write_text(ROCKET)
    async with living(folder, clock, Library(root)) as house:
        yield house, await landed(house)


async def landed(house: House, **facts: Any) -> Pad:
    session = Pad()
    session.home = house.home
    await house.home.attach(rocket(**facts), session)
    house.home.report(Report(device=DEVICE, values={"p0": False, "p1": False, "p2": False, "p3": False, "crew": False}))
    return session


def ask(asked: Asked, principal: Principal = LOCAL, **more: Any) -> Command:
    operation, name, value = asked
    return command(operation, name, value, device=DEVICE, principal=principal, **more)


def danger_of(asked: Asked) -> int:
    """The worst of what is asked: the digit in every name."""
    _, name, value = asked
    return max(int(each[1]) for each in ([name] if name[1:].isdigit() else []) + list(value if isinstance(value, dict) else ()))


members = st.dictionaries(st.sampled_from(["p0", "p1", "p2", "p3"]), st.booleans(), min_size=1)
asks: st.SearchStrategy[Asked] = st.one_of(
    st.tuples(st.just(Operation.WRITE_PROPERTY), st.sampled_from(["p0", "p1", "p2", "p3"]), st.booleans()),
    st.tuples(st.just(Operation.WRITE_MULTIPLE), st.just(""), members),
    st.tuples(st.just(Operation.INVOKE_ACTION), st.sampled_from(["a0", "a1", "a2", "a3"]), st.none()),
    st.tuples(st.just(Operation.INVOKE_ACTION), st.sampled_from(["mix", "program"]), members),
)


@dataclass(frozen=True)
class Step:
    """One thing that happens. `token`: which confirmation goes along: none, made up, or the newest given for this very thing, or any."""

    asked: Asked
    principal: Principal
    why: str
    token: str
    seconds: float
    put_out: bool


steps = st.builds(
    Step,
    asked=asks,
    principal=st.one_of(st.sampled_from(PRINCIPALS), st.sampled_from([each for each in PRINCIPALS if each.role.value in CONTROLS])),
    why=st.sampled_from(WHYS),
    token=st.sampled_from(["none", "made up", "right", "right", "right", "any"]),
    seconds=st.sampled_from([0.0, 0.0, 0.0, 30.0, 59.0, 60.0]),
    put_out=st.sampled_from([False, False, False, True]),
)


@dataclass
class Model:
    """What the home must have given and may let through."""

    now: float = 0.0
    given: dict[str, tuple[float, Principal, Asked]] = field(default_factory=dict)

    def token(self, step: Step) -> str | None:
        mine = [token for token, (_, who, what) in self.given.items() if (who, what) == (step.principal, step.asked)]
        match step.token:
            case "right" if mine:
                return mine[-1]
            case "any" if self.given:
                return next(iter(self.given))
            case "made up":
                return "0" * 32
        return None

    def outcome(self, step: Step, token: str | None) -> str:
        danger = danger_of(step.asked)
        if step.principal.role.value not in CONTROLS or danger == 3:
            return "forbidden"
        at, who, what = self.given.get(token or "", (-1e9, None, None))
        if danger == 2 and not (self.now - at < 60.0 and (who, what) == (step.principal, step.asked)):
            return "needs-confirm"
        return "done"

    def may_be_asked(self, step: Step) -> bool:
        return step.principal.known and step.principal.role.value in CONTROLS and step.why not in BY_ITSELF


async def played(folder: Path, plan: list[Step]) -> None:
    model, clock = Model(), HandClock()
    async with pad(folder, clock) as (house, session):
        for step in plan:
            await clock.advance(step.seconds, step=step.seconds or 1.0)
            model.now += step.seconds
            token, before = model.token(step), len(session.got)
            expected = model.outcome(step, token)
            run = await house.home.submit(ask(step.asked, step.principal, why=step.why, confirmation=token))
            last = await ended(run)
            error = last.error or {}
            assert error.get("code", "done") == expected, (step, last)
            assert len(session.got) - before == (1 if expected == "done" else 0)
            assert ("confirm" in error) == (expected == "needs-confirm" and model.may_be_asked(step))
            if "confirm" in error:
                model.given[error["confirm"]] = (model.now, step.principal, step.asked)
            elif expected == "done" and danger_of(step.asked) == 2:
                del model.given[str(token)]
            elif expected == "done" and token is not None and model.given.get(token, (0, None, None))[1:] == (step.principal, step.asked):
                del model.given[token]
            if step.put_out:
                house.home.disown(step.principal.name, OUT)
                model.given = {key: held for key, held in model.given.items() if held[1].name != step.principal.name}
        assert all(danger_of((each.operation, each.name, each.input)) < 3 for each in session.got)


@settings(max_examples=40, deadline=None)
@given(plan=st.lists(steps, min_size=4, max_size=24))
def test_every_role_danger_operation_confirmation_and_why_ends_as_the_model_says(plan: list[Step]) -> None:
    with TemporaryDirectory() as folder:
        asyncio.run(played(Path(folder), plan))


def thorough() -> list[Step]:
    """Every principal, every way, every kind of confirmation: what a removed check must show itself in."""
    plan: list[Step] = []
    for principal in PRINCIPALS:
        for danger in range(4):
            for asked in every_way(danger):
                plan += [Step(asked, principal, why, token, 0.0, False) for why in ("", "scene") for token in ("none", "made up", "any")]
                plan += [Step(asked, principal, "user", "right", 0.0, False) for _ in range(2)]
    asked = every_way(2)[0]
    late = [Step(asked, LOCAL, "", "none", 0.0, False), Step(asked, LOCAL, "", "right", 61.0, False)]
    put_out = [Step(asked, LOCAL, "", "none", 0.0, True), Step(asked, LOCAL, "", "any", 0.0, False)]
    return [*plan, *late, *put_out]


async def test_every_principal_in_every_way(tmp_path: Path) -> None:
    await played(tmp_path, thorough())


def every_way(danger: int) -> list[Asked]:
    worst = f"p{danger}"
    return [
        (Operation.WRITE_PROPERTY, worst, True),
        (Operation.WRITE_MULTIPLE, "", {"p0": True, worst: True}),
        (Operation.WRITE_MULTIPLE, "", {worst: True}),
        (Operation.INVOKE_ACTION, f"a{danger}", None),
        (Operation.INVOKE_ACTION, "mix", {"p0": True, worst: True}),
        (Operation.INVOKE_ACTION, "program", {"p1": True, worst: True}),
    ]


async def test_danger_three_is_never_sent_whoever_asks_and_whatever_they_bring(tmp_path: Path) -> None:
    async with pad(tmp_path) as (house, session):
        token = (await house.home.submit(ask(every_way(2)[0]))).last.error["confirm"]  # type: ignore[index]
        for principal in [*PRINCIPALS, LOCAL]:
            for asked in every_way(3):
                for confirmation in (None, token):
                    more = {"expected": house.home.twin(DEVICE).version, "expires": START + 3600}
                    run = await house.home.submit(ask(asked, principal, confirmation=confirmation, **more))
                    assert (await ended(run)).error["code"] == "forbidden"  # type: ignore[index]
        assert session.got == []


@pytest.mark.parametrize("asked", every_way(2), ids=str)
async def test_danger_two_takes_one_confirmation_each(tmp_path: Path, asked: Asked) -> None:
    async with pad(tmp_path) as (house, session):
        first = (await house.home.submit(ask(asked))).last.error or {}
        runs = await asyncio.gather(*(house.home.submit(ask(asked, confirmation=first["confirm"])) for _ in range(4)))
        acks = [await ended(run) for run in runs]
        assert sorted(ack.state.value for ack in acks) == ["completed", "rejected", "rejected", "rejected"]
        assert len(session.got) == 1


async def test_a_token_is_void_after_a_change_of_role_and_after_being_put_out(tmp_path: Path) -> None:
    asked: Asked = (Operation.WRITE_PROPERTY, "p2", True)
    ann = Principal("ann", Role.OWNER)
    async with pad(tmp_path) as (house, session):
        token = (await house.home.submit(ask(asked, ann))).last.error["confirm"]  # type: ignore[index]
        demoted = await house.home.submit(ask(asked, replace(ann, role=Role.USER), confirmation=token))
        assert (demoted.last.error or {})["code"] == "needs-confirm"
        house.home.disown("bob", OUT)
        house.home.disown("ann", OUT)
        run = await house.home.submit(ask(asked, ann, confirmation=token))
        assert (run.last.error or {})["code"] == "needs-confirm"
        assert session.got == []


async def test_somebody_elses_token_is_not_used_up_by_sending_it_along(tmp_path: Path) -> None:
    asked: Asked = (Operation.WRITE_PROPERTY, "p2", True)
    async with pad(tmp_path) as (house, _):
        token = (await house.home.submit(ask(asked))).last.error["confirm"]  # type: ignore[index]
        other = await house.home.submit(write("p0", True, device=DEVICE, principal=Principal("bob", Role.USER), confirmation=token))
        assert (await ended(other)).state is AckState.COMPLETED
        assert (await ended(await house.home.submit(ask(asked, confirmation=token)))).state is AckState.COMPLETED


async def test_a_token_is_told_to_whoever_asked_and_to_nobody_else(tmp_path: Path) -> None:
    async with pad(tmp_path) as (house, _), house.home.subscribe() as changes:
        run = await house.home.submit(ask((Operation.WRITE_PROPERTY, "p2", True), id="secret-1"))
        token = run.last.error["confirm"]  # type: ignore[index]
        async for change in changes:
            if isinstance(change, Acknowledged):
                assert (change.ack.error or {})["code"] == "needs-confirm"
                assert token not in str(change.ack)
                break
        assert token not in str(house.home.told(DEVICE, "secret-1"))
        record = await house.store.commands.find(LOCAL.name, "secret-1")
        assert record is not None
        assert token not in str(record)


@pytest.mark.parametrize(("seconds", "code"), [(30, None), (90, "needs-confirm")])
async def test_a_confirmation_does_not_outlive_its_minute_while_the_command_waits(tmp_path: Path, seconds: float, code: str | None) -> None:
    asked: Asked = (Operation.WRITE_PROPERTY, "p2", True)
    async with pad(tmp_path) as (house, _):
        house.home.detach(DEVICE, "unplugged")
        token = (await house.home.submit(ask(asked, expires=house.clock.now() + 600))).last.error["confirm"]  # type: ignore[index]
        run = await house.home.submit(ask(asked, confirmation=token, expires=house.clock.now() + 600))
        assert states(run) == ["accepted"]
        await house.clock.advance(seconds, step=10)
        session = await landed(house)
        await house.clock.advance(5)
        assert ((await ended(run)).error or {}).get("code") == code
        assert len(session.got) == (code is None)


async def test_what_became_more_dangerous_while_it_waited_is_not_sent(tmp_path: Path) -> None:
    async with pad(tmp_path) as (house, _):
        house.home.detach(DEVICE, "unplugged")
        await landed(house, additions={"properties": {"x-acme-burn": {"type": "boolean", "hl:danger": 1}}})
        house.home.detach(DEVICE, "unplugged")
        waiting = ask((Operation.WRITE_PROPERTY, "x-acme-burn", True), expires=house.clock.now() + 600)
        run = await house.home.submit(waiting)
        assert states(run) == ["accepted"]
        session = await landed(house, additions={"properties": {"x-acme-burn": {"type": "boolean", "hl:danger": 3}}})
        await house.clock.advance(5)
        assert (await ended(run)).error["code"] == "forbidden"  # type: ignore[index]
        assert session.got == []


@pytest.mark.parametrize(("danger", "code"), [(3, "forbidden"), (2, "needs-confirm"), (1, None)])
async def test_a_restart_forgets_confirmations_and_judges_danger_anew(tmp_path: Path, danger: int, code: str | None) -> None:
    clock = HandClock()
    additions = {"properties": {"x-acme-burn": {"type": "boolean", "hl:danger": min(danger, 2)}}}
    async with pad(tmp_path, clock) as (house, _):
        await landed(house, additions=additions)
        house.home.detach(DEVICE, "unplugged")
        asked: Asked = (Operation.WRITE_PROPERTY, "x-acme-burn", True)
        error = (await house.home.submit(ask(asked, expires=clock.now() + 600))).last.error or {}
        run = await house.home.submit(ask(asked, expires=clock.now() + 600, confirmation=error.get("confirm"), id="waits"))
        assert states(run) == ["accepted"]
    root = tmp_path / "rocket"
    async with living(tmp_path, clock, Library(root)) as house:
        session = await landed(house, additions={"properties": {"x-acme-burn": {"type": "boolean", "hl:danger": danger}}})
        await clock.advance(5)
        run = house.home.run(DEVICE, "waits")
        assert ((await ended(run)).error or {}).get("code") == code
        assert [each.id for each in session.got] == (["waits"] if code is None else [])


async def test_what_somebody_asked_who_was_put_out_meanwhile_is_not_done(tmp_path: Path) -> None:
    ann, bob = Principal("ann", Role.USER), Principal("bob", Role.USER)
    async with pad(tmp_path) as (house, _):
        house.home.detach(DEVICE, "unplugged")
        runs = [await house.home.submit(ask((Operation.INVOKE_ACTION, "a0", None), who, expires=START + 900)) for who in (ann, bob)]
        house.home.disown("ann", OUT)
        session = await landed(house)
        await house.clock.advance(5)
        assert [((await ended(run)).error or {}).get("code") for run in runs] == ["unauthenticated", None]
        assert [each.principal.name for each in session.got] == ["bob"]


async def test_a_person_who_comes_aboard_while_a_write_waits_its_turn_must_be_asked_about(tmp_path: Path) -> None:
    async with pad(tmp_path) as (house, _):
        await ended(await house.home.submit(write("p0", True, device=DEVICE)))
        house.home.detach(DEVICE, "unplugged")
        run = await house.home.submit(write("p0", False, device=DEVICE, expires=house.clock.now() + 600))
        assert states(run) == ["accepted"]
        again = await landed(house)
        house.home.report(Report(device=DEVICE, values={"p0": True, "crew": True}))
        await house.clock.advance(5)
        assert (await ended(run)).error["code"] == "needs-confirm"  # type: ignore[index]
        assert again.got == []


async def test_the_session_is_told_of_a_confirmation_only_where_a_person_gave_one(tmp_path: Path) -> None:
    asked: Asked = (Operation.WRITE_PROPERTY, "p2", True)
    async with pad(tmp_path) as (house, session):
        await ended(await house.home.submit(write("p0", True, device=DEVICE, confirmation="made up")))
        token = (await house.home.submit(ask(asked))).last.error["confirm"]  # type: ignore[index]
        await ended(await house.home.submit(ask(asked, confirmation=token)))
        await turns()
        assert [each.confirmation for each in session.got] == [None, token]


def test_no_two_tokens_are_alike_and_a_flood_of_one_principal_voids_only_its_own() -> None:
    confirmations = Confirmations(HandClock())
    asked = ask((Operation.WRITE_PROPERTY, "p2", True))
    mine = confirmations.issue(asked)
    flood = ask((Operation.WRITE_PROPERTY, "p2", True), Principal("flood", Role.USER))
    tokens = [confirmations.issue(flood) for _ in range(3 * LIMIT)]
    assert len({*tokens, mine}) == 3 * LIMIT + 1
    assert all(len(token) == 32 for token in tokens)
    assert confirmations.holds(replace(asked, confirmation=mine))
    assert sum(confirmations.holds(replace(flood, confirmation=token)) for token in tokens) == EACH_LIMIT


@pytest.mark.parametrize("why", ["scene", "Scene", "scenes", "schedule:7", " automation/x", "[timer]", "SERVICE", "Rule 7"])
def test_an_automatism_says_so_in_the_first_word_of_its_why(why: str) -> None:
    assert automatic(why)
    assert not automatic("user")
    assert not automatic("")
    assert not automatic("scenery")

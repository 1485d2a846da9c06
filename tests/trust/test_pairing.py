"""Coming in by PIN and by QR, and everything on the way that must not lead in."""

import asyncio
import contextlib
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.errors import BadSyntax, CommandError, Forbidden, RateExceeded, SchemaViolation, StateConflict, Unauthenticated
from gateway.thing.principal import Role
from gateway.trust import sessions
from gateway.trust.access import ProductState
from gateway.trust.clients import Clients
from gateway.trust.edhoc import CONNECTIONS, Initiator, Responder, new_key
from gateway.trust.invitation import new_code, read_invitation
from gateway.trust.pin import PinRun, new_pin, read_pin
from gateway.trust.sessions import LIFE as SESSION_SECONDS
from gateway.trust.texts import data_of, text_of
from tests.kit.pairing import GATEWAY, PHONE, STRANGER, Disk, Hub, a_hub, begin_pin, begin_qr, by_pin, by_qr, enrol, prove, wish

KEY = new_key()
HOSTS = 8
"""Places guesses come from."""


def wrong(pin: str) -> str:
    return f"{(int(pin) + 1) % 10**8:08d}"


async def guess(hub: Hub, pin: str, host: str = STRANGER) -> None:
    keys, session = await begin_pin(hub, pin, host)
    await prove(hub, keys, session, host)


async def test_by_pin_a_client_gets_everything_it_needs_and_the_window_closes() -> None:
    async with a_hub() as hub:
        offer = await hub.open(Role.USER)
        assert hub.access.state is ProductState.PAIRING
        answer = await by_pin(hub, offer["pin"])
        client = hub.clients.get(answer["client"])
        assert client is not None
        assert (client.role, client.name, client.by) == (Role.USER, "phone", "local")
        assert {"certificate", "authority", "oscore", "psk", "coap", "gateway", "role"} <= answer.keys()
        assert hub.window.now_open is None
        assert not hub.access.pairing
        with pytest.raises(Forbidden, match="closed"):
            await by_pin(hub, offer["pin"])
        assert hub.disk.journal.told == ["pairing opened", "pairing closed", "paired"]


async def test_by_qr_an_owner_comes_in() -> None:
    async with a_hub() as hub:
        offer = await hub.open(Role.OWNER)
        answer = await by_qr(hub, offer["qr"].lower())
        assert hub.clients.has_owner
        assert not hub.access.open
        assert answer["role"] == "owner"


async def test_a_closed_window_answers_nobody() -> None:
    async with a_hub() as hub:
        with pytest.raises(Forbidden, match="hulian pair"):
            await guess(hub, new_pin())
        with pytest.raises(Forbidden):
            await hub.pairing.exchange(Initiator(KEY.compressed, GATEWAY).opening, PHONE)


async def test_a_window_for_one_means_is_not_open_for_the_other() -> None:
    async with a_hub() as hub:
        offer = await hub.open(means=["qr"])
        assert "pin" not in offer
        with pytest.raises(Forbidden, match="by qr only"):
            await guess(hub, new_pin())
        assert (await by_qr(hub, offer["qr"]))["client"]


async def test_a_wrong_pin_is_told_nothing_but_no_and_is_counted() -> None:
    async with a_hub() as hub:
        offer = await hub.open()
        keys, session = await begin_pin(hub, wrong(offer["pin"]))
        with pytest.raises(Unauthenticated) as refusal:
            await prove(hub, keys, session)
        assert set(refusal.value.document()) == {"code", "title", "detail"}
        assert hub.window.now_open is not None
        assert hub.window.now_open.tries == 1
        with pytest.raises(Unauthenticated, match="no such pairing session"):
            await prove(hub, keys, session)


async def test_a_hub_that_does_not_know_the_pin_is_found_out() -> None:
    run, impostor = PinRun("12345678", "client"), PinRun("87654321", "hub")
    keys, theirs = run.finish(impostor.share, b"s", GATEWAY), impostor.finish(run.share, b"s", GATEWAY)
    with pytest.raises(Unauthenticated):
        keys.check(theirs.proof)


async def test_of_ten_thousand_guesses_from_many_places_ten_are_looked_at() -> None:
    async with a_hub() as hub:
        offer = await hub.open(minutes=15)
        looked, hosts = 0, [f"198.51.100.{number}" for number in range(HOSTS)]
        keys = [(*await begin_pin(hub, wrong(offer["pin"]), host), host) for host in hosts[:HOSTS]]
        for number in range(10_000):
            held, session, host = keys[number % len(keys)]
            try:
                await prove(hub, held, session, host)
            except Unauthenticated as error:
                looked += "PIN is wrong" in str(error)
            except CommandError:
                pass
            if number % 800 == 0:
                await hub.disk.clock.advance(30, step=30)
                keys = [await renewed(hub, wrong(offer["pin"]), each) for each in keys]
        assert looked == 10
        assert hub.window.exhausted
        assert hub.window.now_open is None


async def renewed(hub: Hub, pin: str, old: tuple[Any, bytes, str]) -> tuple[Any, bytes, str]:
    try:
        return (*await begin_pin(hub, pin, old[2]), old[2])
    except CommandError:
        return old


async def test_guesses_at_the_same_moment_are_looked_at_one_by_one() -> None:
    async with a_hub() as hub:
        offer = await hub.open()
        begun = [await begin_pin(hub, wrong(offer["pin"]), f"198.51.100.{number}") for number in range(HOSTS)]
        proofs = [prove(hub, *each, f"198.51.100.{number}") for number, each in enumerate(begun)]
        results = await asyncio.gather(*proofs, return_exceptions=True)
        kinds = sorted(type(result).__name__ for result in results)
        assert kinds == ["RateExceeded"] * (HOSTS - 1) + ["Unauthenticated"]


async def test_who_is_right_too_soon_waits_and_then_comes_in() -> None:
    async with a_hub() as hub:
        offer = await hub.open()
        with pytest.raises(Unauthenticated):
            await guess(hub, wrong(offer["pin"]))
        keys, session = await begin_pin(hub, offer["pin"])
        with pytest.raises(RateExceeded) as refusal:
            await prove(hub, keys, session)
        await hub.disk.clock.advance(refusal.value.extra["wait"])
        await prove(hub, keys, session)
        assert (await enrol(hub, keys.channel(), session, wish()))["client"]


async def test_tries_are_on_disk_before_the_answer_and_survive_the_hub() -> None:
    disk = Disk()
    async with a_hub(disk) as hub:
        offer = await hub.open(minutes=15)
        for _ in range(3):
            with pytest.raises(Unauthenticated):
                await guess(hub, wrong(offer["pin"]))
            await disk.clock.advance(30, step=30)
    async with a_hub(disk) as hub:  # nothing was closed: as after kill -9
        assert hub.window.now_open is not None
        assert hub.window.now_open.tries == 3
        assert hub.window.now_open.pin == offer["pin"]
        for _ in range(7):
            await disk.clock.advance(30, step=30)
            with pytest.raises(Unauthenticated):
                await guess(hub, wrong(offer["pin"]))
        assert hub.window.now_open is None
        with pytest.raises(Forbidden):
            await by_pin(hub, offer["pin"])


async def test_a_try_that_cannot_be_written_down_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    async with a_hub() as hub:
        offer = await hub.open()
        keys, session = await begin_pin(hub, offer["pin"])

        async def full(*_: Any) -> None:
            raise OSError(28, "no space left on device")

        monkeypatch.setattr(hub.disk.secrets, "put", full)
        with pytest.raises(OSError, match="no space"):
            await prove(hub, keys, session)
        assert keys is not None
        assert not hub.clients.all()


async def test_a_wrong_code_is_a_try_too() -> None:
    async with a_hub() as hub:
        offer = await hub.open()
        channel, session = await begin_qr(hub, offer["qr"])
        with pytest.raises(Unauthenticated, match="one-time code"):
            await enrol(hub, channel, session, wish(code=text_of(new_code())))
        assert hub.window.now_open is not None
        assert hub.window.now_open.tries == 1
        assert not hub.clients.all()


async def test_an_exchange_without_the_code_lets_nobody_in() -> None:
    async with a_hub() as hub:
        offer = await hub.open()
        channel, session = await begin_qr(hub, offer["qr"])
        with pytest.raises(BadSyntax, match="code"):
            await enrol(hub, channel, session, wish())
        assert not hub.clients.all()


async def test_the_client_finds_out_a_hub_with_another_key() -> None:
    run, other = Initiator(KEY.compressed, GATEWAY), Responder(new_key(), GATEWAY, CONNECTIONS[0])
    with pytest.raises(BadSyntax):
        run.follow(other.answer(run.opening))


async def test_the_client_finds_out_a_hub_of_another_name() -> None:
    run, other = Initiator(KEY.compressed, GATEWAY), Responder(KEY, "hub-another", CONNECTIONS[0])
    with pytest.raises(BadSyntax):
        run.follow(other.answer(run.opening))


async def test_a_lost_last_answer_can_be_asked_for_again_and_nothing_else() -> None:
    async with a_hub() as hub:
        offer = await hub.open()
        keys, session = await begin_pin(hub, offer["pin"])
        await prove(hub, keys, session)
        channel = keys.channel()
        message = {"do": "enrol", "session": text_of(session), "sealed": text_of(channel.seal(wish()))}
        first = await hub.pairing.message(message, PHONE)
        assert await hub.pairing.message(message, PHONE) == first
        with pytest.raises(Forbidden, match="one client"):
            await enrol(hub, channel, session, wish("second"))
        with pytest.raises(Unauthenticated):
            await hub.pairing.message(message, STRANGER)
        await hub.disk.clock.advance(SESSION_SECONDS + 1, step=10)
        with pytest.raises(Unauthenticated):
            await hub.pairing.message(message, PHONE)
        assert len(hub.clients.all()) == 1


async def test_every_message_that_was_answered_may_come_again_and_counts_once() -> None:
    async with a_hub() as hub:
        offer = await hub.open()
        keys, session = await begin_pin(hub, offer["pin"])
        for _ in range(3):
            await prove(hub, keys, session)
        assert hub.window.required().tries == 1
        with pytest.raises(BadSyntax, match="has been proved"):
            await hub.pairing.message({"do": "prove", "session": text_of(session), "proof": text_of(bytes(32))}, PHONE)
        assert hub.window.required().tries == 1
        run = Initiator(read_invitation(offer["qr"]).key, GATEWAY)
        third = run.follow(await hub.pairing.exchange(run.opening, PHONE))
        assert await hub.pairing.exchange(third, PHONE) == await hub.pairing.exchange(third, PHONE)
        with pytest.raises(BadSyntax, match="over"):
            await hub.pairing.exchange(third[:-1] + bytes([third[-1] ^ 1]), PHONE)


async def test_the_last_message_twice_at_once_is_one_client() -> None:
    async with a_hub() as hub:
        offer = await hub.open()
        keys, session = await begin_pin(hub, offer["pin"])
        await prove(hub, keys, session)
        message = {"do": "enrol", "session": text_of(session), "sealed": text_of(keys.channel().seal(wish()))}
        first, second = await asyncio.gather(*(hub.pairing.message(message, PHONE) for _ in range(2)))
        assert first == second
        assert len(hub.clients.all()) == 1


async def test_who_is_right_at_the_tenth_try_comes_in_and_there_is_no_eleventh() -> None:
    async with a_hub() as hub:
        offer = await hub.open(minutes=15)
        for _ in range(9):
            with pytest.raises(Unauthenticated):
                await guess(hub, wrong(offer["pin"]))
            await hub.disk.clock.advance(30, step=30)
        keys, session = await begin_pin(hub, offer["pin"])
        await prove(hub, keys, session)
        await hub.disk.clock.advance(30, step=30)
        with pytest.raises(Forbidden, match="all tries"):
            await guess(hub, wrong(offer["pin"]))
        assert (await enrol(hub, keys.channel(), session, wish()))["client"]


async def test_recorded_messages_of_one_window_are_worth_nothing_in_the_next() -> None:
    async with a_hub() as hub:
        offer = await hub.open()
        run = PinRun(offer["pin"], "client")
        share = {"do": "pin", "share": text_of(run.share)}
        answer = await hub.pairing.message(share, PHONE)
        keys = run.finish(data_of(answer, "share"), data_of(answer, "session"), GATEWAY)
        proof = {"do": "prove", "session": answer["session"], "proof": text_of(keys.proof)}
        await hub.pairing.message(proof, PHONE)
        enrolment = {"do": "enrol", "session": answer["session"], "sealed": text_of(keys.channel().seal(wish()))}
        await hub.window.close("stopped")
        await hub.open()
        with pytest.raises(CommandError):
            await hub.pairing.message(enrolment, PHONE)  # a session of the window before
        again = await hub.pairing.message(share, PHONE)
        with pytest.raises(Unauthenticated):
            await hub.pairing.message(proof | {"session": again["session"]}, PHONE)
        assert not hub.clients.all()


async def test_of_two_who_know_the_pin_one_comes_in() -> None:
    async with a_hub() as hub:
        offer = await hub.open()
        first, second = await begin_pin(hub, offer["pin"]), await begin_pin(hub, offer["pin"], STRANGER)
        await prove(hub, *first)
        await hub.disk.clock.advance(1)
        await prove(hub, *second, STRANGER)
        both = (enrol(hub, first[0].channel(), first[1], wish()), enrol(hub, second[0].channel(), second[1], wish("other"), STRANGER))
        results = await asyncio.gather(*both, return_exceptions=True)
        assert sorted(type(result).__name__ for result in results) == ["Forbidden", "dict"]
        assert len(hub.clients.all()) == 1


async def test_nobody_can_fill_the_table_from_one_address_or_from_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "LIMIT", 8)
    async with a_hub() as hub:
        offer = await hub.open()
        first, older = await begin_pin(hub, offer["pin"], "198.51.100.1")
        for _ in range(24):
            await begin_pin(hub, "00000000")
        keys, session = await begin_pin(hub, offer["pin"], PHONE)
        for number in range(2, 6):
            await begin_pin(hub, "00000000", f"198.51.100.{number}")
        await prove(hub, keys, session, PHONE)
        for number in range(24):
            await begin_pin(hub, "00000000", f"203.0.113.{number}")
        with pytest.raises(Unauthenticated, match="no longer"):
            await prove(hub, first, older, "198.51.100.1")
        assert (await enrol(hub, keys.channel(), session, wish(), PHONE))["client"]


@pytest.mark.parametrize("name", ["../x", "+/#", "$SYS", "a" * 64, "家"])
async def test_a_strange_name_is_only_a_name(name: str) -> None:
    async with a_hub() as hub:
        offer = await hub.open()
        answer = await by_pin(hub, offer["pin"], wish(name))
        assert answer["name"] == name
        assert not set(answer["client"]) & set("/+#$.")
        assert answer["client"] == answer["client"].encode("ascii").decode()


@pytest.mark.parametrize("name", ["", " ", "a\0b", "phone\u202egnp", "x" * 10_000, "a" * 65, "a\nb"])
async def test_an_impossible_name_is_refused_and_the_client_may_take_another(name: str) -> None:
    async with a_hub() as hub:
        offer = await hub.open()
        keys, session = await begin_pin(hub, offer["pin"])
        await prove(hub, keys, session)
        with pytest.raises((SchemaViolation, BadSyntax)):
            await enrol(hub, keys.channel(), session, wish(name))
        assert (await enrol(hub, keys.channel(), session, wish("phone")))["client"]


@pytest.mark.parametrize("request_text", ["", "x", "-----BEGIN PRIVATE KEY-----", "y" * 3000])
async def test_what_is_no_request_lets_nobody_in(request_text: str) -> None:
    async with a_hub() as hub:
        offer = await hub.open()
        keys, session = await begin_pin(hub, offer["pin"])
        await prove(hub, keys, session)
        with pytest.raises(CommandError):
            await enrol(hub, keys.channel(), session, {"name": "phone", "request": request_text})
        assert not hub.clients.all()


async def test_an_appliance_says_which_device_it_is() -> None:
    async with a_hub() as hub:
        offer = await hub.open(Role.DEVICE)
        with pytest.raises(BadSyntax, match="device"):
            await by_pin(hub, offer["pin"])
        await hub.disk.clock.advance(1)
        answer = await by_pin(hub, offer["pin"], wish("lamp", device="light-1"))
        client = hub.clients.get(answer["client"])
        assert client is not None
        assert client.roots == ("hulian/1/light-1",)


@pytest.mark.parametrize("device", [GATEWAY, "../x", "+", "#", "$", "c", "light-1/s", "", "x" * 65, "light-1\0"])
async def test_an_appliance_is_never_the_hub_nor_a_wildcard(device: str) -> None:
    async with a_hub() as hub:
        offer = await hub.open(Role.DEVICE)
        with pytest.raises((BadSyntax, Forbidden)):
            await by_pin(hub, offer["pin"], wish("lamp", device=device))
        assert not hub.clients.all()


async def test_an_appliance_cannot_come_in_as_one_that_is_in_already() -> None:
    async with a_hub() as hub:
        offer = await hub.open(Role.DEVICE)
        first = await by_pin(hub, offer["pin"], wish("lamp", device="light-1"))
        offer = await hub.open(Role.DEVICE)
        keys, session = await begin_pin(hub, offer["pin"])
        await prove(hub, keys, session)
        with pytest.raises(StateConflict, match=first["client"]):
            await enrol(hub, keys.channel(), session, wish("thief", device="light-1"))
        await hub.clients.revoke(first["client"])
        assert (await enrol(hub, keys.channel(), session, wish("lamp", device="light-1")))["client"] != first["client"]


async def test_where_qr_is_not_possible_the_pin_is_and_the_hub_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.trust.window.is_available", lambda: False)
    async with a_hub() as hub:
        with pytest.raises(BadSyntax, match="use the PIN"):
            await hub.open(means=["qr"])
        offer = await hub.open()
        assert "qr" not in offer
        assert (await by_pin(hub, offer["pin"]))["client"]


async def test_a_crash_while_somebody_is_let_in_leaves_nobody_half_in(monkeypatch: pytest.MonkeyPatch) -> None:
    disk = Disk()
    async with a_hub(disk) as hub:
        offer = await hub.open()

        async def dies(*_: Any, **__: Any) -> None:
            raise asyncio.CancelledError

        monkeypatch.setattr(Clients, "add", dies)
        with pytest.raises(asyncio.CancelledError):
            await by_pin(hub, offer["pin"])
    assert any(name.endswith("/oscore") for _, name in disk.secrets.rows)
    async with a_hub(disk) as hub:
        assert not hub.clients.all()
        assert hub.window.now_open is None
        assert not [name for compartment, name in disk.secrets.rows if compartment == "clients"]


class PowerCutError(Exception):
    """The hub is gone: what was written stays, and nothing more is."""


def cut_after(disk: Disk, writes: int, patch: pytest.MonkeyPatch) -> None:
    """Let the power go before one more than so many writes."""
    left = writes

    def counted(act: Any) -> Any:
        async def writing(*arguments: Any) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise PowerCutError
            await act(*arguments)

        return writing

    for table, name in ((disk.secrets, "put"), (disk.secrets, "remove"), (disk.clients, "put"), (disk.journal, "append")):
        patch.setattr(table, name, counted(getattr(table, name)))


async def test_a_power_cut_before_any_write_leaves_the_client_in_or_out() -> None:
    seen = set()
    for writes in range(20):
        disk = Disk()
        async with a_hub(disk) as hub:
            offer = await hub.open()
            with pytest.MonkeyPatch.context() as patch:
                cut_after(disk, writes, patch)
                with contextlib.suppress(PowerCutError):
                    await by_pin(hub, offer["pin"])
        rows = {name.split("/")[1] for compartment, name in disk.secrets.rows if compartment == "clients"}
        async with a_hub(disk) as hub:
            known, window = hub.clients.all(), hub.window.now_open
            seen.add((len(known), window is not None))
            assert not known or window is None  # one success is the end of it
            assert not known or rows == {"oscore", "psk"}
            assert known or not [name for compartment, name in disk.secrets.rows if compartment == "clients"]
            if window is not None and writes:
                assert window.tries == 1
                await disk.clock.advance(1)
                assert (await by_pin(hub, offer["pin"]))["client"]
    assert seen == {(0, True), (0, False), (1, False)}


async def test_a_revoked_client_has_no_keys_left() -> None:
    async with a_hub() as hub:
        offer = await hub.open()
        answer = await by_pin(hub, offer["pin"])
        await hub.clients.revoke(answer["client"])
        assert not [name for compartment, name in hub.disk.secrets.rows if compartment == "clients"]


async def test_no_secret_is_in_the_journal() -> None:
    async with a_hub() as hub:
        offer = await hub.open()
        with pytest.raises(Unauthenticated):
            await guess(hub, wrong(offer["pin"]))
        await hub.disk.clock.advance(1)
        answer = await by_qr(hub, offer["qr"])
        told = json.dumps(hub.disk.journal.entries)
        code = read_invitation(offer["qr"]).code
        for secret in (offer["pin"], code.hex(), text_of(code), answer["oscore"]["master_secret"], answer["psk"]["key"]):
            assert secret not in told


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(step=st.integers(0, 3), at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_one_bit_flipped_anywhere_in_a_key_exchange_and_there_is_no_session(step: int, at: int, bit: int) -> None:
    run, hub = Initiator(KEY.compressed, GATEWAY), Responder(KEY, GATEWAY, CONNECTIONS[0])

    def carried(number: int, message: bytes) -> bytes:
        if number != step:
            return message
        spoilt = bytearray(message)
        spoilt[at % len(spoilt)] ^= 1 << bit
        return bytes(spoilt)

    with pytest.raises((BadSyntax, Unauthenticated)):  # noqa: PT012 - wherever on the way
        answer = hub.answer(carried(0, run.opening))
        third = run.follow(carried(1, answer))
        last, theirs = hub.conclude(carried(2, third[1:]))
        mine = run.conclude(carried(3, last))
        theirs.open(mine.seal({}))


@settings(max_examples=20, deadline=None)
@given(step=st.integers(0, 3), at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_one_bit_flipped_anywhere_in_a_run_with_the_pin_and_there_is_no_session(step: int, at: int, bit: int) -> None:
    run, hub = PinRun("12345678", "client"), PinRun("12345678", "hub")

    def carried(number: int, message: bytes) -> bytes:
        if number != step:
            return message
        spoilt = bytearray(message)
        spoilt[at % len(spoilt)] ^= 1 << bit
        return bytes(spoilt)

    with pytest.raises((BadSyntax, Unauthenticated)):  # noqa: PT012 - wherever on the way
        theirs = hub.finish(carried(0, run.share), b"s", GATEWAY)
        mine = run.finish(carried(1, hub.share), b"s", GATEWAY)
        theirs.check(carried(2, mine.proof))
        mine.check(carried(3, theirs.proof))


@settings(max_examples=120, deadline=None)
@given(st.binary(max_size=200))
def test_junk_in_a_key_exchange_is_refused_and_never_worse(junk: bytes) -> None:
    for message in (junk, b"\xf5" + junk):
        with pytest.raises(BadSyntax):
            Responder(KEY, GATEWAY, CONNECTIONS[0]).answer(message)
    run, hub = Initiator(KEY.compressed, GATEWAY), Responder(KEY, GATEWAY, CONNECTIONS[0])
    run.follow(hub.answer(run.opening))
    with pytest.raises(BadSyntax):
        hub.conclude(junk)


def test_malformed_messages_do_not_even_make_the_library_panic(capfd: pytest.CaptureFixture[str]) -> None:
    for junk in (b"", b"\x40", b"\x41\x00", b"\x58\x20" + bytes(31), bytes(600)):
        run, hub = Initiator(KEY.compressed, GATEWAY), Responder(KEY, GATEWAY, CONNECTIONS[0])
        run.follow(hub.answer(run.opening))
        with pytest.raises(BadSyntax):
            hub.conclude(junk)
    for number in range(40):  # half of all numbers are no coordinate of a point
        with contextlib.suppress(BadSyntax):
            Responder(KEY, GATEWAY, CONNECTIONS[0]).answer(b"\xf5\x03\x02\x58\x20" + bytes(31) + bytes([number]) + b"\x05")
    assert capfd.readouterr().err == ""


@settings(max_examples=40, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=40), lambda leaves: st.dictionaries(st.text(max_size=9), leaves)
    )
)
def test_any_document_is_answered_or_refused(document: Any) -> None:
    async def story() -> None:
        async with a_hub() as hub:
            await hub.open()
            for asked in (document, {"do": document}, *({"do": step, "session": document} for step in ("pin", "prove", "enrol"))):
                with pytest.raises(CommandError):
                    await hub.pairing.message(asked, STRANGER)

    asyncio.run(story())


def test_a_pin_is_read_as_people_type_it() -> None:
    assert read_pin(" 1234 56-78 ") == "12345678"
    for text in ("", "1234567", "123456789", "1234567a", "\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18"):
        with pytest.raises(BadSyntax):
            read_pin(text)

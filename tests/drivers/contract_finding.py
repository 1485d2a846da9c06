"""The contract, before there is a session: found by the driver's own search, recognised, paired; and with the wrong key."""

from dataclasses import replace

from tests.drivers.contract_bench import Bench, pair, watched
from tests.drivers.contract_terms import Terms, check


class Finding(Terms):
    """What a driver owes before a session is open."""

    @check("found")
    async def test_its_own_search_finds_it_and_knows_what_it_is(self, bench: Bench) -> None:
        candidate = await bench.found()
        assert candidate.driver == bench.driver.name
        assert candidate.key == bench.registration.key
        assert candidate.address == bench.network.address
        assert candidate.address not in candidate.key, "an address is no identity"
        assert candidate.title
        assert candidate.kind in {bench.appliance.kind, None}
        assert candidate.kind is None or {candidate.kind, "*"} & set(bench.driver.kinds)

    @check("key")
    async def test_it_says_what_it_needs_and_takes_it(self, bench: Bench) -> None:
        candidate = await bench.found()
        assert set(candidate.needs) <= set(self.answers), f"the test has no answer to {candidate.needs}"
        assert candidate.needs, "it needs nothing: say so in `lacks`"
        registration = await pair(bench.driver, candidate, self.answers)
        assert registration.credentials
        assert not any(secret in repr(registration) for secret in registration.credentials.values())
        async with watched(bench, registration) as house:
            await house.whole()

    @check("wrong key")
    async def test_with_a_wrong_key_it_says_what_to_do_and_with_the_right_one_it_lives(self, bench: Bench) -> None:
        assert self.wrong.keys() == bench.registration.credentials.keys()
        async with watched(bench, replace(bench.registration, credentials=dict(self.wrong))) as house:
            await house.later(lambda: house.reason, "a reason")
            assert house.sink.attached == []
            assert any(word in house.reason for word in ("hulian", *self.wrong)), f"what to do? {house.reason}"
            assert "mistake in the driver" not in house.reason
            assert not any(secret in house.reason for secret in self.wrong.values())
            await house.supervisor.remove(bench.registration.driver, bench.registration.key)
            house.supervisor.add(bench.registration)
            await house.whole()
            assert house.online

    @check("nobody there")
    async def test_an_address_where_nobody_answers_attaches_nothing(self, bench: Bench) -> None:
        nobody = replace(bench.registration, address="127.255.254.253")
        async with watched(bench, nobody) as house:
            await house.later(lambda: house.reason, "a reason")
            assert house.sink.attached == []
            assert "mistake in the driver" not in house.reason

    @check("away at first", long=True)
    async def test_a_unit_that_is_away_from_the_start_comes_when_it_comes(self, bench: Bench) -> None:
        bench.network.set(silent=True)
        async with watched(bench) as house:
            await house.later(lambda: house.reason or house.sink.attached, "it was tried")
            assert not house.online
            bench.network.set(silent=False)
            await house.later(lambda: house.online and house.values, "online")

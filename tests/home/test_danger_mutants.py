"""Each check of danger is taken out in turn, and at least one of the tests of danger must notice."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from gateway.home import admission, commands, confirmation, docket, herald
from gateway.home.confirmation import Confirmations
from gateway.home.errand import Errand
from tests.home import test_danger as danger

pytestmark = pytest.mark.long

Test = Callable[[Path], Awaitable[None]]


async def _two_each(folder: Path) -> None:
    await danger.test_danger_two_takes_one_confirmation_each(folder, danger.every_way(2)[0])


async def _old(folder: Path) -> None:
    await danger.test_a_confirmation_does_not_outlive_its_minute_while_the_command_waits(folder, 90, "needs-confirm")


async def _restart(folder: Path) -> None:
    await danger.test_a_restart_forgets_confirmations_and_judges_danger_anew(folder, 2, "needs-confirm")


TESTS: Mapping[str, Test] = {
    "thorough": danger.test_every_principal_in_every_way,
    "never": danger.test_danger_three_is_never_sent_whoever_asks_and_whatever_they_bring,
    "two": _two_each,
    "old": _old,
    "restart": _restart,
    "role": danger.test_a_token_is_void_after_a_change_of_role_and_after_being_put_out,
    "other": danger.test_somebody_elses_token_is_not_used_up_by_sending_it_along,
    "secret": danger.test_a_token_is_told_to_whoever_asked_and_to_nobody_else,
    "grew": danger.test_what_became_more_dangerous_while_it_waited_is_not_sent,
    "disowned": danger.test_what_somebody_asked_who_was_put_out_meanwhile_is_not_done,
    "session": danger.test_the_session_is_told_of_a_confirmation_only_where_a_person_gave_one,
}


def nothing(*_: Any, **__: Any) -> None:
    """Check nothing."""


def yes(*_: Any, **__: Any) -> bool:
    """Find everything in order."""
    return True


_real_plan = admission._plan_of_action


def _members_not_looked_at(*given: Any) -> Any:
    return replace(_real_plan(*given), touched=frozenset())


def _any_token_holds(self: Confirmations, command: Any) -> bool:
    return command.confirmation in self._out


def _by_name_only(one: Any, other: Any) -> bool:
    return bool(one.principal.name == other.principal.name and one.name == other.name and one.input == other.input)


@dataclass(frozen=True)
class Mutant:
    """One check taken out. `where`: what is patched; `by`: the test that must notice."""

    where: Any
    name: str
    put: Any
    by: tuple[str, ...]


MUTANTS = {
    "danger 3 is not refused": Mutant(admission, "_check_never", nothing, ("never",)),
    "danger 2 needs no confirmation": Mutant(admission, "_check_danger", nothing, ("two",)),
    "members of an action are not looked at": Mutant(admission, "_plan_of_action", _members_not_looked_at, ("never",)),
    "roles are not asked": Mutant(admission, "may", yes, ("thorough",)),
    "any token will do": Mutant(Confirmations, "holds", _any_token_holds, ("thorough",)),
    "the role of a token is not compared": Mutant(confirmation, "_alike", _by_name_only, ("role",)),
    "tokens are not used up": Mutant(Confirmations, "spend", nothing, ("two",)),
    "tokens do not age": Mutant(confirmation, "VALID_SECONDS", 1e9, ("thorough",)),
    "confirmations of waiting commands do not age": Mutant(commands, "VALID_SECONDS", 1e9, ("old",)),
    "tokens outlive a revocation": Mutant(Confirmations, "void", nothing, ("role",)),
    "an automatism is given a token": Mutant(confirmation, "automatic", lambda _: False, ("thorough",)),
    "everybody is given a token": Mutant(admission, "asked_by_a_person", yes, ("thorough",)),
    "nothing is looked at once more": Mutant(commands, "last_look", nothing, ("grew", "restart")),
    "a token is told to everybody": Mutant(herald, "public", lambda ack: ack, ("secret",)),
    "a token is stored": Mutant(commands, "public", lambda ack: ack, ("secret",)),
    "commands outlive a revocation": Mutant(docket.Docket, "waiting", lambda *_: (), ("disowned",)),
    "a session believes any token": Mutant(Errand, "session_command", lambda self: self.command, ("session",)),
}


@pytest.mark.parametrize("name", MUTANTS)
async def test_a_check_that_is_taken_out_is_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    mutant = MUTANTS[name]
    monkeypatch.setattr(mutant.where, mutant.name, mutant.put)
    for number, test in enumerate(mutant.by):
        folder = tmp_path / str(number)
        folder.mkdir()
        with pytest.raises((AssertionError, KeyError, TypeError)):
            await TESTS[test](folder)


@pytest.mark.parametrize("name", TESTS)
async def test_with_every_check_in_place_none_of_them_complains(tmp_path: Path, name: str) -> None:
    await TESTS[name](tmp_path)

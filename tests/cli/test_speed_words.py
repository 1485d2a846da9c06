"""Wherever the clock of a simulated home can be hurried, or a simulated appliance judged, it is said that the two do not go together."""

import pytest
from typer.testing import CliRunner

from firmware_sim.cli import app as simulator
from gateway.cli.main import app


@pytest.mark.parametrize(("program", "words"), [(app, ("demo",)), (app, ("conformance",)), (simulator, ())])
def test_the_help_says_that_a_hurried_appliance_is_not_to_be_judged(program: object, words: tuple[str, ...]) -> None:
    told = " ".join(CliRunner().invoke(program, [*words, "--help"], env={"COLUMNS": "100"}).output.split())  # type: ignore[arg-type]
    assert "healthy" in told
    assert "time" in told[told.index("healthy") - 60 : told.index("healthy") + 80]

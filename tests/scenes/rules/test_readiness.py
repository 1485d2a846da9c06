"""Whether a home would arm the triggers of a scene, as a rehearsal says it."""

from pathlib import Path

from gateway.profile.sentences import chinese
from gateway.scenes.rules.readiness import readiness
from tests.scenes.kit import scene, staged

STEP = {"select": {"kind": "light"}, "set": {"power": True}}


async def test_each_trigger_is_said_to_be_armed_or_not_with_who_does_it(tmp_path: Path) -> None:
    warm = {"select": {"kind": "air-conditioner"}, "name": "roomTemperature"}
    rows = [
        {"property": {**warm, "above": 28}},
        {"property": {**warm, "above": 20}},
        {"property": {"select": {"kind": "fan"}, "name": "power", "is": True}},
        {"property": {"select": {"kind": "air-conditioner"}, "name": "powerDraw", "above": 60}},
        {"event": {"select": {"kind": "door-lock"}, "name": "operated"}},
        {"mains": "restored"},
        {"unused": {"select": {"kind": "light"}, "for": "PT12H"}},
        {"time": "22:30"},
    ]
    async with staged(tmp_path) as stage:
        await stage.stand("air-conditioner", "ac", power=True, roomTemperature=26.0)
        await stage.stand("door-lock", "door")
        await stage.stand("light", "lamp", power=False)
        name = await stage.keep(scene(STEP, triggers=rows))
        said = [each.partition(": ")[2] for each in readiness(stage.scenes.scene(name).triggers, stage.home)]
    assert said == [
        "this trigger would be armed, by ac",
        "this trigger would be armed only once it holds no longer: it holds now for ac",
        "this trigger would never fire: nobody in this home is meant",
        "this trigger would wait until somebody says powerDraw",
        "this trigger would be armed, by door",
        "this trigger would be armed, by ac, lamp",
        "this trigger would be armed, by lamp",
    ]
    assert all(map(chinese, said))

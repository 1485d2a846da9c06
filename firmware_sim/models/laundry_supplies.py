"""What a washing machine uses up: detergent and softener in millilitres, and the cleanness of its drum in programs."""

from datetime import date, timedelta
from random import Random

from firmware_sim.models.consumable import Consumable


def supplies(random: Random, made: date) -> dict[str, Consumable]:
    """Return the tanks and the drum of one machine by name."""
    day = made + timedelta(days=30)
    empty = "CONSUMABLE.DETERGENT-EMPTY"
    return {
        "detergent": Consumable("detergent", "detergent", life=900, used=random.uniform(0, 600), part="HS-D9", installed=day, fault=empty),
        "softener": Consumable("softener", "softener", life=500, used=random.uniform(0, 300), part="HS-S5", installed=day, fault=empty),
        "drum": Consumable("drum", "drum", life=50, used=random.randrange(30), part="none", installed=day, fault="CONSUMABLE.DRUM-DIRTY"),
    }

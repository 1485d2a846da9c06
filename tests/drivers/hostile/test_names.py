"""Whatever units call themselves, nothing of it is remembered beyond what there are files for."""

from gateway.drivers.midea import mapping as midea
from gateway.drivers.miio import models
from gateway.drivers.miio import sheet as miio

MANY = 2000


def test_invented_midea_models_share_the_mapping_of_their_type() -> None:
    plain = midea.mapping_of(0xAC)
    before = midea._built.cache_info().currsize
    assert all(midea.mapping_of(0xAC, f"X{number:07d}") is plain for number in range(MANY))
    assert midea._built.cache_info().currsize == before


def test_a_model_of_another_type_has_the_mapping_of_its_own_type() -> None:
    model = min(midea._models(midea.FOLDER))
    others = [midea.mapping_of(appliance, model) is midea.mapping_of(appliance) for appliance in range(256)]
    assert others.count(False) == 1


def test_invented_xiaomi_models_are_not_remembered() -> None:
    before = miio._built.cache_info().currsize
    for number in range(MANY):
        assert models.kind_of(f"acme.thing.x{number}") is None
        assert miio.sheet_of(f"acme.thing.x{number}") is None
    assert miio._built.cache_info().currsize == before

from itertools import product

import pytest

from gateway.protocol.forms import DeviceForms, Form

FORMS = DeviceForms("gw01", "ac-7f3k2m9q", mqtt="mqtt://gateway.local:1883", coap="coap://gateway.local")
ROOT = "hulian/1/gw01/ac-7f3k2m9q"

PROPERTY = {"readproperty", "observeproperty", "unobserveproperty", "writeproperty"}
ACTION = {"invokeaction", "queryaction", "cancelaction"}
EVENT = {"subscribeevent", "unsubscribeevent"}
THING = {"readallproperties", "writemultipleproperties", "observeallproperties", "unobserveallproperties"}


def everything(forms: DeviceForms) -> dict[str, list[Form]]:
    flags = product([False, True], repeat=3)
    return {
        "thing": forms.thing(),
        "property": [form for ro, private, num in flags for form in forms.property("power", read_only=ro, private=private, numeric=num)],
        "action": forms.action("go", long=True) + forms.action("go", long=False),
        "event": forms.event("faultRaised") + forms.event("commandAck"),
    }


@pytest.mark.parametrize(("where", "allowed"), [("thing", THING), ("property", PROPERTY), ("action", ACTION), ("event", EVENT)])
def test_operations_are_those_thing_descriptions_allow_there(where: str, allowed: set[str]) -> None:
    forms = everything(FORMS)[where]
    assert forms
    for form in forms:
        assert form["op"]
        assert set(form["op"]) <= allowed


def test_every_mqtt_form_says_its_topic_twice() -> None:
    forms = [form for group in everything(FORMS).values() for form in group if form["href"].startswith("mqtt:")]
    assert forms
    for form in forms:
        topic = form["href"].removeprefix("mqtt://gateway.local:1883/")
        assert [form[term] for term in ("mqv:filter", "mqv:topic") if term in form] == [topic]
        assert form["mqv:qos"] == "1"
        assert form["contentType"] == "application/json"


def test_commands_are_published_unretained_and_say_where_answers_go() -> None:
    commands = {"writeproperty", "invokeaction", "writemultipleproperties"}
    forms = [form for group in everything(FORMS).values() for form in group if form["href"].startswith("mqtt:")]
    for form in forms:
        is_command = bool(commands & set(form["op"]))
        assert ("mqv:topic" in form) == is_command
        assert form.get("hl:responseTopic", False) is is_command
        assert form.get("mqv:retain") is not True if is_command else "mqv:topic" not in form


def test_a_writable_number_has_the_forms_of_the_profile() -> None:
    forms = FORMS.property("targetTemperature", read_only=False, private=False, numeric=True)
    mqtt, coap = "mqtt://gateway.local:1883", "coap://gateway.local/d/ac-7f3k2m9q/p/targetTemperature"
    assert forms == [
        {
            "href": f"{mqtt}/{ROOT}/p/targetTemperature",
            "op": ["readproperty", "observeproperty", "unobserveproperty"],
            "mqv:filter": f"{ROOT}/p/targetTemperature",
            "mqv:retain": True,
            "mqv:qos": "1",
            "contentType": "application/json",
        },
        {
            "href": f"{mqtt}/{ROOT}/p/targetTemperature/set",
            "op": ["writeproperty"],
            "mqv:topic": f"{ROOT}/p/targetTemperature/set",
            "mqv:retain": False,
            "mqv:qos": "1",
            "contentType": "application/json",
            "hl:responseTopic": True,
        },
        {
            "href": coap,
            "op": ["readproperty", "observeproperty", "unobserveproperty", "writeproperty"],
            "subprotocol": "cov:observe",
            "contentType": "application/json",
            "cov:contentFormat": 50,
        },
        {"href": coap, "op": ["readproperty"], "contentType": "application/senml+cbor", "cov:contentFormat": 112, "cov:accept": 112},
    ]


def test_a_read_only_word_is_neither_written_nor_measured() -> None:
    forms = FORMS.property("operatingState", read_only=True, private=False, numeric=False)
    assert [form["op"] for form in forms] == [["readproperty", "observeproperty", "unobserveproperty"]] * 2


def test_a_private_property_is_only_on_coap() -> None:
    forms = FORMS.property("life", read_only=True, private=True, numeric=False)
    assert [(form["href"], form["op"]) for form in forms] == [("coap://gateway.local/d/ac-7f3k2m9q/p/life", ["readproperty"])]
    assert DeviceForms("gw01", "ac", mqtt="mqtt://x").property("life", read_only=False, private=True, numeric=False) == []


def test_a_long_action_can_be_asked_about_and_cancelled() -> None:
    found = {form["op"][0]: form for form in FORMS.action("selfClean", long=True) if form["href"].startswith("coap:")}
    assert {op: form["cov:method"] for op, form in found.items()} == {
        "invokeaction": "POST",
        "queryaction": "GET",
        "cancelaction": "DELETE",
    }
    assert found["cancelaction"]["href"] == "coap://gateway.local/d/ac-7f3k2m9q/run/{id}"
    assert {form["op"][0] for form in FORMS.action("setComfort", long=False)} == {"invokeaction"}


def test_the_ack_topic_is_an_event() -> None:
    assert [form["href"] for form in FORMS.event("commandAck")] == [
        f"mqtt://gateway.local:1883/{ROOT}/ack",
        "coap://gateway.local/d/ac-7f3k2m9q/ack",
    ]


def test_several_properties_are_written_by_merge_patch() -> None:
    (form,) = [form for form in FORMS.thing() if form.get("cov:method") == "iPATCH"]
    assert (form["op"], form["contentType"], form["cov:contentFormat"]) == (["writemultipleproperties"], "application/merge-patch+json", 52)


def test_a_native_appliance_is_its_own_root() -> None:
    forms = DeviceForms("ac-1", "self", mqtt="mqtt://hub", coap="coap://127.0.0.2").event("done")
    assert [form["href"] for form in forms] == ["mqtt://hub/hulian/1/ac-1/self/e/done", "coap://127.0.0.2/d/self/e/done"]


@pytest.mark.parametrize(
    ("forms", "scheme"), [(DeviceForms("g", "d", mqtt="mqtt://h"), "mqtt:"), (DeviceForms("g", "d", coap="coap://h"), "coap:")]
)
def test_a_transport_that_is_not_there_has_no_forms(forms: DeviceForms, scheme: str) -> None:
    found = [form for group in everything(forms).values() for form in group]
    assert found
    assert all(form["href"].startswith(scheme) for form in found)


@pytest.mark.parametrize("keyed", [True, False])
def test_it_says_whether_it_takes_a_key_to_come_in(keyed: bool) -> None:
    terms = DeviceForms("g", "d", coap="coap://h", keyed=keyed).security()
    (name,) = terms["security"]
    assert (terms["securityDefinitions"][name]["scheme"] == "nosec") is not keyed

"""What a renderer says of itself: its description, and for each of its three services the actions and variables, as XML.

A row of `ACTIONS` is an action with its arguments in their order, `>` before what it gives back; behind the colon stands the variable.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from xml.sax.saxutils import escape

DEVICE: Final = "urn:schemas-upnp-org:device:MediaRenderer:1"
TYPES: Mapping[str, str] = {
    name: f"urn:schemas-upnp-org:service:{name}:1" for name in ("AVTransport", "RenderingControl", "ConnectionManager")
}
ACTIONS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "AVTransport": {
        "SetAVTransportURI": ("InstanceID:A_ARG_TYPE_InstanceID", "CurrentURI:AVTransportURI", "CurrentURIMetaData:AVTransportURIMetaData"),
        "GetTransportInfo": (
            "InstanceID:A_ARG_TYPE_InstanceID",
            ">CurrentTransportState:TransportState",
            ">CurrentTransportStatus:TransportStatus",
            ">CurrentSpeed:TransportPlaySpeed",
        ),
        "GetPositionInfo": (
            "InstanceID:A_ARG_TYPE_InstanceID",
            ">Track:CurrentTrack",
            ">TrackDuration:CurrentTrackDuration",
            ">TrackMetaData:CurrentTrackMetaData",
            ">TrackURI:CurrentTrackURI",
            ">RelTime:RelativeTimePosition",
        ),
        "GetCurrentTransportActions": ("InstanceID:A_ARG_TYPE_InstanceID", ">Actions:CurrentTransportActions"),
        "Play": ("InstanceID:A_ARG_TYPE_InstanceID", "Speed:TransportPlaySpeed"),
        "Pause": ("InstanceID:A_ARG_TYPE_InstanceID",),
        "Stop": ("InstanceID:A_ARG_TYPE_InstanceID",),
        "Next": ("InstanceID:A_ARG_TYPE_InstanceID",),
        "Previous": ("InstanceID:A_ARG_TYPE_InstanceID",),
        "Seek": ("InstanceID:A_ARG_TYPE_InstanceID", "Unit:A_ARG_TYPE_SeekMode", "Target:A_ARG_TYPE_SeekTarget"),
    },
    "RenderingControl": {
        "GetVolume": ("InstanceID:A_ARG_TYPE_InstanceID", "Channel:A_ARG_TYPE_Channel", ">CurrentVolume:Volume"),
        "SetVolume": ("InstanceID:A_ARG_TYPE_InstanceID", "Channel:A_ARG_TYPE_Channel", "DesiredVolume:Volume"),
        "GetMute": ("InstanceID:A_ARG_TYPE_InstanceID", "Channel:A_ARG_TYPE_Channel", ">CurrentMute:Mute"),
        "SetMute": ("InstanceID:A_ARG_TYPE_InstanceID", "Channel:A_ARG_TYPE_Channel", "DesiredMute:Mute"),
    },
    "ConnectionManager": {"GetProtocolInfo": (">Source:SourceProtocolInfo", ">Sink:SinkProtocolInfo")},
}
_STATES = ("STOPPED", "PLAYING", "PAUSED_PLAYBACK", "TRANSITIONING", "NO_MEDIA_PRESENT")
_KINDS: Mapping[str, str] = {"A_ARG_TYPE_InstanceID": "ui4", "Volume": "ui2", "Mute": "boolean", "CurrentTrack": "ui4"}
_WORDS: Mapping[str, Sequence[str]] = {
    "TransportState": _STATES,
    "A_ARG_TYPE_SeekMode": ("REL_TIME", "TRACK_NR"),
    "A_ARG_TYPE_Channel": ("Master",),
}
_EVENTED = frozenset({"LastChange", "SourceProtocolInfo", "SinkProtocolInfo"})


def description(*, udn: str, name: str, maker: str, model: str, number: str, services: Sequence[str]) -> str:
    """Return the description of the device."""
    said = {"friendlyName": name, "manufacturer": maker, "modelName": model, "modelNumber": number, "UDN": udn}
    about = "".join(f"<{tag}>{escape(text)}</{tag}>" for tag, text in said.items())
    listed = "".join(_service(service) for service in services)
    return (
        '<?xml version="1.0" encoding="utf-8"?><root xmlns="urn:schemas-upnp-org:device-1-0">'
        "<specVersion><major>1</major><minor>0</minor></specVersion>"
        f"<device><deviceType>{DEVICE}</deviceType>{about}<serviceList>{listed}</serviceList></device></root>"
    )


def _service(name: str) -> str:
    places = {"SCPDURL": f"/{name}.xml", "controlURL": f"/{name}/control", "eventSubURL": f"/{name}/event"}
    where = "".join(f"<{tag}>{path}</{tag}>" for tag, path in places.items())
    return f"<service><serviceType>{TYPES[name]}</serviceType><serviceId>urn:upnp-org:serviceId:{name}</serviceId>{where}</service>"


def protocol(name: str, *, without: Sequence[str], loudest: int) -> str:
    """Return what a service can; actions in `without` are left out, as many renderers do."""
    actions = {action: row for action, row in ACTIONS[name].items() if action not in without}
    variables = dict.fromkeys(argument.partition(":")[2] for row in actions.values() for argument in row)
    if name != "ConnectionManager":
        variables["LastChange"] = None
    told = "".join(_variable(variable, loudest) for variable in variables)
    done = "".join(_action(action, row) for action, row in actions.items())
    return (
        '<?xml version="1.0" encoding="utf-8"?><scpd xmlns="urn:schemas-upnp-org:service-1-0">'
        "<specVersion><major>1</major><minor>0</minor></specVersion>"
        f"<actionList>{done}</actionList><serviceStateTable>{told}</serviceStateTable></scpd>"
    )


def _action(name: str, row: Sequence[str]) -> str:
    arguments = ""
    for argument in row:
        called, _, variable = argument.lstrip(">").partition(":")
        way = "out" if argument.startswith(">") else "in"
        arguments += (
            f"<argument><name>{called}</name><direction>{way}</direction><relatedStateVariable>{variable}</relatedStateVariable></argument>"
        )
    return f"<action><name>{name}</name><argumentList>{arguments}</argumentList></action>"


def _variable(name: str, loudest: int) -> str:
    limits = (
        f"<allowedValueRange><minimum>0</minimum><maximum>{loudest}</maximum><step>1</step></allowedValueRange>" if name == "Volume" else ""
    )
    words = "".join(f"<allowedValue>{word}</allowedValue>" for word in _WORDS.get(name, ()))
    listed = f"<allowedValueList>{words}</allowedValueList>" if words else ""
    evented = "yes" if name in _EVENTED else "no"
    known = f"<name>{name}</name><dataType>{_KINDS.get(name, 'string')}</dataType>"
    return f'<stateVariable sendEvents="{evented}">{known}{limits}{listed}</stateVariable>'

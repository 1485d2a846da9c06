"""What a box does with the numbers of keys, and with links: the keys of Android's list that a remote control of the profile has too."""

from collections.abc import Mapping

POWER, SLEEP, WAKEUP = 26, 223, 224
SHORT, BEGIN_LONG, END_LONG = 3, 1, 2
KEYS: Mapping[int, str] = {
    3: "home", 4: "back", 17: "star", 18: "hash", 19: "up", 20: "down", 21: "left", 22: "right", 23: "ok", 24: "volume-up",
    25: "volume-down", 26: "power", 56: "dot", 66: "ok", 82: "menu", 84: "search", 85: "play-pause", 86: "stop", 87: "next",
    88: "previous", 89: "rewind", 90: "fast-forward", 92: "page-up", 93: "page-down", 111: "exit", 126: "play", 127: "pause",
    130: "record", 164: "mute", 165: "info", 166: "channel-up", 167: "channel-down", 170: "tv", 172: "guide", 175: "subtitle",
    176: "settings", 178: "source", 183: "red", 184: "green", 185: "yellow", 186: "blue", 219: "voice", 222: "audio-track",
    229: "channel-last", 255: "aspect", 284: "apps", **{7 + digit: str(digit) for digit in range(10)},
}  # fmt: skip
LAUNCHER = "com.google.android.tvlauncher"
PACKAGES: Mapping[str, str] = {
    "live-tv": "com.google.android.tv",
    "films": "com.netflix.ninja",
    "children": "com.google.android.youtube.tvkids",
    "music": "com.spotify.tv.android",
    "store": "com.android.vending",
    "hulian-video": "org.hulian.video",
}
"""The profile's word for an app -> the package on this box."""
HOSTS: Mapping[str, str] = {
    "www.netflix.com": "com.netflix.ninja",
    "www.youtube.com": "com.google.android.youtube.tv",
    "open.spotify.com": "com.spotify.tv.android",
}
"""The host of a link -> the package that opens it."""


def package_in(link: str) -> str:
    """Return the package that opens a link, "" when none is installed: `market://launch?id=...`, or a page some app takes."""
    scheme, _, rest = link.partition("://")
    if scheme == "market":
        known = {*PACKAGES.values(), *HOSTS.values()}
        wanted = rest.partition("id=")[2]
        return wanted if wanted in known else ""
    return HOSTS.get(rest.partition("/")[0], "")

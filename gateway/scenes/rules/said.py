"""What triggers and conditions say of themselves, in both languages."""

from typing import Final

from gateway.scenes.words import Text

SENTENCES: Final = {
    "time": ("it was {clock}", "到了 {clock}"),
    "sun": ("{sun} was at {clock}", "{sun}时间为 {clock}"),
    "offset": ("{sun} was at {clock}, {offset} from it", "{sun}时间为 {clock}(偏移 {offset})"),
    "property": ("{name} of {device} was {value}, which is {limit}", "{device}的 {name} 为 {value}({limit})"),
    "held": ("{name} of {device} was {value}, which is {limit}, for {held}", "{device}的 {name} 为 {value}({limit}),已持续 {held}"),
    "event": ("{device} told of {name}", "{device}报告了事件 {name}"),
    "cut": ("the mains are back: the hub had been cut off", "恢复供电:网关曾断电"),
    "mains": ("{device} says of the mains: {mains}", "{device}报告供电状态:{mains}"),
    "unused": ("nothing was done with {devices} for {held}", "{devices}已有 {held} 未使用"),
    "paused": ("the scene is paused", "场景已暂停"),
    "often": (
        "it fired {count} times within an hour, so the scene was paused; `hulian scene resume {scene}` lets it go on",
        "一小时内已触发 {count} 次,场景已自动暂停;运行 `hulian scene resume {scene}` 恢复",
    ),
    "holds": ("{name} of {device} was not {limit}", "{device}的 {name} 不满足 {limit}"),
    "unheard": ("{device} has not said its {name}", "{device}尚未报告 {name}"),
    "nobody": ("nobody in this home is meant by the condition in line {line}", "第 {line} 行的条件没有匹配任何设备"),
    "between": ("it was {clock}, not between {first} and {second}", "当时为 {clock},不在 {first} 至 {second} 之间"),
    "days": ("it was none of its days", "当天不在设定的日期内"),
    "state": ("the scene {scene} was {state}", "场景 {scene} 当时为 {state}"),
    "alert": ("the alert of {scene} was {state}", "{scene} 的提醒当时为 {state}"),
    "late": ("the hub was away when it was time, and was back only {late} later", "到时网关未运行,{late} 后才恢复"),
    "gone": ("the hub was cut off at that moment, and was back only {late} later", "触发瞬间网关断电,{late} 后才恢复"),
    "busy": ("a run of the scene went on for {late} after that", "该场景的上一次运行又持续了 {late}"),
    "refused": ("it could not run: {why}", "未能运行:{why}"),
}


def said(sentence: str, **words: object) -> Text:
    """Return one of the sentences, filled in."""
    english, chinese = SENTENCES[sentence]
    return {"en": english.format(**words), "zh-Hans": chinese.format(**words)}


def time_words(seconds: float) -> str:
    """Return a length of time as a clock would show it: 12 h, 5 min 30 s."""
    whole = round(seconds)
    parts = ((whole // 86400, "d"), (whole % 86400 // 3600, "h"), (whole % 3600 // 60, "min"), (whole % 60, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 s"

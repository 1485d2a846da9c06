"""The index of all kinds, and of the fault catalogue."""

from collections.abc import Mapping
from typing import Any

from gateway.cli.docs.html import Row, both, code, document, heading, table
from gateway.cli.docs.kind_page import badge
from gateway.conformance.report.markup import Markup, joined, tag
from gateway.profile.features import SECTIONS
from gateway.profile.model import Model
from gateway.profile.wording import LANGUAGES, phrases

CLASSES = ("appliance", "media", "sensor", "security", "care", "accessory", "gateway")
_HEADINGS = (
    "Kind 类别",
    "Title 名称",
    "Maturity 成熟度",
    "Version 版本",
    "Properties 属性",
    "Actions 动作",
    "Events 事件",
    "Features 功能",
)


def index_text(models: list[Model]) -> str:
    """Return the first page."""
    ready = sum(model.maturity == "stable" for model in models)
    about = (phrases(language)["about the pages"].format(kinds=len(models), ready=ready) for language in LANGUAGES)
    groups = [(each, [model for model in models if model.kind_class == each]) for each in CLASSES]
    nav = [tag("a", phrases("en")[each], href=f"#{each}") for each, group in groups if group]
    return document(
        "Hulian device profiles 互联设备规范",
        heading(1, "Hulian device profiles", "互联设备规范"),
        tag("p", both(*about)),
        tag("nav", *nav, tag("a", "Faults 故障目录", href="faults.html")),
        *(_group(each, group) for each, group in groups if group),
    )


def _group(kind_class: str, models: list[Model]) -> Markup:
    rows = (Row(_cells(model)) for model in models)
    title = heading(2, phrases("en")[kind_class], phrases("zh-Hans")[kind_class], kind_class)
    return joined(title, table(_HEADINGS, rows))


def _cells(model: Model) -> tuple[str, ...]:
    counts = (str(len(model.document.get(section, {}))) for section in SECTIONS)
    link = tag("a", code(model.kind), href=f"{model.kind}.html")
    return link, both(model.title, model.titles.get("zh-Hans", "")), badge(model), model.version, *counts, str(len(model.features))


def faults_text(faults: Mapping[str, Any]) -> str:
    """Return the page of the fault catalogue."""
    rows = (Row(_fault_cells(name, fault), anchor=name) for name, fault in sorted(faults.items()))
    headings = ("Code 代码", "Title 名称", "Advice 处理提示", "Severity 严重程度", "Remedy 处理方式", "Latched 须人工复位", "Kinds 适用")
    return document(
        "Faults 故障目录 - Hulian",
        tag("nav", tag("a", "← All kinds 全部类别", href="index.html")),
        heading(1, "Faults", "故障目录"),
        table(headings, rows),
    )


def _fault_cells(name: str, fault: Mapping[str, Any]) -> tuple[str, ...]:
    titles, hint = fault.get("titles", {}), fault.get("hint", {})
    return (
        code(name),
        both(titles.get("en", ""), titles.get("zh-Hans", "")),
        both(hint.get("en", ""), hint.get("zh-Hans", "")),
        str(fault.get("severity", "")),
        str(fault.get("remedy", "")),
        "yes 是" if fault.get("latched") else "no 否",
        ", ".join(fault.get("kinds", ())),
    )

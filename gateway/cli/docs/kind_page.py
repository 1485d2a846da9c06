"""The page of one kind."""

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.cli.docs.html import Row, both, code, document, heading, table
from gateway.conformance.report.markup import Markup, joined, tag
from gateway.profile.constraint_wording import constraint_text
from gateway.profile.duration import seconds_of
from gateway.profile.features import Feature
from gateway.profile.findings import pointer_to
from gateway.profile.mapping_table import MODEL_TITLES, MODELS, mapping_rows
from gateway.profile.model import Model
from gateway.profile.wording import LANGUAGES, Words

Entry = Mapping[str, Any]
_SECTIONS = (
    ("properties", "Properties", "属性"),
    ("actions", "Actions", "动作"),
    ("events", "Events", "事件"),
    ("features", "Features", "功能"),
    ("constraints", "Constraints", "约束"),
    ("mapping", "In other standards", "对应关系"),
)


_BODIES = (("input", "Input 输入:"), ("output", "Answer 返回:"))


class KindPage:
    """Renders one kind; `text` is the page. `common`: names that every kind has, which are folded away below its own."""

    def __init__(self, model: Model, common: frozenset[str] = frozenset()) -> None:
        self._model = model
        self._common = common
        self._words = tuple(Words(model, language) for language in LANGUAGES)

    def text(self) -> str:
        """Return the page as HTML."""
        parts = {"features": self._features, "properties": self._properties, "actions": self._actions, "events": self._events}
        parts |= {"constraints": self._constraints, "mapping": self._mapping}
        made = {name: part() for name, part in parts.items()}
        links = [tag("a", english, href=f"#{name}") for name, english, _ in _SECTIONS if made[name]]
        body = [joined(heading(2, english, chinese, name), made[name]) for name, english, chinese in _SECTIONS if made[name]]
        title = f"{self._model.title} {self._model.titles.get('zh-Hans', '')} - Hulian"
        return document(title, tag("nav", tag("a", "← All kinds 全部类别", href="index.html"), *links), self._head(), *body)

    def _head(self) -> Markup:
        model = self._model
        version = joined(code(f"{model.kind}-{model.major}"), f"  version {model.version}  ", badge(model))
        parts = [link for link in model.document.get("links", ()) if link.get("rel") == "tm:submodel"]
        made_of = [tag("p", "Made of 组成: ", joined(*self._parts(parts)))] if parts else []
        about = [tag("p", both(*(words.text(model.document) for words in self._words)))] if "description" in model.document else []
        digest = tag("p", "SHA-256 of the flat model: ", code(model.hash), cls="dim")
        return joined(heading(1, model.title, model.titles.get("zh-Hans", "")), tag("p", version), *about, *made_of, digest)

    def _parts(self, links: list[Entry]) -> Iterator[Markup]:
        for link in links:
            kind = str(link["href"]).removeprefix("./").removesuffix(".yaml").rpartition("-")[0]
            yield joined(tag("a", code(str(link.get("instanceName", kind))), href=f"{kind}.html"), " ")

    def _both(self, said: str, entry: Entry) -> Markup:
        """Return what a method of Words says of an entry, in both languages."""
        return both(*(getattr(words, said)(entry) for words in self._words))

    def _titled(self, entry: Entry) -> Markup:
        description = self._both("text", entry)
        return joined(self._both("title", entry), tag("p", description, cls="dim") if description else "")

    def _table(self, headings: tuple[str, ...], rows: Mapping[str, Row]) -> Markup:
        """Return a table of what is the kind's own, and one of what every kind has, folded away; `rows` by name."""
        own = [row for name, row in rows.items() if name not in self._common]
        shared = [row for name, row in rows.items() if name in self._common]
        parts = [table(headings, own)] if own else []
        if shared:
            summary = tag("summary", f"{len(shared)} · ", *(words.say("every appliance") + " " for words in self._words))
            parts.append(tag("details", summary, table(headings, shared)))
        return joined(*parts)

    def _chips(self, pointer: str) -> Markup:
        names = sorted(feature.name for feature in self._model.features.values() if pointer in feature.affordances)
        return joined(*(joined(tag("a", code(name), href=f"#feature-{name}", cls="chip"), " ") for name in names))

    def _features(self) -> Markup:
        rows = {name: Row(self._feature_cells(name, feature), anchor=f"feature-{name}") for name, feature in self._model.features.items()}
        if not rows:
            return Markup()
        return joined(
            tag("p", both(*(words.say("about features") for words in self._words)), cls="dim"),
            self._table(("Feature 功能", "Title 名称", "Switches on 开启", "Needs 依赖", "Not with 互斥"), rows),
        )

    def _feature_cells(self, name: str, feature: Feature) -> tuple[str, ...]:
        targets = [pointer.split("/")[1:] for pointer in sorted(feature.affordances)]
        links = [joined(tag("a", code(target), href=f"#{section}-{target}"), " ") for section, target in targets]
        values = [joined(code(f"{target}: {' '.join(sorted(words))}"), " ") for target, words in feature.enums.items()]
        entry = self._model.document["hl:features"][name]
        return code(name), self._titled(entry), joined(*links, *values), _codes(feature.requires), _codes(feature.excludes)

    def _properties(self) -> Markup:
        properties = self._model.document["properties"]
        rows = {name: self._property_row(name, schema) for name, schema in properties.items()}
        return self._table(("Property 属性", "Title 名称", "Values 取值", "Access 访问", "Pace 时效", "With 功能"), rows)

    def _property_row(self, name: str, schema: Entry) -> Row:
        chips = self._chips(f"/properties{pointer_to(name)}")
        cells = (code(name), self._titled(schema), self._values(schema), self._both("access", schema), self._pace(schema), chips)
        return Row(cells, self._members(schema), f"properties-{name}")

    def _values(self, schema: Entry) -> Markup:
        """Return which values there are, briefly: the members of objects stand below."""
        if schema.get("type") == "object":
            return code(self._words[0].values(schema))
        if "enum" in schema and schema.get("hl:openEnum"):
            closed = {term: value for term, value in schema.items() if term != "hl:openEnum"}
            open_end = tag("span", " ", *(words.say("open") + " " for words in self._words), cls="dim")
            return joined(self._both("values", closed), open_end)
        if schema.get("type") == "array" and schema.get("items", {}).get("properties"):
            return self._both("values", {term: value for term, value in schema.items() if term != "items"})
        return self._both("values", schema)

    def _pace(self, schema: Entry) -> Markup:
        times = (
            ("shows within", seconds_of(schema.get("hl:latency"))),
            ("reported at least every", seconds_of(schema.get("hl:report", {}).get("maxInterval"))),
        )
        told = (both(*(words.say(said, time=words.time(time)) for words in self._words)) for said, time in times if time is not None)
        return joined(*(tag("div", each, cls="pace") for each in told))

    def _members(self, schema: Entry, title: str = "") -> Markup:
        """Return a table of the members of an object, or of the entries of a list, folded away."""
        inner = schema.get("items", schema) if schema.get("type") == "array" else schema
        members = inner.get("properties", {})
        if not members:
            return Markup()
        required = inner.get("required", ())
        rows = (self._member_row(name, member, required=name in required) for name, member in members.items())
        summary = f"{title} {len(members)} members 成员".strip()
        return tag("details", tag("summary", summary), table(("Member 成员", "Title 名称", "Values 取值", ""), rows))

    def _member_row(self, name: str, schema: Entry, *, required: bool) -> Row:
        needed = both(*(words.say("required") for words in self._words)) if required else ""
        return Row((code(name), self._both("title", schema), self._values(schema), needed), self._members(schema))

    def _actions(self) -> Markup:
        rows = {name: self._action_row(name, schema) for name, schema in self._model.document.get("actions", {}).items()}
        headings = ("Action 动作", "Title 名称", "Input 输入", "How 方式", "Answer 返回", "With 功能")
        return self._table(headings, rows) if rows else Markup()

    def _action_row(self, name: str, schema: Entry) -> Row:
        quiet = {term: value for term, value in schema.items() if term != "output"}
        taken, given = (self._body(schema.get(part)) for part in ("input", "output"))
        chips = self._chips(f"/actions{pointer_to(name)}")
        below = (
            self._members(schema[part], title) for part, title in (("input", "Input 输入:"), ("output", "Answer 返回:")) if part in schema
        )
        return Row((code(name), self._titled(schema), taken, self._both("manner", quiet), given, chips), joined(*below), f"actions-{name}")

    def _body(self, schema: Entry | None) -> Markup:
        if schema is None:
            return both(*(words.say("nothing") for words in self._words))
        return self._values(schema)

    def _events(self) -> Markup:
        rows = {name: self._event_row(name, schema) for name, schema in self._model.document.get("events", {}).items()}
        return self._table(("Event 事件", "Title 名称", "Carries 内容", "With 功能"), rows) if rows else Markup()

    def _event_row(self, name: str, schema: Entry) -> Row:
        data = schema.get("data")
        cells = (code(name), self._titled(schema), self._body(data), self._chips(f"/events{pointer_to(name)}"))
        return Row(cells, self._members(data) if data is not None else Markup(), f"events-{name}")

    def _constraints(self) -> Markup:
        rows = (
            Row((code(entry["id"]), self._titled(entry), both(*(constraint_text(words, entry) for words in self._words))))
            for entry in self._model.constraints
        )
        return table(("Id", "Title 名称", "In words 说明"), rows) if self._model.constraints else Markup()

    def _mapping(self) -> Markup:
        return joined(*(self._mapped(target) for target in MODELS))

    def _mapped(self, target: str) -> Markup:
        rows = [Row((code(row[2]), *row[9:13])) for row in mapping_rows(self._model, target)]
        if not rows:
            return Markup()
        headings = ("Affordance 名称", "There 对应", "Conversion 换算", "Values 取值", "Lost 丢失")
        return tag("details", tag("summary", f"{MODEL_TITLES[target]} ({len(rows)})"), table(headings, rows))


def badge(model: Model) -> Markup:
    """Return the maturity of a kind, always shown where it is named."""
    words = [Words(model, language).say(model.maturity) for language in LANGUAGES]
    return tag("span", " ".join(words), cls=f"badge {model.maturity}")


def _codes(names: frozenset[str]) -> Markup:
    return joined(*(joined(tag("a", code(name), href=f"#feature-{name}"), " ") for name in sorted(names)))

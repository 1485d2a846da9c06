"""Reads an expression into a function of the names there are; precedence is Jinja's, where a filter binds tighter than any sign."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from gateway.drivers.mqttdiscovery.template.filters import FILTERS, FUNCTIONS, METHODS, TESTS, method
from gateway.drivers.mqttdiscovery.template.nodes import Node, both, choice, compared, constant, either, operation
from gateway.drivers.mqttdiscovery.template.tokens import Token, refused
from gateway.drivers.mqttdiscovery.template.values import COMPARE, UNDEFINED, bounded, item, member, part
from gateway.drivers.mqttdiscovery.template.words import RESERVED, Words

NODES: Final = 512
"""Operations of a whole template."""
_DEPTH = 24
_CONSTANTS: Final[Mapping[str, Any]] = {"true": True, "True": True, "false": False, "False": False, "none": None, "None": None}
_OF_A_DICT = frozenset(dir(dict))
_LEVELS: Final = (frozenset({"+", "-"}), frozenset({"~"}), frozenset({"*", "/", "//", "%"}), frozenset({"**"}))


class Reader(Words):
    """Reads the words of one block. `known`: names that mean something; `budget`: a list with the number of operations that are left."""

    def __init__(self, tokens: tuple[Token, ...], known: set[str], budget: list[int]) -> None:
        super().__init__(tokens)
        self._known = known
        self._budget = budget
        self._depth = 0

    def expression(self) -> Node:
        """Take a whole expression."""
        return self._nested(self._chosen)

    def condition(self) -> Node:
        """Take what a statement asks: an expression that is no choice, as Jinja has it."""
        return self._or()

    def _chosen(self) -> Node:
        node = self._or()
        while self.taken("if"):
            condition = self._or()
            other = self.expression() if self.taken("else") else constant(UNDEFINED)
            node = self._node(choice(condition, node, other))
        return node

    def _node(self, node: Node) -> Node:
        """Return it, and count it."""
        self._budget[0] -= 1
        if self._budget[0] < 0:
            raise refused(f"more than {NODES} operations", self.token.at)
        return node

    def _or(self) -> Node:
        node = self._and()
        while self.taken("or"):
            other = self._and()
            node = self._node(either(node, other))
        return node

    def _and(self) -> Node:
        node = self._not()
        while self.taken("and"):
            other = self._not()
            node = self._node(both(node, other))
        return node

    def _not(self) -> Node:
        if self.taken("not"):
            node = self._nested(self._not)
            return self._node(lambda names: not node(names))
        return self._comparison()

    def _comparison(self) -> Node:
        first = self._binary(0)
        rest: list[tuple[Callable[[Any, Any], bool], Node]] = []
        while (sign := self._comparing()) is not None:
            rest.append((COMPARE[sign], self._binary(0)))
        return self._node(lambda names: compared(first(names), rest, names)) if rest else first

    def _comparing(self) -> str | None:
        if (token := self.taken("==", "!=", "<", "<=", ">", ">=", "in")) is not None:
            return token.text
        if self.token.text == "not" and self.after == "in":
            self.take()
            self.take()
            return "not in"
        return None

    def _binary(self, level: int) -> Node:
        """Take operations of a level of precedence and those that bind tighter."""
        if level == len(_LEVELS):
            return self._unary(filtered=True)
        node = self._binary(level + 1)
        while (token := self.taken(*_LEVELS[level])) is not None:
            node = self._node(operation(token.text, node, self._binary(level + 1)))
        return node

    def _unary(self, *, filtered: bool) -> Node:
        if (sign := self.taken("-", "+")) is not None:
            inner = self._nested(lambda: self._unary(filtered=False))
            node = self._node((lambda names: -inner(names)) if sign.text == "-" else (lambda names: +inner(names)))
        else:
            node = self._primary()
        node = self._postfix(node)
        return self._filters(node) if filtered else node

    def _nested(self, read: Callable[[], Node]) -> Node:
        """Take what may stand in itself again: not without end."""
        self._depth += 1
        if self._depth > _DEPTH:
            raise refused("expressions nested that deeply", self.token.at)
        node = read()
        self._depth -= 1
        return node

    def _primary(self) -> Node:
        token = self.token
        if token.kind == "string":
            return self._node(constant(self._text()))
        if token.kind == "number":
            return self._node(constant(self.take().value))
        if self.taken("("):
            return self._parenthesised()
        if self.taken("["):
            members = self._members("]")
            return self._node(lambda names: bounded([each(names) for each in members]))
        if self.taken("{"):
            return self._dict()
        return self._named()

    def _text(self) -> str:
        said = ""
        while self.token.kind == "string":
            said += self.take().value
        return said

    def _named(self) -> Node:
        token = self.name()
        if token.text in _CONSTANTS:
            return self._node(constant(_CONSTANTS[token.text]))
        if self.token.text == "(" and token.text in FUNCTIONS and token.text not in self._known:
            return self._call(FUNCTIONS[token.text])
        if token.text not in self._known:
            raise refused(f"a call of {token.text!r}" if self.token.text == "(" else f"the name {token.text!r}", token.at)
        return self._node(lambda names: names.get(token.text, UNDEFINED))

    def _parenthesised(self) -> Node:
        members: list[Node] = []
        if not self.taken(")"):
            members = [self.expression()]
            if self.taken(")"):
                return members[0]
            self.expected(",")
            members += self._members(")")
        return self._node(lambda names: bounded(tuple(each(names) for each in members)))

    def _members(self, closing: str) -> list[Node]:
        members: list[Node] = []
        while not self.taken(closing):
            if members:
                self.expected(",")
                if self.taken(closing):
                    break
            members.append(self.expression())
        return members

    def _dict(self) -> Node:
        pairs: list[tuple[Node, Node]] = []
        while not self.taken("}"):
            if pairs:
                self.expected(",")
                if self.taken("}"):
                    break
            key = self.expression()
            self.expected(":")
            pairs.append((key, self.expression()))
        return self._node(lambda names: bounded({key(names): value(names) for key, value in pairs}))

    def _postfix(self, node: Node) -> Node:
        while True:
            if self.taken("."):
                node = self._member(node)
            elif self.taken("["):
                node = self._item(node)
            elif self.opens:
                raise refused("a call", self.token.at)
            else:
                return node

    def _member(self, node: Node) -> Node:
        token = self.token
        if token.kind == "number" and isinstance(token.value, int):
            self.take()
            return self._node(lambda names: item(node(names), token.value))
        if token.kind != "name":
            raise refused(f"{token.text!r} after a dot", token.at)
        self.take()
        if self.opens:
            return self._method(node, token)
        if token.text in _OF_A_DICT:
            raise refused(f"the member .{token.text}, which is a method in Jinja (write ['{token.text}'])", token.at)
        return self._node(lambda names: member(node(names), token.text))

    def _method(self, node: Node, token: Token) -> Node:
        if token.text not in METHODS:
            raise refused(f"a call of .{token.text}", token.at)
        arguments, named = self._arguments()
        if named:
            raise refused("a named argument of a method", token.at)
        return self._node(lambda names: method(node(names), token.text, tuple(each(names) for each in arguments)))

    def _item(self, node: Node) -> Node:
        bounds: list[Node] = [constant(None)] * 3
        count = 0
        while not self.taken("]"):
            if self.taken(":"):
                count += 1
                if count >= len(bounds):
                    raise refused("a slice of that many parts", self.token.at)
            else:
                bounds[count] = self.expression()
                if self.token.text not in ("]", ":"):
                    raise refused(f"{self.token.text!r} in brackets", self.token.at)
        start, stop, step = bounds
        if count:
            return self._node(lambda names: part(node(names), start(names), stop(names), step(names)))
        return self._node(lambda names: item(node(names), start(names)))

    def _filters(self, node: Node) -> Node:
        while True:
            if self.taken("|"):
                token = self.name()
                if token.text not in FILTERS:
                    raise refused(f"the filter {token.text!r}", token.at)
                node = self._call(FILTERS[token.text], node)
            elif self.taken("is"):
                node = self._test(node)
            else:
                return node

    def _test(self, node: Node) -> Node:
        negated = self.taken("not") is not None
        token = self.take()
        check = TESTS.get(token.text)
        if check is None:
            raise refused(f"the test {token.text!r}", token.at)
        arguments: list[Node] = []
        if self.token.kind == "name" and self.token.text in {"if", "is", "in", "not"}:
            raise refused(f"{self.token.text!r} behind a test (put the test in brackets)", self.token.at)
        if self.opens:
            arguments, _ = self._arguments()
        elif self._begins_a_value():
            arguments = [self._postfix(self._primary())]
        return self._node(lambda names: check(node(names), *(each(names) for each in arguments)) is not negated)

    def _begins_a_value(self) -> bool:
        kind, text = self.token.kind, self.token.text
        return kind in {"string", "number"} or (kind == "name" and text not in RESERVED) or text in {"[", "{"}

    def _call(self, function: Callable[..., Any], *first: Node) -> Node:
        arguments, named = self._arguments() if self.opens else ([], {})
        each_of = (*first, *arguments)
        return self._node(
            lambda names: bounded(
                function(*(each(names) for each in each_of), **{name: value(names) for name, value in named.items()}),
            )
        )

    def _arguments(self) -> tuple[list[Node], dict[str, Node]]:
        self.expected("(")
        positional: list[Node] = []
        named: dict[str, Node] = {}
        while not self.taken(")"):
            if positional or named:
                self.expected(",")
            if self.token.kind == "name" and self.after == "=":
                name = self.name().text
                self.expected("=")
                named[name] = self.expression()
            else:
                positional.append(self.expression())
        return positional, named

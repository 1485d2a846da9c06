"""Reads an expression into a function of the names there are; precedence is Jinja's, where a filter binds tighter than any sign."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from gateway.drivers.mqttdiscovery.template.filters import FILTERS, FUNCTIONS, METHODS, TESTS, method
from gateway.drivers.mqttdiscovery.template.tokens import Token, refused
from gateway.drivers.mqttdiscovery.template.values import BINARY, COMPARE, UNDEFINED, bounded, item, joined, member, part

Names = dict[str, Any]
Node = Callable[[Names], Any]

NODES: Final = 512
"""Operations of a whole template."""
_DEPTH = 24
_CONSTANTS: Final[Mapping[str, Any]] = {"true": True, "True": True, "false": False, "False": False, "none": None, "None": None}
_WORDS = frozenset({"and", "or", "not", "if", "else", "in", "is", "elif", "endif"})
_OF_A_DICT = frozenset(dir(dict))
_LEVELS: Final = (frozenset({"+", "-"}), frozenset({"~"}), frozenset({"*", "/", "//", "%"}), frozenset({"**"}))


class Reader:
    """Reads the words of one block. `known`: names that mean something; `budget`: a list with the number of operations that are left."""

    def __init__(self, tokens: tuple[Token, ...], known: set[str], budget: list[int]) -> None:
        self._tokens = tokens
        self._at = 0
        self._known = known
        self._budget = budget
        self._depth = 0

    @property
    def token(self) -> Token:
        """The word that is next."""
        return self._tokens[self._at]

    def taken(self, *signs: str) -> Token | None:
        """Take the next word if it is one of these."""
        if self.token.kind in {"name", "sign"} and self.token.text in signs:
            self._at += 1
            return self._tokens[self._at - 1]
        return None

    def expected(self, sign: str) -> None:
        """Take this word; raise WireError when another is there."""
        if self.taken(sign) is None:
            raise refused(f"{self.token.text!r} where {sign!r} is expected", self.token.at)

    def name(self) -> Token:
        """Take a name."""
        if self.token.kind != "name" or self.token.text in _WORDS:
            raise refused(f"{self.token.text!r} where a name is expected", self.token.at)
        self._at += 1
        return self._tokens[self._at - 1]

    def finished(self) -> None:
        """Raise WireError unless all words were taken."""
        if self.token.kind != "end":
            raise refused(f"{self.token.text!r}", self.token.at)

    def expression(self) -> Node:
        """Take a whole expression."""
        self._depth += 1
        if self._depth > _DEPTH:
            raise refused("expressions nested that deeply", self.token.at)
        node = self._or()
        while self.taken("if"):
            condition = self._or()
            other = self.expression() if self.taken("else") else _constant(UNDEFINED)
            node = self._node(_choice(condition, node, other))
        self._depth -= 1
        return node

    def condition(self) -> Node:
        """Take what a statement asks: an expression that is no choice, as Jinja has it."""
        return self._or()

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
            node = self._node(_either(node, other))
        return node

    def _and(self) -> Node:
        node = self._not()
        while self.taken("and"):
            other = self._not()
            node = self._node(_both(node, other))
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
        return self._node(lambda names: _compared(first(names), rest, names)) if rest else first

    def _comparing(self) -> str | None:
        if (token := self.taken("==", "!=", "<", "<=", ">", ">=", "in")) is not None:
            return token.text
        if self.token.text == "not" and self._tokens[self._at + 1].text == "in":
            self._at += 2
            return "not in"
        return None

    def _binary(self, level: int) -> Node:
        """Take operations of a level of precedence and those that bind tighter."""
        if level == len(_LEVELS):
            return self._unary(filtered=True)
        node = self._binary(level + 1)
        while (token := self.taken(*_LEVELS[level])) is not None:
            node = self._node(_operation(token.text, node, self._binary(level + 1)))
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
        """Take what stands after a sign that may be repeated: not without end."""
        self._depth += 1
        if self._depth > _DEPTH:
            raise refused("expressions nested that deeply", self.token.at)
        node = read()
        self._depth -= 1
        return node

    def _primary(self) -> Node:
        token = self.token
        if token.kind == "string":
            return self._node(_constant(self._text()))
        if token.kind == "number":
            self._at += 1
            return self._node(_constant(token.value))
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
            said += self.token.value
            self._at += 1
        return said

    def _named(self) -> Node:
        token = self.name()
        if token.text in _CONSTANTS:
            return self._node(_constant(_CONSTANTS[token.text]))
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
            elif self.token.text == "(" and self.token.kind == "sign":
                raise refused("a call", self.token.at)
            else:
                return node

    def _member(self, node: Node) -> Node:
        token = self.token
        if token.kind == "number" and isinstance(token.value, int):
            self._at += 1
            return self._node(lambda names: item(node(names), token.value))
        if token.kind != "name":
            raise refused(f"{token.text!r} after a dot", token.at)
        self._at += 1
        if self.token.text == "(" and self.token.kind == "sign":
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
        bounds: list[Node] = [_constant(None)] * 3
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
        token = self.token
        self._at += 1
        check = TESTS.get(token.text)
        if check is None:
            raise refused(f"the test {token.text!r}", token.at)
        arguments: list[Node] = []
        if self.token.kind == "name" and self.token.text in {"if", "is", "in", "not"}:
            raise refused(f"{self.token.text!r} behind a test (put the test in brackets)", self.token.at)
        if self.token.text == "(" and self.token.kind == "sign":
            arguments, _ = self._arguments()
        elif self._begins_a_value():
            arguments = [self._postfix(self._primary())]
        return self._node(lambda names: check(node(names), *(each(names) for each in arguments)) is not negated)

    def _begins_a_value(self) -> bool:
        kind, text = self.token.kind, self.token.text
        return kind in {"string", "number"} or (kind == "name" and text not in _WORDS) or text in {"[", "{"}

    def _call(self, function: Callable[..., Any], *first: Node) -> Node:
        arguments, named = self._arguments() if self.token.text == "(" and self.token.kind == "sign" else ([], {})
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
            if self.token.kind == "name" and self._tokens[self._at + 1].text == "=":
                name = self.name().text
                self.expected("=")
                named[name] = self.expression()
            else:
                positional.append(self.expression())
        return positional, named


def _constant(value: Any) -> Node:
    return lambda _names: value


def _choice(condition: Node, yes: Node, no: Node) -> Node:
    return lambda names: yes(names) if condition(names) else no(names)


def _either(one: Node, other: Node) -> Node:
    return lambda names: one(names) or other(names)


def _both(one: Node, other: Node) -> Node:
    return lambda names: one(names) and other(names)


def _operation(sign: str, one: Node, other: Node) -> Node:
    if sign == "~":
        return lambda names: joined(one(names), other(names))
    function = BINARY[sign]
    return lambda names: bounded(function(one(names), other(names)))


def _compared(value: Any, rest: list[tuple[Callable[[Any, Any], bool], Node]], names: Names) -> bool:
    """Compare one after the other, as Python does."""
    for holds, node in rest:
        other = node(names)
        if not holds(value, other):
            return False
        value = other
    return True

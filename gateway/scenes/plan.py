"""What a scene will do in this home, before it does anything: who is meant, what is so already, what would be refused, what fights."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

from gateway.errors import CommandError, SchemaViolation
from gateway.home.merge import same
from gateway.home.twin import Twin
from gateway.profile.schema import compile_schema
from gateway.scenes.alerts.notice import Notify
from gateway.scenes.deadlines import usual_deadline
from gateway.scenes.document import ASKS, Doing, Given, Nested, OnFail, Pause, Scene, Step, Waiting
from gateway.scenes.effects.target import Target, target_of
from gateway.scenes.house import House, dangling, is_so, known_words, meant
from gateway.scenes.order import in_order
from gateway.scenes.turns.steps import InTurn, Shed
from gateway.scenes.words import Before
from gateway.thing.value import Value

DEEPEST: Final = 8
"""Scenes inside one another."""
MOST_PARTS, MOST_TASKS = 1000, 5000
"""What all scenes inside one another may come to."""
_STRICTER: Final = (OnFail.CONTINUE, OnFail.STOP, OnFail.ROLLBACK)
Arguments = Mapping[str, Value]
Remembered = Callable[[str, str], Value]
"""What a property of a device was before the mains were cut, None where nothing is known of it, or nothing is to be done about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What one device is asked for in one wave: values together, or an action. `problem`: why it would be refused as things stand."""

    device: str
    deadline: float
    on_fail: OnFail
    lines: tuple[int, ...]
    values: Mapping[str, Value] = field(default_factory=dict)
    action: str = ""
    input: Value = None
    already: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """What is done side by side; of one device in the order of the file."""

    tasks: tuple[Task, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns(Wave):
    """What is done by one device after the other (`turns`). `limit`: watts the step itself says, None where it does not."""

    step: InTurn
    limit: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shedding:
    """What is gone without while the mains are weak (`turns`), by the volts `below` and `back`; `tasks`: whoever could be."""

    step: Shed
    tasks: tuple[Task, ...]
    below: float
    back: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Await:
    """What has to be shown before it goes on."""

    devices: tuple[str, ...]
    until: Mapping[str, tuple[Value, ...]]
    deadline: float
    on_fail: OnFail
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Seconds to let pass."""

    seconds: float
    line: int


Part: TypeAlias = Wave | Shedding | Await | Interval | Notify


@dataclass(frozen=True, slots=True)
class Note:
    """Something to know before it runs; with `error` it does not run."""

    line: int
    text: str
    error: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A scene for this home, at this moment."""

    scene: str
    parts: tuple[Part, ...]
    notes: tuple[Note, ...] = ()
    undoes: str = ""
    """The run that is taken back, "" where it is none."""
    limit: float | None = None
    """What the line of the home bears in watts, where somebody says it."""
    targets: tuple[Target, ...] = ()
    """What is measured once it has ended."""

    @property
    def devices(self) -> tuple[str, ...]:
        """Return everybody who is asked for something, each once."""
        return tuple(dict.fromkeys(task.device for part in self.parts if isinstance(part, Wave) for task in part.tasks))

    @property
    def mistakes(self) -> tuple[Note, ...]:
        """Return what keeps it from running."""
        return tuple(note for note in self.notes if note.error)


def _unknown(_device: str, _name: str) -> Value:
    return None


def planned(scene: Scene, arguments: Arguments, house: House, scenes: Mapping[str, Scene], before: Remembered = _unknown) -> Plan:
    """Return what a scene will do; raise SchemaViolation for an argument it does not take."""
    planner = _Planner(house, scenes, before)
    parts = tuple(planner.parts(scene, bound(scene, arguments), 0))
    return Plan(scene=scene.id, parts=parts, notes=tuple(planner.notes), targets=tuple(planner.targets))


def bound(scene: Scene, arguments: Arguments) -> dict[str, Value]:
    """Return a value for each parameter; raise SchemaViolation for one that is none of its, or unknown."""
    for name in arguments:
        if name not in scene.parameters:
            raise SchemaViolation(f"{scene.id} has no parameter {name!r}; it has {', '.join(scene.parameters) or 'none'}", property=name)
        if (problem := compile_schema(scene.parameters[name].schema, strict=True)(arguments[name])) is not None:
            raise SchemaViolation(f"the parameter {name} of {scene.id} {problem.strip()}", property=name)
    return {name: arguments.get(name, parameter.default) for name, parameter in scene.parameters.items()}


class _Planner:
    """`expected`: what each device will show once the parts so far are done."""

    def __init__(self, house: House, scenes: Mapping[str, Scene], before: Remembered) -> None:
        self._before = before
        self.notes: list[Note] = []
        self.targets: list[Target] = []
        self._house = house
        self._scenes = scenes
        self._expected: dict[str, dict[str, Value]] = {}
        self._count = 0
        self._tasked = 0
        self._known = known_words(house)

    def parts(self, scene: Scene, arguments: Arguments, depth: int) -> Iterator[Part]:
        self.targets += [target_of(aim, arguments, self._house) for aim in scene.effect]
        for wave in scene.waves():
            if self._is_full(wave[0]):
                return
            self._count += 1
            match wave[0]:
                case Pause(line=line, seconds=seconds):
                    yield Interval(seconds=seconds, line=line)
                case Waiting() as waiting:
                    yield self._awaited(waiting, arguments)
                case Notify() as notice:
                    yield notice
                case Shed() as step:
                    yield self._shedding(step, arguments)
                case InTurn() as step:
                    yield self._turns(step, arguments)
                case Doing():
                    yield Wave(tasks=tuple(self._tasks(wave, arguments)))
                case nested:
                    yield from self._nested(nested, arguments, depth)

    def _is_full(self, step: Step) -> bool:
        if self._count < MOST_PARTS and self._tasked < MOST_TASKS:
            return False
        text = f"all of it comes to more than {MOST_PARTS} waves, or to more than {MOST_TASKS} times a device is asked"
        if not any(note.text == text for note in self.notes):
            self.notes.append(Note(step.line, text, error=True))
        return True

    def _nested(self, step: Nested, arguments: Arguments, depth: int) -> Iterator[Part]:
        inner = self._scenes.get(step.scene)
        if inner is None or depth >= DEEPEST:
            self.notes.append(Note(step.line, f"no scene {step.scene} can be run here", error=True))
            return
        try:
            given = bound(inner, _filled(step.arguments, arguments))
        except SchemaViolation as error:
            self.notes.append(Note(step.line, error.detail, error=True))
            return
        yield from self.parts(inner, given, depth + 1)

    def _awaited(self, waiting: Waiting, arguments: Arguments) -> Await:
        devices = tuple(
            device for device in self._who(waiting) if waiting.until.keys() & self._house.twin(device).instance.properties.keys()
        )
        until = {name: tuple(_one(value, arguments) for value in values) for name, values in waiting.until.items()}
        usual = max((usual_deadline(self._kind(device), until) for device in devices), default=0.0)
        return Await(devices=devices, until=until, deadline=waiting.deadline or usual, on_fail=waiting.on_fail, line=waiting.line)

    def _turns(self, step: InTurn, arguments: Arguments) -> Turns:
        tasks = tuple(self._tasks((replace(step, deadline=step.each),), arguments))
        if not tasks and any(isinstance(value, Before) for value in step.values.values()):
            self.notes.append(Note(step.line, "it is not known that the mains were cut, and what was so before: nothing is done"))
        limit = _one(step.limit, arguments)
        return Turns(tasks=tasks, step=step, limit=float(limit) if isinstance(limit, int | float) and limit > 0 else None)

    def _shedding(self, step: Shed, arguments: Arguments) -> Shedding:
        below, back = (float(str(_one(volts, arguments))) for volts in (step.below, step.back))
        if below >= back:
            self.notes.append(Note(step.line, f"below {below:g} V it is weak and from {back:g} V it is well: that is for ever", error=True))
        return Shedding(step=step, tasks=tuple(self._tasks((step,), arguments)), below=below, back=back)

    def _tasks(self, wave: tuple[Step, ...], arguments: Arguments) -> Iterator[Task]:
        """Yield the tasks of a wave: what several steps set of one device is set together."""
        setting: dict[str, Task] = {}
        others: list[Task] = []
        for step in wave:
            if not isinstance(step, Doing):
                continue
            for device in self._who(step):
                task = self._task(step, device, arguments)
                if task is None:
                    continue
                if task.action:
                    others.append(task)
                else:
                    setting[device] = self._joined(setting[device], task) if device in setting else task
        tasks = [task for each in (*setting.values(), *others) for task in self._judged(each)]
        self._tasked += len(tasks)
        yield from tasks

    def _who(self, step: Doing | Waiting) -> tuple[str, ...]:
        self.notes += [Note(step.line, text) for text in dangling(step.select, self._known)]
        devices = meant(step.select, self._house)
        if not devices:
            self.notes.append(Note(step.line, "nobody in this home is meant by this step"))
        return devices

    def _task(self, step: Doing, device: str, arguments: Arguments) -> Task | None:
        instance = self._house.twin(device).instance
        seconds = step.deadline or usual_deadline(self._kind(device), (step.action,) if step.action else step.values)
        plain = Task(device=device, deadline=seconds, on_fail=step.on_fail, lines=(step.line,))
        if step.action and step.action in instance.actions:
            return replace(plain, action=step.action, input=_one(step.input, arguments))
        wanted = {name: value for name, value in step.values.items() if name in instance.properties}
        values = _filled(self._as_before(device, wanted), arguments)
        if values:
            return replace(plain, values=values)
        if not wanted and not step.alone:
            self._lacks(step, device, step.action or ", ".join(step.values))
        return None

    def _kind(self, device: str) -> str:
        return self._house.twin(device).description.kind

    def _as_before(self, device: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is wanted with what the device showed before in its place; what nobody knows is not wanted."""
        known = {name: self._before(device, name) if isinstance(value, Before) else value for name, value in wanted.items()}
        return {name: value for name, value in known.items() if value is not None or not isinstance(wanted[name], Before)}

    def _lacks(self, step: Doing, device: str, what: str) -> None:
        self.notes.append(Note(step.line, f"{device} has no {what}: nothing is done there"))

    def _joined(self, one: Task, other: Task) -> Task:
        for name in one.values.keys() & other.values.keys():
            if one.values[name] != other.values[name]:
                text = f"{name} of {one.device} is to be {other.values[name]!r} here and {one.values[name]!r} in line {one.lines[0]}"
                self.notes.append(Note(other.lines[0], text, error=True))
        on_fail = max(one.on_fail, other.on_fail, key=_STRICTER.index)
        deadline = max(one.deadline, other.deadline)
        return replace(one, values={**one.values, **other.values}, lines=one.lines + other.lines, on_fail=on_fail, deadline=deadline)

    def _judged(self, task: Task) -> Iterator[Task]:
        """Yield a task, in several where the device takes its values only one after the other; say what is so already, and what is refused.

        It is judged in the state that is expected by then.
        """
        twin = self._house.twin(task.device)
        state = self._expected.setdefault(task.device, dict(twin.values))
        if task.action:
            yield replace(task, problem=self._problem(twin, task, state))
            return
        for values in in_order(twin.instance, task.values, state):
            part = replace(task, values=values)
            problem = self._problem(twin, part, state)
            already = is_so(twin, values) and all(same(state.get(name), value) for name, value in values.items())
            state |= values
            yield replace(part, problem=problem, already=already)

    def _problem(self, twin: Twin, task: Task, state: Mapping[str, Value]) -> str:
        """Return why a task would be refused, "" where it would not, and note it."""
        problem = _asked_of_persons(twin, task)
        try:
            if task.action:
                twin.instance.check_input(task.action, task.input, state)
            else:
                twin.instance.check_write(task.values, state)
        except CommandError as error:
            problem = problem or error.detail
        if problem:
            self.notes.append(Note(task.lines[0], f"{task.device}: {problem}"))
        return problem


def _asked_of_persons(twin: Twin, task: Task) -> str:
    """Return why a scene may not do this at all, "" where it may."""
    dangers = [twin.instance.properties[name].danger for name in task.values]
    if max([*dangers, twin.instance.actions[task.action].danger if task.action else 0]) >= ASKS:
        return "this is asked of a person each time, never by a scene"
    return ""


def _filled(wanted: Mapping[str, Any], arguments: Arguments) -> dict[str, Value]:
    return {name: _one(value, arguments) for name, value in wanted.items()}


def _one(value: Value | Given, arguments: Arguments) -> Value:
    return arguments.get(value.parameter) if isinstance(value, Given) else value

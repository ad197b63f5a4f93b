"""Ibis builds expressions in fewer steps: the same checks and the same nodes, without what it looks up anew each time.

Gives     `install`, for exactly the version that was read; with any other nothing is changed. `forget`.
Method    three functions of Ibis are replaced. Arguments are bound by a plan made once a signature, where
          `inspect.Signature.bind` walks it for every node; what the plan does not know, and everything that is wrong,
          goes the old way and gives the old error. Attributes that anything may be are not held against a pattern.
          A relation's fields are made once.
Assumes   that Ibis' nodes never change. docs/adr/0058 says why this is done at all, and what it saves.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import ibis
from ibis.common import annotations as arguments
from ibis.common import grounds
from ibis.common.collections import FrozenOrderedDict
from ibis.common.patterns import Any as Anything
from ibis.common.patterns import NoMatch
from ibis.expr.operations import relations

READ = "12.0.0"
"""The version of Ibis whose functions these are."""
MOST_RELATIONS = 2_000

_Step = tuple[str, Callable[[Any, Any], Any], Any]
"""A parameter: its name, what its pattern makes of a value, what it is where nothing is given."""
_MISSING = inspect.Parameter.empty

_plans: dict[int, tuple[tuple[_Step, ...], int] | None] = {}
_signatures: list[Any] = []
"""Those that have a plan, so that no other takes their place in memory."""
_attributes: dict[type, tuple[tuple[str, Callable[[Any], Any]], ...]] = {}
_fields: dict[int, tuple[Any, Any]] = {}
"""By the place in memory of a relation, which is held with them: those of two connections may call themselves equal."""

_validated: Callable[..., dict[str, Any]] = arguments.Signature.validate
OWN = (
    (arguments.Signature, "validate", _validated),
    (grounds.Concrete, "__init__", grounds.Concrete.__init__),
    (relations.Relation, "fields", relations.Relation.fields),
)
"""What is replaced, as Ibis has it."""


def install() -> bool:
    """Replace the functions; False, and nothing done, with another version of Ibis than was read."""
    if ibis.__version__ != READ:
        return False
    for (owner, name, _), quicker in zip(OWN, (_validate, _init, property(_fields_of)), strict=True):
        setattr(owner, name, quicker)
    return True


def forget() -> None:
    """Let go of relations, and of the connections that they belong to."""
    _fields.clear()


def _validate(self: Any, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a node, each as its pattern makes it; raises what Ibis raises."""
    plan = _plans[id(self)] if id(self) in _plans else _planned(self)
    if plan is None or len(args) > plan[1]:
        return _validated(self, func, args, kwargs)
    made: dict[str, Any] = {}
    named, given = 0, len(args)
    for at, (name, match, default) in enumerate(plan[0]):
        if at < given:
            if name in kwargs:
                return _validated(self, func, args, kwargs)
            value = args[at]
        elif name in kwargs:
            value = kwargs[name]
            named += 1
        else:
            value = default
        if value is _MISSING or (value := match(value, made)) is NoMatch:
            return _validated(self, func, args, kwargs)
        made[name] = value
    return made if named == len(kwargs) else _validated(self, func, args, kwargs)


def _planned(signature: Any) -> tuple[tuple[_Step, ...], int] | None:
    """Each parameter in order, and how many may be given by place; None where some take any number, or no name."""
    plain = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    parameters = tuple(signature.parameters.values())
    plan = None
    if all(each.kind in plain for each in parameters):
        steps = tuple((each.name, each.annotation.pattern.match, each.default) for each in parameters)
        plan = (steps, sum(each.kind is plain[0] for each in parameters))
    _signatures.append(signature)
    _plans[id(signature)] = plan
    return plan


def _init(self: Any, **kwargs: Any) -> None:
    """Set the arguments, the hash and the attributes of a node."""
    put = object.__setattr__
    args = []
    for name in self.__argnames__:
        value = kwargs[name]
        args.append(value)
        put(self, name, value)
    whole = tuple(args)
    kind = self.__class__
    put(self, "__args__", whole)
    put(self, "__precomputed_hash__", hash((kind, whole)))
    computed = _attributes.get(kind)
    if computed is None:
        computed = _attributes[kind] = tuple(
            (name, _computed(name, each)) for name, each in kind.__attributes__.items() if each.has_default()
        )
    for name, compute in computed:
        put(self, name, compute(self))


def _computed(name: str, attribute: Any) -> Callable[[Any], Any]:
    """What gives an attribute of a node."""
    if callable(attribute.default) and isinstance(attribute.pattern, Anything):
        default: Callable[[Any], Any] = attribute.default
        return default
    return lambda node: attribute.get_default(name, node)


def _fields_of(self: Any) -> Any:
    """A relation's columns by name."""
    held = _fields.get(id(self))
    if held is not None:
        return held[1]
    fields = FrozenOrderedDict({name: relations.Field(self, name) for name in self.schema})
    if len(_fields) >= MOST_RELATIONS:
        _fields.clear()
    _fields[id(self)] = (self, fields)
    return fields

"""YAML into strict models: unknown and doubled keys are refused with file, line and the nearest match."""

from difflib import get_close_matches
from pathlib import Path
from types import NoneType
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from tellfirst.domain.errors import Mistake, SetupError


class StrictModel(BaseModel):
    """A part of a configuration file: frozen, and nothing it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Model = TypeVar("Model", bound=StrictModel)


def read(path: Path, model: type[Model]) -> Model:
    """The file at `path` as `model`. Raises SetupError that lists every mistake with its line and cure."""
    return File(path).part(model)


class File:
    """A file whose parts follow models of their own, because one part says what another must look like."""

    def __init__(self, path: Path) -> None:
        """Raises SetupError for what is no YAML."""
        self.path = path
        self._tree = _tree(path)

    def part(self, model: type[Model], *where: str | int) -> Model:
        """What stands at `where`, as `model`. Raises SetupError that lists every mistake with its line and cure."""
        part = _plain(self._tree)
        for step in where:
            part = part[step]
        try:
            return model.model_validate(part)
        except ValidationError as wrong:
            mistakes = tuple(self._mistake(where, fault, model) for fault in wrong.errors())
            raise SetupError(f"{self.path.name} cannot be used", mistakes) from None

    def mistake(self, problem: str, cure: str, *where: str | int) -> Mistake:
        """A mistake that no model can see, with the line of what stands at `where`."""
        return Mistake(str(self.path), _line(self._tree, list(where)), problem, cure)

    def _mistake(self, where: tuple[str | int, ...], fault: Any, model: type[StrictModel]) -> Mistake:
        inside = [part for part in fault["loc"] if part != "[key]"]
        line = _line(self._tree, [*where, *inside])
        return _mistake(str(self.path), line, inside, fault, model)


def _tree(path: Path) -> Any:
    try:
        # YAML 1.2 and round-trip mode: `no` stays a word, 22:30 is no number, doubled keys are errors,
        # and each key remembers its line.
        tree = YAML(typ="rt").load(path)
    except FileNotFoundError:
        mistake = Mistake(str(path), 0, "is missing", "restore it from the repository")
        raise SetupError(f"{path.name} cannot be read", (mistake,)) from None
    except OSError as wrong:
        mistake = Mistake(
            str(path), 0, f"cannot be read: {wrong.strerror}", "look at its name and permissions"
        )
        raise SetupError(f"{path.name} cannot be read", (mistake,)) from None
    except MarkedYAMLError as wrong:
        line = wrong.problem_mark.line + 1 if wrong.problem_mark else 1
        problem = str(wrong.problem or "is not YAML").splitlines()[0]
        mistake = Mistake(str(path), line, problem, "correct the YAML on this line")
        raise SetupError(f"{path.name} cannot be read", (mistake,)) from None
    except (YAMLError, UnicodeDecodeError) as wrong:
        mistake = Mistake(str(path), 1, f"is not YAML: {type(wrong).__name__}", "save it as UTF-8 text")
        raise SetupError(f"{path.name} cannot be read", (mistake,)) from None
    if not isinstance(tree, CommentedMap):
        mistake = Mistake(str(path), 1, "holds no keys", "write `key: value` lines")
        raise SetupError(f"{path.name} cannot be used", (mistake,))
    return tree


def _plain(node: Any) -> Any:
    if isinstance(node, CommentedMap):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        return [_plain(value) for value in node]
    return node


def _mistake(path: str, line: int, where: list[Any], fault: Any, model: type[StrictModel]) -> Mistake:
    name = ".".join(str(part) for part in where)
    if fault["type"] == "extra_forbidden":
        near = get_close_matches(str(where[-1]), _known(model, where[:-1]), n=1)
        cure = f"did you mean `{near[0]}`?" if near else "remove it"
        return Mistake(path, line, f"unknown key `{name}`", cure)
    if fault["type"] == "missing":
        return Mistake(path, line, f"`{name}` is missing", "add it")
    return Mistake(path, line, f"`{name}`: {fault['msg']}", "correct the value")


def _line(tree: Any, where: list[Any]) -> int:
    line = tree.lc.line if hasattr(tree, "lc") else 0
    node = tree
    for part in where:
        try:
            line = node.lc.key(part)[0] if isinstance(node, CommentedMap) else node.lc.item(part)[0]
            node = node[part]
        except (KeyError, AttributeError, IndexError, TypeError):
            break
    return int(line) + 1


def _known(model: type[BaseModel], where: list[Any]) -> list[str]:
    current: Any = model
    for part in where:
        field = getattr(current, "model_fields", {}).get(str(part))
        current = field.annotation if field else _inside(current)
        if NoneType in get_args(current):
            current = _inside(current)
    fields = getattr(current, "model_fields", None)
    return list(fields or model.model_fields)


def _inside(kind: Any) -> Any:
    """The one kind of what stands in a mapping, whatever its keys, in a sequence or in an optional."""
    return next((one for one in reversed(get_args(kind)) if one not in (NoneType, ...)), None)

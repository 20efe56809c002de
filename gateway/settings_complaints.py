"""What is wrong with the settings, in words that lead a person to the place and to what is allowed there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Complaint:
    """`path` leads to the setting, as `("identity", "issuers", 0, "issuer")`."""

    path: Path
    what: str

    def under(self, above: Path) -> "Complaint":
        return replace(self, path=(*above, *self.path))


@dataclass(frozen=True, slots=True)
class Place:
    """Where settings stand: the file's name, and the environment variables by the path each stands for."""

    file: str
    variables: Mapping[tuple[str, ...], str]

    def sentence(self, complaint: Complaint) -> str:
        """`portal.toml: server.port: must be …`, or the variable's name where the value came from there."""
        for length in range(len(complaint.path), 1, -1):
            variable = self.variables.get(tuple(str(step) for step in complaint.path[:length]))
            if variable is not None:
                return f"environment variable {variable}: {complaint.what}"
        path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in complaint.path)
        return f"{self.file}: {path.removeprefix('.')}: {complaint.what}"


def complaints_of(error: ValidationError, model: type[BaseModel], *, also: Iterable[str] = ()) -> list[Complaint]:
    """Each thing that a model found wrong. `also` are keys that may stand beside the model's own."""
    details = error.errors(include_url=False, include_context=True)
    return [_complaint(detail, model, tuple(also)) for detail in details]


def meant(name: str, names: Iterable[str]) -> str:
    """A guess at what was meant, or nothing."""
    close = get_close_matches(name.lower(), list(names), n=1, cutoff=0.6)
    return f" (did you mean '{close[0]}'?)" if close else ""


def _complaint(detail: ErrorDetails, model: type[BaseModel], also: tuple[str, ...]) -> Complaint:
    path = detail["loc"]
    match detail["type"]:
        case "extra_forbidden":
            names = [*_fields_at(model, path[:-1]), *(also if len(path) == 1 else ())]
            guess = meant(str(path[-1]), names)
            return Complaint(path, f"there is no such setting{guess}; there are {', '.join(sorted(names))}")
        case "missing":
            field = _fields_at(model, path[:-1]).get(str(path[-1]))
            about = f": {field.description}" if field is not None and field.description else ""
            return Complaint(path, f"is missing{about}")
        case "value_error":
            # Says what is allowed by itself; the value might be a secret that stands where none should.
            return Complaint(path, str(detail["ctx"]["error"]))
        case "string_pattern_mismatch" if path[-1:] == ("[key]",):
            return Complaint(path[:-1], "a system's name has small letters, digits and _ and begins with a letter")
        case _:
            return Complaint(path, f"{_allowed(detail['msg'])}{_given(detail['input'])}")


def _allowed(message: str) -> str:
    return message.replace("Input should", "must", 1)


def _given(value: object) -> str:
    return f", and is {value!r}" if isinstance(value, str | int | float | bool) else ""


def _fields_at(model: type[BaseModel], path: Path) -> dict[str, FieldInfo]:
    """The fields of the model that a path leads to; none where it leads to something else."""
    current: type[BaseModel] | None = model
    for step in path:
        if current is None:
            return {}
        if isinstance(step, str) and step in current.model_fields:
            current = _model_within(current.model_fields[step].annotation)
    return dict(current.model_fields) if current is not None else {}


def _model_within(annotation: Any) -> type[BaseModel] | None:  # Any: an annotation may be anything
    """The model in `Model`, `Model | None`, `list[Model]`, `dict[str, Model]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _model_within(inner)) is not None), None)

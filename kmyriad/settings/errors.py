"""What is wrong with settings, in one line."""

from pydantic import BaseModel, ValidationError

from kmyriad.names import choose


class ConfigError(Exception):
    """A setting is wrong; the message is one line that names it and the remedy."""


def describe(error: ValidationError, model: type[BaseModel]) -> str:
    """Return the first problem of a ValidationError as one line, with the nearest key where one is misspelt."""
    problem = error.errors()[0]
    path = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        fields = _fields_at(model, problem["loc"][:-1])
        try:
            choose(str(problem["loc"][-1]), fields, "key")
        except ValueError as unknown:
            return f"config: {path}: {unknown}"
    message = problem["msg"].removeprefix("Value error, ")
    got = "" if problem["type"] in ("value_error", "missing") else f", got {problem['input']!r}"
    return f"config: {path}: {message}{got}" if path else f"config: {message}{got}"


def _fields_at(model: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    """Return the keys that the settings at `path` inside `model` may have."""
    for part in path:
        if isinstance(part, str) and part in model.model_fields:
            annotation = model.model_fields[part].annotation
            inner = [annotation, *getattr(annotation, "__args__", ())]
            model = next(kind for kind in inner if isinstance(kind, type) and issubclass(kind, BaseModel))
    return list(model.model_fields)

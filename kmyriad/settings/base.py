"""What all settings have in common."""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

Item = TypeVar("Item")

Count = Annotated[int, Field(gt=0)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]
"""What torch's generators take."""
OnFailure = Annotated[
    Literal["freeze", "stop"],
    Field(
        description="freeze: an environment whose simulation failed is left out of the epoch; stop: the job stops",
        exclude_if=lambda value: value == "freeze",  # as unless_default
    ),
]


def check_unique(values: object) -> object:
    """Return `values`; ValueError if it is a list that has something twice."""
    if isinstance(values, list) and len({str(value) for value in values}) < len(values):
        raise ValueError(f"lists something twice: {values}")
    return values


Unique = Annotated[tuple[Item, ...], BeforeValidator(check_unique), Field(min_length=1)]
"""A list that is neither empty nor has anything twice."""


def check_rises(log_std_range: tuple[float, float]) -> tuple[float, float]:
    """Return the range; ValueError if nothing lies in it."""
    if log_std_range[0] >= log_std_range[1]:
        raise ValueError(f"log_std_range must rise, got {list(log_std_range)}")
    return log_std_range


LogStdRange = Annotated[tuple[float, float], AfterValidator(check_rises)]
"""What a network's log standard deviations are clipped to."""


Device = Annotated[str, Field(pattern=r"^(auto|cpu|cuda(:\d+)?)$")]


def unless_default(default: object) -> Any:
    """Return what keeps a field out of JSON while it has its default: jobs from before the field existed stay as they are."""
    return Field(exclude_if=lambda value: value == default)


class Settings(BaseModel):
    """Base of all settings: immutable; a key that does not exist is an error, and so is a number that is not finite."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

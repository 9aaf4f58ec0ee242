"""A grid over settings of pretraining: every point is a training of its own, with a label that names what it changes."""

import re
from collections.abc import Iterator
from itertools import product

from pydantic import Field, ValidationError, field_validator

from kmyriad.names import choose
from kmyriad.settings.base import Count, Settings, Unique
from kmyriad.settings.environment import EnvironmentSettings
from kmyriad.settings.errors import describe
from kmyriad.settings.pretrain import PretrainSettings, TrustRegionSettings, check_run
from kmyriad.settings.studies import Training

Value = bool | int | float | str
Point = dict[str, Value]
"""A value for each setting of the grid, by names such as envs or trust_region.clip."""


class SweepSettings(Settings):
    """Pretraining with every combination of some settings' values (ours); none where the grid is empty."""

    environment: str = Field("ant-empty", description="label of one of the environments")
    heads: Unique[Count] = Field((10,), description="numbers of heads")
    grid: dict[str, Unique[Value]] = Field(
        {}, description="values by the name of a setting of pretrain; a dot leads into a group, e.g. trust_region.clip"
    )

    @field_validator("grid")
    @classmethod
    def _check(cls, grid: dict[str, tuple[Value, ...]]) -> dict[str, tuple[Value, ...]]:
        for name, values in grid.items():
            for value in values:
                if not re.fullmatch(r"[\w.+-]+", str(value)):
                    raise ValueError(f"{name} = {value!r}: values are in paths, so only letters, digits and . + - _ will do")
        return grid

    def points(self) -> Iterator[Point]:
        """Yield the points of the grid, the last setting changing fastest; none where the grid is empty."""
        if self.grid:
            yield from (dict(zip(self.grid, values, strict=True)) for values in product(*self.grid.values()))

    def labels(self) -> list[str]:
        """Return what paths call the points' runs: <environment>@<setting>=<value>,<setting>=<value>."""
        return [self._label(point) for point in self.points()]

    def trainings(self, environment: EnvironmentSettings, pretrain: PretrainSettings) -> dict[str, Training]:
        """Return label and settings of each point's run.

        Raises:
            ValueError: a name is none of pretrain's, with the nearest; or a value, or a number of heads, does not do.
        """
        for name in self.grid:
            choose(name, names(pretrain), "setting of pretrain in sweep.grid")
        found = {self._label(point): Training(environment, changed(pretrain, point)) for point in self.points()}
        for label, training in found.items():
            for heads in self.heads:
                check_run(training.pretrain, heads, f"sweep.grid, {label}", "sweep.heads")
        return found

    def _label(self, point: Point) -> str:
        return f"{self.environment}@" + ",".join(f"{name}={value}" for name, value in point.items())


def point_of(label: str) -> dict[str, str]:
    """Return the values, as text, by the settings that a label of `SweepSettings.labels` names."""
    return dict(part.split("=", 1) for part in label.split("@", 1)[1].split(","))


def names(pretrain: PretrainSettings) -> list[str]:
    """Return the settings that a grid may name: those of pretrain, and those within its groups."""
    groups = {**pretrain.model_dump(mode="json"), "trust_region": dict.fromkeys(TrustRegionSettings.model_fields)}
    within = [f"{group}.{name}" for group, inner in groups.items() if isinstance(inner, dict) for name in inner]
    return [*PretrainSettings.model_fields, *within]


def changed(pretrain: PretrainSettings, point: Point) -> PretrainSettings:
    """Return the settings with the values of `point`; ValueError with one line where these do not do."""
    groups, data = (pretrain.model_dump(mode="json", exclude_unset=unset) for unset in (False, True))
    for name, value in point.items():
        group, _, inner = name.partition(".")
        data[group] = {**(data.get(group) or groups.get(group) or {}), inner: value} if inner else value
    try:
        return PretrainSettings.model_validate(data)
    except ValidationError as error:
        raise ValueError(f"sweep.grid: {describe(error, PretrainSettings).removeprefix('config: ')}") from None

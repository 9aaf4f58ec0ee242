"""Which environment, and what of it enters the entropy."""

from pathlib import Path
from typing import Any

from pydantic import Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from kmyriad.settings.base import Device, Settings


class EnvironmentSettings(Settings):
    """One environment and what enters its entropy; in a config, the bare name stands for all defaults."""

    name: str = Field(description="what kmyriad.envs.make takes, e.g. ant-maze or gymnasium:HalfCheetah-v5")
    label: str = Field("", pattern=r"^[\w.-]*$", description="its name in paths and figures; default: from `name`")
    backend: str = Field("mujoco", description="which simulator runs the ants")
    # The default stays out of what Snakemake compares, as in base.py.
    device: Device = Field(
        "auto",
        description="where the tensors live; auto: on the GPU, if there is one, for simulators that run there, else on the CPU",
        exclude_if=lambda value: value == "auto",
    )
    # The authors' code takes the torso's x and y alone.
    features: tuple[str, ...] = Field(("x", "y"), min_length=1, description="features whose entropy is maximised")
    settings: dict[str, Any] = Field({}, description="further settings of kmyriad.envs.make")

    @model_validator(mode="before")
    @classmethod
    def _label_from_name(cls, raw: object) -> object:
        values = {"name": raw} if isinstance(raw, str) else raw
        if isinstance(values, dict) and isinstance(values.get("name"), str) and not values.get("label"):
            label = "".join(c if c.isalnum() or c in "._-" else "-" for c in values["name"])
            return {**values, "label": label}
        return values

    @property
    def is_ant(self) -> bool:
        """Whether this is one of the paper's ants, in whatever terrain."""
        return self.name.startswith("ant-")

    @property
    def takes_goals(self) -> bool:
        """Whether goals can be set; an environment of Gymnasium has a reward of its own, its one task."""
        return not self.name.startswith("gymnasium:")

    @property
    def files(self) -> list[Path]:
        """The files that the environment is made from (a map; `mjcf:<path>` and its list of features): what is made of it is
        out of date when they change."""
        family, _, path = self.name.partition(":")
        if family == "gridworld" and path.startswith("map:"):
            return [Path(path.removeprefix("map:"))]
        if family != "mjcf":
            return []
        features = self.settings.get("features", Path(path).with_suffix(".yaml"))
        return [file for file in (Path(path), Path(str(features))) if file.exists()]

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"type": "string"}, handler.resolve_ref_schema(handler(core))]}

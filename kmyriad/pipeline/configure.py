"""From the raw config of a run to checked settings, or one clear line before any job starts."""

from collections.abc import Mapping
from pathlib import Path

import yaml
from pydantic import ValidationError

from kmyriad.jobs.files import StageError
from kmyriad.settings.config import Config
from kmyriad.settings.errors import ConfigError, describe


def read_config(file: Path) -> Config:
    """Return the checked settings of `file` over those of config/config.yaml, merged as Snakemake does.

    Raises:
        StageError: a setting is wrong, or the file is no YAML.
    """
    merged: dict = {}
    try:
        for each in (Path("config/config.yaml"), file):
            _update(merged, yaml.safe_load(each.read_text()) or {})
        return configure(merged)
    except (ConfigError, yaml.YAMLError) as error:
        raise StageError(" ".join(str(error).split())) from None


def _update(base: dict, over: Mapping) -> None:
    for key, value in over.items():
        if isinstance(value, Mapping) and isinstance(base.get(key), dict):
            _update(base[key], value)
        else:
            base[key] = value


def configure(raw: dict[str, object], again: bool = False) -> Config:
    """Return the checked settings; `again` where another process has checked that what they name is there, which takes seconds.

    Raises:
        ConfigError: the first thing that is wrong.
    """
    try:
        config = Config.model_validate(raw)
    except ValidationError as error:
        raise ConfigError(describe(error, Config)) from None
    if not again:
        from kmyriad.pipeline.things import check_things  # loads torch and simulators

        check_things(config)
    return config

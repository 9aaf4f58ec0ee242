"""The committed JSON schema is the one that the settings' classes give."""

from pathlib import Path

import jsonschema
import pytest
import yaml

from kmyriad.pipeline.schema import schema

COMMITTED = Path("workflow/schemas/config.schema.json")


def test_schema_is_current() -> None:
    assert COMMITTED.read_text() == schema(), "run `make schema` and commit the result"


def test_schema_refuses_a_misspelt_key() -> None:
    validator = jsonschema.Draft202012Validator(yaml.safe_load(COMMITTED.read_text()))
    config = yaml.safe_load(Path("config/config.yaml").read_text())
    validator.validate(config)
    with pytest.raises(jsonschema.ValidationError, match="haeds"):
        validator.validate({**config, "haeds": [1]})

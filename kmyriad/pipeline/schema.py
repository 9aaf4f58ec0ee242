"""Writes the JSON schema of the config, from the settings' classes, to standard output.

python -m kmyriad.pipeline.schema > workflow/schemas/config.schema.json
"""

import json

from kmyriad.settings.config import Config


def schema() -> str:
    """Return the JSON schema as text; keys that may be left out are not required."""
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(dialect | Config.model_json_schema(), indent=2) + "\n"


if __name__ == "__main__":
    print(schema(), end="")

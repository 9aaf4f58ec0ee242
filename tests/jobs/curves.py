"""What trackers have written, read as their own programs read it."""

import json
from pathlib import Path

from kmyriad.jobs.tracking import Values

Curves = list[tuple[int, Values]]
"""The steps in the order in which they were written, each with its points."""


def of_tensorboard(folder: Path) -> Curves:
    """Return all rows of the event files in `folder`."""
    from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader

    rows: Curves = []
    for file in sorted(folder.glob("*tfevents*")):
        for event in LegacyEventFileLoader(str(file)).Load():
            for value in event.summary.value:
                if not rows or event.step != rows[-1][0] or value.tag in rows[-1][1]:
                    rows.append((event.step, {}))
                rows[-1][1][value.tag] = value.simple_value
    return rows


def of_wandb(folder: Path) -> Curves:
    """Return all rows of the offline runs in `folder`."""
    from wandb.proto.wandb_internal_pb2 import Record
    from wandb.sdk.internal.datastore import DataStore

    found = []
    for file in sorted(folder.glob("wandb/offline-run-*/*.wandb")):
        store = DataStore()
        store.open_for_scan(str(file))
        while (data := store.scan_data()) is not None:
            record = Record()
            record.ParseFromString(data)
            if record.HasField("history"):
                items = {item.key or item.nested_key[0]: json.loads(item.value_json) for item in record.history.item}
                step = items.pop("_step")
                found.append((step, {name: value for name, value in items.items() if not name.startswith("_")}))
        store._fp.close()
    return found

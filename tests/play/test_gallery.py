"""Every file of the gallery that git holds is what its sidecar says, and plays."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from kmyriad.play.cast import Request, assemble
from kmyriad.play.episode import episode
from kmyriad.play.policy_file import PolicyFile
from tests.copies import ROOT

HELD = sorted(
    subprocess.run(["git", "ls-files", "--", "gallery"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
)
HEADS = [file for file in HELD if file.endswith(".safetensors")]


def test_the_gallery_holds_heads_with_their_sidecars_and_nothing_else() -> None:
    assert HEADS
    assert sorted(HELD) == sorted([*HEADS, *(str(Path(file).with_suffix(".json")) for file in HEADS)])


def test_every_file_is_an_entry_of_walk_scale() -> None:
    entries = yaml.safe_load(Path("config/walk.yaml").read_text())["gallery"]["entries"]
    shows = {entry["name"]: entry["shows"] for entry in entries}
    for file in HEADS:
        assert PolicyFile.read(Path(file)).facts["shows"] == shows[Path(file).stem]


@pytest.mark.slow(1)
@pytest.mark.parametrize("file", HEADS)
def test_it_plays_and_goes_somewhere(file: str) -> None:
    path = Path(file)
    assert path.stat().st_size < 1_000_000
    facts = json.loads(path.with_suffix(".json").read_text())
    torch.set_num_threads(1)
    playing = assemble(Request((path,)))
    states = np.concatenate(list(episode(playing, facts["measured"]["actions"])))
    # Contacts amplify the last bit of a sum, so that another processor's ant ends elsewhere: but none stays where it was.
    distance = np.hypot(*(states[-1, 0, 1:3] - states[0, 0, 1:3]))
    assert min(distance, facts["measured"]["distance"]) > 1
    assert playing.goal == (facts["goal"] and tuple(facts["goal"]))

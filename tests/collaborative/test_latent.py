"""Rewards on features: what is kept of the banks is what would be computed anew, and it is computed once."""

import pytest
import torch

from kmyriad.collaborative.algorithms import make_intrinsic, make_learner
from kmyriad.collaborative.frames import FrameReplay
from kmyriad.collaborative.intrinsic.latent import OnLatent
from kmyriad.collaborative.intrinsic.reward import Novelty, collaborative_reward
from kmyriad.collaborative.learners.drq import Drq
from kmyriad.collaborative.streams import Streams
from kmyriad.collaborative.tasks.pool import Picture, Space
from kmyriad.settings.collaborative.arm import CollaborativeSettings

PICTURE = Picture(1, 6, 6, 2, 1 / 255)
SPACE = Space(PICTURE.features, 1, picture=PICTURE)
SETTINGS = CollaborativeSettings.model_validate(
    {
        "agents": 2,
        "learner": "drq",
        "sac": {"actor": (4,), "critic": (4,), "batch": 8},
        "drq": {"convolutions": ((3, 3, 2),), "latent": 4, "refresh": 10},
        "reward": {"k": 3, "bank": 4, "skip": 2, "encoder_widths": (5, 4)},
    }
)


class Played:
    """A replay of random pictures, agents and their intrinsic reward, of two seeds."""

    def __init__(self, **reward: object) -> None:
        settings = SETTINGS.model_copy(update={"reward": SETTINGS.reward.model_copy(update=reward)})
        self.streams = Streams((0, 1))
        self.learner = make_learner(SPACE, settings, self.streams)
        made = make_intrinsic(SPACE, settings, self.streams, self.learner)
        assert isinstance(self.learner, Drq) and isinstance(made, OnLatent)
        self.intrinsic, self.replay = made, FrameReplay(2, 2, 20, PICTURE, action_dim=1)
        self._generator = torch.Generator().manual_seed(0)

    def step(self) -> None:
        obs, after = torch.randint(256, (2, 2, 2, PICTURE.features), generator=self._generator, dtype=torch.uint8)
        zeros = torch.zeros(2, 2)
        self.replay.add(obs, zeros[..., None], zeros, zeros + 1, after, torch.full((2, 2), self.replay.steps % 7 == 6))

    def update(self) -> None:
        batch = self.learner.draw(self.replay, self.streams)
        reward = self.intrinsic.rewards(batch, self.replay)
        self.intrinsic.learn(batch, self.replay, self.streams)
        self.learner.update(batch, reward, torch.zeros(2, 2, 2, 8, 1))


def test_what_is_kept_is_what_the_copy_makes_of_the_bank_anew() -> None:
    played = Played()
    for step in range(1, 48):
        played.step()
        if step >= 8:
            played.update()
            # Each seed's, by the convolutions of its first agent at the last whole ten of steps; order does not count.
            kept = played.intrinsic.bank(played.replay, 4, 2)
            anew = played.intrinsic.features(played.replay.bank(4, 2))
            for mine, theirs in zip(kept.flatten(0, 1), anew.flatten(0, 1), strict=True):
                torch.testing.assert_close(mine[mine.sum(-1).argsort()], theirs[theirs.sum(-1).argsort()])


def test_the_copy_is_the_first_agents_and_renewed_every_tenth_step() -> None:
    played, renewed = Played(), []
    for step in range(1, 42):
        played.step()
        if step >= 8:
            before = played.intrinsic.state_dict()["copy.kernels.0"].clone()
            first = played.learner.state_dict()["critic.encoder.kernels.0"][[0, 2]].clone()
            played.update()
            after = played.intrinsic.state_dict()["copy.kernels.0"]
            if not torch.equal(before, after):
                renewed.append(step)
                assert torch.equal(after, first)
    assert renewed == [10, 20, 30, 40]


def test_a_state_goes_through_the_copy_when_it_enters_and_when_that_is_renewed(monkeypatch: pytest.MonkeyPatch) -> None:
    played, rows = Played(), []
    bank = played.replay.bank
    monkeypatch.setattr(played.replay, "bank", lambda size, skip: (rows.append((played.replay.steps, size)), bank(size, skip))[1])
    for step in range(1, 24):
        played.step()
        if step >= 8:
            played.update()
    # Banks hold 4, every second step's: all of them at 8, 10 and 20, else the one that is new.
    alone = [(step, 1) for step in range(9, 24, 2)]
    assert rows == sorted([(8, 4), (10, 4), (20, 4), *alone])


def test_rewards_by_hand() -> None:
    # On the features themselves: eqs. 2 and 3 of what the copy makes of afterstates that are not moved.
    played = Played(encoder="identity")
    for _ in range(15):
        played.step()
    batch = played.learner.draw(played.replay, played.streams)
    found = played.intrinsic.rewards(batch, played.replay)
    queries = played.intrinsic.features(batch.next_obs)[:, 0]
    expected = collaborative_reward(queries, played.intrinsic.features(played.replay.bank(4, 2)), 3, 0.5)
    torch.testing.assert_close(found, expected)
    assert not played.intrinsic.learns and Played().intrinsic.learns


def test_the_encoder_learns_from_features_of_neighbours() -> None:
    played = Played()
    for _ in range(15):
        played.step()
    batch = played.learner.draw(played.replay, played.streams)
    inner = played.intrinsic._inner
    assert isinstance(inner, Novelty)
    state = played.streams.state_dict()
    positives = played.replay.positives(batch, 5, played.streams)
    played.streams.load_state_dict(state)
    expected = Played()
    loss = expected.intrinsic._inner.encoder.learn(
        *(played.intrinsic.features(each).flatten(1, 2) for each in (batch.next_obs, positives))
    )
    torch.testing.assert_close(played.intrinsic.learn(batch, played.replay, played.streams), loss)


def test_it_goes_on_from_its_state_alone() -> None:
    whole, resumed = Played(), Played()
    for step in range(1, 28):
        whole.step()
        resumed.step()
        if 8 <= step < 26:
            whole.update()
    resumed.intrinsic.load_state_dict({name: value.clone() for name, value in whole.intrinsic.state_dict().items()})
    resumed.learner.load_state_dict({name: value.clone() for name, value in whole.learner.state_dict().items()})
    resumed.streams.load_state_dict(whole.streams.state_dict())
    for _ in range(12):
        for played in (whole, resumed):
            played.step()
            played.update()
    one, other = ({**each.intrinsic.state_dict(), **each.learner.state_dict()} for each in (whole, resumed))
    assert [name for name in one if not torch.equal(one[name], other[name])] == []

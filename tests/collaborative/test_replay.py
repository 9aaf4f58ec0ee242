"""The ring against explicit queues, and positives that never leave their episode."""

from collections import deque

import pytest
import torch

from kmyriad.collaborative.replay import Replay


@pytest.mark.parametrize(("capacity", "size"), [(100, 6), (30, 6), (35, 4)])
def test_the_bank_is_a_queue_of_every_fifth_afterstate(counting_replay, capacity: int, size: int) -> None:
    # Three episodes of 23 steps: the ring of 30 goes round twice.
    for steps in range(1, 70):
        queue: deque[int] = deque(maxlen=size)
        for time in range(steps):
            if time % 5 == 0:
                queue.append(time + 1)
        bank = counting_replay(2, 3, capacity, steps, lambda agent, time: time % 23 == 22).bank(size, 5)
        for group in range(2):
            for agent in range(3):
                rows = {tuple(row) for row in bank[group, agent].tolist()}
                assert rows == {(group, agent, time) for time in queue} and bank.shape[2] == len(queue)


def test_the_bank_copies_nothing_until_it_wraps(counting_replay) -> None:
    replay = counting_replay(1, 2, 100, 60)
    afterstates = replay.read("next_obs", torch.zeros(1, 1, dtype=torch.int64), torch.tensor([[55]]))
    assert torch.equal(replay.bank(3, 5)[0, 0, -1], afterstates[0, 0])
    assert replay.bank(3, 5).untyped_storage().data_ptr() == replay.bank(2, 5).untyped_storage().data_ptr()


@pytest.mark.parametrize("shared", [True, False])
def test_positives_stay_in_their_episode(counting_replay, streams, shared: bool) -> None:
    # Agents end their episodes at different times; the youngest has one step only.
    lengths = (7, 11, 49)
    replay = counting_replay(2, 3, 30, 50, lambda agent, time: time % lengths[agent] == lengths[agent] - 1)
    seen = set()
    for _ in range(60):
        batch = replay.sample(30, shared, streams)
        positives = replay.positives(batch, 5, streams)
        assert torch.equal(positives[..., 1], batch.agent.float())
        assert (positives[..., 0] == torch.tensor([0.0, 1.0])[:, None, None]).all()
        delta = (positives[..., 2] - batch.next_obs[..., 2]).long()
        begin = replay.read("begin", batch.agent, batch.step)
        end = torch.minimum(begin + torch.tensor(lengths)[batch.agent], torch.tensor(50))
        state = batch.step + 1 + delta
        assert (delta != 0).all() and (delta.abs() <= 5).all()
        assert (state >= begin).all() and (state <= end).all() and (state >= 20).all()
        seen |= set(delta.unique().tolist())
    assert seen == {*range(-5, 0), *range(1, 6)}


def test_deltas_are_uniform(counting_replay, streams) -> None:
    replay = counting_replay(2, 1, 2000, 2000)
    deltas = []
    for _ in range(20):
        batch = replay.sample(1000, True, streams)
        inside = (batch.step > 10) & (batch.step < 1980)
        deltas.append((replay.positives(batch, 5, streams)[..., 2] - batch.next_obs[..., 2])[inside])
    _, counts = torch.cat(deltas).unique(return_counts=True)
    shares = counts / counts.sum()
    assert len(shares) == 10
    assert (shares - 0.1).abs().max() < 0.006  # 4 standard errors of 40,000 draws


def test_shared_batches_are_everybodys_and_own_ones_are_not(counting_replay, streams) -> None:
    replay = counting_replay(2, 3, 30, 50)
    seen = set()
    for _ in range(30):
        shared, own = replay.sample(90, True, streams), replay.sample(30, False, streams)
        seen |= {tuple(row) for row in shared.obs[0, 0, :, 1:].tolist()}
    assert seen == {(n, t) for n in range(3) for t in range(20, 50)}
    assert shared.obs.shape == (2, 1, 90, 3) and own.obs.shape == (2, 3, 30, 3)
    for batch in (shared, own):
        assert torch.equal(batch.obs[..., 1], batch.agent.float())
        assert torch.equal(batch.obs[..., 2], batch.step.float())
        assert torch.equal(batch.reward, batch.step.float())
        assert (batch.step >= 20).all() and (batch.step < 50).all()
    assert (own.agent == torch.arange(3)[:, None]).all()


def test_too_few_transitions(counting_replay, streams) -> None:
    replay = counting_replay(2, 3, 30, 2)
    assert replay.sample(6, True, streams).obs.shape[2] == 6
    with pytest.raises(ValueError, match="the replay holds 2 transitions, a batch is 6: take more seed steps") as error:
        replay.sample(6, False, streams)
    assert "\n" not in str(error.value)


def test_a_state_holds_only_what_is_in_use(counting_replay, streams) -> None:
    full, empty = counting_replay(2, 3, 30, 7), Replay(2, 3, 30, 3, 1)
    state = full.state_dict()
    assert state["obs"].shape == (2, 3, 7, 3)
    empty.load_state_dict(state)
    assert all(torch.equal(value, empty.state_dict()[name]) for name, value in state.items())

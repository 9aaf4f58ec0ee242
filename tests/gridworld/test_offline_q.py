"""Offline Q-learning on data sets small enough to work out by hand."""

import pytest
import torch

from kmyriad.gridworld import parse, world
from kmyriad.gridworld.datasets import Transitions
from kmyriad.gridworld.offline_q import goals, learn, steps_to_goal, untrained
from kmyriad.settings.gridworld import OfflineQSettings

CHAIN = parse("chain", "SFF")
LEFT, RIGHT = 0, 2
DEFAULT = OfflineQSettings()


def data(*steps: tuple[int, int, int]) -> Transitions:
    """One data set, [1, N], of the (state, action, successor) of `steps`."""
    return Transitions(*torch.tensor(steps).T[:, None])


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def settings(**changes: float) -> OfflineQSettings:
    return OfflineQSettings.model_validate(changes)


def test_goals_are_the_free_cells_but_the_start() -> None:
    assert goals(parse("corner", "FS\n-F")).tolist() == [0, 3]
    assert [len(goals(world(name))) for name in ("room-det", "maze-det")] == [42, 42]


@pytest.mark.parametrize(("minibatches", "batch"), [(1, 1), (1, 20), (3, 7)])
def test_one_transition_again_and_again(minibatches: int, batch: int) -> None:
    # Into the goal, 0 -> 1: Q += 0.1 (1 - Q) each time, so after n times 1 - 0.9^n. The other goal (2) gives no reward.
    tables = learn(CHAIN, data((0, RIGHT, 1)), settings(minibatches=minibatches, batch=batch), seeded())
    assert tables.shape == (1, 2, 3, 4)
    assert float(tables[0, 0, 0, RIGHT]) == pytest.approx(1 - 0.9 ** (minibatches * batch))
    assert tables[0, 0].count_nonzero() == 1
    assert tables[0, 1].count_nonzero() == 0


def test_bootstrap_and_its_end() -> None:
    # Goal 2, alpha 1: Q(1, right) = 1 once drawn, then Q(0, right) = 0.99 max Q(1, .) = 0.99. At the goal no bootstrap: going
    # on from 2 to 1 is worth 0.99 Q(1, right), but Q(1, right) stays 1.
    steps = data((0, RIGHT, 1), (1, RIGHT, 2), (2, LEFT, 1))
    tables = learn(CHAIN, steps, settings(alpha=1.0), seeded())
    assert tables[0, 1, :, RIGHT].tolist() == pytest.approx([0.99, 1.0, 0.0])
    assert float(tables[0, 1, 2, LEFT]) == pytest.approx(0.99)


def test_inside_a_minibatch_one_sees_what_the_one_before_has_left() -> None:
    # gamma 1, alpha 0.5, the transition stays: target max Q(0, .) = Q itself, no change from 0; into the goal twice in one
    # minibatch gives 0.5 + 0.5 * 0.5 = 0.75, where the sum of both updates of the old table would give 1.
    tables = learn(CHAIN, data((0, RIGHT, 1)), settings(minibatches=1, batch=2, alpha=0.5, gamma=1.0), seeded())
    assert float(tables[0, 0, 0, RIGHT]) == 0.75


def test_data_sets_do_not_mix() -> None:
    both = Transitions(torch.tensor([[0], [1]]), torch.tensor([[RIGHT], [RIGHT]]), torch.tensor([[1], [2]]))
    tables = learn(CHAIN, both, settings(minibatches=1, batch=1), seeded())
    assert tables[0].nonzero().tolist() == [[0, 0, RIGHT]]
    assert tables[1].nonzero().tolist() == [[1, 1, RIGHT]]


def test_the_same_seed_gives_the_same_bytes() -> None:
    steps = data((0, RIGHT, 1), (1, RIGHT, 2), (1, LEFT, 0), (0, LEFT, 0))
    few = settings(minibatches=2)
    first, again, other = (learn(CHAIN, steps, few, seeded(seed)) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize(("name", "solved"), [("room-det", 5), ("maze-det", 6)])
def test_floor(name: str, solved: int) -> None:
    # Always left: the cells left of the start as far as the wall or border, columns 0..4 of row 2 and 0..5 of row 5.
    place = world(name)
    steps = steps_to_goal(place, untrained(place), 3, 200, seeded())
    assert int((steps <= 200).all(-1).sum()) == int((steps <= place.horizon + 1).all(-1).sum()) == solved
    assert sorted(steps[steps <= 200].tolist()) == sorted(list(range(1, solved + 1)) * 3)


def perfect(name: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Tables that know the shortest way to each goal, and its lengths from the start."""
    place = world(name)
    far = torch.full((len(goals(place)), place.states), 999)
    far[torch.arange(len(far)), goals(place)] = 0
    for _ in range(50):
        far = torch.minimum(far, 1 + far[:, place.moves].amin(-1))
    return -far[:, place.moves].double(), far[:, place.start]


@pytest.mark.parametrize("name", ["room-det", "maze-det"])
def test_perfect_tables_always_arrive_by_the_shortest_way(name: str) -> None:
    tables, lengths = perfect(name)
    steps = steps_to_goal(world(name), tables, 2, 200, seeded())
    assert torch.equal(steps, lengths[:, None].expand(-1, 2))
    assert lengths.max() == world(name).horizon


def test_limit() -> None:
    # 0 -> 1 -> 2: with a limit of 1 step the goal 2 is not reached, with 2 it is.
    tables = torch.zeros(2, 3, 4)
    tables[..., RIGHT] = 1
    assert steps_to_goal(CHAIN, tables, 1, 1, seeded()).tolist() == [[1], [2]]
    assert steps_to_goal(CHAIN, tables, 1, 2, seeded()).tolist() == [[1], [2]]
    assert steps_to_goal(CHAIN, untrained(CHAIN), 1, 7, seeded()).tolist() == [[8], [8]]


def test_slips_are_carried_out_in_the_test() -> None:
    # Two cells, right taken: it arrives with 0.8 a step, so after k steps 1 - 0.2^k have.
    place = parse("pair", "SF", slip=0.2)
    tables = torch.zeros(1, 2, 4)
    tables[..., RIGHT] = 1
    steps = steps_to_goal(place, tables, 20_000, 3, seeded())
    arrived = [float((steps <= limit).double().mean()) for limit in (1, 2, 3)]
    # Three standard errors at most: 3 sqrt(0.16 / 20,000) = 0.0085.
    assert arrived == pytest.approx([0.8, 0.96, 0.992], abs=0.0085)


def test_learnt_from_a_straight_walk() -> None:
    # The default 100 minibatches of 20 on 5 steps: each is drawn some 400 times, enough to reach every goal on the way.
    place = parse("corridor", "SFFFFF")
    walk = data(*((cell, RIGHT, cell + 1) for cell in range(5)))
    steps = steps_to_goal(place, learn(place, walk, DEFAULT, seeded()), DEFAULT.episodes, 6, seeded())
    assert steps[0].tolist() == [[cell] * 10 for cell in range(1, 6)]

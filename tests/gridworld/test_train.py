"""PGPSE against enumeration and closed forms; test_known_numbers.py has what its authors' code gives."""

import math
from collections.abc import Callable

import pytest
import torch

from kmyriad.gridworld import Training, World, entropy, occupancy, parse, probabilities, train, world
from kmyriad.gridworld.train import GridworldTraining
from kmyriad.gridworld.trials import FiniteTrials, InfiniteTrials

SMALL = parse("small", "FSF", slip=0.3, horizon=2)
LOG_CELLS = math.log(43)


def tables(agents: int) -> torch.Tensor:
    return torch.randn(4, agents, SMALL.states, generator=torch.Generator().manual_seed(5), dtype=torch.float64)


def pools(world: World, theta: torch.Tensor, trajectories: int, enumerated: Callable) -> tuple[torch.Tensor, torch.Tensor]:
    """Probability and entropy of each pool of two trajectories: of two agents, or of one twice; theta [4, agents, states]."""
    first, second = (enumerated(world, theta[:, agent].softmax(0)) for agent in ((0, 0) if trajectories == 2 else (0, 1)))
    visits = [torch.nn.functional.one_hot(part.states, world.states).sum(1) for part in (first, second)]
    pooled = (visits[0][:, None] + visits[1][None]) / (2 * (world.horizon + 1))
    return first.probabilities[:, None] * second.probabilities[None], entropy(pooled.double())


def expected_entropy(world: World, theta: torch.Tensor, trajectories: int, enumerated: Callable) -> torch.Tensor:
    chances, entropies = pools(world, theta, trajectories, enumerated)
    return (chances * entropies).sum()


def score(actions: torch.Tensor, states: torch.Tensor, theta: torch.Tensor) -> torch.Tensor:
    """Sum over the steps of grad log softmax(theta) at (a, s): [n, 4, states], for actions [n, T], states [n, T + 1]."""
    at = torch.nn.functional.one_hot(states[:, :-1], theta.shape[-1]).double()
    chosen = torch.nn.functional.one_hot(actions, 4).double()
    return torch.einsum("nta,nts->nas", chosen, at) - theta.softmax(0) * at.sum(1)[:, None]


def enumerated_gradient(world: World, theta: torch.Tensor, trajectories: int, enumerated: Callable) -> torch.Tensor:
    """E[H sum grad log pi_i], over all pools: [4, agents, states]."""
    chances, entropies = pools(world, theta, trajectories, enumerated)
    worth = chances * entropies
    agents = [enumerated(world, theta[:, agent].softmax(0)) for agent in range(theta.shape[1])]
    scores = [score(part.actions, part.states, theta[:, agent]) for agent, part in enumerate(agents)]
    terms = [torch.tensordot(worth.sum(1), scores[0], 1), torch.tensordot(worth.sum(0), scores[-1], 1)]
    return (terms[0] + terms[1])[:, None] if trajectories == 2 else torch.stack(terms, 1)


def finite_differences(value: Callable[[torch.Tensor], torch.Tensor], theta: torch.Tensor, step: float = 1e-5) -> torch.Tensor:
    nudges = step * torch.eye(theta.numel(), dtype=torch.float64).view(-1, *theta.shape)
    return torch.stack([(value(theta + nudge) - value(theta - nudge)) / (2 * step) for nudge in nudges]).view_as(theta)


@pytest.mark.parametrize(("agents", "trajectories"), [(2, 1), (1, 2)])
def test_enumerated_score_gradient_is_that_of_the_expected_entropy(agents: int, trajectories: int, enumerated: Callable) -> None:
    theta = tables(agents)
    gradient = enumerated_gradient(SMALL, theta, trajectories, enumerated)
    differences = finite_differences(lambda of: expected_entropy(SMALL, of, trajectories, enumerated), theta)
    assert gradient.abs().max() > 0.01
    torch.testing.assert_close(gradient, differences, rtol=0, atol=1e-6)


@pytest.mark.parametrize(("agents", "trajectories"), [(2, 1), (1, 2)])
@pytest.mark.parametrize(("baseline", "batch"), [(False, 3), (True, 2), (True, 5)])
def test_sampled_gradient_is_the_enumerated_one(
    agents: int, trajectories: int, baseline: bool, batch: int, enumerated: Callable
) -> None:
    # With g_b the score of pool b, and M the mean of H over the batch, E[1/B sum_b (H_b - M) g_b] = grad J - E[M g_b].
    # As M = 1/B sum_c H_c and E[H_c g_b] = E[H_c] E[g_b] = 0 unless c is b, this is (1 - 1/B) grad J.
    theta = tables(agents)
    seeds = [torch.Generator().manual_seed(seed) for seed in range(6000)]
    climb = FiniteTrials(SMALL, agents, trajectories, batch, seeds, baseline)
    ascent = climb(theta[:, None].expand(4, len(seeds), agents, SMALL.states))
    samples = ascent.gradient.movedim(1, 0)
    expected = enumerated_gradient(SMALL, theta, trajectories, enumerated) * (1 - 1 / batch if baseline else 1)
    errors = samples.std(0) / len(seeds) ** 0.5
    assert ((samples.mean(0) - expected).abs() <= 3 * errors).all()
    assert errors.max() < 0.1 * expected.abs().max()
    value = expected_entropy(SMALL, theta, trajectories, enumerated)
    assert (ascent.entropy.mean() - value).abs() < 3 * ascent.entropy.std() / len(seeds) ** 0.5


def test_one_update_by_hand() -> None:
    # SF, one action, one trajectory. H = log 2 if the action was right (2), else the start is visited twice and H = 0, so
    # theta moves by lr log 2 (one_hot(right) - pi) in the column of the start, or not at all. The step is linear in lr:
    # theta_0 = 2 theta(lr) - theta(2 lr).
    pair = parse("pair", "SF")
    runs = [train(pair, 1, updates=1, batch=1, lr=lr, seeds=range(20)) for lr in (0.1, 0.2)]
    theta = 2 * runs[0].theta - runs[1].theta
    moved = (runs[0].theta - theta)[:, 0]
    found_it = runs[0].entropy[:, 0]
    assert set(found_it.tolist()) == {0.0, 1.0}
    assert torch.equal(runs[0].support[:, 0], 1 + found_it)
    step = 0.1 * math.log(2) * (torch.tensor([0, 0, 1, 0]) - theta[:, 0, :, 0].softmax(-1))
    torch.testing.assert_close(moved[..., 0], found_it[:, None] * step, rtol=0, atol=1e-14)
    assert moved[..., 1].abs().max() < 1e-14
    assert theta.abs().max() <= 1  # U[-1, 1]
    assert theta.abs().max() > 0.95


def last(values: torch.Tensor) -> torch.Tensor:
    return values[:, -100:].mean(1)


def same(one: Training, other: Training) -> bool:
    return all(torch.equal(getattr(one, name), getattr(other, name)) for name in ("entropy", "support", "theta"))


@pytest.mark.slow(1)
@pytest.mark.parametrize(("name", "agents", "trajectories"), [("room-det", 3, 1), ("maze-stoc", 2, 2), ("maze-det", 1, 1)])
def test_a_seed_gives_the_same_bytes_alone_and_beside_others(name: str, agents: int, trajectories: int) -> None:
    def run(seeds: list[int]) -> Training:
        return train(name, agents, trajectories, updates=120, seeds=seeds)

    together = run([7, 1, 42])
    assert same(together, run([7, 1, 42]))
    for index, seed in enumerate((7, 1, 42)):
        alone = run([seed])
        assert same(alone, Training(*(part[index : index + 1] for part in vars(together).values())))
    assert not torch.equal(together.theta[0], together.theta[1])


def test_fewer_updates_are_the_beginning_of_more() -> None:
    short, long = (train("maze-stoc", 2, updates=updates, seeds=[3]) for updates in (20, 50))
    assert torch.equal(short.entropy, long.entropy[:, :20])


def test_decay_shrinks_the_rate() -> None:
    # With 1e-9^update only the first update counts.
    once = train("room-det", 2, updates=1).theta
    decayed = train("room-det", 2, updates=5, decay=1e-9).theta
    torch.testing.assert_close(decayed, once, rtol=0, atol=1e-7)
    assert (train("room-det", 2, updates=5).theta - once).abs().max() > 1e-3


def test_the_baseline_lessens_the_noise() -> None:
    # H is far from 0, and so is its share of the variance of H g. Measured: a fifteenth.
    seeds = range(100)
    theta = torch.zeros(4, len(seeds), 2, SMALL.states, dtype=torch.float64)
    variances = [
        FiniteTrials(SMALL, 2, 1, 40, [torch.Generator().manual_seed(seed) for seed in seeds], baseline)(theta)
        .gradient.var(1)
        .sum()
        for baseline in (False, True)
    ]
    assert variances[1] < variances[0] / 4


def test_gradient_in_infinite_trials_is_a_finite_difference() -> None:
    theta = tables(2)

    def value(of: torch.Tensor) -> torch.Tensor:
        return entropy(occupancy(SMALL, of.movedim(0, -2).softmax(-2)).mean(-2))

    ascent = InfiniteTrials(SMALL, 2)(theta[:, None])
    torch.testing.assert_close(ascent.gradient[:, 0], finite_differences(value, theta), rtol=0, atol=1e-8)
    assert ascent.entropy.item() == pytest.approx(value(theta).item(), abs=1e-14)


@pytest.mark.slow(11)
def test_infinite_trials_climb_above_finite_ones() -> None:
    # Jensen: the entropy of the mean is at least the mean entropy; and it is higher still where it is what is maximised.
    exact = train("room-det", 2, updates=1500, objective="infinite")
    sampled = train("room-det", 2, updates=1500)
    assert (exact.entropy.diff() > -1e-12).all()
    assert (exact.entropy[:, 0] > sampled.entropy[:, 0]).all()
    assert (exact.entropy[:, -1] > last(sampled.entropy) + 0.1).all()


def test_support_in_infinite_trials() -> None:
    # FSF. Sure to go right and stay there: 2 cells. Uniform: the occupancies after 2 actions are, left to right,
    # t=1: 1/4, 1/2, 1/4; t=2: 5/16, 6/16, 5/16; visits 9/16, 30/16, 9/16, so 9/16 + 1 + 9/16 for one walker, 3 for two.
    row = parse("row", "FSF", horizon=2)
    right = torch.zeros(4, 1, 1, 3, dtype=torch.float64)
    right[2] = 100
    assert InfiniteTrials(row, 1)(right).support.item() == pytest.approx(2)
    assert InfiniteTrials(row, 1)(0 * right).support.item() == pytest.approx(17 / 8)
    assert InfiniteTrials(row, 2)(0 * right).support.item() == pytest.approx(3)


def test_cells_out_of_reach_do_not_spoil_the_gradient() -> None:
    assert train(parse("row", "SFFF", horizon=1), 1, updates=3, objective="infinite").theta.isfinite().all()


@pytest.mark.slow(3)
def test_the_returned_tables_play_what_was_logged() -> None:
    # Jensen: the entropy of their mean occupancy is at least the mean entropy of their pools.
    run = train("room-det", 2, updates=3000, seeds=[0])
    mixture = occupancy(world("room-det"), probabilities(run.theta[0])).mean(0)
    assert entropy(mixture).item() / LOG_CELLS >= last(run.entropy).item() - 0.005


@pytest.mark.parametrize("objective", ["finite", "infinite"])
def test_a_training_resumed_after_any_block_goes_on_with_the_same_bytes(objective: str) -> None:
    settings = {"world": "room-det", "agents": 2, "seeds": (0, 42), "decay": 0.9, "batch": 5, "objective": objective}
    whole = train(updates=12, **settings)
    for blocks in (0, 1, 2):
        first, second = (GridworldTraining(updates=4, **settings) for _ in range(2))
        rows = [first.run_epoch() for _ in range(blocks)]
        second.load_state_dict({name: value.clone() for name, value in first.state_dict().items()})
        rows += [second.run_epoch() for _ in range(3 - blocks)]
        assert torch.equal(second.tables(), whole.theta)
        assert [(row.epoch, row.update) for row in rows] == [(0, 4), (1, 8), (2, 12)]
        curve = [[seed.entropy for seed in row.seeds] for row in rows]
        assert torch.tensor(curve).T.allclose(whole.entropy.unflatten(1, (3, 4)).mean(-1).float())
        assert rows[2].support == pytest.approx(float(whole.support[:, 8:].mean()))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"agents": 0}, "agents = 0: must be at least 1"),
        ({"trajectories": 0}, "trajectories = 0: must be at least 1"),
        ({"updates": 0}, "updates = 0: must be at least 1"),
        ({"batch": -1}, "batch = -1: must be at least 1"),
        ({"lr": 0.0}, "lr = 0.0: must be above 0 and finite"),
        ({"lr": math.nan}, "lr = nan: must be above 0 and finite"),
        ({"lr": math.inf}, "lr = inf: must be above 0 and finite"),
        ({"decay": 0.0}, "decay = 0.0: must be above 0 and at most 1, which keeps lr constant"),
        ({"decay": 1.01}, "decay = 1.01: must be above 0 and at most 1, which keeps lr constant"),
        ({"seeds": ()}, "no seeds: give at least one"),
        (
            {"objective": "infinit"},
            "unknown objective 'infinit'; did you mean 'infinite'? (choices: finite, infinite)",
        ),
        (
            {"world": "maze"},
            "unknown world 'maze'; did you mean 'maze-det'? (choices: maze-det, maze-stoc, room-det, room-stoc)",
        ),
    ],
)
def test_bad_settings_get_one_line(settings: dict, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        train(**{"world": "room-det", "agents": 1, "updates": 1, **settings})
    assert str(caught.value) == message

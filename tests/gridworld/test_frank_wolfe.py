"""Exact planning, the certificate of the largest entropy, and Algorithm 2 of De Paola et al., 2025."""

import itertools
import math

import pandas as pd
import pytest
import torch

from kmyriad.figures.draw import use_style
from kmyriad.gridworld.frank_wolfe import Oracles, _Memory, frank_wolfe, theorem_bound, theorem_iterations, theorem_step
from kmyriad.gridworld.frank_wolfe_rates import rates
from kmyriad.gridworld.max_entropy import best_mixture, max_entropy
from kmyriad.gridworld.occupancy import entropy, occupancy
from kmyriad.gridworld.planning import occupancy_of, plan
from kmyriad.gridworld.smooth import bend, slope, slope_bound, smooth_entropy, smoothness
from kmyriad.gridworld.worlds import World, parse, world
from kmyriad.papers.pgpse import frank_wolfe as pgpse_frank_wolfe

FORK = parse("fork", "FSF", horizon=1)
"""Stay or take one step: with a share x of steps, d = (a, 1 - x / 2, x / 2 - a), so (1/4, 1/2, 1/4) is the best: 1.5 log 2."""


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(3)


def all_policies(grid: World) -> torch.Tensor:
    """Every deterministic policy that depends on the step, [n, T, 4, states]."""
    tables = torch.tensor(list(itertools.product(range(4), repeat=grid.horizon * grid.states)))
    return torch.nn.functional.one_hot(tables.view(-1, grid.horizon, grid.states), 4).transpose(-1, -2).double()


@pytest.mark.parametrize("slip", [0.0, 0.3])
def test_no_policy_earns_more_than_the_plan(slip: float, generator: torch.Generator) -> None:
    grid = parse("tiny", "FSF", slip, horizon=2)
    everywhere = occupancy_of(grid, all_policies(grid))  # 4^6 policies
    for reward in torch.randn(5, 3, dtype=torch.float64, generator=generator):
        planned = occupancy_of(grid, plan(grid, reward)) @ reward
        assert planned == pytest.approx(float((everywhere @ reward).max()), abs=1e-12)


def test_the_first_of_equal_actions_is_taken_or_any(generator: torch.Generator) -> None:
    # On FSF with one reward for all nothing matters; with 1 on both ends and one step, left and right are equal.
    assert plan(FORK, torch.ones(3)).argmax(-2).tolist() == [[0, 0, 0]]
    ends = torch.tensor([1.0, 0.0, 1.0]).expand(400, 3)
    chosen = plan(FORK, ends, generator).argmax(-2)[:, 0, 1]
    assert set(chosen.tolist()) == {0, 2}
    assert (chosen == 0).double().mean() == pytest.approx(0.5, abs=0.1)  # 4 standard errors of 400 coins


def test_a_stationary_policy_has_the_same_occupancy(generator: torch.Generator) -> None:
    grid = world("room-stoc")
    policy = torch.rand(2, 4, grid.states, dtype=torch.float64, generator=generator).softmax(-2)
    found = occupancy_of(grid, policy[:, None].expand(-1, grid.horizon, -1, -1))
    torch.testing.assert_close(found, occupancy(grid, policy))
    torch.testing.assert_close(found.sum(-1), torch.ones(2, dtype=torch.float64))


def test_slope_and_bend_are_the_derivatives() -> None:
    point = torch.tensor([0.0, 0.03, 0.3, 0.67], dtype=torch.float64, requires_grad=True)
    (found,) = torch.autograd.grad(smooth_entropy(point, 0.01), point)
    torch.testing.assert_close(found, slope(point.detach(), 0.01))
    step, there = 1e-6, point.detach()
    torch.testing.assert_close((slope(there, 0.01) - slope(there + step, 0.01)) / step, bend(there, 0.01), rtol=1e-3, atol=0)
    # beta is reached at 0: 1 / sigma + sigma / sigma^2 = 2 / sigma = 200; and the slope there is B = log 100.
    assert bend(there, 0.01).max() == pytest.approx(smoothness(0.01)) == pytest.approx(200)
    assert slope(there, 0.01).abs().max() == pytest.approx(slope_bound(0.01)) == pytest.approx(math.log(100))


def test_smoothing_takes_at_most_sigma_times_the_states() -> None:
    distribution = torch.tensor([0.0, 0.1, 0.2, 0.7], dtype=torch.float64)
    lost = float(entropy(distribution) - smooth_entropy(distribution, 0.02))
    assert 0 < lost <= 0.02 * 4
    assert smooth_entropy(distribution, 0.0) == entropy(distribution)


def test_the_certificate_holds_the_known_optimum() -> None:
    for tolerance in (1e-1, 1e-3, 1e-6):
        value, gap = max_entropy(FORK, tolerance=tolerance)
        assert gap <= tolerance
        assert value - 1e-12 <= 1.5 * math.log(2) <= value + gap + 1e-12


@pytest.mark.parametrize("name", ["room-det", "room-stoc", "maze-det", "maze-stoc"])
def test_the_largest_entropy_is_certified(name: str) -> None:
    best = best_mixture(world(name))
    mixed = best.weights @ best.atoms
    assert best.gap < 1e-6
    assert entropy(mixed) == pytest.approx(best.value)
    assert mixed.sum() == pytest.approx(1)


def test_states_out_of_reach_are_left_out() -> None:
    # One step from S in FSFF: as in FSF.
    value, gap = max_entropy(parse("long", "FSFF", horizon=1))
    assert value == pytest.approx(1.5 * math.log(2), abs=1e-6) and gap < 1e-6


def test_too_few_steps_for_the_certificate_say_so() -> None:
    with pytest.raises(RuntimeError, match="room-det: a bound of .* nats after 3 steps"):
        max_entropy(world("room-det"), iterations=3)


def test_one_iteration_by_hand() -> None:
    # Always left from S in FSF: d = (1/2, 1/2, 0). The slope is largest at the right end: d_1 = (0, 1/2, 1/2).
    # eta = 1/4: (3/8, 1/2, 1/8).
    run = frank_wolfe(FORK, 1, 0.25, 1, sigma=0.01)
    expected = smooth_entropy(torch.tensor([[0.5, 0.5, 0.0], [0.375, 0.5, 0.125]], dtype=torch.float64), 0.01)
    torch.testing.assert_close(run.entropies, expected)


def test_agents_with_the_same_exact_oracles_are_one_agent() -> None:
    grid = world("room-stoc")
    alone = frank_wolfe(grid, 1, 0.05, 40)
    for agents in (2, 5):
        run = frank_wolfe(grid, agents, 0.05, 40)
        torch.testing.assert_close(run.entropies, alone.entropies, rtol=1e-12, atol=0)
        torch.testing.assert_close(run.overlap, torch.full((40,), float(agents), dtype=torch.float64))


@pytest.mark.slow(10)
@pytest.mark.parametrize("agents", [1, 8])
def test_the_gap_stays_below_the_bound_of_the_theorem(agents: int) -> None:
    grid, epsilon, sigma = parse("cross", "-F-\nFSF\n-F-"), 0.5, 0.1
    eta, iterations = theorem_step(grid, agents, epsilon, sigma), theorem_iterations(grid, agents, epsilon, sigma)
    gap = sum(max_entropy(grid, sigma)) - frank_wolfe(grid, agents, eta, iterations, sigma).entropies
    assert (gap <= theorem_bound(grid, agents, eta, torch.arange(iterations + 1), sigma)).all()
    assert gap[-1] <= epsilon


def test_step_and_iterations_by_hand() -> None:
    # FSF: |S| = 3; sigma = 0.1: beta = 20, B = log 10 = 2.3026. eta = 0.1 * 2 * 0.5 / (3 * 20) = 1 / 600;
    # T = 600 log(10 * 2.3026 / 0.5) = 600 * 3.8298 = 2297.9. Bound at 0: B + eta * 20 * 3 / 2 = 2.3026 + 0.05.
    assert theorem_step(FORK, 2, 0.5, 0.1) == pytest.approx(1 / 600)
    assert theorem_iterations(FORK, 2, 0.5, 0.1) == 2298
    assert theorem_bound(FORK, 2, 1 / 600, torch.tensor(0), 0.1) == pytest.approx(2.352585)


def test_the_sampled_estimate_is_that_of_the_joint_mixture(generator: torch.Generator) -> None:
    # Two agents, each with always left (weight 0.7) and a random policy that depends on the step (0.3).
    grid = parse("tiny", "FSF\nFFF", slip=0.3, horizon=4)
    memory = _Memory.start(grid, 2, 1)
    later = plan(grid, torch.zeros(2, grid.states), generator)
    memory.add(1, later, 0.3)
    exact = (0.7 * occupancy_of(grid, memory.policies(0)) + 0.3 * occupancy_of(grid, later)).mean(0)
    found = memory.sample(grid, 40_000, generator)
    torch.testing.assert_close(found, exact.expand(2, -1), rtol=0, atol=0.006)  # 4 standard errors of a share: 4 * 0.3 / 200
    assert not torch.equal(found[0], found[1])


@pytest.mark.slow(2)
def test_sampled_oracles_are_right_on_average_and_independent() -> None:
    grid = world("room-stoc")
    coarse, fine = (frank_wolfe(grid, 4, 0.05, 60, 0.01, Oracles(trajectories)) for trajectories in (5, 1000))
    exact = frank_wolfe(grid, 4, 0.05, 60, 0.01)
    assert fine.entropies[-1] == pytest.approx(float(exact.entropies[-1]), abs=0.02)
    assert coarse.entropies[-1] < fine.entropies[-1]
    assert coarse.overlap[30:].mean() < 2 < 4 == pytest.approx(float(exact.overlap[30:].mean()))


def test_a_seed_gives_one_run() -> None:
    runs = [frank_wolfe(FORK, 2, 0.1, 20, 0.01, Oracles(3, random_ties=True), seed).entropies for seed in (1, 1, 2)]
    assert torch.equal(runs[0], runs[1]) and not torch.equal(runs[0], runs[2])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (dict(agents=0), "agents = 0 must be at least 1"),
        (dict(iterations=0), "iterations = 0 must be at least 1"),
        (dict(eta=0.0), "eta = 0.0 must be in"),
        (dict(eta=1.5), "eta = 1.5 must be in"),
        (dict(oracles=Oracles(0)), "trajectories = 0 must be at least 1"),
        (dict(sigma=0.0), "sigma = 0.0 must be above 0"),
    ],
)
def test_errors_are_one_line(settings: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message) as error:
        frank_wolfe(FORK, **(dict(agents=1, eta=0.1, iterations=1) | settings))
    assert "\n" not in str(error.value)


def test_shapes_are_checked() -> None:
    with pytest.raises(ValueError, match="reward must end with the 3 states of fork"):
        plan(FORK, torch.zeros(4))
    with pytest.raises(ValueError, match=r"policy must be \[..., 1, 4, 3\]"):
        occupancy_of(FORK, torch.zeros(2, 4, 3))


@pytest.mark.slow(22)
def test_rates_are_what_the_figure_draws() -> None:
    rows = rates(FORK, agents=(1, 2), epsilon=0.2, seeds=(0,))
    assert rows == rates(FORK, agents=(1, 2), epsilon=0.2, seeds=(0,))
    numbers = pd.DataFrame(rows)
    reach = numbers[numbers["quantity"] == "reach"].set_index(["series", "agents"])["iteration"]
    assert reach["theorem"][2] == pytest.approx(reach["theorem"][1] / 2, rel=0.02)  # half as many: the step is twice as long,
    assert reach["theorem"][2] == reach["one agent"][2]  # not because there are two agents
    assert reach["fixed"][1] == reach["fixed"][2]
    use_style()
    figure = pgpse_frank_wolfe.draw(numbers, "a note")
    drawn = {line.get_label(): line.get_xydata().tolist() for line in figure.axes[1].get_lines()}
    assert drawn["N agents, theorem's step"] == [[number, reach["theorem"][number]] for number in (1, 2)]

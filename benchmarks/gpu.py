"""All that wants an accelerator, measured by one command, which prints Markdown for benchmarks/README.md.

    python benchmarks/gpu.py                        on the GPU, everything, some minutes
    python benchmarks/gpu.py --device cpu --quick   a smoke test; its numbers say nothing about speed

Ants on MuJoCo Warp (captured graph): control steps a second, frozen ants and overflow; how far single physics steps of the
first 20 control steps are from MuJoCo C; k-NN by PyKeOps and by torch in chunks; one epoch at paper scale by part; one update
of PPO; an update of Collaborative Exploration beside one of SAC. Absolute times, unlike those of the rest of the suite: a GPU
is not shared, and there is nothing beside it to compare.
"""

import argparse
import datetime
import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.peers import visited
from benchmarks.stopwatch import PARTS, Stopwatch, instrumented
from benchmarks.tables import table
from kmyriad.collaborative import CollaborativeTraining
from kmyriad.envs import make
from kmyriad.envs.ant.model import DECIMATION, start_position
from kmyriad.envs.ant.observations import JOINTS
from kmyriad.envs.ant.terrains import TERRAINS, height
from kmyriad.envs.mujoco_backend import MujocoAnt
from kmyriad.estimators.neighbours import cross_knn, knn
from kmyriad.finetune import PPO
from kmyriad.policies import MultiHeadPolicy
from kmyriad.pretrain import Pretraining
from kmyriad.settings import FinetuneSettings, PretrainSettings
from kmyriad.settings.collaborative.arm import CollaborativeSettings, arm_settings

K = 5
TOLERANCES = {"position": 1e-5, "velocity": 1e-3, "wrench": 1e-2}
"""Of one physics step in single precision."""
GOALS = "Goals, H200-class card: one epoch <= 1 s; 200 epochs (120 M steps) <= 4 min; PPO, 10 M steps <= 2 min; CE / SAC <= 1.3."


@dataclass(frozen=True)
class Scale:
    """How much of each there is."""

    worlds: tuple[int, ...] = (1000, 4000)
    steps: int = 100
    particles: int = 600_000
    checked: int = 1000
    envs: int = 1000
    horizon: int = 600
    finetuned: int = 300
    updates: int = 400


QUICK = Scale(worlds=(2, 4), steps=2, particles=1200, checked=50, envs=10, horizon=3, finetuned=4, updates=4)


def clock(device: str) -> Callable[[], float]:
    """Return a clock that waits for all that `device` has been given to do."""

    def now() -> float:
        if device != "cpu":
            torch.cuda.synchronize(device)
        return perf_counter()

    return now


def seconds(work: Callable[[], object], device: str, repeats: int = 3) -> float:
    """Return the median seconds of `work` after one call that does not count."""
    now, spent = clock(device), []
    work()
    for _ in range(repeats):
        started = now()
        work()
        spent.append(now() - started)
    return statistics.median(spent)


def physics(scale: Scale, device: str) -> str:
    """Return the table of ants on each terrain: control steps a second under random torques, frozen ants, overflow."""
    rows = [ants(terrain, worlds, scale.steps, device) for terrain in TERRAINS for worlds in scale.worlds]
    return table(("terrain", "worlds", "control steps a second", "frozen", "overflow"), rows)


def ants(terrain: str, worlds: int, steps: int, device: str) -> tuple[str, ...]:
    """Return the row of `worlds` ants on `terrain`."""
    env = make(f"ant-{terrain}", worlds, backend="mujoco-warp", device=device)
    actions = torques(steps, worlds, seed=0).to(device)
    rate = worlds * steps / seconds(lambda: [env.step(action) for action in actions], device)
    frozen = int(env.step(actions[0])[2]["frozen"].sum())
    try:
        env.close()
        overflow = "none"
    except RuntimeError as error:
        overflow = str(error)
    return terrain, f"{worlds:,}", f"{rate:,.0f}", str(frozen), overflow


def parity(device: str, worlds: int = 8, steps: int = 20) -> str:
    """Return the table of the largest differences from MuJoCo C, one physics step at a time from the same state."""
    rows = []
    for terrain in TERRAINS:
        worst = torch.stack(list(differences(terrain, device, worlds, steps))).amax(0).tolist()
        kept = all(found <= limit for found, limit in zip(worst, TOLERANCES.values(), strict=True))
        rows.append((terrain, *(f"{each:.1e}" for each in worst), "yes" if kept else "no"))
    return table(("terrain", *(f"{name} (<= {limit:g})" for name, limit in TOLERANCES.items()), "kept"), rows)


def scattered(terrain: str, worlds: int) -> MujocoAnt:
    """Return ants on MuJoCo C all over the terrain, dropped and settled for 10 control steps."""
    env = MujocoAnt(worlds, TERRAINS[terrain](0), threads=1)
    places = np.random.default_rng(0).uniform([-15, -8], [15, 8], (worlds, 2))
    env.sim.current[:, 1:3], env.sim.current[:, 3] = places, height(env.terrain, places) + 0.6
    for action in torques(10, worlds, seed=1):
        env.step(action)
    return env


def torques(steps: int, worlds: int, seed: int) -> torch.Tensor:
    """Return random actions [steps, worlds, 8], on the CPU."""
    return 2 * torch.rand(steps, worlds, len(JOINTS), generator=torch.Generator().manual_seed(seed)) - 1


def differences(terrain: str, device: str, worlds: int, steps: int) -> Iterator[torch.Tensor]:
    """Yield the largest differences [3] of position, velocity and wrench after each physics step."""
    from kmyriad.envs.warp_backend import NCONMAX, NJMAX
    from kmyriad.envs.warp_pool import WarpPool

    env = scattered(terrain, worlds)
    pool = WarpPool(env.model, worlds, 1, start_position(), env.max_speed, device, NCONMAX, NJMAX)
    for action in torques(steps, worlds, seed=0):
        before = torch.tensor(env.sim.current)
        env.step(action)
        for step in range(DECIMATION):
            after, wrench = torch.tensor(env.sim.states[:, step]), torch.tensor(env.sim.sensors[:, step])
            pool.position[:], pool.velocity[:] = before[:, 1:16].float().to(device), before[:, 16:].float().to(device)
            pool.step(action.to(device))
            pairs = ((pool.position, after[:, 1:16]), (pool.velocity, after[:, 16:]), (pool.sensors, wrench))
            yield torch.stack([(ours.cpu().double() - theirs).abs().max() for ours, theirs in pairs])
            before = after


def neighbours(scale: Scale, device: str) -> str:
    """Return the table of searches: seconds, and the largest relative difference from the k-d tree's distances."""
    rows = []
    for dimensions in (2, 62):
        points = visited(scale.particles, dimensions)
        some = torch.linspace(0, len(points) - 1, min(len(points), scale.checked)).long()
        exact = cross_knn(points[some], points, K + 1, "kdtree")[0][:, 1:]
        rows += [search(backend, points, some, exact, device) for backend in ("keops", "torch")]
    return table(("k-NN by", "N", "d", "seconds", f"distances of {scale.checked} against the tree's"), rows)


def search(backend: str, points: torch.Tensor, some: torch.Tensor, exact: torch.Tensor, device: str) -> tuple[str, ...]:
    """Return the row of `backend`; what it cannot do is said in it."""
    placed = points.to(device)
    size = (f"{len(points):,}", str(points.shape[1]))
    try:
        spent = seconds(lambda: knn(placed, K, backend), device, repeats=1)
        found = knn(placed, K, backend)[0][some.to(device)].cpu()
    except (ImportError, RuntimeError, ValueError) as error:
        return backend, *size, "-", str(error).splitlines()[0][:120]
    return backend, *size, f"{spent:.3f}", f"{((found - exact).abs() / exact.clamp_min(1e-9)).max():.1e}"


def epoch(scale: Scale, device: str) -> str:
    """Return the table of one epoch of 10 heads on Empty: the seconds of each part, and of all."""
    heads = min(10, scale.envs)
    env = make("ant-empty", scale.envs, backend="mujoco-warp", device=device)
    training = Pretraining(env, PretrainSettings(envs=scale.envs, horizon=scale.horizon), heads, ["x", "y"], seed=0)
    training.run_epoch()
    watch = Stopwatch(clock(device))
    with instrumented(training, watch.timed):
        watch.start()
        training.run_epoch()
        parts = watch.stop()
    # Without the clock, which waits for the device at every change of part.
    whole = seconds(training.run_epoch, device)
    return table(
        (*PARTS, "sum", "an epoch that nobody watches"), [[f"{s:.3f}" for s in (*parts.values(), sum(parts.values()), whole)]]
    )


def ppo(scale: Scale, device: str) -> str:
    """Return one line: the seconds of an update of PPO, and of 10 M steps at that rate."""
    env = make("ant-empty", scale.finetuned, backend="mujoco-warp", device=device, goal=(3.0, 0.0))
    actor = MultiHeadPolicy(env.obs_dim, env.action_dim, 1, (512, 256), 256, (-5.0, 2.0), seed=0).to(device)
    training = PPO(env, actor, FinetuneSettings(envs=scale.finetuned, horizon=scale.horizon, warmup=0), seed=0)
    spent, samples = seconds(training.run_epoch, device), scale.finetuned * scale.horizon
    return (
        f"One PPO update of {scale.finetuned} x {scale.horizon}: {spent:.2f} s; 10 M steps: {1e7 / samples * spent / 60:.1f} min."
    )


def collaborative(scale: Scale, device: str) -> str:
    """Return one line: milliseconds of an update, collecting included, of one SAC and of all four agents of CE, in the maze."""
    sizes = {"env_steps": 100 * scale.updates, "seed_steps": 256, "evaluation": {"interval": scale.updates, "episodes": 1}}
    spent = {}
    for arm in ("sac", "ce"):
        settings = arm_settings(arm, CollaborativeSettings.model_validate({**sizes, "sac": {"buffer": 100_000}}))
        training = CollaborativeTraining("maze", settings, [0], device=device)
        while not training.updates:
            training.run_epoch()
        spent[arm] = statistics.median(training.run_epoch().seconds_training / scale.updates for _ in range(3))
    return (
        f"An update of one SAC: {1e3 * spent['sac']:.2f} ms, of CE's four agents: {1e3 * spent['ce']:.2f} ms; "
        f"CE / SAC {spent['ce'] / spent['sac']:.2f}."
    )


def machine(device: str) -> str:
    """Return what the figures were measured on, and when."""
    name = torch.cuda.get_device_name(device) if device != "cpu" else "CPU"
    versions = ", ".join(
        f"{package} {version(package)}" for package in ("torch", "mujoco", "mujoco-warp", "warp-lang", "pykeops")
    )
    return f"{datetime.date.today().isoformat()}, {name}; {versions}; `{' '.join(['python', *sys.argv])}`."


def main() -> None:
    """Measure, and print each table as it is found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, whose numbers say nothing about speed")
    options = parser.parse_args()
    wanted, number = torch.device(options.device), torch.cuda.device_count()
    if wanted.type == "cuda" and (wanted.index or 0) >= number:
        parser.error(f"--device {wanted}: this machine has {number} CUDA GPUs; use one that has it, or --device cpu --quick")
    scale, device = QUICK if options.quick else Scale(), options.device
    print(f"{machine(device)}\n\n{GOALS}", flush=True)
    for part in (physics, neighbours, epoch, ppo, collaborative):
        print(f"\n{part(scale, device)}", flush=True)
        if part is physics:
            print(f"\n{parity(device)}", flush=True)


if __name__ == "__main__":
    main()

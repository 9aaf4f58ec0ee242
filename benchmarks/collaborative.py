"""What an update of Collaborative Exploration costs beside Replica and SAC, and how much memory a full buffer takes.

Prints JSON: CPU milliseconds an update of all agents, medians, with networks 256-256 and batches of 256 (Table 5; 17 features,
6 action components) of `sac` (N = 1), `replica` and `ce` (N = 4); `ce / replica`, `ce / sac` and `replica / sac`, medians over
the rounds, in each of which every arm makes one update, so that a busy machine slows all; and `gib`, the peak memory of the
process with a buffer of 1e6 transitions that are all in use, as CE at N = 4 reads it (`--features` for other tasks).

`--pixels`: the same of DrQ at N = 2 with pictures of 48 pixels and batches of 64, `drq` in the place of `sac`; an agent's step
is stored before each update, so that what is kept of the memory banks is used as in training.
`--game`: the same of DQN with MinAtar's network, batches of 32 and pictures as MinAtar Breakout's, `dqn` in the place of `sac`.
"""

import argparse
import json
import resource
from collections.abc import Callable
from statistics import median
from time import process_time

import torch

from benchmarks.arguments import positive
from kmyriad.collaborative.algorithms import make_intrinsic, make_learner
from kmyriad.collaborative.frames import make_replay
from kmyriad.collaborative.replay import Replay
from kmyriad.collaborative.streams import Streams
from kmyriad.collaborative.tasks.pool import Picture, Space
from kmyriad.jobs.memory import keep_freed_memory
from kmyriad.settings.collaborative.arm import CollaborativeSettings, arm_settings

ACTIONS = 6
DRQ = {"agents": 2, "learner": "drq", "sac": {"batch": 64, "buffer": 20_000}, "drq": {"size": 48}}
CAMERA = Space(48 * 48 * 9, ACTIONS, picture=Picture(3, 48, 48, 3, 1 / 255))
BREAKOUT = Space(400, 1, 3, Picture(4, 10, 10))
DQN = {"learner": "dqn", "sac": {"critic": [128], "batch": 32}, "dqn": {"convolutions": [[16, 3, 1]]}}
EPISODE = 1000


def filled(settings: CollaborativeSettings, space: Space, steps: int) -> Replay:
    """Return a replay of random transitions, `steps` of each agent."""
    replay, generator = make_replay(1, settings.agents, settings.capacity, space), torch.Generator().manual_seed(0)
    for _ in range(steps):
        store(replay, space, generator)
    return replay


def store(replay: Replay, space: Space, generator: torch.Generator) -> None:
    """Add one random step of every agent."""
    lead = replay.groups, replay.agents
    if space.picture is None:
        obs, next_obs = torch.randn(2, *lead, space.obs_dim, generator=generator)
    else:
        obs, next_obs = torch.randint(2, (2, *lead, space.obs_dim), generator=generator, dtype=torch.uint8)
    if space.choices:
        action = torch.randint(space.choices, (*lead, 1), generator=generator)
    else:
        action = torch.rand(*lead, space.action_dim, generator=generator)
    ones = torch.ones(lead)
    ended = ones > 0 if replay.steps % EPISODE == EPISODE - 1 else ones < 0
    replay.add(obs, action, action[..., 0].float(), ones, next_obs, ended)


def updater(settings: CollaborativeSettings, space: Space, steps: int) -> Callable[[], None]:
    """Return what makes one update, as `CollaborativeTraining` does."""
    streams = Streams((0,))
    learner = make_learner(space, settings, streams)
    novelty = make_intrinsic(space, settings, streams, learner)
    replay, generator = filled(settings, space, steps // settings.agents), torch.Generator().manual_seed(1)

    def update() -> None:
        if settings.learner == "drq":
            store(replay, space, generator)
        batch = learner.draw(replay, streams)
        reward = batch.reward.expand(-1, settings.agents, -1)
        if novelty is not None:
            reward = reward + settings.reward.scale * novelty.rewards(batch, replay)
            novelty.learn(batch, replay, streams)
        noise = streams.normal("noise", 2, settings.agents, settings.sac.batch, space.action_dim).transpose(0, 1)
        learner.update(batch, reward, noise)

    return update


def timed(update: Callable[[], None]) -> float:
    """Return the CPU milliseconds of one update."""
    started = process_time()
    update()
    return 1000 * (process_time() - started)


def measure(base: CollaborativeSettings, space: Space, rounds: int) -> dict[str, float]:
    """Return medians and ratios; the first tenth of the rounds is left out."""
    alone = base.learner
    updates = {arm: updater(arm_settings(arm, base), space, min(20_000, base.sac.buffer)) for arm in (alone, "replica", "ce")}
    times = [{arm: timed(update) for arm, update in updates.items()} for _ in range(rounds)][rounds // 10 :]
    pairs = (("ce", "replica"), ("ce", alone), ("replica", alone))
    ratios = {f"{one} / {other}": median(row[one] / row[other] for row in times) for one, other in pairs}
    return {arm: median(row[arm] for row in times) for arm in updates} | ratios


def peak_gib(settings: CollaborativeSettings, space: Space) -> float:
    """Return the peak memory of this process after one update with a full buffer, GiB."""
    updater(settings, space, settings.sac.buffer)()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--features", type=positive, default=17)
    parser.add_argument("--game", action="store_true", help="DQN on pictures instead of SAC on features")
    parser.add_argument("--pixels", action="store_true", help="DrQ on pictures of a camera instead of that")
    parser.add_argument("--rounds", type=positive, default=200)
    parser.add_argument("--threads", type=positive, default=1)
    parser.add_argument("--no-memory", action="store_true", help="leave the memory out, whose buffer takes a minute to fill")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    keep_freed_memory()
    base = CollaborativeSettings.model_validate(DRQ if options.pixels else DQN if options.game else {})
    space = CAMERA if options.pixels else BREAKOUT if options.game else Space(options.features, ACTIONS)
    found = measure(base, space, options.rounds)
    print(json.dumps(found if options.no_memory else found | {"gib": peak_gib(arm_settings("ce", base), space)}))


if __name__ == "__main__":
    main()

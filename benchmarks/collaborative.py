"""What an update of Collaborative Exploration costs beside Replica and SAC, and how much memory a full buffer takes.

Prints JSON: CPU milliseconds an update of all agents, medians, with networks 256-256 and batches of 256 (Table 5; 17 features,
6 action components) of `sac` (N = 1), `replica` and `ce` (N = 4); `ce / replica`, `ce / sac` and `replica / sac`, medians over
the rounds, in each of which every arm makes one update, so that a busy machine slows all; and `gib`, the peak memory of the
process with a buffer of 1e6 transitions that are all in use, as CE at N = 4 reads it (`--features` for other tasks).
"""

import argparse
import json
import resource
from collections.abc import Callable
from statistics import median
from time import process_time

import torch

from benchmarks.arguments import positive
from kmyriad.collaborative.intrinsic.encoder import make_encoder
from kmyriad.collaborative.intrinsic.reward import Novelty
from kmyriad.collaborative.learners.sac import Sac
from kmyriad.collaborative.replay import Replay
from kmyriad.collaborative.streams import Streams
from kmyriad.collaborative.tasks.pool import Space
from kmyriad.jobs.memory import keep_freed_memory
from kmyriad.settings.collaborative.arm import CollaborativeSettings, arm_settings

ACTIONS = 6
ARMS = ("sac", "replica", "ce")
EPISODE = 1000


def filled(settings: CollaborativeSettings, features: int, steps: int) -> Replay:
    """Return a replay of random transitions, `steps` of each agent."""
    replay, generator = Replay(1, settings.agents, settings.capacity, features, ACTIONS), torch.Generator().manual_seed(0)
    ones = torch.ones(1, settings.agents)
    for step in range(steps):
        obs, next_obs = torch.randn(2, 1, settings.agents, features, generator=generator)
        action = torch.rand(1, settings.agents, ACTIONS, generator=generator)
        replay.add(obs, action, action[..., 0], ones, next_obs, ones > 0 if step % EPISODE == EPISODE - 1 else ones < 0)
    return replay


def updater(arm: str, features: int, steps: int) -> Callable[[], None]:
    """Return what makes one update of the arm, as `CollaborativeTraining` does."""
    settings, streams = arm_settings(arm), Streams((0,))
    sac = Sac(features, ACTIONS, settings.agents, settings.sac, streams.of("networks"))
    replay = filled(settings, features, steps // settings.agents)
    novelty = (
        Novelty(make_encoder(Space(features, ACTIONS), settings, streams), settings.reward) if settings.reward.used else None
    )

    def update() -> None:
        batch = replay.sample(settings.sac.batch, settings.sac.shared, streams)
        reward = batch.reward.expand(-1, settings.agents, -1)
        if novelty is not None:
            reward = reward + settings.reward.scale * novelty.rewards(batch, replay)
            novelty.learn(batch, replay, streams)
        noise = streams.normal("noise", 2, settings.agents, settings.sac.batch, ACTIONS).transpose(0, 1)
        sac.update(batch, reward, noise)

    return update


def timed(update: Callable[[], None]) -> float:
    """Return the CPU milliseconds of one update."""
    started = process_time()
    update()
    return 1000 * (process_time() - started)


def measure(features: int, rounds: int) -> dict[str, float]:
    """Return medians and ratios; the first tenth of the rounds is left out."""
    updates = {arm: updater(arm, features, 20_000) for arm in ARMS}
    times = [{arm: timed(update) for arm, update in updates.items()} for _ in range(rounds)][rounds // 10 :]
    pairs = (("ce", "replica"), ("ce", "sac"), ("replica", "sac"))
    ratios = {f"{one} / {other}": median(row[one] / row[other] for row in times) for one, other in pairs}
    return {arm: median(row[arm] for row in times) for arm in ARMS} | ratios


def peak_gib(features: int) -> float:
    """Return the peak memory of this process after one update with a full buffer, GiB."""
    updater("ce", features, arm_settings("ce").sac.buffer)()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--features", type=positive, default=17)
    parser.add_argument("--rounds", type=positive, default=200)
    parser.add_argument("--threads", type=positive, default=1)
    parser.add_argument("--no-memory", action="store_true", help="leave the memory out, whose buffer takes a minute to fill")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    keep_freed_memory()
    found = measure(options.features, options.rounds)
    print(json.dumps(found if options.no_memory else found | {"gib": peak_gib(options.features)}))


if __name__ == "__main__":
    main()

"""The names of rewards and learners, and the arms: what each changes of the settings, see `.arm.arm_settings`."""

from typing import Literal

IntrinsicKind = Literal["knn", "log-distance", "rnd", "diayn"]
"""Names in `kmyriad.collaborative.algorithms.INTRINSICS`."""
LearnerKind = Literal["sac", "multihead", "sunrise", "dice", "a2c", "dqn", "drq"]
"""Names in `kmyriad.collaborative.algorithms.LEARNERS`."""
ARMS: dict[str, dict[str, object]] = {
    # One SAC (5.1).
    "sac": {"agents": 1, "learner": "sac", "reward": {"scale": 0.0}},
    # One SAC with its own novelty (ours).
    "sac_knn": {"agents": 1, "learner": "sac", "reward": {"weight": 1.0}},
    # SACs that share nothing (5.5).
    "independent": {"reward": {"scale": 0.0}, "sac": {"shared": False}},
    # SACs that share their data (5.1).
    "replica": {"reward": {"scale": 0.0}},
    # The same, each rewarded for its own novelty alone: w = 1 (ours).
    "ego": {"reward": {"weight": 1.0}},
    # Collaborative Exploration.
    "ce": {},
    # The same, its reward moved to 0 and above: where episodes end, ending one must not pay (ours).
    "shift": {"reward": {"shift": 1.0}},
    # One DQN, for games (D.7); in a block with learner = dqn the arms replica, ce and shift are made of it.
    "dqn": {"agents": 1, "learner": "dqn", "reward": {"scale": 0.0}},
    # One DrQ, for pictures (5.3); in a block with learner = drq the arms replica, rnd and ce are made of it.
    "drq": {"agents": 1, "learner": "drq", "reward": {"scale": 0.0}},
    # With collaboration in data collection and evaluation too (Table 6).
    "all": {"unroll": {"how": "eps_collab"}, "evaluation": {"how": "softmax"}},
    # Random network distillation, one agent (Table 2).
    "rnd": {"agents": 1, "reward": {"kind": "rnd"}},
    # Each agent's RND on its own data (Table 2).
    "rnd_replica": {"reward": {"kind": "rnd"}, "rnd": {"how": "own"}},
    # One RND on everybody's data (Table 2).
    "rnd_ce": {"reward": {"kind": "rnd"}},
    # Each agent's RND on everybody's data (5.4).
    "rnd_each": {"reward": {"kind": "rnd"}, "rnd": {"how": "each"}},
    # One policy that first learns skills without the task. As in url_benchmark, fine-tuning keeps the actor alone; skills stay
    # drawn at random. Not so: a skill for each episode (DIAYN; there for 50 steps, or for an evaluation), on SAC (there on DDPG).
    "diayn": {"agents": 1, "times": 2, "reward": {"kind": "diayn", "pretrain_share": 0.5}},
    # One policy in N environments, the entropy not rewarded (Stable-Baselines3).
    "a2c": {"learner": "a2c", "times": 10, "reward": {"scale": 0.0}, "a2c": {"entropy": 0.0}},
    # CE with one network of several heads (Fig. 9).
    "multihead": {"learner": "multihead"},
    # As its public code, the actor's smaller twin too. Not so: Table 5's entropy target (there -|A|) and clips (there none), in
    # evaluation the first agent (5.1; there the mean of all agents' actions), an environment for each agent (there one in all).
    "sunrise": {
        "learner": "sunrise",
        "reward": {"scale": 0.0},
        "sac": {"actor_reduction": "min"},
        "unroll": {"how": "ucb"},
    },
    # As its public code, the actor's smaller twin too. Not so: Table 5's entropy target (there -|A|), clips (there 40 a layer).
    "dice": {
        "learner": "dice",
        "reward": {"scale": 0.0},
        "sac": {"actor_reduction": "min", "stratified": True},
    },
}
"""What an arm changes."""

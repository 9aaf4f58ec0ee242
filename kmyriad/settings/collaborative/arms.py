"""The names of rewards and learners, and the arms: what each changes of the settings, see `.arm.arm_settings`."""

from typing import Literal

IntrinsicKind = Literal["knn", "rnd", "diayn"]
"""Names in `kmyriad.collaborative.algorithms.INTRINSICS`."""
LearnerKind = Literal["sac", "multihead", "sunrise", "dice", "a2c"]
"""Names in `kmyriad.collaborative.algorithms.LEARNERS`."""
ARMS: dict[str, dict[str, object]] = {
    "sac": {"agents": 1, "reward": {"scale": 0.0}},
    "sac_knn": {"agents": 1, "reward": {"weight": 1.0}},
    "independent": {"reward": {"scale": 0.0}, "sac": {"shared": False}},
    "replica": {"reward": {"scale": 0.0}},
    "ego": {"reward": {"weight": 1.0}},
    "ce": {},
    "all": {"unroll": {"how": "eps_collab"}, "evaluation": {"how": "softmax"}},
    "rnd": {"agents": 1, "reward": {"kind": "rnd"}},
    "rnd_replica": {"reward": {"kind": "rnd"}, "rnd": {"how": "own"}},
    "rnd_ce": {"reward": {"kind": "rnd"}},
    "rnd_each": {"reward": {"kind": "rnd"}, "rnd": {"how": "each"}},
    "diayn": {"agents": 1, "times": 2, "reward": {"kind": "diayn", "pretrain_share": 0.5}},
    "a2c": {"learner": "a2c", "times": 10, "reward": {"scale": 0.0}},
    "multihead": {"learner": "multihead"},
    "sunrise": {
        "learner": "sunrise",
        "reward": {"scale": 0.0},
        "unroll": {"how": "ucb"},
        "evaluation": {"how": "mean_action"},
    },
    "dice": {
        "learner": "dice",
        "reward": {"scale": 0.0},
        "sac": {"actor_clip": 40.0, "critic_clip": 40.0, "stratified": True},
    },
}
"""What an arm changes: one SAC (5.1), one with its own novelty (ours), SACs that share nothing (5.5), Replica (5.1), w = 1
(ours), Collaborative Exploration, and with collaboration in data collection and evaluation too (Table 6). RND: alone, each
agent's on its own data, one on everybody's (Table 2), each agent's on everybody's (5.4). DIAYN: one policy, first without the
task. A2C. CE with multi-headed networks (Fig. 9). SUNRISE and DiCE, with what their public code says."""

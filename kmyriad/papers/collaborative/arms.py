"""How figures and tables of Collaborative Exploration call and colour its arms."""

LABELS = {
    "sac": "SAC",
    "sac_ups": "SAC, updates times",
    "sac_knn": "SAC + own novelty",
    "independent": "independent",
    "dqn": "DQN",
    "drq": "DrQ",
    "shift": "CE, shifted",
    "replica": "Replica",
    "ego": "ego only (w = 1)",
    "ce": "CE",
    "all": "All",
    "rnd": "RND",
    "rnd_replica": "RND + Replica",
    "rnd_ce": "RND + CE",
    "rnd_each": "RND on all data",
    "a2c": "A2C",
    "diayn": "DIAYN",
    "dice": "DiCE",
    "sunrise": "SUNRISE",
    "multihead": "multihead CE",
    "no_evaluation": "w/o Col-Eval",
    "no_unroll": "w/o Col-Unroll",
    "no_training": "w/o Col-Training",
    "replica_eps_greedy": "ε-greedy",
    "replica_ucb": "UCB",
    "replica_softmax": "softmax",
    "replica_eps_collab": "ε-collaborative",
    "replica_ways": "Replica, all evaluations",
}
"""Where a label is not here, the arm's name is it."""
_COLOURS = {
    "sac": "0.45",
    "sac_knn": "#CC79A7",
    "dqn": "0.45",
    "drq": "0.45",
    "shift": "#009E73",
    "independent": "#000000",
    "replica": "#0072B2",
    "ego": "#E69F00",
    "ce": "#D55E00",
    "all": "#009E73",
    "rnd_ce": "#56B4E9",
}
"""An arm of these has one colour in every figure."""
_SPARE = ("#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000", "#F0E442", "0.6", "#882255", "#44AA99", "#999933")


def arm_label(arm: str) -> str:
    """Return "CE" for ce, "CE 8" for ce8, "K = 10" for k10; otherwise that of LABELS or the name itself."""
    letters = arm.rstrip("0123456789")
    number = arm.removeprefix(letters)
    if number and letters == "k":
        return f"K = {number}"
    return f"{LABELS.get(letters, letters)} {number}" if number else LABELS.get(arm, arm)


def arm_colours(arms: list[str]) -> dict[str, str]:
    """Return a colour for each of `arms`; no two share one while there are enough."""
    known = {arm: _COLOURS[arm] for arm in arms if arm in _COLOURS}
    others = [arm for arm in arms if arm not in known]
    spare = [colour for colour in _SPARE if colour not in known.values()]
    return known | {arm: spare[index % len(spare)] for index, arm in enumerate(others)}

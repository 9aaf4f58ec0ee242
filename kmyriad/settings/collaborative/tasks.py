"""The names of the tasks of Collaborative Exploration; `kmyriad.collaborative.tasks.by_name` makes them."""

CONTROL_SUITE = (
    "acrobot-swingup",
    "cheetah-run",
    "hopper-hop",
    "hopper-stand",
    "humanoid-run",
    "humanoid-stand",
    "humanoid-walk",
    "finger-turn_hard",
    "pendulum-swingup",
    "quadruped-run",
    "quadruped-walk",
    "reacher-hard",
    "walker-run",
    "fish-swim",
    "swimmer-swimmer6",
)
"""The 15 tasks of Table 1."""
GYMNASIUM = ("Ant-v5", "HalfCheetah-v5", "Hopper-v5", "Walker2d-v5")
"""The four tasks of Table 3, there in their version 3."""
WALKERS = ("Hopper-v5", "Walker2d-v5")
"""Those of Fig. 6, which have a head, a waist and a foot."""
ATARI = {
    "atari-asterix": "Asterix",
    "atari-beam_rider": "BeamRider",
    "atari-breakout": "Breakout",
    "atari-space_invaders": "SpaceInvaders",
}
"""The four games of Fig. 13, by what ALE calls them."""
MINATAR = {f"minatar-{name}": name for name in ("asterix", "breakout", "space_invaders")}
"""Their stand-ins on a laptop; MinAtar has no BeamRider."""
GAMES = (*ATARI, *MINATAR)
"""Tasks whose actions are choices."""
CARTPOLES = ("cartpole-swingup_sparse", "cartpole-swingup")
"""They are not in the paper: where exploration matters and a laptop suffices, and where hardly any is needed."""
PLANET = ("ball_in_cup-catch", "finger-spin", "reacher-easy", "walker-walk")
"""What pictures are usually tried on beside them (PlaNet, Hafner et al., 2019)."""
PIXELS = tuple(f"pixels-{task}" for task in (*CONTROL_SUITE, *CARTPOLES, *PLANET))
"""The suite's tasks seen by a camera."""
CHEETAH = "pixels-cheetah-run"
DRQ = (CHEETAH, "pixels-finger-turn_hard", "pixels-hopper-hop", "pixels-walker-run")
"""The four of Fig. 4, as far as we can tell: no text names them (ours)."""
TASKS = ("maze", *CONTROL_SUITE, *CARTPOLES, *GYMNASIUM, *GAMES, *PIXELS)
ENDLESS = (*CONTROL_SUITE, *CARTPOLES, "HalfCheetah-v5", *PIXELS)
"""Those whose episodes end at their time limit only."""

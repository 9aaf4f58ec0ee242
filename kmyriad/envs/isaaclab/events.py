"""What happens at a reset: every ant back to its start, at rest. The stock task adds noise; our start is the same each time."""

import isaaclab.envs.mdp as mdp
from isaaclab.managers import EventTermCfg
from isaaclab.utils import configclass


@configclass
class EventsCfg:
    """One term."""

    start = EventTermCfg(func=mdp.reset_scene_to_default, mode="reset")

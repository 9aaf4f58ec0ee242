"""When an episode ends (Appendix A.6): at the time limit and never before, whatever the ant does."""

import isaaclab.envs.mdp as mdp
from isaaclab.managers import TerminationTermCfg
from isaaclab.utils import configclass


@configclass
class TerminationsCfg:
    """One term. The stock task also ends when the torso is low."""

    time_out = TerminationTermCfg(func=mdp.time_out, time_out=True)

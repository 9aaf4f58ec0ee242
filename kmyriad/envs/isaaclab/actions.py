"""Torques on the eight joints (Appendix A.3), and the watch over the physics steps in between."""

import isaaclab_tasks.manager_based.classic.humanoid.mdp as mdp
import torch
from isaaclab.envs.mdp.actions.joint_actions import JointEffortAction
from isaaclab.managers import ActionTerm
from isaaclab.utils import configclass

from kmyriad.envs.ant.model import LEGS, TORQUE

JOINT_NAMES = [f"{leg.name}_{part}" for leg in LEGS for part in ("leg", "foot")]
"""Isaac's names of our joints in our order, hip and ankle of each leg. PhysX has an order of its own: all goes by name."""


class WatchedEffort(JointEffortAction):
    """Isaac Lab's torques on joints; `top_speed` [m], m/s, is the torso's highest before any physics step of this action."""

    def process_actions(self, actions: torch.Tensor) -> None:
        """Take actions [m, 8] in [-1, 1] and forget the speeds of the last ones."""
        super().process_actions(actions)
        self.top_speed = torch.zeros(self.num_envs, device=self.device)

    def apply_actions(self) -> None:
        """Set the torques of one physics step. A NaN in the speed stays: `maximum` hands it on."""
        speed = self._asset.data.root_lin_vel_w.norm(dim=1)
        self.top_speed = torch.maximum(self.top_speed, speed)
        super().apply_actions()


@configclass
class ActionsCfg:
    """One term: 7.5 N m for an action of 1, not clipped."""

    joint_effort = mdp.JointEffortActionCfg(
        class_type=WatchedEffort, asset_name="robot", joint_names=JOINT_NAMES, scale=TORQUE, preserve_order=True
    )


def watch(term: ActionTerm) -> torch.Tensor:
    """Return the `top_speed` [m] of the action term, m/s.

    Raises:
        TypeError: the configuration was changed to a term that does not watch.
    """
    if not isinstance(term, WatchedEffort):
        raise TypeError(f"the action term must be a WatchedEffort, which freezes failed ants, not {type(term).__name__}")
    return term.top_speed

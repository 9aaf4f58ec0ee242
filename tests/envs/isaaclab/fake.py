"""PhysX replaced by MuJoCo C below Isaac Lab's own code: its data class, its managers and its step run as they are.

PhysX's conventions are kept: quaternions x, y, z, w; velocities in the world frame; four legs first, then four feet.
"""

from types import SimpleNamespace

import mujoco
import numpy as np
import torch
from isaaclab.assets.articulation.articulation_data import ArticulationData
from isaaclab.envs import ManagerBasedRLEnv
from isaaclab.managers import EventManager
from isaaclab.utils.string import resolve_matching_names

from kmyriad.envs.ant.model import LEGS, TORQUE, build_spec, start_position
from kmyriad.envs.ant.terrains import Terrain

BODIES = ["torso", *(f"{leg.name}_{part}" for part in ("leg", "foot") for leg in LEGS)]
JOINTS = BODIES[1:]
OURS = [f"{leg.name}_{joint}" for joint in ("hip", "ankle") for leg in LEGS]
"""Our names of the same joints."""


class PhysxView:
    """The articulation view that `ArticulationData` reads, on MuJoCo's data, an ant for each."""

    def __init__(self, terrain: Terrain, count: int) -> None:
        self.count = count
        self.model = build_spec(terrain).compile()
        self.ants = [mujoco.MjData(self.model) for _ in range(count)]
        self.joints = [self.model.joint(name) for name in OURS]
        self.effort = torch.zeros(count, len(JOINTS))
        self.wrench = np.zeros((count, len(BODIES), 6))

    def gather(self, read) -> torch.Tensor:
        return torch.tensor(np.array([read(ant) for ant in self.ants]), dtype=torch.float32)

    def get_root_transforms(self):
        return self.gather(lambda ant: ant.qpos[[0, 1, 2, 4, 5, 6, 3]])

    def get_root_velocities(self):
        # MuJoCo's angular velocity is in the body's frame.
        return self.gather(lambda ant: np.concatenate([ant.qvel[:3], ant.body("torso").xmat.reshape(3, 3) @ ant.qvel[3:6]]))

    def get_dof_positions(self):
        return self.gather(lambda ant: [ant.qpos[joint.qposadr[0]] for joint in self.joints])

    def get_dof_velocities(self):
        return self.gather(lambda ant: [ant.qvel[joint.dofadr[0]] for joint in self.joints])

    def get_link_transforms(self):
        return self.gather(lambda ant: [[*ant.body(name).xpos, *ant.body(name).xquat[[1, 2, 3, 0]]] for name in BODIES])

    def get_link_incoming_joint_force(self):
        return torch.tensor(self.wrench, dtype=torch.float32)

    def step(self) -> None:
        controls = {name: self.effort[:, index] / TORQUE for index, name in enumerate(OURS)}
        for number, ant in enumerate(self.ants):
            for name, control in controls.items():
                ant.actuator(name).ctrl[0] = control[number]
            mujoco.mj_step(self.model, ant)
            for leg in LEGS:
                force, torque = (ant.sensor(f"{leg.name}_{kind}").data for kind in ("force", "torque"))
                self.wrench[number, BODIES.index(f"{leg.name}_foot")] = [*force, *torque]
        self.place()

    def place(self) -> None:
        """Where the bodies are; the sensors keep the values of the step."""
        for ant in self.ants:
            mujoco.mj_kinematics(self.model, ant)


class Robot:
    """What the managers and terms use of an Articulation."""

    def __init__(self, terrain: Terrain, count: int) -> None:
        self.joint_names, self.body_names = JOINTS, BODIES
        self.num_joints, self.num_bodies = len(JOINTS), len(BODIES)
        self.view = PhysxView(terrain, count)
        self.data = ArticulationData(self.view, "cpu")
        names = (f"{leg.name}_{joint}" for leg in LEGS for joint in ("hip", "ankle"))
        start = dict(zip(names, start_position()[7:], strict=True))
        everywhere = torch.ones(count, 1)
        self.data.default_joint_pos = everywhere * torch.tensor([start[name] for name in OURS])
        self.data.default_joint_vel = torch.zeros(count, len(JOINTS))
        self.data.default_root_state = everywhere * torch.tensor([*start_position()[:7], *[0.0] * 6])
        limits = torch.tensor(np.array([joint.range for joint in self.view.joints]), dtype=torch.float32)
        self.data.soft_joint_pos_limits = limits.expand(count, -1, -1)
        self.data.default_mass = everywhere * torch.tensor([self.view.model.body(name).mass[0] for name in BODIES])

    def find_joints(self, names, joint_subset=None, preserve_order=False):
        return resolve_matching_names(names, JOINTS, preserve_order)

    def find_bodies(self, names, preserve_order=False):
        return resolve_matching_names(names, BODIES, preserve_order)

    def set_joint_effort_target(self, target, joint_ids):
        self.view.effort[:, joint_ids] = target

    def write_root_pose_to_sim(self, pose, env_ids):
        self.write(env_ids, pose, lambda ant: ant.qpos[:7])

    def write_root_velocity_to_sim(self, velocity, env_ids):
        self.write(env_ids, velocity, lambda ant: ant.qvel[:6])

    def write_joint_state_to_sim(self, position, velocity, env_ids):
        for index, joint in enumerate(self.view.joints):
            for number, angle, speed in zip(env_ids, position[:, index], velocity[:, index], strict=True):
                self.view.ants[number].qpos[joint.qposadr[0]] = angle
                self.view.ants[number].qvel[joint.dofadr[0]] = speed
        self.view.place()
        self.data.update(1e-6)

    def write(self, env_ids, values, view) -> None:
        for number, value in zip(env_ids, values, strict=True):
            view(self.view.ants[number])[:] = value


class Scene(dict):
    """What the environment uses of an InteractiveScene: one robot, all at the origin."""

    rigid_objects = deformable_objects = {}  # noqa: RUF012

    def __init__(self, terrain: Terrain, count: int) -> None:
        super().__init__(robot=Robot(terrain, count))
        self.num_envs, self.env_origins = count, torch.zeros(count, 3)
        self.articulations = {"robot": self["robot"]}

    def reset(self, env_ids):
        self["robot"].view.effort[env_ids] = 0.0

    def write_data_to_sim(self):
        pass

    def update(self, dt):
        self["robot"].data.update(dt)


class MujocoEnv(ManagerBasedRLEnv):
    """Isaac Lab's environment: real managers, real `step` and `reset`; the constructor and the simulator are ours."""

    def __init__(self, cfg, terrain: Terrain) -> None:
        self.cfg, self.extras, self.obs_buf = cfg, {}, {}
        self._is_closed, self._sim_step_counter, self.common_step_counter = True, 0, 0
        self.scene = Scene(terrain, cfg.scene.num_envs)
        self.sim = SimpleNamespace(
            device="cpu",
            is_playing=lambda: True,
            has_gui=lambda: False,
            has_rtx_sensors=lambda: False,
            forward=lambda: None,
            step=lambda render: self.scene["robot"].view.step(),
        )
        self.episode_length_buf = torch.zeros(cfg.scene.num_envs, dtype=torch.long)
        self.event_manager = EventManager(cfg.events, self)
        self.scene.update(0.01)
        self.load_managers()

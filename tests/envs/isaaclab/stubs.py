"""Isaac Lab's real sources without Isaac Sim: its modules become stubs, whose classes can be named but not called."""

import importlib.util
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace

STUBBED = set("carb omni isaacsim usdrt pxr hid cv2 matplotlib h5py flatdict PIL einops".split())
PARTS = ("isaaclab", "isaaclab_assets", "isaaclab_tasks", "isaaclab_contrib")


class Stub(type):
    """A class of Isaac Sim: its attributes are such classes again, and to call one is an error."""

    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Stub(f"{cls.__name__}.{name}", (), {})

    def __call__(cls, *args, **kwargs):
        raise RuntimeError(f"{cls.__name__} needs Isaac Sim")

    def __or__(cls, other):  # in annotations
        return cls

    __ror__ = __or__


class StubModule(ModuleType):
    __path__ = ()

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Stub(f"{self.__name__}.{name}", (), {})


class Finder(MetaPathFinder, Loader):
    def find_spec(self, name, path=None, target=None):
        return ModuleSpec(name, self, is_package=True) if name.split(".")[0] in STUBBED else None

    def create_module(self, spec):
        return StubModule(spec.name)

    def exec_module(self, module):
        pass


def install() -> None:
    """Put the sources in the wheel before all else, the stubs after all else, and fill in what is called on import."""
    wheel = importlib.util.find_spec("isaaclab").submodule_search_locations[0]
    sys.path[:0] = [str(Path(wheel) / "source" / part) for part in PARTS]
    # What is really installed, Pillow for one, stays.
    sys.meta_path.append(Finder())
    import carb.settings  # noqa: F401
    import isaacsim.core.simulation_manager as manager

    sys.modules["carb.settings"].get_settings = lambda: {"/persistent/isaac/asset_root/cloud": "https://example.org"}
    view = SimpleNamespace(get_gravity=lambda: (0.0, 0.0, -9.81), update_articulations_kinematic=lambda: None)
    manager.SimulationManager = SimpleNamespace(get_physics_sim_view=lambda: view)
    import isaaclab.envs  # noqa: F401  before isaaclab.managers, which it completes

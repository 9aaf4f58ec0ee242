"""Packages that only some tasks need, and how to install them."""

import importlib
from importlib.util import find_spec
from types import ModuleType

PACKAGES = {"minatar": "minatar==1.0.15", "ale_py": "ale-py==0.12.1", "cv2": "opencv-python-headless==5.0.0.93"}
"""What pip calls each module."""


def required(module: str) -> ModuleType:
    """Import a module of `PACKAGES`.

    Raises:
        ImportError: it is missing; the message says how to install it.
    """
    check_installed(module)
    return importlib.import_module(module)


def check_installed(*modules: str) -> None:
    """Raise ImportError with the command to run unless all `modules` are installed."""
    missing = [module for module in modules if find_spec(module) is None]
    if missing:
        names = " ".join(PACKAGES[module] for module in missing)
        raise ImportError(f"the task needs {', '.join(missing)}, not installed; run: pip install {names}")

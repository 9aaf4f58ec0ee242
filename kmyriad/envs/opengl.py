"""OpenGL without a screen, as MuJoCo draws by it."""

import os
import subprocess
import sys
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mujoco.egl import GLContext

_PLATFORMS = {"linux": "egl", "darwin": "cgl"}


class OpenGLError(RuntimeError):
    """There is no OpenGL to draw with; the message is one line with the remedy."""


def make_context(width: int, height: int) -> "GLContext":
    """Return an OpenGL context that is current; it is EGL's on Linux, with or without a display, unless MUJOCO_GL says otherwise.

    MUJOCO_GL = disabled, which keeps simulations from loading OpenGL that nothing is drawn by, says nothing here.

    Raises:
        OpenGLError: OpenGL is missing.
    """
    platform = chosen_platform()
    try:
        context = import_module(f"mujoco.{platform}").GLContext(width, height)
        context.make_current()
        _try_context()
    # Missing libraries show as ImportError, AttributeError, RuntimeError, or as errors of PyOpenGL's and MuJoCo's own.
    except Exception as error:
        reason = f"{type(error).__name__}: {error}".partition("\n")[0].removesuffix(".")
        raise OpenGLError(
            f"cannot draw: there is no OpenGL by way of {platform!r} ({reason}); on Debian or Ubuntu run: "
            "apt-get install libegl1 libgl1-mesa-dri libgles2, and set MUJOCO_GL=egl"
        ) from None
    return context


def check_opengl() -> None:
    """Raise OpenGLError if OpenGL is missing; to be called before mujoco is imported, which MUJOCO_GL can make fail."""
    make_context(1, 1).free()


@cache
def check_opengl_elsewhere() -> None:
    """Do `check_opengl` in a process of its own: what OpenGL starts in this one would be copied into those forked from it.

    Raises:
        OpenGLError: OpenGL is missing.
    """
    # This file alone, since kmyriad.envs loads torch. -P: the modules beside it are no programs' own.
    done = subprocess.run([sys.executable, "-P", __file__], capture_output=True, text=True, check=False)
    if done.returncode or done.stdout:
        raise OpenGLError(done.stdout.strip() or f"cannot draw: OpenGL by way of {chosen_platform()!r} ends the process")


def chosen_platform() -> str:
    """Return by what OpenGL is reached: egl, osmesa, glfw or cgl."""
    said = os.environ.get("MUJOCO_GL", "")
    return said if said not in ("", "disabled") else _PLATFORMS.get(sys.platform, "glfw")


def _try_context() -> None:
    """Fail where OpenGL has started but is not usable, as GLFW's without a display."""
    import mujoco

    mujoco.MjrContext(mujoco.MjSpec().compile(), mujoco.mjtFontScale.mjFONTSCALE_100).free()


if __name__ == "__main__":
    try:
        check_opengl()
    except OpenGLError as error:
        print(error)

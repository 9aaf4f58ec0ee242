"""Where a camera stands, and where in its picture a point of the world is."""

from dataclasses import dataclass, replace

import numpy as np

from kmyriad.envs.ant.scene import FIELD_OF_VIEW

MARGIN = 0.96
"""Share of the picture's half width and height within which `Camera.around` puts every point."""
_CORRECTIONS = 20


@dataclass(frozen=True)
class Camera:
    """It looks at `target` [3] from `distance` metres; MuJoCo's angles in degrees.

    azimuth 90: x to the right; elevation -90: straight down. `size`: width and height of the picture in pixels.
    """

    target: np.ndarray
    distance: float
    azimuth: float
    elevation: float
    size: tuple[int, int]

    @classmethod
    def around(cls, points: np.ndarray, azimuth: float, elevation: float, size: tuple[int, int]) -> "Camera":
        """Return the camera that shows all `points` [n, 3] (metres), in the middle of the picture, from the least distance."""
        camera = cls((points.min(axis=0) + points.max(axis=0)) / 2, 0.0, azimuth, elevation, size)._back_off(points)
        for _ in range(_CORRECTIONS):
            share = camera._share(points)
            off_centre = (share.max(axis=0) + share.min(axis=0)) / 2 * camera._tangents * camera.distance
            camera = replace(camera, target=camera.target + off_centre @ camera._axes[:2])._back_off(points)
        return camera

    def project(self, points: np.ndarray) -> np.ndarray:
        """Return the pixel coordinates [n, 2], column and row from the upper left corner, of `points` [n, 3] (metres)."""
        return (1 + self._share(points) * [1, -1]) / 2 * self.size

    @property
    def metres_per_pixel(self) -> float:
        """Size of a pixel at the distance of `target`."""
        return 2 * self.distance * float(self._tangents[1]) / self.size[1]

    @property
    def _tangents(self) -> np.ndarray:
        """Half the picture's width and height at a distance of 1."""
        vertical = np.tan(np.radians(FIELD_OF_VIEW) / 2)
        return np.array([vertical * self.size[0] / self.size[1], vertical])

    @property
    def _axes(self) -> np.ndarray:
        """Unit vectors to the right, upwards, and away from the camera, [3, 3]."""
        azimuth, elevation = np.radians([self.azimuth, self.elevation])
        right = np.array([np.sin(azimuth), -np.cos(azimuth), 0.0])
        away = np.array([np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)])
        return np.stack([right, np.cross(right, away), away])

    def _share(self, points: np.ndarray) -> np.ndarray:
        """Return where `points` are, right and up, as shares of the picture's half width and height, [n, 2]."""
        offset = (points - self.target) @ self._axes.T
        return offset[:, :2] / ((self.distance + offset[:, 2:]) * self._tangents)

    def _back_off(self, points: np.ndarray) -> "Camera":
        # |offset| <= MARGIN (distance + depth) tangent in both directions
        offset = (points - self.target) @ self._axes.T
        distance = (np.abs(offset[:, :2]) / (MARGIN * self._tangents) - offset[:, 2:]).max()
        return replace(self, distance=float(distance))

"""What runs on the device inside the graph of `WarpPool`, in Warp's dialect of Python. Importing this module imports Warp."""

# mypy: disable-error-code="attr-defined,index,operator"
# Warp gives its types their meaning when it compiles: to mypy, an array of it has neither entries nor a shape.

import warp as wp


@wp.kernel(enable_backward=False)
def freeze(
    start: wp.array[float],
    max_value: float,
    max_speed: float,
    position: wp.array2d[float],
    velocity: wp.array2d[float],
    warmstart: wp.array2d[float],
    frozen: wp.array[wp.bool],
) -> None:
    """Freeze each copy that is not sound, and park the frozen ones at `start`, at rest; a launch has one thread for each.

    Shapes: start [nq]; position [m, nq], velocity and warmstart [m, nv], frozen [m]: in place. Not sound: a value that is not
    finite or above `max_value`, or the first three velocities together above `max_speed` m/s.
    """
    world = wp.tid()
    # Written so that NaN counts as failed.
    sound = wp.sqrt(velocity[world, 0] ** 2.0 + velocity[world, 1] ** 2.0 + velocity[world, 2] ** 2.0) <= max_speed
    for i in range(position.shape[1]):
        sound = sound and wp.abs(position[world, i]) <= max_value
    for i in range(velocity.shape[1]):
        sound = sound and wp.abs(velocity[world, i]) <= max_value
    frozen[world] = frozen[world] or not sound
    if frozen[world]:
        for i in range(position.shape[1]):
            position[world, i] = start[i]
        for i in range(velocity.shape[1]):
            velocity[world, i] = 0.0
            warmstart[world, i] = 0.0

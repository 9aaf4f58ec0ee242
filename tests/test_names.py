"""What a wrong name is answered with."""

import pytest

from kmyriad.names import choose


def test_a_known_name_is_returned() -> None:
    assert choose("maze", ["cave", "maze"], "terrain") == "maze"


def test_the_nearest_choice_is_suggested_and_all_are_listed_in_order() -> None:
    with pytest.raises(ValueError) as caught:
        choose("mze", iter(["maze", "empty", "cave"]), "terrain")
    assert str(caught.value) == "unknown terrain 'mze'; did you mean 'maze'? (choices: cave, empty, maze)"


def test_no_suggestion_where_nothing_is_near() -> None:
    with pytest.raises(ValueError) as caught:
        choose("xyz", ["maze", "cave"], "terrain")
    assert str(caught.value) == "unknown terrain 'xyz' (choices: cave, maze)"


def test_case_counts() -> None:
    with pytest.raises(ValueError, match="did you mean 'maze'"):
        choose("Maze", ["maze"], "terrain")


@pytest.mark.parametrize(("count", "rest"), [(20, ")"), (21, " and 1 more)"), (62, " and 42 more)")])
def test_a_long_list_is_cut_after_twenty(count: int, rest: str) -> None:
    with pytest.raises(ValueError) as caught:
        choose("?", [f"obs_{i:02}" for i in range(count)], "feature")
    assert str(caught.value).endswith(f"obs_18, obs_19{rest}")

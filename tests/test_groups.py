"""Tests that share something expensive run on one worker."""

import os

import pytest


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="one process runs all tests")
@pytest.mark.xdist_group("groups")
def test_xdist_knows_the_group(request: pytest.FixtureRequest) -> None:
    assert request.node.nodeid.endswith("@groups")

"""The guard of `conftest.py` that keeps every test offline."""

from __future__ import annotations

import socket

import pytest


@pytest.mark.parametrize("name", ["socket", "create_connection", "getaddrinfo"])
def test_reaching_for_the_network_fails_a_test(name: str) -> None:
    with pytest.raises(pytest.fail.Exception, match="reached for the network"):
        getattr(socket, name)("example.invalid", 80)

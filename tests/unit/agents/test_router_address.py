import re

import pytest

from services.agents.settings import ROUTERS


@pytest.mark.parametrize(
    "address",
    ["router:8082", "127.0.0.1:1", "[::1]:8082", "10.0.0.1:8082,10.0.0.2:8082", "10.0.0.1:1,10.0.0.2:2,10.0.0.3:3"],
)
def test_where_routers_are_is_a_host_or_several_addresses(address: str) -> None:
    assert re.match(ROUTERS, address)


@pytest.mark.parametrize(
    "address",
    ["", "router", "http://router:8082", "router:", "router:8082,", "one:8082,two:8082", "10.0.0.1:1;10.0.0.2:2",
     "a b:1", "router:123456", "me@router:1", "10.0.0.1:1, 10.0.0.2:2"],
)  # fmt: skip
def test_what_no_channel_can_be_opened_to_is_none(address: str) -> None:
    assert not re.match(ROUTERS, address)

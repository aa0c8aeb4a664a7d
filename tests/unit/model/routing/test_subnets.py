from ipaddress import ip_network

import pytest

from authz.model.routing.subnets import parse_subnet


@pytest.mark.parametrize(
    "text,wanted",
    [
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("10.1.2.3/8", "10.0.0.0/8"),
        ("10.1.2.3", "10.1.2.3/32"),
        ("::1/64", "::/64"),
        ("::1", "::1/128"),
        ("0.0.0.0/0", "0.0.0.0/0"),
    ],
)
def test_an_address_is_a_block_of_one_and_host_bits_are_masked(text: str, wanted: str) -> None:
    assert parse_subnet(text) == ip_network(wanted)


@pytest.mark.parametrize("text", ["", "10.0.0.0/255.0.0.0", "10.0.0.0/33", "010.0.0.1", "fe80::1%eth0", "a.com", "1/8"])
def test_netmasks_zones_and_names_are_no_subnets(text: str) -> None:
    with pytest.raises(ValueError, match="not"):
        parse_subnet(text)

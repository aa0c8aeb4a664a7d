"""What an operator can set about the forwarder."""

import pytest

from authz.forwarder.settings import ERROR_STATUSES, check_error_status, parse_port_map, render_port_map
from authz.pb.envoy_type import StatusCode


def test_a_status_of_an_error_is_one_that_envoy_knows() -> None:
    assert {number for number in StatusCode.values() if number >= 400} == ERROR_STATUSES
    assert check_error_status(503) == 503


@pytest.mark.parametrize("number", [0, 200, 302, 399, 418, 450, 499, 509, 599])
def test_another_status_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match=f"such as 403 or 503, found {number}"):
        check_error_status(number)


@pytest.mark.parametrize("text", ["", "443=8443", "80=8080,443=8443"])
def test_a_port_map_is_read_and_written_again(text: str) -> None:
    assert render_port_map(parse_port_map(text)) == text


@pytest.mark.parametrize("text", ["443", "443=", "=8443", "0=1", "1=65536", "a=1", "1=2,1=3", "443=08443x"])
def test_what_is_no_port_map_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected|twice"):
        parse_port_map(text)

import pytest

from authz.model.routing.workload_entry import AddressKind, WorkloadSpec


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("10.0.0.1", AddressKind.IP),
        ("fd00::1", AddressKind.IP),
        ("a.example.com", AddressKind.NAME),
        ("10.0.0.300", AddressKind.NAME),
        ("unix:///run/a.sock", AddressKind.UNIX),
        ("unix://@a", AddressKind.UNIX),
        ("", AddressKind.NONE),
    ],
)
def test_an_address_says_what_it_is(address: str, kind: AddressKind) -> None:
    assert WorkloadSpec(address).kind is kind

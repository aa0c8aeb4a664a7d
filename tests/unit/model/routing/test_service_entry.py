from authz.model.routing.service_entry import Resolution


def test_names_that_are_known_beforehand_are_looked_up() -> None:
    assert [one for one in Resolution if one.is_dns] == [Resolution.DNS, Resolution.DNS_ROUND_ROBIN]

"""authz.pb.packing: messages in an Any, and as the JSON of Envoy's configuration files, in our own pool."""

import json
import subprocess
import sys

import pytest
from google.protobuf.message import DecodeError

from authz.pb.core import AggregatedConfigSource, ConfigSource, Metadata
from authz.pb.hcm import HttpConnectionManager, HttpFilter, Rds
from authz.pb.http_ext_authz import CheckSettings, ExtAuthzPerRoute
from authz.pb.listener import Filter, FilterChain, Listener
from authz.pb.packing import UnknownTypeError, from_json, pack, to_json, type_url, unpack, unpack_as
from authz.pb.protobuf import Any, Duration, Struct
from authz.pb.route import Route, RouteConfiguration, VirtualHost
from authz.pb.router import Router

HCM = HttpConnectionManager(
    stat_prefix="gateway",
    rds=Rds(
        route_config_name="http.8080",
        config_source=ConfigSource(ads=AggregatedConfigSource(), initial_fetch_timeout=Duration(seconds=1)),
    ),
    http_filters=[HttpFilter(name="envoy.filters.http.router", typed_config=pack(Router()))],
)
LISTENER = Listener(
    name="0.0.0.0_8080", filter_chains=[FilterChain(filters=[Filter(name="hcm", typed_config=pack(HCM))])]
)
AS_JSON = {
    "name": "0.0.0.0_8080",
    "filter_chains": [
        {
            "filters": [
                {
                    "name": "hcm",
                    "typed_config": {
                        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3"
                        ".HttpConnectionManager",
                        "stat_prefix": "gateway",
                        "rds": {
                            "config_source": {"ads": {}, "initial_fetch_timeout": "1s"},
                            "route_config_name": "http.8080",
                        },
                        "http_filters": [
                            {
                                "name": "envoy.filters.http.router",
                                "typed_config": {
                                    "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"
                                },
                            }
                        ],
                    },
                }
            ]
        }
    ],
}


def test_a_packed_message_comes_out_as_it_went_in() -> None:
    wire = LISTENER.SerializeToString(deterministic=True)
    packed = Listener.FromString(wire).filter_chains[0].filters[0].typed_config
    assert packed.type_url == type_url(HttpConnectionManager)
    assert unpack(packed) == HCM
    assert unpack_as(packed, HttpConnectionManager).rds.route_config_name == "http.8080"


def test_an_any_of_a_type_we_do_not_take_is_refused() -> None:
    with pytest.raises(UnknownTypeError, match=r"'type\.googleapis\.com/a\.B' is not a type we know"):
        unpack(Any(type_url="type.googleapis.com/a.B"))


def test_an_any_of_another_type_than_expected_is_refused() -> None:
    with pytest.raises(UnknownTypeError, match=r"Router' where .*Listener is expected"):
        unpack_as(pack(Router()), Listener)


def test_an_any_with_other_bytes_than_its_type_says_raises_decode_error() -> None:
    with pytest.raises(DecodeError):
        unpack(Any(type_url=type_url(Listener), value=b"\xff"))


def test_json_is_that_of_envoys_configuration_files_and_reads_back() -> None:
    written = to_json(LISTENER)
    assert written == AS_JSON
    assert list(written) == ["name", "filter_chains"]
    assert from_json(written, Listener()) == LISTENER


def plain(value: object) -> bool:
    """Only what any YAML writer knows; a subclass of dict would not be."""
    if type(value) is dict:
        return all(type(key) is str and plain(inner) for key, inner in value.items())
    if type(value) is list:
        return all(map(plain, value))
    return value is None or type(value) in {bool, int, float, str}


def test_json_is_made_of_plain_values() -> None:
    assert plain(to_json(LISTENER))


@pytest.mark.parametrize(
    "written, message",
    [
        ({"nope": 1}, 'no field named "nope"'),
        ({"name": 1}, "expected string"),
        ({"filter_chains": [{"filters": [{"typed_config": {"@type": "type.googleapis.com/a.B"}}]}]}, r"a\.B"),
    ],
)
def test_json_of_something_else_raises_value_error(written: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        from_json(json.loads(json.dumps(written)), Listener())


def test_json_of_an_any_we_do_not_know_is_refused() -> None:
    with pytest.raises(UnknownTypeError):
        to_json(Filter(typed_config=Any(type_url="type.googleapis.com/a.B", value=b"x")))


def test_maps_are_written_in_the_order_of_their_keys() -> None:
    struct = Struct()
    struct.update({"z": {"b": 1, "a": [{"d": 1, "c": 2}]}, "y": None})
    route = RouteConfiguration(virtual_hosts=[VirtualHost(routes=[Route(metadata=Metadata())])])
    filter_metadata = route.virtual_hosts[0].routes[0].metadata.filter_metadata
    for name in ("k", "j", "l"):
        filter_metadata[name].CopyFrom(struct)
    written = to_json(route)
    expected = {"y": None, "z": {"a": [{"c": 2.0, "d": 1.0}], "b": 1.0}}
    in_route = {"virtual_hosts": [{"routes": [{"metadata": {"filter_metadata": dict.fromkeys("jkl", expected)}}]}]}
    assert json.dumps(written) == json.dumps(in_route)
    assert json.dumps(to_json(pack(struct))["value"]) == json.dumps(expected)


def test_equal_messages_have_equal_bytes_in_any_process() -> None:
    """protobuf's own order of map entries differs from run to run."""
    program = """
from authz.pb.http_ext_authz import CheckSettings, ExtAuthzPerRoute
from authz.pb.packing import pack
settings = CheckSettings(context_extensions={f"k{n}": "v" for n in reversed(range(20))})
print(pack(ExtAuthzPerRoute(check_settings=settings)).value.hex())
"""
    there = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()
    here = pack(ExtAuthzPerRoute(check_settings=CheckSettings(context_extensions={f"k{n}": "v" for n in range(20)})))
    assert here.value.hex() == there

"""authz.pb: Envoy's field numbers, in a pool of our own, on upb."""

import importlib
import pkgutil
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from google.protobuf import json_format, struct_pb2
from google.protobuf.internal import api_implementation
from google.protobuf.message import DecodeError, Message

import authz.pb
from authz.pb import (
    Address,
    AttributeContext,
    BoolValue,
    CheckRequest,
    CheckResponse,
    DeniedHttpResponse,
    EnvoyInternalAddress,
    HeaderMap,
    HeaderValue,
    HeaderValueOption,
    HealthCheckRequest,
    HealthCheckResponse,
    HttpStatus,
    Metadata,
    OkHttpResponse,
    Pipe,
    QueryParameter,
    SocketAddress,
    Status,
    StatusCode,
    Struct,
    Timestamp,
)

Peer = AttributeContext.Peer
Request = AttributeContext.Request
HttpRequest = AttributeContext.HttpRequest


def f(number: int, *payload: bytes | str) -> bytes:
    """A length-delimited field on the wire: tag, length, content (numbers to 15, lengths to 127)."""
    content = b"".join(part.encode() if isinstance(part, str) else part for part in payload)
    return bytes([number << 3 | 2, len(content)]) + content


def v(number: int, value: int) -> bytes:
    """A varint field on the wire (values to 16383)."""
    return bytes([number << 3]) + (bytes([value]) if value < 128 else bytes([value & 127 | 128, value >> 7]))


def option(key: str) -> HeaderValueOption:
    return HeaderValueOption(header=HeaderValue(key=key))


# Every field once, in the order of its number. From Envoy's API reference (service/auth/v3, config/core/v3, type/v3),
# google/rpc/status.proto and grpc/health/v1/health.proto.
WIRE: list[tuple[Message, bytes]] = [
    (CheckRequest(attributes=AttributeContext(source=Peer(principal="p"))), f(1, f(1, f(4, "p")))),
    (
        AttributeContext(
            source=Peer(service="a"),
            destination=Peer(service="b"),
            request=Request(time=Timestamp(seconds=5, nanos=7), http=HttpRequest(id="i")),
            context_extensions={"namespace": "pay"},
            metadata_context=Metadata(filter_metadata={"k": Struct()}),
            tls_session=AttributeContext.TLSSession(sni="a.b"),
            route_metadata_context=Metadata(filter_metadata={"r": Struct()}),
        ),
        f(1, f(2, "a"))
        + f(2, f(2, "b"))
        + f(4, f(1, v(1, 5), v(2, 7)), f(2, f(1, "i")))
        + f(10, f(1, "namespace"), f(2, "pay"))
        + f(11, f(1, f(1, "k"), f(2)))
        + f(12, f(1, "a.b"))
        + f(13, f(1, f(1, "r"), f(2))),
    ),
    (
        Peer(address=Address(pipe=Pipe()), service="s", labels={"app": "web"}, principal="p", certificate="c"),
        f(1, f(2)) + f(2, "s") + f(3, f(1, "app"), f(2, "web")) + f(4, "p") + f(5, "c"),
    ),
    (
        HttpRequest(
            id="i",
            method="POST",
            headers={":path": "/p"},
            path="/p",
            host="h",
            scheme="https",
            query="q",
            fragment="z",
            size=200,
            protocol="HTTP/2",
            body="text",
            raw_body=b"\xff\x00",
            header_map=HeaderMap(headers=[HeaderValue(key="a", value="b", raw_value=b"\xfe")]),
        ),
        f(1, "i")
        + f(2, "POST")
        + f(3, f(1, ":path"), f(2, "/p"))
        + f(4, "/p")
        + f(5, "h")
        + f(6, "https")
        + f(7, "q")
        + f(8, "z")
        + v(9, 200)
        + f(10, "HTTP/2")
        + f(11, "text")
        + f(12, b"\xff\x00")
        + f(13, f(1, f(1, "a"), f(2, "b"), f(3, b"\xfe"))),
    ),
    (
        Address(socket_address=SocketAddress(protocol=SocketAddress.UDP, address="10.0.0.1", port_value=8443)),
        f(1, v(1, 1), f(2, "10.0.0.1"), v(3, 8443)),
    ),
    (Address(socket_address=SocketAddress(named_port="http")), f(1, f(4, "http"))),
    (Address(pipe=Pipe(path="/s")), f(2, f(1, "/s"))),
    (
        Address(envoy_internal_address=EnvoyInternalAddress(server_listener_name="l", endpoint_id="e")),
        f(3, f(1, "l"), f(2, "e")),
    ),
    (
        CheckResponse(
            status=Status(code=7, message="no"),
            denied_response=DeniedHttpResponse(
                status=HttpStatus(code=StatusCode.Forbidden), headers=[option("h")], body="b"
            ),
            dynamic_metadata=Struct(),
        ),
        f(1, v(1, 7), f(2, "no")) + f(2, f(1, v(1, 403)), f(2, f(1, f(1, "h"))), f(3, "b")) + f(4),
    ),
    (
        CheckResponse(
            ok_response=OkHttpResponse(
                headers=[option("h")],
                headers_to_remove=["x"],
                response_headers_to_add=[option("r")],
                query_parameters_to_set=[QueryParameter(key="k", value="v")],
                query_parameters_to_remove=["q"],
            )
        ),
        f(3, f(2, f(1, f(1, "h"))), f(5, "x"), f(6, f(1, f(1, "r"))), f(7, f(1, "k"), f(2, "v")), f(8, "q")),
    ),
    (
        HeaderValueOption(
            header=HeaderValue(key="k"),
            append=BoolValue(value=True),
            append_action=HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD,
            keep_empty_value=True,
        ),
        f(1, f(1, "k")) + f(2, v(1, 1)) + v(3, 2) + v(4, 1),
    ),
    (HealthCheckRequest(service="s"), f(1, "s")),
    (HealthCheckResponse(status=HealthCheckResponse.NOT_SERVING), v(1, 2)),
]


@pytest.mark.parametrize("message, wire", WIRE, ids=[type(message).__name__ for message, _ in WIRE])
def test_fields_have_envoys_numbers(message: Message, wire: bytes) -> None:
    assert message.SerializeToString(deterministic=True) == wire
    assert type(message).FromString(wire) == message


def test_unknown_fields_are_ignored_and_passed_on() -> None:
    wire = f(1, f(1, f(4, "p"), f(15, "later"))) + v(14, 1)
    request = CheckRequest.FromString(wire)
    assert request.attributes.source.principal == "p"
    assert sorted(request.SerializeToString()) == sorted(wire)
    assert len(request.SerializeToString()) == len(wire)


def test_an_enum_value_of_a_later_envoy_survives() -> None:
    assert HttpStatus.FromString(v(1, 999)).code == 999


@pytest.mark.parametrize("wire", [b"\x0a", b"\x0a\x05ab", b"\xff\xff", f(1, f(2, f(2, b"\xff")))])
def test_what_is_not_a_check_request_raises_decode_error(wire: bytes) -> None:
    with pytest.raises(DecodeError):
        CheckRequest.FromString(wire)


def test_a_map_reads_like_a_dict() -> None:
    request = CheckRequest()
    headers = request.attributes.request.http.headers
    headers["x-a"] = "1"
    assert dict(CheckRequest.FromString(request.SerializeToString()).attributes.request.http.headers) == {"x-a": "1"}
    assert headers.get("x-b") is None


def test_only_one_answer_at_a_time() -> None:
    response = CheckResponse(denied_response=DeniedHttpResponse(body="no"))
    response.ok_response.headers_to_remove.append("x")
    assert response.WhichOneof("http_response") == "ok_response"
    assert not response.HasField("denied_response")


def test_struct_reads_and_writes_like_a_dict() -> None:
    response = CheckResponse()
    response.dynamic_metadata.update({"sub": "me", "aud": ["a", None], "deep": {"n": 1.5}, "yes": True})
    metadata = CheckResponse.FromString(response.SerializeToString()).dynamic_metadata
    assert metadata["sub"] == "me"
    assert json_format.MessageToDict(metadata) == {"sub": "me", "aud": ["a", None], "deep": {"n": 1.5}, "yes": True}
    assert isinstance(metadata["deep"], Struct)


def test_struct_is_on_the_wire_what_the_default_pools_is() -> None:
    ours, theirs = Struct(), struct_pb2.Struct()
    ours["k"] = {"list": [1, "x", False]}
    theirs["k"] = {"list": [1, "x", False]}
    assert ours.SerializeToString(deterministic=True) == theirs.SerializeToString(deterministic=True)


def test_timestamp_gives_a_datetime() -> None:
    assert Timestamp(seconds=86400).ToDatetime(tzinfo=UTC) == datetime(1970, 1, 2, tzinfo=UTC)


def test_status_code_knows_names_and_numbers() -> None:
    assert StatusCode.Forbidden == StatusCode.Value("Forbidden") == 403
    assert StatusCode.Name(302) == "Found"


def test_classes_run_on_upb() -> None:
    assert api_implementation.Type() == "upb"
    assert type(CheckRequest).__module__ == "google._upb._message"


def test_every_exported_name_exists() -> None:
    assert all(hasattr(authz.pb, name) for name in authz.pb.__all__)


@pytest.mark.parametrize("module", sorted(module.name for module in pkgutil.iter_modules(authz.pb.__path__)))
def test_every_name_of_every_module_exists(module: str) -> None:
    loaded = importlib.import_module(f"authz.pb.{module}")
    names = getattr(loaded, "__all__", ())
    assert [name for name in names if not hasattr(loaded, name)] == []
    assert all(vars(loaded)[name] is getattr(loaded, name) for name in names)


def test_a_module_says_what_it_does_not_have() -> None:
    with pytest.raises(AttributeError, match=r"module 'authz\.pb\.cluster' has no attribute 'Clutser'"):
        _ = importlib.import_module("authz.pb.cluster").Clutser


def test_a_message_is_made_when_it_is_first_asked_for() -> None:
    """In a fresh interpreter: answering checks pays nothing for what only the forwarder says."""
    program = """
import sys
import authz.pb
assert "authz.pb.listener" not in sys.modules
import authz.pb.listener
assert "Listener" not in vars(authz.pb.listener)
authz.pb.listener.Listener(name="x")
assert "Listener" in vars(authz.pb.listener)
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_default_pool_and_top_level_packages_stay_untouched() -> None:
    """In a fresh interpreter: other tests may well load google.protobuf.struct_pb2."""
    program = """
import sys
import authz.pb
from google.protobuf import descriptor_pool
for name in (
    "envoy/service/auth/v3/external_auth.proto",
    "google/rpc/status.proto",
    "grpc/health/v1/health.proto",
    "google/protobuf/struct.proto",
):
    try:
        descriptor_pool.Default().FindFileByName(name)
    except KeyError:
        continue
    sys.exit(f"{name} is in the default pool")
sys.exit(", ".join({"envoy", "google.rpc", "xds", "udpa", "validate", "grpc"} & set(sys.modules)) or 0)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip()) == (0, "")

"""protos/pruning: the committed files belong together, and the list is checked. Without network or protoc."""

import importlib
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet

ROOT = Path(__file__).parents[3]
COMPILED = FileDescriptorSet.FromString((ROOT / "authz/pb/descriptors.bin").read_bytes()).file


@pytest.fixture(autouse=True)
def _pruning_on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "protos"))


def pruning(module: str) -> ModuleType:
    return importlib.import_module(f"pruning.{module}")


def test_the_proto_files_say_what_descriptors_bin_says() -> None:
    render, marker = pruning("prototext").render_proto, pruning("build").MARKER
    ours = {file.name: render(file, marker) for file in COMPILED if file.package != "google.protobuf"}
    committed = (path for path in (ROOT / "protos").rglob("*.proto") if marker in path.read_text())
    assert {str(path.relative_to(ROOT / "protos")): path.read_text() for path in committed} == ours


def test_the_modules_and_stubs_say_what_descriptors_bin_says() -> None:
    allowed = pruning("allow").read_allow_list(ROOT / "protos/allow.toml")
    modules = {package.name: package.module for package in allowed} | {"google.protobuf": "protobuf"}
    for name, text in pruning("modules").render_modules(COMPILED, modules, pruning("build").MARKER):
        assert (ROOT / "authz/pb" / name).read_text() == text


def test_descriptors_bin_holds_what_the_list_allows() -> None:
    tables = tomllib.loads((ROOT / "protos/allow.toml").read_text())
    for package, table in tables.items():
        held = dict(fields_by_message(package))
        for message, fields in table["messages"].items():
            assert fields == "*" or held.pop(message) == set(fields)


def fields_by_message(package: str) -> list[tuple[str, set[str]]]:
    pending = [("", message) for file in COMPILED if file.package == package for message in file.message_type]
    found = []
    while pending:
        scope, message = pending.pop()
        found.append((scope + message.name, {field.name for field in message.field}))
        pending += [(f"{scope}{message.name}.", inner) for inner in message.nested_type]
    return found


Field = FieldDescriptorProto
UPSTREAM = FileDescriptorSet(
    file=[
        FileDescriptorProto(
            name="a/a.proto",
            package="a",
            syntax="proto3",
            message_type=[
                DescriptorProto(
                    name="Outer",
                    field=[
                        Field(name="text", number=3, type=Field.TYPE_STRING, json_name="text"),
                        Field(name="inner", number=1, type=Field.TYPE_MESSAGE, type_name=".a.Outer.Inner"),
                        Field(name="color", number=2, type=Field.TYPE_ENUM, type_name=".b.Color"),
                    ],
                    nested_type=[DescriptorProto(name="Inner")],
                )
            ],
        ),
        FileDescriptorProto(name="b/b.proto", package="b", syntax="proto3"),
    ]
)
UPSTREAM.file[1].enum_type.add(name="Color").value.add(name="RED", number=0)


def trimmed(tmp_path: Path, text: str) -> tuple[FileDescriptorProto, ...]:
    (tmp_path / "allow.toml").write_text(text)
    files: tuple[FileDescriptorProto, ...] = pruning("trim").trim(
        UPSTREAM, pruning("allow").read_allow_list(tmp_path / "allow.toml")
    )
    return files


def test_only_listed_fields_are_kept_with_their_numbers(tmp_path: Path) -> None:
    (file,) = trimmed(tmp_path, '[a]\nmodule = "a"\n[a.messages]\nOuter = ["text"]')
    assert [(field.name, field.number) for field in file.message_type[0].field] == [("text", 3)]
    assert not file.message_type[0].nested_type
    assert not file.dependency


def test_a_star_keeps_every_field_and_enums_come_along(tmp_path: Path) -> None:
    text = '[a]\nmodule = "a"\n[a.messages]\nOuter = "*"\n"Outer.Inner" = "*"\n[b]\nmodule = "b"\nmessages = {}'
    first, second = trimmed(tmp_path, text)
    assert [field.name for field in first.message_type[0].field] == ["text", "inner", "color"]
    assert list(first.dependency) == ["b/b.proto"]
    assert second.enum_type[0].name == "Color"


@pytest.mark.parametrize(
    "text, message",
    [
        ("[a", "not TOML"),
        ("[a]\nmessages = {}", r'\["a"\]: expected `module` and `messages`'),
        ('[a]\nmodule = "a-b"\nmessages = {}', "'a-b' is not a name for a module"),
        ('[a]\nmodule = "protobuf"\nmessages = {}', "already that of google.protobuf"),
        ('[a]\nmodule = "a"\nmessages = { Outer = 1 }', r'a.Outer: expected a list of field names or "\*", found 1'),
        ('[a]\nmodule = "a"\nmessages = { Outer = ["text", "text"] }', "a.Outer: a field is listed twice"),
        ('[a]\nmodule = "a"\nmessages = { Outre = "*" }', "no message a.Outre"),
        ('[a]\nmodule = "a"\nmessages = { Outer = ["txet"] }', "a.Outer has no field 'txet'"),
        (
            '[a]\nmodule = "a"\nmessages = { Outer = ["inner"] }',
            "a.Outer.inner needs a.Outer.Inner, which is not",
        ),
        ('[a]\nmodule = "a"\nmessages = { Outer = ["color"] }', "needs b.Color, whose package has no table"),
    ],
)
def test_a_bad_list_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(importlib.import_module("pruning").PruneError, match=message):
        trimmed(tmp_path, text)


def test_every_mistake_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(importlib.import_module("pruning").PruneError, match=r"(?s)no message a.X.*no message a.Y"):
        trimmed(tmp_path, '[a]\nmodule = "a"\nmessages = { X = "*", Y = "*" }')

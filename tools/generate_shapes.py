#!/usr/bin/env python3
"""Writes C++ structs and their descriptors from models/*.json. Standard library only; runs in every build.

usage: generate_shapes.py MODELS_DIR OUTPUT_DIR

For each service X: aws/shapes/X.h (structs; every member is a std::optional) and X.cc (tables for the codecs). Of all
services: constraint_facts.cc.
"""
import json
import pathlib
import re
import sys

KEYWORDS = set("""alignas and auto bool break case catch char class const continue default delete do double else enum
explicit export extern false float for friend goto if inline int long namespace new not operator or private protected
public register return short signed sizeof static struct switch template this throw true try typedef typename union
unsigned using virtual void volatile while""".split())
SCALARS = {"string": "std::string", "character": "std::string", "boolean": "bool", "integer": "int32_t", "long": "int64_t",
           "float": "double", "double": "double", "timestamp": "landfall::WallTime", "blob": "std::string"}
KINDS = {"string": "string", "character": "string", "boolean": "boolean", "integer": "integer", "long": "long_integer",
         "float": "floating", "double": "floating", "timestamp": "timestamp", "blob": "blob", "list": "list", "map": "map",
         "structure": "structure"}
TIME = {None: "by_protocol", "iso8601": "iso8601", "unixTimestamp": "unix_seconds", "rfc822": "rfc822"}
LOCATIONS = {None: "body", "header": "header", "headers": "headers", "uri": "uri", "querystring": "querystring",
             "statusCode": "status_code"}


def snake(name):
    name = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    name = re.sub(r"[^A-Za-z0-9]", "_", name).lower()
    return name + "_" if name in KEYWORDS else name


def quote(text):
    return json.dumps(text)


class Service:
    def __init__(self, name, model):
        self.name, self.model, self.shapes = name, model, model["shapes"]
        self.protocol = model["metadata"]["protocol"]

    def cpp_type(self, shape_name):
        shape = self.shapes[shape_name]
        if shape["type"] in SCALARS:
            return SCALARS[shape["type"]]
        if shape["type"] == "list":
            return f"std::vector<{self.cpp_type(shape['member']['shape'])}>"
        if shape["type"] == "map":
            return f"std::map<std::string, {self.cpp_type(shape['value']['shape'])}>"
        return shape_name

    def structures(self):
        """Structures in an order in which each comes after those that it holds; recursion only through lists and maps."""
        order, seen = [], set()

        def visit(name, path):
            if name in seen or name in path:
                return
            for held in self.held_by(name):
                visit(held, path | {name})
            seen.add(name)
            order.append(name)

        for name in sorted(self.shapes):
            if self.shapes[name]["type"] == "structure":
                visit(name, frozenset())
        return order

    def held_by(self, name):
        def inner(shape_name):
            shape = self.shapes[shape_name]
            if shape["type"] == "list":
                return inner(shape["member"]["shape"])
            if shape["type"] == "map":
                return inner(shape["value"]["shape"])
            return [shape_name] if shape["type"] == "structure" else []
        return [h for m in self.shapes[name].get("members", {}).values() for h in inner(m["shape"])]

    def header(self):
        lines = ["#pragma once", "", "// Made by tools/generate_shapes.py from models/; do not edit.", "",
                 "#include <cstdint>", "#include <map>", "#include <optional>", "#include <string>", "#include <vector>", "",
                 '#include "base/clock.h"', "", "namespace landfall::aws {", "struct Shape;", "struct ServiceModel;", "}", "",
                 f"namespace landfall::aws::{self.name} {{", "", "const ServiceModel& model();", ""]
        names = self.structures()
        lines += [f"struct {n};" for n in names] + [""]
        for name in names:
            lines.append(f"struct {name} {{")
            for member, what in self.shapes[name].get("members", {}).items():
                lines.append(f"  std::optional<{self.cpp_type(what['shape'])}> {snake(member)};")
            lines += ["  static const Shape& shape();", "};", ""]
        for operation, what in sorted(self.model["operations"].items()):
            for suffix, key in (("Input", "input"), ("Output", "output")):
                alias = operation + suffix
                target = what[key]["shape"] if key in what else None
                if target is None:
                    lines.append(f"struct {alias} {{ static const Shape& shape(); }};")
                elif target != alias:
                    lines.append(f"using {alias} = {target};")
        lines += ["", f"}}  // namespace landfall::aws::{self.name}", ""]
        return "\n".join(lines)

    def wire_of(self, member, what):
        return what.get("locationName", member)

    def ec2_wire_of(self, member, what):
        if "queryName" in what:
            return what["queryName"]
        wire = what.get("locationName", member)
        return wire[0].upper() + wire[1:]

    def text(self, text):
        """A piece of the service's text; whole texts are kept once."""
        if text not in self.texts:
            self.texts[text] = sum(map(len, self.pieces))
            self.pieces.append(text.encode())
        return f"{{{self.texts[text] if text else 0}, {len(text.encode())}}}"

    def number(self, table, entry):
        """Where an entry stands in a table; it is added if it is new."""
        return table.setdefault(entry, len(table))

    def member_rows(self, name):
        shape = self.shapes[name]
        rows = []
        for member, what in shape.get("members", {}).items():
            target = self.shapes[what["shape"]]
            parts = [self.text(member), self.text(self.wire_of(member, what)), self.text(self.ec2_wire_of(member, what)),
                     self.numbers[what["shape"]], self.number(self.optionals, self.cpp_type(what["shape"])),
                     f"offsetof({name}, {snake(member)})", f"Location::{LOCATIONS[what.get('location')]}",
                     f"TimeFormat::{TIME[what.get('timestampFormat', target.get('timestampFormat'))]}"]
            flags = [member in shape.get("required", []), what.get("flattened", False) or target.get("flattened", False),
                     what.get("xmlAttribute", False), shape.get("payload") == member, what.get("idempotencyToken", False)]
            parts += ["true" if f else "false" for f in flags]
            rows.append("    {" + ", ".join(map(str, parts)) + "},")
        return rows

    def shape_row(self, name, first_member, first_value):
        shape = self.shapes[name]
        kind = shape["type"]
        fields = [f".name = {self.text(name)}", f".kind = Kind::{KINDS[kind]}"]
        if kind == "structure" and shape.get("members"):
            fields.append(f".first_member = {first_member}, .member_count = {len(shape['members'])}")
        if kind == "list":
            element = shape["member"]
            fields += [f".element = {self.numbers[element['shape']]}", f".access = {self.number(self.lists, self.cpp_type(element['shape']))}",
                       f".element_wire = {self.text(element.get('locationName', 'member'))}"]
        if kind == "map":
            value = shape["value"]
            fields += [f".element = {self.numbers[value['shape']]}", f".access = {self.number(self.maps, self.cpp_type(value['shape']))}",
                       f".element_wire = {self.text(value.get('locationName', 'value'))}", f".key_wire = {self.text(shape['key'].get('locationName', 'key'))}"]
        if "enum" in shape:
            fields.append(f".first_value = {first_value}, .value_count = {len(shape['enum'])}")
        if "min" in shape:
            fields.append(f".minimum = {shape['min']}.0")
        if "max" in shape:
            fields.append(f".maximum = {shape['max']}.0")
        if "pattern" in shape:
            fields.append(f".pattern = {self.text(shape['pattern'])}")
        if shape.get("flattened"):
            fields.append(".is_flattened = true")
        if shape.get("streaming"):
            fields.append(".is_streaming = true")
        return f"    {{{', '.join(fields)}}},"

    def operation_row(self, operation, what):
        http = what["http"]
        sides = [self.numbers[what[key]["shape"] if key in what else operation + suffix] for key, suffix in (("input", "Input"), ("output", "Output"))]
        texts = [what.get("output", {}).get("resultWrapper", ""), what.get("input", {}).get("locationName", ""), what.get("input", {}).get("xmlNamespace", {}).get("uri", "")]
        parts = [self.text(operation), self.text(http["method"]), self.text(http["requestUri"]), http.get("responseCode", 200), *sides, *map(self.text, texts)]
        return "    {" + ", ".join(map(str, parts)) + "},"

    def source(self):
        self.texts, self.pieces, self.optionals, self.lists, self.maps = {}, [], {}, {}, {}
        named = sorted(self.shapes)
        operations = sorted(self.model["operations"].items())
        empties = [o + suffix for o, what in operations for key, suffix in (("input", "Input"), ("output", "Output")) if key not in what]
        self.numbers = {name: number for number, name in enumerate(named + empties)}
        members, values, shapes = [], [], []
        for name in named:
            shapes.append(self.shape_row(name, len(members), len(values)))
            members += self.member_rows(name) if self.shapes[name]["type"] == "structure" else []
            values += [self.text(value) for value in self.shapes[name].get("enum", [])]
        shapes += [f"    {{.name = {self.text(name)}, .kind = Kind::structure}}," for name in empties]
        calls = [self.operation_row(*o) for o in operations]
        meta = self.model["metadata"]
        told = [self.text(t) for t in (self.name, meta.get("signingName", meta["endpointPrefix"]), meta["serviceId"], meta["apiVersion"], self.namespace(),
                                       meta.get("targetPrefix", ""), meta.get("jsonVersion", ""))]

        def table(kind, name, rows):
            return [f"constexpr {kind} {name}[] = {{"] + rows + ["};"] if rows else [f"constexpr std::span<{kind}> {name};"]

        def accesses(kind, made_by, name, types):
            return table(f"const {kind}* ", name, [f"    &detail::{made_by}<{t}>," for t in types])

        text = b"".join(self.pieces).decode()
        out = [f'#include "aws/shapes/{self.name}.h"', "", "#include <cstddef>", "", '#include "aws/packed_shapes.h"', "",
               "// Members are optionals, which need not be standard layout; offsets of plain members are sound with this compiler.",
               '#pragma GCC diagnostic ignored "-Winvalid-offsetof"', "", f"namespace landfall::aws::{self.name} {{", "namespace {", ""]
        out += ["constexpr std::string_view kText ="] + [f"    {quote(text[i:i + 120])}" for i in range(0, len(text), 120)] + ["    \"\";"]
        out += table("PackedText", "kValues", ["    " + ", ".join(values) + ","] if values else [])
        out += table("PackedMember", "kMembers", members) + table("PackedShape", "kShapes", shapes) + table("PackedOperation", "kOperations", calls)
        out += accesses("OptionalAccess", "kOptional", "kOptionals", self.optionals) + accesses("ListAccess", "kList", "kLists", self.lists)
        out += accesses("MapAccess", "kMap", "kMaps", self.maps)
        protocol = {"rest-xml": "rest_xml"}.get(self.protocol, self.protocol)
        out += ["", "const ShapeTables& tables() {", "  static const ShapeTables tables({kText, kMembers, kShapes, kValues, kOperations, kOptionals, kLists, kMaps,",
                f"                                   {', '.join(told)}, Protocol::{protocol}}});", "  return tables;", "}", "", "}  // namespace", "",
                "const ServiceModel& model() { return tables().model(); }", ""]
        out += [f"const Shape& {name}::shape() {{ return tables().shape({self.numbers[name]}); }}" for name in self.structures() + empties]
        out += ["", f"}}  // namespace landfall::aws::{self.name}", ""]
        return "\n".join(out)

    def namespace(self):
        meta = self.model["metadata"]
        known = {"route53": "https://route53.amazonaws.com/doc/2013-04-01/", "s3": "http://s3.amazonaws.com/doc/2006-03-01/"}
        return meta.get("xmlNamespace", known.get(self.name, ""))


def write(path, text):
    if not path.exists() or path.read_text() != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def constraint_facts(services):
    """What only constraints ask about: bounds of the keys of maps, and what is secret."""
    lines = ['#include "aws/constraint_facts.h"', "", "namespace landfall::aws {", "namespace {", ""]
    keys, secrets = [], []
    for service in services:
        for name, shape in sorted(service.shapes.items()):
            if shape.get("sensitive"):
                secrets.append(f"    {quote(service.name + '.' + name)},")
            key = service.shapes[shape["key"]["shape"]] if shape["type"] == "map" else {}
            if not any(k in key for k in ("min", "max", "pattern", "enum")):
                continue
            fields = [f".name = {quote(shape['key']['shape'])}", ".kind = Kind::string"]
            if "enum" in key:
                lines.append(f"constexpr std::string_view e_{service.name}_{name}[] = {{{', '.join(quote(v) for v in key['enum'])}}};")
                fields.append(f".values = e_{service.name}_{name}")
            fields += [f".minimum = {key['min']}.0"] if "min" in key else []
            fields += [f".maximum = {key['max']}.0"] if "max" in key else []
            fields += [f".pattern = {quote(key['pattern'])}"] if "pattern" in key else []
            keys.append(f"    {{{quote(service.name)}, {quote(name)}, {{{', '.join(fields)}}}}},")
    lines += ["const MapKey kMapKeys[] = {"] + keys + ["};", "", "constexpr std::string_view kSecrets[] = {"] + secrets + ["};", "",
              "}  // namespace", "", "std::span<const MapKey> map_keys() { return kMapKeys; }",
              "std::span<const std::string_view> secret_shapes() { return kSecrets; }", "", "}  // namespace landfall::aws", ""]
    return "\n".join(lines)


def index(names):
    lines = ['#include "aws/shape.h"', ""] + [f'#include "aws/shapes/{n}.h"' for n in names]
    lines += ["", "namespace landfall::aws {", "", "std::span<const ServiceModel* const> all_services() {",
              "  static const ServiceModel* const services[] = {" + ", ".join(f"&{n}::model()" for n in names) + "};",
              "  return services;", "}", "", "}  // namespace landfall::aws", ""]
    return "\n".join(lines)


def main():
    models, output = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    names = sorted(p.stem for p in models.glob("*.json"))
    services = [Service(name, json.loads((models / f"{name}.json").read_text())) for name in names]
    write(output / "aws/shapes/constraint_facts.cc", constraint_facts(services))
    for name, service in zip(names, services):
        write(output / "aws/shapes" / f"{name}.h", service.header())
        write(output / "aws/shapes" / f"{name}.cc", service.source())
    write(output / "aws/shapes/index.cc", index(names))


if __name__ == "__main__":
    main()

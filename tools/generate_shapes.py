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

    def shape_ref(self, name):
        return f"s_{name}"

    def member_table(self, name):
        shape = self.shapes[name]
        rows = []
        for member, what in shape.get("members", {}).items():
            target = self.shapes[what["shape"]]
            parts = [quote(member), quote(self.wire_of(member, what)), quote(self.ec2_wire_of(member, what)),
                     f"&{self.shape_ref(what['shape'])}", f"&detail::kOptional<{self.cpp_type(what['shape'])}>",
                     f"offsetof({name}, {snake(member)})", f"Location::{LOCATIONS[what.get('location')]}",
                     f"TimeFormat::{TIME[what.get('timestampFormat', target.get('timestampFormat'))]}"]
            flags = [member in shape.get("required", []), what.get("flattened", False) or target.get("flattened", False),
                     what.get("xmlAttribute", False), shape.get("payload") == member, what.get("idempotencyToken", False)]
            parts += ["true" if f else "false" for f in flags]
            rows.append("    {" + ", ".join(parts) + "},")
        return rows

    def shape_lines(self, name):
        shape = self.shapes[name]
        kind = shape["type"]
        fields = [f".name = {quote(name)}", f".kind = Kind::{KINDS[kind]}"]
        if kind == "structure" and shape.get("members"):
            fields.append(f".members = m_{name}")
        if kind == "list":
            element = shape["member"]
            fields += [f".element = &{self.shape_ref(element['shape'])}", f".element_wire = {quote(element.get('locationName', 'member'))}",
                       f".list = &detail::kList<{self.cpp_type(element['shape'])}>"]
        if kind == "map":
            fields += [f".element = &{self.shape_ref(shape['value']['shape'])}",
                       f".element_wire = {quote(shape['value'].get('locationName', 'value'))}",
                       f".key_wire = {quote(shape['key'].get('locationName', 'key'))}",
                       f".map = &detail::kMap<{self.cpp_type(shape['value']['shape'])}>"]
        if "enum" in shape:
            fields.append(f".values = e_{name}")
        if "min" in shape:
            fields.append(f".minimum = {shape['min']}.0")
        if "max" in shape:
            fields.append(f".maximum = {shape['max']}.0")
        if "pattern" in shape:
            fields.append(f".pattern = {quote(shape['pattern'])}")
        if shape.get("flattened"):
            fields.append(".is_flattened = true")
        if shape.get("streaming"):
            fields.append(".is_streaming = true")
        return f"const Shape {self.shape_ref(name)}{{{', '.join(fields)}}};"

    def source(self):
        out = [f'#include "aws/shapes/{self.name}.h"', "", "#include <cstddef>", "", '#include "aws/shape.h"', "",
               "// Members are optionals, which need not be standard layout; offsets of plain members are sound with this compiler.",
               '#pragma GCC diagnostic ignored "-Winvalid-offsetof"', "", f"namespace landfall::aws::{self.name} {{", "namespace {", ""]
        names = sorted(self.shapes)
        out += [f"extern const Shape {self.shape_ref(n)};" for n in names] + [""]
        for name in names:
            if "enum" in self.shapes[name]:
                values = ", ".join(quote(v) for v in self.shapes[name]["enum"])
                out.append(f"constexpr std::string_view e_{name}[] = {{{values}}};")
        for name in names:
            if self.shapes[name]["type"] == "structure" and self.shapes[name].get("members"):
                out += [f"const Member m_{name}[] = {{"] + self.member_table(name) + ["};"]
        out += [self.shape_lines(n) for n in names] + [""]
        empties = []
        operations = []
        for operation, what in sorted(self.model["operations"].items()):
            refs = {}
            for key, suffix in (("input", "Input"), ("output", "Output")):
                if key in what:
                    refs[key] = self.shape_ref(what[key]["shape"])
                else:
                    empties.append(operation + suffix)
                    refs[key] = self.shape_ref(operation + suffix)
                    out.append(f"const Shape {refs[key]}{{.name = {quote(operation + suffix)}, .kind = Kind::structure}};")
            http = what["http"]
            fields = [f".name = {quote(operation)}", f".method = {quote(http['method'])}", f".uri = {quote(http['requestUri'])}",
                      f".success_status = {http.get('responseCode', 200)}", f".input = &{refs['input']}", f".output = &{refs['output']}",
                      f".result_wrapper = {quote(what.get('output', {}).get('resultWrapper', ''))}",
                      f".input_root = {quote(what.get('input', {}).get('locationName', ''))}",
                      f".input_namespace = {quote(what.get('input', {}).get('xmlNamespace', {}).get('uri', ''))}"]
            operations.append("    {" + ", ".join(fields) + "},")
        out += ["const landfall::aws::Operation kOperations[] = {"] + operations + ["};", ""]
        meta = self.model["metadata"]
        protocol = {"rest-xml": "rest_xml"}.get(self.protocol, self.protocol)
        fields = [quote(self.name), quote(meta.get("signingName", meta["endpointPrefix"])), quote(meta["serviceId"]),
                  quote(meta["apiVersion"]), quote(self.namespace()), quote(meta.get("targetPrefix", "")),
                  quote(meta.get("jsonVersion", "")), f"Protocol::{protocol}", "kOperations"]
        out += [f"const ServiceModel kModel{{{', '.join(fields)}}};", "", "}  // namespace", "", "const ServiceModel& model() { return kModel; }", ""]
        for name in self.structures():
            out.append(f"const Shape& {name}::shape() {{ return {self.shape_ref(name)}; }}")
        out += [f"const Shape& {n}::shape() {{ return {self.shape_ref(n)}; }}" for n in empties]
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

"""Calls of functions with the arguments of known cases exchanged, dropped and replaced: many refused, each by both or by neither."""
import json
import pathlib
import re

CASES = pathlib.Path(__file__).parents[2] / "data" / "hcl" / "functions.json"
CALL = re.compile(r"([a-z0-9_]+)\((.*)\)", re.S)
OTHERWISE = {"timestamp", "plantimestamp", "uuid", "bcrypt", "rsadecrypt", "file", "templatefile", "fileset", "filebase64", "fileexists", "abspath", "pathexpand",
             "base64gunzip", "cidrcontains", "urldecode"}  # differ by time and place, or are OpenTofu's
EDGES = ["null", '""', '" "', "0", "-1", "1.5", "1e3", "true", '"true"', "[]", "{}", "[null]", '"é"', '"a,b"', '[1, "2"]', "tolist([])", "tomap({})", 'toset(["b", "a"])', '{ a = 1, b = "x" }',
         '"1"', "99999999999999999999", '["a", "b", "c"]', '[["a"], ["b"]]', "1/3", '"\\n"', '"%s"', '"🤷‍♂️"', "tostring(null)", 'sensitive("s")', "-3", '"UTF-8"']


def arguments(text):
    """Split at the commas that stand in no bracket and no string; None where that is not so simple."""
    parts, depth, quoted, at = [""], 0, False, 0
    while at < len(text):
        c = text[at]
        if quoted and c == "\\":
            parts[-1] += text[at:at + 2]
            at += 2
            continue
        if quoted and text[at:at + 2] in ("${", "%{"):
            return None
        quoted ^= c == '"'
        if not quoted:
            depth += (c in "([{") - (c in ")]}")
        if depth < 0:
            return None
        if c == "," and depth == 0 and not quoted:
            parts.append("")
        else:
            parts[-1] += c
        at += 1
    return [p.strip() for p in parts if p.strip()]


def known():
    by_name = {}
    for case in json.loads(CASES.read_text())["cases"]:
        call = CALL.fullmatch(case["expr"])
        given = arguments(call[2]) if call and "\n" not in case["expr"] else None
        if given is not None and call[1] not in OTHERWISE and not any(f"{name}(" in call[2] for name in OTHERWISE):
            by_name.setdefault(call[1], []).append(given)
    return by_name


KNOWN = known()
POOL = sorted({a for calls in KNOWN.values() for given in calls for a in given if len(a) < 80})


def call(random):
    name = random.choice(sorted(KNOWN))
    given = list(random.choice(KNOWN[name]))
    for _ in range(random.choice([1, 1, 2])):
        if not given:
            break
        at, what = random.randrange(len(given)), random.random()
        if what < 0.45:
            given[at] = random.choice([other[at] for other in KNOWN[name] if len(other) > at] or EDGES)
        elif what < 0.75:
            given[at] = random.choice(EDGES)
        elif what < 0.92:
            given[at] = random.choice(POOL)
        elif what < 0.96:
            given.append(random.choice(EDGES))
        else:
            given.pop(at)
    return f"{name}({', '.join(given)})"

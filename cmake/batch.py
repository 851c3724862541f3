#!/usr/bin/env python3
"""Several sources as one translation unit: headers are read once, and what templates make is made once.

usage: batch.py plan BYTES SOURCE...       groups of sources, one a line, names parted by ';'
       batch.py write OUT SOURCE...        the translation unit of one group

What a source keeps to itself (its unnamed namespaces, static functions) gets a name of its own in the unit, so that two sources
may have a helper of the same name, and neither sees the other's. `#line` keeps messages and debuggers at the source. A source
that defines macros stands apart, and so does one whose using-declaration takes a name that a header of its layer gives to something else.
"""
import os
import re
import sys
import zlib

TOKEN = re.compile(r'''(?P<skip>\s+|//[^\n]*|/\*.*?\*/)|(?P<raw>R"(?P<d>[^(\s]*)\(.*?\)(?P=d)")|(?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
    |(?P<line>\#[^\n]*(?:\\\n[^\n]*)*)|(?P<number>\.?\d(?:[eEpP][+-]|'\w|[\w.])*)|(?P<name>[A-Za-z_]\w*)|(?P<mark>::|->|\.\.\.|.)''', re.X | re.S)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OPEN, CLOSE = "([{", ")]}"
# Of a group no source may include these but alone: they define macros over words of the language.
APART = re.compile(r'^\s*#\s*(?:define|undef)\b|ldns/', re.M)


class Source:
    def __init__(self, path):
        self.path = path
        with open(path, encoding="utf-8") as file:
            self.text = file.read()
        self.tokens = [m for m in TOKEN.finditer(self.text) if m.lastgroup != "skip" and m.lastgroup != "line"]
        self.words = [m.group() for m in self.tokens]
        self.own, self.open, self.used = set(), set(), {}
        self.is_apart = APART.search(self.text) is not None
        self.read_scope(0, len(self.words), False)
        before = [""] + self.words
        self.mentioned = {w for w, b in zip(self.words, before) if b not in (".", "->", "::") and (w[0].isalpha() or w[0] == "_")}
        members = {w for w, b in zip(self.words, before) if b in (".", "->", "::")}
        self.shy = self.own & (members | self.open)  # also the name of something else: left as it is, if no other source knows it
        self.renamed = self.own - self.shy

    def skip(self, at):
        """Behind the bracket that `at` opens."""
        depth = 0
        while at < len(self.words):
            depth += (self.words[at] in OPEN) - (self.words[at] in CLOSE)
            at += 1
            if depth == 0:
                break
        return at

    def read_scope(self, at, end, is_own):
        while at < end:
            word = self.words[at]
            if word in ("namespace", "inline") and "namespace" in self.words[at:at + 2]:
                at = self.read_namespace(at + (word == "inline"), is_own)
            elif word == ";":
                at += 1
            elif word == "extern" and self.words[at + 1][0] == '"' and self.words[at + 2] == "{":
                at = self.skip(at + 2)
            else:
                at = self.read_declaration(at, end, is_own)

    def read_namespace(self, at, is_own):
        body = at + 1
        while self.words[body] not in ("{", "="):
            body += 1
        if self.words[body] == "=":
            stop = self.words.index(";", body)
            self.used[self.words[at + 1]] = "".join(self.words[body + 1:stop])
            return stop + 1
        behind = self.skip(body)
        self.read_scope(body + 1, behind - 1, is_own or body == at + 1)
        return behind

    def read_declaration(self, at, end, is_own):
        first = self.words[at]
        if first == "using" and self.words[at + 1] != "namespace":
            stop = self.words.index(";", at)
            if self.words[at + 2] == "=" and is_own:
                self.own.add(self.words[at + 1])
            elif self.words[at + 2] == "=":
                self.used[self.words[at + 1]] = "".join(self.words[at + 3:stop])
            else:
                self.used[self.words[stop - 1]] = "".join(self.words[at + 1:stop])
            return stop + 1
        if first in ("using", "typedef", "static_assert"):
            return self.words.index(";", at) + 1
        is_template = False
        while self.words[at] in ("template", "["):
            if self.words[at] == "[":
                at = self.skip(at)
            else:
                is_template = True
                at = self.skip_angles(at + 1)
        if self.words[at] == "requires":
            at = self.skip(at + 1) if self.words[at + 1] == "(" else at + 1
        start, name, is_type, is_enum, mark = at, "", False, False, ""
        is_static = False
        while at < end:
            word = self.words[at]
            is_static = is_static or word == "static"
            if word in ("struct", "class", "union", "enum", "concept") and not name:
                is_type, is_enum = True, word == "enum" and self.words[at + 1] not in ("class", "struct")
            if word == "<" and name != "operator":
                at = self.skip_angles(at)
                continue
            if word == "[" and self.words[at + 1] == "[":
                at = self.skip(at)
                continue
            if word in ("decltype", "alignas", "noexcept", "requires") and self.words[at + 1] == "(":
                at = self.skip(at + 1)
                continue
            if word in ("(", "=", "{", "[", ";") or (word == ":" and is_type):
                mark = word
                break
            if word[0].isalpha() or word[0] == "_":
                name = word if word not in ("final", "const") else name
                at_name = at
            at += 1
        is_member = name and self.words[at_name - 1] in ("::", "~", "operator") or name == "operator" or "operator" in self.words[start:at]
        is_macro = name.isupper() and len(name) > 1  # TEST_CASE(…)
        is_known_outside = first == "extern"  # a function that C or the linker finds by its name
        if name and not is_member and not is_macro and not is_known_outside and (is_own or (is_static and not is_type)):
            self.own.add(name)
        elif name and not is_member:
            self.open.add(name)
        if is_enum and is_own and mark in ("{", ":"):
            body = self.words.index("{", at)
            inner = body + 1
            while inner < self.skip(body) - 1:
                self.own.add(self.words[inner])
                while self.words[inner] not in (",", "}"):
                    inner = self.skip(inner) if self.words[inner] in OPEN else inner + 1
                inner += 1
        return self.behind(at, mark, is_type)

    def behind(self, at, mark, is_type):
        is_function = mark == "(" and not is_type
        while at < len(self.words):
            word = self.words[at]
            if word == ";":
                return at + 1
            if word == "{" and is_function and self.words[at - 1] not in ("=", ",", "("):
                # a member initializer `a{1}` is followed by `,` or `{`; a body is not
                at = self.skip(at)
                if self.words[at:at + 1] not in (["{"], [","]):
                    return at
                continue
            at = self.skip(at) if word in OPEN else at + 1
        return at

    def skip_angles(self, at):
        depth = 0
        while at < len(self.words):
            word = self.words[at]
            if word in OPEN:
                at = self.skip(at)
                continue
            depth += (word == "<") - (word == ">")
            at += 1
            if depth == 0:
                break
        return at

    def fits(self, other):
        if self.is_apart or other.is_apart:
            return False
        if any(other.used.get(name, meaning) != meaning for name, meaning in self.used.items()):
            return False
        return not (self.shy & (other.mentioned | other.own) or other.shy & (self.mentioned | self.own))

    def rewritten(self):
        stem = re.sub(r"\W", "_", os.path.basename(self.path).removesuffix(".cc"))
        out, at, before = [], 0, ""
        for token in self.tokens:
            word = token.group()
            if word in self.renamed and before not in (".", "->", "::"):
                out.append(self.text[at:token.start()] + word + "_in_" + stem)
                at = token.end()
            before = word
        return "".join(out) + self.text[at:]


def headers(folder):
    for at, _, files in os.walk(folder):
        yield from (os.path.join(at, file) for file in files if file.endswith(".h"))


def stretches(limit, sizes):
    """Parts a folder's sources, in their order, by seams that the names make: another source or another size changes the stretch
    that it is in, and seldom the next one."""
    stretch, size = [], 0
    for path, bytes in sizes:
        is_seam = zlib.crc32(os.path.basename(path).encode()) % 2 == 0 and size >= 0.6 * limit
        if stretch and (is_seam or size + bytes > limit):
            yield stretch
            stretch, size = [], 0
        stretch.append(path)
        size += bytes
    if stretch:
        yield stretch


def plan(limit, paths):
    sources, folders = {}, {}
    declared = {}  # by layer, the names that its headers give to types
    for path in paths:
        source = sources[path] = Source(path)
        layer = re.match(r"(.*\bsrc/\w+|)", path).group()
        if layer not in declared:
            declared[layer] = set(re.findall(r"^(?:struct|class|enum class|enum) (\w+)", "".join(open(h, encoding="utf-8").read() for h in headers(layer)), re.M))
        source.is_apart = source.is_apart or bool(declared[layer] & source.used.keys())
        folders.setdefault(os.path.dirname(path), []).append((path, len(source.text)))
    for sizes in folders.values():
        for stretch in stretches(limit, sizes):
            groups = []
            for source in map(sources.get, stretch):
                group = next((group for group in groups if all(source.fits(other) for other in group)), None)
                if group is None:
                    groups.append(group := [])
                group.append(source)
            for group in groups:
                print(";".join(source.path for source in group))


def write(out, paths):
    sources = [Source(path) for path in paths]
    for i, source in enumerate(sources):
        for other in sources[:i]:
            if not source.fits(other):
                sys.exit(f"{source.path} and {other.path} are no longer fit for one unit: run cmake again (touch CMakeLists.txt)")
    with open(out, "w", encoding="utf-8") as file:
        for source in sources:
            # Relative, so that the cache of compilers serves every checkout.
            file.write(f'#line 1 "{os.path.relpath(source.path, ROOT)}"\n{source.rewritten()}\n')


if sys.argv[1:2] == ["plan"]:
    plan(int(sys.argv[2]), sys.argv[3:])
elif sys.argv[1:2] == ["write"]:
    write(sys.argv[2], sys.argv[3:])
else:
    sys.exit(__doc__)

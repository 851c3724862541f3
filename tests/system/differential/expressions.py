"""Random expressions of the language, most of them valid."""

STRINGS = ['"a"', '"Abc d"', '""', '"5"', '"true"', '"x-y_z"', '"héé"', '"10.0.0.0/16"', '"a,b,,c"', '"  s "', '"%"', '"null"', '"1.50"', '"k=v"']
NUMBERS = ["0", "1", "-1", "3", "2.5", "10", "100000", "0.1", "7", "-4", "1e3"]
LISTS = ["[]", '["a", "b"]', "[1, 2, 3]", '["a", 1, true]', '[null, "x"]', 'toset(["b", "a"])', "[[1], [2, 3]]", 'tolist(["x"])']
MAPS = ["{}", "{ a = 1 }", '{ a = "x", b = "y" }', '{ a = 1, b = "2", c = true }', 'tomap({ k = "v" })', "{ a = { b = 1 } }", "{ a = null }"]

# S string, N number, B boolean, L list, M map, A anything.
FORMS = {
    "S": ["upper(S)", '"${S}-${N}"', 'join(",", L)', 'replace(S, "a", S)', 'format("%s/%v/%q", S, N, S)', "substr(S, 1, -1)", "trimspace(S)", "title(S)", "B ? S : S", "tostring(N)", "jsonencode(A)", "coalesce(S, S)",
          "lookup(M, S, S)", "element(tolist(L), N)", "try(A.x, S)", 'trimprefix(S, "a")', "strrev(S)", "md5(S)", "base64encode(S)", "yamlencode(A)", '"%{ if B }${S}%{ else }${N}%{ endif }"', '"%{ for x in L }<${x}>%{ endfor }"',
          'cidrsubnet("10.0.0.0/16", 8, N)', 'regex("[a-z]+", S)', "indent(2, S)", "L[N]"],
    "N": ["(N + N)", "(N * N)", "(N - N)", "(N / N)", "(N % N)", "length(L)", "length(S)", "max(N, N)", "floor(N)", "ceil(N)", "abs(N)", "tonumber(S)", "sum(L)", "(B ? N : N)", "pow(N, 2)"],
    "B": ["(N > N)", "(A == A)", "(S != S)", "contains(L, S)", "!B", "can(A.a)", 'startswith(S, "a")', "alltrue([B, B])", "tobool(S)"],
    "L": ["[A, A]", "concat(L, L)", "flatten([L, A])", "compact(L)", "distinct(L)", "sort(L)", "reverse(L)", 'split(",", S)', "keys(M)", "values(M)", "[for x in L : x]", '[for i, x in L : "${i}=${x}" if x != S]', "[for k, v in M : v]",
          "slice(L, 0, 1)", "toset(L)", "tolist(L)", "setunion(L, L)", "chunklist(L, 2)", "L[*]", "coalescelist(L, L)", "(B ? L : L)", "range(3)"],
    "M": ["{ a = A, (upper(S)) = A }", "merge(M, M)", "{ for k, v in M : k => v }", "{ for x in L : x => x }", '{ for x in L : "${x}" => x... }', "zipmap(L, L)", "tomap(M)", "(B ? M : M)", "merge([M, M]...)", "jsondecode(jsonencode(A))", "yamldecode(yamlencode(A))"],
}
LEAVES = {"S": STRINGS, "N": NUMBERS, "B": ["true", "false"], "L": LISTS, "M": MAPS}


def expression(random, depth, kind="A"):
    if kind == "A":
        if random.random() < 0.05:
            return random.choice(["null", 'sensitive("s")', "{ a = sensitive(1) }"])
        kind = random.choice("SNBLM")
    if depth <= 0:
        return random.choice(LEAVES[kind])
    form = random.choice(FORMS[kind])
    made, i = "", 0
    while i < len(form):
        alone = not (i > 0 and form[i - 1].isalnum()) and not (i + 1 < len(form) and form[i + 1].isalnum())
        made += expression(random, depth - 1, form[i]) if alone and form[i] in "SNBLMA" else form[i]
        i += 1
    return made

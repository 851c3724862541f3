"""Random bodies, laid out badly in every way that still parses."""


class Layout:
    def __init__(self, random):
        self.random = random

    def space(self, least=0, most=3):
        return " " * self.random.randrange(least, most + 1)

    def several(self, count, one):
        return [one() for _ in range(self.random.randrange(0, count))]

    def expression(self, depth):
        sp, inner = self.space, lambda: self.expression(depth - 1)
        if depth <= 0:
            return self.random.choice(["1", '"a"', "true", "var.x", "local.a.b", '"${var.x}-y"', "-1", "data.a.b[0].c", "a.*.b", '"a${ var.x }b"'])
        return self.random.choice([
            lambda: "[" + sp() + ("," + sp()).join(self.several(4, inner)) + sp() + "]",
            lambda: "[\n" + "".join(self.several(3, lambda: sp(0, 6) + inner() + sp(0, 1) + ",\n")) + sp(0, 4) + "]",
            lambda: "{\n" + "".join(self.several(4, lambda: sp(0, 6) + self.random.choice(["a", "bbb", '"c d"', "(var.k)"]) + sp() + self.random.choice("=:") + sp() + inner() + self.random.choice(["", ","]) + "\n")) + sp(0, 4) + "}",
            lambda: "{" + sp() + "a" + sp() + "=" + sp() + inner() + sp() + "}",
            lambda: "f(" + sp() + (sp() + "," + sp()).join(self.several(3, inner)) + sp() + ")",
            lambda: inner() + sp() + self.random.choice(["+", "-", "*", "/", "%", "==", "!=", "&&", "||", "<", ">="]) + sp() + inner(),
            lambda: inner() + sp(1) + "?" + sp() + inner() + sp() + ":" + sp() + inner(),
            lambda: "!" + sp() + "var.b",
            lambda: "[" + sp() + "for x" + sp(1) + "in var.l" + sp() + ":" + sp() + inner() + sp(1) + "if x" + sp() + "!=" + sp() + "null" + sp() + "]",
            lambda: "{" + sp() + "for k" + sp() + "," + sp() + "v in var.l" + sp() + ":" + sp() + "k" + sp() + "=>" + sp() + inner() + sp() + self.random.choice(["", "..."]) + sp() + "}",
            lambda: "(" + sp() + inner() + sp() + ")",
            lambda: "var.x[" + sp() + self.random.choice(["0", "var.i", '"k"']) + sp() + "]",
        ])()

    def body(self, depth):
        return "".join(self.several(6, lambda: self.item(depth)))

    def item(self, depth):
        sp, before = self.space, self.random.choice([self.space(0, 6), self.space(0, 6), self.space(0, 6), "\t"])
        return self.random.choice([
            lambda: before + self.random.choice(["a", "bb", "long_name", "c1"]) + sp() + "=" + sp() + self.expression(2) + self.random.choice(["", "", "", sp(1) + "# c", " // d", " /* e */"]) + "\n",
            lambda: before + self.random.choice(["a", "long"]) + sp() + "=" + sp() + self.expression(1) + "\n",
            lambda: before + self.random.choice(["# comment", "// other", "#", "/* block\n   of */"]) + "\n",
            lambda: "\n" * self.random.randrange(1, 4),
            lambda: before + "block" + sp(1) + self.random.choice(["", '"l"', '"l"  "m"', "l"]) + sp() + "{\n" + (self.body(depth - 1) if depth > 0 else "") + before + "}\n",
            lambda: before + "one" + sp(1) + "{" + sp() + self.random.choice(["", "a = 1", "a  =  1"]) + sp() + "}\n",
            lambda: before + "h" + sp() + "=" + sp() + self.random.choice(["<<EOT", "<<-EOT"]) + "\n" + sp(0, 8) + "text ${ var.x }  y\n" + sp(0, 4) + "EOT\n",
            lambda: before + "s" + sp() + "=" + sp() + '"%{ if a }x%{ else }y%{ endif }"\n',
        ])()


def layout(random):
    text = Layout(random).body(3)
    if random.random() < 0.1:
        text = text.replace("\n", "\r\n")
    return text.rstrip("\n") if random.random() < 0.1 else text

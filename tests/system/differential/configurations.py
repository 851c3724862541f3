"""Random roots of terraform_data that change step by step."""

MODULE = '''variable "x" {}
resource "terraform_data" "in" {
  input = var.x
}
resource "terraform_data" "two" {
  count            = 2
  input            = "${var.x}-${count.index}"
  triggers_replace = terraform_data.in.id
}
output "id" {
  value = terraform_data.in.output
}
output "n" {
  value = length(terraform_data.two)
}
'''

VARIABLES = '''variable "n" {{
  default = {n}
}}
variable "t" {{
  default = "{t}"
}}
variable "on" {{
  default = {on}
}}
variable "s" {{
  default   = "{s}"
  sensitive = true
}}
'''

CHOICES = {"n": [0, 1, 2], "t": ["x", "y", "z"], "on": ["true", "false"], "s": ["p", "q"]}
INPUTS = ["var.t", "var.n", "{ a = var.t, b = [var.n, null] }", "null", '"k-${var.t}"', "var.s", "[var.t, true, 1.5]", "{ s = var.s, t = var.t }", "tolist([var.t])", 'toset(["b", var.t])', "tomap({ z = var.t })", "var.on ? var.t : null"]
REPEATS = {"plain": "", "count": "  count = var.n\n", "each": '  for_each = var.on ? toset(["a", var.t]) : toset(["a"])\n'}
ONE_OF = {"plain": "terraform_data.{0}", "count": "one(terraform_data.{0}[*])", "each": 'try(terraform_data.{0}["a"], null)'}


class Configuration:
    def __init__(self, random):
        self.random = random
        self.values = {name: random.choice(values) for name, values in CHOICES.items()}
        self.resources = {}
        for number in range(random.randrange(2, 7)):
            self.add(number)
        self.modules = {f"m{i}": random.choice(["", "  count = var.n\n", "  for_each = { k = var.t }\n"]) for i in range(random.randrange(0, 3))}
        self.has_check, self.has_conditions = random.random() < 0.3, random.random() < 0.3
        self.outputs = self.new_outputs()

    def add(self, number):
        odds = lambda share: self.random.random() < share  # noqa: E731
        self.resources[number] = {"repeat": self.random.choice(["plain", "plain", "count", "each"]), "input": self.input_for(number), "trigger": self.random.choice(["", "", "var.t", "var.n"]), "first": odds(0.15), "waits": odds(0.25),
                                  "ignores": odds(0.12), "follows": odds(0.12)}

    def input_for(self, number):
        earlier = [n for n in self.resources if n < number]
        if not earlier or self.random.random() < 0.6:
            return self.random.choice(INPUTS)
        other = self.random.choice(earlier)
        one = ONE_OF[self.resources[other]["repeat"]].format(f"r{other}")
        return self.random.choice([f'try({one}.output, "none")', f'try({one}.id, "none")', f"length(terraform_data.r{other})" if self.resources[other]["repeat"] != "plain" else f"terraform_data.r{other}"])

    def new_outputs(self):
        return [self.random.choice(["all", "module", "secret", "null", "plain"]) for _ in range(self.random.randrange(0, 4))]

    def refers(self, number):
        return [n for n, r in self.resources.items() if f"r{number}" in r["input"].replace(".", " ").replace("[", " ").replace(")", " ").split()]

    def change(self):
        for _ in range(self.random.randrange(1, 4)):
            number = self.random.choice(list(self.resources))
            what = self.random.choice(["value", "value", "input", "remove", "add", "trigger", "outputs", "repeat"])
            if what == "value":
                name = self.random.choice(list(CHOICES))
                self.values[name] = self.random.choice(CHOICES[name])
            elif what == "input":
                self.resources[number]["input"] = self.input_for(number)
            elif what == "remove" and len(self.resources) > 1 and not self.refers(number):
                del self.resources[number]
            elif what == "add":
                self.add(20 + self.random.randrange(5))
            elif what == "trigger":
                self.resources[number]["trigger"] = self.random.choice(["", "var.t", "var.n", '"c"'])
            elif what == "outputs":
                self.outputs = self.new_outputs()
            elif what == "repeat":
                self.resources[number]["repeat"] = self.random.choice(list(REPEATS))
                for other in self.refers(number):
                    self.resources[other]["input"] = "var.t"

    def text(self):
        parts = [VARIABLES.format(**self.values)]
        parts += [self.resource(number, kept) for number, kept in sorted(self.resources.items())]
        parts += [f'module "{name}" {{\n  source = "./mod"\n  x      = var.t\n{repeat}}}\n' for name, repeat in self.modules.items()]
        parts += [self.output(i, kind) for i, kind in enumerate(self.outputs)]
        if self.has_check:
            parts.append('check "c" {\n  assert {\n    condition     = var.t == "x"\n    error_message = "t is ${var.t}"\n  }\n}\n')
        return "".join(parts)

    def resource(self, number, kept):
        earlier = [n for n in self.resources if n < number]
        text = f'resource "terraform_data" "r{number}" {{\n{REPEATS[kept["repeat"]]}  input = {kept["input"]}\n'
        if kept["trigger"]:
            text += f"  triggers_replace = {kept['trigger']}\n"
        if kept["waits"] and earlier:
            text += f"  depends_on = [terraform_data.r{min(earlier)}]\n"
        lifecycle = "    create_before_destroy = true\n" if kept["first"] else ""
        lifecycle += "    ignore_changes = [input]\n" if kept["ignores"] else ""
        lifecycle += f"    replace_triggered_by = [terraform_data.r{max(earlier)}]\n" if kept["follows"] and earlier else ""
        if self.has_conditions and kept["repeat"] == "plain":
            lifecycle += '    precondition {\n      condition     = var.t != "q"\n      error_message = "no"\n    }\n    postcondition {\n      condition     = self.id != ""\n      error_message = "no"\n    }\n'
        return text + (f"  lifecycle {{\n{lifecycle}  }}\n" if lifecycle else "") + "}\n"

    def output(self, i, kind):
        values = {"all": f"terraform_data.r{min(self.resources)}", "module": "module.m0" if self.modules else "var.t", "secret": "var.s", "null": "var.on ? var.t : null", "plain": "[var.t, { n = var.n }]"}
        return f'output "o{i}" {{\n  value     = {values[kind]}\n  sensitive = {"true" if kind in ("all", "secret") else "false"}\n}}\n'

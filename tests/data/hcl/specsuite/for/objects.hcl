a = { for x in ["a", "b"] : x => "${x}!" }
b = { for k, v in { p = 1, q = 2 } : v => k if v > 1 }
c = { for x in [{ k = "x", v = 1 }, { k = "y", v = 2 }, { k = "x", v = 3 }] : x.k => x.v... }

a = "%{ for x in [1, 2] }<${x}>%{ endfor }"
b = "%{ for k, v in { p = 1 } }${k}:${v}%{ endfor }"

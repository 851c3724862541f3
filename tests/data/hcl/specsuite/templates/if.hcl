a = "%{ if true }x%{ endif }"
b = "a%{ if false }x%{ else }y%{ endif }b"
c = "%{ if true }%{ if false }p%{ else }q%{ endif }%{ endif }"

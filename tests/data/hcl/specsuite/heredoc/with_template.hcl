a = <<T
${1 + 1} and ${"x"}
%{ if true }yes%{ else }no%{ endif }
T

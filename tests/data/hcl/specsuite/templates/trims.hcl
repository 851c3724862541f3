a = "x ${~ "m" ~} y"
b = <<T
%{ for x in ["a", "b"] ~}
- ${x}
%{ endfor ~}
T
c = <<T
left
%{~ if true ~}
 mid
%{~ endif ~}
right
T

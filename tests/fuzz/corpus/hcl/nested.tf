x = <<EOT
${"a${"b"}"}
%{if true}y%{else}z%{endif}
EOT
y = ((1 + -2) * 3) / 0
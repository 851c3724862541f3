a = 1
b = nothing

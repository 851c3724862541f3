a = <<T
raw \n "quotes" $${kept}
T

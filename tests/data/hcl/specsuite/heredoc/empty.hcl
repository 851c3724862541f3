a = <<T
T

a = <<-X
      deep
    less
      deep
    X

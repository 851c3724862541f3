a = <<END
  kept
    deep
END
b = 1

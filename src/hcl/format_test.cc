#include "hcl/format.h"

#include <doctest/doctest.h>

namespace landfall::hcl {

TEST_CASE("equals signs and comments of neighbouring lines stand below each other") {
  CHECK(format_file("a=1\nbbb = 2 # c\nc   = [1,2 ] // d\n") == "a   = 1\nbbb = 2      # c\nc   = [1, 2] // d\n");
}

TEST_CASE("what opens brackets indents what follows, by one step") {
  CHECK(format_file("a = f({\nx=1\n})\nb {\nc = [\n1,\n]\n}\n") == "a = f({\n  x = 1\n})\nb {\n  c = [\n    1,\n  ]\n}\n");
}

TEST_CASE("the style of 0.11 becomes that of today") {
  CHECK(format_file("variable x {\n  type = \"list\"\n}\n") == "variable \"x\" {\n  type = list(string)\n}\n");
  CHECK(format_file("a = \"${var.x}\"\nb = \"${a}-${b}\"\n") == "a = var.x\nb = \"${a}-${b}\"\n");
  CHECK(format_file("c = \"${x ?\n1 : 2}\"\n") == "c = (x ?\n1 : 2)\n");
}

TEST_CASE("a minus is a sign where nothing stands before it") {
  CHECK(format_file("a = - 1\nb = x -1\nc = [ - x ]\n") == "a = -1\nb = x - 1\nc = [-x]\n");
}

TEST_CASE("text in heredocs stays as it is") {
  CHECK(format_file("a = <<-EOT\n      x   ${ y }\n EOT\n") == "a = <<-EOT\n      x   ${y}\n EOT\n");
}

TEST_CASE("a text that is laid out well stays as it is, and once is enough") {
  for (const char* text : {"", "\n", "# c", "a = 1", "b {}  ", "/* a\n  b */\nx = 1\n"}) CHECK(format_file(text) == text);
  const std::string once = format_file("x={ a=1,bb = 2 }\n\n\n  y   {  }\n");
  CHECK(format_file(once) == once);
}

}  // namespace landfall::hcl

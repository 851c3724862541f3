#include <zlib.h>

#include <fmt/format.h>

#include "base/text.h"
#include "hcl/gzip.h"
#include "terraform/simple_source.h"
#include "terraform/utility/types.h"

namespace landfall::terraform::utility_types {
namespace {

bool flag_or_true(const Record& state, std::string_view name) { return !state.has(name) || state.flag(name); }

/// One part of the MIME message: its header fields by name, then its content.
std::string part_text(const Record& part) {
  std::string text;
  if (!part.text("filename").empty()) text += fmt::format("Content-Disposition: attachment; filename=\"{}\"\r\n", part.text("filename"));
  text += "Content-Transfer-Encoding: 7bit\r\n";
  text += fmt::format("Content-Type: {}\r\n", part.text("content_type").empty() ? "text/plain" : part.text("content_type"));
  text += "Mime-Version: 1.0\r\n";
  if (!part.text("merge_type").empty()) text += fmt::format("X-Merge-Type: {}\r\n", part.text("merge_type"));
  return text + "\r\n" + part.text("content");
}

/// Source  registry.terraform.io, hashicorp/cloudinit: data cloudinit_config; RFC 2046 5.1.
Result<void> read_config(const Cloud&, Record& state) {
  const bool is_zipped = flag_or_true(state, "gzip"), is_encoded = flag_or_true(state, "base64_encode");
  if (is_zipped && !is_encoded) return fail("Argument.Conflict", "base64_encode is false and gzip is true: what gzip makes is no text, so base64_encode is needed with it");
  const std::string boundary = state.text("boundary").empty() ? "MIMEBOUNDARY" : state.text("boundary");
  std::string text = fmt::format("Content-Type: multipart/mixed; boundary=\"{}\"\nMIME-Version: 1.0\r\n", boundary);
  bool is_first = true;
  for (const Record& part : state.blocks("part")) {
    text += fmt::format("\r\n--{}\r\n{}", boundary, part_text(part));
    is_first = false;
  }
  if (is_first) return fail("Argument.Missing", "at least one block \"part\" is required");
  text += fmt::format("\r\n--{}--\r\n", boundary);
  const std::string bytes = is_zipped ? TRY(hcl::gzip(text)) : text;
  const std::string rendered = is_encoded ? base64_encode(bytes) : bytes;
  state.set("gzip", is_zipped);
  state.set("base64_encode", is_encoded);
  state.set("boundary", boundary);
  state.set("rendered", rendered);
  state.set("id", std::to_string(crc32_z(0, reinterpret_cast<const Bytef*>(rendered.data()), rendered.size())));
  return {};
}

Schema schema_of_config() {
  return {.attributes = {text("id").read_only(), flag("gzip").computed(), flag("base64_encode").computed(), text("boundary").computed(), text("rendered").read_only()},
          .blocks = {list_block("part", {.attributes = {text("content").required(), text("content_type"), text("filename"), text("merge_type")}, .is_exact = true})},
          .is_exact = true};
}

}  // namespace

void add_cloudinit_config(Provider& provider) {
  add_source(provider, "cloudinit_config", schema_of_config(), read_config);
  add_source(provider, "template_cloudinit_config", schema_of_config(), read_config);
}

}  // namespace landfall::terraform::utility_types

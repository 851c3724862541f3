#include <fmt/format.h>
#include <iconv.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>

#include "base/text.h"
#include "hcl/functions/function.h"
#include "hcl/functions/text_encoding.h"
#include "hcl/gzip.h"
#include "hcl/unicode.h"
#include "hcl/value_json.h"

namespace landfall::hcl {
namespace {

std::string without_line_ends(const std::string& text) { return replace_all(replace_all(text, "\n", ""), "\r", ""); }

std::string no_encoding(std::string_view name) { return fmt::format("\"{}\" is not a supported IANA encoding name or alias in this Terraform version", name); }

Result<Value> decode_base64(const Arguments& a) {
  const Result<std::string> bytes = base64_decode(without_line_ends(a.string(0)));
  if (!bytes) return failed("failed to decode base64 data: " + bytes.error().what);
  if (!is_valid_utf8(*bytes)) return failed("the result of decoding the provided string is not valid UTF-8");
  return Value::string(*bytes);
}

Result<Value> gzip_base64(const Arguments& a) {
  const Result<std::string> bytes = gzip(a.string(0));
  if (!bytes) return failed(bytes.error().what);
  return Value::string(base64_encode(*bytes));
}

/// OpenTofu's.
Result<Value> gunzip_base64(const Arguments& a) {
  constexpr size_t kMost = 64u << 20;
  const Result<std::string> bytes = base64_decode(a.string(0));
  if (!bytes) return failed("failed to decode base64 data: " + bytes.error().what);
  z_stream stream{};
  constexpr int kGzipWindow = 15 + 16;
  if (inflateInit2(&stream, kGzipWindow) != Z_OK) return failed("out of memory for decompression");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes->data()));
  stream.avail_in = static_cast<uInt>(bytes->size());
  std::string out;
  std::array<char, 65536> buffer{};
  int result = Z_OK;
  while (result == Z_OK && out.size() < kMost) {
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = static_cast<uInt>(buffer.size());
    result = inflate(&stream, Z_NO_FLUSH);
    out.append(buffer.data(), buffer.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (result != Z_STREAM_END) return failed("failed to gunzip bytestream: it is not gzip data, is cut short, or holds more than 64 MiB");
  if (!is_valid_utf8(out)) return failed("the result of decoding the provided string is not valid UTF-8");
  return Value::string(out);
}

Result<std::string> recode(const std::string& text, const char* to, const char* from,
                           const std::string& named) {
  const iconv_t converter = iconv_open(to, from);
  if (converter == reinterpret_cast<iconv_t>(-1)) return failed(no_encoding(named));
  std::string out;
  char* in = const_cast<char*>(text.data());
  size_t left = text.size();
  std::array<char, 4096> buffer{};
  bool good = true;
  bool is_flushing = false;
  while (good) {
    char* at = buffer.data();
    size_t room = buffer.size();
    const size_t result =
        iconv(converter, is_flushing ? nullptr : &in, is_flushing ? nullptr : &left, &at, &room);
    out.append(buffer.data(), buffer.size() - room);
    if (result != static_cast<size_t>(-1)) {
      if (is_flushing) break;
      is_flushing = true;
    } else if (errno != E2BIG) {
      good = false;
    }
  }
  iconv_close(converter);
  if (!good)
    return failed(
        fmt::format("the given string contains characters that cannot be represented in {}", named));
  return out;
}

Result<Value> encode_text(const Arguments& a) {
  const char* encoding = encoding_named(a.string(1));
  if (encoding == nullptr) return a.bad(1, no_encoding(a.string(1)));
  const bool is_utf16 = std::string_view(encoding) == "UTF-16";  // Go writes it as big-endian with a mark
  const Result<std::string> bytes = recode(a.string(0), is_utf16 ? "UTF-16BE" : encoding, "UTF-8", a.string(1));
  if (!bytes) return a.bad(1, bytes.error().what);
  return Value::string(base64_encode((is_utf16 ? "\xFE\xFF" : "") + *bytes));
}

Result<Value> decode_text(const Arguments& a) {
  const Result<std::string> bytes = base64_decode(without_line_ends(a.string(0)));
  const char* encoding = encoding_named(a.string(1));
  if (encoding == nullptr) return a.bad(1, no_encoding(a.string(1)));
  if (!bytes) return a.bad(0, "the given value is not valid base64: " + bytes.error().what);
  const bool has_mark = bytes->starts_with("\xFE\xFF") || bytes->starts_with("\xFF\xFE");
  if (std::string_view(encoding) == "UTF-16" && !has_mark) encoding = "UTF-16BE";
  const Result<std::string> text = recode(*bytes, "UTF-8", encoding, a.string(1));
  if (!text)
    return a.bad(0,
                 fmt::format("the given string contains symbols that are not defined for {}", a.string(1)));
  return Value::string(*text);
}

/// Go's url.QueryEscape.
/// OpenTofu's.
Result<Value> url_decode(const Arguments& a) {
  const std::string& text = a.string(0);
  for (size_t at = text.find('%'); at != std::string::npos; at = text.find('%', at + 1)) {
    const std::string_view escape = std::string_view(text).substr(at, 3);
    const bool is_good = escape.size() == 3 && std::isxdigit(static_cast<unsigned char>(escape[1])) != 0 && std::isxdigit(static_cast<unsigned char>(escape[2])) != 0;
    if (!is_good) return failed(fmt::format("failed to decode URL '{}', invalid URL escape \"{}\"", text, escape));
  }
  const std::string decoded = percent_decode(text, true);
  if (!is_valid_utf8(decoded)) return failed("the result of decoding the provided string is not valid UTF-8");
  return Value::string(decoded);
}

Result<Value> url_encode(const Arguments& a) {
  return Value::string(replace_all(percent_encode(a.string(0)), "%20", "+"));
}

/// One CSV text, by Go's encoding/csv with its default strictness.
class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : text_(text) {}

  /// The next record; an empty one at the end of the text.
  Result<std::vector<std::string>> next() {
    while (at_ < text_.size() && (text_[at_] == '\n' || text_.substr(at_).starts_with("\r\n"))) end_of_line();
    std::vector<std::string> fields;
    if (at_ >= text_.size()) return fields;
    const int line = line_;
    for (;;) {
      fields.push_back(TRY(field()));
      if (at_ < text_.size() && text_[at_] == ',') {
        ++at_;
        continue;
      }
      end_of_line();
      break;
    }
    first_line_ = line;
    return fields;
  }
  int line() const { return first_line_; }

 private:
  void end_of_line() {
    if (at_ < text_.size() && text_[at_] == '\r') ++at_;
    if (at_ < text_.size() && text_[at_] == '\n') {
      ++at_;
      ++line_;
    }
  }

  Result<std::string> field() {
    if (at_ < text_.size() && text_[at_] == '"') return quoted_field();
    std::string content;
    while (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '\n') {
      if (text_[at_] == '"')
        return failed(fmt::format("CSV parse error on line {}: bare \" in non-quoted-field", line_));
      if (text_.substr(at_).starts_with("\r\n")) break;
      content += text_[at_++];
    }
    return content;
  }

  Result<std::string> quoted_field() {
    std::string content;
    for (++at_; at_ < text_.size();) {
      const char c = text_[at_++];
      if (c == '\n') ++line_;
      if (c == '\r' && at_ < text_.size() && text_[at_] == '\n') continue;
      if (c != '"') {
        content += c;
      } else if (at_ < text_.size() && text_[at_] == '"') {
        content += '"';
        ++at_;
      } else if (at_ >= text_.size() || text_[at_] == ',' || text_[at_] == '\n' || text_[at_] == '\r') {
        return content;
      } else {
        return failed(
            fmt::format("CSV parse error on line {}: extraneous or missing \" in quoted-field", line_));
      }
    }
    return failed(fmt::format("CSV parse error on line {}: extraneous or missing \" in quoted-field", line_));
  }

  std::string_view text_;
  size_t at_ = 0;
  int line_ = 1;
  int first_line_ = 1;
};

Result<Value> decode_csv(const Arguments& a) {
  CsvReader reader(a.string(0));
  const std::vector<std::string> header = TRY(reader.next());
  if (header.empty()) return failed("missing header line");
  std::vector<Type::Attribute> attributes;
  for (const std::string& name : header) {
    const bool is_double = std::any_of(attributes.begin(), attributes.end(),
                                       [&](const Type::Attribute& x) { return x.name == name; });
    if (is_double) return failed(fmt::format("duplicate column name \"{}\"", name));
    attributes.push_back({name, Type::string()});
  }
  std::vector<Value> rows;
  for (;;) {
    std::vector<std::string> record = TRY(reader.next());
    if (record.empty()) break;
    if (record.size() != header.size()) {
      return failed(fmt::format("CSV parse error on line {}: wrong number of fields", reader.line()));
    }
    std::vector<Value::Field> fields;
    for (size_t i = 0; i < header.size(); ++i) fields.push_back({header[i], Value::string(record[i])});
    rows.push_back(Value::object(std::move(fields)));
  }
  return Value::list(Type::object(std::move(attributes)), std::move(rows));
}

bool has_infinity(const Value& value) {
  if (!value.has_value()) return false;
  if (value.is(Type::Kind::number)) return value.as_number().is_infinite();
  if (value.type().is_sequence()) return std::ranges::any_of(value.elements(), has_infinity);
  return value.type().has_fields() && std::ranges::any_of(value.fields(), [](const Value::Field& field) { return has_infinity(field.value); });
}

Result<Value> encode_json(const Arguments& a) {
  if (has_infinity(a[0])) return failed("JSON has no number for infinity");
  return Value::string(to_json(a[0]));
}

Result<Value> decode_json(const Arguments& a) {
  Result<Value> value = from_json(a.string(0));
  if (!value) return failed(value.error().what);
  return value;
}

}  // namespace

std::span<const Function> encoding_functions() {
  static const std::vector<Parameter> kText{{"str", Type::string()}};
  static const std::vector<Function> kFunctions{
      {"base64decode", kText, {}, Type::string(), decode_base64},
      {"base64encode",
       kText,
       {},
       Type::string(),
       [](const Arguments& a) -> Result<Value> { return Value::string(base64_encode(a.string(0))); }},
      {"base64gzip", kText, {}, Type::string(), gzip_base64},
      {"csvdecode", kText, {}, {}, decode_csv},
      {"jsondecode", kText, {}, {}, decode_json},
      {"jsonencode",
       {{"val", {}, Allow::null}},
       {},
       Type::string(),
       encode_json},
      {"textdecodebase64",
       {{"source", Type::string()}, {"encoding", Type::string()}},
       {},
       Type::string(),
       decode_text},
      {"textencodebase64",
       {{"string", Type::string()}, {"encoding", Type::string()}},
       {},
       Type::string(),
       encode_text},
      {"base64gunzip", kText, {}, Type::string(), gunzip_base64},
      {"urldecode", kText, {}, Type::string(), url_decode},
      {"urlencode", kText, {}, Type::string(), url_encode},
  };
  return kFunctions;
}

}  // namespace landfall::hcl

#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace landfall::http {

struct Header {
  std::string name;
  std::string value;
};

/// Header fields in order of arrival. Names compare case-insensitively.
class Headers {
 public:
  std::optional<std::string_view> find(std::string_view name) const;  ///< first value
  void set(std::string_view name, std::string_view value);            ///< replaces all of that name
  void add(std::string_view name, std::string_view value);
  void remove(std::string_view name);
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  size_t size() const { return fields_.size(); }

 private:
  std::vector<Header> fields_;
};

/// One request as a handler sees it: body complete, chunking undone.
struct Request {
  std::string method;
  std::string target;       ///< as on the request line: "/path?query"
  std::string path;         ///< target up to '?', still percent-encoded
  std::string query;        ///< after '?', raw; empty if none
  Headers headers;
  std::string body;         ///< empty when body_file is set
  std::optional<std::filesystem::path> body_file;  ///< a body over ServerOptions::spool_above lies here; the
                                                   ///< handler may rename it away, else it is removed afterwards
  std::string peer;         ///< "ip:port"
  std::string server_name;  ///< TLS SNI, empty if plain
  bool is_tls = false;
};

/// What a handler answers. Content-Length and Date are added by the server.
struct Response {
  int status = 200;
  Headers headers;
  std::string body;
  std::optional<std::filesystem::path> body_file;  ///< sent instead of `body`, from offset, `file_length` bytes
  uint64_t file_offset = 0;
  uint64_t file_length = 0;
};

std::string_view reason_phrase(int status);

}  // namespace landfall::http

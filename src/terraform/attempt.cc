#include "terraform/attempt.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "base/digest.h"
#include "base/json.h"
#include "base/text.h"

namespace landfall::terraform {
namespace {

json::object render(const Begun& begun) {
  json::array dependencies;
  for (const std::string& dependency : begun.dependencies) dependencies.emplace_back(dependency);
  json::object line{{"begun", begun.token}, {"module", begun.address.block.module}, {"type", begun.address.block.type}, {"name", begun.address.block.name}, {"wanted", begun.wanted},
                    {"dependencies", std::move(dependencies)}, {"creates_first", begun.creates_first}, {"region", begun.region}};
  if (begun.address.key.kind == Key::Kind::number) line["key"] = begun.address.key.number;
  if (begun.address.key.kind == Key::Kind::text) line["key"] = begun.address.key.text;
  return line;
}

Begun parse(const json::object& line) {
  const auto text = [&](std::string_view name) { return std::string(string_member(line, name)); };
  Begun begun{.token = text("begun"), .address = {.block = {.module = text("module"), .type = text("type"), .name = text("name")}}, .wanted = text("wanted"), .region = text("region")};
  if (const json::array* dependencies = array_member(line, "dependencies")) {
    for (const json::value& dependency : *dependencies) begun.dependencies.emplace_back(dependency.is_string() ? dependency.get_string() : json::string());
  }
  const json::value* first = line.if_contains("creates_first");
  begun.creates_first = first != nullptr && first->is_bool() && first->get_bool();
  const json::value* key = line.if_contains("key");
  if (key != nullptr && key->is_int64()) begun.address.key = Key::of(key->get_int64());
  if (key != nullptr && key->is_string()) begun.address.key = Key::of(std::string(key->get_string()));
  return begun;
}

/// FNV-1a: the same in every program, so that a later one makes the same ids.
uint64_t seed_of(const std::string& token) {
  uint64_t seed = 0xcbf29ce484222325;
  for (const char c : token) seed = (seed ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return seed;
}

}  // namespace

/// A line that a kill cut short was begun before its call: nothing was made of it.
std::filesystem::path Journal::path() const { return folder_ / (to_hex(sha256(place_)).substr(0, 16) + ".json"); }

Result<std::vector<Begun>> Journal::unfinished() const {
  std::vector<Begun> found;
  if (!std::filesystem::exists(folder_)) return found;  // asked first: most runs need no digest, and its library is large
  const std::filesystem::path file = path();
  if (!std::filesystem::exists(file)) return found;
  for (const std::string& text : split(TRY(read_file(file)), '\n')) {
    const auto line = parse_json(text);
    if (!line || !line->is_object()) continue;
    const std::string_view ended = string_member(line->get_object(), "ended");
    if (ended.empty()) found.push_back(parse(line->get_object()));
    else std::erase_if(found, [&](const Begun& begun) { return begun.token == ended; });
  }
  return found;
}

Result<void> Journal::begin(const Begun& begun) {
  const std::lock_guard lock(mutex_);
  TRY(append(json::serialize(render(begun))));
  if (::fdatasync(fd_.get()) != 0) return fail(errno_error("syncing " + path().string(), errno));
  open_.insert(begun.token);
  return {};
}

void Journal::end(const std::string& token) {
  const std::lock_guard lock(mutex_);
  (void)append(json::serialize(json::object{{"ended", token}}));  // if it cannot be written, the next run finds the thing in the state
  open_.erase(token);
  if (!open_.empty()) return;
  if (const auto rest = unfinished(); !rest || !rest->empty()) return;
  fd_.reset();
  std::error_code ignored;
  std::filesystem::remove(path(), ignored);
}

Result<void> Journal::append(const std::string& line) {
  if (!fd_) {
    TRY(make_directories(folder_, 0700));
    fd_ = Fd(open(path().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (!fd_) return fail(errno_error("opening " + path().string(), errno));
    TRY(sync_folder(folder_));
  }
  const std::string whole = "\n" + line + "\n";  // what a kill cut short before stands alone
  const ssize_t written = ::write(fd_.get(), whole.data(), whole.size());
  if (written != static_cast<ssize_t>(whole.size())) return fail(errno_error("writing " + path().string(), written < 0 ? errno : ENOSPC));
  return {};
}

Attempt::Attempt(Journal& journal, Begun begun) : Attempt(journal, std::move(begun), false) {}
Attempt Attempt::again(Journal& journal, Begun begun) { return {journal, std::move(begun), true}; }
Attempt::Attempt(Journal& journal, Begun begun, bool is_again) : journal_(journal), begun_(std::move(begun)), ids_(seed_of(begun_.token)), is_again_(is_again), is_written_(is_again) {}

Result<aws::Once> Attempt::next_call(std::string_view operation) {
  if (!is_written_) TRY(journal_.begin(begun_));
  is_written_ = true;
  return aws::Once{.token = fmt::format("{}-{}-{}", begun_.token, calls_, operation), .is_only_recalled = is_again_ && calls_ == 0};
}

bool Attempt::is_nothing_made(const Error& error) const { return calls_ == 0 && !error.code.starts_with("Http."); }

}  // namespace landfall::terraform

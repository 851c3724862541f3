#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace landfall {

/// Who has to act before this can work.
enum class Blame { caller, host, remote };

/// One failure, and the trail of what we were doing, innermost first.
struct Error {
  std::string code;                  ///< stable, for programs: "RouteTable.NotFound"
  std::string what;                  ///< one sentence naming the thing, the value found and the value wanted
  Blame blame = Blame::caller;
  bool retryable = false;            ///< the same call, unchanged, may succeed later
  std::vector<std::string> trail{};  ///< grown by Result::while_doing

  /// "what (while innermost step; while outer step)": for a person.
  std::string message() const;
};

/// An Error from errno, blamed on this host: code "Host.ENOENT", what "`doing`: No such file or directory".
Error errno_error(std::string_view doing, int error_number);

/// A T or an Error. A class, not an alias: g++ 12 lets an aliased std::expected be dropped silently.
template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using std::expected<T, Error>::expected;
  /// Adds a step to a failure's trail; a success passes through.
  Result while_doing(std::string step) && {
    if (!this->has_value()) this->error().trail.push_back(std::move(step));
    return std::move(*this);
  }
};

/// For `return fail("Code", "sentence");` in a function that returns any Result.
inline std::unexpected<Error> fail(std::string code, std::string what, Blame blame = Blame::caller) {
  return std::unexpected<Error>(Error{.code = std::move(code), .what = std::move(what), .blame = blame});
}
inline std::unexpected<Error> fail(Error error) { return std::unexpected<Error>(std::move(error)); }

}  // namespace landfall

/// Unwraps a Result or returns its error from the enclosing function (which returns a Result of any type).
/// TRY of a Result<void> is a statement.
#define TRY(...)                                                                        \
  ({                                                                                    \
    auto try_result_ = (__VA_ARGS__);                                                   \
    if (!try_result_.has_value()) return std::unexpected<::landfall::Error>(std::move(try_result_.error())); \
    ::landfall::detail::unwrap(std::move(try_result_));                                 \
  })

namespace landfall::detail {
template <class T>
T unwrap(Result<T>&& result) {
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}
}  // namespace landfall::detail

#include "store/memory/index.h"

namespace landfall::store {
namespace {

class MemoryStore final : public Store {
 public:
  Result<Revision> transact(const std::function<Result<void>(Transaction&)>& body) override {
    return index_.transact(body, [this](const Writes& writes) -> Result<Revision> {
      const Revision next = index_.revision() + 1;
      index_.apply(writes, next);
      return next;
    });
  }
  std::optional<Entry> get(std::string_view key) const override { return index_.get(key); }
  std::vector<Entry> list(std::string_view prefix) const override { return index_.list(prefix); }
  Revision revision() const override { return index_.revision(); }
  Revision wait(const std::vector<std::string>& prefixes, Revision since,
                std::chrono::milliseconds timeout) override {
    return index_.wait(prefixes, since, timeout);
  }
  void close() override { index_.close(); }
  bool is_closed() const override { return index_.is_closed(); }

 private:
  Index index_;
};

}  // namespace

std::unique_ptr<Store> open_memory() { return std::make_unique<MemoryStore>(); }

}  // namespace landfall::store

#include "store/store.h"

#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "model/network.h"
#include "model/settings.h"
#include "store/interfaces.h"
#include "store/log_store.h"
#include "store/table.h"

using namespace landfall;
using namespace landfall::store;

namespace {

struct TempFolder {
  std::filesystem::path path;
  TempFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "landfall-store.XXXXXX").string();
    path = mkdtemp(pattern.data());
  }
  ~TempFolder() { std::filesystem::remove_all(path); }
};

Result<void> put_text(Store& store, std::string_view key, std::string_view value) {
  TRY(store.transact([&](Transaction& tx) -> Result<void> {
    tx.put(key, value);
    return {};
  }));
  return {};
}

void a_store_keeps_its_promises(Store& store) {
  REQUIRE(put_text(store, "a/1", "one"));
  REQUIRE(put_text(store, "a/2", "two"));
  REQUIRE(put_text(store, "b/1", "other"));

  CHECK(store.get("a/1")->value == "one");
  CHECK(store.list("a/").size() == 2);
  CHECK_FALSE(store.get("a/3").has_value());

  const Revision before = store.revision();
  const auto refused = store.transact([](Transaction& tx) -> Result<void> {
    tx.put("a/3", "never");
    return fail("No", "changed my mind");
  });
  CHECK_FALSE(refused);
  CHECK_FALSE(store.get("a/3").has_value());
  CHECK(store.revision() == before);

  REQUIRE(store.transact([](Transaction& tx) -> Result<void> {
    tx.put("a/4", "mine");
    CHECK(tx.get("a/4")->value == "mine");
    tx.erase("a/1");
    CHECK_FALSE(tx.get("a/1").has_value());
    CHECK(tx.list("a/").size() == 2);
    return {};
  }));
  CHECK_FALSE(store.get("a/1").has_value());
}

}  // namespace

TEST_CASE("the memory store keeps a store's promises") { a_store_keeps_its_promises(*open_memory()); }

TEST_CASE("the SQLite store keeps a store's promises, and its records over a restart") {
  const TempFolder folder;
  const std::string path = folder.path / "store.db";
  Revision revision = 0;
  {
    auto store = open_sqlite(path);
    REQUIRE(store);
    a_store_keeps_its_promises(**store);
    revision = (*store)->revision();
  }

  const auto again = open_sqlite(path);

  REQUIRE(again);
  CHECK((*again)->get("a/2")->value == "two");
  CHECK((*again)->revision() == revision);
}

TEST_CASE("of two that open a store at the same moment one is refused") {
  constexpr int kRounds = 20;
  std::atomic<int> rounds_with_one_of_each = 0;
  const auto play = [&] {
    const TempFolder folder;
    std::atomic<int> opened = 0, refused = 0, closed = 0;
    const auto open = [&] {
      const auto store = open_sqlite(folder.path / "store.db");
      if (store) ++opened;
      else if (store.error().code == "Store.Locked") ++refused;
      ++closed;
      while (closed < 2) std::this_thread::yield();  // each holds what it got until both have tried
    };

    {
      const std::jthread first(open), second(open);
    }

    rounds_with_one_of_each += opened == 1 && refused == 1;
  };
  {
    std::vector<std::jthread> rounds;  // side by side: who is refused has waited a second for the lock
    for (int round = 0; round < kRounds; ++round) rounds.emplace_back(play);
  }
  CHECK(rounds_with_one_of_each == kRounds);
}

TEST_CASE("a second daemon on the same store is refused") {
  const TempFolder folder;
  const auto first = open_sqlite(folder.path / "store.db");
  REQUIRE(first);

  const auto second = open_sqlite(folder.path / "store.db");

  REQUIRE_FALSE(second);
  CHECK(second.error().code == "Store.Locked");
}

TEST_CASE("a store whose holder is about to go is opened") {
  const TempFolder folder;
  auto first = open_sqlite(folder.path / "store.db");
  REQUIRE(first);
  const std::jthread leaves([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    first->reset();
  });

  CHECK(open_sqlite(folder.path / "store.db"));
}

TEST_CASE("a file that is not a store is refused and left as it is") {
  const TempFolder folder;
  const std::string path = folder.path / "store.db";
  std::ofstream(path) << std::string(8192, 'x');

  const auto store = open_sqlite(path);

  REQUIRE_FALSE(store);
  CHECK(store.error().code == "Store.Corrupt");
  CHECK(store.error().message().find(path) != std::string::npos);
  CHECK(std::filesystem::file_size(path) == 8192);
}

TEST_CASE("a waiter wakes for its tables only") {
  const auto store = open_memory();
  const Revision start = store->revision();
  REQUIRE(put_text(*store, "other/1", "x"));
  CHECK(store->wait({"mine/"}, start, std::chrono::milliseconds(1)) == start);

  std::jthread writer([&] { CHECK(put_text(*store, "mine/1", "x")); });

  CHECK(store->wait({"mine/"}, start, std::chrono::seconds(10)) > start);
}

TEST_CASE("closing wakes every waiter") {
  const auto store = open_memory();
  std::jthread closer([&] { store->close(); });
  CHECK(store->wait({"x/"}, 0, std::chrono::seconds(10)) == 0);
  CHECK(store->is_closed());
}

TEST_CASE("a transaction inside another joins it") {
  const auto store = open_memory();
  const auto write = [&](const std::string& key, bool fails) {
    return store->transact([&](Transaction& tx) -> Result<void> {
      tx.put(key, "1");
      if (fails) return fail("No", "no");
      return {};
    });
  };

  const auto done = store->transact([&](Transaction& tx) -> Result<void> {
    tx.put("t/outer", "1");
    CHECK(write("t/kept", false));
    CHECK_FALSE(write("t/undone", true));
    CHECK(store->get("t/kept"));
    CHECK(store->list("t/").size() == 2);
    return {};
  });

  REQUIRE(done);
  CHECK(*done == 1);
  CHECK(store->list("t/").size() == 2);
  CHECK_FALSE(store->get("t/undone"));
}

TEST_CASE("what joined a transaction goes with it") {
  const auto store = open_memory();

  CHECK_FALSE(store->transact([&](Transaction&) -> Result<void> {
    CHECK(store->transact([](Transaction& tx) -> Result<void> {
      tx.put("t/a", "1");
      return {};
    }));
    return fail("No", "no");
  }));

  CHECK(store->list("t/").empty());
}

TEST_CASE("a record survives encoding, and leaves defaults out") {
  model::Subnet subnet{.account = "0", .region = "r", .id = "subnet-1", .cidr = "10.0.0.0/24"};
  subnet.tags["Name"] = "a \"quoted\" name";

  const std::string text = encode(subnet);
  const auto back = decode<model::Subnet>(text);

  REQUIRE(back);
  CHECK(back->tags == subnet.tags);
  CHECK(back->state == "available");
  CHECK(text.find("available") == std::string::npos);
  CHECK_FALSE(decode<model::Subnet>(R"({"id": 5})"));
  CHECK_FALSE(decode<model::Subnet>(R"({"unheard_of": 1})"));
}

TEST_CASE("interfaces take the lowest free address and five stay reserved") {
  const auto store = open_memory();
  IdSource ids(1);
  const model::Subnet subnet{.account = "0", .region = "r", .id = "subnet-1", .cidr = "10.0.1.0/28"};
  const auto create = [&] {
    Result<model::NetworkInterface> made = fail("none", "none");
    const auto done = store->transact([&](Transaction& tx) -> Result<void> {
      put(tx, subnet);
      made = TRY(create_interface(tx, {.subnet_key = subnet.key()}, ids));
      return {};
    });
    return done ? made : Result<model::NetworkInterface>(std::unexpected(done.error()));
  };

  CHECK(create()->private_ip == "10.0.1.4");
  for (int i = 1; i < 11; ++i) CHECK(create());
  CHECK(free_address_count(*store, subnet) == 0);
  const auto full = create();
  REQUIRE_FALSE(full);
  CHECK(full.error().code == "InsufficientFreeAddressesInSubnet");
}

TEST_CASE("log events come back in order and within bounds") {
  const TempFolder folder;
  const auto logs = open_log_store(folder.path / "logs.db");
  REQUIRE(logs);
  REQUIRE((*logs)->append("g", "s1", {{.timestamp = {1000}, .message = "one"}, {.timestamp = {2000}, .message = "two"}}));
  REQUIRE((*logs)->append("g", "s2", {{.timestamp = {1500}, .message = "other"}}));

  const auto all_events = (*logs)->read({.group_key = "g"});
  const auto one_stream = (*logs)->read({.group_key = "g", .stream = "s1", .newest_first = true});
  const auto later = (*logs)->read({.group_key = "g", .from = {1500}, .until = {2000}});

  REQUIRE(all_events);
  CHECK(all_events->size() == 3);
  CHECK(one_stream->at(0).message == "two");
  REQUIRE(later->size() == 1);
  CHECK(later->at(0).message == "other");
  REQUIRE((*logs)->append("aged", "s", {{.timestamp = {1000}, .message = "old"}, {.timestamp = {2000}, .message = "young"}}));
  REQUIRE((*logs)->erase_older("aged", {2000}));
  CHECK((*logs)->read({.group_key = "aged"})->size() == 1);
  CHECK((*logs)->read({.group_key = "g"})->size() == 3);
  REQUIRE((*logs)->erase("g", "s1"));
  CHECK((*logs)->read({.group_key = "g"})->size() == 1);
}

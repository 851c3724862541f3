#include <doctest/doctest.h>

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <filesystem>

#include "acm/authority.h"
#include "acm/issuer.h"
#include "base/file.h"
#include "model/reason.h"
#include "store/table.h"

using namespace landfall;
using namespace landfall::acm;

namespace {

struct TempFolder {
  std::filesystem::path path;
  TempFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "landfall-acm.XXXXXX").string();
    path = mkdtemp(pattern.data());
  }
  ~TempFolder() { std::filesystem::remove_all(path); }
};

X509* parse(const std::string& pem) {
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  X509* certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
  BIO_free(bio);
  return certificate;
}

model::Certificate requested(WallTime now) {
  return {.account = "0",
          .region = "r",
          .arn = "arn:aws:acm:r:0:certificate/1",
          .domain = "example.test",
          .names = {"example.test", "*.example.test"},
          .validations = {{.domain = "example.test", .record_name = "_a.example.test.", .record_value = "_b.acm-validations.aws."}},
          .created_at = now};
}

void put_record(store::Store& store, bool is_private) {
  REQUIRE(store.transact([&](store::Transaction& tx) -> Result<void> {
    store::put(tx, model::HostedZone{.account = "0", .id = "Z1", .name = "example.test.", .is_private = is_private});
    store::put(tx, model::RecordSet{.zone_id = "Z1", .name = "_a.example.test.", .type = "CNAME", .values = {"_b.acm-validations.aws"}});
    return {};
  }));
}

}  // namespace

TEST_CASE("the authority signs for wildcard names, and stays the same over a restart") {
  const TempFolder folder;
  const SystemClock clock;
  const auto first = Authority::open(folder.path, clock);
  REQUIRE(first);
  const auto issued = (*first)->issue({.names = {"matabit.org", "*.staging.matabit.org"}, .key_algorithm = "EC_prime256v1"});
  const auto second = Authority::open(folder.path, clock);

  REQUIRE(issued);
  REQUIRE(second);
  CHECK((*first)->root_pem() == (*second)->root_pem());
  X509* leaf = parse(issued->certificate_pem);
  X509* root = parse((*second)->root_pem());
  CHECK(X509_verify(leaf, X509_get0_pubkey(root)) == 1);
  CHECK(X509_check_host(leaf, "blog.staging.matabit.org", 0, 0, nullptr) == 1);
  CHECK(X509_check_host(leaf, "a.b.staging.matabit.org", 0, 0, nullptr) == 0);
  X509_free(leaf);
  X509_free(root);
  struct stat status {};
  REQUIRE(stat((folder.path / "root.key").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("a damaged authority is named, not replaced") {
  const TempFolder folder;
  const SystemClock clock;
  REQUIRE(Authority::open(folder.path, clock));
  REQUIRE(write_file_atomic(folder.path / "root.key", "nonsense", 0600));
  const auto broken = Authority::open(folder.path, clock);
  REQUIRE_FALSE(broken);
  CHECK(broken.error().code == "Ca.Corrupt");
}

TEST_CASE("a certificate is issued once its record stands in a public zone, not in a private one") {
  const TempFolder folder;
  SimClock clock;
  const auto authority = Authority::open(folder.path / "ca", clock);
  const auto store = store::open_memory();
  const model::Certificate certificate = requested(clock.wall());
  REQUIRE(store->transact([&](store::Transaction& tx) -> Result<void> {
    store::put(tx, certificate);
    return {};
  }));
  Issuer issuer(*store, clock, **authority, folder.path / "keys");

  issuer.step();
  CHECK(store::find<model::Certificate>(*store, certificate.arn)->status == "PENDING_VALIDATION");
  CHECK(store::all<model::Because>(*store).at(0).code == "Certificate.NotValidated");
  put_record(*store, true);
  issuer.step();
  CHECK(store::find<model::Certificate>(*store, certificate.arn)->status == "PENDING_VALIDATION");
  put_record(*store, false);
  issuer.step();

  const auto issued = store::find<model::Certificate>(*store, certificate.arn);
  CHECK(issued->status == "ISSUED");
  CHECK(std::filesystem::exists(issued->key_file));
  CHECK(store::all<model::Because>(*store).empty());
}

TEST_CASE("a request that nobody proves times out after 72 hours") {
  const TempFolder folder;
  SimClock clock;
  const auto authority = Authority::open(folder.path / "ca", clock);
  const auto store = store::open_memory();
  const model::Certificate certificate = requested(clock.wall());
  REQUIRE(store->transact([&](store::Transaction& tx) -> Result<void> {
    store::put(tx, certificate);
    return {};
  }));
  Issuer issuer(*store, clock, **authority, folder.path / "keys");
  clock.advance(std::chrono::hours(73));

  issuer.step();

  CHECK(store::find<model::Certificate>(*store, certificate.arn)->status == "VALIDATION_TIMED_OUT");
}

TEST_CASE("a wildcard covers exactly one label") {
  CHECK(model::name_covers("*.matabit.org", "www.matabit.org"));
  CHECK_FALSE(model::name_covers("*.matabit.org", "matabit.org"));
  CHECK_FALSE(model::name_covers("*.matabit.org", "blog.staging.matabit.org"));
  CHECK(model::name_covers("matabit.org", "MATABIT.org"));
}

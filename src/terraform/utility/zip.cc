#include "terraform/utility/zip.h"

#include <sys/stat.h>
#include <zlib.h>

#include <limits>

#include <fmt/format.h>

#include "hcl/gzip.h"

namespace landfall::terraform::utility_types {
namespace {

constexpr uint16_t kVersion = 20, kUnix = 3 << 8, kUtf8Names = 0x0800, kDeflated = 8;
constexpr uint16_t kTime = 0, kDate = (2049 - 1980) << 9 | 1 << 5 | 1;
constexpr size_t kLargest = std::numeric_limits<uint32_t>::max();
constexpr int kMostFiles = std::numeric_limits<uint16_t>::max() - 1;

std::string two(size_t number) { return {static_cast<char>(number), static_cast<char>(number >> 8)}; }
std::string four(size_t number) { return two(number) + two(number >> 16); }

}  // namespace

Result<void> Zip::add(const std::string& name, std::string_view content, int mode) {
  const std::string packed = TRY(hcl::deflate_raw(content));
  if (content.size() > kLargest || files_.size() + packed.size() > kLargest || count_ >= kMostFiles) return fail("Zip.TooLarge", fmt::format("with {} the zip file would be larger than 4 GiB or hold more than {} files", name, kMostFiles));
  const size_t check = crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size());
  const std::string common = two(kUtf8Names) + two(kDeflated) + two(kTime) + two(kDate) + four(check) + four(packed.size()) + four(content.size()) + two(name.size()) + two(0);
  directory_ += "PK\x01\x02" + two(kUnix | kVersion) + two(kVersion) + common + two(0) + two(0) + two(0) + four(static_cast<size_t>(S_IFREG | mode) << 16) + four(files_.size()) + name;
  files_ += "PK\x03\x04" + two(kVersion) + common + name + packed;
  ++count_;
  return {};
}

std::string Zip::finish() const {
  const size_t count = static_cast<size_t>(count_);
  return files_ + directory_ + "PK\x05\x06" + two(0) + two(0) + two(count) + two(count) + four(directory_.size()) + four(files_.size()) + two(0);
}

}  // namespace landfall::terraform::utility_types

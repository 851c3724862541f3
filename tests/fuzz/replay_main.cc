// Runs a fuzz target over the files and folders named on the command line, and over cut and flipped forms of each: the
// same on every run. For compilers without libFuzzer.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr int kForms = 2000;  // of each file
long executed = 0;

void run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
  ++executed;
}

void run_forms(const std::string& input, std::mt19937& random) {
  run(input);
  for (int i = 0; i < kForms && !input.empty(); ++i) {
    std::string form = input.substr(0, 1 + random() % input.size());
    for (unsigned flips = random() % 4; flips > 0; --flips) form[random() % form.size()] = static_cast<char>(random());
    if (random() % 4 == 0) form += input.substr(random() % input.size());
    run(form);
  }
}

}  // namespace

int main(int count, char** names) {
  std::mt19937 random(1);
  for (int i = 1; i < count; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(names[i])) {
      std::ifstream file(entry.path(), std::ios::binary);
      run_forms({std::istreambuf_iterator<char>(file), {}}, random);
    }
  }
  std::printf("%ld inputs\n", executed);
  return executed > 0 ? 0 : 1;
}

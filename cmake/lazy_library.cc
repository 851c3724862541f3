#include <dlfcn.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>

/// The address of a function of a library that is loaded now if it is not yet. Called by the stand-ins that
/// tools/lazy_library.py writes, from any thread: a library that two threads load at once is loaded once.
extern "C" void* lazy_library_resolve(std::atomic<void*>* handle, const char* soname, const char* name) {
  void* library = handle->load();
  if (library == nullptr) {
    // One that is named by its path has relatives beside it, which it must find before others of the same names.
    library = dlopen(soname, RTLD_NOW | RTLD_LOCAL | (soname[0] == '/' ? RTLD_DEEPBIND : 0));
    handle->store(library);
  }
  void* found = library == nullptr ? nullptr : dlsym(library, name);
  if (found == nullptr) {
    std::fprintf(stderr, "error: %s\n", dlerror());
    std::exit(1);
  }
  return found;
}

#pragma once

#include <cstddef>
#include <vector>

namespace landfall::alb {

/// Room for the objects of one type that come in thousands and stay long (connections), in pages of their own: between what a
/// burst of requests allocates they would keep its pages from going back to the system. Of one thread; outlives its objects.
class Slab {
 public:
  explicit Slab(size_t object_size);
  ~Slab();
  Slab(const Slab&) = delete;

  void* take();                    ///< aligned as any object may ask
  static void give(void* object);  ///< to the slab that it came from

 private:
  struct Block;
  const size_t size_, fits_;   ///< of an object; objects of a block
  std::vector<Block*> roomy_;  ///< with a free place; the last is used first
};

}  // namespace landfall::alb

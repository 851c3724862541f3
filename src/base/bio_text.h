#pragma once

#include <openssl/bio.h>

#include <memory>
#include <string>

namespace landfall {

/// What `write` puts into the BIO of OpenSSL's that it is given: a key as PEM, a name as text. Include from .cc files only.
template <class Write>
std::string bio_text(Write write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  write(bio.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<size_t>(size)};
}

}  // namespace landfall

#include "alb/held_request.h"

namespace landfall::alb {

HeldRequest::HeldRequest(const http::h1::RequestHead& from) : head(from) {
  size_t size = from.method.size() + from.target.size();
  for (const auto& field : from.fields) size += field.name.size() + field.value.size();
  text.reserve(size);  // the views stay
  const auto keep = [&](std::string_view& view) {
    const size_t at = text.size();
    text += view;
    view = std::string_view(text).substr(at);
  };
  keep(head.method);
  keep(head.target);
  for (auto& field : head.fields) {
    keep(field.name);
    keep(field.value);
  }
}

}  // namespace landfall::alb

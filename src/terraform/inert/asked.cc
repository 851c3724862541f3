#include "terraform/inert/asked.h"

#include <optional>
#include <vector>

#include "hcl/children.h"

namespace landfall::terraform::inert {
namespace {

using hcl::Expression;

/// Steps into the instances of a type: names, and "" for any element.
struct Path {
  std::string type;
  std::vector<std::string> steps;
};

class Finder {
 public:
  Finder(const std::set<std::string>& types, std::map<std::string, Asked>& found) : types_(types), found_(found) {}

  void read(const Module& module) {
    for (const hcl::File& file : module.files) read(file.body);
    for (const auto& [name, call] : module.calls) read(*call.module);
  }

 private:
  void read(const hcl::Body& body) {
    for (const hcl::Attribute& attribute : body.attributes) read(*attribute.value);
    for (const hcl::Block& block : body.blocks) read(block.body);
  }

  void read(const Expression& expression) {
    if (const auto path = path_of(expression, nullptr)) note(*path);
    hcl::for_each_child(expression, [&](const Expression& child) { read(child); });
  }

  void note(const Path& path) {
    Asked* at = &found_[path.type];
    for (const std::string& step : path.steps) at = step.empty() ? &at->at_element() : &at->members[step];
  }

  /// `item`: what the element of the splat around stands for.
  std::optional<Path> path_of(const Expression& expression, const Path* item) const {
    if (const auto* variable = expression.as<hcl::Variable>()) return path_of(variable->reference);
    if (expression.as<hcl::SplatItem>() != nullptr) return item == nullptr ? std::nullopt : std::optional(*item);
    if (const auto* inner = expression.as<hcl::TemplateWrap>()) return path_of(*inner->inner, item);
    if (const auto* inner = expression.as<hcl::Parentheses>()) return path_of(*inner->inner, item);
    if (const auto* get = expression.as<hcl::GetStep>()) return stepped(path_of(*get->object, item), get->step);
    if (const auto* index = expression.as<hcl::Index>()) return at_element(path_of(*index->object, item));
    if (const auto* splat = expression.as<hcl::Splat>()) {
      const auto source = at_element(path_of(*splat->source, item));
      return source ? path_of(*splat->each, &*source) : std::nullopt;
    }
    return std::nullopt;
  }

  std::optional<Path> path_of(const hcl::Reference& reference) const {
    const bool is_data = reference.root() == "data";
    const std::string type = is_data ? "data." + std::string(reference.name(1)) : reference.root();
    if (!types_.contains(type)) return std::nullopt;
    std::optional<Path> path(Path{.type = type, .steps = {}});
    for (size_t i = is_data ? 3 : 2; i < reference.steps.size(); ++i) path = stepped(std::move(path), reference.steps[i]);
    return path;
  }

  static std::optional<Path> stepped(std::optional<Path> path, const hcl::Step& step) {
    if (!path) return path;
    if (step.is_name()) path->steps.push_back(step.name());
    else if (step.index().is(hcl::Type::Kind::string) && !path->steps.empty()) path->steps.push_back(step.index().as_string());
    else return at_element(std::move(path));
    return path;
  }

  /// Before any name, an index is that of an instance.
  static std::optional<Path> at_element(std::optional<Path> path) {
    if (path && !path->steps.empty()) path->steps.emplace_back();
    return path;
  }

  const std::set<std::string>& types_;
  std::map<std::string, Asked>& found_;
};

}  // namespace

Asked& Asked::at_element() {
  if (!element) element = std::make_unique<Asked>();
  return *element;
}

std::map<std::string, Asked> asked_of(const Module& root, const std::set<std::string>& types) {
  std::map<std::string, Asked> found;
  Finder(types, found).read(root);
  return found;
}

}  // namespace landfall::terraform::inert

#pragma once

#include <type_traits>

#include "hcl/syntax.h"

namespace landfall::hcl {

/// Calls `visit` with each direct part of an expression, in order of writing.
template <class Visit>
void for_each_child(const Expression& expression, Visit visit) {
  const auto one = [&](const ExpressionPtr& child) {
    if (child) visit(*child);
  };
  std::visit(
      [&](const auto& node) {
        using Node = std::decay_t<decltype(node)>;
        if constexpr (std::is_same_v<Node, Template>) {
          for (const ExpressionPtr& part : node.parts) one(part);
        } else if constexpr (std::is_same_v<Node, TemplateWrap> || std::is_same_v<Node, Parentheses>) {
          one(node.inner);
        } else if constexpr (std::is_same_v<Node, TupleNode>) {
          for (const ExpressionPtr& element : node.elements) one(element);
        } else if constexpr (std::is_same_v<Node, ObjectNode>) {
          for (const ObjectItem& item : node.items) {
            one(item.key);
            one(item.value);
          }
        } else if constexpr (std::is_same_v<Node, GetStep>) {
          one(node.object);
        } else if constexpr (std::is_same_v<Node, Index>) {
          one(node.object);
          one(node.key);
        } else if constexpr (std::is_same_v<Node, Splat>) {
          one(node.source);
          one(node.each);
        } else if constexpr (std::is_same_v<Node, ForNode>) {
          one(node.collection);
          one(node.key);
          one(node.value);
          one(node.condition);
        } else if constexpr (std::is_same_v<Node, ConditionalNode>) {
          one(node.condition);
          one(node.if_true);
          one(node.if_false);
        } else if constexpr (std::is_same_v<Node, Binary>) {
          one(node.left);
          one(node.right);
        } else if constexpr (std::is_same_v<Node, Unary>) {
          one(node.operand);
        } else if constexpr (std::is_same_v<Node, Call>) {
          for (const ExpressionPtr& argument : node.arguments) one(argument);
        } else if constexpr (std::is_same_v<Node, TemplateFor>) {
          one(node.collection);
          one(node.body);
        } else {
          static_assert(std::is_same_v<Node, Literal> || std::is_same_v<Node, Variable> ||
                        std::is_same_v<Node, SplatItem>);
        }
      },
      expression.node);
}

}  // namespace landfall::hcl

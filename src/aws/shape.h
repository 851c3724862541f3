#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

/// What the generated structs of aws/shapes/*.h know of themselves: enough for one table-driven codec per wire protocol.
namespace landfall::aws {

enum class Kind : unsigned char { string, boolean, integer, long_integer, floating, timestamp, blob, list, map, structure };
enum class Location : unsigned char { body, header, headers, uri, querystring, status_code };
enum class TimeFormat : unsigned char { by_protocol, iso8601, unix_seconds, rfc822 };

/// Type-erased access to a std::optional<T>.
struct OptionalAccess {
  bool (*has)(const void* optional);
  const void* (*get)(const void* optional);  ///< the T; only if has
  void* (*emplace)(void* optional);          ///< a fresh T
};

/// Type-erased access to a std::vector<T>.
struct ListAccess {
  size_t (*size)(const void* list);
  const void* (*at)(const void* list, size_t index);
  void* (*add)(void* list);  ///< a fresh last element
};

/// Type-erased access to a std::map<std::string, T>.
struct MapAccess {
  std::vector<std::pair<std::string_view, const void*>> (*items)(const void* map);
  void* (*slot)(void* map, std::string_view key);
};

struct Shape;

struct Member {
  std::string_view name;      ///< as in the model: "VpcId"
  std::string_view wire;      ///< in XML, JSON, headers, query strings and the query protocol
  std::string_view ec2_wire;  ///< in ec2 requests
  const Shape* shape;
  const OptionalAccess* access;
  unsigned offset;            ///< of the std::optional in the struct
  Location location = Location::body;
  TimeFormat time_format = TimeFormat::by_protocol;
  bool is_required = false, is_flattened = false, is_attribute = false, is_payload = false, is_idempotency_token = false;
};

struct Shape {
  std::string_view name;
  Kind kind;
  std::span<const Member> members{};
  const Shape* element = nullptr;           ///< of lists and maps
  std::string_view element_wire{};          ///< XML name of list elements ("member", "item", "Tag"); of map values
  std::string_view key_wire{};              ///< XML name of map keys
  const ListAccess* list = nullptr;
  const MapAccess* map = nullptr;
  std::span<const std::string_view> values{};  ///< of enums
  std::optional<double> minimum{}, maximum{};  ///< of numbers, lengths of strings and lists
  std::string_view pattern{};
  bool is_flattened = false;
  bool is_streaming = false;
  TimeFormat time_format = TimeFormat::by_protocol;
  std::string_view xml_namespace{};
};

enum class Protocol : unsigned char { ec2, query, json, rest_xml };

struct Operation {
  std::string_view name;
  std::string_view method, uri;      ///< "PUT", "/{Bucket}/{Key+}?acl"
  int success_status = 200;
  const Shape* input;
  const Shape* output;
  std::string_view result_wrapper{};  ///< query: "CreateLoadBalancerResult"
  std::string_view input_root{};      ///< rest-xml: name of the request's root element if it is not the shape's
  std::string_view input_namespace{};
};

struct ServiceModel {
  std::string_view name;          ///< "elbv2": our name and that of the generated namespace
  std::string_view signing_name;  ///< "elasticloadbalancing": of the credential scope
  std::string_view service_id;    ///< "Elastic Load Balancing v2"
  std::string_view version;       ///< "2015-12-01"
  std::string_view xml_namespace;
  std::string_view target_prefix;  ///< json: "AmazonEC2ContainerServiceV20141113"
  std::string_view json_version;
  Protocol protocol;
  std::span<const Operation> operations;
};

const ServiceModel* find_service(std::string_view name);
std::span<const ServiceModel* const> all_services();
const Operation* find_operation(const ServiceModel& service, std::string_view name);

namespace detail {

template <class T>
inline constexpr OptionalAccess kOptional{
    [](const void* o) { return static_cast<const std::optional<T>*>(o)->has_value(); },
    [](const void* o) -> const void* { return &**static_cast<const std::optional<T>*>(o); },
    [](void* o) -> void* { return &static_cast<std::optional<T>*>(o)->emplace(); }};

template <class T>
inline constexpr ListAccess kList{
    [](const void* l) { return static_cast<const std::vector<T>*>(l)->size(); },
    [](const void* l, size_t i) -> const void* { return &(*static_cast<const std::vector<T>*>(l))[i]; },
    [](void* l) -> void* { return &static_cast<std::vector<T>*>(l)->emplace_back(); }};

template <class T>
inline constexpr MapAccess kMap{
    [](const void* m) {
      std::vector<std::pair<std::string_view, const void*>> items;
      for (const auto& [key, value] : *static_cast<const std::map<std::string, T>*>(m)) items.emplace_back(key, &value);
      return items;
    },
    [](void* m, std::string_view key) -> void* { return &(*static_cast<std::map<std::string, T>*>(m))[std::string(key)]; }};

}  // namespace detail

}  // namespace landfall::aws

#include <arpa/inet.h>
#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "hcl/functions/function.h"

/// Address arithmetic over IPv4 and IPv6 alike. Source: hashicorp/go-cidr.
namespace landfall::hcl {
namespace {

__extension__ typedef unsigned __int128 Bits;

struct Prefix {
  Bits address = 0;  ///< right-aligned in `width` bits, host bits cleared
  int length = 0;
  int width = 32;
};

Bits low_mask(int bits) { return bits >= 128 ? ~Bits{0} : (Bits{1} << bits) - 1; }

/// Go's old reader, which Terraform keeps, takes leading zeros as decimal: 010.0.0.1 is 10.0.0.1.
std::optional<Bits> parse_v4(std::string_view text) {
  const std::vector<std::string> parts = split(text, '.');
  if (parts.size() != 4) return std::nullopt;
  Bits address = 0;
  for (const std::string& part : parts) {
    if (part.empty() || part.size() > 10 || part.find_first_not_of("0123456789") != std::string::npos)
      return std::nullopt;
    const unsigned long number = std::stoul(part);
    if (number > 255) return std::nullopt;
    address = (address << 8) | number;
  }
  return address;
}

std::optional<Bits> parse_v6(const std::string& text) {
  std::array<unsigned char, 16> bytes{};
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return std::nullopt;
  Bits address = 0;
  for (const unsigned char byte : bytes) address = (address << 8) | byte;
  return address;
}

Result<Prefix> parse_prefix(const std::string& text) {
  const auto bad = [&] {
    return failed(fmt::format("invalid CIDR expression: invalid CIDR address: {}", text));
  };
  const size_t slash = text.find('/');
  if (slash == std::string::npos) return bad();
  const std::string host = text.substr(0, slash);
  const std::string digits = text.substr(slash + 1);
  if (digits.empty() || digits.size() > 3 || digits.find_first_not_of("0123456789") != std::string::npos)
    return bad();
  Prefix prefix;
  prefix.length = std::stoi(digits);
  prefix.width = host.find(':') == std::string::npos ? 32 : 128;
  const std::optional<Bits> address = prefix.width == 32 ? parse_v4(host) : parse_v6(host);
  if (!address || prefix.length > prefix.width) return bad();
  prefix.address = *address & ~low_mask(prefix.width - prefix.length);
  return prefix;
}

std::string address_text(Bits address, int width) {
  std::array<unsigned char, 16> bytes{};
  const size_t count = static_cast<size_t>(width) / 8;
  for (size_t i = count; i-- > 0; address >>= 8) bytes[i] = static_cast<unsigned char>(address & 0xFF);
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(width == 32 ? AF_INET : AF_INET6, bytes.data(), text.data(), text.size());
  return text.data();
}

std::string prefix_text(const Prefix& prefix) {
  return fmt::format("{}/{}", address_text(prefix.address, prefix.width), prefix.length);
}

/// A whole number of up to 128 bits; nothing if larger.
std::optional<Bits> magnitude(const Number& number) {
  const std::string digits = (number.sign() < 0 ? -number : number).whole_text(16);
  if (digits.size() > 32) return std::nullopt;
  Bits bits = 0;
  for (const char c : digits) bits = (bits << 4) | static_cast<unsigned>(c >= 'a' ? c - 'a' + 10 : c - '0');
  return bits;
}

Result<Value> cidrhost(const Arguments& a) {
  const Number& number = a.number(1);
  if (!number.is_whole()) return a.bad(1, "must be a whole number");
  const Prefix prefix = TRY(parse_prefix(a.string(0)));
  const int host_bits = prefix.width - prefix.length;
  const std::optional<Bits> distance = magnitude(number);
  const bool is_negative = number.sign() < 0;
  const Bits most = low_mask(host_bits);
  if (!distance || (is_negative ? *distance - 1 : *distance) > most) {
    return failed(
        fmt::format("prefix of {} does not accommodate a host numbered {}", prefix.length, number.text()));
  }
  const Bits host = is_negative ? most - (*distance - 1) : *distance;
  return Value::string(address_text(prefix.address | host, prefix.width));
}

/// OpenTofu's: whether an address or a prefix lies in another.
Result<Value> cidrcontains(const Arguments& a) {
  const Prefix outer = TRY(parse_prefix(a.string(0)));
  std::string text = a.string(1);
  const bool is_prefix = text.find('/') != std::string::npos;
  if (!is_prefix) text += text.find(':') == std::string::npos ? "/32" : "/128";
  const Result<Prefix> inner = parse_prefix(text);
  if (!inner) return failed(fmt::format("invalid IP address or prefix: {}", a.string(1)));
  if (outer.width != inner->width) return failed(fmt::format("address family mismatch: {} vs. {}", a.string(0), a.string(1)));
  const Bits mask = low_mask(outer.width) & ~low_mask(outer.width - outer.length);
  return Value::boolean(inner->length >= outer.length && (inner->address & mask) == outer.address);
}

Result<Value> cidrnetmask(const Arguments& a) {
  const Prefix prefix = TRY(parse_prefix(a.string(0)));
  if (prefix.width == 128 && !a.is_legacy())
    return failed("IPv6 addresses cannot have a netmask: " + a.string(0));
  const Bits mask = low_mask(prefix.width) & ~low_mask(prefix.width - prefix.length);
  return Value::string(address_text(mask, prefix.width));
}

Result<Value> cidrsubnet(const Arguments& a) {
  const int64_t extension = TRY(a.whole(1));
  if (!a.number(2).is_whole()) return a.bad(2, "must be a whole number");
  Prefix prefix = TRY(parse_prefix(a.string(0)));
  if (extension > prefix.width - prefix.length) {
    return failed(
        fmt::format("insufficient address space to extend prefix of {} by {}", prefix.length, extension));
  }
  const std::optional<Bits> number = magnitude(a.number(2));
  const int counted = extension < 0 || extension > 64 ? 64 : static_cast<int>(extension);  // Terraform's limit: what a shift of 64 bits leaves
  if (!number || *number > low_mask(counted)) {
    return failed(fmt::format("prefix extension of {} does not accommodate a subnet numbered {}", extension,
                              a.number(2).text()));
  }
  prefix.length += static_cast<int>(extension);
  if (prefix.length < 0) return Value::string("<nil>");
  const int shift = prefix.width - prefix.length;
  const Bits placed = shift < 128 ? *number << shift : 0;
  // A negative number is put in as of two's complement, and what comes out is taken without its sign: Terraform's answers.
  prefix.address = a.number(2).sign() < 0 ? -(prefix.address | -placed) : prefix.address | placed;
  if ((shift < 128 && placed >> shift != *number) || (prefix.address & ~low_mask(prefix.width)) != 0) return failed(fmt::format("there is no address for a subnet numbered {}", a.number(2).text()));
  return Value::string(prefix_text(prefix));
}

Result<Value> cidrsubnets(const Arguments& a) {
  const Prefix base = TRY(parse_prefix(a.string(0)));
  std::vector<Value> subnets;
  Bits next = base.address;
  const Bits last = base.address | low_mask(base.width - base.length);
  bool is_full = false;
  for (size_t i = 1; i < a.size(); ++i) {
    const int64_t extension = TRY(a.whole(i));
    if (extension < 1) return a.bad(i, "must extend prefix by at least one bit");
    if (extension > 32) return a.bad(i, "may not extend prefix by more than 32 bits");
    const int64_t length = base.length + extension;
    if (length > base.width) {
      return a.bad(i, fmt::format("would extend prefix to {} bits, which is too long for an IPv{} address",
                                  length, base.width == 32 ? 4 : 6));
    }
    const Bits size_less_one = low_mask(base.width - static_cast<int>(length));
    const Bits start = (next + size_less_one) & ~size_less_one;
    const Bits end = start | size_less_one;
    if (is_full || start < next || end > last) {
      return a.bad(
          i, fmt::format("not enough remaining address space for a subnet with a prefix of {} bits after {}",
                         length, subnets.empty() ? prefix_text(base) : subnets.back().as_string()));
    }
    subnets.push_back(Value::string(prefix_text({start, static_cast<int>(length), base.width})));
    is_full = end == last;
    next = end + 1;
  }
  return Value::list(Type::string(), std::move(subnets));
}

}  // namespace

std::span<const Function> cidr_functions() {
  static const Parameter kPrefix{"prefix", Type::string()};
  static const std::vector<Function> kFunctions{
      {"cidrcontains", {{"containing_prefix", Type::string()}, {"contained_ip_or_prefix", Type::string()}}, {}, Type::boolean(), cidrcontains},
      {"cidrhost", {kPrefix, {"hostnum", Type::number()}}, {}, Type::string(), cidrhost},
      {"cidrnetmask", {kPrefix}, {}, Type::string(), cidrnetmask},
      {"cidrsubnet",
       {kPrefix, {"newbits", Type::number()}, {"netnum", Type::number()}},
       {},
       Type::string(),
       cidrsubnet},
      {"cidrsubnets",
       {kPrefix},
       Parameter{"newbits", Type::number()},
       Type::list(Type::string()),
       cidrsubnets},
  };
  return kFunctions;
}

}  // namespace landfall::hcl

// Lines of the access log and of the connection log, in ALB's format (ALB user guide, Access logs; Connection logs).
#include <arpa/inet.h>

#include <ctime>
#include <memory>

#include <fmt/format.h>

#include "alb/lane.h"
#include "alb/mutual_tls.h"
#include "alb/tls_session.h"

namespace landfall::alb {

using http::h1::FieldId;

namespace {

/// A line on its way, in memory that is large enough for the longest.
class Line : public Writer {
 public:
  /// The thread's memory for a line: what is safe() is 8 KiB at most, four times as long escaped, and a line has nine of those.
  static Line begin() {
    thread_local const std::unique_ptr<char[]> room(new char[10 * 4 * kMost]);
    return Line(room.get());
  }
  void put(char c) { *at++ = c; }
  void digits(int64_t value, int count) {
    for (int i = count - 1; i >= 0; --i, value /= 10) at[i] = static_cast<char>('0' + value % 10);
    at += count;
  }
  void hex(uint64_t value, int count) {
    for (int i = count - 1; i >= 0; --i, value >>= 4) at[i] = "0123456789abcdef"[value & 15];
    at += count;
  }
  std::string_view view() const { return {from_, static_cast<size_t>(at - from_)}; }

  /// 2018-07-02T22:23:00.186641Z; the second is written once for all lines of it.
  void time(std::chrono::system_clock::time_point moment) {
    thread_local time_t known = 0;
    thread_local char told[24];
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(moment.time_since_epoch()).count();
    if (const time_t second = micros / 1'000'000; second != known) {
      tm parts{};
      gmtime_r(&second, &parts);
      strftime(told, sizeof told, "%Y-%m-%dT%H:%M:%S.", &parts);
      known = second;
    }
    text({told, 20});
    digits(micros % 1'000'000, 6);
    put('Z');
  }

  void seconds(TimePoint from, TimePoint to) {
    if (from == TimePoint{} || to == TimePoint{}) return text("-1");
    const auto millis = std::max<int64_t>(0, std::chrono::duration_cast<std::chrono::milliseconds>(to - from).count());
    number(static_cast<uint64_t>(millis / 1000));
    put('.');
    digits(millis % 1000, 3);
  }

  void peer(const FrontFacts& facts, char between) {
    ip(facts.client);
    put(between);
    number(facts.client_port);
  }

  /// What a client says may hold anything: it must not end the field or the line.
  void safe(std::string_view said) {
    said = said.substr(0, kMost);
    if (http::h1::is_plain(said)) return text(said);
    for (const char c : said) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\') put(c);
      else at = fmt::format_to(at, "\\x{:02X}", byte);
    }
  }

  void quoted(std::string_view said) {
    if (said.empty()) return text("\"-\" ");
    put('"');
    safe(said);
    text("\" ");
  }

  void or_dash(std::string_view known) {
    if (known.empty()) return text("- ");
    text(known);
    put(' ');
  }

  void code(int status) {
    if (status != 0) number(static_cast<uint64_t>(status));
    else put('-');
  }

  /// What follows the log's documented fields (captures of 2026): the node, and two fields that stay empty.
  void node(const FrontFacts& facts) {
    or_dash(facts.node != nullptr ? std::string_view(facts.node->address) : std::string_view());
    text("\"-\" \"-\"\n");
  }

  /// The same for all requests of a connection, and in the connection log.
  void id(const FrontFacts& facts) {
    text("TID_");
    hex(ntohl(facts.client.s_addr), 8);
    hex(facts.client_port, 4);
    hex(static_cast<uint64_t>(facts.connection_id), 16);
  }

 private:
  static constexpr size_t kMost = 8192;
  explicit Line(char* room) : Writer{room}, from_(room) {}
  char* from_;
};

/// "app/NAME/ID" of the ARN.
std::string_view id_of(const model::LoadBalancer& balancer) {
  const size_t at = balancer.arn.find("loadbalancer/");
  return at == std::string::npos ? std::string_view(balancer.name) : std::string_view(balancer.arn).substr(at + 13);
}

std::string_view grade_name(http::h1::Desync::Class grade) {
  using Class = http::h1::Desync::Class;
  return grade == Class::acceptable ? "Acceptable" : grade == Class::ambiguous ? "Ambiguous" : "Severe";
}

}  // namespace

/// One request's line; a friend of Exchange.
struct LogEntry {
  static void append(std::string& log, const Exchange& exchange, int status, TimePoint now, std::chrono::system_clock::time_point wall) {
    const Exchange::Noted& noted = exchange.noted_;
    const FrontFacts& facts = *exchange.facts_;
    const TlsSession* tls = facts.tls;
    const bool is_websocket = noted.target_status == 101;
    Line line = Line::begin();
    line.text(noted.is_grpc ? "grpcs " : facts.is_http2 ? "h2 " : is_websocket ? (facts.is_tls ? "wss " : "ws ") : facts.is_tls ? "https " : "http ");
    line.time(wall);
    line.put(' ');
    line.or_dash(id_of(exchange.snapshot_->config.balancer));
    line.peer(facts, ':');
    line.put(' ');
    line.or_dash(noted.target_at);
    const bool was_sent = !noted.target_at.empty() && exchange.sent_ >= exchange.began_, was_answered = was_sent && noted.target_status != 0;
    line.seconds(was_sent ? exchange.began_ : TimePoint{}, exchange.sent_);
    line.put(' ');
    line.seconds(was_answered ? exchange.sent_ : TimePoint{}, exchange.answered_);
    line.put(' ');
    line.seconds(was_answered ? exchange.answered_ : TimePoint{}, now);
    line.put(' ');
    line.number(static_cast<uint64_t>(status));
    line.put(' ');
    line.code(noted.target_status);
    line.put(' ');
    line.number(noted.received);
    line.put(' ');
    line.number(noted.sent);
    line.put(' ');
    if (noted.request.empty()) unread_request(line, facts, exchange.snapshot_->config.balancer.dns_name);
    else line.text(std::string_view(noted.request).substr(0, noted.trace_at));
    line.or_dash(tls != nullptr ? tls->cipher() : std::string_view());
    line.or_dash(tls != nullptr ? tls->version() : std::string_view());
    line.or_dash(noted.group_arn);
    if (noted.request.empty()) line.text("\"-\" ");
    else line.text(std::string_view(noted.request).substr(noted.trace_at));
    line.quoted(tls != nullptr ? tls->server_name() : std::string_view());
    line.quoted(tls == nullptr ? std::string_view() : tls->is_resumed() ? std::string_view("session-reused") : tls->certificate());
    if (noted.priority >= 0) line.number(static_cast<uint64_t>(noted.priority));
    else line.text(noted.priority == -1 ? "-1" : "-");
    line.put(' ');
    line.time(std::chrono::floor<std::chrono::milliseconds>(wall - std::chrono::duration_cast<std::chrono::microseconds>(now - exchange.began_)));
    line.put(' ');
    line.quoted(noted.action);
    line.quoted(noted.location);
    line.quoted(noted.error);
    line.quoted(noted.target_at);
    line.put('"');
    line.code(noted.target_status);
    line.text("\" ");
    const bool compliant = noted.desync.grade == http::h1::Desync::Class::compliant;
    line.quoted(compliant ? std::string_view() : grade_name(noted.desync.grade));
    line.quoted(compliant ? std::string_view() : noted.desync.reason);
    line.id(facts);
    line.put(' ');
    line.quoted(noted.new_host);
    line.quoted(noted.new_url);
    line.quoted(noted.transform);
    line.node(facts);
    log.append(line.view());
  }

  /// Fills `request` and `trace_at`: the head is gone when the request ends. `name`  the balancer's, of a request without a host
  static void note(Exchange::Noted& noted, const FrontFacts& facts, const http::h1::RequestHead& head, const TraceRoot& trace, std::string_view name) {
    std::string_view host, user_agent;
    bool has_trace = false;
    for (const http::h1::Field& field : head.fields) {
      if (field.id == FieldId::host && host.data() == nullptr) host = field.value;
      else if (field.id == FieldId::user_agent && user_agent.data() == nullptr) user_agent = field.value;
      else if (field.id == FieldId::x_amzn_trace_id) has_trace = true;
    }
    Line line = Line::begin();
    line.put('"');
    line.safe(head.method);
    line.put(' ');
    if (head.target.starts_with('/') || head.target == "*") {
      line.text(facts.is_tls ? "https://" : "http://");
      if (host.data() == nullptr) host = name;
      line.safe(host.substr(0, host.find(':')));
      line.put(':');
      line.number(static_cast<uint64_t>(facts.listener_port));
    }
    line.safe(head.target);
    line.text(facts.is_http2 ? " HTTP/2.0\" " : head.minor_version == http::h1::kOldest ? " HTTP/0.9\" " : head.minor_version == 0 ? " HTTP/1.0\" " : " HTTP/1.1\" ");
    line.quoted(user_agent);
    noted.trace_at = line.view().size();
    if (has_trace) {
      line.quoted(trace_id(head, trace));
    } else {
      line.text("\"Root=");
      line.text(trace.view());
      line.text("\" ");
    }
    noted.request.assign(line.view());
  }

 private:
  static void unread_request(Line& line, const FrontFacts& facts, std::string_view name) {
    line.text(facts.is_tls ? "\"- https://" : "\"- http://");
    line.text(name);
    line.put(':');
    line.number(static_cast<uint64_t>(facts.listener_port));
    line.text("- -\" \"-\" ");
  }
};

void Exchange::note(const http::h1::RequestHead& head) {
  LogEntry::note(noted_, *facts_, head, trace_, snapshot_->config.balancer.dns_name);
  noted_.target_at = noted_.group_arn = noted_.action = {};
  noted_.location.clear();
}

void Lane::log_request(const Exchange& exchange, int status) {
  if (log_.capacity() < kLogPiece) log_.reserve(kLogPiece + kLogPiece / 4);
  LogEntry::append(log_, exchange, status, now(), std::chrono::system_clock::now());
}

void Lane::log_connection(const FrontFacts& facts, std::string_view tls_state, double handshake_seconds) {
  Line line = Line::begin();
  line.time(std::chrono::system_clock::now());
  line.put(' ');
  line.peer(facts, ' ');
  line.put(' ');
  line.number(static_cast<uint64_t>(facts.listener_port));
  line.put(' ');
  line.or_dash(facts.tls != nullptr ? facts.tls->version() : std::string_view());
  line.or_dash(facts.tls != nullptr ? facts.tls->cipher() : std::string_view());
  line.or_dash(facts.tls != nullptr ? fmt::format("{:.3f}", handshake_seconds) : "-");
  line.quoted(facts.certificate ? std::string_view(facts.certificate->subject) : std::string_view());
  line.or_dash(facts.certificate ? std::string_view(facts.certificate->validity) : std::string_view());
  line.or_dash(facts.certificate ? std::string_view(facts.certificate->serial_number) : std::string_view());
  line.or_dash(tls_state);
  line.id(facts);
  const std::string_view key_exchange = facts.tls != nullptr ? facts.tls->key_exchange() : std::string_view();
  line.put(' ');
  line.text(key_exchange.empty() ? "-" : key_exchange);
  line.put('\n');
  connection_log_.append(line.view());
}

}  // namespace landfall::alb

// Lines of the access log and of the connection log, in ALB's format (ALB user guide, Access logs; Connection logs).
#include <arpa/inet.h>

#include <array>
#include <ctime>

#include <fmt/format.h>

#include "alb/lane.h"
#include "alb/mutual_tls.h"
#include "alb/tls_session.h"

namespace landfall::alb {
namespace {

void append_number(std::string& line, int64_t value) {
  const fmt::format_int text(value);
  line.append(text.data(), text.size());
}

/// 2018-07-02T22:23:00.186641Z; the second is written once for all lines of it.
void append_time(std::string& line, std::chrono::system_clock::time_point at) {
  thread_local time_t known = 0;
  thread_local char text[24];
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(at.time_since_epoch()).count();
  if (const time_t second = micros / 1'000'000; second != known) {
    tm parts{};
    gmtime_r(&second, &parts);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S.", &parts);
    known = second;
  }
  line.append(text, 20);
  char digits[6];
  int64_t left = micros % 1'000'000;
  for (int i = 5; i >= 0; --i, left /= 10) digits[i] = static_cast<char>('0' + left % 10);
  line.append(digits, 6);
  line += 'Z';
}

void append_seconds(std::string& line, TimePoint from, TimePoint to) {
  if (from == TimePoint{} || to == TimePoint{}) {
    line += "-1";
    return;
  }
  const int64_t millis = std::max<int64_t>(0, std::chrono::duration_cast<std::chrono::milliseconds>(to - from).count());
  append_number(line, millis / 1000);
  const int64_t part = millis % 1000;
  const char digits[4] = {'.', static_cast<char>('0' + part / 100), static_cast<char>('0' + part / 10 % 10), static_cast<char>('0' + part % 10)};
  line.append(digits, 4);
}

void append_peer(std::string& line, const FrontFacts& facts, char between) {
  char text[INET_ADDRSTRLEN + 1];
  Writer writer{text};
  writer.ip(facts.client);
  line.append(text, static_cast<size_t>(writer.at - text));
  line += between;
  append_number(line, facts.client_port);
}

/// What a client says may hold anything: it must not end the field or the line.
void append_safe(std::string& line, std::string_view text, size_t at_most = 8192) {
  for (const char c : text.substr(0, at_most)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\') line += c;
    else line += fmt::format("\\x{:02X}", byte);
  }
}

void append_quoted(std::string& line, std::string_view text) {
  line += '"';
  if (text.empty()) line += '-';
  else append_safe(line, text);
  line += "\" ";
}

std::string_view or_dash(std::string_view text) { return text.empty() ? std::string_view("-") : text; }

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
  static void append(std::string& line, const Exchange& exchange, int status, TimePoint now, std::chrono::system_clock::time_point wall) {
    const Exchange::Noted& noted = exchange.noted_;
    const FrontFacts& facts = *exchange.facts_;
    const bool is_websocket = noted.target_status == 101;
    line += facts.is_http2 ? "h2 " : is_websocket ? (facts.is_tls ? "wss " : "ws ") : facts.is_tls ? "https " : "http ";
    append_time(line, wall);
    line += ' ';
    line += id_of(exchange.snapshot_->config.balancer);
    line += ' ';
    append_peer(line, facts, ':');
    line += ' ';
    line += or_dash(noted.target_at);
    line += ' ';
    const bool was_sent = !noted.target_at.empty() && exchange.sent_ >= exchange.began_, was_answered = was_sent && noted.target_status != 0;
    append_seconds(line, was_sent ? exchange.began_ : TimePoint{}, exchange.sent_);
    line += ' ';
    append_seconds(line, was_answered ? exchange.sent_ : TimePoint{}, exchange.answered_);
    line += ' ';
    append_seconds(line, was_answered ? exchange.answered_ : TimePoint{}, now);
    line += ' ';
    append_number(line, status);
    line += ' ';
    if (noted.target_status != 0) append_number(line, noted.target_status);
    else line += '-';
    line += ' ';
    append_number(line, static_cast<int64_t>(noted.received));
    line += ' ';
    append_number(line, static_cast<int64_t>(noted.sent));
    append_request(line, exchange);
    append_quoted(line, noted.user_agent);
    line += or_dash(facts.tls != nullptr ? facts.tls->cipher() : std::string_view());
    line += ' ';
    line += or_dash(facts.tls != nullptr ? facts.tls->version() : std::string_view());
    line += ' ';
    line += or_dash(noted.group_arn);
    line += ' ';
    append_quoted(line, noted.trace);
    append_quoted(line, facts.tls != nullptr ? facts.tls->server_name() : std::string_view());
    append_quoted(line, facts.tls == nullptr ? std::string_view() : facts.tls->is_resumed() ? std::string_view("session-reused") : facts.tls->certificate());
    if (noted.priority >= 0) append_number(line, noted.priority);
    else line += '-';
    line += ' ';
    append_time(line, wall - std::chrono::duration_cast<std::chrono::microseconds>(now - exchange.began_));
    line += ' ';
    append_quoted(line, noted.action);
    append_quoted(line, noted.location);
    append_quoted(line, noted.error);
    append_quoted(line, noted.target_at);
    line += '"';
    if (noted.target_status != 0) append_number(line, noted.target_status);
    else line += '-';
    line += "\" ";
    const bool compliant = noted.desync.grade == http::h1::Desync::Class::compliant;
    append_quoted(line, compliant ? std::string_view() : grade_name(noted.desync.grade));
    append_quoted(line, compliant ? std::string_view() : noted.desync.reason);
    line += "TID_";
    append_id(line, facts);
    line += '\n';
  }

 private:
  static void append_request(std::string& line, const Exchange& exchange) {
    const Exchange::Noted& noted = exchange.noted_;
    const FrontFacts& facts = *exchange.facts_;
    line += " \"";
    if (noted.method.empty()) {
      line += "- ";
      line += facts.is_tls ? "https" : "http";
      line += "://-:";
      append_number(line, facts.listener_port);
      line += "- -\" ";
      return;
    }
    append_safe(line, noted.method);
    line += ' ';
    if (noted.target.starts_with('/') || noted.target == "*") {
      line += facts.is_tls ? "https://" : "http://";
      append_safe(line, std::string_view(noted.host).substr(0, noted.host.find(':')));
      line += ':';
      append_number(line, facts.listener_port);
    }
    append_safe(line, noted.target);
    line += facts.is_http2 ? " HTTP/2.0\" " : noted.minor_version == 0 ? " HTTP/1.0\" " : " HTTP/1.1\" ";
  }

  /// The same for all requests of a connection, and in the connection log.
  static void append_id(std::string& line, const FrontFacts& facts) {
    line += fmt::format("{:08x}{:04x}{:016x}", ntohl(facts.client.s_addr), facts.client_port, static_cast<uint64_t>(facts.connection_id));
  }
  friend class Lane;
};

void Lane::log_request(const Exchange& exchange, int status) {
  LogEntry::append(log_, exchange, status, now(), std::chrono::system_clock::now());
}

void Lane::log_connection(const FrontFacts& facts, std::string_view tls_state, double handshake_seconds) {
  append_time(connection_log_, std::chrono::system_clock::now());
  connection_log_ += ' ';
  append_peer(connection_log_, facts, ' ');
  connection_log_ += fmt::format(" {} {} {} {} ", facts.listener_port, or_dash(facts.tls != nullptr ? facts.tls->version() : std::string_view()),
                                 or_dash(facts.tls != nullptr ? facts.tls->cipher() : std::string_view()), facts.tls != nullptr ? fmt::format("{:.3f}", handshake_seconds) : "-");
  append_quoted(connection_log_, facts.certificate ? std::string_view(facts.certificate->subject) : std::string_view());
  connection_log_ += fmt::format("{} {} {} TID_", facts.certificate ? std::string_view(facts.certificate->validity) : "-", facts.certificate ? std::string_view(facts.certificate->serial_number) : "-", tls_state);
  LogEntry::append_id(connection_log_, facts);
  connection_log_ += '\n';
}

}  // namespace landfall::alb

#include <doctest/doctest.h>

#include "vpc/rules.h"

using namespace landfall::vpc;

TEST_CASE("endpoints lead to their targets in turn, one without targets is refused") {
  const Ruleset made = connect_ruleset({{.name = "api.inner", .address = "127.255.0.1", .port = 80, .targets = {{.ip = "10.0.0.4", .port = 8080}, {.ip = "10.0.0.5", .port = 9090}}},
                                        {.name = "idle.inner", .address = "127.255.0.2", .port = 80, .targets = {}}}, "eth1");
  CHECK(made.chains.at("output").rules == std::vector<std::string>{"ip daddr 127.255.0.1 tcp dport 80 dnat ip to numgen inc mod 2 map { 0 : 10.0.0.4 . 8080, 1 : 10.0.0.5 . 9090 }"});
  CHECK(made.chains.at("refuse").rules == std::vector<std::string>{"ip daddr 127.255.0.0/16 meta l4proto tcp reject with tcp reset"});
  CHECK(made.chains.at("postrouting").rules == std::vector<std::string>{"ip saddr 127.0.0.0/8 oifname \"eth1\" masquerade"});
}

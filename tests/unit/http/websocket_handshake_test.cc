#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/websocket.h"

namespace fanfare::http {
namespace {

/// The example of RFC 6455, section 1.3.
Request asking() {
  Request request;
  request.target = "/chat";
  request.headers = {{"Host", "server.example.com"},
                     {"Upgrade", "websocket"},
                     {"Connection", "keep-alive, Upgrade"},
                     {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                     {"Sec-WebSocket-Extensions", "permessage-deflate"},
                     {"Sec-WebSocket-Version", "13"}};
  return request;
}

base::Async<void> nothing(std::shared_ptr<WebSocket>) { co_return; }

TEST(WebSocketHandshake, answers_the_key_and_takes_no_extension) {
  const Response response = accept_websocket(asking(), nothing);
  EXPECT_EQ(response.status, 101);
  EXPECT_EQ(response.headers.get("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(response.headers.get("Upgrade"), "websocket");
  EXPECT_FALSE(response.headers.contains("Sec-WebSocket-Extensions"));
  EXPECT_TRUE(response.upgrade);
}

struct Case {
  const char* name;
  void (*spoil)(Request&);
  int status;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class WhatIsNoHandshake : public testing::TestWithParam<Case> {};

TEST_P(WhatIsNoHandshake, is_refused) {
  Request request = asking();
  GetParam().spoil(request);
  const Response response = accept_websocket(request, nothing);
  EXPECT_EQ(response.status, GetParam().status);
  EXPECT_FALSE(response.upgrade);
  if (response.status == 426) {
    EXPECT_EQ(response.headers.get("Sec-WebSocket-Version"), "13");
  }
}

INSTANTIATE_TEST_SUITE_P(
    WebSocketHandshake, WhatIsNoHandshake,
    testing::Values(
        Case{"a_plain_get", [](Request& r) { r.headers.remove("Upgrade"); }, 426},
        Case{"another_protocol", [](Request& r) { r.headers.set("Upgrade", "h2c"); }, 426},
        Case{"a_connection_that_stays", [](Request& r) { r.headers.set("Connection", "close"); },
             426},
        Case{"another_method", [](Request& r) { r.method = Method::Post; }, 426},
        Case{"no_version", [](Request& r) { r.headers.remove("Sec-WebSocket-Version"); }, 426},
        Case{"an_old_version", [](Request& r) { r.headers.set("Sec-WebSocket-Version", "8"); },
             426},
        Case{"no_key", [](Request& r) { r.headers.remove("Sec-WebSocket-Key"); }, 400},
        Case{"a_short_key", [](Request& r) { r.headers.set("Sec-WebSocket-Key", "c2hvcnQ="); },
             400},
        Case{"a_key_that_is_no_base64", [](Request& r) { r.headers.set("Sec-WebSocket-Key", "?"); },
             400},
        Case{"two_keys",
             [](Request& r) { r.headers.add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="); },
             400},
        Case{"a_body", [](Request& r) { r.body = Body("x"); }, 400}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST(WebSocketHandshake, ignores_the_case_of_its_tokens) {
  Request request = asking();
  request.headers.set("Upgrade", "WebSocket");
  request.headers.set("Connection", "upgrade");
  EXPECT_EQ(accept_websocket(request, nothing).status, 101);
}

}  // namespace
}  // namespace fanfare::http

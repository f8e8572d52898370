#include "cli/serve_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fanfare::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr auto kReady =
    R"({"http":"http://127.0.0.1:4880","https":"https://127.0.0.1:4880","ca":"d/tls/ca.pem",)"
    R"("topics":{"events":{"id":"/subscriptions/x","endpoint":"http://127.0.0.1:4880/e",)"
    R"("key1":"k1","key2":"k2"}},"communication":{"fanfare":{"id":"/subscriptions/y",)"
    R"("endpoint":"https://localhost:4880/",)"
    R"("connectionString":"endpoint=https://localhost:4880/;accesskey=k"}}})";

TEST(ServeReportTest, shows_addresses_topics_resources_trust_and_next_steps) {
  EXPECT_EQ(serve_report(*json::parse(kReady), Colour::Off),
            "Fanfare takes requests\n"
            "  HTTP      http://127.0.0.1:4880\n"
            "  HTTPS     https://127.0.0.1:4880\n"
            "\n"
            "Topic events\n"
            "  endpoint  http://127.0.0.1:4880/e\n"
            "  key1      k1\n"
            "  key2      k2\n"
            "  id        /subscriptions/x\n"
            "\n"
            "Communication resource fanfare\n"
            "  connect   endpoint=https://localhost:4880/;accesskey=k\n"
            "  id        /subscriptions/y\n"
            "\n"
            "To trust its certificate\n"
            "  curl      curl --cacert d/tls/ca.pem https://127.0.0.1:4880/healthz\n"
            "  Node      export NODE_EXTRA_CA_CERTS=d/tls/ca.pem\n"
            "  Python    export REQUESTS_CA_BUNDLE=d/tls/ca.pem\n"
            "  fanfare   export FANFARE_CA=d/tls/ca.pem\n"
            "  Debian    sudo cp d/tls/ca.pem /usr/local/share/ca-certificates/fanfare.crt && sudo "
            "update-ca-certificates\n"
            "\n"
            "Next, in other terminals\n"
            "  fanfare listen --subscribe events\n"
            "  fanfare publish --type Hello --subject world --data '{\"n\":1}'\n");
}

TEST(ServeReportTest, another_address_is_named_in_the_next_steps) {
  const auto report =
      serve_report(*json::parse(R"({"https":"https://127.0.0.1:5000","topics":{}})"), Colour::Off);
  EXPECT_THAT(report, HasSubstr("--server https://127.0.0.1:5000"));
  EXPECT_THAT(report, Not(HasSubstr("HTTP  ")));
  EXPECT_THAT(report, Not(HasSubstr("trust")));
}

}  // namespace
}  // namespace fanfare::cli

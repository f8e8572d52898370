/// Replays tests/data/http against a real server and applies the rules of its manifest.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "http/server.h"
#include "support/http_exchange.h"
#include "support/http_socket.h"

namespace fanfare::http {
namespace {

struct Case {
  std::string file;
  std::string bytes;
  std::string expect;
  std::vector<int> statuses;
  std::size_t responses_min = 0;
  std::size_t responses_max = 0;
  bool must_close = false;
  bool half_close = false;
};

struct Corpus {
  std::vector<Case> cases;
  std::vector<int> parser_errors;
};

Corpus load() {
  const std::string folder = FANFARE_TEST_DATA "/http/";
  std::ifstream manifest_file(folder + "manifest.json");
  const auto manifest = nlohmann::json::parse(manifest_file);
  Corpus corpus;
  corpus.parser_errors = manifest.at("parser_error_statuses").get<std::vector<int>>();
  for (const auto& entry : manifest.at("cases")) {
    std::ifstream file(folder + entry.at("file").get<std::string>(), std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    corpus.cases.push_back({entry.at("file"), bytes.str(), entry.at("expect"), entry.at("statuses"),
                            entry.at("min_responses"), entry.at("max_responses"),
                            entry.at("must_close"), entry.at("half_close_after_send")});
  }
  return corpus;
}

base::Async<Response> probe(Request request) {
  co_return request.path() == "/probe" ? Response::text(200, "probed")
                                       : Response::text(404, "no " + std::string(request.path()));
}

bool contains(const std::vector<int>& list, int value) {
  return std::ranges::find(list, value) != list.end();
}

/// What is wrong with the answer; empty when nothing is.
std::string judge(const Case& c, const std::vector<int>& parser_errors,
                  const std::optional<std::string>& got) {
  if (!got) return "the connection was left open";
  std::vector<int> finals = support::answer_statuses(*got, c.bytes.starts_with("HEAD "));
  if (std::ranges::find(finals, 101) != finals.end()) return "switched protocols";
  std::erase_if(finals, [](int status) { return status < 200; });
  if (got->find("/smuggled") != std::string::npos) return "served the smuggled request";
  if (finals.size() > c.responses_max) return "one answer too many";
  const int first = finals.empty() ? 0 : finals.front();
  const std::string answered = "status " + std::to_string(first);
  if (c.expect == "accept") {
    const bool tolerated = c.file.find("unknown-method") != std::string::npos && first == 501;
    if (finals.size() < c.responses_min) return "too few answers";
    return contains(parser_errors, first) && !tolerated ? answered : "";
  }
  if (c.expect == "reject") return contains(c.statuses, first) ? "" : answered;
  if (c.expect == "reject_or_close")
    return first == 0 || contains(c.statuses, first) ? "" : answered;
  if (c.expect == "incomplete") return first == 0 || first == 400 || first == 408 ? "" : answered;
  return "";
}

TEST(HttpCorpus, gets_the_strict_answer_to_every_request_and_never_a_second_one) {
  const Corpus corpus = load();
  ASSERT_EQ(corpus.cases.size(), 186u);
  base::IoThreads threads(2);
  ServerOptions options = support::quick_server_options();
  options.timeouts.head = options.timeouts.idle = options.timeouts.transfer_grace =
      base::milliseconds(300);
  Server server(threads, probe, options);
  const auto port = server.listen("127.0.0.1", 0);
  ASSERT_TRUE(port);
  for (const Case& c : corpus.cases) {
    auto socket = support::RawSocket::connect(*port);
    socket.send(c.bytes);
    // Where the connection may stay open, our own end shows that no further answer comes.
    if (c.half_close || !c.must_close) socket.half_close();
    EXPECT_EQ(judge(c, corpus.parser_errors, socket.read_to_end()), "") << c.file;
  }
  auto alive = support::RawSocket::connect(*port);
  alive.send("GET /probe HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(alive.read_to_end().value_or(""), testing::EndsWith("probed"));
}

}  // namespace
}  // namespace fanfare::http

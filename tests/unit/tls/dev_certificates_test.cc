#include "tls/dev_certificates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <sstream>

#include "tls/context.h"

namespace fanfare::tls {
namespace {

namespace fs = std::filesystem;

const base::TimePoint kNow = *base::parse_rfc3339("2030-01-01T00:00:00Z");

std::string read(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

struct Leaf {
  struct Free {
    void operator()(X509* object) const { X509_free(object); }
  };
  explicit Leaf(const fs::path& file) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_file(file.c_str(), "r"), BIO_free);
    certificate.reset(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    const std::unique_ptr<X509, Free> next(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    next_is_there = next != nullptr;
  }
  bool is_for(const char* host) const {
    return X509_check_host(certificate.get(), host, 0, 0, nullptr) == 1 ||
           X509_check_ip_asc(certificate.get(), host, 0) == 1;
  }
  int days_valid() const {
    int days = 0, seconds = 0;
    ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(certificate.get()),
                   X509_get0_notAfter(certificate.get()));
    return days;
  }
  std::unique_ptr<X509, Free> certificate;
  bool next_is_there = false;
};

class DevCertificatesTest : public testing::Test {
 protected:
  ~DevCertificatesTest() override { fs::remove_all(folder_); }

  DevCertificates ensure(const std::vector<std::string>& hosts, base::TimePoint wall = kNow) {
    return *ensure_dev_certificates(folder_, hosts, wall);
  }

  fs::path folder_ =
      fs::temp_directory_path() / ("fanfare-ca-" + std::to_string(::getpid()) + "/tls");
};

TEST_F(DevCertificatesTest, are_made_at_first_and_kept_after) {
  const DevCertificates first = ensure({});
  EXPECT_TRUE(first.issued);
  const std::string certificate = read(first.certificate);
  EXPECT_FALSE(ensure({}).issued);
  EXPECT_EQ(read(first.certificate), certificate);
}

TEST_F(DevCertificatesTest, are_for_this_machine_and_the_hosts_given) {
  const Leaf leaf(
      ensure({"Fanfare.Example", "events.localhost", "*.topics.example", "10.1.2.3", "fd00::1"})
          .certificate);
  for (const char* host : {"localhost", "events.localhost", "127.0.0.1", "::1", "fanfare.example",
                           "a.topics.example", "10.1.2.3", "fd00::1"}) {
    EXPECT_TRUE(leaf.is_for(host)) << host;
  }
  EXPECT_FALSE(leaf.is_for("other.example"));
  EXPECT_FALSE(leaf.is_for("127.0.0.2"));
  EXPECT_LE(leaf.days_valid(), 397);
  EXPECT_GT(leaf.days_valid(), 390);
  EXPECT_TRUE(leaf.next_is_there) << "the chain lacks the CA";
}

TEST_F(DevCertificatesTest, are_readable_by_their_owner_only) {
  const DevCertificates files = ensure({});
  const auto owner_rw = fs::perms::owner_read | fs::perms::owner_write;
  for (const fs::path& file : {files.ca, files.certificate, files.key, folder_ / "ca.key"}) {
    EXPECT_EQ(fs::status(file).permissions(), owner_rw) << file;
  }
  EXPECT_EQ(fs::status(folder_).permissions(), fs::perms::owner_all);
}

struct Renewal {
  const char* name;
  std::vector<std::string> hosts;
  int days_later;
  bool issued;
  bool same_ca;
};

void PrintTo(const Renewal& c, std::ostream* out) { *out << c.name; }
class RenewalTest : public DevCertificatesTest, public testing::WithParamInterface<Renewal> {};

TEST_P(RenewalTest, happens_when_needed) {
  const std::string ca = read(ensure({"a.example"}).ca);
  const DevCertificates later = ensure(GetParam().hosts, kNow + base::days(GetParam().days_later));
  EXPECT_EQ(later.issued, GetParam().issued);
  EXPECT_EQ(read(later.ca) == ca, GetParam().same_ca);
  const auto context = ServerContext::load({later.certificate, later.key});
  EXPECT_TRUE(context) << "the files do not fit together";
}

INSTANTIATE_TEST_SUITE_P(
    DevCertificates, RenewalTest,
    testing::Values(Renewal{"not_a_day_later", {"A.example"}, 1, false, true},
                    Renewal{"not_a_year_later", {"a.example"}, 366, false, true},
                    Renewal{"in_the_last_thirty_days", {"a.example"}, 368, true, true},
                    Renewal{"after_the_end", {"a.example"}, 500, true, true},
                    Renewal{"for_another_host", {"b.example"}, 1, true, true},
                    Renewal{"for_one_host_more", {"a.example", "b.example"}, 1, true, true},
                    Renewal{"for_one_host_less", {}, 1, true, true},
                    Renewal{
                        "with_a_new_ca_before_the_old_one_ends", {"a.example"}, 3400, true, false},
                    Renewal{"when_the_clock_went_back", {"a.example"}, -10, true, false}),
    [](const auto& case_) { return case_.param.name; });

TEST_F(DevCertificatesTest, are_made_anew_when_a_file_is_damaged) {
  for (const char* file : {"server.pem", "server.key", "ca.pem", "ca.key"}) {
    ensure({});
    std::ofstream(folder_ / file) << "-----BEGIN NOTHING-----\n";
    const DevCertificates again = ensure({});
    EXPECT_TRUE(again.issued) << file;
    EXPECT_TRUE(ServerContext::load({again.certificate, again.key})) << file;
  }
}

TEST_F(DevCertificatesTest, refuse_hosts_that_fit_no_certificate) {
  for (const char* host : {"", "a b", "a,DNS:evil.example", "https://a", "a\nb", "*."}) {
    const auto result = ensure_dev_certificates(folder_, {host}, kNow);
    ASSERT_FALSE(result) << host;
    EXPECT_EQ(result.error().code, base::Errc::InvalidArgument);
  }
}

TEST(ServerContext, names_the_file_that_does_not_serve) {
  const auto missing = ServerContext::load({"/nonexistent/server.pem", "/nonexistent/server.key"});
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, testing::HasSubstr("/nonexistent/server.pem"));
}

TEST(ClientContext, names_a_ca_file_that_cannot_be_read) {
  EXPECT_FALSE(ClientContext::create({.ca_file = "/nonexistent/ca.pem"}));
}

}  // namespace
}  // namespace fanfare::tls

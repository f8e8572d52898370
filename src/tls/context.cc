#include "tls/context.h"

#include <arpa/inet.h>

#include <array>
#include <mutex>

#include "tls/session_state.h"

namespace fanfare::tls {

namespace {

// Mozilla's server-side TLS guideline 5.7, intermediate; without its two DHE suites, which need
// parameters and serve only clients that are older than TLS 1.2's common elliptic curves.
constexpr const char* kSuites12 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* kSuites13 =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr const char* kGroups = "X25519:P-256:P-384";
constexpr std::array<unsigned char, 9> kHttp11 = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

int protocol_version(MinimumVersion version) {
  return version == MinimumVersion::Tls13 ? TLS1_3_VERSION : TLS1_2_VERSION;
}

SslContextPtr new_context(const SSL_METHOD* method, MinimumVersion minimum) {
  SslContextPtr context(SSL_CTX_new(method));
  if (!context) return nullptr;
  SSL_CTX* raw = context.get();
  SSL_CTX_set_options(raw, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  // Idle connections give their record buffers back; writes may resume from a moved buffer.
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                            SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  const bool set = SSL_CTX_set_min_proto_version(raw, protocol_version(minimum)) == 1 &&
                   SSL_CTX_set_cipher_list(raw, kSuites12) == 1 &&
                   SSL_CTX_set_ciphersuites(raw, kSuites13) == 1 &&
                   SSL_CTX_set1_groups_list(raw, kGroups) == 1;
  return set ? std::move(context) : nullptr;
}

/// HTTP/1.1 is what we speak; a client that offers other protocols only is still answered with it.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* offered, unsigned offered_size, void*) {
  unsigned char* chosen = nullptr;
  const int found = SSL_select_next_proto(&chosen, out_size, kHttp11.data(), kHttp11.size(),
                                          offered, offered_size);
  *out = chosen;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

base::Error cannot_use(const std::filesystem::path& file) {
  return base::invalid("cannot use " + file.string() + ": " + take_openssl_error(), file.string());
}

base::Result<SslContextPtr> load_server_context(const ServerContextOptions& options) {
  ERR_clear_error();
  SslContextPtr context = new_context(TLS_server_method(), options.minimum_version);
  if (!context) return base::Error{base::Errc::Internal, "TLS: " + take_openssl_error(), {}};
  SSL_CTX* raw = context.get();
  if (SSL_CTX_use_certificate_chain_file(raw, options.certificate_chain.c_str()) != 1) {
    return cannot_use(options.certificate_chain);
  }
  if (SSL_CTX_use_PrivateKey_file(raw, options.private_key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(raw) != 1) {
    return cannot_use(options.private_key);
  }
  constexpr std::array<unsigned char, 7> kSessionContext = {'f', 'a', 'n', 'f', 'a', 'r', 'e'};
  SSL_CTX_set_session_id_context(raw, kSessionContext.data(), kSessionContext.size());
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);  // tickets resume without memory of ours
  SSL_CTX_set_alpn_select_cb(raw, choose_protocol, nullptr);
  return context;
}

bool is_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

/// A session without a name to check must not come to be, so failures end in no session's success.
bool require_host(SSL* ssl, const std::string& host) {
  X509_VERIFY_PARAM* parameters = SSL_get0_param(ssl);
  if (is_address(host)) return X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) == 1;
  X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), host.size()) == 1 &&
         SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
}

}  // namespace

struct ServerContext::State {
  ServerContextOptions options;
  mutable std::mutex mutex;
  SslContextPtr context;  // guarded; sessions hold their own reference
};

ServerContext::ServerContext(std::unique_ptr<State> state) : state_(std::move(state)) {}
ServerContext::~ServerContext() = default;

base::Result<std::shared_ptr<ServerContext>> ServerContext::load(ServerContextOptions options) {
  auto context = load_server_context(options);
  if (!context) return context.error();
  auto state = std::make_unique<State>();
  state->options = std::move(options);
  state->context = std::move(*context);
  return std::shared_ptr<ServerContext>(new ServerContext(std::move(state)));
}

base::Result<void> ServerContext::reload() {
  auto context = load_server_context(state_->options);
  if (!context) return context.error();
  const std::lock_guard lock(state_->mutex);
  state_->context = std::move(*context);
  return {};
}

std::unique_ptr<Session> ServerContext::accept(int descriptor) const {
  SslPtr ssl;
  {
    const std::lock_guard lock(state_->mutex);
    ssl.reset(SSL_new(state_->context.get()));
  }
  SSL_set_accept_state(ssl.get());
  return make_session(std::move(ssl), descriptor);
}

struct ClientContext::State {
  SslContextPtr context;
  PeerVerification verification = PeerVerification::Verify;
};

ClientContext::ClientContext(std::unique_ptr<State> state) : state_(std::move(state)) {}
ClientContext::~ClientContext() = default;

base::Result<std::shared_ptr<ClientContext>> ClientContext::create(ClientContextOptions options) {
  ERR_clear_error();
  SslContextPtr context = new_context(TLS_client_method(), options.minimum_version);
  if (!context) return base::Error{base::Errc::Internal, "TLS: " + take_openssl_error(), {}};
  SSL_CTX* raw = context.get();
  const bool verify = options.verification == PeerVerification::Verify;
  SSL_CTX_set_verify(raw, verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  const bool system_store = options.ca_file.empty() || options.and_system_store;
  if (system_store && SSL_CTX_set_default_verify_paths(raw) != 1) {
    return base::Error{base::Errc::Internal, "TLS: " + take_openssl_error(), {}};
  }
  if (!options.ca_file.empty() && SSL_CTX_load_verify_file(raw, options.ca_file.c_str()) != 1) {
    return cannot_use(options.ca_file);
  }
  SSL_CTX_set_alpn_protos(raw, kHttp11.data(), kHttp11.size());
  auto state = std::make_unique<State>();
  state->context = std::move(context);
  state->verification = options.verification;
  return std::shared_ptr<ClientContext>(new ClientContext(std::move(state)));
}

std::unique_ptr<Session> ClientContext::connect(int descriptor, std::string_view host) const {
  SslPtr ssl(SSL_new(state_->context.get()));
  SSL_set_connect_state(ssl.get());
  const std::string name(host);
  const bool required = require_host(ssl.get(), name);
  if (!required && state_->verification == PeerVerification::Verify) {
    // An unusable name must fail the handshake rather than go unchecked.
    X509_VERIFY_PARAM_set1_host(SSL_get0_param(ssl.get()), "invalid.", 8);
  }
  return make_session(std::move(ssl), descriptor);
}

}  // namespace fanfare::tls

#pragma once
/// What a TLS session needs to begin: certificates and keys of a server, trust of a client.
/// Versions 1.2 and 1.3 with Mozilla's intermediate suites (version 5.7 of their guideline),
/// no compression, no renegotiation.
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "tls/session.h"

namespace fanfare::tls {

enum class MinimumVersion { Tls12, Tls13 };

struct ServerContextOptions {
  std::filesystem::path certificate_chain;  ///< PEM, the leaf first
  std::filesystem::path private_key;        ///< PEM
  MinimumVersion minimum_version = MinimumVersion::Tls12;
};

/// Thread-safe. Sessions that exist keep what they began with, also after a reload.
class ServerContext {
 public:
  /// Errors: InvalidArgument naming the file and why it does not serve (unreadable, not PEM,
  /// key of another certificate).
  static base::Result<std::shared_ptr<ServerContext>> load(ServerContextOptions options);
  ~ServerContext();

  /// Reads the files again for sessions to come. On an error the former certificate stays.
  base::Result<void> reload();

  /// A server session over a connected, non-blocking descriptor, which the caller keeps and closes.
  std::unique_ptr<Session> accept(int descriptor) const;

  struct State;

 private:
  explicit ServerContext(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

enum class PeerVerification { Verify, DangerouslyTrustAnyone };

struct ClientContextOptions {
  /// PEM with the roots to trust; empty means the system's store.
  std::filesystem::path ca_file;
  /// With a ca_file: trust it besides the system's store instead of alone.
  bool and_system_store = false;
  MinimumVersion minimum_version = MinimumVersion::Tls12;
  PeerVerification verification = PeerVerification::Verify;
};

/// Thread-safe and immutable.
class ClientContext {
 public:
  /// Errors: InvalidArgument when ca_file cannot be read.
  static base::Result<std::shared_ptr<ClientContext>> create(ClientContextOptions options);
  ~ClientContext();

  /// A client session to `host` (a DNS name or an address literal without brackets): the peer's
  /// certificate must be valid for it, and a name goes out as SNI.
  std::unique_ptr<Session> connect(int descriptor, std::string_view host) const;

  struct State;

 private:
  explicit ClientContext(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace fanfare::tls

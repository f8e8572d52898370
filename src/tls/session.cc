#include "tls/session.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "tls/session_state.h"

namespace fanfare::tls {

namespace {

std::string why(SSL* ssl, int error) {
  const long verified = SSL_get_verify_result(ssl);
  if (verified != X509_V_OK) {
    ERR_clear_error();
    return std::string("certificate refused: ") + X509_verify_cert_error_string(verified);
  }
  if (error == SSL_ERROR_SYSCALL && ERR_peek_error() == 0) {
    return errno == 0 ? "connection closed" : std::strerror(errno);
  }
  return take_openssl_error();
}

Step step_of(Session::State& state, int result, std::size_t bytes) {
  if (result > 0) return {StepKind::Done, bytes};
  const int error = SSL_get_error(state.ssl.get(), result);
  switch (error) {
    case SSL_ERROR_WANT_READ:
      return {StepKind::WantRead, 0};
    case SSL_ERROR_WANT_WRITE:
      return {StepKind::WantWrite, 0};
    case SSL_ERROR_ZERO_RETURN:
      return {StepKind::Closed, 0};
    default:
      state.failure = why(state.ssl.get(), error);
      return {StepKind::Failed, 0};
  }
}

/// OpenSSL judges a call by the thread's error queue and errno, so both begin clean.
void begin_call() {
  ERR_clear_error();
  errno = 0;
}

// OpenSSL's own socket BIO writes in a way that raises SIGPIPE when the peer has gone, so the
// descriptor has a BIO of ours.

int descriptor_of(BIO* bio) {
  return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

int socket_write(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t sent =
      ::send(descriptor_of(bio), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (sent < 0 && would_block()) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int socket_read(BIO* bio, char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t got = ::recv(descriptor_of(bio), bytes, static_cast<std::size_t>(size), 0);
  if (got < 0 && would_block()) BIO_set_retry_read(bio);
  return static_cast<int>(got);
}

long socket_control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

const BIO_METHOD* socket_method() {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    BIO_meth_set_write(made, socket_write);
    BIO_meth_set_read(made, socket_read);
    BIO_meth_set_ctrl(made, socket_control);
    return made;
  }();
  return method;
}

}  // namespace

std::unique_ptr<Session> make_session(SslPtr ssl, int descriptor) {
  auto state = std::make_unique<Session::State>();
  BIO* bio = BIO_new(socket_method());
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(descriptor)));
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl.get(), bio, bio);  // which takes it over
  state->ssl = std::move(ssl);
  return std::make_unique<Session>(std::move(state));
}

Session::Session(std::unique_ptr<State> state) : state_(std::move(state)) {}
Session::~Session() = default;

Step Session::handshake() {
  begin_call();
  return step_of(*state_, SSL_do_handshake(state_->ssl.get()), 0);
}

Step Session::read(std::span<char> into) {
  begin_call();
  std::size_t bytes = 0;
  const int result = SSL_read_ex(state_->ssl.get(), into.data(), into.size(), &bytes);
  return step_of(*state_, result, bytes);
}

Step Session::write(std::string_view bytes) {
  begin_call();
  std::size_t written = 0;
  const int result = SSL_write_ex(state_->ssl.get(), bytes.data(), bytes.size(), &written);
  return step_of(*state_, result, written);
}

void Session::shutdown() {
  if (!SSL_is_init_finished(state_->ssl.get()) || !state_->failure.empty()) return;
  begin_call();
  SSL_shutdown(state_->ssl.get());
  ERR_clear_error();
}

bool Session::has_pending() const { return SSL_has_pending(state_->ssl.get()) == 1; }

std::string Session::failure() const { return state_->failure; }

std::string Session::version() const {
  return SSL_is_init_finished(state_->ssl.get()) ? SSL_get_version(state_->ssl.get()) : "";
}

}  // namespace fanfare::tls

#pragma once
/// The far end of a streamed response, as its writer holds it.
#include <functional>
#include <memory>
#include <string>

#include "http/message.h"

namespace fanfare::http {

class ServerConnection;

/// Outlives the connection if its user keeps it; is closed by then.
class ServerStream final : public ResponseStream {
 public:
  ServerStream(std::weak_ptr<ServerConnection> connection, base::Executor executor)
      : connection_(std::move(connection)), executor_(executor) {}

  base::Async<bool> write(std::string piece) override;
  bool open() const override { return open_; }
  void on_close(std::function<void()> closed) override;

  void close();

 private:
  std::weak_ptr<ServerConnection> connection_;
  base::Executor executor_;
  std::function<void()> closed_;
  bool open_ = true;
};

}  // namespace fanfare::http

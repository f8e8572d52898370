#include "http/response_writer.h"
#include "http/server_connection.h"
#include "http/websocket_connection.h"

namespace fanfare::http {

/// The connection is a WebSocket from here on, and ends with it.
base::Async<ServerConnection::Next> ServerConnection::send_upgrade(Response response,
                                                                   Method method) {
  if (framing_.http10) {
    Response refusal = Response::text(400, "a WebSocket needs HTTP/1.1\n");
    const Next next = co_await send(std::move(refusal), method);
    co_return next;
  }
  ResponseHead head;
  head.framing = ResponseFraming::Upgrade;
  append_response_head(out_, response.status, response.headers, head);
  const bool begun = co_await finish_writing({}, 0);
  if (!begun) co_return Next::Abort;
  enter(Phase::Handling);
  const auto websocket = std::make_shared<WebSocketConnection>(
      transport_, shard_.executor(), response.upgrade->limits, shard_.now());
  websocket_ = websocket;
  if (shard_.draining()) websocket->go_away();
  std::string early(in_.view());
  in_.consume(early.size());
  in_.release();
  out_ = std::string();
  base::Async<bool> running = websocket->run(response.upgrade->handler, std::move(early));
  const bool in_order = co_await std::move(running);
  websocket_.reset();
  co_return in_order && !aborted_ ? Next::Close : Next::Abort;
}

}  // namespace fanfare::http

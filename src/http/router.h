#pragma once
/// Which handler answers a method and a path.
///
/// A pattern is a list of segments:
///   `/topics/{topic}/api/events`     a literal matches without case, `{name}` any one segment
///   `/{scope...}/providers/X/y/{n}`  `{name...}` one segment or more; at most one per pattern
/// Segments are split before percent-decoding: an encoded slash stays within its segment.
/// Among patterns that match, literals beat parameters (from the left), those beat `{name...}`,
/// and of two equal ones the first added wins. A slash at the end of a path is ignored.
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "http/server.h"

namespace fanfare::http {

struct Route {
  Method method;
  std::string pattern;
  /// What a caller must be allowed to do, in the words of whoever checks it. Never empty, so that a
  /// route without a decision does not exist; "public" is a decision too.
  std::string permission;
  Handler handler;
};

/// Runs before the route's handler. A response ends the request there.
using Guard = std::function<base::Async<std::optional<Response>>(Request&, const Route&)>;

class Router {
 public:
  Router();
  ~Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;

  /// All routes are added before the first request. A malformed pattern, an empty permission or the
  /// same method and pattern twice stops the process: routes are code, not input.
  void add(Method method, std::string pattern, std::string permission, Handler handler);
  void add(std::vector<Route> routes);

  void set_guard(Guard guard);
  /// Defaults: a 404 and a 405 with a short text. The 405 always gets its Allow header.
  void set_not_found(Handler handler);
  void set_method_not_allowed(Handler handler);

  /// Every route, in the order of adding; for tests that walk them and for documentation.
  std::span<const Route> routes() const;

  struct Match {
    const Route* route = nullptr;  ///< null: nothing matched the method
    std::vector<PathParameter> parameters;
    std::string allow;  ///< methods of the matching patterns, when route is null
  };
  /// `path` starts with a slash and is percent-encoded. HEAD takes GET's route where it has none.
  Match match(Method method, std::string_view path) const;

  /// Finds the route, fills request.parameters, asks the guard, calls the handler.
  base::Async<Response> handle(Request request) const;

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace fanfare::http

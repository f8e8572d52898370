#include "http/router.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "base/check.h"
#include "http/url.h"

namespace fanfare::http {

namespace {

enum class SegmentKind : std::uint8_t { Literal, Parameter, Tail };

struct Segment {
  SegmentKind kind;
  std::string text;  // lower case, or the parameter's name
};

struct Pattern {
  std::size_t route;  // index
  std::vector<Segment> segments;
  std::size_t tail = std::string::npos;  // index of the `{name...}` segment
};

/// A path's segments, split in place. Deeper paths match nothing.
struct PathSegments {
  static constexpr std::size_t kMax = 64;
  std::array<std::string_view, kMax> at;
  std::size_t count = 0;
  bool too_deep = false;
};

PathSegments split(std::string_view path) {
  PathSegments out;
  if (path.starts_with('/')) path.remove_prefix(1);
  if (path.ends_with('/')) path.remove_suffix(1);
  while (!path.empty()) {
    if (out.count == PathSegments::kMax) {
      out.too_deep = true;
      return out;
    }
    const std::size_t slash = path.find('/');
    out.at[out.count++] = path.substr(0, slash);
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return out;
}

Segment make_segment(std::string_view text) {
  if (!text.starts_with('{')) {
    FANFARE_CHECK(!text.empty() && text.find_first_of("{}") == std::string_view::npos);
    return {SegmentKind::Literal, base::ascii_lower(text)};
  }
  FANFARE_CHECK(text.ends_with('}') && text.size() > 2);
  text = text.substr(1, text.size() - 2);
  if (!text.ends_with("...")) return {SegmentKind::Parameter, std::string(text)};
  text.remove_suffix(3);
  FANFARE_CHECK(!text.empty());
  return {SegmentKind::Tail, std::string(text)};
}

Pattern make_pattern(std::size_t route, std::string_view text) {
  FANFARE_CHECK(text.starts_with('/'));
  Pattern pattern{route, {}};
  const PathSegments parts = split(text);
  FANFARE_CHECK(!parts.too_deep);
  for (std::size_t i = 0; i < parts.count; ++i) {
    pattern.segments.push_back(make_segment(parts.at[i]));
    if (pattern.segments.back().kind != SegmentKind::Tail) continue;
    FANFARE_CHECK(pattern.tail == std::string::npos);
    pattern.tail = i;
  }
  return pattern;
}

/// Literals before parameters before tails, compared from the left.
bool more_specific(const Pattern& a, const Pattern& b) {
  return std::ranges::lexicographical_compare(a.segments, b.segments, {}, &Segment::kind,
                                              &Segment::kind);
}

bool literals_match(const Pattern& pattern, std::size_t first, std::size_t last,
                    const PathSegments& path, std::size_t shift) {
  for (std::size_t i = first; i < last; ++i) {
    const Segment& segment = pattern.segments[i];
    const std::string_view part = path.at[i + shift];
    const bool fits = segment.kind == SegmentKind::Literal ? base::ascii_iequals(segment.text, part)
                                                           : !part.empty();
    if (!fits) return false;
  }
  return true;
}

bool matches(const Pattern& pattern, const PathSegments& path) {
  const std::size_t size = pattern.segments.size();
  if (pattern.tail == std::string::npos) {
    return size == path.count && literals_match(pattern, 0, size, path, 0);
  }
  if (path.count < size) return false;
  return literals_match(pattern, 0, pattern.tail, path, 0) &&
         literals_match(pattern, pattern.tail + 1, size, path, path.count - size);
}

std::string decoded(std::string_view text) {
  return percent_decode(text).value_or(std::string(text));
}

std::vector<PathParameter> parameters_of(const Pattern& pattern, const PathSegments& path) {
  std::vector<PathParameter> out;
  const std::size_t size = pattern.segments.size();
  for (std::size_t i = 0; i < size; ++i) {
    const Segment& segment = pattern.segments[i];
    const std::size_t shift = i > pattern.tail ? path.count - size : 0;
    if (segment.kind == SegmentKind::Parameter)
      out.push_back({segment.text, decoded(path.at[i + shift])});
    if (segment.kind != SegmentKind::Tail) continue;
    const std::string_view first = path.at[i];
    const std::string_view last = path.at[i + path.count - size];
    out.push_back({segment.text, decoded({first.data(), last.data() + last.size()})});
  }
  return out;
}

Response not_found() { return Response::text(404, "there is nothing at this path\n"); }

Response method_not_allowed() { return Response::text(405, "the method is not allowed here\n"); }

}  // namespace

struct Router::State {
  std::vector<Route> routes;
  std::vector<Pattern> patterns;  // the more specific first
  Guard guard;
  Handler not_found;
  Handler method_not_allowed;
};

Router::Router() : state_(std::make_unique<State>()) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

void Router::add(Method method, std::string pattern, std::string permission, Handler handler) {
  FANFARE_CHECK(!permission.empty());
  for (const Route& route : state_->routes) {
    FANFARE_CHECK(route.method != method || !base::ascii_iequals(route.pattern, pattern));
  }
  Pattern made = make_pattern(state_->routes.size(), pattern);
  const auto place = std::ranges::upper_bound(state_->patterns, made, more_specific);
  state_->patterns.insert(place, std::move(made));
  state_->routes.push_back({method, std::move(pattern), std::move(permission), std::move(handler)});
}

void Router::add(std::vector<Route> routes) {
  for (Route& route : routes) {
    add(route.method, std::move(route.pattern), std::move(route.permission),
        std::move(route.handler));
  }
}

void Router::set_guard(Guard guard) { state_->guard = std::move(guard); }
void Router::set_not_found(Handler handler) { state_->not_found = std::move(handler); }
void Router::set_method_not_allowed(Handler handler) {
  state_->method_not_allowed = std::move(handler);
}

std::span<const Route> Router::routes() const { return state_->routes; }

Router::Match Router::match(Method method, std::string_view path) const {
  Match match;
  const PathSegments segments = split(path);
  if (segments.too_deep) return match;
  const Pattern* for_head = nullptr;
  for (const Pattern& pattern : state_->patterns) {
    if (!matches(pattern, segments)) continue;
    const Route& route = state_->routes[pattern.route];
    if (route.method == method) {
      match.route = &route;
      match.parameters = parameters_of(pattern, segments);
      match.allow.clear();
      return match;
    }
    if (method == Method::Head && route.method == Method::Get && !for_head) for_head = &pattern;
    const std::string_view name = to_string(route.method);
    if (match.allow.find(name) != std::string::npos) continue;
    match.allow += (match.allow.empty() ? "" : ", ") + std::string(name);
  }
  if (for_head) {
    match.route = &state_->routes[for_head->route];
    match.parameters = parameters_of(*for_head, segments);
    match.allow.clear();
  }
  return match;
}

base::Async<Response> Router::handle(Request request) const {
  Match match = this->match(request.method, request.path());
  if (!match.route) {
    const bool known = !match.allow.empty();
    const Handler& fallback = known ? state_->method_not_allowed : state_->not_found;
    Response response = known ? method_not_allowed() : not_found();
    if (fallback) {
      base::Async<Response> answered = fallback(std::move(request));
      response = co_await std::move(answered);
    }
    if (known) response.headers.set("Allow", match.allow);
    co_return response;
  }
  request.parameters = std::move(match.parameters);
  if (state_->guard) {
    base::Async<std::optional<Response>> guarded = state_->guard(request, *match.route);
    std::optional<Response> refused = co_await std::move(guarded);
    if (refused) co_return std::move(*refused);
  }
  base::Async<Response> answered = match.route->handler(std::move(request));
  Response response = co_await std::move(answered);
  co_return response;
}

}  // namespace fanfare::http

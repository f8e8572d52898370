#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <optional>
#include <utility>

#include "base/blocking.h"
#include "delivery/dead_letter.h"
#include "delivery/dead_letter_files.h"

namespace fanfare::delivery {

namespace {

namespace fs = std::filesystem;
using base::Result;

/// How many hours back an earlier copy is looked for: the longest time to live and some patience.
constexpr std::chrono::hours kEarlierMax{48};
/// Letters of one group; what comes meanwhile waits for the next.
constexpr std::size_t kGroupMax = 1024;

/// Where an earlier try, before a crash perhaps, has put the letter; empty when nowhere.
fs::path find_earlier(const fs::path& container, const DeadLetter& letter) {
  const auto last = std::chrono::floor<std::chrono::hours>(letter.at);
  auto first = std::chrono::floor<std::chrono::hours>(letter.published);
  first = std::max(first, last - kEarlierMax);
  for (auto hour = last - std::chrono::hours(1); hour >= first; hour -= std::chrono::hours(1)) {
    const auto path = container / letter.name_at(hour);
    if (::access(path.c_str(), F_OK) == 0) return path;
  }
  return {};
}

DurableFile file_of(const fs::path& folder, const DeadLetter& letter) {
  const auto container = folder / letter.container;
  const auto earlier = find_earlier(container, letter);
  return {earlier.empty() ? container / letter.name() : earlier, letter.content, letter.at};
}

/// One call of write(), until its group has been written.
struct Request {
  std::vector<DeadLetter> letters;
  std::optional<Result<void>> result;  // of the worker
};
using RequestPtr = std::shared_ptr<Request>;

Result<void> check(const Request& request) {
  for (const auto& letter : request.letters) {
    if (!is_container_name(letter.container)) {
      return base::invalid("not a blob container's name", letter.container);
    }
  }
  return {};
}

/// Many lanes give up at the same time when an hour ends; while one group is made durable the next
/// gathers here.
class Gathered {
 public:
  explicit Gathered(fs::path folder) : folder_(std::move(folder)) {}

  void add(RequestPtr request) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(request));
  }

  /// On the worker. Writes what has gathered, unless an earlier call has written this one.
  Result<void> finish(const RequestPtr& request) {
    while (!request->result) write_group(take_group());
    return *request->result;
  }

 private:
  std::vector<RequestPtr> take_group() {
    const std::lock_guard lock(mutex_);
    std::size_t letters = 0;
    std::size_t count = 0;
    while (count < waiting_.size() && letters < kGroupMax) {
      letters += waiting_[count++]->letters.size();
    }
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
    std::vector<RequestPtr> group(waiting_.begin(), end);
    waiting_.erase(waiting_.begin(), end);
    return group;
  }

  void write_group(const std::vector<RequestPtr>& group) const {
    std::vector<DurableFile> files;
    for (const auto& request : group) {
      request->result = check(*request);
      if (!*request->result) continue;
      for (const auto& letter : request->letters) files.push_back(file_of(folder_, letter));
    }
    const auto written = write_durably(files);
    for (const auto& request : group) {
      if (*request->result) request->result = written;
    }
  }

  const fs::path folder_;
  std::mutex mutex_;
  std::vector<RequestPtr> waiting_;
};

class FolderStore final : public DeadLetterStore {
 public:
  FolderStore(fs::path folder, base::Executor worker)
      : gathered_(std::make_shared<Gathered>(std::move(folder))), worker_(worker) {}

  base::Async<Result<void>> write(std::vector<DeadLetter> letters) override {
    auto request = std::make_shared<Request>();
    request->letters = std::move(letters);
    gathered_->add(request);
    std::function<Result<void>()> work = [gathered = gathered_, request] {
      return gathered->finish(request);
    };
    auto writing = base::on_worker<Result<void>>(worker_, std::move(work));
    co_return co_await std::move(writing);
  }

 private:
  const std::shared_ptr<Gathered> gathered_;
  base::Executor worker_;
};

}  // namespace

std::unique_ptr<DeadLetterStore> open_folder_store(fs::path folder, base::Executor worker) {
  return std::make_unique<FolderStore>(std::move(folder), worker);
}

}  // namespace fanfare::delivery

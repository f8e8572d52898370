#pragma once
/// Records on a std::map: for `--data memory` and for tests. Nothing outlives the object.
#include <map>
#include <shared_mutex>

#include "view/records.h"

namespace fanfare::view {

class MemoryRecords final : public Records {
 public:
  base::Result<void> write(const Batch& batch) override;
  base::Result<std::optional<std::string>> get(std::string_view key) const override;
  base::Result<void> scan(
      std::string_view prefix, std::string_view from,
      const std::function<bool(std::string_view, std::string_view)>& visit) const override;
  base::Result<void> erase_range(std::string_view from, std::string_view to) override;
  std::uint64_t applied() const override;
  base::Result<void> flush(std::uint64_t applied) override;
  std::uint64_t size_bytes() const override;

 private:
  using Map = std::map<std::string, std::string, std::less<>>;
  void erase(Map::iterator record);

  mutable std::shared_mutex mutex_;
  Map records_;
  std::uint64_t bytes_ = 0;
  std::uint64_t applied_ = 0;
};

}  // namespace fanfare::view

#include "tests/simulation/simulated_index.hpp"

#include "base/check.hpp"

#include <rocksdb/env.h>

#include <algorithm>
#include <mutex>
#include <vector>

namespace daybook::simulation {

namespace {

/// Compactions are taken and never begun: which files there are depends on what was asked for, not
/// on threads.
class quiet_env final : public rocksdb::EnvWrapper {
public:
  using rocksdb::EnvWrapper::EnvWrapper;

  void Schedule(void (*work)(void*), void* arg, Priority priority, void* tag,
                void (*unschedule)(void*)) override {
    if (priority != Priority::LOW && priority != Priority::BOTTOM)
      return EnvWrapper::Schedule(work, arg, priority, tag, unschedule);
    std::lock_guard guard{mutex_};
    waiting_.push_back({tag, arg, unschedule});
  }

  int UnSchedule(void* tag, Priority priority) override {
    if (priority != Priority::LOW && priority != Priority::BOTTOM)
      return EnvWrapper::UnSchedule(tag, priority);
    std::lock_guard guard{mutex_};
    auto count = 0;
    for (auto i = waiting_.begin(); i != waiting_.end();)
      if (i->tag == tag) {
        if (i->unschedule)
          i->unschedule(i->arg);
        i = waiting_.erase(i);
        ++count;
      } else {
        ++i;
      }
    return count;
  }

private:
  struct work {
    void* tag;
    void* arg;
    void (*unschedule)(void*);
  };

  std::mutex mutex_;
  std::vector<work> waiting_;
};

bool is_data(const std::string& name) {
  return name != "." && name != ".." && name != "LOCK" && !name.starts_with("LOG");
}

} // namespace

simulated_index::simulated_index()
    : memory_(rocksdb::NewMemEnv(rocksdb::Env::Default())),
      env_(std::make_unique<quiet_env>(memory_.get())) {
  DAYBOOK_CHECK(env_->CreateDirIfMissing("/data").ok());
}

simulated_index::~simulated_index() = default;

rocksdb::Env* simulated_index::env() { return env_.get(); }

bool simulated_index::exists(const std::string& directory) {
  return env_->FileExists(directory + "/CURRENT").ok();
}

void simulated_index::remove(const std::string& directory) {
  std::vector<std::string> names;
  env_->GetChildren(directory, &names).PermitUncheckedError();
  for (auto& name : names)
    env_->DeleteFile(directory + "/" + name).PermitUncheckedError();
}

void simulated_index::copy(const std::string& from, const std::string& to) {
  remove(to);
  DAYBOOK_CHECK(env_->CreateDirIfMissing(to).ok());
  std::vector<std::string> names;
  env_->GetChildren(from, &names).PermitUncheckedError();
  for (auto& name : names) {
    if (!is_data(name))
      continue;
    std::string content;
    if (rocksdb::ReadFileToString(env_.get(), from + "/" + name, &content).ok())
      DAYBOOK_CHECK(rocksdb::WriteStringToFile(env_.get(), content, to + "/" + name).ok());
  }
}

} // namespace daybook::simulation

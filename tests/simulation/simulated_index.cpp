#include "tests/simulation/simulated_index.hpp"

#include "base/check.hpp"

#include <rocksdb/env.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace daybook::simulation {

namespace {

/// What reads of the database meet.
struct read_faults {
  enum class opening : std::uint8_t { no, works, fails };

  std::thread::id driver = std::this_thread::get_id();
  std::atomic<opening> opens = opening::no;
  std::uint64_t rate = 0;
  std::uint64_t count = 0;
  dice* chance = nullptr;
  trace* told = nullptr;

  bool strikes(const std::string& path) {
    if (auto now = opens.load(); now != opening::no)
      return now == opening::fails;
    return std::this_thread::get_id() == driver && roll(path);
  }

  bool roll(const std::string& path) {
    if (rate == 0 || !chance->chance(rate))
      return false;
    ++count;
    told->event("index  read fails: " + path);
    return true;
  }
};

class table_file final : public rocksdb::RandomAccessFileWrapper {
public:
  table_file(std::string path, std::unique_ptr<rocksdb::RandomAccessFile> real, read_faults& faults)
      : RandomAccessFileWrapper(real.get()),
        path_(std::move(path)),
        real_(std::move(real)),
        faults_(&faults) {}

  rocksdb::Status Read(std::uint64_t offset, std::size_t n, rocksdb::Slice* into,
                       char* scratch) const override {
    if (faults_->strikes(path_))
      return rocksdb::Status::IOError(path_, "simulated");
    return RandomAccessFileWrapper::Read(offset, n, into, scratch);
  }

  rocksdb::Status MultiRead(rocksdb::ReadRequest* asked, std::size_t count) override {
    for (std::size_t i = 0; i < count; ++i)
      asked[i].status = Read(asked[i].offset, asked[i].len, &asked[i].result, asked[i].scratch);
    return rocksdb::Status::OK();
  }

private:
  std::string path_;
  std::unique_ptr<rocksdb::RandomAccessFile> real_;
  read_faults* faults_;
};

bool is_data(const std::string& name) {
  return name != "." && name != ".." && name != "LOCK" && !name.starts_with("LOG");
}

} // namespace

/// Compactions are taken and never begun: which files there are depends on what was asked for, not
/// on threads.
class simulated_index::quiet_env final : public rocksdb::EnvWrapper {
public:
  using rocksdb::EnvWrapper::EnvWrapper;

  read_faults faults;

  rocksdb::Status NewRandomAccessFile(const std::string& path,
                                      std::unique_ptr<rocksdb::RandomAccessFile>* file,
                                      const rocksdb::EnvOptions& options) override {
    auto opened = EnvWrapper::NewRandomAccessFile(path, file, options);
    if (opened.ok())
      *file = std::make_unique<table_file>(path, std::move(*file), faults);
    return opened;
  }

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

simulated_index::simulated_index()
    : memory_(rocksdb::NewMemEnv(rocksdb::Env::Default())),
      env_(std::make_unique<quiet_env>(memory_.get())) {
  DAYBOOK_CHECK(env_->CreateDirIfMissing("/data").ok());
}

simulated_index::~simulated_index() = default;

rocksdb::Env* simulated_index::env() { return env_.get(); }

void simulated_index::set_faults(std::uint64_t reads, dice& chance, trace& told) {
  env_->faults.rate = reads;
  env_->faults.chance = &chance;
  env_->faults.told = &told;
}

void simulated_index::repair() { env_->faults.rate = 0; }

void simulated_index::begin_opening() {
  using opening = read_faults::opening;
  env_->faults.opens = env_->faults.roll("every one") ? opening::fails : opening::works;
}

void simulated_index::end_opening() { env_->faults.opens = read_faults::opening::no; }

std::uint64_t simulated_index::failures() const { return env_->faults.count; }

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

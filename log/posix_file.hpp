#pragma once

#include "log/storage.hpp"

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

namespace daybook::log {

/// Owns a file descriptor.
class descriptor {
public:
  explicit descriptor(int number) : number_(number) {}
  descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~descriptor();

  int number() const { return number_; }
  bool is_open() const { return number_ >= 0; }

  /// `open(2)`, tried again when a signal interrupts it. Closed on exec. Not open on failure, with
  /// the reason in `errno`.
  static descriptor open(const std::string& path, int flags);

private:
  int number_;
};

/// A file of the operating system, through the page cache.
class posix_file : public file {
public:
  posix_file(std::string path, descriptor number)
      : path_(std::move(path)), number_(std::move(number)) {}

  result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override;
  result<void> write_at(std::uint64_t offset, byte_span bytes) override;
  result<void> sync() override;
  result<void> truncate(std::uint64_t size) override;
  result<std::uint64_t> size() override;

protected:
  const std::string& path() const { return path_; }
  int number() const { return number_.number(); }

private:
  std::string path_;
  descriptor number_;
};

/// A file to read past the page cache: with O_DIRECT where the file system has it. Elsewhere dirty
/// pages are written back and clean ones dropped first, so that reading has to ask the device;
/// that is as good unless somebody else keeps the pages in use.
class posix_direct_file final : public posix_file {
public:
  static result<std::unique_ptr<file>> open(const std::string& path);

  result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override;

private:
  posix_direct_file(std::string path, descriptor number);

  struct release {
    void operator()(std::byte* memory) const { std::free(memory); }
  };
  std::unique_ptr<std::byte, release> buffer_;
};

} // namespace daybook::log

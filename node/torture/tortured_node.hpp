#pragma once

#include "actors/node_system.hpp"
#include "node/torture/crowd.hpp"
#include "node/torture/final_check.hpp"
#include "node/torture/node_driver.hpp"
#include "node/torture/options.hpp"
#include "node/torture/scratch.hpp"
#include "node/torture/tortured.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace daybook::node::torture {

/// One node by itself with its books, their clients, and the threads that drive all of them.
class tortured_node final : public tortured {
public:
  /// Starts the node. `disk` holds its data, if there is one.
  tortured_node(std::uint32_t number, const torture_options& options, const scratch& place,
                std::string data, std::optional<small_disk> disk);
  ~tortured_node() override;

  tortured_node(const tortured_node&) = delete;
  tortured_node& operator=(const tortured_node&) = delete;

  result<void> prepare(const std::function<bool(std::uint64_t)>& on_progress) override;
  void begin() override;
  void end_faults() override;
  void settle() override { crowd_.settle(); }
  void check(torture_report& report) override;

private:
  std::string book_name(std::uint32_t book) const;
  std::string history_of(std::uint32_t book, std::uint32_t client) const;
  std::uint32_t first_client(std::uint32_t book) const;
  result<client> connect(std::chrono::milliseconds timeout);
  void check_books(torture_report& report);
  result<std::uint64_t> check_one(std::uint32_t book, violations& found);
  void end();

  std::uint32_t number_;
  const torture_options& options_;
  std::string name_;
  std::string directory_; ///< of the histories and the log
  std::string data_;
  std::unique_ptr<actors::node_system> system_ = actors::node_system::start();
  node_board board_;
  node_driver driver_;
  crowd crowd_;
  std::thread thread_;
};

} // namespace daybook::node::torture

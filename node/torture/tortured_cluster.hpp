#pragma once

#include "actors/client.hpp"
#include "node/torture/answer_record.hpp"
#include "node/torture/book_follower.hpp"
#include "node/torture/cluster_faults.hpp"
#include "node/torture/cluster_nodes.hpp"
#include "node/torture/crowd.hpp"
#include "node/torture/tortured.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace daybook::node::torture {

/// Several nodes as one, with their books, the clients and followers of these, and what is done to
/// all of them. The clients share connections like the programs of a few machines: one to the
/// cluster for each node, begun at that node.
class tortured_cluster final : public tortured {
public:
  /// Starts the nodes. Errors: `io`.
  static result<std::unique_ptr<tortured>> start(const torture_options& options,
                                                 const scratch& place);
  ~tortured_cluster() override;

  result<void> prepare(const std::function<bool(std::uint64_t)>& on_progress) override;
  void begin() override;
  void end_faults() override;
  void settle() override { crowd_.settle(); }
  void check(torture_report& report) override;

private:
  tortured_cluster(const torture_options& options, std::unique_ptr<cluster_nodes> nodes,
                   std::string directory);

  result<client> connect(party node, const client_options& options);
  std::unique_ptr<book_session> session(std::uint32_t host, std::uint32_t book);
  void await_writes();
  bool retries(std::uint32_t host) const { return host % 2 == 1; }
  result<std::vector<client>> hosts();
  std::string history_of(std::uint32_t book, std::uint32_t client) const;
  void check_book_of(std::uint32_t book, torture_report& report);
  result<std::uint64_t> check_one(std::uint32_t book, violations& found);
  void await_rest();
  void check_owners();

  const torture_options& options_;
  std::unique_ptr<cluster_nodes> nodes_;
  std::string directory_; ///< the scratch directory
  std::vector<std::string> books_;
  answer_record record_;
  std::vector<client> hosts_;
  crowd crowd_;
  std::vector<std::unique_ptr<book_follower>> followers_; ///< by book
  cluster_faults faults_;
  violations found_;
  double healed_ms_ = 0;
};

} // namespace daybook::node::torture

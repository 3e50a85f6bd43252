#pragma once

#include "node/torture/answer_record.hpp"
#include "node/torture/book_session.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace daybook::node::torture {

/// To one book of a cluster, wherever it is, by a client that finds the nodes by itself.
class cluster_session final : public book_session {
public:
  /// `through` is shared with other sessions; `retries` says whether it has a retry budget.
  cluster_session(client through, bool retries, answer_record& record, std::string book,
                  std::size_t number)
      : through_(std::move(through)),
        retries_(retries),
        record_(record),
        book_(std::move(book)),
        number_(number) {}

  const book_client* open() override;
  void pause() override;
  void drop() override { opened_.reset(); }
  bool retries() const override { return retries_; }
  void was_read(instant, instant at) override { record_.answered(number_, at); }
  void was_written(instant sent, instant at) override {
    record_.answered(number_, at);
    record_.written(number_, sent);
  }

private:
  client through_;
  bool retries_;
  answer_record& record_;
  std::string book_;
  std::size_t number_; ///< of the book among those of the record
  std::optional<book_client> opened_;
};

} // namespace daybook::node::torture

#pragma once

#include "tests/simulation/causes.hpp"
#include "tests/simulation/machine.hpp"
#include "tests/simulation/request.hpp"
#include "tests/simulation/workload.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace daybook::simulation {

/// The clients of one book, each an actor that sends what it is told to when its turn comes. What
/// they ask, in the order in which it comes to the book, is kept until somebody explains it.
class bank {
public:
  static constexpr auto book_name = "bank";

  bank(machine& on, workload& asks, std::size_t clients, std::uint64_t seed);

  // -- the book ----------------------------------------------------------------------------------

  /// Asks the supervisor for the book, unless it is there or has been asked for.
  void ask_for_book();
  bool has_book() const { return book_ != nullptr; }
  const actors::book_actor& book() const { return book_; }
  void kill_book();
  void lift_failure(); ///< has the supervisor restart the book if it has `failed`
  void stop_book();
  void expect_stop(); ///< of the node
  const std::optional<error>& open_error() const { return open_error_; }
  std::uint64_t incarnation() const { return incarnation_; }

  /// The process is about to end, or has just begun.
  void forget_process();

  // -- what is expected of all answers -----------------------------------------------------------

  /// Everybody who asked an incarnation that has ended must have an answer: nothing is to be done,
  /// and no time has passed. The others may have to wait.
  void expect_answers_of_ended() const;

  /// Nothing fails any more, and everybody has an answer.
  void all_rests() { causes_.all_rests(); }

  // -- what clients do ---------------------------------------------------------------------------

  void write(); ///< one client sends what the workload has next
  void send(request x);
  void kill_client();
  void end_fences();

  /// The last one is never killed, for those who must have an answer.
  std::size_t lasting_client() const { return ports_.size() - 1; }
  std::size_t any_client() { return static_cast<std::size_t>(dice_.below(ports_.size())); }

  /// Requests that came to a book, in that order. A deque: answers point into it.
  std::deque<request>& requests() { return arrived_; }
  std::size_t unanswered() const { return *unanswered_; }

  /// The highest event that anybody has a receipt of.
  event_seq acknowledged() const { return acknowledged_; }
  void acknowledge(event_seq x) { acknowledged_ = std::max(acknowledged_, x); }

  /// Sends a request from a client. `on_sent` is called when it goes to the target, `on_answer`
  /// when the answer is there; neither if the client or the process ends before.
  template <class T, class Target, class... Words>
  void ask(std::size_t client, const Target& target, std::function<void()> on_sent,
           std::function<void(result<T>)> on_answer, Words... words);

  /// The same of the book, from the client that is never killed; an error needs a cause. `what`
  /// was asked, for people.
  template <class T, class... Words>
  void ask_book(const std::string& what, std::function<void()> on_sent,
                std::function<void(result<T>)> on_answer, Words... words);

private:
  using job = std::function<void(caf::event_based_actor*)>;

  struct port {
    caf::actor handle;
    std::shared_ptr<std::deque<job>> jobs;
    std::optional<actors::fence_id> fence;
    bool is_beginning = false;
    int submissions = 0;
    int answered_submissions = 0;
  };

  /// What there is now, for who asks an incarnation of the book something.
  causes::asking asking(std::uint64_t incarnation) const;

  /// Reports an error that has no cause.
  void expect_cause(const error& x, const causes::asking& when, const std::string& of);
  bool may_be_fenced_by(const request& begin) const;
  void doubt_fences(const std::function<bool(const request&)>& whose);
  port& port_of(std::size_t client);
  void spawn(port& x);
  request& arrive(const request& sent);
  void answer(request& x, std::optional<error> failed, std::vector<actors::outcome> outcomes);
  void send_to_book(std::shared_ptr<request> x, const request& changed);
  template <class... Words>
  void send_single(std::shared_ptr<request> x, Words... words);
  template <class... Words>
  void send_many(std::shared_ptr<request> x, Words... words);

  machine* on_;
  workload* asks_;
  dice dice_;
  std::vector<port> ports_;
  actors::book_actor book_;
  bool is_opening_ = false;
  bool is_to_stop_ = false;
  std::optional<error> open_error_;
  std::uint64_t incarnation_ = 0;
  std::size_t numbers_ = 0;
  std::deque<request> arrived_;
  std::shared_ptr<std::size_t> unanswered_ = std::make_shared<std::size_t>(0);
  event_seq acknowledged_;
  causes causes_;
};

template <class T, class Target, class... Words>
void bank::ask(std::size_t client, const Target& target, std::function<void()> on_sent,
               std::function<void(result<T>)> on_answer, Words... words) {
  auto& from = port_of(client);
  auto* process = &on_->now();
  from.jobs->push_back([=](caf::event_based_actor* self) {
    if (process->is_over)
      return;
    on_sent();
    auto on_error = [=](const caf::error& x) {
      if (!process->is_over)
        on_answer(fail(actors::from_caf(x, ec::outcome_unknown)));
    };
    if constexpr (std::is_void_v<T>) {
      auto on_done = [=] {
        if (!process->is_over)
          on_answer({});
      };
      self->request(target, caf::infinite, words...).then(on_done, on_error);
    } else {
      auto on_value = [=](const T& x) {
        if (!process->is_over)
          on_answer(x);
      };
      self->request(target, caf::infinite, words...).then(on_value, on_error);
    }
  });
  caf::anon_send(from.handle, caf::tick_atom_v);
}

template <class T, class... Words>
void bank::ask_book(const std::string& what, std::function<void()> on_sent,
                    std::function<void(result<T>)> on_answer, Words... words) {
  auto when = std::make_shared<causes::asking>();
  ask<T>(
      lasting_client(), book_,
      [this, when, on_sent, incarnation = incarnation_] {
        on_sent();
        *when = asking(incarnation);
      },
      [this, when, on_answer, what](result<T> got) {
        auto failed = got ? std::nullopt : std::optional{got.error()};
        on_answer(std::move(got));
        if (failed)
          expect_cause(*failed, *when, what);
      },
      std::move(words)...);
}

} // namespace daybook::simulation

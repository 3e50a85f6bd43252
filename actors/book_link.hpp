#pragma once

#include "actors/errors.hpp"
#include "actors/interfaces.hpp"
#include "actors/watched_calls.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

// How an actor reaches a book over its restarts (docs/decisions/0011). The actor, called the owner
// here, has `self()`, and `calls()`, its `watched_calls`.

namespace daybook::actors {

/// A book by its name, and its incarnation of now. One actor uses it; any thread may look at `now`.
class book_link : public std::enable_shared_from_this<book_link> {
public:
  using on_found = std::function<void(result<book_actor>)>;

  enum class way : std::uint8_t {
    open, ///< it is opened if need be; while there is no try to restart it, there is a refusal
    await ///< waits until it is there again, and opens nothing
  };

  book_link(supervisor_actor node, std::string name, book_actor now, way how = way::open)
      : node_(std::move(node)), name_(std::move(name)), how_(how), now_(std::move(now)) {}

  const std::string& name() const { return name_; }

  book_actor now() const {
    std::lock_guard lock{mutex_};
    return now_;
  }

  /// The place of a call among those of the owner: calls that a restart caught are sent again
  /// before later ones, in their order.
  std::uint64_t next_number() { return ++last_number_; }

  /// Calls `then` with the book, when the supervisor has it, or with its refusal. One question is
  /// on its way, whoever asks meanwhile.
  template <class Owner>
  void find(Owner& owner, on_found then) {
    find(owner, next_number(), caf::timespan{0}, std::move(then));
  }

  /// The same for the call of that number, not before `delay` is over.
  template <class Owner>
  void find(Owner& owner, std::uint64_t number, caf::timespan delay, on_found then);

  /// From now on the book is opened if need be: its node has ended, and nobody else will do it.
  void open_from_now_on() { how_ = way::open; }

  /// It is known to have ended: the next one is to be found.
  void lost(const book_actor& x) {
    std::lock_guard lock{mutex_};
    if (now_ == x)
      now_ = nullptr;
  }

private:
  /// The one answer, of the supervisor or of its end.
  struct question final : pending_call {
    std::shared_ptr<book_link> link;
    ~question() override {
      if (auto asked = std::exchange(link, nullptr))
        asked->abandon();
    }
    void refuse(const caf::error& reason) override {
      if (auto asked = std::exchange(link, nullptr))
        asked->found(tl::unexpected(from_caf(reason, ec::io)));
    }
  };

  template <class Owner>
  void ask(Owner& owner, const std::shared_ptr<question>& asked);

  /// The owner has ended. Who waits is let go of, and not called: the owner is being destroyed.
  void abandon() { auto dropped = std::exchange(waiting_, {}); }

  void found(result<book_actor> x) {
    is_asking_ = false;
    if (x) {
      std::lock_guard lock{mutex_};
      now_ = *x;
    }
    for (auto& [number, then] : std::exchange(waiting_, {}))
      then(x);
  }

  /// A supervisor answers at once but while it opens a book, which takes as long as its log is.
  static constexpr caf::timespan open_timeout = std::chrono::minutes{5};

  supervisor_actor node_;
  std::string name_;
  way how_;
  mutable std::mutex mutex_; ///< for `now_`
  book_actor now_;
  std::uint64_t last_number_ = 0;
  std::multimap<std::uint64_t, on_found> waiting_; ///< by the numbers of their calls
  bool is_asking_ = false;                         ///< or is about to
};

template <class Owner>
void book_link::find(Owner& owner, std::uint64_t number, caf::timespan delay, on_found then) {
  if (auto known = now())
    return then(std::move(known));
  waiting_.emplace(number, std::move(then));
  if (std::exchange(is_asking_, true))
    return;
  auto asked = std::make_shared<question>();
  asked->link = shared_from_this();
  if (delay == caf::timespan{0})
    return ask(owner, asked);
  owner.calls().park(asked);
  owner.self()->run_delayed(delay, [this, &owner, weak = std::weak_ptr{asked}] {
    if (auto parked = weak.lock()) {
      owner.calls().unpark(parked);
      ask(owner, parked);
    }
  });
}

template <class Owner>
void book_link::ask(Owner& owner, const std::shared_ptr<question>& asked) {
  auto address = node_.address();
  owner.calls().begin(address, asked);
  auto found = [&owner, asked, address](book_actor& x) {
    owner.calls().end(address, asked);
    if (auto link = std::exchange(asked->link, nullptr))
      link->found(std::move(x));
  };
  auto refused = [&owner, asked, address](const caf::error& reason) {
    owner.calls().end(address, asked);
    asked->refuse(reason);
  };
  // No timeout for the one that waits: it is answered when the book is back, or will not be.
  if (how_ == way::await)
    owner.self()->request(node_, caf::infinite, atom::await_v, name_).then(found, refused);
  else
    owner.self()
        ->request(node_, open_timeout, atom::open_v, name_, open_mode::existing)
        .then(found, refused);
}

/// When to ask again for a book that the supervisor has refused; nothing: it would be in vain.
std::optional<caf::timespan> retry_delay(const error& refused);

/// What a call to a book puts up with.
struct call_terms {
  ec fallback = ec::io;          ///< `outcome_unknown` for a write
  caf::timespan timeout{0};      ///< for each answer
  caf::timespan retry_budget{0}; ///< from the first sending on, it may be sent again; zero: never
  bool repeatable = true;        ///< doing it twice is like doing it once
  bool is_bound = false;         ///< to the incarnation of now: never sent to another one
  bool vanishes = false;         ///< whatever it did is gone with the incarnation
  bool outlasts_nodes = false;   ///< a node of a cluster that is gone is waited for
};

/// Between two looks for a node that is gone.
inline constexpr caf::timespan node_pause = std::chrono::milliseconds{500};

namespace detail {

/// What a book says of its present state, at once. It goes before the writes in the book's mailbox:
/// it would say nothing of them, for they are not durable when their turn has come
/// (docs/decisions/0018). A frontier would, for it counts what is accepted.
template <class Word>
constexpr bool is_of_the_present =
    std::is_same_v<Word, atom::balance> || std::is_same_v<Word, atom::accounts> ||
    std::is_same_v<Word, atom::assets> || std::is_same_v<Word, atom::trial_balance> ||
    std::is_same_v<Word, atom::status> || std::is_same_v<Word, atom::pressure>;

template <class Answer>
struct answer_handler {
  using type = std::function<void(Answer&)>;
};

template <>
struct answer_handler<void> {
  using type = std::function<void()>;
};

/// What does not say whether the write of an earlier attempt is there: it was not looked at.
bool is_judged(const error& x);

/// The same for each of several writes.
template <class Answer>
void doubt(Answer&) {}
void doubt(std::vector<outcome>& xs);

} // namespace detail

/// One request to a book, which is sent again, to the next incarnation, until it has its one true
/// answer or its budget is spent. Then a write that may be durable is `outcome_unknown`, and
/// anything else says why there is no book.
template <class Owner, class Answer, class... Words>
class book_call final : public pending_call,
                        public std::enable_shared_from_this<book_call<Owner, Answer, Words...>> {
public:
  /// Gets the answer, nothing for void.
  using on_answer = typename detail::answer_handler<Answer>::type;
  using on_refusal = std::function<void(error)>;

  /// On any thread: what may have to be sent again is copied here, off the owner's.
  book_call(std::shared_ptr<book_link> link, call_terms terms, Words... words)
      : link_(std::move(link)),
        terms_(terms),
        words_(std::move(words)...),
        first_(terms.retry_budget > caf::timespan{0} ? std::optional{words_} : std::nullopt) {}

  /// On the owner's.
  void start(Owner& owner, on_answer answered, on_refusal refused) {
    owner_ = &owner;
    answered_ = std::move(answered);
    refused_ = std::move(refused);
    started_ = now();
    deadline_ = started_ + terms_.retry_budget;
    number_ = link_->next_number();
    attempt(caf::timespan{0});
  }

  /// What was asked, for another way of asking: when a book has answered that nothing of it was
  /// accepted, and there was a budget for another try. For `on_refusal`.
  std::optional<std::tuple<Words...>> take_words() {
    if (!is_decided_ || uncertain_ || terms_.retry_budget == caf::timespan{0})
      return std::nullopt;
    return std::move(words_);
  }

  /// Nobody will say what became of the attempt.
  void refuse(const caf::error& reason) override { on_error(reason); }

private:
  using time_point = std::chrono::steady_clock::time_point;

  time_point now() const { return owner_->self()->clock().now(); }

  void attempt(caf::timespan delay) {
    if (auto book = link_->now())
      return send(std::move(book));
    if (terms_.is_bound)
      return refused_(not_there_any_more());
    auto search = ++searches_;
    link_->find(*owner_, number_, delay,
                [me = this->shared_from_this(), search](result<book_actor> x) {
                  if (!me->ends(search))
                    return;
                  x ? me->send(std::move(*x)) : me->on_no_book(std::move(x.error()));
                });
    bound(search);
  }

  /// A book that is being opened takes as long as its log is.
  void bound(std::uint64_t search) {
    if (terms_.timeout == caf::infinite || searches_ != search)
      return;
    auto latest = std::max(deadline_, started_ + terms_.timeout);
    owner_->self()->run_delayed(std::max<caf::timespan>(latest - now(), pause),
                                [weak = this->weak_from_this(), search] {
                                  if (auto me = weak.lock(); me && me->ends(search))
                                    me->give_up(still_opening());
                                });
  }

  /// False when it has ended before.
  bool ends(std::uint64_t search) { return searches_ == search && ++searches_ != 0; }

  static error still_opening() {
    return {ec::restarting,
            "the book is being opened, and that takes longer: nothing was accepted, send again"};
  }

  void send(book_actor book) {
    auto is_last = terms_.retry_budget == caf::timespan{0};
    auto words = first_    ? std::move(*std::exchange(first_, std::nullopt))
                 : is_last ? std::move(words_)
                           : words_;
    target_ = std::move(book);
    auto me = this->shared_from_this();
    owner_->calls().begin(target_.address(), me);
    auto asked = std::apply([this](auto&... xs) { return request(std::move(xs)...); }, words);
    auto on_error = [me](const caf::error& reason) { me->on_error(reason); };
    if constexpr (std::is_void_v<Answer>)
      std::move(asked).then(
          [me] {
            if (me->has_ended())
              me->answered_();
          },
          on_error);
    else
      std::move(asked).then(
          [me](Answer& x) {
            if (!me->has_ended())
              return;
            if (me->uncertain_)
              detail::doubt(x);
            me->answered_(x);
          },
          on_error);
  }

  /// Of another node CAF 0.18.7 loses the answer to an urgent request.
  auto request(Words... words) {
    auto* self = owner_->self();
    if constexpr (detail::is_of_the_present<std::tuple_element_t<0, std::tuple<Words...>>>)
      if (target_.node() == self->node())
        return self->template request<caf::message_priority::high>(target_, terms_.timeout,
                                                                   std::move(words)...);
    return self->request(target_, terms_.timeout, std::move(words)...);
  }

  /// False when it had ended before.
  bool has_ended() {
    if (!target_)
      return false;
    owner_->calls().end(target_.address(), this->shared_from_this());
    last_ = std::exchange(target_, nullptr);
    return true;
  }

  void on_error(const caf::error& reason) {
    if (!has_ended())
      return;
    auto found = fate_of(reason);
    if (found != fate::decided)
      link_->lost(last_);
    if (found == fate::unknown && !terms_.vanishes)
      uncertain_ = true;
    auto said = found == fate::unknown && terms_.vanishes ? not_there_any_more()
                                                          : from_caf(reason, terms_.fallback);
    if (found == fate::decided) {
      is_decided_ = true;
      auto is_open = uncertain_ && is_write() && !detail::is_judged(said);
      return is_open ? retry_after(pause, std::move(said)) : refused_(std::move(said));
    }
    if (uncertain_ && !terms_.repeatable)
      return give_up(std::move(said));
    if (found == fate::unknown && ++ends_ == ends_max)
      return give_up(std::move(said));
    retry_after(ends_ < ends_suspicious ? pause : (ends_ - 1) * long_pause, std::move(said));
  }

  void on_no_book(error reason) {
    auto delay = retry_delay(reason);
    if (!delay && terms_.outlasts_nodes && reason.code() == ec::unavailable)
      delay = node_pause;
    if (!delay)
      return give_up(std::move(reason));
    retry_after(std::max<caf::timespan>(*delay, pause), std::move(reason));
  }

  void retry_after(caf::timespan delay, error reason) {
    if (now() + delay >= deadline_)
      return give_up(std::move(reason));
    if (!link_->now() && delay == pause)
      return attempt(delay);
    owner_->calls().park(this->shared_from_this());
    owner_->self()->run_delayed(delay, [weak = this->weak_from_this()] {
      if (auto me = weak.lock()) {
        me->owner_->calls().unpark(me);
        me->attempt(caf::timespan{0});
      }
    });
  }

  void give_up(error reason) {
    if (uncertain_ && is_write() && reason.code() != ec::outcome_unknown)
      reason = {ec::outcome_unknown,
                "no answer from the book, and it did not come back in time (" + reason.message() +
                    "): the write may or may not be durable; retry with the same key",
                reason.fields()};
    refused_(std::move(reason));
  }

  static error not_there_any_more() {
    return {ec::restarting, "the book has been restarted: nothing of this is there"};
  }

  bool is_write() const { return terms_.fallback == ec::outcome_unknown; }

  /// After it all that a restart caught has come back, and the supervisor knows of it mostly.
  static constexpr caf::timespan pause = std::chrono::milliseconds{2};
  /// A call that books end over, one after the other, may be what ends them: it must not use up
  /// their restarts (restart_policy.hpp).
  static constexpr int ends_suspicious = 3;
  static constexpr int ends_max = 5;
  static constexpr caf::timespan long_pause = std::chrono::seconds{1};

  std::shared_ptr<book_link> link_;
  call_terms terms_;
  std::tuple<Words...> words_;
  std::optional<std::tuple<Words...>> first_; ///< to be moved away; the others are kept
  Owner* owner_ = nullptr;
  on_answer answered_;
  on_refusal refused_;
  time_point started_;
  time_point deadline_;
  std::uint64_t searches_ = 0; ///< grows when one begins and when it ends
  book_actor target_;          ///< that has been asked and has not answered
  book_actor last_;
  std::uint64_t number_ = 0;
  bool is_decided_ = false; ///< by a book
  int ends_ = 0;            ///< of books, over this call
  bool uncertain_ = false;  ///< an attempt may have been done
};

} // namespace daybook::actors

// How a supervisor closes books that nobody uses: a node may have many more books than are open.

#include "actors/errors.hpp"
#include "actors/logging.hpp"
#include "actors/supervisor.hpp"

#include <algorithm>
#include <chrono>

namespace daybook::actors {

namespace {

using std::chrono::milliseconds;

/// What is unused for so long is closed when there are too many.
constexpr milliseconds crowded_idle_time = std::chrono::seconds{1};
constexpr milliseconds look_most_often = milliseconds{100};
constexpr milliseconds look_most_rarely = std::chrono::seconds{30};

} // namespace

/// While a book is open there is a next look, and a sooner one when there are too many.
void supervisor_state::look_for_rest_later() {
  auto& options = env_->options;
  auto idle_time = options.idle_time;
  if (is_crowded())
    idle_time =
        idle_time == milliseconds{0} ? crowded_idle_time : std::min(idle_time, crowded_idle_time);
  auto delay = std::clamp(idle_time / 4, look_most_often, look_most_rarely);
  auto at = self_->clock().now() + delay;
  if (idle_time == milliseconds{0} || !stopping_.empty() || (next_look_ && *next_look_ <= at))
    return;
  rest_timer_.dispose();
  next_look_ = at;
  rest_timer_ = self_->run_delayed(delay, [this] {
    next_look_.reset();
    look_for_rest();
  });
}

void supervisor_state::look_for_rest() {
  for (auto& [name, x] : books_)
    if (is_there(x) && !x.refusal && !x.is_saving)
      ask_for_rest(name, x);
  if (open_books_ > 0)
    look_for_rest_later();
}

void supervisor_state::ask_for_rest(const std::string& book, entry& x) {
  auto may_close = is_unused_for_long(x) && !is_to_be_saved(x);
  // No timeout: the answer of one that has ended by then is of no interest.
  self_->request(caf::actor_cast<book_impl>(x.running), caf::infinite, atom::rest_v, may_close)
      .then(
          [this, book, may_close, asked = x.running](bool rests, bool has_news) {
            auto known = books_.find(book);
            if (known == books_.end() || known->second.running != asked)
              return;
            known->second.has_news = has_news;
            on_rest(book, known->second, rests, rests && may_close);
          },
          [](const caf::error&) { /* it has ended: that is noticed */ });
}

void supervisor_state::on_rest(const std::string& book, entry& x, bool rests, bool has_closed) {
  if (has_closed) {
    x.ends_to_rest = true;
    logger()->info("book={} event=put_to_rest", book);
  } else if (!rests) {
    x.unused_since.reset();
  } else if (!x.unused_since) {
    x.unused_since = self_->clock().now();
  } else if (is_unused_for_long(x) && is_to_be_saved(x) && is_there(x)) {
    save(book, x);
  }
}

bool supervisor_state::is_unused_for_long(const entry& x) const {
  auto& options = env_->options;
  if (!x.unused_since || !stopping_.empty())
    return false;
  auto unused = self_->clock().now() - *x.unused_since;
  return (options.idle_time > milliseconds{0} && unused >= options.idle_time) ||
         (is_crowded() && unused >= crowded_idle_time);
}

bool supervisor_state::is_to_be_saved(const entry& x) const {
  return x.has_news && env_->options.snapshot_events > 0 && !env_->options.read_only;
}

/// A snapshot, so that the next opening is short. The book goes on meanwhile: when nobody has used
/// it by the next look, it is closed then. One that cannot be written is not waited for.
void supervisor_state::save(const std::string& book, entry& x) {
  x.is_saving = true;
  auto saved = [this, book, asked = x.running] {
    auto known = books_.find(book);
    if (known == books_.end() || known->second.running != asked)
      return;
    known->second.is_saving = known->second.has_news = false;
  };
  // No timeout: a keeper always answers, and the end of a book is an answer.
  self_->request(x.running, caf::infinite, atom::snapshot_v)
      .then([saved](const snapshot_info&) { saved(); },
            [saved, book](const caf::error& reason) {
              logger()->warn("book={} event=not_saved reason=\"{}\"", book,
                             to_string(from_caf(reason, ec::io)));
              saved();
            });
}

} // namespace daybook::actors

#include "actors/sampler.hpp"

#include <chrono>

namespace daybook::actors {

namespace {

/// Of actors of this process, which answer from memory. What comes later is of no interest.
constexpr caf::timespan answer_timeout = std::chrono::seconds{10};

} // namespace

sampler_state::sampler_state(sampler_actor::pointer self, std::shared_ptr<node_metrics> metrics,
                             const supervisor_actor& node, bool is_in_cluster,
                             caf::timespan interval)
    : self_(self),
      metrics_(std::move(metrics)),
      node_(node.address()),
      is_in_cluster_(is_in_cluster),
      interval_(interval) {
  self_->set_down_handler([this](const caf::down_msg&) { self_->quit(); });
  self_->monitor(node_);
}

sampler_actor::behavior_type sampler_state::make_behavior() {
  tick();
  return {[this](atom::refresh) { look(); }};
}

void sampler_state::tick() {
  self_->run_delayed(interval_, [this] { tick(); });
  look();
}

void sampler_state::look() {
  metrics_->look_at_books();
  auto node = caf::actor_cast<supervisor_actor>(node_);
  if (!node)
    return;
  self_->request(node, answer_timeout, atom::books_v)
      .then([this](const std::vector<book_info>& books) { metrics_->set_books(books); },
            [](const caf::error&) { /* there is a next time */ });
  if (is_in_cluster_)
    look_at_cluster(node);
}

void sampler_state::look_at_cluster(const supervisor_actor& node) {
  auto later = [](const caf::error&) { /* it has no map yet */ };
  self_->request(node, answer_timeout, atom::cluster_v)
      .then(
          [this, later](const cluster_actor& desk) {
            self_->request(desk, answer_timeout, atom::status_v)
                .then([this](const cluster_status& x) { metrics_->set_cluster(x); }, later);
          },
          later);
}

} // namespace daybook::actors

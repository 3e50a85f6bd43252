#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/shard_map.hpp"

#include <vector>

namespace daybook::protocol {

/// What a node keeps of its cluster, as a protobuf message (`ClusterRecord` of ledger.proto). It
/// has one encoding, as events do. Free of state; on any thread.
void encode(const cluster_record& x, byte_buffer& out);

/// Errors: `corrupt`, also for fields of a newer version.
result<cluster_record> decode_cluster_record(byte_span bytes);

/// Books on their way, as a protobuf message (`Handovers`). The same rules.
void encode(const std::vector<handover>& xs, byte_buffer& out);
result<std::vector<handover>> decode_handovers(byte_span bytes);

} // namespace daybook::protocol

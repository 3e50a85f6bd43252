#pragma once

#include <string_view>

namespace daybook::node {

/// Tells systemd, or whoever started the process and wants to know, how it is: `READY=1`,
/// `STOPPING=1`, as sd_notify(3) does. Nothing happens when nobody asked (`NOTIFY_SOCKET`), or does
/// not listen. Any thread.
void tell_service_manager(std::string_view state);

} // namespace daybook::node

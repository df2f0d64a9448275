// Netrc files, read off the loop.
#pragma once

#include <xfer/detail/netrc_file.hpp>
#include <xfer/engine/state.hpp>
#include <xfer/proto/netrc.hpp>

#include <memory>
#include <string>
#include <utility>

namespace XFER_NAMESPACE::engine {

XFER_DECL void state::load(
    const std::string& path, transfer_id who, const std::shared_ptr<netrc_text>& to
) {
    const std::weak_ptr<net::loop> weak = weak_from_this();
    auto arrival = net::write_letter([weak, who, to] {
        to->here = true;
        if (const auto self = std::static_pointer_cast<state>(weak.lock())) {
            if (auto* t = self->find(who)) {
                t->wake();
            }
        }
    });
    auto job = [mail = mail(), arrival, path, to] {
        constexpr proto::netrc_limits limits;
        try {
            to->ec = detail::read_netrc(path, limits.file, to->text);
        } catch (...) {  // nothing else is thrown there
            to->ec = error::out_of_memory;
        }
        mail->deliver_at_last(arrival);
    };
    // Of its own: the job may have begun to write in `to`.
    std::error_code ec;
    if (workers_->submit(std::move(job), ec) == 0) {
        const bool exhausted = ec == std::errc::not_enough_memory;
        to->ec = exhausted ? std::error_code(error::out_of_memory) : ec;
        to->here = true;
    }
}

}  // namespace XFER_NAMESPACE::engine

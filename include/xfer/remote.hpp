// A handle to a multi for other threads.
#pragma once

#include <xfer/config.hpp>
#include <xfer/request.hpp>
#include <xfer/transfer_id.hpp>

#include <memory>
#include <utility>

namespace XFER_NAMESPACE {

namespace engine {
class hub;
}

/// Copyable; all calls may be made from any thread, also after the multi and its loop
/// are gone: they then do nothing and say so. What is asked for happens on the multi's
/// thread, in the order of the calls of one thread.
class remote {
 public:
    /// Adds a transfer, as multi::add; its completion is read on the multi's side. An
    /// empty id: the multi is gone.
    XFER_DECL transfer_id add(request r) const;
    /// Cancels a transfer, however it was added; false if the multi is gone. Harmless
    /// if the transfer has ended.
    XFER_DECL bool cancel(transfer_id id) const;
    /// As multi::wakeup; false if the multi is gone.
    XFER_DECL bool wakeup() const;

 private:
    friend class multi;
    explicit remote(std::shared_ptr<engine::hub> hub) : hub_(std::move(hub)) {}
    std::shared_ptr<engine::hub> hub_;
};

}  // namespace XFER_NAMESPACE

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/multi.hpp>
#endif

// epoll(7), edge-triggered.
#pragma once

#ifdef __linux__

#include <xfer/net/readiness_set.hpp>

#include <sys/epoll.h>

#include <array>
#include <cerrno>

namespace XFER_NAMESPACE::net {

XFER_DECL readiness_set::readiness_set(loop& owner, std::error_code& ec)
    : owner_(&owner) {
    const int set = ::epoll_create1(EPOLL_CLOEXEC);
    if (set < 0) {
        ec = {errno, std::system_category()};
        return;
    }
    try {
        descriptor_ =
            std::make_unique<asio::posix::stream_descriptor>(owner.executor());
        descriptor_->assign(set, ec);
    } catch (...) {
        ::close(set);
        throw;
    }
    if (ec) {
        ::close(set);
        descriptor_.reset();
    }
}

XFER_DECL std::error_code readiness_set::add(entry& e) noexcept {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.ptr = &e;
    const int result =
        ::epoll_ctl(descriptor_->native_handle(), EPOLL_CTL_ADD, e.descriptor, &event);
    return result == 0 ? std::error_code()
                       : std::error_code(errno, std::system_category());
}

XFER_DECL void readiness_set::remove(entry& e) noexcept {
    disarm(e);
    if (descriptor_) {
        epoll_event unused{};
        ::epoll_ctl(descriptor_->native_handle(), EPOLL_CTL_DEL, e.descriptor, &unused);
    }
}

XFER_DECL void readiness_set::arm(entry& e, direction d, waiter& who) {
    e.who = &who;
    const bool ready = d == direction::read ? e.readable || e.hung_up : e.writable;
    if (ready) {
        who.note();
        owner_->schedule_turn();
        return;
    }
    bool& armed = d == direction::read ? e.read_armed : e.write_armed;
    if (!armed) {
        armed = true;
        ++armed_;
    }
    if (!owner_->in_turn()) {
        settle();
    }
}

XFER_DECL void readiness_set::disarm(entry& e) noexcept {
    armed_ -= static_cast<std::size_t>(e.read_armed) +
              static_cast<std::size_t>(e.write_armed);
    e.read_armed = e.write_armed = false;
    e.who = nullptr;
    if (!owner_->in_turn() && armed_ == 0) {
        settle();
    }
}

XFER_DECL void readiness_set::look() {
    if (looked_at_age_ != owner_->age()) {
        collect();
    }
}

inline void readiness_set::collect() noexcept {
    looked_at_age_ = owner_->age();
    if (!descriptor_) {
        return;
    }
    std::array<epoll_event, 256> events;
    int n = 0;
    do {
        n = ::epoll_wait(
            descriptor_->native_handle(),
            events.data(),
            static_cast<int>(events.size()),
            0
        );
        for (int i = 0; i < n; ++i) {
            const auto& event = events[static_cast<std::size_t>(i)];
            auto& e = *static_cast<entry*>(event.data.ptr);
            const bool in = (event.events & EPOLLIN) != 0;
            const bool out = (event.events & EPOLLOUT) != 0;
            const bool end = (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
            e.readable = e.readable || in;
            e.writable = e.writable || out || end;
            e.hung_up = e.hung_up || end;
            // Only noted: a step that runs now could close what comes later here.
            if (e.read_armed && (in || end)) {
                e.read_armed = false;
                --armed_;
                e.who->note();
            }
            if (e.write_armed && (out || end)) {
                e.write_armed = false;
                --armed_;
                e.who->note();
            }
        }
    } while (n == static_cast<int>(events.size()));
}

XFER_DECL void readiness_set::settle() {
    if (!descriptor_) {
        return;
    }
    if (armed_ > 0 && !waiting_) {
        begin_wait();
    } else if (armed_ == 0 && waiting_) {
        // It would keep the user's loop from running out of work.
        std::error_code ignored;
        descriptor_->cancel(ignored);
    }
}

inline void readiness_set::begin_wait() {
    descriptor_->async_wait(
        asio::posix::stream_descriptor::wait_read,
        [self = shared_from_this(),
         home = owner_->shared_from_this()](const std::error_code& ec) {
            self->woken(ec);
        }
    );
    waiting_ = true;
}

inline void readiness_set::woken(const std::error_code&) {
    waiting_ = false;
    if (owner_->closed() || !descriptor_) {
        return;
    }
    collect();
    looked_at_age_ = owner_->age() + 1;  // that of the turn that follows
    owner_->turn(loop::steps_per_turn);
    if (owner_->age() < looked_at_age_) {
        looked_at_age_ = 0;  // held: the turn comes later, and is to look anew
    }
    owner_->settle();
}

}  // namespace XFER_NAMESPACE::net

#endif  // __linux__

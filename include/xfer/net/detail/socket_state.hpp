// The heap state of one socket: what a pending wait may outlive, and what it owns.
#pragma once

#include <xfer/config.hpp>
#include <xfer/net/transport.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/generic/stream_protocol.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <system_error>
#include <utility>

namespace XFER_NAMESPACE::net::detail {

/// Asio's error codes are of a category of its own; everyone else's say system.
inline std::error_code system_code(const std::error_code& ec) noexcept {
    return ec && ec.category() == asio::error::get_system_category()
               ? std::error_code(ec.value(), std::system_category())
               : ec;
}

/// One socket with at most one pending Asio operation in each direction. Owned by a
/// count: one for the transport (or connect attempt), one for each pending operation,
/// so that either may go first. The count is not atomic: an operation is begun and
/// delivered, or destroyed together with the loop, on the multi's thread or strand;
/// where Asio moves a handler elsewhere the count is not touched.
///
/// A direction never has two operations: one that was cancelled but not delivered yet
/// is begun again on delivery if it was armed meanwhile. So one block of memory for
/// each direction is enough, and no two threads meet there.
class socket_state {
 public:
    using socket_type = asio::generic::stream_protocol::socket;
    using endpoint_type = asio::generic::stream_protocol::endpoint;

    explicit socket_state(const asio::any_io_executor& ex) : socket(ex) {}
    explicit socket_state(socket_type&& connected) : socket(std::move(connected)) {}

    void retain() noexcept { ++owners_; }
    void release() noexcept {
        if (--owners_ == 0) {
            delete this;
        }
    }

    void arm(direction d, waiter& w) {
        waiter_ = &w;
        side& s = at(d);
        s.armed = true;
        if (!s.pending) {
            begin(d);
        }
    }

    /// Forgets the waiter and cancels what is pending, as it would keep the loop alive.
    void disarm() noexcept {
        forget_waiter();
        if (read_.pending || write_.pending) {
            ++cancelled_;
            std::error_code ignored;
            socket.cancel(ignored);
        }
    }

    void close() noexcept {
        forget_waiter();
        std::error_code ignored;
        socket.close(ignored);
    }

    /// Begins a connect, which takes the place of a wait for writing.
    XFER_DECL void connect(const endpoint_type& to, waiter& w);
    [[nodiscard]] bool connecting() const noexcept { return connecting_; }
    [[nodiscard]] std::uint64_t cancelled() const noexcept { return cancelled_; }

    socket_type socket;
    /// How the connect ended.
    std::error_code connect_result;

 private:
    /// Asio 1.22's wait and connect operations are 136 and 144 bytes; one that is
    /// larger than the block comes from the heap.
    static constexpr std::size_t block_size = 176;

    struct side {
        bool armed = false;
        bool pending = false;
        bool block_taken = false;
        alignas(std::max_align_t) std::array<std::byte, block_size> block;
    };

    template <typename T>
    class block_allocator {
     public:
        using value_type = T;
        block_allocator(socket_state& state, direction d) noexcept
            : state_(&state), direction_(d) {}
        template <typename U>
        block_allocator(const block_allocator<U>& other) noexcept
            : state_(other.state_), direction_(other.direction_) {}

        T* allocate(std::size_t n) {
            side& s = state_->at(direction_);
            if (n * sizeof(T) <= block_size && !s.block_taken) {
                s.block_taken = true;
                return reinterpret_cast<T*>(s.block.data());
            }
            return static_cast<T*>(::operator new(n * sizeof(T)));
        }
        void deallocate(T* p, std::size_t) noexcept {
            side& s = state_->at(direction_);
            if (reinterpret_cast<std::byte*>(p) == s.block.data()) {
                s.block_taken = false;
            } else {
                ::operator delete(p);
            }
        }
        template <typename U>
        bool operator==(const block_allocator<U>& other) const noexcept {
            return state_ == other.state_ && direction_ == other.direction_;
        }

     private:
        template <typename U>
        friend class block_allocator;
        socket_state* state_;
        direction direction_;
    };

    /// Asio's handler. It owns a share of the state, which thus outlives the block.
    /// A moved-from handler keeps the plain pointer, as Asio asks it for the allocator.
    class completion {
     public:
        using allocator_type = block_allocator<std::byte>;
        completion(socket_state& state, direction d) noexcept
            : state_(&state), direction_(d), owns_(true) {
            state.retain();
        }
        completion(completion&& other) noexcept
            : state_(other.state_),
              direction_(other.direction_),
              owns_(std::exchange(other.owns_, false)) {}
        completion& operator=(completion&&) = delete;
        ~completion() {
            if (owns_) {
                state_->release();
            }
        }
        allocator_type get_allocator() const noexcept { return {*state_, direction_}; }
        void operator()(const std::error_code& ec) { state_->ended(direction_, ec); }

     private:
        socket_state* state_;
        direction direction_;
        bool owns_;
    };

    ~socket_state() = default;

    side& at(direction d) noexcept { return d == direction::read ? read_ : write_; }
    void forget_waiter() noexcept {
        waiter_ = nullptr;
        read_.armed = false;
        write_.armed = false;
    }
    void begin(direction d) {
        at(d).pending = true;
        socket.async_wait(
            d == direction::read ? socket_type::wait_read : socket_type::wait_write,
            completion(*this, d)
        );
    }
    XFER_DECL void ended(direction d, const std::error_code& ec);

    std::uint32_t owners_ = 1;
    bool connecting_ = false;
    waiter* waiter_ = nullptr;
    std::uint64_t cancelled_ = 0;
    side read_;
    side write_;
};

/// A share of a socket_state, for transports and attempts.
class socket_owner {
 public:
    explicit socket_owner(socket_state* adopted) noexcept : state_(adopted) {}
    socket_owner(socket_owner&& other) noexcept
        : state_(std::exchange(other.state_, nullptr)) {}
    socket_owner& operator=(socket_owner&& other) noexcept {
        std::swap(state_, other.state_);
        return *this;
    }
    /// Closes the socket; pending operations end soon and find nobody.
    XFER_DECL ~socket_owner();
    /// Hands the share over.
    [[nodiscard]] socket_state* give() noexcept {
        return std::exchange(state_, nullptr);
    }
    socket_state* operator->() const noexcept { return state_; }
    socket_state& operator*() const noexcept { return *state_; }

 private:
    socket_state* state_;
};

}  // namespace XFER_NAMESPACE::net::detail

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/net/impl/socket_state.ipp>
#endif

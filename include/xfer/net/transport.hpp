// A byte stream that never blocks: what TCP, unix sockets, TLS and the in-memory
// network of the tests have in common.
#pragma once

#include <xfer/config.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <system_error>

namespace XFER_NAMESPACE::net {

/// Who is to be told when a transport becomes ready. The engine's fiber is one.
class waiter {
 public:
    /// Something that this waiter armed has happened. Called from a handler of the
    /// loop, never from inside arm(); must only note the fact.
    virtual void wake() noexcept = 0;
    /// The same from where nothing may run yet; a turn of the loop is sure to follow.
    virtual void note() noexcept { wake(); }

 protected:
    ~waiter() = default;
};

enum class direction : std::uint8_t { read = 1, write = 2 };

/// A connected stream. All calls are made on the multi's thread or strand.
class transport {
 public:
    virtual ~transport() = default;

    /// Reads what is there, up to the size of `to`. At the end of the stream: 0 and
    /// no error. Nothing there yet: 0 and std::errc::operation_would_block.
    [[nodiscard]] virtual std::size_t try_read(
        std::span<char> to, std::error_code& ec
    ) = 0;

    /// Writes as much of the pieces, in their order, as fits now, and returns how
    /// much that was. Nothing fits: 0 and std::errc::operation_would_block. A caller
    /// repeats a write that did not finish with the same bytes first (TLS needs it).
    [[nodiscard]] virtual std::size_t try_write(
        std::span<const std::string_view> from, std::error_code& ec
    ) = 0;

    /// Asks to be told, once, when a read (or a write) may make progress, or the
    /// stream has failed. One waiter at a time; arming twice is one request.
    /// After try_read or try_write said would_block, wants() names the direction.
    virtual void arm(direction d, waiter& w) = 0;

    /// Forgets the waiter: it will not be woken any more. Harmless when not armed.
    virtual void disarm() noexcept = 0;

    /// Which direction the last would_block of a read (or a write) waits for: TLS may
    /// have to write in order to read.
    [[nodiscard]] virtual direction wants(direction d) const noexcept { return d; }

    /// After an end: whether it came without what the protocol ends with (TLS: without
    /// close_notify), so that it may be an attacker's or an accident's.
    [[nodiscard]] virtual bool truncated() const noexcept { return false; }

    /// What the protocol itself says of the last failure, such as a TLS alert's name;
    /// empty when it says nothing. Valid until the next call.
    [[nodiscard]] virtual std::string_view reason() const noexcept { return {}; }

    /// Whether an idle stream may be used again: it is open, and neither data nor an
    /// end is waiting to be read (a TLS session ticket does not count). Never blocks.
    [[nodiscard]] virtual bool reusable() = 0;

    /// Ends the sending side politely where that needs no waiting (TLS close_notify).
    virtual void shutdown() noexcept {}

    /// Closes at once. Idempotent; the destructor does it too.
    virtual void close() noexcept = 0;
};

}  // namespace XFER_NAMESPACE::net

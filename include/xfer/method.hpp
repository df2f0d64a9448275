// The method of an HTTP request (RFC 9110 9), as a small value.
#pragma once

#include <xfer/config.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace XFER_NAMESPACE {

/// A method: one of the nine that everybody knows, which is one octet and nothing on
/// the heap, or any other token, whose text is shared between copies. Methods are
/// case-sensitive: `get` is not GET.
///
/// Making one never fails for what the text says. What is not a token is kept as it is
/// and valid() is false; a transfer with it ends with error::invalid_method.
class method {
 public:
    /// GET.
    method() noexcept = default;

    /// The method of that name, implicitly, so that `"PURGE"` may stand for one.
    XFER_DECL method(std::string_view name);  // NOLINT(google-explicit-constructor)
    /// The same from a literal.
    method(const char* name) : method(std::string_view(name)) {}  // NOLINT
    /// The same from a string.
    method(const std::string& name) : method(std::string_view(name)) {}  // NOLINT

    /// Asks for a representation (9.3.1).
    [[nodiscard]] static method get() noexcept { return method(known::get); }
    /// The head that GET would get, without the body (9.3.2).
    [[nodiscard]] static method head() noexcept { return method(known::head); }
    /// Hands the body to the resource (9.3.3).
    [[nodiscard]] static method post() noexcept { return method(known::post); }
    /// Replaces the resource by the body (9.3.4).
    [[nodiscard]] static method put() noexcept { return method(known::put); }
    /// DELETE, which is a keyword of C++ (9.3.5).
    [[nodiscard]] static method del() noexcept { return method(known::del); }
    /// CONNECT (9.3.6), which is for proxies: a request with it fails with
    /// error::invalid_method.
    [[nodiscard]] static method connect() noexcept { return method(known::connect); }
    /// Asks what can be done with the resource (9.3.7).
    [[nodiscard]] static method options() noexcept { return method(known::options); }
    /// Has the request sent back (9.3.8).
    [[nodiscard]] static method trace() noexcept { return method(known::trace); }
    /// Changes a part of the resource (RFC 5789).
    [[nodiscard]] static method patch() noexcept { return method(known::patch); }

    /// The text as it was given. Lives as long as this method is neither changed nor
    /// destroyed.
    [[nodiscard]] XFER_DECL std::string_view name() const noexcept;

    /// Whether it is a token (RFC 9110 5.6.2), so may go on the wire.
    [[nodiscard]] bool valid() const noexcept { return valid_; }

    /// Whether it only reads (9.2.1): GET, HEAD, OPTIONS, TRACE. Unknown methods do
    /// not.
    [[nodiscard]] bool is_safe() const noexcept {
        return known_ == known::get || known_ == known::head ||
               known_ == known::options || known_ == known::trace;
    }

    /// Whether sending it twice has the effect of once (9.2.2): the safe ones, PUT and
    /// DELETE. Unknown methods are taken for not idempotent.
    [[nodiscard]] bool is_idempotent() const noexcept {
        return is_safe() || known_ == known::put || known_ == known::del;
    }

    /// Whether the names are the same, octet for octet.
    [[nodiscard]] friend bool operator==(const method& a, const method& b) noexcept {
        return a.known_ == b.known_ &&
               (a.known_ != known::other || a.name() == b.name());
    }

 private:
    /// The order is that of the table of names in the body.
    enum class known : std::uint8_t {
        get,
        head,
        post,
        put,
        del,
        connect,
        options,
        trace,
        patch,
        other,
    };

    explicit method(known k) noexcept : known_(k) {}

    std::shared_ptr<const std::string> text_;  // of known::other only
    known known_ = known::get;
    bool valid_ = true;
};

}  // namespace XFER_NAMESPACE

#ifndef XFER_SEPARATE_COMPILATION
#include <xfer/impl/method.ipp>
#endif

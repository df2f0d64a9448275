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
    method(const char* name) : method(std::string_view(name)) {}         // NOLINT
    method(const std::string& name) : method(std::string_view(name)) {}  // NOLINT

    [[nodiscard]] static method get() noexcept { return method(known::get); }
    [[nodiscard]] static method head() noexcept { return method(known::head); }
    [[nodiscard]] static method post() noexcept { return method(known::post); }
    [[nodiscard]] static method put() noexcept { return method(known::put); }
    [[nodiscard]] static method del() noexcept { return method(known::del); }
    [[nodiscard]] static method connect() noexcept { return method(known::connect); }
    [[nodiscard]] static method options() noexcept { return method(known::options); }
    [[nodiscard]] static method trace() noexcept { return method(known::trace); }
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

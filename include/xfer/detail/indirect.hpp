// A member that is rarely set, and no larger than a pointer until it is.
#pragma once

#include <xfer/config.hpp>

#include <memory>
#include <utility>

namespace XFER_NAMESPACE::detail {

/// A T made by default, to be read where there is none. It is never destroyed: what
/// ends after main() may still read it.
template <class T>
[[nodiscard]] const T& unset() noexcept {
    union undying {
        T value;
        undying() noexcept : value() {}
        ~undying() {}
    };
    static const undying none;
    return none.value;
}

/// A value in memory of its own; copies are deep. Until it is set it reads as a T made
/// by default. A value that was moved from is unset.
template <class T>
class indirect {
 public:
    indirect() = default;
    indirect(T value) : value_(std::make_unique<T>(std::move(value))) {}
    indirect(const indirect& other)
        : value_(other.value_ ? std::make_unique<T>(*other.value_) : nullptr) {}
    indirect(indirect&&) noexcept = default;
    indirect& operator=(const indirect& other) { return *this = indirect(other); }
    indirect& operator=(indirect&&) noexcept = default;
    ~indirect() = default;

    /// Whether it was set.
    [[nodiscard]] explicit operator bool() const noexcept { return value_ != nullptr; }
    /// The value; null until it is set.
    [[nodiscard]] const T* get() const noexcept { return value_.get(); }
    [[nodiscard]] const T& operator*() const noexcept {
        return value_ ? *value_ : unset<T>();
    }
    [[nodiscard]] const T* operator->() const noexcept { return &**this; }
    /// Sets it, if it was not, for the caller to change.
    [[nodiscard]] T& edit() {
        if (!value_) {
            value_ = std::make_unique<T>();
        }
        return *value_;
    }
    void reset() noexcept { value_.reset(); }

 private:
    std::unique_ptr<T> value_;
};

}  // namespace XFER_NAMESPACE::detail

// A callable inside a value that is copied and compared.
#pragma once

#include <xfer/config.hpp>

#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

namespace XFER_NAMESPACE::detail {

template <class Signature>
class shared_function;

/// Shared by the copies of what holds it. Callables cannot be compared, so two are
/// equal when one is a copy of the other, or both were made of the same plain function.
template <class Result, class... Args>
class shared_function<Result(Args...)> {
 public:
    shared_function() = default;
    /// `call` is what is called, `origin` what the user gave.
    template <class Origin>
    shared_function(std::function<Result(Args...)> call, const Origin& origin)
        : call_(std::make_shared<const std::function<Result(Args...)>>(std::move(call))
          ) {
        if constexpr (std::is_function_v<std::remove_pointer_t<std::decay_t<Origin>>>) {
            plain_ = reinterpret_cast<void (*)()>(+origin);
        }
    }

    [[nodiscard]] explicit operator bool() const noexcept { return call_ != nullptr; }
    Result operator()(Args... args) const {
        return (*call_)(std::forward<Args>(args)...);
    }
    [[nodiscard]] bool operator==(const shared_function& other) const noexcept {
        return call_ == other.call_ || (plain_ != nullptr && plain_ == other.plain_);
    }

 private:
    std::shared_ptr<const std::function<Result(Args...)>> call_;
    void (*plain_)() = nullptr;
};

}  // namespace XFER_NAMESPACE::detail

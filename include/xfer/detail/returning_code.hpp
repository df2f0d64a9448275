// What users' callbacks may return, made one.
#pragma once

#include <xfer/error.hpp>

#include <functional>
#include <system_error>
#include <type_traits>
#include <utility>

namespace XFER_NAMESPACE::detail {

/// A callable that takes Args and returns nothing, a bool or an error_code, as one
/// that always returns an error_code.
template <class... Args, class F>
std::function<std::error_code(Args...)> returning_code(F&& f) {
    using result = std::invoke_result_t<std::decay_t<F>&, Args...>;
    if constexpr (std::is_same_v<result, std::error_code>) {
        return std::forward<F>(f);
    } else if constexpr (std::is_same_v<result, bool>) {
        return [g = std::forward<F>(f)](Args... args) mutable {
            return g(std::forward<Args>(args)...)
                       ? std::error_code()
                       : std::error_code(error::aborted_by_callback);
        };
    } else {
        static_assert(
            std::is_void_v<result>, "return nothing, a bool or a std::error_code"
        );
        return [g = std::forward<F>(f)](Args... args) mutable {
            g(std::forward<Args>(args)...);
            return std::error_code();
        };
    }
}

}  // namespace XFER_NAMESPACE::detail

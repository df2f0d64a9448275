// Refuses, on compilers that miscompile it, an unnamed closure in a co_await
// expression.
#pragma once

#include <xfer/config.hpp>

#include <string_view>
#include <type_traits>

namespace XFER_NAMESPACE::detail {

/// Whether F is a closure type: its name says so to GCC.
template <class F>
constexpr bool is_closure() noexcept {
#ifdef __GNUC__
    return std::string_view(__PRETTY_FUNCTION__).find("<lambda(") !=
           std::string_view::npos;
#else
    return false;
#endif
}

/// Asserts that a callable given to a setter survives a co_await expression. g++ 12
/// destroys an unnamed closure there twice (GCC bugs 99576, 100611) unless it has
/// nothing to destroy.
template <class F>
constexpr void check_callable() noexcept {
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
    static_assert(
        std::is_lvalue_reference_v<F> || !is_closure<std::decay_t<F>>() ||
            std::is_trivially_destructible_v<std::decay_t<F>>,
        "name it first: auto f = [...]{...}; and pass f. GCC before 13 miscompiles an "
        "unnamed closure with captures in a co_await expression"
    );
#endif
}

}  // namespace XFER_NAMESPACE::detail

// Options of TLS versions.
#include "options/apply/apply.hpp"
#include "options/table/table.hpp"

namespace tool {

namespace {

/// Two names of one option.
constexpr option from_tls_1_0(std::string_view name, char letter) {
    return {
        name,
        letter,
        takes::nothing,
        "",
        tls_category,
        "TLS 1.0 or later",
        "TLS 1.0 and 1.1 are broken and not spoken: it is TLS 1.2 or later.",
        false,
        &apply::tls_min<10>};
}

}  // namespace

std::span<const option> tls_versions_options() noexcept {
    static constexpr option table[] = {
        {"sslv2",
         '2',
         takes::nothing,
         "",
         tls_category,
         "Has no function any more",
         "SSL 2 is broken. Is accepted with a warning.",
         false,
         &apply::retired},
        {"sslv3",
         '3',
         takes::nothing,
         "",
         tls_category,
         "Has no function any more",
         "SSL 3 is broken. Is accepted with a warning.",
         false,
         &apply::retired},
        {"tls-max",
         0,
         takes::argument,
         "<VERSION>",
         tls_category,
         "The newest TLS to use",
         "default, 1.2 or 1.3. The older ones are not spoken.",
         false,
         &apply::tls_max},
        from_tls_1_0("tlsv1", '1'),
        from_tls_1_0("tlsv1.0", 0),
        {"tlsv1.1",
         0,
         takes::nothing,
         "",
         tls_category,
         "TLS 1.1 or later",
         "TLS 1.0 and 1.1 are broken and not spoken: it is TLS 1.2 or later.",
         false,
         &apply::tls_min<11>},
        {"tlsv1.2",
         0,
         takes::nothing,
         "",
         tls_category,
         "TLS 1.2 or later",
         "Refuses servers that speak nothing newer than TLS 1.1, which is the default.",
         false,
         &apply::tls_min<12>},
        {"tlsv1.3",
         0,
         takes::nothing,
         "",
         tls_category,
         "TLS 1.3 or later",
         "Refuses servers that speak nothing newer than TLS 1.2.",
         false,
         &apply::tls_min<13>},
    };
    return table;
}

}  // namespace tool

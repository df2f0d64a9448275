// An authority and a server's certificate that tests share, made once.
#pragma once

#include <xfer/testing/certificate.hpp>

#include <string>
#include <utility>

namespace tls_support {

/// The root of all good certificates of the tests.
inline const xfer::testing::authority& test_authority() {
    static const xfer::testing::authority authority;
    return authority;
}

/// A good certificate for a.test, 127.0.0.1 and ::1.
inline const xfer::testing::identity& good_identity() {
    static const auto identity = test_authority().issue({"a.test", "127.0.0.1", "::1"});
    return identity;
}

inline xfer::testing::certificate_spec spec_for(std::string name) {
    xfer::testing::certificate_spec spec;
    spec.names.push_back(std::move(name));
    return spec;
}

}  // namespace tls_support

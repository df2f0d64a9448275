// The request that both xfer clients make.
#pragma once

#include "common.hpp"
#include <xfer/config.hpp>
#include <xfer/request.hpp>

#include <asio/version.hpp>

#include <string>
#include <string_view>

namespace bench {

inline std::string xfer_version() {
    return "xfer " XFER_VERSION_STRING ", Asio " +
           std::to_string(ASIO_VERSION / 100000) + "." +
           std::to_string(ASIO_VERSION / 100 % 1000) + "." +
           std::to_string(ASIO_VERSION % 100);
}

inline xfer::tls trust(const job& j) {
    xfer::tls t;
    if (j.https) t.ca_file(j.ca_file);
    return t;
}

/// Bodies are thrown away, as in the other clients: the size is in info().
inline xfer::request make_request(const job& j, const xfer::tls& tls) {
    auto r = xfer::get(j.url);
    if (j.what == workload::save) {
        r.to_file("saved");
    } else {
        r.sink(xfer::to_function([](std::string_view) {}));
    }
    if (j.https) r.tls(tls);
    return r;
}

}  // namespace bench

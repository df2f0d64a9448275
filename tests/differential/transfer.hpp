// One transfer in the words that libcurl and xfer both understand.
#pragma once

#include <xfer/auth.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace differential {

using std::chrono::milliseconds;

/// Whom a client trusts that speaks TLS.
enum class trust : std::uint8_t {
    system,     ///< the certificates of the machine, of which the test's is none
    test_ca,    ///< the authority that the script's server has its certificate from
    broken_ca,  ///< a file in which there is no certificate
    anyone,     ///< verifies nothing
};

/// A body that a function gives, piece by piece.
struct given_body {
    std::vector<std::string> pieces;
    bool length_known = false;
    bool once = false;  ///< it cannot begin again
};

/// A part of multipart/form-data. What is empty is not said.
struct form_part {
    std::string name;
    std::string content;
    std::string filename = {};
    std::string type = {};
    bool from_file = false;  ///< the content is in a file of that filename
    bool is_given = false;   ///< a function gives it, and its length is not known
};

/// One transfer. Durations and limits of zero are none. In target, values of fields,
/// proxy and netrc `<server>` stands for host and port of the script's server, `<port>`
/// for its port, `<other>` and `<other_port>` for its second one, `<proxy>` for its
/// proxy. Any host leads to the servers at their ports.
struct transfer {
    std::string method = "GET";
    std::string target = "/";  ///< a path of the script's server, else a whole URL
    std::vector<std::pair<std::string, std::string>> fields;
    std::vector<std::string> without;  ///< generated fields that are not to be sent
    std::optional<std::string> body;
    std::optional<given_body> given;
    std::vector<std::pair<std::string, std::string>> form;  ///< a body of that
    std::vector<form_part> parts;                           ///< a body of these
    bool expect = false;             ///< asks for 100 before the body
    milliseconds expect_timeout{0};  ///< of that; zero is the client's default
    bool default_agent = false;      ///< leaves User-Agent to the client

    milliseconds total_timeout{0};
    milliseconds connect_timeout{0};  ///< handshake of TLS included
    std::uint64_t low_speed_limit = 0;
    std::chrono::seconds low_speed_time{0};
    std::uint64_t max_body = 0;
    bool fail_on_error = false;
    bool fresh = false;
    bool forbid_reuse = false;
    bool on_unix_socket = false;
    trust trusts = trust::system;
    bool refuse_body = false;  ///< the sink refuses the first piece
    bool abort = false;        ///< the progress callback says no
    bool decode = false;       ///< asks for content codings, and undoes them

    std::uint16_t redirects = 0;  ///< so many are followed
    bool keep_post = false;       ///< a POST stays one
    bool auto_referer = false;
    bool secrets_everywhere = false;
    bool body_elsewhere = false;  ///< curl always does
    bool to_http = false;         ///< from https; curl always does

    std::string user;
    std::string password;
    xfer::auth ways = xfer::auth::none;  ///< in which user and password may be shown
    bool cleartext = false;              ///< any of them over http; curl always does
    std::string token;
    std::string netrc;     ///< what the netrc file has; empty: there is none
    bool cookies = false;  ///< from the jar, and into it

    std::string range;
    std::optional<std::chrono::sys_seconds> modified_since;
    std::optional<std::chrono::sys_seconds> unmodified_since;
    std::string file;     ///< where the body goes; what it held is the outcome's body
    bool resume = false;  ///< the file

    std::string proxy;
    std::string no_proxy;  ///< hosts that are reached without
    bool tunnel = false;
    xfer::auth proxy_ways = xfer::auth::basic;

    // Setters, for chains.
    transfer& with(std::string name, std::string value) {
        fields.emplace_back(std::move(name), std::move(value));
        return *this;
    }
    transfer& follow(std::uint16_t most = 10) {
        redirects = most;
        return *this;
    }
    transfer& switched(bool transfer::*on) {
        this->*on = true;
        return *this;
    }
    transfer& login(
        std::string name, std::string secret, xfer::auth how = xfer::auth::basic
    ) {
        user = std::move(name);
        password = std::move(secret);
        ways = how;
        return *this;
    }
    transfer& bearer(std::string text) {
        token = std::move(text);
        return *this;
    }
    transfer& looked_up_in(std::string netrc_file) {
        netrc = std::move(netrc_file);
        return *this;
    }
    transfer& trusting(trust whom) {
        trusts = whom;
        return *this;
    }
    transfer& part_of_it(std::string set) {
        range = std::move(set);
        return *this;
    }
    transfer& into(std::string name) {
        file = std::move(name);
        return *this;
    }
    transfer& through(std::string text) {
        proxy = std::move(text);
        return *this;
    }
};

[[nodiscard]] inline transfer get(std::string target = "/") {
    transfer t;
    t.target = std::move(target);
    return t;
}
/// A request of any method without a body.
[[nodiscard]] inline transfer ask(std::string method, std::string target = "/") {
    auto t = get(std::move(target));
    t.method = std::move(method);
    return t;
}
[[nodiscard]] inline transfer with_body(
    std::string method, std::string body, std::string target = "/"
) {
    auto t = ask(std::move(method), std::move(target));
    t.body = std::move(body);
    return t;
}
[[nodiscard]] inline transfer with_pieces(
    std::string method, std::vector<std::string> pieces, bool length_known
) {
    auto t = ask(std::move(method));
    t.given = given_body{std::move(pieces), length_known};
    return t;
}

}  // namespace differential

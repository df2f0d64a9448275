// The language of the differential test: scripts of operations that any client with a
// multi can run, and what running one leaves behind.
#pragma once

#include "place.hpp"
#include "support/test_proxy.hpp"
#include "transfer.hpp"
#include <xfer/testing/server.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace differential {

using xfer::testing::reply;

/// Limits of the multi; zero is none.
struct limits {
    std::size_t connections_per_host = 0;
    std::size_t connections = 0;
};

/// How a transfer ended.
struct outcome {
    std::string name;
    int code = 0;  ///< a CURLcode
    int status = 0;
    std::string body;
    [[nodiscard]] bool operator==(const outcome&) const = default;
};

/// A client under comparison: curl's multi interface, transfers known by their names.
class client {
 public:
    virtual ~client() = default;
    virtual void add(const std::string& name, const transfer& t) = 0;
    /// Whether the call says that it did something.
    virtual bool remove(const std::string& name) = 0;
    virtual void pause(const std::string& name) = 0;
    virtual void resume(const std::string& name) = 0;
    /// How many transfers are in progress.
    virtual std::size_t perform() = 0;
    virtual void wait(milliseconds most) = 0;
    /// How many bytes of the body its transfer in progress has received.
    virtual std::size_t received(const std::string& name) const = 0;
    /// The next completion, and how many remain.
    virtual std::optional<outcome> info_read(std::size_t& left) = 0;
    /// Reads a cookie file into the jar, writes the jar to one.
    virtual void load_cookies(const std::string& path) = 0;
    virtual void save_cookies(const std::string& path) = 0;
};

using client_maker = std::function<std::unique_ptr<client>(const place&, limits)>;
[[nodiscard]] std::unique_ptr<client> make_curl_client(const place& p, limits l);
[[nodiscard]] std::unique_ptr<client> make_xfer_client(const place& p, limits l);

/// One request as it came over the wire, with names of the place for its addresses and
/// without what is chance.
struct wire_request {
    int server = 1;  ///< or 2
    std::size_t connection = 0;
    std::string bytes;
    [[nodiscard]] bool operator==(const wire_request&) const = default;
};

/// What a script leaves behind; what is compared.
struct trace {
    std::vector<outcome> outcomes;   ///< in the order of completion
    std::vector<std::string> notes;  ///< what calls returned
    std::vector<wire_request> requests;
    std::vector<std::string> to_proxy;  ///< in clear, by connections
    std::string unfinished;             ///< bytes of requests that were never complete
    std::size_t connections = 0;        ///< of the servers
    [[nodiscard]] bool operator==(const trace&) const = default;
};
[[nodiscard]] std::string to_text(const trace& t);

/// Runs operations on one client and one server, and keeps what comes of them.
struct player {
    client& c;
    xfer::testing::server& s;
    const place& where;
    trace& t;
    /// Drives the client until the condition holds.
    void drive_until(const std::function<bool()>& done);
    /// Drives it until nothing is in progress; reads completions as they come, or not.
    void drive_to_end(bool reading);
    void read_all(bool note_left);
};

/// How a script's server speaks.
enum class protocol : std::uint8_t {
    http,
    https,              ///< for 127.0.0.1, of the test's authority
    https_wrong_host,   ///< for another host
    https_expired,      ///< no longer valid
    https_self_signed,  ///< its own issuer
    https_client_cert,  ///< asks for a certificate, and insists
    https_too_old,      ///< TLS 1.1 at most
    unix_socket,
};

enum class difference : std::uint8_t;

/// A script: what the server does, and operations in their order. The setters return
/// it, so that a script reads as a list.
class script {
 public:
    // The server, and what it answers.
    script& speaks(protocol p);
    script& closes_after(std::size_t requests);
    /// What it does with each connection, and what it sends before that.
    script& on_connect(
        xfer::testing::connect_action::kind then, std::string bytes = {}
    );
    script& serve(std::string path, reply r, xfer::testing::route_options how = {});
    /// The first reply to the first request of the path, and so on; the last repeats.
    script& serve_in_turn(std::string path, std::vector<reply> replies);
    /// The reply that the function makes.
    script& serve_by(std::string path, xfer::testing::reply_function f);
    /// There is a second server, which speaks so, and what it answers.
    script& other_speaks(protocol p);
    script& other_serves(std::string path, reply r);
    /// There is a proxy.
    script& proxied(support::proxy_options o = {});

    // The client.
    script& limited(limits l);
    script& add(std::string name, transfer t);
    /// Performs until nothing is in progress, reading completions as they come.
    script& run();
    /// The same without reading; read_all() reads, and notes how many were left.
    script& run_unread();
    script& read_all();
    /// Performs until the server has seen this many requests.
    script& run_until_requests(std::size_t n);
    /// Performs until the transfer has received this many bytes of the body.
    script& run_until_received(std::string name, std::size_t bytes);
    /// Performs for so long.
    script& run_for(milliseconds d);
    /// Notes how many bytes of its body the transfer has received.
    script& see_received(std::string name);
    script& remove(std::string name);
    script& pause(std::string name);
    script& resume(std::string name);
    /// Lets the server go on with what it holds.
    script& release();
    /// The server closes its idle connections, and the client has time to be told.
    script& close_idle(xfer::testing::fault how = xfer::testing::fault::close_notify);
    /// The server sends bytes that nobody asked for on its idle connections.
    script& send_idle(std::string bytes);

    /// Reads this text as a cookie file into the client's jar.
    script& load_cookies(std::string text);
    /// Notes what the client writes to a cookie file.
    script& see_cookies();

    // What is compared.
    /// Several transfers at once: their order, and who uses which connection, is
    /// chance.
    script& in_parallel();
    /// Where the clients differ on purpose.
    script& differs(difference d);

    struct operation {
        std::string text;
        std::function<void(player&)> act;
    };
    [[nodiscard]] const std::vector<operation>& operations() const {
        return operations_;
    }
    [[nodiscard]] const std::vector<difference>& differences() const {
        return differences_;
    }

    /// Runs it through a client, against a server of its own.
    [[nodiscard]] trace play(const client_maker& make) const;

 private:
    script& operate(std::string text, std::function<void(player&)> act);

    protocol protocol_ = protocol::http;
    std::optional<protocol> other_;
    std::optional<support::proxy_options> proxy_;
    std::size_t requests_per_connection_ = 0;
    xfer::testing::connect_action on_connect_;
    limits limits_;
    using route = std::function<void(xfer::testing::server&, const place&)>;
    std::vector<route> routes_;
    std::vector<route> other_routes_;
    std::vector<operation> operations_;
    std::vector<difference> differences_;
    bool in_parallel_ = false;
};

}  // namespace differential

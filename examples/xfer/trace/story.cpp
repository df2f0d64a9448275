// What a trace says of each step of a transfer.
//
// Whether a connection is kept is read from the heads, as the library does not tell of
// it.
#include "trace/story.hpp"

#include "options/letters.hpp"
#include <xfer/info.hpp>

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>

namespace tool {

namespace {

namespace trace = xfer::trace;

/// What a head says of the connection it came over.
struct persistence {
    std::string lowered;
    bool close = false;       ///< Connection: close
    bool keep_alive = false;  ///< Connection: keep-alive
    bool delimited = false;   ///< the end of the body is known without a close

    explicit persistence(std::string_view head) : lowered(lower(head)) {
        std::string_view rest = lowered;
        while (!rest.empty()) {
            const auto line = take_line(rest);
            if (line.starts_with("connection:")) {
                close = close || line.find("close") != std::string_view::npos;
                keep_alive = keep_alive || line.find("keep-alive") != line.npos;
            }
            delimited = delimited || line.starts_with("content-length:") ||
                        line.starts_with("transfer-encoding:");
        }
    }
    [[nodiscard]] bool is_http_1_0() const { return !lowered.starts_with("http/1.1"); }
};

/// "[::1]:80", "127.0.0.1:80", or the path of a unix socket.
std::string endpoint(std::string_view address, std::uint16_t port) {
    std::string text(address);
    if (text.find(':') != std::string::npos && port != 0) text = "[" + text + "]";
    return port == 0 ? text : text + ":" + std::to_string(port);
}

/// Of a URL that the library has written: it has no user.
std::pair<std::string, std::string> scheme_and_host(std::string_view url) {
    const auto mark = std::min(url.find("://"), url.size());
    auto host = url.substr(std::min(mark + 3, url.size()));
    host = host.substr(0, host.find_first_of("/?#"));
    const auto colon = host.rfind(':');
    if (colon != std::string_view::npos && host.find(']', colon) == host.npos) {
        host = host.substr(0, colon);
    }
    return {std::string(url.substr(0, mark)), std::string(host)};
}

}  // namespace

void trace_story::tell(const xfer::trace_event& e) {
    auto& t = talks_[e.id.serial()];
    if (e.connection != 0) t.connection = e.connection;
    std::visit([&](const auto& step) { tell(e, t, step); }, e.what);
    if (e.as<trace::done>() != nullptr) talks_.erase(e.id.serial());
}

/// What becomes of the connection after an answer.
void trace_story::conclude(const xfer::trace_event& e, talk& t) {
    if (!std::exchange(t.answered, false) || t.connection == 0) return;
    const auto number = std::to_string(t.connection - 1);
    writer_.info(
        e,
        t.persistent ? "Connection #" + number + " to host " + t.host + " left intact"
                     : "Closing connection #" + number
    );
}

void trace_story::tell(
    const xfer::trace_event& e, talk& t, const trace::queued& /*step*/
) {
    conclude(e, t);
    if (writer_.show.multi) writer_.info(e, "[MULTI] waits for its turn");
}

void trace_story::tell(
    const xfer::trace_event& e, talk& t, const trace::started& step
) {
    conclude(e, t);
    if (writer_.show.multi) {
        writer_.info(
            e, "[MULTI] " + std::string(step.method) + " " + std::string(step.url)
        );
    }
    if (std::exchange(t.redirected, false) && t.method != step.method) {
        writer_.info(e, "Switch from " + t.method + " to " + std::string(step.method));
    }
    t.method = step.method;
    std::tie(t.scheme, t.host) = scheme_and_host(step.url);
    t.connection = 0;
    t.body_sent = 0;
    t.asked_to_close = false;
}

void trace_story::tell(
    const xfer::trace_event& e, talk& t, const trace::resolving& step
) {
    t.peer = step.host;
    if (writer_.show.dns) writer_.info(e, "[DNS] looks up " + t.peer);
}

void trace_story::tell(
    const xfer::trace_event& e, talk& t, const trace::resolved& step
) {
    t.addresses.assign(step.addresses.begin(), step.addresses.end());
    if (writer_.show.dns) {
        std::string line = "[DNS] in the order in which they are tried:";
        for (const auto& a : step.addresses) line += " " + a;
        writer_.info(e, line);
    }
}

void trace_story::tell(
    const xfer::trace_event& e, talk& t, const trace::connecting& step
) {
    const auto addresses = std::exchange(t.addresses, {});
    const bool is_address = addresses.size() == 1 && addresses.front() == t.peer;
    if (!addresses.empty() && !is_address) {
        writer_.info(e, "Host " + endpoint(t.peer, step.port) + " was resolved.");
        for (const bool v6 : {true, false}) {
            std::string line;
            for (const auto& a : addresses) {
                const bool this_one = (a.find(':') != std::string::npos) == v6;
                if (this_one) line += (line.empty() ? "" : ", ") + a;
            }
            writer_.info(
                e, (v6 ? "IPv6: " : "IPv4: ") + (line.empty() ? "(none)" : line)
            );
        }
    }
    writer_.info(e, "  Trying " + endpoint(step.address, step.port) + "...");
}

void trace_story::tell(
    const xfer::trace_event& e, talk& /*t*/, const trace::connect_failed& step
) {
    writer_.info(
        e,
        "connect to " + std::string(step.address) + " port " +
            std::to_string(step.port) + " failed: " + step.cause.message()
    );
}

void trace_story::tell(
    const xfer::trace_event& e, talk& t, const trace::connected& step
) {
    const auto& f = step.facts;
    if (writer_.show.tcp) {
        writer_.info(
            e,
            "[TCP] from " + endpoint(f.local_address, f.local_port) + " to " +
                endpoint(f.remote_address, f.remote_port)
        );
    }
    std::string line = "Connected to " + (t.peer.empty() ? t.host : t.peer) + " (" +
                       f.remote_address + ")";
    if (f.remote_port != 0) line += " port " + std::to_string(f.remote_port);
    writer_.info(e, line);
}

void trace_story::tell(
    const xfer::trace_event& e, talk& /*t*/, const trace::proxy& step
) {
    writer_.info(e, "Using proxy " + std::string(step.name));
}

void trace_story::tell(
    const xfer::trace_event& e, talk& /*t*/, const trace::secured& step
) {
    const auto& tls = step.tls;
    std::string line = "SSL connection using " + tls.version + " / " + tls.cipher;
    if (!tls.group.empty()) line += " / " + tls.group;
    writer_.info(e, line);
    writer_.info(
        e,
        tls.alpn.empty() ? "ALPN: server did not agree on a protocol. Uses default."
                         : "ALPN: server accepted " + tls.alpn
    );
    if (writer_.show.ssl) {
        writer_.info(
            e, tls.resumed ? "[SSL] session was resumed" : "[SSL] session is new"
        );
        writer_.info(
            e, tls.host_verified ? "[SSL] name matches" : "[SSL] name was not checked"
        );
    }
    writer_.info(e, step.to_proxy ? "Proxy certificate:" : "Server certificate:");
    writer_.info(e, " subject: " + tls.subject);
    writer_.info(e, " expire date: " + tls.expires);
    writer_.info(e, " issuer: " + tls.issuer);
    writer_.info(
        e,
        tls.peer_verified ? " SSL certificate verify ok."
        : tls.resumed     ? " SSL certificate was verified when the session began."
                          : " SSL certificate was not verified, continuing anyway."
    );
}

void trace_story::tell(const xfer::trace_event& e, talk& t, const trace::reused& step) {
    if (writer_.show.tcp) {
        writer_.info(
            e, "[TCP] has carried " + std::to_string(step.requests) + " requests"
        );
    }
    writer_.info(
        e, "Reusing existing " + t.scheme + ": connection with host " + t.host
    );
}

void trace_story::tell(
    const xfer::trace_event& e, talk& t, const trace::request_head& step
) {
    if (step.to_proxy) {
        const auto begin = std::min(step.text.find(' ') + 1, step.text.size());
        const auto target = step.text.substr(begin);
        writer_.info(
            e,
            "Establishing HTTP proxy tunnel to " +
                std::string(target.substr(0, target.find(' ')))
        );
    } else {
        t.asked_to_close = persistence(step.text).close;
    }
    writer_.head(e, step.text, true);
}

void trace_story::tell(
    const xfer::trace_event& e, talk& t, const trace::request_body& step
) {
    t.body_sent += step.bytes.size();
    if (writer_.show.read)
        writer_.info(e, "[READ] " + std::to_string(step.bytes.size()) + " bytes");
    writer_.body(e, step.bytes, true);
}

void trace_story::tell(
    const xfer::trace_event& e, talk& t, const trace::request_sent& /*step*/
) {
    if (t.body_sent > 0) {
        writer_.info(
            e, "upload completely sent off: " + std::to_string(t.body_sent) + " bytes"
        );
    }
}

void trace_story::tell(
    const xfer::trace_event& e, talk& /*t*/, const trace::interim_head& step
) {
    writer_.head(e, step.text, false);
}

void trace_story::tell(
    const xfer::trace_event& e, talk& t, const trace::response_head& step
) {
    writer_.head(e, step.text, false);
    if (step.from_proxy) {
        if (step.status >= 200 && step.status <= 299) {
            writer_.info(
                e, "CONNECT tunnel established, response " + std::to_string(step.status)
            );
        }
        return;
    }
    const persistence says(step.text);
    const bool bodiless =
        t.method == "HEAD" || step.status == 204 || step.status == 304;
    const bool kept = says.is_http_1_0() ? says.keep_alive : !says.close;
    t.persistent = kept && !t.asked_to_close && (bodiless || says.delimited);
    t.answered = true;
}

void trace_story::tell(
    const xfer::trace_event& e, talk& /*t*/, const trace::response_body& step
) {
    if (writer_.show.write)
        writer_.info(e, "[WRITE] " + std::to_string(step.bytes.size()) + " bytes");
    writer_.body(e, step.bytes, false);
}

void trace_story::tell(const xfer::trace_event& e, talk& t, const trace::login& step) {
    conclude(e, t);
    writer_.info(
        e,
        (step.to_proxy ? "Proxy auth using " : "Server auth using ") +
            std::string(step.scheme)
    );
}

void trace_story::tell(
    const xfer::trace_event& e, talk& t, const trace::redirected& step
) {
    conclude(e, t);
    t.redirected = true;
    writer_.info(
        e, "Issue another request to this URL: '" + std::string(step.to) + "'"
    );
}

void trace_story::tell(
    const xfer::trace_event& e, talk& t, const trace::retried& step
) {
    if (!step.cause) conclude(e, t);
    writer_.info(
        e,
        step.cause ? "Connection died (" + step.cause.message() +
                         "), the request is sent again"
                   : "The rest of the file is not to be had, all of it is asked for"
    );
}

void trace_story::tell(const xfer::trace_event& e, talk& t, const trace::done& step) {
    if (step.ec) {
        t.persistent = false;
        t.answered = t.connection != 0;
        writer_.info(
            e, step.message.empty() ? step.ec.message() : std::string(step.message)
        );
    }
    conclude(e, t);
}

}  // namespace tool

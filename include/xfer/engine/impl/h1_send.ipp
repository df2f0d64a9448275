// Head and small body leave in one write; larger ones follow piece by piece.
#pragma once

#include <xfer/engine/h1_send.hpp>
#include <xfer/engine/request_fields.hpp>
#include <xfer/engine/state.hpp>
#include <xfer/proto/chunked.hpp>
#include <xfer/proto/content_coding.hpp>
#include <xfer/proto/head_writer.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string>

namespace XFER_NAMESPACE::engine {

/// How sending went on.
enum class sending : std::uint8_t {
    goes_on,
    ended_early,  ///< the response is there, or nothing more can be written
};

/// HTTP/1.0 knows no chunks, and nothing that is asked before a body (RFC 9110 10.1.1).
inline bool speaks_1_0(const transfer& t) noexcept {
    return t.request.options().http == http_version::v1_0;
}

/// Whether the server is asked before the body is sent.
inline bool asks_first(const transfer& t) noexcept {
    return t.request.options().expect_continue && !speaks_1_0(t) &&
           !t.request.fields().is_suppressed("Expect");
}

/// What the fields after the body are called, as `Trailer` says it.
inline std::string names_of_trailers(const transfer& t) {
    std::string names;
    if (const auto* extra = t.request.extra()) {
        for (const auto& trailer : extra->trailers) {
            names.append(names.empty() ? "" : ", ").append(trailer.name);
        }
    }
    return names;
}

/// The end of a chunked body. The values of fields behind it are asked for now.
inline std::error_code append_end(transfer& t, std::string& out) {
    const auto* extra = t.request.extra();
    fields trailers;
    if (extra != nullptr) {
        for (const auto& trailer : extra->trailers) {
            std::string value = trailer.text;
            const auto ask = [&] {
                value = trailer.value();
                return std::error_code();
            };
            if (trailer.value) {
                if (const auto ec = t.call_user(error::aborted_by_callback, ask)) {
                    return ec;
                }
            }
            trailers.add(trailer.name, value);
        }
    }
    if (!trailers.first_error().empty()) {
        return t.fail(error::invalid_header, trailers.first_error());
    }
    proto::append_last_chunk(out, trailers);
    return {};
}

/// Whether transfer codings are asked for (RFC 9110 10.1.4).
inline bool asks_for_codings(const transfer& t) noexcept {
    return t.request.options().transfer_codings && !speaks_1_0(t) &&
           !proto::transfer_codings().empty();
}

/// Whether content codings are asked for: not where nothing is decoded when it comes,
/// of a part and for a file to be resumed.
inline bool asks_to_decode(const transfer& t) noexcept {
    const auto& r = t.request;
    if (!r.options().decode) {
        return false;
    }
    const auto* extra = r.extra();
    const bool part = extra != nullptr && !extra->range.empty();
    return !part && !r.fields().contains("Range") && !resumes_file(r);
}

/// A head by all the rules.
inline std::error_code write_any_head(
    transfer& t, const outgoing& body, std::string_view target, std::string& out
) {
    const auto& r = t.request;
    proto::generated_fields generated;
    generated.user_agent = "xfer/" XFER_VERSION_STRING;
    if (asks_to_decode(t)) {
        generated.accept_encoding = proto::accept_encoding();
    }
    const bool wants_length = r.method() == method::post() ||
                              r.method() == method::put() ||
                              r.method() == method::patch();
    if (body.chunked()) {
        generated.body = proto::request_body::chunked;
    } else if (body.present() || wants_length) {
        generated.body = proto::request_body::length;
        generated.content_length = body.length().value_or(0);
    }
    if (body.present()) {
        generated.content_type = r.body().content_type();
    }
    generated.expect_continue = body.present() && asks_first(t);
    if (asks_for_codings(t)) {
        generated.te = proto::transfer_codings();
    }
    std::string announced;
    if (body.chunked()) {
        announced = names_of_trailers(t);
        generated.trailer = announced;
    }
    generated.more = t.trip ? &t.trip->made : nullptr;
    const auto& users = t.trip ? t.trip->users : r.fields();
    const auto refused = proto::append_request_head(
        out,
        r.method().name(),
        target,
        t.target().authority(),
        users,
        generated,
        speaks_1_0(t) ? 10 : 11
    );
    if (refused) {
        const auto& named = users.first_error();
        return t.fail(refused.ec, named.empty() ? std::string(refused.why) : named);
    }
    return {};
}

/// The same of a request that is more than plain.
[[gnu::noinline]] inline std::error_code check_any_head(
    transfer& t, const outgoing& body
) {
    if (speaks_1_0(t) && body.chunked()) {
        return t.fail(
            error::body_needs_length,
            "a request in HTTP/1.0 needs a body of known length: give the source one"
        );
    }
    const auto& f = t.request.fields();
    const bool decides = f.contains("Host") || f.contains("Content-Length") ||
                         f.contains("Transfer-Encoding");
    return decides ? write_any_head(t, body, t.target().target(), t.engine().scratch())
                   : std::error_code();
}

XFER_DECL std::error_code check_head(transfer& t, const outgoing& body) {
    const bool plain = t.request.fields().is_untouched() && !speaks_1_0(t);
    return plain ? std::error_code() : check_any_head(t, body);
}

/// To a target that is to be chosen.
inline std::error_code write_head_to_target(
    transfer& t, const outgoing& body, std::string& out
) {
    choose_cookies(t);
    std::string absolute;
    const auto target = target_of(t, t.endpoint->config.forwarded(), absolute);
    return write_any_head(t, body, target, out);
}

/// Writes the head, which is valid until the step suspends. A plain request's is the
/// endpoint's, but for the request line.
inline std::error_code write_head(
    transfer& t, const outgoing& body, std::string_view& head
) {
    const auto& r = t.request;
    const bool plain = !body.present() && !t.trip && !t.endpoint->config.forwarded() &&
                       (r.method() == method::get() || r.method() == method::head()) &&
                       r.fields().is_untouched() && !speaks_1_0(t) &&
                       !r.options().transfer_codings;
    if (!plain) {
        auto& out = t.engine().scratch();
        const auto ec = write_head_to_target(t, body, out);
        head = out;
        return ec;
    }
    constexpr std::string_view version = " HTTP/1.1\r\n";
    auto& rest = t.endpoint->plain_heads[asks_to_decode(t) ? 1 : 0];
    if (rest.empty()) {
        std::string whole;
        if (const auto ec = write_any_head(t, body, "/", whole)) {
            return ec;
        }
        rest = whole.substr(whole.find("\r\n") + 2);
    }
    const auto name = r.method().name();
    const auto target = t.target().target();
    // One piece of memory, and not a call for each part.
    const auto space = t.engine().scratch_space(
        name.size() + 1 + target.size() + version.size() + rest.size()
    );
    auto* at = space.data();
    const auto put = [&at](std::string_view part) {
        std::memcpy(at, part.data(), part.size());
        at += part.size();
    };
    put(name);
    *at++ = ' ';
    put(target);
    put(version);
    put(rest);
    head = {space.data(), space.size()};
    return {};
}

/// The same as find_head() for one who is told of interim heads. Apart, as the others
/// of its kind: what calls it is small enough to become part of its caller.
[[gnu::cold]] inline http::step find_head_and_show(
    transfer& t, http::h1_exchange& x, bool until_continue
) {
    for (;;) {
        const auto result = x.parse_head(false, true);
        if (result != http::step::interim) {
            return result;
        }
        t.show_interim_head(x);
        x.pass_interim();
        if (until_continue && x.got_continue()) {
            x.keep_window();
            return http::step::done;
        }
    }
}

/// Looks for a head in what came.
inline http::step find_head(
    transfer& t, http::h1_exchange& x, bool until_continue = false
) {
    return t.shows_heads ? find_head_and_show(t, x, until_continue)
                         : x.parse_head(until_continue);
}

/// Whether the answer, or a failure, is there before the request is sent.
inline bool answered(transfer& t, http::h1_exchange& x) {
    while (x.read() != http::step::blocked) {
        if (find_head(t, x) != http::step::blocked) {
            return true;
        }
    }
    return false;
}

/// Writes all of the pieces, waiting where the stream is full. Meanwhile the answer may
/// come; `watch_for_answer` says whether a body is being sent, which it would cut
/// short.
inline net::task<std::error_code> write_all(
    transfer& t,
    net::transport& stream,
    http::h1_exchange& x,
    std::span<std::string_view> pieces,
    bool watch_for_answer,
    sending& how
) {
    for (;;) {
        while (t.paused) {
            stream.disarm();
            if (const auto ec = co_await t.park()) {
                co_return ec;
            }
        }
        const auto result = x.write(pieces);
        if (result == http::step::done) {
            co_return std::error_code();
        }
        // The server may have answered before it hung up. It is looked for before the
        // wait, since to arm for what is there already wakes nobody.
        if (result == http::step::failed || (watch_for_answer && answered(t, x))) {
            how = sending::ended_early;
            x.never_reuse();
            co_return std::error_code();
        }
        if (watch_for_answer) {
            stream.arm(net::direction::read, t);
        }
        const auto ec = co_await t.ready(stream, net::direction::write);
        if (ec) {
            co_return ec;
        }
    }
}

/// Waits for the server to say that it wants the body (RFC 9110 10.1.1).
inline net::task<std::error_code> wait_for_continue(
    transfer& t, net::transport& stream, http::h1_exchange& x, sending& how
) {
    const auto until =
        detail::later(t.owner().now(), t.request.options().expect_continue_timeout);
    net::alarm enough(t, until);
    while (t.owner().now() < until) {
        std::error_code ec;
        if (t.paused) {
            stream.disarm();
            ec = co_await t.park();
        } else {
            ec = co_await t.ready(stream, net::direction::read);
        }
        if (ec) {
            co_return ec;
        }
        const auto got = t.paused ? http::step::blocked : x.read();
        if (got == http::step::blocked) {
            continue;
        }
        if (got == http::step::failed || find_head(t, x, true) != http::step::blocked) {
            // Right behind the 100 there may be the answer.
            if (!x.got_continue() || find_head(t, x) != http::step::blocked) {
                how = sending::ended_early;
                x.never_reuse();
            }
            co_return std::error_code();
        }
    }
    stream.disarm();
    co_return std::error_code();
}

/// Sends the body piece by piece, as fast as the rate allows.
inline net::task<std::error_code> send_body(
    transfer& t,
    net::transport& stream,
    http::h1_exchange& x,
    outgoing& body,
    sending& how
) {
    const bool chunked = body.chunked();
    pacer pace(t.request.options().max_send_rate);
    // So often a large string's progress is noted.
    constexpr std::size_t part_size = std::size_t{256} * 1024;
    constexpr std::size_t answer_check = std::size_t{16} * 64 * 1024;
    std::size_t unchecked = 0;
    for (;;) {
        std::string_view piece;
        auto ec = co_await body.next(t, piece);
        if (ec) {
            co_return ec;
        }
        const bool last = piece.empty();
        do {
            while (!ec && t.paused) {
                ec = co_await t.park();
            }
            auto allowed = pace.allowance(t.owner().now());
            while (!ec && allowed == 0) {
                net::alarm refill(t, pace.next());
                ec = co_await t.park();
                allowed = pace.allowance(t.owner().now());
            }
            if (ec) {
                co_return ec;
            }
            auto part = piece.substr(0, std::min(allowed, part_size));
            piece.remove_prefix(part.size());
            pace.used(part.size());
            const auto size = part.size();
            const proto::chunk_head head(size);
            std::string end;
            if (chunked && last) {
                ec = append_end(t, end);
            }
            if (ec) {
                co_return ec;
            }
            std::array<std::string_view, 3> pieces{std::string_view(), part};
            if (chunked) {
                pieces[0] = last ? std::string_view(end) : head.view();
                pieces[2] = last ? std::string_view() : proto::chunk_end;
            }
            ec = co_await write_all(t, stream, x, pieces, true, how);
            if (ec || how == sending::ended_early) {
                t.moved.sent += size - pieces[1].size();
                co_return ec;
            }
            ec = t.body_sent(part);
            unchecked += size;
            if (!ec && unchecked >= answer_check) {
                unchecked = 0;
                ec = co_await t.yield();
            }
        } while (!ec && !piece.empty());
        if (ec || last) {
            co_return ec;
        }
    }
}

/// The whole of a body that leaves together with the head.
inline std::optional<std::string_view> small_body(transfer& t, const outgoing& body) {
    constexpr std::size_t small = std::size_t{256} * 1024;
    const auto& o = t.request.options();
    const auto whole = body.whole();
    const bool together = whole && !body.chunked() && !asks_first(t) &&
                          o.max_send_rate == 0 && whole->size() <= small;
    return together ? whole : std::nullopt;
}

XFER_DECL std::error_code send_at_once(
    transfer& t, http::h1_exchange& x, outgoing& body, std::unique_ptr<unsent>& rest
) {
    if (const auto ec = t.enter(stage::sending)) {
        return ec;
    }
    std::string_view head;
    if (const auto ec = write_head(t, body, head)) {
        return ec;
    }
    response_access::info(t.response).request_size += head.size();
    const auto small = small_body(t, body);
    std::array<std::string_view, 2> pieces{head, small.value_or(std::string_view())};
    const auto result = x.write(pieces);
    if (result == http::step::failed) {
        // The server may have answered before it hung up.
        x.never_reuse();
        return {};
    }
    if (t.traced) {
        t.tell(trace::request_head{head});
    }
    if (result == http::step::blocked) {
        // The scratch string is for this step only.
        rest = std::make_unique<unsent>();
        rest->head = pieces[0];
        rest->body = pieces[1];
        return {};
    }
    if (body.present() && !small) {
        rest = std::make_unique<unsent>();
    }
    return small ? t.body_sent(*small) : std::error_code();
}

XFER_DECL net::task<std::error_code> send_rest(
    transfer& t,
    net::transport& stream,
    http::h1_exchange& x,
    outgoing& body,
    const unsent& rest
) {
    auto how = sending::goes_on;
    const auto small = small_body(t, body);
    std::array<std::string_view, 2> pieces{rest.head, rest.body};
    auto ec = co_await write_all(t, stream, x, pieces, small.has_value(), how);
    if (ec || how == sending::ended_early) {
        if (small) {
            t.moved.sent += small->size() - pieces[1].size();
        }
        co_return ec;
    }
    if (!body.present()) {
        co_return ec;
    }
    if (small) {
        co_return t.body_sent(*small);
    }
    if (asks_first(t)) {
        ec = co_await wait_for_continue(t, stream, x, how);
    }
    if (!ec && how == sending::goes_on) {
        ec = co_await send_body(t, stream, x, body, how);
    }
    co_return ec;
}

}  // namespace XFER_NAMESPACE::engine

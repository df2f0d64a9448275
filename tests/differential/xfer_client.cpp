// xfer as a client of the differential test.
#include "language.hpp"
#include <xfer.hpp>

#include <algorithm>
#include <any>
#include <cstring>
#include <map>
#include <span>
#include <system_error>

namespace differential {

namespace {

/// A function that gives the pieces one after the other.
xfer::source giving(const given_body& body) {
    std::uint64_t size = 0;
    for (const auto& p : body.pieces) size += p.size();
    auto fill = [pieces = body.pieces,
                 piece = std::size_t(0),
                 offset = std::size_t(0)](std::span<char> space) mutable {
        if (piece == pieces.size()) return std::size_t(0);
        const auto& now = pieces[piece];
        const auto n = std::min(space.size(), now.size() - offset);
        std::memcpy(space.data(), now.data() + offset, n);
        offset += n;
        if (offset == now.size()) {
            ++piece;
            offset = 0;
        }
        return n;
    };
    auto source = xfer::from_function(fill);
    if (body.length_known) source.length(size);
    return source;
}

class xfer_client final : public client {
 public:
    xfer_client(const place& p, limits l)
        : place_(p),
          multi_(
              {.max_connections = l.connections,
               .max_connections_per_host = l.connections_per_host}
          ) {}

    void add(const std::string& name, const transfer& t) override {
        const bool on_server = t.target.starts_with('/');
        const auto url = on_server ? place_.base_url + t.target : t.target;
        xfer::request r(t.method, url, options_of(t));
        set_request(r, t);
        r.tag(name);
        ids_[name] = multi_.add(std::move(r));
    }
    bool remove(const std::string& name) override {
        return multi_.remove(ids_.at(name));
    }
    void pause(const std::string& name) override { multi_.pause(ids_.at(name)); }
    void resume(const std::string& name) override { multi_.resume(ids_.at(name)); }
    std::size_t perform() override { return multi_.perform(); }
    void wait(milliseconds most) override { multi_.wait(most); }
    std::size_t received(const std::string& name) const override {
        const auto now = multi_.progress_of(ids_.at(name));
        return now ? static_cast<std::size_t>(now->received) : 0;
    }
    std::optional<outcome> info_read(std::size_t& left) override {
        auto m = multi_.info_read(&left);
        if (!m) return std::nullopt;
        return outcome{
            std::any_cast<std::string>(m->tag),
            xfer::curl_code(m->ec),
            m->response.status(),
            m->response.body()};
    }

 private:
    static xfer::options options_of(const transfer& t) {
        xfer::options o;
        o.total_timeout = t.total_timeout;
        if (t.connect_timeout.count()) {
            o.connect_timeout = o.tls_timeout = t.connect_timeout;
        }
        o.low_speed_limit = t.low_speed_limit;
        if (t.low_speed_time.count()) o.low_speed_time = t.low_speed_time;
        o.max_body_size = t.max_body;
        o.fail_on_error = t.fail_on_error;
        o.fresh_connection = t.fresh;
        o.forbid_reuse = t.forbid_reuse;
        o.expect_continue = t.expect;
        if (t.expect_timeout.count()) o.expect_continue_timeout = t.expect_timeout;
        return o;
    }

    void set_request(xfer::request& r, const transfer& t) const {
        for (const auto& [name, value] : t.fields) r.add_header(name, value);
        for (const auto& name : t.without) r.without_header(name);
        bool own_agent = t.default_agent;
        for (const auto& [name, value] : t.fields) own_agent |= name == "User-Agent";
        if (!own_agent) r.without_header("User-Agent");
        if (t.body) r.body(*t.body);
        if (t.given) r.body(giving(*t.given));
        if (t.on_unix_socket) r.unix_socket(place_.unix_path);
        if (t.refuse_body) {
            r.sink(xfer::to_function([](std::string_view) {
                return std::make_error_code(std::errc::no_space_on_device);
            }));
        }
        if (t.abort)
            r.on_progress([](const xfer::progress& p) { return p.received == 0; });
        switch (t.trusts) {
            case trust::system:
                break;
            case trust::test_ca:
                r.tls(xfer::tls().ca_file(place_.ca_file));
                break;
            case trust::broken_ca:
                r.tls(xfer::tls().ca_file(place_.broken_ca_file));
                break;
            case trust::anyone:
                r.insecure();
                break;
        }
    }

    place place_;
    xfer::multi multi_;
    std::map<std::string, xfer::transfer_id> ids_;
};

}  // namespace

std::unique_ptr<client> make_xfer_client(const place& p, limits l) {
    return std::make_unique<xfer_client>(p, l);
}

}  // namespace differential

// xfer as a client of the differential test.
#include "language.hpp"
#include "support/scratch.hpp"
#include <xfer.hpp>

#include <any>
#include <map>
#include <memory>
#include <span>
#include <system_error>

namespace differential {

namespace {

/// A function that gives the pieces one after the other.
xfer::source giving(const given_body& body) {
    struct state {
        std::vector<std::string> pieces;
        std::size_t piece = 0;
        std::size_t offset = 0;
    };
    const auto all = std::make_shared<state>(state{body.pieces});
    auto fill = [all](std::span<char> space) {
        if (all->piece == all->pieces.size()) return std::size_t(0);
        const auto& now = all->pieces[all->piece];
        const auto n = now.copy(space.data(), space.size(), all->offset);
        all->offset += n;
        if (all->offset == now.size()) {
            ++all->piece;
            all->offset = 0;
        }
        return n;
    };
    auto source = xfer::from_function(fill);
    const auto begin = [all] { all->piece = all->offset = 0; };
    if (!body.once) source.rewind(begin);
    if (body.length_known) {
        std::uint64_t size = 0;
        for (const auto& p : body.pieces) size += p.size();
        source.length(size);
    }
    return source;
}

class xfer_client final : public client {
 public:
    xfer_client(const place& p, limits l)
        : place_(p),
          multi_(
              {.max_connections = l.connections,
               .max_connections_per_host = l.connections_per_host,
               .network = network_of(p)}
          ) {}

    void add(const std::string& name, const transfer& t) override {
        const bool on_server = t.target.starts_with('/');
        const auto url =
            on_server ? place_.base_url + t.target : place_.filled(t.target);
        xfer::request r(t.method, url, options_of(t));
        set_request(r, t);
        set_body(r, t);
        set_user(r, t);
        set_conditions(r, t);
        set_proxy(r, t);
        set_tls(r, t);
        r.tag(named_file{name, t.file});
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
        auto tag = std::any_cast<named_file>(m->tag);
        const auto& r = m->response;
        outcome o{tag.name, xfer::curl_code(m->ec), r.status(), r.body()};
        if (!tag.file.empty()) o.body = support::read_file(place_.file(tag.file));
        return o;
    }
    void load_cookies(const std::string& path) override {
        static_cast<void>(jar_->load(path));
    }
    void save_cookies(const std::string& path) override {
        static_cast<void>(jar_->save(path));
    }

 private:
    /// A transfer's name, and where its body goes.
    struct named_file {
        std::string name;
        std::string file;
    };

    static xfer::network network_of(const place& p) {
        xfer::network n;
        for (const auto port : p.ports) n.resolve("", port, "127.0.0.1");
        return n;
    }

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
        o.decode = t.decode;
        o.max_redirects = t.redirects;
        o.keep_post_301 = o.keep_post_302 = o.keep_post_303 = t.keep_post;
        o.auto_referer = t.auto_referer;
        o.secrets_everywhere = t.secrets_everywhere;
        o.resend_body_elsewhere = t.body_elsewhere;
        o.redirect_to_http = t.to_http;
        o.proxy_tunnel = t.tunnel;
        return o;
    }

    void set_request(xfer::request& r, const transfer& t) const {
        for (const auto& [name, value] : t.fields) {
            r.add_header(name, place_.filled(value));
        }
        for (const auto& name : t.without) r.without_header(name);
        bool own_agent = t.default_agent;
        for (const auto& [name, value] : t.fields) own_agent |= name == "User-Agent";
        if (!own_agent) r.without_header("User-Agent");
        if (t.on_unix_socket) r.unix_socket(place_.unix_path);
        if (t.refuse_body) {
            r.sink(xfer::to_function([](std::string_view) {
                return std::make_error_code(std::errc::no_space_on_device);
            }));
        }
        if (t.abort)
            r.on_progress([](const xfer::progress& p) { return p.received == 0; });
    }

    void set_body(xfer::request& r, const transfer& t) const {
        if (t.body) r.body(*t.body);
        if (t.given) r.body(giving(*t.given));
        xfer::form form;
        for (const auto& [name, value] : t.form) form.add(name, value);
        if (!t.form.empty()) r.body(form);
        if (t.parts.empty()) return;
        xfer::multipart parts;
        for (const auto& p : t.parts) add_part(parts, p);
        r.body(parts);
    }

    void add_part(xfer::multipart& to, const form_part& p) const {
        const xfer::part_options o{.filename = p.filename, .content_type = p.type};
        if (p.from_file) {
            const auto path = place_.write(p.filename, p.content);
            to.add_file(p.name, path, {.content_type = p.type});
        } else if (p.is_given) {
            to.add(p.name, giving({{p.content}, false}), o);
        } else {
            to.add(p.name, p.content, o);
        }
    }

    void set_user(xfer::request& r, const transfer& t) const {
        if (t.ways != xfer::auth::none) {
            xfer::credentials who(t.user, t.password, t.ways);
            r.credentials(who.allow_cleartext_password(t.cleartext));
        }
        if (!t.token.empty()) r.credentials(xfer::credentials::bearer(t.token));
        if (!t.netrc.empty()) r.netrc(place_.write("netrc", place_.filled(t.netrc)));
        if (t.cookies) r.cookies(jar_);
    }

    void set_conditions(xfer::request& r, const transfer& t) const {
        if (!t.range.empty()) r.range(t.range);
        if (t.modified_since) r.if_modified_since(*t.modified_since);
        if (t.unmodified_since) r.if_unmodified_since(*t.unmodified_since);
        if (t.file.empty()) return;
        const auto mode = t.resume ? xfer::file_mode::resume : xfer::file_mode::replace;
        r.to_file(place_.file(t.file), mode);
    }

    void set_proxy(xfer::request& r, const transfer& t) const {
        if (t.proxy.empty()) return;
        xfer::proxy_rules rules;
        rules.for_all(place_.filled(t.proxy)).except(place_.filled(t.no_proxy));
        r.proxies(rules);
        r.proxy_auth(t.proxy_ways);
        if (t.trusts == trust::test_ca) {
            r.proxy_tls(xfer::tls().ca_file(place_.ca_file));
        }
    }

    void set_tls(xfer::request& r, const transfer& t) const {
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
    std::shared_ptr<xfer::cookie_jar> jar_ = std::make_shared<xfer::cookie_jar>();
    xfer::multi multi_;
    std::map<std::string, xfer::transfer_id> ids_;
};

}  // namespace

std::unique_ptr<client> make_xfer_client(const place& p, limits l) {
    return std::make_unique<xfer_client>(p, l);
}

}  // namespace differential

// Debian's libcurl as a client of the differential test.
#include "language.hpp"
#include "support/scratch.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <stdexcept>

namespace differential {

namespace {

struct global_curl {
    global_curl() { curl_global_init(CURL_GLOBAL_DEFAULT); }
    ~global_curl() { curl_global_cleanup(); }
};

/// Both kinds of handle are void in curl's header, so each has a type of its own here.
struct free_easy {
    void operator()(CURL* h) const { curl_easy_cleanup(h); }
};
struct free_multi {
    void operator()(CURLM* h) const { curl_multi_cleanup(h); }
};
struct free_list {
    void operator()(curl_slist* l) const { curl_slist_free_all(l); }
};
struct free_share {
    void operator()(CURLSH* s) const { curl_share_cleanup(s); }
};
struct free_mime {
    void operator()(curl_mime* m) const { curl_mime_free(m); }
};
struct free_text {
    void operator()(char* t) const { curl_free(t); }
};

/// An easy handle and what its callbacks need.
struct easy {
    std::string name;
    std::unique_ptr<CURL, free_easy> handle{curl_easy_init()};
    std::unique_ptr<curl_slist, free_list> fields;
    std::unique_ptr<curl_slist, free_list> hosts;
    std::unique_ptr<curl_mime, free_mime> mime;
    transfer what;
    std::string received;
    std::ofstream file;
    std::size_t piece = 0;   ///< of a given body
    std::size_t offset = 0;  ///< in that piece
};

std::size_t on_write(char* data, std::size_t, std::size_t size, void* self) {
    auto& e = *static_cast<easy*>(self);
    if (e.what.refuse_body) return 0;
    e.received.append(data, size);
    if (e.file.is_open()) e.file.write(data, static_cast<std::streamsize>(size));
    return size;
}

std::size_t on_read(char* space, std::size_t, std::size_t size, void* self) {
    auto& e = *static_cast<easy*>(self);
    const auto& pieces = e.what.given->pieces;
    if (e.piece == pieces.size()) return 0;
    const auto& now = pieces[e.piece];
    const auto n = std::min(size, now.size() - e.offset);
    now.copy(space, n, e.offset);
    e.offset += n;
    if (e.offset == now.size()) {
        ++e.piece;
        e.offset = 0;
    }
    return n;
}

int on_seek(void* self, curl_off_t, int) {
    auto& e = *static_cast<easy*>(self);
    if (e.what.given->once) return CURL_SEEKFUNC_CANTSEEK;
    e.piece = e.offset = 0;
    return CURL_SEEKFUNC_OK;
}

/// A part that a function gives, once.
struct given_part {
    std::string content;
    std::size_t offset = 0;
};
std::size_t on_read_part(char* space, std::size_t, std::size_t size, void* self) {
    auto& p = *static_cast<given_part*>(self);
    const auto n = p.content.copy(space, size, p.offset);
    p.offset += n;
    return n;
}
int on_seek_part(void* self, curl_off_t offset, int) {
    static_cast<given_part*>(self)->offset = static_cast<std::size_t>(offset);
    return CURL_SEEKFUNC_OK;
}
void on_free_part(void* self) { delete static_cast<given_part*>(self); }

void add_line(std::unique_ptr<curl_slist, free_list>& to, const std::string& text) {
    auto* longer = curl_slist_append(to.get(), text.c_str());
    static_cast<void>(to.release());
    to.reset(longer);
}

unsigned long curl_ways(xfer::auth ways) {
    unsigned long bits = 0;
    if (contains(ways, xfer::auth::basic)) bits |= CURLAUTH_BASIC;
    if (contains(ways, xfer::auth::digest)) bits |= CURLAUTH_DIGEST;
    return bits;
}

int on_progress(void*, curl_off_t, curl_off_t now, curl_off_t, curl_off_t) {
    return now > 0 ? 1 : 0;
}

class curl_client final : public client {
 public:
    curl_client(const place& p, limits l) : place_(p) {
        static const global_curl once;
        multi_.reset(curl_multi_init());
        jar_.reset(curl_share_init());
        curl_share_setopt(jar_.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
        const auto limit = [this](CURLMoption o, std::size_t n) {
            if (n) curl_multi_setopt(multi_.get(), o, static_cast<long>(n));
        };
        limit(CURLMOPT_MAX_HOST_CONNECTIONS, l.connections_per_host);
        limit(CURLMOPT_MAX_TOTAL_CONNECTIONS, l.connections);
    }
    ~curl_client() override {
        for (auto& [name, e] : all_) {
            curl_multi_remove_handle(multi_.get(), e->handle.get());
        }
        all_.clear();  // before what they share
    }

    void add(const std::string& name, const transfer& t) override {
        auto e = std::make_unique<easy>();
        e->name = name;
        e->what = t;
        set_request(*e);
        set_body(*e);
        set_parts(*e);
        set_options(*e);
        set_user(*e);
        set_conditions(*e);
        set_proxy(*e);
        set_tls(*e);
        if (curl_multi_add_handle(multi_.get(), e->handle.get()) != CURLM_OK) {
            throw std::runtime_error("libcurl refused the transfer");
        }
        all_[name] = std::move(e);
    }

    bool remove(const std::string& name) override {
        auto& e = all_.at(name);
        return curl_multi_remove_handle(multi_.get(), e->handle.get()) == CURLM_OK;
    }
    void pause(const std::string& name) override {
        curl_easy_pause(all_.at(name)->handle.get(), CURLPAUSE_ALL);
    }
    void resume(const std::string& name) override {
        curl_easy_pause(all_.at(name)->handle.get(), CURLPAUSE_CONT);
    }
    std::size_t perform() override {
        int running = 0;
        if (curl_multi_perform(multi_.get(), &running) != CURLM_OK) {
            throw std::runtime_error("curl_multi_perform failed");
        }
        return static_cast<std::size_t>(running);
    }
    void wait(milliseconds most) override {
        const auto ms = static_cast<int>(most.count());
        curl_multi_poll(multi_.get(), nullptr, 0, ms, nullptr);
    }
    std::size_t received(const std::string& name) const override {
        return all_.at(name)->received.size();
    }

    std::optional<outcome> info_read(std::size_t& left) override {
        int remaining = 0;
        const CURLMsg* m = curl_multi_info_read(multi_.get(), &remaining);
        if (!m) return std::nullopt;
        left = static_cast<std::size_t>(remaining);
        easy* e = nullptr;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &e);
        long status = 0;
        curl_easy_getinfo(m->easy_handle, CURLINFO_RESPONSE_CODE, &status);
        outcome o{e->name, m->data.result, static_cast<int>(status), e->received};
        if (e->file.is_open()) {
            e->file.close();
            o.body = support::read_file(place_.file(e->what.file));
        }
        curl_multi_remove_handle(multi_.get(), e->handle.get());
        return o;
    }

    void load_cookies(const std::string& path) override {
        const auto e = keeper_of_cookies();
        set(*e, CURLOPT_COOKIEFILE, path.c_str());
        set(*e, CURLOPT_COOKIELIST, "RELOAD");
    }
    void save_cookies(const std::string& path) override {
        const auto e = keeper_of_cookies();
        set(*e, CURLOPT_COOKIEJAR, path.c_str());
        set(*e, CURLOPT_COOKIELIST, "FLUSH");
    }

 private:
    /// A handle that transfers nothing, for the jar.
    [[nodiscard]] std::unique_ptr<easy> keeper_of_cookies() const {
        auto e = std::make_unique<easy>();
        set(*e, CURLOPT_SHARE, jar_.get());
        return e;
    }

    template <class T>
    static void set(const easy& e, CURLoption o, T value) {
        if (const auto code = curl_easy_setopt(e.handle.get(), o, value)) {
            throw std::runtime_error(curl_easy_strerror(code));
        }
    }

    void set_request(easy& e) {
        const auto& t = e.what;
        const bool on_server = t.target.starts_with('/');
        const auto url =
            on_server ? place_.base_url + t.target : place_.filled(t.target);
        set(e, CURLOPT_URL, url.c_str());
        set(e, CURLOPT_PRIVATE, &e);
        set(e, CURLOPT_NOSIGNAL, 1L);
        for (const auto port : place_.ports) {
            add_line(e.hosts, "*:" + std::to_string(port) + ":127.0.0.1");
        }
        set(e, CURLOPT_RESOLVE, e.hosts.get());
        set(e, CURLOPT_WRITEFUNCTION, &on_write);
        set(e, CURLOPT_WRITEDATA, &e);
        const auto line = [&](const std::string& text) { add_line(e.fields, text); };
        for (const auto& [name, value] : t.fields) {
            // curl's way of saying that the value is empty.
            line(value.empty() ? name + ';' : name + ": " + place_.filled(value));
        }
        for (const auto& name : t.without) line(name + ':');
        if (t.expect) line("Expect: 100-continue");
        if (e.fields) set(e, CURLOPT_HTTPHEADER, e.fields.get());
        // libcurl sends no User-Agent by itself.
    }

    static void set_body(easy& e) {
        const auto& t = e.what;
        if (t.body) {
            const auto size = static_cast<curl_off_t>(t.body->size());
            set(e, CURLOPT_POSTFIELDSIZE_LARGE, size);
            set(e, CURLOPT_COPYPOSTFIELDS, t.body->data());
        }
        if (t.given) {
            set(e, t.method == "POST" ? CURLOPT_POST : CURLOPT_UPLOAD, 1L);
            set(e, CURLOPT_READFUNCTION, &on_read);
            set(e, CURLOPT_READDATA, &e);
            set(e, CURLOPT_SEEKFUNCTION, &on_seek);
            set(e, CURLOPT_SEEKDATA, &e);
            if (t.given->length_known) {
                curl_off_t size = 0;
                for (const auto& p : t.given->pieces) {
                    size += static_cast<curl_off_t>(p.size());
                }
                const bool post = t.method == "POST";
                set(e,
                    post ? CURLOPT_POSTFIELDSIZE_LARGE : CURLOPT_INFILESIZE_LARGE,
                    size);
            }
        }
        if (t.method == "HEAD") {
            set(e, CURLOPT_NOBODY, 1L);
        } else {
            // Else curl would keep the method, whatever a redirect says.
            const bool posts = t.body || !t.form.empty() || !t.parts.empty();
            const bool made = t.method == (posts ? "POST" : "GET") ||
                              (t.given && (t.method == "POST" || t.method == "PUT"));
            if (!made) set(e, CURLOPT_CUSTOMREQUEST, t.method.c_str());
        }
        const auto ms = t.expect_timeout.count();
        if (ms) set(e, CURLOPT_EXPECT_100_TIMEOUT_MS, static_cast<long>(ms));
    }

    void set_parts(easy& e) {
        const auto& t = e.what;
        std::string text;
        const auto escaped = [&](const std::string& plain) {
            const std::unique_ptr<char, free_text> c(curl_easy_escape(
                e.handle.get(), plain.data(), static_cast<int>(plain.size())
            ));
            return std::string(c.get());
        };
        for (const auto& [name, value] : t.form) {
            if (!text.empty()) text += '&';
            text += escaped(name) + '=' + escaped(value);
        }
        if (!t.form.empty()) set(e, CURLOPT_COPYPOSTFIELDS, text.c_str());
        if (t.parts.empty()) return;
        e.mime.reset(curl_mime_init(e.handle.get()));
        for (const auto& p : t.parts) add_part(e, p);
        set(e, CURLOPT_MIMEPOST, e.mime.get());
    }

    void add_part(easy& e, const form_part& p) const {
        auto* part = curl_mime_addpart(e.mime.get());
        curl_mime_name(part, p.name.c_str());
        if (p.from_file) {
            const auto path = place_.write(p.filename, p.content);
            curl_mime_filedata(part, path.c_str());
        } else if (p.is_given) {
            auto given = std::make_unique<given_part>(given_part{p.content});
            curl_mime_data_cb(
                part, -1, &on_read_part, &on_seek_part, &on_free_part, given.release()
            );
        } else {
            curl_mime_data(part, p.content.data(), p.content.size());
        }
        if (!p.from_file && !p.filename.empty()) {
            curl_mime_filename(part, p.filename.c_str());
        }
        if (!p.type.empty()) curl_mime_type(part, p.type.c_str());
    }

    void set_user(easy& e) {
        const auto& t = e.what;
        if (t.ways != xfer::auth::none) {
            set(e, CURLOPT_USERNAME, t.user.c_str());
            set(e, CURLOPT_PASSWORD, t.password.c_str());
            set(e, CURLOPT_HTTPAUTH, curl_ways(t.ways));
        }
        if (!t.token.empty()) {
            set(e, CURLOPT_XOAUTH2_BEARER, t.token.c_str());
            set(e, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
        }
        if (!t.netrc.empty()) {
            const auto path = place_.write("netrc", place_.filled(t.netrc));
            set(e, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_OPTIONAL));
            set(e, CURLOPT_NETRC_FILE, path.c_str());
        }
        if (t.cookies) {
            set(e, CURLOPT_SHARE, jar_.get());
            set(e, CURLOPT_COOKIEFILE, "");
        }
    }

    void set_conditions(easy& e) {
        const auto& t = e.what;
        if (!t.range.empty()) set(e, CURLOPT_RANGE, t.range.c_str());
        const auto condition = [&](curl_TimeCond c, std::chrono::sys_seconds when) {
            set(e, CURLOPT_TIMECONDITION, static_cast<long>(c));
            set(e,
                CURLOPT_TIMEVALUE_LARGE,
                static_cast<curl_off_t>(when.time_since_epoch().count()));
        };
        if (t.modified_since) condition(CURL_TIMECOND_IFMODSINCE, *t.modified_since);
        if (t.unmodified_since) {
            condition(CURL_TIMECOND_IFUNMODSINCE, *t.unmodified_since);
        }
        if (t.file.empty()) return;
        const auto path = place_.file(t.file);
        if (t.resume) {
            const auto size = support::read_file(path).size();
            set(e, CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(size));
        }
        e.file.open(path, t.resume ? std::ios::app : std::ios::trunc);
    }

    void set_proxy(easy& e) {
        const auto& t = e.what;
        set(e, CURLOPT_PROXY, place_.filled(t.proxy).c_str());
        if (t.proxy.empty()) return;
        set(e, CURLOPT_NOPROXY, place_.filled(t.no_proxy).c_str());
        set(e, CURLOPT_PROXYAUTH, curl_ways(t.proxy_ways));
        // xfer knows no Kerberos, which curl offers to a proxy otherwise.
        set(e, CURLOPT_SOCKS5_AUTH, CURLAUTH_BASIC);
        if (t.tunnel) set(e, CURLOPT_HTTPPROXYTUNNEL, 1L);
        if (t.trusts == trust::test_ca) {
            set(e, CURLOPT_PROXY_CAINFO, place_.ca_file.c_str());
        }
    }

    void set_redirects(easy& e) {
        const auto& t = e.what;
        if (t.redirects == 0) return;
        set(e, CURLOPT_FOLLOWLOCATION, 1L);
        set(e, CURLOPT_MAXREDIRS, static_cast<long>(t.redirects));
        if (t.keep_post)
            set(e, CURLOPT_POSTREDIR, static_cast<long>(CURL_REDIR_POST_ALL));
        if (t.auto_referer) set(e, CURLOPT_AUTOREFERER, 1L);
        if (t.secrets_everywhere) set(e, CURLOPT_UNRESTRICTED_AUTH, 1L);
    }

    void set_options(easy& e) {
        set_redirects(e);
        const auto& t = e.what;
        const auto milli = [&](CURLoption o, milliseconds d) {
            if (d.count()) set(e, o, static_cast<long>(d.count()));
        };
        milli(CURLOPT_TIMEOUT_MS, t.total_timeout);
        milli(CURLOPT_CONNECTTIMEOUT_MS, t.connect_timeout);
        if (t.low_speed_limit) {
            set(e, CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(t.low_speed_limit));
            set(e, CURLOPT_LOW_SPEED_TIME, static_cast<long>(t.low_speed_time.count()));
        }
        if (t.max_body) {
            set(e, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(t.max_body));
        }
        if (t.fail_on_error) set(e, CURLOPT_FAILONERROR, 1L);
        if (t.fresh) set(e, CURLOPT_FRESH_CONNECT, 1L);
        if (t.forbid_reuse) set(e, CURLOPT_FORBID_REUSE, 1L);
        if (t.on_unix_socket) {
            set(e, CURLOPT_UNIX_SOCKET_PATH, place_.unix_path.c_str());
        }
        if (t.decode) set(e, CURLOPT_ACCEPT_ENCODING, "");
        if (t.abort) {
            set(e, CURLOPT_NOPROGRESS, 0L);
            set(e, CURLOPT_XFERINFOFUNCTION, &on_progress);
        }
    }

    void set_tls(easy& e) {
        switch (e.what.trusts) {
            case trust::system:
                break;
            case trust::test_ca:
                set(e, CURLOPT_CAINFO, place_.ca_file.c_str());
                break;
            case trust::broken_ca:
                set(e, CURLOPT_CAINFO, place_.broken_ca_file.c_str());
                break;
            case trust::anyone:
                set(e, CURLOPT_SSL_VERIFYPEER, 0L);
                set(e, CURLOPT_SSL_VERIFYHOST, 0L);
                break;
        }
    }

    place place_;
    std::unique_ptr<CURLSH, free_share> jar_;
    std::unique_ptr<CURLM, free_multi> multi_;
    std::map<std::string, std::unique_ptr<easy>> all_;
};

}  // namespace

std::unique_ptr<client> make_curl_client(const place& p, limits l) {
    return std::make_unique<curl_client>(p, l);
}

}  // namespace differential

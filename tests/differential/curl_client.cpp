// Debian's libcurl as a client of the differential test.
#include "language.hpp"

#include <curl/curl.h>

#include <algorithm>
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

/// An easy handle and what its callbacks need.
struct easy {
    std::string name;
    std::unique_ptr<CURL, free_easy> handle{curl_easy_init()};
    std::unique_ptr<curl_slist, free_list> fields;
    transfer what;
    std::string received;
    std::size_t piece = 0;   ///< of a given body
    std::size_t offset = 0;  ///< in that piece
};

std::size_t on_write(char* data, std::size_t, std::size_t size, void* self) {
    auto& e = *static_cast<easy*>(self);
    if (e.what.refuse_body) return 0;
    e.received.append(data, size);
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

int on_progress(void*, curl_off_t, curl_off_t now, curl_off_t, curl_off_t) {
    return now > 0 ? 1 : 0;
}

class curl_client final : public client {
 public:
    curl_client(const place& p, limits l) : place_(p) {
        static const global_curl once;
        multi_.reset(curl_multi_init());
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
    }

    void add(const std::string& name, const transfer& t) override {
        auto e = std::make_unique<easy>();
        e->name = name;
        e->what = t;
        set_request(*e);
        set_body(*e);
        set_options(*e);
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
        curl_multi_remove_handle(multi_.get(), e->handle.get());
        return o;
    }

 private:
    template <class T>
    static void set(const easy& e, CURLoption o, T value) {
        if (const auto code = curl_easy_setopt(e.handle.get(), o, value)) {
            throw std::runtime_error(curl_easy_strerror(code));
        }
    }

    void set_request(easy& e) {
        const auto& t = e.what;
        const bool on_server = t.target.starts_with('/');
        const auto url = on_server ? place_.base_url + t.target : t.target;
        set(e, CURLOPT_URL, url.c_str());
        set(e, CURLOPT_PRIVATE, &e);
        set(e, CURLOPT_NOSIGNAL, 1L);
        set(e, CURLOPT_PROXY, "");
        set(e, CURLOPT_WRITEFUNCTION, &on_write);
        set(e, CURLOPT_WRITEDATA, &e);
        const auto line = [&](const std::string& text) {
            auto* longer = curl_slist_append(e.fields.get(), text.c_str());
            static_cast<void>(e.fields.release());
            e.fields.reset(longer);
        };
        for (const auto& [name, value] : t.fields) {
            // curl's way of saying that the value is empty.
            line(value.empty() ? name + ';' : name + ": " + value);
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
            const bool made = t.body ? t.method == "POST" : t.method == "GET";
            if (!made) set(e, CURLOPT_CUSTOMREQUEST, t.method.c_str());
        }
        const auto ms = t.expect_timeout.count();
        if (ms) set(e, CURLOPT_EXPECT_100_TIMEOUT_MS, static_cast<long>(ms));
    }

    void set_options(easy& e) {
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
    std::unique_ptr<CURLM, free_multi> multi_;
    std::map<std::string, std::unique_ptr<easy>> all_;
};

}  // namespace

std::unique_ptr<client> make_curl_client(const place& p, limits l) {
    return std::make_unique<curl_client>(p, l);
}

}  // namespace differential

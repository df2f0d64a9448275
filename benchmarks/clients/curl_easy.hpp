// The easy handles that both libcurl clients use: set up once, used again and again.
#pragma once

#include "common.hpp"

#include <curl/curl.h>

#include <deque>

namespace bench {

inline void check(CURLcode c) {
    if (c != CURLE_OK) fail(curl_easy_strerror(c));
}
inline void check(CURLMcode c) {
    if (c != CURLM_OK) fail(curl_multi_strerror(c));
}

/// A multi handle and the easy handles that are, or were, in it.
class curl_handles {
 public:
    explicit curl_handles(const job& j) : job_(j) {
        check(curl_global_init(CURL_GLOBAL_DEFAULT));
        multi = curl_multi_init();
        // Each transfer's connection may stay for the next one.
        const std::size_t kept = j.what == workload::idle ? 10 : j.parallel;
        check(curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, static_cast<long>(kept)));
        if (j.what == workload::save && !(file_ = std::fopen("saved", "wb"))) {
            fail("cannot write \"saved\"");
        }
        if (j.https) {
            // Before 8.12 each easy handle has a cache of sessions for itself.
            share_ = curl_share_init();
            curl_share_setopt(share_, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
        }
    }
    curl_handles(const curl_handles&) = delete;
    curl_handles& operator=(const curl_handles&) = delete;
    ~curl_handles() {
        for (auto& t : transfers_) {
            curl_multi_remove_handle(multi, t.easy);
            curl_easy_cleanup(t.easy);
        }
        curl_multi_cleanup(multi);
        if (share_) curl_share_cleanup(share_);
        if (file_) std::fclose(file_);
    }

    /// Adds a transfer with an easy handle of its own.
    void add_new() {
        auto& t = transfers_.emplace_back();
        t.file = file_;
        t.easy = curl_easy_init();
        set_up(t);
        check(curl_multi_add_handle(multi, t.easy));
    }

    /// Reads what has ended, and adds each handle again while there is more to do.
    void read_messages(tally& counts) {
        int left = 0;
        while (const CURLMsg* m = curl_multi_info_read(multi, &left)) {
            if (m->msg != CURLMSG_DONE) continue;
            check(m->data.result);
            CURL* easy = m->easy_handle;
            long status = 0;
            transfer* t = nullptr;
            curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
            curl_easy_getinfo(easy, CURLINFO_PRIVATE, &t);
            counts.finish_one(static_cast<int>(status), t->received);
            t->received = 0;
            check(curl_multi_remove_handle(multi, easy));
            if (counts.start_one()) check(curl_multi_add_handle(multi, easy));
        }
    }

    CURLM* multi = nullptr;

 private:
    struct transfer {
        CURL* easy = nullptr;
        std::uint64_t received = 0;
        std::FILE* file = nullptr;
    };

    static std::size_t on_write(char* data, std::size_t, std::size_t n, void* user) {
        auto& t = *static_cast<transfer*>(user);
        t.received += n;
        return t.file ? std::fwrite(data, 1, n, t.file) : n;
    }

    void set_up(transfer& t) const {
        CURL* easy = t.easy;
        check(curl_easy_setopt(easy, CURLOPT_URL, job_.url.c_str()));
        check(curl_easy_setopt(easy, CURLOPT_PRIVATE, &t));
        check(curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &on_write));
        check(curl_easy_setopt(easy, CURLOPT_WRITEDATA, &t));
        check(curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L));
        check(curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1));
        if (job_.what == workload::download || job_.what == workload::save) {
            check(curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 256L * 1024));
        }
        if (job_.https) {
            check(curl_easy_setopt(easy, CURLOPT_CAINFO, job_.ca_file.c_str()));
            // With a directory, libcurl would read the certificates anew for each
            // connection.
            check(curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr));
            check(curl_easy_setopt(easy, CURLOPT_SHARE, share_));
        }
    }

    const job& job_;
    CURLSH* share_ = nullptr;
    std::FILE* file_ = nullptr;
    std::deque<transfer> transfers_;
};

}  // namespace bench

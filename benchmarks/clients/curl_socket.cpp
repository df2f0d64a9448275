// libcurl's multi interface by curl_multi_socket_action, on an epoll set of our own.
#include "curl_easy.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

namespace {

class event_loop {
 public:
    explicit event_loop(CURLM* multi) : multi_(multi) {
        bench::check(curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &on_socket));
        bench::check(curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this));
        bench::check(curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &on_timer));
        bench::check(curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this));
    }
    event_loop(const event_loop&) = delete;
    event_loop& operator=(const event_loop&) = delete;
    ~event_loop() {
        // The multi handle lives longer, and calls while it is cleaned up.
        curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, nullptr);
        curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, nullptr);
        ::close(epoll_);
    }

    /// Waits for sockets and libcurl's timer, at most so long, and tells libcurl.
    /// False: nothing happened.
    bool turn(int most_milliseconds) {
        const int n = ::epoll_wait(
            epoll_,
            events_.data(),
            static_cast<int>(events_.size()),
            std::min(most_milliseconds, until_timer())
        );
        if (n < 0 && errno != EINTR) bench::fail("epoll_wait");
        for (int i = 0; i < n; ++i) {
            const auto& e = events_[static_cast<std::size_t>(i)];
            int what = 0;
            if (e.events & EPOLLIN) what |= CURL_CSELECT_IN;
            if (e.events & EPOLLOUT) what |= CURL_CSELECT_OUT;
            if (e.events & (EPOLLERR | EPOLLHUP)) what |= CURL_CSELECT_ERR;
            act(e.data.fd, what);
        }
        const bool due = until_timer() == 0;
        if (due) {
            timer_set_ = false;
            act(CURL_SOCKET_TIMEOUT, 0);
        }
        return n > 0 || due;
    }

    [[nodiscard]] int running() const { return running_; }

 private:
    void act(curl_socket_t s, int what) {
        bench::check(curl_multi_socket_action(multi_, s, what, &running_));
    }

    [[nodiscard]] int until_timer() const {
        if (!timer_set_) return INT32_MAX;
        const auto left = (timer_ - bench::seconds(CLOCK_MONOTONIC)) * 1e3;
        return left <= 0 ? 0 : static_cast<int>(left) + 1;
    }

    static int on_socket(CURL*, curl_socket_t s, int what, void* user, void* known) {
        auto* self = static_cast<event_loop*>(user);
        if (what == CURL_POLL_REMOVE) {
            ::epoll_ctl(self->epoll_, EPOLL_CTL_DEL, s, nullptr);
            return 0;
        }
        epoll_event e{};
        if (what & CURL_POLL_IN) e.events |= EPOLLIN;
        if (what & CURL_POLL_OUT) e.events |= EPOLLOUT;
        e.data.fd = s;
        ::epoll_ctl(self->epoll_, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, s, &e);
        if (!known) curl_multi_assign(self->multi_, s, self);
        return 0;
    }

    static int on_timer(CURLM*, long milliseconds, void* user) {
        auto* self = static_cast<event_loop*>(user);
        self->timer_set_ = milliseconds >= 0;
        self->timer_ = bench::seconds(CLOCK_MONOTONIC) +
                       static_cast<double>(std::max(milliseconds, 0L)) * 1e-3;
        return 0;
    }

    CURLM* multi_;
    const int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    std::array<epoll_event, 256> events_;
    bool timer_set_ = false;
    double timer_ = 0;
    int running_ = 0;
};

void transfer(const bench::job& j) {
    bench::curl_handles handles(j);
    event_loop loop(handles.multi);
    bench::tally tally(j);
    for (std::size_t i = 0; i < j.parallel && tally.start_one(); ++i) {
        handles.add_new();
    }
    while (!tally.done()) {
        loop.turn(1000);
        handles.read_messages(tally);
    }
    tally.print();
}

void idle(const bench::job& j) {
    bench::curl_handles handles(j);
    event_loop loop(handles.multi);
    std::size_t added = 0;
    bench::run_idle(
        j,
        [&](std::size_t n) {
            added += n;
            while (n-- > 0) handles.add_new();
        },
        [&] {
            while (loop.turn(50)) {
            }
            if (static_cast<std::size_t>(loop.running()) != added) {
                bench::fail("some ended");
            }
        },
        [&] { loop.turn(0); }
    );
}

}  // namespace

int main(int argc, char** argv) {
    return bench::run_client(argc, argv, curl_version(), transfer, idle);
}

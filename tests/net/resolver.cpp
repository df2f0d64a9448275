// xfer/net/resolver.hpp: one lookup per name, cached, abandoned without waiting.
#include <xfer/error.hpp>
#include <xfer/net/resolver.hpp>

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <netdb.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <future>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>

using namespace std::chrono_literals;
using xfer::error;
using xfer::time_point;
using xfer::net::resolver;
using xfer::net::worker_pool;

namespace {

struct heard final : resolver::listener {
    void resolved(resolver::answer_ptr found) noexcept override {
        ++calls;
        promise.set_value(std::move(found));
    }
    resolver::answer_ptr wait() { return future.get(); }

    std::promise<resolver::answer_ptr> promise;
    std::future<resolver::answer_ptr> future = promise.get_future();
    std::atomic<int> calls = 0;
};

resolver::answer one_address(const char* text) {
    resolver::answer a;
    a.addresses.push_back(asio::ip::make_address(text));
    return a;
}

/// A name service in memory, shared with the worker threads. Names that begin with
/// "hang" wait until release().
struct names {
    resolver::answer operator()(const std::string& host) {
        {
            std::lock_guard lock(mutex);
            ++asked[host];
        }
        if (host.starts_with("hang")) {
            opened.wait();
        }
        if (host.starts_with("bad")) {
            resolver::answer a;
            a.ec = error::resolve_failed;
            a.system_code = EAI_NONAME;
            return a;
        }
        if (host.starts_with("fdless")) {
            resolver::answer a;
            a.ec = error::no_descriptors;
            a.system_code = EMFILE;
            return a;
        }
        return one_address("192.0.2.1");
    }
    int count(const std::string& host) {
        std::lock_guard lock(mutex);
        return asked[host];
    }
    void release() { gate.set_value(); }

    std::mutex mutex;
    std::map<std::string, int> asked;
    std::promise<void> gate;
    std::shared_future<void> opened = gate.get_future().share();
};

struct fixture {
    explicit fixture(resolver::settings s = {}, worker_pool::limits l = {})
        : service(std::make_shared<names>()), pool(std::make_shared<worker_pool>(l)) {
        if (!s.system) {
            s.system = [n = service](const std::string& host) { return (*n)(host); };
        }
        s.clock = [at = stamp] { return time_point(at->load()); };
        subject = std::make_shared<resolver>(pool, std::move(s));
    }
    resolver::answer_ptr ask(std::string_view host) {
        auto l = std::make_shared<heard>();
        auto at_once = subject->lookup(host, now(), l);
        return at_once ? at_once : l->wait();
    }
    time_point now() const { return time_point(stamp->load()); }
    void advance(xfer::duration d) { *stamp = stamp->load() + d; }

    std::shared_ptr<std::atomic<xfer::duration>> stamp =
        std::make_shared<std::atomic<xfer::duration>>(xfer::duration(1h));
    std::shared_ptr<names> service;
    std::shared_ptr<worker_pool> pool;
    std::shared_ptr<resolver> subject;
};

/// Gives other threads the processor until the condition holds; at most 10 s.
template <typename F>
bool eventually(F condition) {
    const auto limit = std::chrono::steady_clock::now() + 10s;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > limit) {
            return false;
        }
        std::this_thread::sleep_for(1ms);
    }
    return true;
}

}  // namespace

TEST_CASE("resolver: an address is its own answer", "[net][resolver]") {
    fixture f;
    const auto text =
        GENERATE("192.0.2.7", "2001:db8::7", "::1", "::ffff:192.0.2.7", "fe80::1%1");
    const auto found = f.subject->lookup(text, f.now(), nullptr);
    REQUIRE(found);
    CHECK_FALSE(found->ec);
    REQUIRE(found->addresses.size() == 1);
    CHECK(found->addresses[0] == asio::ip::make_address(text));
    CHECK(f.pool->count().started == 0);
}

TEST_CASE("resolver: what is not quite an address is not one", "[net][resolver]") {
    using namespace std::string_view_literals;
    const auto text = GENERATE(
        ""sv,
        "1.2.3"sv,
        "1.2.3.4.5"sv,
        "256.1.1.1"sv,
        "0x7f.0.0.1"sv,
        "127.1"sv,
        "01.2.3.4"sv,
        "[::1]"sv,
        ":::1"sv,
        "a.example"sv,
        "127.0.0.1\0"sv,
        "127.0.0.1\0.example"sv
    );
    CHECK_FALSE(resolver::literal(text));
}

TEST_CASE("resolver: localhost is answered without asking", "[net][resolver]") {
    fixture f;
    const auto host = GENERATE(
        "localhost", "LocalHost", "localhost.", "a.b.localhost", "x.LOCALHOST."
    );
    const auto found = f.subject->lookup(host, f.now(), nullptr);
    REQUIRE(found);
    REQUIRE(found->addresses.size() == 2);
    CHECK(found->addresses[0].to_string() == "::1");
    CHECK(found->addresses[1].to_string() == "127.0.0.1");
}

TEST_CASE(
    "resolver: names that merely look like localhost are asked for", "[net][resolver]"
) {
    CHECK_FALSE(resolver::is_localhost("notlocalhost"));
    CHECK_FALSE(resolver::is_localhost("localhost.example"));
    CHECK_FALSE(resolver::is_localhost(".localhost"));
    CHECK_FALSE(resolver::is_localhost("localhos"));
    CHECK_FALSE(resolver::is_localhost("localhost.."));
    CHECK_FALSE(resolver::is_localhost(""));
}

TEST_CASE(
    "resolver: an empty name and one with a NUL fail at once", "[net][resolver]"
) {
    using namespace std::string_view_literals;
    fixture f;
    for (const auto host : {""sv, "a\0b.example"sv}) {
        const auto found = f.subject->lookup(host, f.now(), nullptr);
        REQUIRE(found);
        CHECK(found->ec == error::resolve_failed);
    }
}

TEST_CASE("resolver: one lookup serves all who ask meanwhile", "[net][resolver]") {
    fixture f;
    std::vector<std::shared_ptr<heard>> all;
    for (int i = 0; i < 20; ++i) {
        all.push_back(std::make_shared<heard>());
        const auto name = i % 2 == 0 ? "hang.example" : "HANG.example";
        CHECK_FALSE(f.subject->lookup(name, f.now(), all.back()));
    }
    f.service->release();
    for (const auto& l : all) {
        CHECK(l->wait()->addresses.size() == 1);
    }
    CHECK(f.service->count("hang.example") == 1);
    for (const auto& l : all) {
        CHECK(l->calls == 1);
    }
}

TEST_CASE(
    "resolver: an answer is kept as long as the settings say", "[net][resolver]"
) {
    fixture f;
    const auto first = f.ask("a.example");
    CHECK(f.ask("A.Example") == first);
    f.advance(60s - 1ns);
    CHECK(f.ask("a.example") == first);
    CHECK(f.service->count("a.example") == 1);
    f.advance(1ns);
    CHECK(f.ask("a.example") != first);
    CHECK(f.service->count("a.example") == 2);
}

TEST_CASE("resolver: a failure is kept for a second", "[net][resolver]") {
    fixture f;
    const auto first = f.ask("bad.example");
    CHECK(first->ec == error::resolve_failed);
    CHECK(first->system_code == EAI_NONAME);
    f.advance(999ms);
    CHECK(f.ask("bad.example") == first);
    f.advance(1ms);
    static_cast<void>(f.ask("bad.example"));
    CHECK(f.service->count("bad.example") == 2);
}

TEST_CASE("resolver: a shortage of descriptors is never kept", "[net][resolver]") {
    fixture f;
    CHECK(f.ask("fdless.example")->ec == error::no_descriptors);
    CHECK(f.ask("fdless.example")->ec == error::no_descriptors);
    CHECK(f.service->count("fdless.example") == 2);
}

TEST_CASE(
    "resolver: the least recently used name is forgotten first", "[net][resolver]"
) {
    resolver::settings s;
    s.max_names = 2;
    fixture f(std::move(s));
    static_cast<void>(f.ask("a.example"));
    static_cast<void>(f.ask("b.example"));
    static_cast<void>(f.ask("a.example"));
    static_cast<void>(f.ask("c.example"));
    static_cast<void>(f.ask("a.example"));
    CHECK(f.service->count("a.example") == 1);
    static_cast<void>(f.ask("b.example"));
    CHECK(f.service->count("b.example") == 2);
}

TEST_CASE("resolver: a hanging name does not delay others", "[net][resolver]") {
    fixture f;
    const auto stuck = std::make_shared<heard>();
    CHECK_FALSE(f.subject->lookup("hang.example", f.now(), stuck));
    CHECK(f.ask("a.example")->addresses.size() == 1);
    CHECK(stuck->calls == 0);
    f.service->release();
    CHECK(stuck->wait());
}

TEST_CASE("resolver: with one thread an abandoned name makes room", "[net][resolver]") {
    fixture f({}, {.max_threads = 1});
    const auto stuck = std::make_shared<heard>();
    CHECK_FALSE(f.subject->lookup("hang.example", f.now(), stuck));
    REQUIRE(eventually([&] { return f.service->count("hang.example") == 1; }));
    f.subject->abandon(*stuck);
    CHECK(stuck.use_count() == 1);
    CHECK(f.ask("a.example")->addresses.size() == 1);
    CHECK(f.pool->count().written_off == 1);
    f.service->release();
    CHECK(eventually([&] { return f.pool->count().written_off == 0; }));
    CHECK(stuck->calls == 0);
}

TEST_CASE(
    "S27: the late answer of an abandoned lookup goes to the resolver's cache",
    "[net][resolver][S27]"
) {
    fixture f;
    const auto stuck = std::make_shared<heard>();
    CHECK_FALSE(f.subject->lookup("hang.example", f.now(), stuck));
    REQUIRE(eventually([&] { return f.service->count("hang.example") == 1; }));
    f.subject->abandon(*stuck);
    f.subject->abandon(*stuck);
    f.service->release();
    CHECK(eventually([&] { return f.pool->count().written_off == 0; }));
    CHECK(f.subject->lookup("hang.example", f.now(), nullptr));
    CHECK(f.service->count("hang.example") == 1);
}

TEST_CASE("resolver: one who abandons leaves the others waiting", "[net][resolver]") {
    fixture f;
    const auto goes = std::make_shared<heard>();
    const auto stays = std::make_shared<heard>();
    CHECK_FALSE(f.subject->lookup("hang.example", f.now(), goes));
    CHECK_FALSE(f.subject->lookup("hang.example", f.now(), stays));
    f.subject->abandon(*goes);
    CHECK(f.pool->count().written_off == 0);
    f.service->release();
    CHECK(stays->wait()->addresses.size() == 1);
    CHECK(goes->calls == 0);
}

TEST_CASE("resolver: its destructor returns while a lookup hangs", "[net][resolver]") {
    fixture f;
    const auto stuck = std::make_shared<heard>();
    CHECK_FALSE(f.subject->lookup("hang.example", f.now(), stuck));
    REQUIRE(eventually([&] { return f.service->count("hang.example") == 1; }));
    f.subject.reset();
    CHECK(stuck.use_count() == 1);
    f.service->release();
    CHECK(eventually([&] { return f.pool->count().written_off == 0; }));
    CHECK(stuck->calls == 0);
}

TEST_CASE(
    "S27: resolver and pool may go while a lookup hangs", "[net][resolver][S27]"
) {
    auto service = std::make_shared<names>();
    const auto stuck = std::make_shared<heard>();
    {
        fixture f;
        service = f.service;
        CHECK_FALSE(f.subject->lookup("hang.example", f.now(), stuck));
        REQUIRE(eventually([&] { return f.service->count("hang.example") == 1; }));
    }
    service->release();
    CHECK(eventually([&] { return service.use_count() == 1; }));
    CHECK(stuck->calls == 0);
}

TEST_CASE(
    "resolver: clear forgets answers and does not keep those under way",
    "[net][resolver]"
) {
    fixture f;
    static_cast<void>(f.ask("a.example"));
    const auto before = std::make_shared<heard>();
    CHECK_FALSE(f.subject->lookup("hang.example", f.now(), before));
    f.subject->clear();
    static_cast<void>(f.ask("a.example"));
    CHECK(f.service->count("a.example") == 2);
    const auto after = std::make_shared<heard>();
    CHECK_FALSE(f.subject->lookup("hang.example", f.now(), after));
    REQUIRE(eventually([&] { return f.service->count("hang.example") == 2; }));
    f.service->release();
    CHECK(before->wait());
    CHECK(after->wait());
}

TEST_CASE("resolver: a name may have 300 addresses", "[net][resolver]") {
    resolver::settings s;
    s.system = [](const std::string&) {
        resolver::answer a;
        for (unsigned i = 0; i < 300; ++i) {
            a.addresses.push_back(asio::ip::address_v4(0xC0000200 + i));
        }
        return a;
    };
    fixture f(std::move(s));
    CHECK(f.ask("many.example")->addresses.size() == 300);
}

TEST_CASE(
    "resolver: no address and an exception are both resolve_failed", "[net][resolver]"
) {
    resolver::settings s;
    s.system = [](const std::string& host) -> resolver::answer {
        if (host == "throws.example") {
            throw std::runtime_error("out of order");
        }
        if (host == "int.example") {
            throw 42;
        }
        return {};
    };
    fixture f(std::move(s));
    CHECK(f.ask("empty.example")->ec == error::resolve_failed);
    CHECK(f.ask("int.example")->ec == error::resolve_failed);
    const auto found = f.ask("throws.example");
    CHECK(found->ec == error::resolve_failed);
    CHECK(found->message == "out of order");
}

TEST_CASE(
    "resolver: getaddrinfo without a descriptor left says no_descriptors",
    "[net][resolver]"
) {
    struct lowered {
        lowered() {
            ::getrlimit(RLIMIT_NOFILE, &before);
            rlimit none = before;
            none.rlim_cur = 0;
            ::setrlimit(RLIMIT_NOFILE, &none);
        }
        ~lowered() { ::setrlimit(RLIMIT_NOFILE, &before); }
        rlimit before;
    };
    resolver::answer found;
    {
        lowered limit;
        found = resolver::system_lookup("no-such-host.invalid");
    }
    CHECK(found.ec == error::no_descriptors);
    CHECK(found.system_code == EMFILE);
    CHECK(found.addresses.empty());
    CHECK(resolver::system_lookup("no-such-host.invalid").ec == error::resolve_failed);
}

TEST_CASE(
    "resolver: the system's own lookup finds addresses in both families",
    "[net][resolver]"
) {
    const auto v4 = resolver::system_lookup("127.0.0.1");
    REQUIRE_FALSE(v4.ec);
    REQUIRE(v4.addresses.size() == 1);
    CHECK(v4.addresses[0].to_string() == "127.0.0.1");
    const auto v6 = resolver::system_lookup("::1");
    REQUIRE_FALSE(v6.ec);
    CHECK(v6.addresses[0].to_string() == "::1");
}

TEST_CASE("resolver: many threads may ask, abandon and clear", "[net][resolver]") {
    fixture f;
    const auto answered = std::make_shared<std::atomic<int>>(0);
    struct tally final : resolver::listener {
        explicit tally(std::shared_ptr<std::atomic<int>> c) : count(std::move(c)) {}
        void resolved(resolver::answer_ptr) noexcept override { ++*count; }
        std::shared_ptr<std::atomic<int>> count;
    };
    std::atomic<int> waiting = 0;
    std::vector<std::thread> users;
    for (int u = 0; u < 4; ++u) {
        users.emplace_back([&, u] {
            for (int i = 0; i < 100; ++i) {
                const auto host = "h" + std::to_string(i % 7) + ".example";
                const auto l = std::make_shared<tally>(answered);
                if (f.subject->lookup(host, f.now(), l)) {
                    continue;
                }
                ++waiting;
                if (i % 3 == 0) {
                    f.subject->abandon(*l);
                } else if (i % 10 == u) {
                    f.subject->clear();
                }
            }
        });
    }
    for (auto& u : users) {
        u.join();
    }
    CHECK(eventually([&] {
        const auto c = f.pool->count();
        return c.queued == 0 && c.idle == c.threads && c.written_off == 0;
    }));
    CHECK(*answered <= waiting);
}

// xfer/cookie_jar.hpp: one jar for several threads.
#include "support/cookies.hpp"
#include "support/scratch.hpp"
#include <xfer/cookie_jar.hpp>

#include <catch2/catch.hpp>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using support::cookie_time;
using support::url_of;
using xfer::cookie_jar;

TEST_CASE("F4.1: eight threads share a jar of cookies", "[proto][cookie]") {
    constexpr unsigned threads = 8;
    constexpr unsigned rounds = 1000;
    const auto jar = std::make_shared<cookie_jar>();
    // In whatever order: each value is a text of one letter only, as somebody set it.
    const xfer::url here = url_of("https://www.a.test/x");
    std::atomic<unsigned> bad = 0;
    std::atomic<unsigned> seen = 0;
    const auto is_one_that_was = [](const std::string& header) {
        // "n=tttt..." with the same letter to the end, 40 of them: nothing of two.
        return header.empty() ||
               (header.size() == 42 && header.starts_with("n=") &&
                header.find_first_not_of(header.back(), 2) == std::string::npos);
    };
    const auto work = [&](unsigned thread) {
        const std::string value(40, static_cast<char>('a' + thread));
        xfer::fields response;
        response.add("Set-Cookie", "n=" + value + "; Domain=a.test; Path=/");
        for (unsigned round = 0; round < rounds; ++round) {
            jar->store(here, response, cookie_time);
            const std::string header = jar->header(here, cookie_time);
            if (!is_one_that_was(header)) ++bad;
            if (!header.empty()) ++seen;
            if (round % 50 == thread) {
                if (jar->remove("a.test", "/", "n") > 1) ++bad;
            } else if (round % 100 == thread) {
                jar->clear();
            } else if (round % 20 == thread) {
                for (const auto& c : jar->cookies()) {
                    if (!is_one_that_was(c.name + "=" + c.value)) ++bad;
                }
                if (jar->size() > 1) ++bad;
            }
        }
    };
    std::vector<std::thread> running;
    for (unsigned thread = 0; thread < threads; ++thread) {
        running.emplace_back(work, thread);
    }
    for (auto& thread : running) thread.join();
    CHECK(bad == 0);
    CHECK(seen > rounds);
    CHECK(jar->size() <= 1);
}

TEST_CASE("F4.1: a jar is saved while others fill it", "[proto][cookie]") {
    const support::scratch directory;
    const std::string path = directory / "jar";
    const auto jar = std::make_shared<cookie_jar>();
    std::atomic<bool> done = false;
    std::thread filling([&] {
        for (int i = 0; i < 500; ++i) {
            support::respond(
                *jar, "http://a.test/", {"c" + std::to_string(i % 9) + "=1"}
            );
        }
        done = true;
    });
    bool right = true;
    do {
        cookie_jar read;
        const auto saved = jar->save(path, cookie_time);
        const auto loaded = read.load(path, cookie_time);
        right = right && saved.ok() && loaded.ok() && loaded.cookies == saved.cookies &&
                loaded.ignored == 0;
    } while (!done);
    filling.join();
    CHECK(right);
    CHECK(jar->size() == 9);
}

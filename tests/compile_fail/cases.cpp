// What must not compile, one case at a time, and next to it what must.
#include <xfer/multi.hpp>

#include <span>
#include <string>
#include <string_view>

using namespace xfer;

asio::awaitable<void> use(multi& m, std::string text) {
    // Named closures, closures that own nothing, and braced options are sound.
    auto named = [text](const auto&...) {};
    auto named_sink = [text](std::string_view) -> asio::awaitable<void> { co_return; };
    auto named_source = [text](std::span<char>) -> asio::awaitable<std::size_t> {
        co_return 0;
    };
    co_await m.async_fetch(get("u", {.fail_on_error = true})
                               .on_head(named)
                               .on_progress(named)
                               .on_stage(named)
                               .on_resolve(named)
                               .sink(to_function(named)));
    co_await m.async_fetch(get("u").on_head([&m](const response&) { m.wakeup(); }));
    co_await m.async_fetch(
        put("u", from_awaitable(named_source)).sink(to_awaitable(named_sink))
    );
    m.on_completion(named);

#if defined(CASE_braced_request)
    co_await m.async_fetch({.url = "http://127.0.0.1/"});
#elif defined(CASE_braced_open)
    co_await m.async_open({.url = "http://127.0.0.1/"});
#elif defined(CASE_braced_get)
    co_await m.async_fetch(get({.url = "http://127.0.0.1/"}));
#elif defined(CASE_braced_url)
    co_await m.async_fetch(request({.url = "http://127.0.0.1/"}));
#elif defined(CASE_braced_body)
    co_await m.async_fetch(post("u", {"text"}));
#elif defined(CASE_braced_sink)
    co_await m.async_fetch(get("u").sink({}));
#elif defined(CASE_braced_tls)
    co_await m.async_fetch(get("u").tls({}));
#elif defined(CASE_on_head)
    co_await m.async_fetch(get("u").on_head([text](const response&) {}));
#elif defined(CASE_on_progress)
    co_await m.async_fetch(get("u").on_progress([text](const progress&) {}));
#elif defined(CASE_on_stage)
    co_await m.async_fetch(get("u").on_stage([text](stage) {}));
#elif defined(CASE_on_resolve)
    co_await m.async_fetch(get("u").on_resolve([text](std::string_view) {}));
#elif defined(CASE_on_completion)
    m.on_completion([text](const message&) {});
#elif defined(CASE_to_function)
    co_await m.async_fetch(get("u").sink(to_function([text](std::string_view) {})));
#elif defined(CASE_to_awaitable)
    co_await m.async_fetch(get("u").sink(
        to_awaitable([text](std::string_view) -> asio::awaitable<void> { co_return; })
    ));
#elif defined(CASE_from_function)
    co_await m.async_fetch(put("u", from_function([text](std::span<char>) {
                                   return std::size_t(0);
                               })));
#elif defined(CASE_from_awaitable)
    co_await m.async_fetch(put(
        "u", from_awaitable([text](std::span<char>) -> asio::awaitable<std::size_t> {
            co_return 0;
        })
    ));
#elif defined(CASE_rewind)
    co_await m.async_fetch(put("u", source("a").rewind([text] {})));
#elif !defined(CASE_control)
#error "no such case"
#endif
}

// What must not compile, one case at a time, and next to it what must.
#include <xfer/form.hpp>
#include <xfer/multi.hpp>
#include <xfer/trace.hpp>

#include <asio/use_awaitable.hpp>

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
                               .on_each_head(named)
                               .on_progress(named)
                               .on_stage(named)
                               .on_resolve(named)
                               .on_trace(named)
                               .sink(to_function(named)));
    co_await m.async_fetch(get("u").on_head([&m](const response&) { m.wakeup(); }));
    co_await m.async_fetch(
        put("u", from_awaitable(named_source)).sink(to_awaitable(named_sink))
    );
    m.on_completion(named);
    auto named_filter = [text](const ip_address&) { return text.empty(); };
    co_await m.async_fetch(get("u").network(network()
                                                .resolve(text, 80, "127.0.0.1")
                                                .on_socket(named)
                                                .address_filter(named_filter)));
    co_await m.async_fetch(get("u").network(network().address_filter(is_public_address))
    );

    // Text of any kind is sound in each overload that takes it.
    const std::string_view view = text;
    co_await m.async_fetch("u");
    co_await m.async_fetch(view);
    co_await m.async_fetch(text + "u");
    co_await m.async_fetch("u", asio::use_awaitable);
    co_await m.async_open(text + "u");
    co_await m.async_open("u", asio::use_awaitable);
    co_await m.async_fetch(request(method("PURGE"), text + "u"));
    co_await m.async_fetch(head(view));
    co_await m.async_fetch(post(text + "u", text + "body").unix_socket(text + "path"));
    co_await m.async_fetch(delete_(text).to_file(text + "path"));
    co_await m.async_fetch(put(view, from_file(text + "path")));
    co_await m.async_fetch(post("u", form().add("a", text).add(view, text + "b")));
    co_await m.async_fetch(
        post("u", multipart().add_file("a", text + "path", {.filename = "b"}))
    );
    co_await m.async_fetch(put("u", from_sequence(text + "a", from_file(text))));
    m.add(view);

#if defined(CASE_braced_fetch)
    co_await m.async_fetch({.url = "u"});
#elif defined(CASE_braced_fetch_with_token)
    co_await m.async_fetch({.url = "u"}, asio::use_awaitable);
#elif defined(CASE_braced_open)
    co_await m.async_open({.url = "u"});
#elif defined(CASE_braced_open_with_token)
    co_await m.async_open({.url = "u"}, asio::use_awaitable);
#elif defined(CASE_braced_add)
    m.add({.url = "u"});
#elif defined(CASE_braced_remote_add)
    m.remote().add({.url = "u"});
#elif defined(CASE_braced_request)
    co_await m.async_fetch(request{.url = "u"});
#elif defined(CASE_braced_request_url)
    co_await m.async_fetch(request({.url = "u"}));
#elif defined(CASE_braced_request_with_method)
    co_await m.async_fetch(request(method::get(), {.url = "u"}));
#elif defined(CASE_braced_get)
    co_await m.async_fetch(get({.url = "u"}));
#elif defined(CASE_braced_head)
    co_await m.async_fetch(head({.url = "u"}));
#elif defined(CASE_braced_post)
    co_await m.async_fetch(post({.url = "u"}, "text"));
#elif defined(CASE_braced_put)
    co_await m.async_fetch(put({.url = "u"}, "text"));
#elif defined(CASE_braced_delete)
    co_await m.async_fetch(delete_({.url = "u"}));
#elif defined(CASE_braced_post_body)
    co_await m.async_fetch(post("u", {"text"}));
#elif defined(CASE_braced_put_body)
    co_await m.async_fetch(put("u", {"text"}));
#elif defined(CASE_braced_body)
    co_await m.async_fetch(request("u").body({"text"}));
#elif defined(CASE_braced_sink)
    co_await m.async_fetch(get("u").sink({}));
#elif defined(CASE_braced_to_file)
    co_await m.async_fetch(get("u").to_file({"path"}));
#elif defined(CASE_braced_file_sink)
    co_await m.async_fetch(get("u").sink(to_file({"path"})));
#elif defined(CASE_braced_file_source)
    co_await m.async_fetch(put("u", from_file({"path"})));
#elif defined(CASE_braced_tls)
    co_await m.async_fetch(get("u").tls({}));
#elif defined(CASE_braced_sequence)
    co_await m.async_fetch(put("u", from_sequence({source("a"), source("b")})));
#elif defined(CASE_braced_part)
    co_await m.async_fetch(post("u", multipart().add("a", {source("b")})));
#elif defined(CASE_braced_network)
    co_await m.async_fetch(get("u").network({}));
#elif defined(CASE_on_socket)
    co_await m.async_fetch(get("u").network(network().on_socket([text](int) {})));
#elif defined(CASE_address_filter)
    co_await m.async_fetch(get("u").network(
        network().address_filter([text](const ip_address&) { return true; })
    ));
#elif defined(CASE_on_head)
    co_await m.async_fetch(get("u").on_head([text](const response&) {}));
#elif defined(CASE_on_each_head)
    co_await m.async_fetch(get("u").on_each_head([text](const received_head&) {}));
#elif defined(CASE_on_progress)
    co_await m.async_fetch(get("u").on_progress([text](const progress&) {}));
#elif defined(CASE_on_stage)
    co_await m.async_fetch(get("u").on_stage([text](stage) {}));
#elif defined(CASE_on_trace)
    co_await m.async_fetch(get("u").on_trace([text](const trace_event&) {}));
#elif defined(CASE_trailer)
    co_await m.async_fetch(get("u").trailer("A", [text] { return text; }));
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

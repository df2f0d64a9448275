// M36: connections kept, closed and shared; transfers removed and paused.
#include "check.hpp"

#include <string>

using namespace differential;
using xfer::testing::fault;
using xfer::testing::from;

namespace {

transfer fresh(transfer t) {
    t.fresh = true;
    return t;
}
transfer not_kept(transfer t) {
    t.forbid_reuse = true;
    return t;
}
transfer over_unix(transfer t) {
    t.on_unix_socket = true;
    return t;
}

/// Adds this many GETs of "/", named by number.
script& add_many(script& s, int n) {
    for (int i = 0; i < n; ++i) s.add(std::to_string(i), get());
    return s;
}

}  // namespace

M36_SCRIPT("three in turn share one connection") {
    s.serve("/", reply(200, "x"));
    s.add("a", get()).run().add("b", get()).run().add("c", get()).run();
}
M36_SCRIPT("a fresh connection, which is kept") {
    s.serve("/", reply(200, "x"));
    // Each time before the other one: which of two idle ones is used is chance.
    s.add("a", fresh(get())).run().add("b", get()).run().add("c", fresh(get())).run();
}
M36_SCRIPT("a connection that is not kept") {
    s.serve("/", reply(200, "x"));
    s.add("a", not_kept(get())).run().add("b", not_kept(get())).run();
}
M36_SCRIPT("a kept connection is given up after a transfer that forbids its reuse") {
    s.serve("/", reply(200, "x"));
    s.add("a", get()).run().add("b", not_kept(get())).run().add("c", get()).run();
}
M36_SCRIPT("the server closes after each second request") {
    s.serve("/", reply(200, "x")).closes_after(2);
    for (const auto* name : {"a", "b", "c", "d", "e"}) s.add(name, get()).run();
}
M36_SCRIPT("an idle connection that was closed is not used") {
    s.serve("/", reply(200, "x"));
    s.add("a", get()).run().close_idle().add("b", get()).run();
}
M36_SCRIPT("an idle connection that was reset is not used") {
    s.serve("/", reply(200, "x"));
    s.add("a", get()).run().close_idle(fault::reset).add("b", get()).run();
}
M36_SCRIPT("a PUT on an idle connection that was closed") {
    s.serve("/", reply(200, "x"));
    s.add("a", get()).run().close_idle().add("b", with_body("PUT", "body")).run();
    s.differs(difference::body_fields);
}
M36_SCRIPT("an idle connection with unasked bytes is not used") {
    s.serve("/", reply(200, "x"));
    s.add("a", get()).run().send_idle("unasked").add("b", get()).run();
    s.differs(difference::kept_connection);
}
M36_SCRIPT("a GET is sent again when a kept connection dies without an answer") {
    s.serve("/", reply(200, "x"))
        .serve_in_turn("/dies", {reply(200).close_after(0), reply(200, "again")});
    s.add("a", get()).run().add("b", get("/dies")).run();
}
M36_SCRIPT("a GET is not sent again on a new connection") {
    s.serve_in_turn("/", {reply(200).close_after(0), reply(200, "again")});
    s.add("a", get()).run();
}
M36_SCRIPT("a POST is not sent again when a kept connection dies") {
    s.serve("/", reply(200, "x"))
        .serve_in_turn("/dies", {reply(200).close_after(0), reply(200, "again")});
    s.add("a", get()).run().add("b", with_body("POST", "pay", "/dies")).run();
    s.differs(difference::kept_connection).differs(difference::body_fields);
}
M36_SCRIPT("a response in the middle of its head is not asked for again") {
    s.serve("/", reply(200, "x"))
        .serve_in_turn("/dies", {reply(200, "x").close_after(9), reply(200, "again")});
    s.add("a", get()).run().add("b", get("/dies")).run();
    s.differs(difference::kept_connection);
}
M36_SCRIPT("a refused port, and then the server") {
    s.serve("/", reply(200, "x"))
        .add("a", get("http://127.0.0.1:1/"))
        .run()
        .add("b", get())
        .run();
}
M36_SCRIPT("a name that does not resolve") {
    s.add("a", get("http://name.invalid/")).run();
}
M36_SCRIPT("a unix socket") {
    s.speaks(protocol::unix_socket).serve("/", reply(200, "x"));
    s.add("a", over_unix(get())).run().add("b", over_unix(get())).run();
}
M36_SCRIPT("a unix socket that is not there") { s.add("a", over_unix(get())).run(); }
M36_SCRIPT("five at once have five connections") {
    s.in_parallel().serve("/", reply(200, "x").hold());
    add_many(s, 5).run_until_requests(5).release().run();
}
M36_SCRIPT("six at once with two connections to the host") {
    s.in_parallel().limited({.connections_per_host = 2}).serve("/", reply(200, "x"));
    add_many(s, 6).run();
}
M36_SCRIPT("six at once with three connections in all") {
    s.in_parallel().limited({.connections = 3}).serve("/", reply(200, "x"));
    add_many(s, 6).run();
}
M36_SCRIPT("one connection serves a queue in order") {
    s.limited({.connections_per_host = 1});
    for (const auto* name : {"0", "1", "2", "3", "4"}) {
        const auto path = std::string("/") + name;
        s.serve(path, reply(200, name)).add(name, get(path));
    }
    s.run().differs(difference::queue_order);
}
M36_SCRIPT("the slower one completes later") {
    s.serve("/slow", reply(200, "slow").delay(milliseconds(100)))
        .serve("/fast", reply(200, "fast"));
    s.add("slow", get("/slow")).run_until_requests(1).add("fast", get("/fast")).run();
}
M36_SCRIPT("unread completions wait in their order") {
    s.serve("/", reply(200, "x"));
    s.add("0", get()).run_unread().add("1", get()).run_unread().add("2", get());
    s.run_unread().read_all();
}
M36_SCRIPT("an unread completion is removed with its transfer") {
    s.serve("/", reply(200, "x"));
    s.add("0", get()).run_unread().add("1", get()).run_unread().add("2", get());
    s.run_unread().remove("1").read_all();
}
M36_SCRIPT("a transfer that waits for its answer is removed") {
    s.serve("/held", reply(200, "x").hold()).serve("/", reply(200, "y"));
    s.add("a", get("/held"))
        .run_until_requests(1)
        .remove("a")
        .run()
        .add("b", get())
        .run();
}
M36_SCRIPT("a transfer in the middle of its body is removed") {
    s.serve("/half", reply(200, "0123456789").stall_after(5, from::body))
        .serve("/", reply(200, "y"));
    s.add("a", get("/half"))
        .run_until_received("a", 5)
        .remove("a")
        .run()
        .add("b", get())
        .run();
}
M36_SCRIPT("a transfer that has not begun is removed") {
    s.serve("/", reply(200, "x"));
    s.add("a", get()).remove("a").run().add("b", get()).run();
}
M36_SCRIPT("a queued transfer is removed, the others go on") {
    s.limited({.connections_per_host = 1}).serve("/", reply(200, "x").hold());
    s.add("a", get())
        .add("b", get())
        .add("c", get())
        .run_until_requests(1)
        .remove("b")
        .release()
        .run_until_requests(2)
        .release()
        .run();
}
M36_SCRIPT("removing one leaves the others alone") {
    s.in_parallel().serve("/", reply(200, "x").hold());
    s.add("a", get())
        .add("b", get())
        .add("c", get())
        .run_until_requests(3)
        .remove("b")
        .release()
        .run();
}
M36_SCRIPT("what has ended and was read is removed again") {
    s.serve("/", reply(200, "x")).add("a", get()).run().remove("a");
    s.differs(difference::remove_answers);
}
M36_SCRIPT("a transfer is paused in its body and resumed") {
    s.serve("/", reply(200, "0123456789").stall_after(5, from::body));
    s.add("a", get())
        .run_until_received("a", 5)
        .pause("a")
        .release()
        .run_for(milliseconds(20))
        .see_received("a")
        .resume("a")
        .run();
}
M36_SCRIPT("a paused transfer does not hold up another one") {
    s.serve("/stalls", reply(200, "0123456789").stall_after(5, from::body))
        .serve("/", reply(200, "x"));
    s.add("a", get("/stalls"))
        .run_until_received("a", 5)
        .pause("a")
        .release()
        .add("b", get())
        .run_until_requests(2)
        .run_for(milliseconds(20))
        .see_received("a")
        .resume("a")
        .run();
}
M36_SCRIPT("a paused transfer is removed") {
    s.serve("/", reply(200, "0123456789").stall_after(5, from::body));
    s.add("a", get()).run_until_received("a", 5).pause("a").remove("a").run();
}
M36_SCRIPT("failures and successes together") {
    s.in_parallel()
        .serve("/", reply(200, "x"))
        .serve("/cut", reply(200, "hello").close_after(2, from::body))
        .serve("/none", reply(200).close_after(0));
    s.add("good", get())
        .add("cut", get("/cut"))
        .add("none", get("/none"))
        .add("refused", get("http://127.0.0.1:1/"))
        .add("scheme", get("nonsense://x/"))
        .run();
}

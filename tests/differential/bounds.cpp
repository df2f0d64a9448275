// M36: timeouts, limits, and what users' callbacks refuse.
#include "check.hpp"

#include <string>

using namespace differential;
using xfer::testing::connect_action;
using xfer::testing::from;

namespace {

transfer within(milliseconds d, transfer t) {
    t.total_timeout = d;
    return t;
}
transfer at_most(std::uint64_t bytes, transfer t) {
    t.max_body = bytes;
    return t;
}
transfer failing_on_error(transfer t) {
    t.fail_on_error = true;
    return t;
}

}  // namespace

M36_SCRIPT("a total timeout before the first byte") {
    s.serve("/", reply(200, "x").hold()).serve("/after", reply(200, "y"));
    s.add("a", within(milliseconds(150), get())).run().add("b", get("/after")).run();
}
M36_SCRIPT("a total timeout in the middle of the body") {
    s.serve("/", reply(200, "0123456789").stall_after(5, from::body));
    s.add("a", within(milliseconds(150), get())).run();
}
M36_SCRIPT("a total timeout that is long enough") {
    s.serve("/", reply(200, "x")).add("a", within(milliseconds(20000), get())).run();
}
M36_SCRIPT("a timeout of one ends that one only") {
    s.serve("/held", reply(200, "x").hold())
        .serve("/slow", reply(200, "y").delay(milliseconds(300)));
    s.add("a", within(milliseconds(100), get("/held"))).add("b", get("/slow")).run();
}
M36_SCRIPT("a TLS handshake that gets no answer") {
    auto t = get();
    t.connect_timeout = milliseconds(150);
    s.speaks(protocol::https)
        .on_connect(connect_action::kind::silent)
        .add("a", t)
        .run();
}
M36_SCRIPT("a transfer that is too slow") {
    auto t = get();
    t.low_speed_limit = 1000;
    t.low_speed_time = std::chrono::seconds(1);
    s.serve("/", reply(200, std::string(10000, 'x')).stall_after(10, from::body))
        .add("a", t)
        .run();
}
M36_SCRIPT("a body of exactly the greatest size") {
    s.serve("/", reply(200, "12345")).add("a", at_most(5, get())).run();
}
M36_SCRIPT("a body that announces more than the greatest size") {
    s.serve("/", reply(200, "123456")).serve("/after", reply(200, "y"));
    s.add("a", at_most(5, get())).run().add("b", get("/after")).run();
}
M36_SCRIPT("a body that grows beyond the greatest size") {
    s.serve("/", reply(200, "1234567890").chunked({2}))
        .add("a", at_most(5, get()))
        .run()
        .differs(difference::max_body);
}
M36_SCRIPT("fail on error") {
    s.serve("/200", reply(200, "good"))
        .serve("/399", reply(399, "no error"))
        .serve("/404", reply(404, "not here"))
        .serve("/500", reply(500, "broken"));
    s.add("a", failing_on_error(get("/200")))
        .run()
        .add("b", failing_on_error(get("/399")))
        .run()
        .add("c", failing_on_error(get("/404")))
        .run()
        .add("d", failing_on_error(get("/500")))
        .run();
}
M36_SCRIPT("a sink that refuses") {
    auto t = get();
    t.refuse_body = true;
    s.serve("/", reply(200, "x")).add("a", t).run().add("b", get()).run();
}
M36_SCRIPT("a progress callback that says no") {
    auto t = get();
    t.abort = true;
    s.serve("/", reply(200, "0123456789").stall_after(5, from::body)).add("a", t).run();
}

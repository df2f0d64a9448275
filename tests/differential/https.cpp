// M36: whom TLS trusts.
#include "check.hpp"

using namespace differential;
using xfer::testing::from;

namespace {

transfer trusting(trust whom, std::string target = "/") {
    auto t = get(std::move(target));
    t.trusts = whom;
    return t;
}

/// One GET with this trust from a server that speaks so.
void get_from(script& s, protocol p, trust whom) {
    s.speaks(p).serve("/", reply(200, "secret")).add("a", trusting(whom)).run();
}

}  // namespace

M36_SCRIPT("https with the right authority") {
    get_from(s, protocol::https, trust::test_ca);
}
M36_SCRIPT("https with an unknown authority") {
    get_from(s, protocol::https, trust::system);
}
M36_SCRIPT("https without verification") {
    get_from(s, protocol::https, trust::anyone);
}
M36_SCRIPT("https with a file of no authority") {
    get_from(s, protocol::https, trust::broken_ca);
    s.differs(difference::refused_early);
}
M36_SCRIPT("a certificate for another host") {
    get_from(s, protocol::https_wrong_host, trust::test_ca);
}
M36_SCRIPT("a certificate for another host without verification") {
    get_from(s, protocol::https_wrong_host, trust::anyone);
}
M36_SCRIPT("a certificate that has expired") {
    get_from(s, protocol::https_expired, trust::test_ca);
}
M36_SCRIPT("a certificate signed by itself") {
    get_from(s, protocol::https_self_signed, trust::system);
}
M36_SCRIPT("a server that insists on a certificate of the client") {
    get_from(s, protocol::https_client_cert, trust::test_ca);
    s.differs(difference::tls_alert);
}
M36_SCRIPT("a server that knows TLS 1.1 only") {
    get_from(s, protocol::https_too_old, trust::test_ca);
}
M36_SCRIPT("plain HTTP where TLS is expected") {
    s.speaks(protocol::https)
        .on_connect(
            xfer::testing::connect_action::kind::close,
            "HTTP/1.1 400 Bad Request\r\n\r\n"
        )
        .add("a", trusting(trust::test_ca))
        .run();
}
M36_SCRIPT("https keeps its connection") {
    s.speaks(protocol::https).serve("/", reply(200, "x"));
    s.add("a", trusting(trust::test_ca)).run().add("b", trusting(trust::test_ca)).run();
}
M36_SCRIPT("other trust, other connection") {
    s.speaks(protocol::https).serve("/", reply(200, "x"));
    s.add("a", trusting(trust::anyone))
        .run()
        .add("b", trusting(trust::test_ca))
        .run()
        .add("c", trusting(trust::system))
        .run();
}
M36_SCRIPT("PUT over TLS") {
    auto t = with_body("PUT", "body");
    t.trusts = trust::test_ca;
    s.speaks(protocol::https).serve("/", reply(200, "x")).add("a", t).run();
    s.differs(difference::body_fields);
}
M36_SCRIPT("a body over TLS until the connection closes properly") {
    s.speaks(protocol::https).serve("/", reply(200, "hello").until_close());
    s.add("a", trusting(trust::test_ca)).run();
}
M36_SCRIPT("a body over TLS that the end of the connection cuts off") {
    s.speaks(protocol::https)
        .serve("/", reply(200, "hello").until_close().close_after(3, from::body));
    s.add("a", trusting(trust::test_ca)).run().differs(difference::cut_off);
}
M36_SCRIPT("a fixed length over TLS that is cut off") {
    s.speaks(protocol::https)
        .serve("/", reply(200, "hello").close_after(3, from::body));
    s.add("a", trusting(trust::test_ca)).run();
}
M36_SCRIPT("closed in the handshake") {
    s.speaks(protocol::https)
        .on_connect(xfer::testing::connect_action::kind::close)
        .add("a", trusting(trust::test_ca))
        .run();
}

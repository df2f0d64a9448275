// A TLS server of OpenSSL's own at the other end of a wire in memory.
#pragma once

#include "support/certificates.hpp"
#include <xfer/net/tls_transport.hpp>
#include <xfer/testing/certificate.hpp>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace tls_support {

using namespace xfer;
namespace net = xfer::net;

/// Both directions of a connection, and the faults on it.
struct wire {
    std::string up;    // client to server
    std::string down;  // server to client
    bool down_ended = false;
    std::error_code broken;  // what reads and writes say once the bytes are read
    std::size_t read_limit = std::numeric_limits<std::size_t>::max();
    std::size_t write_limit = std::numeric_limits<std::size_t>::max();
    std::size_t room = std::numeric_limits<std::size_t>::max();  // of `up`
    bool block_between = false;  // every second call would block
    std::size_t reads = 0, writes = 0, total_up = 0;
    net::waiter* armed_read = nullptr;
    net::waiter* armed_write = nullptr;
    bool closed = false;
};

/// The client's end.
class wire_end final : public net::transport {
 public:
    explicit wire_end(std::shared_ptr<wire> w) : wire_(std::move(w)) {}

    std::size_t try_read(std::span<char> to, std::error_code& ec) override {
        ec.clear();
        ++wire_->reads;
        if (wire_->block_between && (read_blocked_ = !read_blocked_)) return block(ec);
        auto n = std::min({to.size(), wire_->down.size(), wire_->read_limit});
        if (n == 0 && wire_->broken) ec = wire_->broken;
        if (n == 0 && !ec && !wire_->down_ended) return block(ec);
        std::copy_n(wire_->down.begin(), n, to.begin());
        wire_->down.erase(0, n);
        return n;
    }

    std::size_t try_write(std::span<const std::string_view> from, std::error_code& ec)
        override {
        ec.clear();
        ++wire_->writes;
        if (wire_->broken) {
            ec = wire_->broken;
            return 0;
        }
        if (wire_->block_between && (write_blocked_ = !write_blocked_))
            return block(ec);
        std::size_t left = std::min(wire_->write_limit, wire_->room - wire_->up.size());
        std::size_t done = 0;
        for (auto piece : from) {
            auto part = piece.substr(0, left - done);
            wire_->up += part;
            done += part.size();
        }
        wire_->total_up += done;
        return done == 0 ? block(ec) : done;
    }

    void arm(net::direction d, net::waiter& w) override {
        (d == net::direction::read ? wire_->armed_read : wire_->armed_write) = &w;
    }
    void disarm() noexcept override {
        wire_->armed_read = wire_->armed_write = nullptr;
    }
    bool reusable() override {
        return wire_->down.empty() && !wire_->down_ended && !wire_->broken;
    }
    void close() noexcept override { wire_->closed = true; }

 private:
    static std::size_t block(std::error_code& ec) {
        ec = std::make_error_code(std::errc::operation_would_block);
        return 0;
    }
    std::shared_ptr<wire> wire_;
    bool read_blocked_ = false, write_blocked_ = false;
};

/// What a server shows and accepts.
struct server_options {
    testing::identity identity = good_identity();
    std::string chain_pem;  // intermediates to send
    int min_version = TLS1_2_VERSION;
    int max_version = TLS1_3_VERSION;
    std::string ciphers = "ALL:eNULL:@SECLEVEL=0";
    std::string groups;
    std::string alpn;           // what to choose, offered or not; empty: none
    std::string client_ca_pem;  // a client certificate of this CA is required
    std::size_t tickets = 2;
};

/// The first object of a PEM text.
template <auto Read>
auto read_pem(const std::string& pem) {
    net::bio_ptr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    return Read(bio.get(), nullptr, nullptr, nullptr);
}

class server_context {
 public:
    explicit server_context(const server_options& o)
        : context_(SSL_CTX_new(TLS_server_method())), alpn_(o.alpn) {
        SSL_CTX* ctx = context_.get();
        SSL_CTX_set_security_level(ctx, 0);
        SSL_CTX_set_min_proto_version(ctx, o.min_version);
        SSL_CTX_set_max_proto_version(ctx, o.max_version);
        SSL_CTX_set_cipher_list(ctx, o.ciphers.c_str());
        if (!o.groups.empty()) SSL_CTX_set1_groups_list(ctx, o.groups.c_str());
        net::x509_ptr leaf(read_pem<PEM_read_bio_X509>(o.identity.certificate_pem));
        net::key_ptr key(read_pem<PEM_read_bio_PrivateKey>(o.identity.key_pem));
        SSL_CTX_use_certificate(ctx, leaf.get());
        SSL_CTX_use_PrivateKey(ctx, key.get());
        if (!o.chain_pem.empty()) {
            SSL_CTX_add0_chain_cert(ctx, read_pem<PEM_read_bio_X509>(o.chain_pem));
        }
        if (!o.client_ca_pem.empty()) {
            net::x509_ptr ca(read_pem<PEM_read_bio_X509>(o.client_ca_pem));
            X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), ca.get());
            int mode = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
            SSL_CTX_set_verify(ctx, mode, nullptr);
        }
        SSL_CTX_set_num_tickets(ctx, o.tickets);
        SSL_CTX_set_max_cert_list(ctx, 16 << 20);
        auto id = reinterpret_cast<const unsigned char*>("tests");
        SSL_CTX_set_session_id_context(ctx, id, 5);
        if (!alpn_.empty()) SSL_CTX_set_alpn_select_cb(ctx, choose, &alpn_);
    }
    server_context(const server_context&) = delete;
    SSL_CTX* native() const { return context_.get(); }

 private:
    static int choose(
        SSL*,
        const unsigned char** out,
        unsigned char* size,
        const unsigned char*,
        unsigned,
        void* self
    ) {
        const auto& name = *static_cast<std::string*>(self);
        *out = reinterpret_cast<const unsigned char*>(name.data());
        *size = static_cast<unsigned char>(name.size());
        return SSL_TLSEXT_ERR_OK;
    }
    net::ssl_ctx_ptr context_;
    std::string alpn_;
};

/// One server connection. pump() does all that can be done without waiting.
class tls_server {
 public:
    tls_server(const server_context& context, std::shared_ptr<wire> w)
        : wire_(std::move(w)), ssl_(SSL_new(context.native())) {
        in_ = BIO_new(BIO_s_mem());
        out_ = BIO_new(BIO_s_mem());
        BIO_set_mem_eof_return(in_, -1);
        SSL_set_bio(ssl_.get(), in_, out_);
        SSL_set_accept_state(ssl_.get());
    }

    void pump() {
        if (!wire_->up.empty()) {
            BIO_write(in_, wire_->up.data(), static_cast<int>(wire_->up.size()));
            wire_->up.clear();
        }
        ERR_clear_error();
        if (!SSL_is_init_finished(ssl_.get())) SSL_do_handshake(ssl_.get());
        if (SSL_is_init_finished(ssl_.get())) {
            std::vector<char> block(20000);
            int n = 0;
            while ((n = SSL_read(ssl_.get(), block.data(), 20000)) > 0) {
                received.append(block.data(), static_cast<std::size_t>(n));
                ++records;
            }
        }
        flush();
    }

    void send(std::string_view text) {
        SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size()));
        flush();
    }
    void send_close_notify() {
        SSL_shutdown(ssl_.get());
        flush();
    }
    bool got_close_notify() const {
        return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
    }
    void send_ticket() {
        SSL_new_session_ticket(ssl_.get());
        SSL_do_handshake(ssl_.get());
        flush();
    }
    void update_key() {
        SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_REQUESTED);
        SSL_do_handshake(ssl_.get());
        flush();
    }
    bool established() const { return SSL_is_init_finished(ssl_.get()) == 1; }
    bool resumed() const { return SSL_session_reused(ssl_.get()) == 1; }
    std::string server_name() const {
        const char* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
        return name ? name : "";
    }
    SSL* native() const { return ssl_.get(); }

    std::string received;
    int records = 0;

 private:
    void flush() {
        char* data = nullptr;
        auto size = BIO_get_mem_data(out_, &data);
        wire_->down.append(data, static_cast<std::size_t>(size));
        BIO_reset(out_);
    }
    std::shared_ptr<wire> wire_;
    net::ssl_ptr ssl_;
    BIO* in_;
    BIO* out_;
};

/// A configuration that trusts the tests' authority.
inline tls trusting() { return tls().ca_pem(test_authority().certificate_pem()); }

inline std::shared_ptr<net::tls_context> context_of(const tls& configuration) {
    std::error_code ec;
    std::string why;
    auto context = net::tls_context::make(configuration, ec, why);
    if (!context) throw std::runtime_error(why);
    return context;
}

/// A client, a server and the wire between them.
struct tls_pair {
    std::shared_ptr<wire> line = std::make_shared<wire>();
    std::unique_ptr<net::tls_transport> client;
    std::unique_ptr<tls_server> server;
    std::error_code ec;
    std::string why;

    /// Shakes hands; client is null when that failed, and ec and why say why.
    bool connect(
        const server_context& served,
        std::shared_ptr<net::tls_context> context,
        const std::string& host = "a.test",
        std::vector<std::string_view> alpn = {},
        net::tls_role role = net::tls_role::origin
    ) {
        server = std::make_unique<tls_server>(served, line);
        net::tls_handshake handshake(
            std::make_unique<wire_end>(line), std::move(context), host, 443, role, alpn
        );
        for (int i = 0; i < 50000 && !handshake.try_step(ec); ++i) {
            if (ec != std::errc::operation_would_block) break;
            server->pump();
        }
        why = handshake.reason();
        client = handshake.finish();
        server->pump();
        return client != nullptr;
    }

    /// What the client can read now; ec is how it ended.
    std::string read() {
        std::string all;
        std::vector<char> block(40000);
        for (int blocked = 0; blocked < 2 || !line->down.empty();) {
            auto n = client->try_read(block, ec);
            all.append(block.data(), n);
            bool block_now = ec == std::errc::operation_would_block;
            blocked = block_now ? blocked + 1 : 0;
            if (n == 0 && !block_now) break;
        }
        return all;
    }

    bool write(std::string_view text) {
        while (!text.empty()) {
            auto n = client->try_write(std::span(&text, 1), ec);
            if (ec && ec != std::errc::operation_would_block) return false;
            text.remove_prefix(n);
            server->pump();
        }
        return true;
    }
};

}  // namespace tls_support

// Reading requests in memory, and answering them.
#pragma once

#include <xfer/proto/chunked.hpp>
#include <xfer/testing/memory_server.hpp>

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>
#include <utility>

namespace XFER_NAMESPACE::testing {

XFER_DECL std::string_view memory_request::header(std::string_view name) const {
    const auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    };
    std::string_view rest = head;
    for (;;) {
        const auto end = rest.find("\r\n");
        if (end == std::string_view::npos || end + 2 >= rest.size()) {
            return {};
        }
        rest.remove_prefix(end + 2);
        const auto line = rest.substr(0, rest.find("\r\n"));
        const auto colon = line.find(':');
        if (colon == name.size() &&
            std::equal(name.begin(), name.end(), line.begin(), [&](char a, char b) {
                return lower(a) == lower(b);
            })) {
            auto value = line.substr(colon + 1);
            value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
            return value;
        }
    }
}

XFER_DECL memory_reply
memory_reply::with_length(std::string_view body, int status, std::string_view fields) {
    std::string out = "HTTP/1.1 " + std::to_string(status) + " Status\r\n";
    out += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    out.append(fields).append("\r\n").append(body);
    return memory_reply(std::move(out));
}

XFER_DECL memory_reply memory_reply::chunked(
    std::string_view body, std::size_t size, std::string_view fields
) {
    std::string out = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n";
    out.append(fields).append("\r\n");
    while (!body.empty()) {
        const auto piece = body.substr(0, size);
        out.append(proto::chunk_head(piece.size()).view()).append(piece);
        out.append(proto::chunk_end);
        body.remove_prefix(piece.size());
    }
    out.append(proto::last_chunk);
    return memory_reply(std::move(out));
}

/// What the server and its connections share; the connections may outlive the server.
struct memory_server::shared {
    answer reply_to;
    head_observer on_head;
    std::vector<memory_request> log;
    std::string received;
    std::size_t connections = 0;
    bool holding = false;
    bool open = true;
    std::vector<std::pair<std::shared_ptr<memory_peer>, memory_request>> held;

    void give(memory_peer& to, const memory_request& r) {
        const auto f = reply_to;
        const auto answered = f(r);
        to.provide(answered.bytes);
        if (answered.end) {
            to.end();
        }
    }
    void complete(const std::shared_ptr<memory_peer>& from, memory_request r) {
        log.push_back(r);
        if (holding) {
            held.emplace_back(from, std::move(r));
        } else {
            give(*from, r);
        }
    }
};

/// One connection, as far as it has been read.
struct memory_server::line {
    std::shared_ptr<shared> server;
    std::weak_ptr<memory_peer> peer;
    std::size_t number = 0;
    std::string input;
    std::optional<memory_request> current;
    std::size_t length = 0;
    std::unique_ptr<proto::chunked_decoder> chunks;

    void came(const std::string& bytes) {
        server->received += bytes;
        input += bytes;
        while (server->open && (current ? read_body() : read_head())) {
        }
    }
    /// True when there was progress.
    bool read_head() {
        const auto end = input.find("\r\n\r\n");
        if (end == std::string::npos) {
            return false;
        }
        current.emplace();
        current->head = input.substr(0, end + 4);
        current->connection = number;
        input.erase(0, end + 4);
        const auto& head = current->head;
        const auto space = head.find(' ');
        const auto second = head.find(' ', space + 1);
        current->method = head.substr(0, space);
        current->target = head.substr(space + 1, second - space - 1);
        const auto announced = current->header("Content-Length");
        length = 0;
        std::from_chars(announced.data(), announced.data() + announced.size(), length);
        if (current->header("Transfer-Encoding") == "chunked") {
            chunks = std::make_unique<proto::chunked_decoder>();
        }
        if (const auto f = server->on_head) {
            if (const auto p = peer.lock()) {
                f(*p, *current);
            }
        }
        return true;
    }
    bool read_body() {
        while (chunks && !chunks->complete()) {
            const auto fed = chunks->feed(input);
            current->body.append(fed.data.data(), fed.data.size());
            input.erase(0, fed.consumed);
            if (fed.consumed == 0) {
                return false;
            }
        }
        if (!chunks) {
            const auto n = std::min(length - current->body.size(), input.size());
            current->body.append(input, 0, n);
            input.erase(0, n);
            if (current->body.size() < length) {
                return false;
            }
        }
        chunks.reset();
        auto request = std::move(*current);
        current.reset();
        if (const auto p = peer.lock()) {
            server->complete(p, std::move(request));
        }
        return true;
    }
};

XFER_DECL memory_server::memory_server(
    memory_network& network, std::string host, std::uint16_t port, answer a
)
    : network_(network),
      host_(std::move(host)),
      port_(port),
      shared_(std::make_shared<shared>()) {
    shared_->reply_to = std::move(a);
    network_.listen(
        host_,
        port_,
        [server = shared_](const std::shared_ptr<memory_peer>& peer) {
            auto connection = std::make_shared<line>();
            connection->server = server;
            connection->peer = peer;
            connection->number = server->connections++;
            peer->on_activity([connection](memory_peer& p) {
                connection->came(p.take_written());
            });
        }
    );
}

XFER_DECL memory_server::memory_server(
    memory_network& network, std::string host, std::uint16_t port, std::string body
)
    : memory_server(
          network,
          std::move(host),
          port,
          answer([body = std::move(body)](const memory_request&) {
              return memory_reply::with_length(body);
          })
      ) {}

XFER_DECL memory_server::~memory_server() {
    network_.stop_listening(host_, port_);
    shared_->open = false;
    shared_->held.clear();
}

XFER_DECL void memory_server::hold() { shared_->holding = true; }

XFER_DECL void memory_server::release() {
    shared_->holding = false;
    for (auto& [peer, request] : std::exchange(shared_->held, {})) {
        shared_->give(*peer, request);
    }
}

XFER_DECL void memory_server::on_head(head_observer f) {
    shared_->on_head = std::move(f);
}

XFER_DECL std::size_t memory_server::requests() const noexcept {
    return shared_->log.size();
}
XFER_DECL const std::vector<memory_request>& memory_server::log() const noexcept {
    return shared_->log;
}
XFER_DECL const std::string& memory_server::received() const noexcept {
    return shared_->received;
}
XFER_DECL std::size_t memory_server::connections() const noexcept {
    return shared_->connections;
}

}  // namespace XFER_NAMESPACE::testing

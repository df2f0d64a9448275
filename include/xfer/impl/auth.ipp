// What credentials hold.
#pragma once

#include <xfer/auth.hpp>
#include <xfer/detail/secret.hpp>

namespace XFER_NAMESPACE {

struct credentials::data {
    detail::secret user;
    detail::secret password;
    detail::secret token;
    auth allowed = auth::none;
    bool cleartext_password = false;
};

XFER_DECL credentials::credentials(
    std::string_view user, std::string_view password, auth allowed
)
    : data_(std::make_shared<const data>(data{
          detail::secret(user), detail::secret(password), {}, allowed, false})) {}

XFER_DECL credentials credentials::bearer(std::string_view token) {
    credentials made;
    made.data_ = std::make_shared<const data>(data{
        {}, {}, detail::secret(token), auth::bearer, false});
    return made;
}

XFER_DECL credentials& credentials::allow_cleartext_password(bool on) {
    if (data_) {
        data changed = *data_;
        changed.cleartext_password = on;
        data_ = std::make_shared<const data>(std::move(changed));
    }
    return *this;
}

XFER_DECL auth credentials::allowed() const noexcept {
    return data_ ? data_->allowed : auth::none;
}
XFER_DECL bool credentials::cleartext_password_allowed() const noexcept {
    return data_ && data_->cleartext_password;
}
XFER_DECL std::string_view credentials::user() const noexcept {
    return data_ ? data_->user.view() : std::string_view();
}
XFER_DECL std::string_view credentials::password() const noexcept {
    return data_ ? data_->password.view() : std::string_view();
}
XFER_DECL std::string_view credentials::token() const noexcept {
    return data_ ? data_->token.view() : std::string_view();
}

XFER_DECL bool credentials::equal(const credentials& a, const credentials& b) noexcept {
    if (a.empty() || b.empty()) return a.empty() && b.empty();
    // All three are looked at, whatever the first one says.
    const bool same_user = a.data_->user == b.data_->user;
    const bool same_password = a.data_->password == b.data_->password;
    const bool same_token = a.data_->token == b.data_->token;
    return (same_user & same_password & same_token) != 0 &&
           a.allowed() == b.allowed() &&
           a.cleartext_password_allowed() == b.cleartext_password_allowed();
}

}  // namespace XFER_NAMESPACE

// Asking a person for a password.
#pragma once

#include "options/config.hpp"

namespace tool {

/// Completes -u and -U that have a user and no password, from the terminal, without
/// showing what is typed.
void ask_for_passwords(command& asked);

}  // namespace tool

// The bodies of floor 2 (net).
#pragma once

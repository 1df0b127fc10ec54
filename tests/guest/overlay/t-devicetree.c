// SPDX-License-Identifier: GPL-2.0-only
/* The claims of t-devicetree, of nodes that an overlay brings. */
#define TREE "devicetree.dtbo"
#include "../t-devicetree.c"

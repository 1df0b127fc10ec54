// SPDX-License-Identifier: GPL-2.0-only
/* A buffer of pieces behind an IOMMU taken away while somebody holds it. */
#include "removal.h"

REMOVALS_OF("scattered")

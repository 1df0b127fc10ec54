// SPDX-License-Identifier: GPL-2.0-only
/* A buffer that was searched for page by page taken away while somebody holds it. */
#include "removal.h"

REMOVALS_OF("contig")

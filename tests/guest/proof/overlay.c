// SPDX-License-Identifier: GPL-2.0
/* Nodes that come into the device tree of a running system, and go. */
#include <linux/of.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "private.h"

#ifdef CONFIG_OF_OVERLAY

int proof_remove_overlay(struct proof *proof)
{
	return proof->overlay ? of_overlay_remove(&proof->overlay) : 0;
}

int proof_overlay(struct proof *proof, const struct proof_overlay *overlay)
{
	void *tree;
	int err;

	if (proof->overlay)
		return -EBUSY;
	tree = memdup_user((void __user *)(unsigned long)overlay->tree, overlay->size);
	if (IS_ERR(tree))
		return PTR_ERR(tree);
	err = of_overlay_fdt_apply(tree, overlay->size, &proof->overlay, NULL);
	kfree(tree);
	/* What could not be taken back keeps its number. */
	if (err)
		proof_remove_overlay(proof);
	return err;
}

#else

int proof_overlay(struct proof *proof, const struct proof_overlay *overlay)
{
	return -EOPNOTSUPP;
}

int proof_remove_overlay(struct proof *proof)
{
	return 0;
}

#endif

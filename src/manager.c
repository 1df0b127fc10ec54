// SPDX-License-Identifier: GPL-2.0
/* /dev/u-dma-buf-mgr: text commands in, one line why not out. */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "buffer.h"
#include "command.h"
#include "platform.h"

#define WRITE_MAX	SZ_64K

/* One open file. */
struct udmabuf_session {
	struct mutex lock;	/* the line */
	char line[320];		/* why the last write failed; "" when it did not, or was read */
};

static int manager_open(struct inode *inode, struct file *file)
{
	struct udmabuf_session *session = kzalloc(sizeof(*session), GFP_KERNEL);

	if (!session)
		return -ENOMEM;
	mutex_init(&session->lock);
	file->private_data = session;
	return stream_open(inode, file);
}

static int manager_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

static void report(struct udmabuf_session *session, const struct udmabuf_command *command,
		   const struct udmabuf_error *error)
{
	const char *name = command->spec.name;
	const char *verb = command->verb ? udmabuf_verb_name(command->verb) : "";

	scnprintf(session->line, sizeof(session->line), "u-dma-buf-mgr: %s%s%s%s%s\n", verb,
		  name[0] ? " " : "", name, verb[0] ? ": " : "", error->text);
	pr_err("%s", session->line);
}

static int run_command(struct udmabuf_session *session, const char *text, size_t len)
{
	struct udmabuf_command command;
	struct udmabuf_error error;
	int err;

	err = udmabuf_command_parse(text, len, &command, &error);
	if (!err && command.verb == UDMABUF_CREATE)
		err = udmabuf_create_from_spec(&command.spec, &error);
	else if (!err && command.verb == UDMABUF_DELETE)
		err = udmabuf_buffer_delete(command.spec.name, command.is_forced, &error);
	if (err)
		report(session, &command, &error);
	return err;
}

static int refuse_long(struct udmabuf_session *session)
{
	static const struct udmabuf_command none;
	struct udmabuf_error error;
	int err = udmabuf_fail(&error, -EINVAL, "no command ends within %d bytes", WRITE_MAX);

	report(session, &none, &error);
	return err;
}

/* Returns how much of the text ran, or the error of its first command. */
static ssize_t run_commands(struct udmabuf_session *session, const char *text, size_t len)
{
	size_t done = 0;

	while (done < len) {
		size_t one = udmabuf_command_length(text + done, len - done);
		int err = run_command(session, text + done, one);

		if (err)
			return done ?: err;
		done += one;
	}
	return done;
}

static ssize_t manager_write(struct file *file, const char __user *data, size_t count,
			     loff_t *offset)
{
	struct udmabuf_session *session = file->private_data;
	size_t len = min_t(size_t, count, WRITE_MAX);
	ssize_t ret;
	char *text;

	mutex_lock(&session->lock);
	session->line[0] = '\0';
	mutex_unlock(&session->lock);
	text = vmemdup_user(data, len);
	if (IS_ERR(text))
		return PTR_ERR(text);
	if (len < count)
		len = udmabuf_command_cut(text, len);

	mutex_lock(&session->lock);
	ret = len || !count ? run_commands(session, text, len) : refuse_long(session);
	mutex_unlock(&session->lock);
	kvfree(text);
	return ret;
}

static ssize_t manager_read(struct file *file, char __user *data, size_t count, loff_t *offset)
{
	struct udmabuf_session *session = file->private_data;
	ssize_t ret;

	if (!count)
		return 0;
	mutex_lock(&session->lock);
	ret = min(count, strlen(session->line));
	if (!session->line[0])
		ret = -EINVAL;
	else if (copy_to_user(data, session->line, ret))
		ret = -EFAULT;
	else
		session->line[0] = '\0';
	mutex_unlock(&session->lock);
	return ret;
}

static const struct file_operations manager_operations = {
	.owner = THIS_MODULE,
	.open = manager_open,
	.release = manager_release,
	.read = manager_read,
	.write = manager_write,
};

static struct miscdevice manager = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "u-dma-buf-mgr",
	.mode = 0600,
	.fops = &manager_operations,
};

int udmabuf_manager_init(void)
{
	return misc_register(&manager);
}

void udmabuf_manager_exit(void)
{
	misc_deregister(&manager);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above first
#include <cmocka.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

#include "bridge/base/mailbox.h"

struct message {
    struct mailbox_node node; // first: the node is the message
    int sender;
    int number;
};

static bool readable(const struct mailbox *mailbox)
{
    struct pollfd poller = { .fd = mailbox_fd(mailbox), .events = POLLIN };
    return poll(&poller, 1, 0) == 1;
}

static struct mailbox *make(size_t capacity)
{
    struct mailbox *mailbox = NULL;
    assert_int_equal(mailbox_new(&mailbox, capacity), 0);
    return mailbox;
}

static void empty_box_gives_nothing(void **state)
{
    (void)state;
    CLEANUP(mailbox_freep) struct mailbox *mailbox = make(2);
    assert_false(readable(mailbox));
    assert_null(mailbox_take_all(mailbox));
    assert_null(mailbox_take_all_wait(mailbox, 0));
    assert_null(mailbox_take_all_wait(mailbox, 1));
    assert_null(mailbox_free(NULL));
}

static void order_is_kept_and_readiness_follows_the_content(void **state)
{
    (void)state;
    CLEANUP(mailbox_freep) struct mailbox *mailbox = make(3);
    struct message messages[3] = { { .number = 0 }, { .number = 1 }, { .number = 2 } };
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 3; i++) {
            assert_true(mailbox_try_put(mailbox, &messages[i].node));
            assert_true(readable(mailbox));
        }
        struct mailbox_node *node = mailbox_take_all(mailbox);
        assert_false(readable(mailbox));
        for (int i = 0; i < 3; i++) {
            assert_ptr_equal(node, &messages[i].node);
            node = node->next;
        }
        assert_null(node);
    }
}

static void full_box_refuses_until_it_is_emptied(void **state)
{
    (void)state;
    CLEANUP(mailbox_freep) struct mailbox *mailbox = make(2);
    struct message a = { .number = 1 };
    struct message b = { .number = 2 };
    struct message c = { .number = 3 };
    assert_true(mailbox_try_put(mailbox, &a.node));
    assert_true(mailbox_try_put(mailbox, &b.node));
    assert_false(mailbox_try_put(mailbox, &c.node));
    assert_ptr_equal(mailbox_take_all_wait(mailbox, -1), &a.node);
    assert_true(mailbox_try_put(mailbox, &c.node));
    struct mailbox_node *node = mailbox_take_all(mailbox);
    assert_ptr_equal(node, &c.node);
    assert_null(node->next); // what was linked before is forgotten
}

enum { SENDERS = 3, PER_SENDER = 3000 };

struct sender {
    struct mailbox *mailbox;
    struct message *messages;
    int id;
    bool wait;
};

static void *send_all(void *userdata)
{
    struct sender *sender = userdata;
    for (int i = 0; i < PER_SENDER; i++) {
        struct message *message = &sender->messages[i];
        *message = (struct message){ .sender = sender->id, .number = i };
        if (sender->wait) {
            mailbox_put_wait(sender->mailbox, &message->node);
        } else {
            while (!mailbox_try_put(sender->mailbox, &message->node)) {
                (void)sched_yield();
            }
        }
    }
    return NULL;
}

// Nothing is lost, nothing doubled, each sender in order; a small box makes every sender wait.
static void nothing_is_lost_between_threads(void **state)
{
    (void)state;
    CLEANUP(mailbox_freep) struct mailbox *mailbox = make(5);
    struct sender senders[SENDERS];
    pthread_t threads[SENDERS];
    for (int i = 0; i < SENDERS; i++) {
        senders[i] = (struct sender){
            .mailbox = mailbox,
            .messages = calloc(PER_SENDER, sizeof(struct message)),
            .id = i,
            .wait = i != 0,
        };
        assert_int_equal(pthread_create(&threads[i], NULL, send_all, &senders[i]), 0);
    }
    int next[SENDERS] = { 0 };
    int total = 0;
    while (total < SENDERS * PER_SENDER) {
        struct mailbox_node *node = mailbox_take_all_wait(mailbox, 20000);
        assert_non_null(node);
        int batch = 0;
        while (node) {
            struct message *message = (struct message *)node;
            node = node->next;
            assert_int_equal(message->number, next[message->sender]++);
            total++;
            batch++;
        }
        assert_true(batch <= 5);
    }
    for (int i = 0; i < SENDERS; i++) {
        (void)pthread_join(threads[i], NULL);
        free(senders[i].messages);
    }
    assert_null(mailbox_take_all(mailbox));
    assert_false(readable(mailbox));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_box_gives_nothing),
        cmocka_unit_test(order_is_kept_and_readiness_follows_the_content),
        cmocka_unit_test(full_box_refuses_until_it_is_emptied),
        cmocka_unit_test(nothing_is_lost_between_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

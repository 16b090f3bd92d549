"""What a program does with azure-servicebus, each thing once, on an empty queue that nobody else reads."""
import os
import re
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

from azure.servicebus import ServiceBusClient, ServiceBusMessage, ServiceBusReceiveMode, ServiceBusSubQueue
from azure.servicebus.exceptions import (
    MessageLockLostError, MessageNotFoundError, MessageSizeExceededError, ServiceBusAuthenticationError, ServiceBusAuthorizationError,
    ServiceBusError)

from steps import run_all, step

CONNECTION = os.environ["AZURE_SERVICE_BUS_CONNECTION_STRING"]
QUEUE = os.environ["AZURE_SERVICE_BUS_QUEUE_NAME"]
client = ServiceBusClient.from_connection_string(CONNECTION, retry_total=1, retry_backoff_factor=0.1)
sender = client.get_queue_sender(QUEUE)
receiver = client.get_queue_receiver(QUEUE)
dead = client.get_queue_receiver(QUEUE, sub_queue=ServiceBusSubQueue.DEAD_LETTER)


def take(count, source=receiver):
    """Takes exactly these many, in however many turns they come."""
    messages = []
    while len(messages) < count:
        more = source.receive_messages(max_message_count=count - len(messages), max_wait_time=10)
        assert more, f"{len(messages)} of {count} came"
        messages.extend(more)
    return messages


def complete(messages, source=receiver):
    for message in messages:
        source.complete_message(message)


def expect(actual, expected):
    assert actual == expected, f"{actual!r} is not {expected!r}"


def expect_nothing(source=receiver):
    """Soon: this SDK does not wait for the server when it settles."""
    until = time.monotonic() + 5
    while (there := [str(message) for message in source.peek_messages(1, sequence_number=1)]) and time.monotonic() < until:
        time.sleep(0.02)
    expect(there, [])


def expect_error(kinds, call):
    try:
        call()
    except kinds as error:
        return error
    raise AssertionError(f"It raised none of {kinds}.")


@step("send and complete")
def _():
    sender.send_messages(ServiceBusMessage(
        b'{"a":1}', message_id="one", subject="batch.completed", correlation_id="batch-7", content_type="application/json"))
    message, = take(1)
    expect(str(message), '{"a":1}')
    expect((message.message_id, message.subject, message.correlation_id, message.content_type, message.delivery_count),
           ("one", "batch.completed", "batch-7", "application/json", 0))
    now = datetime.now(timezone.utc)
    assert abs(message.enqueued_time_utc - now) < timedelta(minutes=1) and message.locked_until_utc > now
    receiver.complete_message(message)
    expect_nothing()


@step("batch")
def _():
    batch = sender.create_message_batch()
    for n in range(50):
        batch.add_message(ServiceBusMessage(f"b{n}"))
    sender.send_messages(batch)
    sender.send_messages([ServiceBusMessage("l0"), ServiceBusMessage("l1")])
    messages = take(52)
    expect(sorted(str(message) for message in messages), sorted([f"b{n}" for n in range(50)] + ["l0", "l1"]))
    complete(messages)


@step("schedule and cancel")
def _():
    due = datetime.now(timezone.utc) + timedelta(seconds=1.5)
    cancelled = sender.schedule_messages(ServiceBusMessage("never"), due)
    sender.schedule_messages([ServiceBusMessage("later")], due)
    sender.cancel_scheduled_messages(cancelled)
    expect_error(MessageNotFoundError, lambda: sender.cancel_scheduled_messages(cancelled))
    expect([str(message) for message in receiver.peek_messages(10, sequence_number=1)], ["later"])
    message, = take(1)
    expect(str(message), "later")
    assert datetime.now(timezone.utc) >= due - timedelta(milliseconds=50), "it came early"
    receiver.complete_message(message)
    expect_nothing()


@step("abandon")
def _():
    sender.send_messages(ServiceBusMessage("again"))
    receiver.abandon_message(take(1)[0])
    message, = take(1)
    expect((str(message), message.delivery_count), ("again", 1))
    receiver.complete_message(message)


@step("dead-letter")
def _():
    sender.send_messages([ServiceBusMessage(body, message_id=body, application_properties={"url": "https://example.com/hook"}) for body in ("d0", "d1", "d2")])
    for message in take(3):
        receiver.dead_letter_message(message, reason="Unreadable", error_description="It is no envelope.")
    expect_nothing()


@step("browse the dead-letter queue")
def _():
    messages = dead.peek_messages(10)
    expect([str(message) for message in messages], ["d0", "d1", "d2"])
    for message in messages:
        expect((message.dead_letter_reason, message.dead_letter_error_description), ("Unreadable", "It is no envelope."))
        expect(message.application_properties[b"url"], b"https://example.com/hook")
    rest = dead.peek_messages(10, sequence_number=messages[1].sequence_number)
    expect([str(message) for message in rest], ["d1", "d2"])


@step("receive from the dead-letter queue")
def _():
    messages = take(3, dead)
    expect(sorted(message.message_id for message in messages), ["d0", "d1", "d2"])
    for message in messages:
        expect((message.dead_letter_reason, message.dead_letter_error_description), ("Unreadable", "It is no envelope."))
    complete(messages, dead)
    expect_nothing(dead)


@step("renew a lock")
def _():
    sender.send_messages(ServiceBusMessage("held"))
    message, = take(1)
    before = message.locked_until_utc
    time.sleep(0.05)
    after = receiver.renew_message_lock(message)
    assert after > before, f"{after} is not after {before}"
    receiver.complete_message(message)
    message._settled = False  # The SDK would not ask the server.
    expect_error(MessageLockLostError, lambda: receiver.renew_message_lock(message))


@step("peek")
def _():
    sender.send_messages([ServiceBusMessage("p0"), ServiceBusMessage("p1")])
    peeked = receiver.peek_messages(10, sequence_number=1)
    expect([str(message) for message in peeked], ["p0", "p1"])
    assert all(message.delivery_count == 0 for message in peeked)
    messages = take(2)
    expect(sorted(message.sequence_number for message in messages), [message.sequence_number for message in peeked])
    complete(messages)


@step("typed properties")
def _():
    properties = {
        "text": "Grüße, 世界 🌍", "empty": "", "whole": 5, "negative": -7, "large": 2 ** 40, "real": 1.5, "yes": True, "no": False,
        "id": uuid.UUID("550e8400-e29b-41d4-a716-446655440000"), "nothing": None,
    }
    sender.send_messages(ServiceBusMessage(bytes(range(256)), application_properties=properties, reply_to="there", to="here", time_to_live=timedelta(days=1)))
    message, = take(1)
    expect(b"".join(message.body), bytes(range(256)))
    # The SDK gives back all text as bytes.
    expect(message.application_properties, {name.encode(): value.encode() if isinstance(value, str) else value for name, value in properties.items()})
    expect((message.reply_to, message.to, message.time_to_live), ("there", "here", timedelta(days=1)))
    receiver.complete_message(message)


@step("large message")
def _():
    body = b"x" * 1_000_000
    sender.send_messages(ServiceBusMessage(body))
    message, = take(1)
    assert b"".join(message.body) == body, "the body is another"
    receiver.complete_message(message)


@step("too large a message")
def _():
    expect_error(MessageSizeExceededError, lambda: sender.send_messages(ServiceBusMessage(b"x" * 1_200_000)))
    batch = sender.create_message_batch()
    batch.add_message(ServiceBusMessage(b"x" * 600_000))
    expect_error(MessageSizeExceededError, lambda: batch.add_message(ServiceBusMessage(b"x" * 600_000)))
    expect_nothing()


@step("1,000 messages concurrently")
def _():
    ids = [f"c{n}" for n in range(1000)]

    def send(some):
        with client.get_queue_sender(QUEUE) as own:
            for message_id in some:
                own.send_messages(ServiceBusMessage(message_id, message_id=message_id))

    with ThreadPoolExecutor(max_workers=8) as threads:
        sending = [threads.submit(send, ids[n::8]) for n in range(8)]
        messages = take(1000)
        for sent in sending:
            sent.result()
    expect(sorted(message.message_id for message in messages), sorted(ids))
    complete(messages)
    expect_nothing()


@step("wrong key")
def _():
    refused = (ServiceBusAuthenticationError, ServiceBusAuthorizationError)
    with ServiceBusClient.from_connection_string(re.sub("SharedAccessKey=[^;]*", "SharedAccessKey=wrong", CONNECTION), retry_total=0) as other:
        expect_error(refused, lambda: other.get_queue_sender(QUEUE).send_messages(ServiceBusMessage("x")))
        expect_error(refused, lambda: other.get_queue_receiver(QUEUE).receive_messages(max_wait_time=1))
    nowhere = expect_error(ServiceBusError, lambda: client.get_queue_sender("nowhere").send_messages(ServiceBusMessage("x")))
    assert "'nowhere' could not be found" in str(nowhere), nowhere


@step("receive and delete")
def _():
    receiver.close()  # It keeps asking for one more, which would be locked for it.
    sender.send_messages([ServiceBusMessage("r0"), ServiceBusMessage("r1")])
    with client.get_queue_receiver(QUEUE, receive_mode=ServiceBusReceiveMode.RECEIVE_AND_DELETE) as deleting:
        expect(sorted(str(message) for message in take(2, deleting)), ["r0", "r1"])
        expect_nothing(deleting)


@step("sessions")
def _():
    sender.send_messages([ServiceBusMessage(f"s{n}", session_id="order-1") for n in (1, 2, 3)])
    with client.get_queue_receiver(QUEUE, session_id="order-1") as session:
        messages = take(3, session)
        expect([(str(message), message.session_id) for message in messages], [("s1", "order-1"), ("s2", "order-1"), ("s3", "order-1")])
        complete(messages, session)
        session.session.set_state("three came")
        expect(session.session.get_state(), b"three came")
        assert session.session.renew_lock() > datetime.now(timezone.utc)
        expect_nothing(session)


try:
    run_all()
finally:
    client.close()

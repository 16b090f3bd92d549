"""
Sends until its standard input ends, whatever becomes of the server meanwhile, and prints the id of each message whose sending has
succeeded.
"""
import os
import sys
import threading

from azure.servicebus import ServiceBusClient, ServiceBusMessage
from azure.servicebus.exceptions import ServiceBusError

waiting = threading.Thread(target=sys.stdin.read, daemon=True)
waiting.start()
number = 0
connection = os.environ["AZURE_SERVICE_BUS_CONNECTION_STRING"]
with ServiceBusClient.from_connection_string(connection, retry_total=2, retry_backoff_factor=0.1) as client:
    with client.get_queue_sender(os.environ["AZURE_SERVICE_BUS_QUEUE_NAME"]) as sender:
        while waiting.is_alive():
            number += 1
            message_id = f"py-{number}"
            try:
                sender.send_messages(ServiceBusMessage("x" * 500, message_id=message_id))
                print(message_id, flush=True)
            except ServiceBusError as error:
                print(f"{message_id}: {error}", file=sys.stderr)  # It may be there or not; nobody counts on it.

"""
Debian's SDK is older than UseDevelopmentEmulator: it speaks TLS only, on port 5671 only, with the machine's certificates only. Python
runs this file before any script, so that the scripts themselves say nothing of the tests' port and certificate.
"""
import os

if "POSTHORN_TLS_PORT" in os.environ:
    import certifi.core
    from azure.servicebus._common import _configuration

    certifi.core.DEBIAN_CA_CERTS_PATH = os.environ["POSTHORN_TLS_CERTIFICATE"]
    _configuration.DEFAULT_AMQPS_PORT = int(os.environ["POSTHORN_TLS_PORT"])

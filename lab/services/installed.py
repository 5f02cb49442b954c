"""The services of the lab, in the order in which they are set up."""

from lab.services.answering import HOTLINE, LOOKUP
from lab.services.database import Database
from lab.services.monitoring import Monitoring
from lab.services.proxy import Proxy
from lab.services.service import Service
from lab.services.telephony import Telephony

SERVICES: tuple[Service, ...] = (Database(), Proxy(), Telephony(), LOOKUP, HOTLINE, Monitoring())

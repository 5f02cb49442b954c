"""Kamailio on the lab's edge: calls go to the first hotline server that answers, and to the next when it does not.

It asks each once a second (SIP OPTIONS). A call that meets a dead server before that was noticed goes on to the next after a second
(`fr_timer`), so what is lost when a server dies is the calls already up. The list can be changed at any time: `kamcmd
dispatcher.set_state`.
"""

from collections.abc import Mapping, Sequence

from lab.hosts import Lab
from lab.layout import LabHost, Layout, Role
from lab.services.service import File

UNIT = "continuance-kamailio.service"
PORT = 5060
DISPATCHER_SET = 1

SERVICE = """[Unit]
Description=The SIP proxy of the lab's hotline
DefaultDependencies=no
After=local-fs.target
StartLimitIntervalSec=0

[Service]
RuntimeDirectory=kamailio
ExecStart=/usr/sbin/kamailio -DD -E -f /etc/kamailio/kamailio.cfg -m 64 -M 8 -P /run/kamailio/pid
Restart=always
RestartSec=200ms
"""

CONFIGURATION = """#!KAMAILIO
debug=2
log_stderror=yes
fork=yes
children=2
disable_tcp=yes
auto_aliases=no
listen=udp:{address}:{port}

loadmodule "kex.so"
loadmodule "corex.so"
loadmodule "tm.so"
loadmodule "tmx.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "siputils.so"
loadmodule "textops.so"
loadmodule "xlog.so"
loadmodule "ctl.so"
loadmodule "dispatcher.so"

modparam("ctl", "binrpc", "unix:/run/kamailio/kamailio_ctl")
modparam("tm", "fr_timer", 1000)
modparam("tm", "fr_inv_timer", 20000)
modparam("tm", "failure_reply_mode", 3)
modparam("dispatcher", "list_file", "/etc/kamailio/dispatcher.list")
modparam("dispatcher", "flags", 2)
modparam("dispatcher", "ds_ping_interval", 1)
modparam("dispatcher", "ds_ping_from", "sip:edge@{address}")
modparam("dispatcher", "ds_ping_reply_codes", "class=2;code=404;code=405;code=481")
modparam("dispatcher", "ds_probing_mode", 1)
modparam("dispatcher", "ds_probing_threshold", 2)
modparam("dispatcher", "ds_inactive_threshold", 2)

request_route {{
    if (!mf_process_maxfwd_header("10")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
    if (is_method("CANCEL")) {{ if (t_check_trans()) t_relay(); exit; }}
    if (has_totag()) {{
        if (loose_route()) {{ t_relay(); exit; }}
        if (is_method("ACK")) {{ if (t_check_trans()) t_relay(); exit; }}
        sl_send_reply("404", "Not Here"); exit;
    }}
    t_check_trans();
    if (is_method("OPTIONS")) {{ sl_send_reply("200", "OK"); exit; }}
    if (!is_method("INVITE")) {{ sl_send_reply("405", "Method Not Allowed"); exit; }}
    record_route();
    if (!ds_select_dst("{set}", "8")) {{ sl_send_reply("503", "No Hotline"); exit; }}
    t_on_failure("NEXT");
    if (!t_relay()) sl_reply_error();
    exit;
}}

failure_route[NEXT] {{
    if (t_is_canceled()) exit;
    if (t_check_status("5[0-9][0-9]") || (t_branch_timeout() && !t_branch_replied())) {{
        if (ds_next_dst()) {{ t_on_failure("NEXT"); t_relay(); exit; }}
    }}
}}
"""


class Telephony:
    """Kamailio on every edge host, where there is a hotline."""

    name = "telephony"

    def files(self, layout: Layout, host: LabHost) -> Mapping[str, File]:
        """Return the configuration, the list of hotline servers, and the unit."""
        if not self.starts(layout, host):
            return {}
        return {
            "/etc/kamailio/kamailio.cfg": File(CONFIGURATION.format(address=host.address, port=PORT, set=DISPATCHER_SET)),
            "/etc/kamailio/dispatcher.list": File(dispatcher_list(layout)),
            f"/etc/systemd/system/{UNIT}": File(SERVICE),
        }

    def starts(self, layout: Layout, host: LabHost) -> Sequence[str]:
        """Return its unit, on an edge host."""
        return (UNIT,) if host.role is Role.EDGE and layout.of(Role.HOTLINE) else ()

    def set_up(self, lab: Lab) -> None:
        """Nothing: it finds out by itself who answers."""


def dispatcher_list(layout: Layout) -> str:
    """Return the hotline servers, the first with the highest priority."""
    servers = layout.of(Role.HOTLINE)
    lines = (f"{DISPATCHER_SET} sip:{each.address}:5060 0 {10 * (len(servers) - index)}\n" for index, each in enumerate(servers))
    return "".join(lines)

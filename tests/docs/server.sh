# A server, with a poll and whatever its configuration says; `systemctl reload` reaches it.
gantry serve 2> serve.log &
server=$!
systemctl() { kill -HUP "$server"; sleep 0.2; }
until curl -sf http://127.0.0.1:8080/readyz > /dev/null; do sleep 0.1; done
gantry poll create best-feature --question "What first?" --option dark="Dark mode" --option api="A public API" > /dev/null

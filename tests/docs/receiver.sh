# Whoever is delivered to: takes everything, and notes it.
cat > receiver.py <<'PYTHON'
from http.server import BaseHTTPRequestHandler, HTTPServer

class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        print(self.headers["Authorization"], body.decode(), flush=True)
        self.send_response(204)
        self.end_headers()

HTTPServer(("127.0.0.1", 9000), Receiver).serve_forever()
PYTHON
python3 receiver.py >> received.txt 2> /dev/null &
until curl -s http://127.0.0.1:9000/ > /dev/null; do sleep 0.1; done

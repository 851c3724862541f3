"""State on an HTTP server: read, written, locked, through a small server of Python's."""
import base64
import hashlib
import http.server
import json
import threading
import urllib.parse

import pytest

from test_workflow import landfall, needs_terraform, terraform


class Server(http.server.ThreadingHTTPServer):
    """Keeps one state and one lock in memory, and what it was asked."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.state, self.lock, self.calls, self.failures = None, None, [], 0
        self.credentials = None
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/state"


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if body and self.command == "GET":
            self.send_header("Content-MD5", base64.b64encode(hashlib.md5(body).digest()).decode())
        self.end_headers()
        self.wfile.write(body)

    def handle_any(self):
        server = self.server
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        server.calls.append((self.command, self.path))
        if server.failures > 0:
            server.failures -= 1
            return self.answer(503)
        if server.credentials and self.headers.get("Authorization") != "Basic " + base64.b64encode(server.credentials.encode()).decode():
            return self.answer(401)
        if body and self.headers["Content-MD5"] != base64.b64encode(hashlib.md5(body).digest()).decode():
            return self.answer(400)
        if self.command == "LOCK":
            if server.lock:
                return self.answer(423, server.lock)
            server.lock = body
            return self.answer(200)
        if self.command == "UNLOCK":
            if not server.lock or json.loads(server.lock)["ID"] != json.loads(body)["ID"]:
                return self.answer(409)
            server.lock = None
            return self.answer(200)
        if self.command == "GET":
            return self.answer(200, server.state) if server.state else self.answer(404)
        given = urllib.parse.parse_qs(urllib.parse.urlparse(self.path).query).get("ID", [""])[0]
        if server.lock and json.loads(server.lock)["ID"] != given:
            return self.answer(423, server.lock)
        server.state = body
        return self.answer(200)

    do_GET = do_POST = do_PUT = do_LOCK = do_UNLOCK = handle_any

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    made = Server()
    yield made
    made.shutdown()


def write_root(folder, server, more="", locks=True):
    lock = f'lock_address = "{server.url}"\n    unlock_address = "{server.url}"' if locks else ""
    (folder / "main.tf").write_text(f'''
terraform {{
  backend "http" {{
    address = "{server.url}"
    {lock}
    {more}
  }}
}}
resource "terraform_data" "a" {{
  count = 2
}}
output "n" {{
  value = length(terraform_data.a)
}}
''')


def test_a_state_is_kept_on_the_server(tmp_path, server):
    write_root(tmp_path, server)
    landfall(tmp_path, "apply", "-auto-approve")
    assert json.loads(server.state)["outputs"]["n"]["value"] == 2 and server.lock is None
    methods = [call for call, _ in server.calls]
    assert methods[0] == "LOCK" and methods[-1] == "UNLOCK" and "POST" in methods
    assert all("ID=" in path for call, path in server.calls if call == "POST")
    landfall(tmp_path, "plan", "-detailed-exitcode")
    landfall(tmp_path, "destroy", "-auto-approve")
    assert json.loads(server.state)["resources"] == []
    assert not (tmp_path / "terraform.tfstate").exists()


def test_init_brings_a_local_state_into_the_backend(tmp_path, server):
    (tmp_path / "main.tf").write_text('resource "terraform_data" "a" {\n  count = 2\n}\noutput "n" {\n  value = length(terraform_data.a)\n}\n')
    landfall(tmp_path, "apply", "-auto-approve")
    local = json.loads((tmp_path / "terraform.tfstate").read_text())
    write_root(tmp_path, server)
    landfall(tmp_path, "init")
    assert server.state is None
    landfall(tmp_path, "init", "-migrate-state", "-force-copy")
    kept = json.loads(server.state)
    assert kept["resources"] == local["resources"] and not (tmp_path / "terraform.tfstate").exists()
    assert json.loads((tmp_path / "terraform.tfstate.backup").read_text()) == local
    landfall(tmp_path, "plan", "-detailed-exitcode")
    landfall(tmp_path, "init", "-migrate-state")

    (tmp_path / "terraform.tfstate").write_text(json.dumps({**local, "lineage": "another"}))
    landfall(tmp_path, "init", "-migrate-state", code=1, says="lineage")
    assert json.loads(server.state) == kept


def test_a_held_state_is_left_alone(tmp_path, server):
    write_root(tmp_path, server)
    server.lock = json.dumps({"ID": "theirs", "Who": "somebody@else", "Operation": "OperationTypeApply", "Info": "", "Version": "1.11.4", "Created": "", "Path": ""}).encode()
    landfall(tmp_path, "apply", "-auto-approve", code=1, says="somebody@else")
    assert server.state is None


def test_other_methods_credentials_and_failures_that_pass(tmp_path, server):
    write_root(tmp_path, server, 'update_method = "PUT"\n    username = "me"\n    password = var.password\n    retry_wait_min = 0\n    retry_max = 3', locks=False)
    (tmp_path / "vars.tf").write_text('variable "password" {\n  default = "right"\n}\n')
    server.credentials, server.failures = "me:right", 2
    landfall(tmp_path, "apply", "-auto-approve")
    assert {call for call, _ in server.calls} == {"GET", "PUT"}
    landfall(tmp_path, "plan", "-var", "password=wrong", code=1, says="answered 401")
    server.failures = 10
    landfall(tmp_path, "plan", code=1, says="answered 503")


def test_what_the_backend_does_not_carry_is_refused_by_name(tmp_path, server):
    write_root(tmp_path, server, 'client_private_key_pem = "x"')
    landfall(tmp_path, "plan", code=1, says='"client_private_key_pem" of backend "http"')
    write_root(tmp_path, server, 'retry_max = "many"')
    landfall(tmp_path, "plan", code=1, says="retry_max")
    (tmp_path / "main.tf").write_text('terraform {\n  backend "http" {}\n}\n')
    landfall(tmp_path, "plan", code=1, says='"address"')


def test_another_roots_outputs_are_read(tmp_path, server):
    write_root(tmp_path, server)
    landfall(tmp_path, "apply", "-auto-approve")
    (tmp_path / "other").mkdir()
    (tmp_path / "other/main.tf").write_text(f'data "terraform_remote_state" "o" {{\n  backend = "http"\n  config = {{ address = "{server.url}" }}\n}}\noutput "n" {{\n  value = data.terraform_remote_state.o.outputs.n\n}}\n')
    landfall(tmp_path / "other", "apply", "-auto-approve")
    assert landfall(tmp_path / "other", "output", "-raw", "n") == "2"


@needs_terraform
def test_terraform_takes_turns(tmp_path, server):
    write_root(tmp_path, server)
    terraform(tmp_path, "init")
    landfall(tmp_path, "apply", "-auto-approve")
    terraform(tmp_path, "plan", "-detailed-exitcode")
    terraform(tmp_path, "destroy", "-auto-approve")
    landfall(tmp_path, "plan", "-detailed-exitcode", code=2)


def test_force_unlock_asks_the_server(tmp_path, server):
    write_root(tmp_path, server)
    landfall(tmp_path, "apply", "-auto-approve")
    server.lock = json.dumps({"ID": "0a1b", "Who": "somebody"}).encode()
    landfall(tmp_path, "force-unlock", "other", code=1, says='lock ID "other" does not match')
    assert "successfully unlocked" in landfall(tmp_path, "force-unlock", "0a1b")
    assert server.lock is None

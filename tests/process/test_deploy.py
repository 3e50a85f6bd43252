"""The examples of a deployment: what they call is there, and fits what the program does."""

import re
import shutil
import socket
import subprocess
import unittest

import support

DEPLOY = support.SOURCE / "examples" / "deploy"


def words_of(instruction, text):
    """What follows an instruction of a Containerfile, each time, with lines that go on joined."""
    joined = text.replace("\\\n", " ")
    return [line.split()[1:] for line in joined.splitlines() if line.startswith(instruction + " ")]


class Service(support.ProcessTest):
    def setUp(self):
        super().setUp()
        self.unit = (DEPLOY / "daybook.service").read_text()

    def setting(self, name):
        return re.search(rf"(?m)^{name}=(.*)$", self.unit).group(1)

    def test_the_example_of_a_configuration_is_one(self):
        process = subprocess.Popen(
            [support.PROGRAM, "serve", "--config", DEPLOY / "node.conf", "--data", self.data,
             "--listen", "127.0.0.1:0", "--metrics-listen", "0"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0)
        self.addCleanup(support.end, process)
        self.assertRegex(support.read_line(process.stdout), r"^listening on ")
        self.assertRegex(support.read_line(process.stdout), r"^metrics on ")
        process.terminate()
        self.assertEqual(process.wait(support.DEADLINE_S), 0)

    def test_systemd_waits_longer_than_a_node_drains(self):
        configured = (DEPLOY / "node.conf").read_text()
        drain = int(re.search(r"drain-seconds = (\d+)", configured).group(1))
        self.assertGreater(int(self.setting("TimeoutStopSec")), drain)

    def test_systemd_understands_the_unit(self):
        program = self.setting("ExecStart").split()[0]
        self.assertEqual(program, "/usr/bin/daybook")
        if not shutil.which("systemd-analyze"):
            return  # its own check; the others hold without it
        copy = self.write("daybook.service", self.unit.replace(program, support.PROGRAM))
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", copy], text=True,
                              capture_output=True, check=False, timeout=support.DEADLINE_S)
        complaints = [x for x in done.stderr.splitlines() if "daybook.service" in x]
        self.assertEqual((done.returncode, complaints), (0, []))

    def test_a_node_says_when_it_is_ready_and_when_it_ends(self):
        path = self.directory / "notify"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(str(path))
            manager.settimeout(support.DEADLINE_S)
            node = self.start_node(wrapper=["env", f"NOTIFY_SOCKET={path}"])
            self.assertEqual(manager.recv(100), b"READY=1")
            self.succeed("health", *node.place)
            self.assertEqual(node.stop(), 0)
            self.assertEqual(manager.recv(100), b"STOPPING=1")

    def test_a_node_does_without_a_manager_that_listens(self):
        for place in "/nowhere/at/all", "", "relative", "/" + "x" * 200:
            node = self.start_node(wrapper=["env", f"NOTIFY_SOCKET={place}"])
            self.assertEqual(node.stop(), 0)


class Image(support.ProcessTest):
    def setUp(self):
        super().setUp()
        self.text = (DEPLOY / "Containerfile").read_text()

    def test_what_it_copies_and_runs_is_there(self):
        for *sources, _ in words_of("COPY", self.text):
            for source in sources:
                if not source.startswith("--from=") and not source.startswith("/"):
                    self.assertTrue((support.SOURCE / source).exists(), source)
        for name in set(re.findall(r"\bscripts/(\w+)", self.text)):
            self.assertTrue((support.SOURCE / "scripts" / name).exists(), name)

    def test_the_image_has_the_libraries_of_the_program(self):
        installed = {word for words in words_of("RUN", self.text) for word in words
                     if re.match(r"lib[a-z0-9+.-]+$", word)}
        listed = subprocess.run(["ldd", support.PROGRAM], text=True, capture_output=True,
                                check=True, timeout=support.DEADLINE_S).stdout
        # What every Debian has, and what comes with the others.
        there = r"/(libc|libm|libgcc_s|libpthread|libdl|librt|libz|libbz2)\.so"
        for path in re.findall(r"=> (/\S+)", listed):
            if re.search(there, path):
                continue
            owners = subprocess.run(["dpkg", "-S", path, path.replace("/lib/", "/usr/lib/", 1)],
                                    text=True, capture_output=True, check=False,
                                    timeout=support.DEADLINE_S).stdout
            packages = {line.split(":")[0] for line in owners.splitlines()}
            with self.subTest(library=path):
                self.assertTrue(packages & installed, packages)

    def test_its_commands_are_ones_of_the_program(self):
        command = re.search(r'CMD (\["daybook", "health".*\])', self.text).group(1)
        self.assertIn("--connect", command)
        self.assertIn("--connect", self.succeed("health", "--help"))
        self.assertIn('CMD ["serve", "--config", "/etc/daybook/node.conf"]', self.text)
        ports = {word for words in words_of("EXPOSE", self.text) for word in words}
        configured = (DEPLOY / "node.conf").read_text()
        self.assertEqual(ports, set(re.findall(r"127\.0\.0\.1:(\d+)", configured)))


if __name__ == "__main__":
    unittest.main()

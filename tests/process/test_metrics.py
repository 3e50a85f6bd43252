"""What a node tells Prometheus: over HTTP, under the names that the rules, the dashboard and the
documentation have."""

import json
import re
import subprocess
import time
import unittest
import urllib.error
import urllib.request

import support

MONITORING = support.SOURCE / "examples" / "monitoring"
NAME = re.compile(r"\bdaybook_[a-z0-9_]+")
# What Prometheus makes of a histogram.
SUFFIX = re.compile(r"_(bucket|sum|count)$")
DEFINITIONS = (
    '{"type":"asset","id":"SECRETCOIN","class":"fiat","precision":2}\n'
    '{"type":"account","path":"assets:secret","asset":"SECRETCOIN","kind":"asset"}\n'
    '{"type":"account","path":"income:secret","asset":"SECRETCOIN","kind":"income"}\n')


def names_in(text):
    """The metrics of ours that a text names; of a histogram, the family."""
    return {SUFFIX.sub("", name) for name in NAME.findall(text)}


class Metrics(support.ProcessTest):
    def start_measured(self, *options):
        node = self.start_node(options=["--metrics-listen", "0", *options])
        line = support.read_line(node.process.stdout)
        found = re.fullmatch(r"metrics on (http://127\.0\.0\.1:\d+/metrics)\n", line)
        self.assertTrue(found, line)
        return node, found.group(1)

    def scrape(self, url):
        with urllib.request.urlopen(url, timeout=support.DEADLINE_S) as answer:
            return answer.read().decode()

    def scrape_until(self, url, fine):
        """What is looked at once a second comes with one of the next scrapes."""
        end = time.monotonic() + support.DEADLINE_S
        while not fine(text := self.scrape(url)):
            self.assertLess(time.monotonic(), end, text)
            time.sleep(0.05)
        return text

    def work(self, node):
        self.import_text(DEFINITIONS, place=node.place, book="secretbook")
        self.succeed("post", *node.place, "--book", "secretbook", "--key", "secretkey",
                     "--debit", "assets:secret=1.00", "--credit", "income:secret=1.00")

    def test_a_node_counts_what_it_does(self):
        node, url = self.start_measured()
        self.work(node)
        text = self.scrape(url)
        self.assertRegex(text, r'(?m)^daybook_commits_total\{outcome="accepted"\} 4 ')
        self.assertRegex(text, r"(?m)^daybook_events_total 4 ")
        self.assertRegex(text, r"(?m)^daybook_log_append_seconds_count [1-4]\.0+ ")
        self.assertRegex(text, r'(?m)^daybook_build_info\{version="\d+\.\d+\.\d+"\} 1 ')
        self.assertRegex(text, r"(?m)^process_resident_memory_bytes \d")
        self.scrape_until(url, lambda text: 'daybook_books{state="running"} 1 ' in text)
        self.assertEqual(node.stop(), 0)

    def test_nothing_that_users_wrote_is_in_them(self):
        node, url = self.start_measured()
        self.work(node)
        text = self.scrape_until(url, lambda text: 'daybook_books{state="running"} 1 ' in text)
        self.assertNotIn("secret", text.lower())

    def test_promtool_finds_nothing_wrong(self):
        node, url = self.start_measured("--node-id", "a")
        self.work(node)
        text = self.scrape_until(url, lambda text: "daybook_cluster_members" in text)
        # CAF's own are CAF's matter: it has no _total for its counters, and one for a gauge.
        ours = "".join(line + "\n" for line in text.splitlines()
                       if re.match(r"(# (HELP|TYPE) )?daybook_", line))
        done = subprocess.run(["promtool", "check", "metrics"], input=ours, text=True,
                              capture_output=True, check=False, timeout=support.DEADLINE_S)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_every_metric_that_is_named_anywhere_is_one_of_a_node(self):
        node, url = self.start_measured("--node-id", "a")
        text = self.scrape_until(url, lambda text: "daybook_cluster_members" in text)
        exported = names_in("\n".join(re.findall(r"(?m)^# TYPE (\S+)", text)))
        documented = names_in((support.SOURCE / "docs/operations.md").read_text())
        self.assertEqual(documented, exported)
        for path in MONITORING.iterdir():
            with self.subTest(path=path.name):
                self.assertEqual(names_in(path.read_text()) - exported, set())
        self.assertEqual(node.stop(), 0)

    def test_every_label_that_is_asked_for_is_one_of_a_node(self):
        node, url = self.start_measured("--node-id", "a")
        text = self.scrape_until(url, lambda text: "daybook_cluster_members" in text)
        for path in MONITORING.iterdir():
            plain = path.read_text().replace('\\"', '"')
            for name, label, value in re.findall(r'(daybook_\w+)\{(\w+)="(\w+)"[,}]', plain):
                with self.subTest(path=path.name, name=name, value=value):
                    self.assertRegex(text, rf'(?m)^{name}\{{{label}="{value}"\}} ')
        self.assertEqual(node.stop(), 0)

    def test_nobody_listens_unless_it_is_asked_for(self):
        process = subprocess.Popen(
            [support.PROGRAM, "serve", "--data", self.data, "--listen", "127.0.0.1:0", "--json"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0)
        self.addCleanup(support.end, process)
        self.assertEqual(list(json.loads(support.read_line(process.stdout))), ["listening"])

    def test_where_it_listens_is_said_as_json(self):
        process = subprocess.Popen(
            [support.PROGRAM, "serve", "--data", self.data, "--listen", "127.0.0.1:0", "--json",
             "--metrics-listen", "127.0.0.1:0"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0)
        self.addCleanup(support.end, process)
        said = json.loads(support.read_line(process.stdout))
        self.assertIn("daybook_commits_total", self.scrape(f"http://{said['metrics']}/metrics"))
        with self.assertRaises(urllib.error.HTTPError):
            self.scrape(f"http://{said['metrics']}/else")

    def test_an_address_that_is_taken_is_a_sentence(self):
        node, url = self.start_measured()
        taken = url.split("/")[2]
        self.fail_with(1, ["metrics", taken], "serve", "--data", str(self.directory / "other"),
                       "--listen", "127.0.0.1:0", "--metrics-listen", taken)
        for wrong in "host:port", "70000", "":
            self.fail_with(2, ["--metrics-listen"], "serve", *self.here, "--metrics-listen", wrong)
        self.assertEqual(node.stop(), 0)


class Files(unittest.TestCase):
    def test_promtool_takes_the_rules_and_the_configuration(self):
        for what, name in ("rules", "daybook.rules.yml"), ("config", "prometheus.yml"):
            done = subprocess.run(["promtool", "check", what, MONITORING / name], text=True,
                                  capture_output=True, check=False, timeout=support.DEADLINE_S)
            self.assertEqual(done.returncode, 0, done)
        self.assertIn("SUCCESS", done.stdout)

    def test_the_dashboard_is_one(self):
        board = json.loads((MONITORING / "dashboard.json").read_text())
        panels = [x for x in board["panels"] if x["type"] != "row"]
        self.assertEqual(len({x["id"] for x in board["panels"]}), len(board["panels"]))
        for panel in panels:
            with self.subTest(panel=panel["title"]):
                self.assertTrue(panel["targets"])
                self.assertTrue(all(NAME.search(x["expr"]) for x in panel["targets"]))
                self.assertLessEqual(panel["gridPos"]["x"] + panel["gridPos"]["w"], 24)


if __name__ == "__main__":
    unittest.main()

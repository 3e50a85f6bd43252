"""`daybook serve --config`: options of a node in a file, under those of the command line."""

import subprocess
import unittest

import support


class Config(support.ProcessTest):
    def config(self, text, name="node.conf"):
        return self.write(name, text)

    def start_with(self, text, *options):
        """A node whose directory and address are in the file alone."""
        process = subprocess.Popen(
            [support.PROGRAM, "serve", "--config", self.config(text), *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0)
        self.addCleanup(support.end, process)
        return process, support.read_line(process.stdout)

    def refuse(self, words, text, *options):
        self.fail_with(2, [*words, "serve --help"], "serve", "--config", self.config(text), *options)
        self.assertFalse(self.data.exists())

    def test_a_file_says_all_that_a_node_needs(self):
        process, line = self.start_with(f"""
            daybook {{
              data = "{self.data}"
              listen = "127.0.0.1:0"
              segment-bytes = 65536
              book-restart = ["main=once", "spare=never"]
            }}
            caf {{ scheduler {{ max-threads = 2 }} }}
        """)
        self.assertRegex(line, r"^listening on 127\.0\.0\.1:\d+\n$")
        place = "--connect", line.split()[-1]
        self.import_text("".join(f'{{"type":"asset","id":"X{i}","class":"fiat","precision":2}}\n'
                                 for i in range(3)), place=place)
        process.terminate()
        self.assertEqual(process.wait(support.DEADLINE_S), 0)
        self.succeed("verify", *self.here)

    def test_the_command_line_goes_first(self):
        other = self.directory / "other"
        _, line = self.start_with(f'daybook {{ data = "{self.data}", json = false }}',
                                  "--data", other, "--listen", "127.0.0.1:0")
        self.assertIn("listening on", line)
        self.assertTrue(other.exists())
        self.assertFalse(self.data.exists())

    def test_a_flag_may_be_in_a_file(self):
        _, line = self.start_with(
            f'daybook {{ data = "{self.data}", listen = "127.0.0.1:0", json = true, book-restart = [] }}')
        self.assertIn('"listening"', line)

    def test_what_is_wrong_is_one_sentence(self):
        data = f'data = "{self.data}"'
        self.refuse(["line 1"], "daybook { = }")
        self.refuse(["'segment-byte'"], f"daybook {{ {data}, segment-byte = 1 }}")
        self.refuse(["segment-bytes"], f"daybook {{ {data}, segment-bytes = 1 }}")
        self.refuse(["segment-bytes"], f'daybook {{ {data}, segment-bytes = "much" }}')
        self.refuse(["restart"], f'daybook {{ {data}, restart = "sometimes" }}')
        self.refuse(["listen"], f'daybook {{ {data}, listen = "127.0.0.1:99999" }}')
        self.refuse(["'json'"], f"daybook {{ {data}, json = [] }}")
        self.refuse(["sometimes"], f'daybook {{ {data}, book-restart = ["main=sometimes"] }}')
        self.refuse(["'config'"], f'daybook {{ {data}, config = "other.conf" }}')
        self.refuse(["'help'"], f"daybook {{ {data}, help = true }}")
        self.refuse(["'other'"], "other { x = 1 }", *self.here)
        self.refuse(["--data"], "daybook { segment-bytes = 65536 }")

    def test_a_file_that_is_not_there(self):
        self.fail_with(2, ["none.conf", "No such file"], "serve", "--config",
                       self.directory / "none.conf", *self.here)


if __name__ == "__main__":
    unittest.main()

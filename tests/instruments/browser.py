"""A real browser: Chromium without a window, driven by playwright-core (browser.mjs)."""

import json
import pathlib
import subprocess

_DRIVER = pathlib.Path(__file__).with_suffix(".mjs")


class BrowserFailed(AssertionError):
    """The page did not do what it was to do; the message is playwright's."""


class Browser:
    """One browser with one page at a time.

        browser = Browser()
        browser.open(width=1280, height=860, scheme="dark")
        browser.goto("http://127.0.0.1:8080/")
        browser.click("text=Log in")
    """

    def __init__(self):
        self._process = subprocess.Popen(["node", str(_DRIVER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def _do(self, command, **arguments):
        self._process.stdin.write(json.dumps({"command": command, **arguments}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise BrowserFailed(f"the browser ended at {command}")
        answer = json.loads(line)
        if "error" in answer:
            raise BrowserFailed(f"{command} {arguments.get('selector', '')}: {answer['error']}")
        return answer["value"]

    def open(self, width=1280, height=860, scheme="light", locale="en-GB", script=None, headers=None, certificate="trusted"):
        """A new window in which nobody is logged in; `script` runs before the page's own, `headers` go with each request,
        and with "any" no certificate is checked."""
        self._do("open", width=width, height=height, scheme=scheme, locale=locale, script=script, headers=headers or {},
                 certificate=certificate)

    def goto(self, url):
        self._do("goto", url=url)

    def click(self, selector):
        self._do("click", selector=selector)

    def fill(self, selector, text):
        self._do("fill", selector=selector, text=text)

    def select(self, selector, label):
        """The option with these words."""
        self._do("select", selector=selector, label=label)

    def download(self, selector):
        """Clicks; {"name", "path"} of the file that comes of it, kept until the next `open`."""
        return self._do("download", selector=selector)

    def cookies(self):
        """As the browser keeps them, hidden from scripts or not."""
        return self._do("cookies")

    def press(self, key):
        self._do("press", key=key)

    def wait(self, selector, state="visible"):
        """Until it is visible, "hidden" or "attached"."""
        self._do("wait", selector=selector, state=state)

    def text(self, selector):
        return self._do("text", selector=selector)

    def texts(self, selector):
        return self._do("texts", selector=selector)

    def count(self, selector):
        return self._do("count", selector=selector)

    def evaluate(self, expression):
        """What a JavaScript expression, or the promise that it is, comes to."""
        return self._do("evaluate", expression=expression)

    def screenshot(self, path):
        self._do("screenshot", path=str(path))

    def resize(self, width, height):
        self._do("resize", width=width, height=height)

    def scheme(self, scheme):
        self._do("scheme", scheme=scheme)

    def axe(self):
        """What axe-core finds serious or critical on the page as it is."""
        return self._do("axe")

    def errors(self):
        """Uncaught errors, dialogs of scripts, and breaches of the content security policy, since `open`."""
        return self._do("errors")

    def close(self):
        if self._process.poll() is None:
            self._process.stdin.close()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process.stdout.close()

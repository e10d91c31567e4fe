// A headless Chromium that does what lines of JSON on its standard input say, one answer a line.
// tests/instruments/browser.py speaks to it; playwright-core and axe-core are those of third_party/npm.

import {createRequire} from "node:module";
import fs from "node:fs";
import readline from "node:readline";

const require = createRequire(new URL("../../third_party/npm/package.json", import.meta.url));
const {chromium} = require("playwright-core");
const AXE = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const PATIENCE_MS = 15_000;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"],
});
let context, page, tools;
let errors = [];

const COMMANDS = {
  // A new window: nobody is logged in there.
  async open({width, height, scheme, locale, script, headers, certificate}) {
    await context?.close();
    context = await browser.newContext({viewport: {width, height}, colorScheme: scheme, locale, reducedMotion: "reduce",
                                        extraHTTPHeaders: headers, ignoreHTTPSErrors: certificate === "any"});
    if (script) await context.addInitScript(script);
    page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    errors = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on("dialog", (dialog) => {
      errors.push(`dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    page.on("console", (message) => {
      if (/Content.Security.Policy|Trusted/.test(message.text())) errors.push(message.text());
    });
    tools = await context.newCDPSession(page);
  },
  goto: ({url}) => page.goto(url).then(() => null),
  click: ({selector}) => page.click(selector),
  fill: ({selector, text}) => page.fill(selector, text),
  select: ({selector, label}) => page.selectOption(selector, {label}).then(() => null),
  // Clicks, and waits for the file that the browser is given.
  download: async ({selector}) => {
    const [file] = await Promise.all([page.waitForEvent("download"), page.click(selector)]);
    return {name: file.suggestedFilename(), path: await file.path()};
  },
  cookies: () => context.cookies(),
  press: ({key}) => page.keyboard.press(key),
  wait: ({selector, state}) => page.waitForSelector(selector, {state: state ?? "visible"}).then(() => null),
  text: ({selector}) => page.textContent(selector),
  texts: ({selector}) => page.locator(selector).allTextContents(),
  count: ({selector}) => page.locator(selector).count(),
  evaluate: async ({expression}) => {
    // By the tools' own way: the page's policy forbids eval.
    const {result, exceptionDetails} = await tools.send("Runtime.evaluate", {expression, awaitPromise: true, returnByValue: true});
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  },
  screenshot: ({path}) => page.screenshot({path}).then(() => null),
  // Serious and critical violations of WCAG's rules, as texts.
  axe: async () => {
    await COMMANDS.evaluate({expression: AXE});
    const found = await COMMANDS.evaluate({expression: "axe.run().then((result) => result.violations)"});
    return found.filter((one) => ["serious", "critical"].includes(one.impact))
        .map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).slice(0, 4).join(", ")}`);
  },
  resize: ({width, height}) => page.setViewportSize({width, height}),
  scheme: ({scheme}) => page.emulateMedia({colorScheme: scheme}),
  errors: async () => errors,
};

for await (const line of readline.createInterface({input: process.stdin})) {
  const {command, ...rest} = JSON.parse(line);
  let answer;
  try {
    answer = {value: (await COMMANDS[command](rest)) ?? null};
  } catch (error) {
    answer = {error: String(error).slice(0, 2000)};
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await browser.close();

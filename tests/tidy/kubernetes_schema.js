// Holds the Kubernetes objects of standard input (a JSON array) against the schemas of npm's kubernetes-models.
// Those accept fields that they do not know, which Kubernetes drops: so each object is watched while it is validated,
// and what the validator never looked at is reported as unknown. Prints one line for each problem.
"use strict";
const path = require("path");
const models = path.join(__dirname, "../../third_party/npm/node_modules/kubernetes-models");

// A view of `value` that remembers in `seen` which places were read.
function watched(value, place, seen) {
  if (value === null || typeof value !== "object") return value;
  return new Proxy(value, {
    get(target, key) {
      if (typeof key === "string") seen.add(`${place}/${key}`);
      return watched(target[key], `${place}/${String(key)}`, seen);
    },
  });
}

function unread(value, place, seen, found) {
  if (value === null || typeof value !== "object") return;
  for (const key of Object.keys(value)) {
    const inner = `${place}/${key}`;
    if (!seen.has(inner)) found.push(inner);
    else unread(value[key], inner, seen, found);
  }
}

function problemsOf(object) {
  const folder = path.join(models, object.apiVersion);
  let Model;
  try {
    Model = require(path.join(folder, `${object.kind}.js`))[object.kind];
  } catch (error) {
    return [`${object.apiVersion} ${object.kind} is not known to kubernetes-models`];
  }
  const problems = [];
  try {
    new Model(object).validate();
  } catch (error) {
    problems.push(error.message);
  }
  const group = object.apiVersion.includes("/") ? object.apiVersion : `core/${object.apiVersion}`;
  const words = group.replace(/\.k8s\.io/, "").split(/[/.]/).map((word) => word[0].toUpperCase() + word.slice(1));
  const schema = path.join(models, "_schemas", `IoK8sApi${words.join("")}${object.kind}.js`);
  const seen = new Set();
  require(schema).validate(watched(object, "", seen));
  const unknown = [];
  unread(object, "", seen, unknown);
  return problems.concat(unknown.map((place) => `no such field: ${place}`));
}

const objects = JSON.parse(require("fs").readFileSync(0, "utf8"));
let failed = false;
for (const object of objects) {
  for (const problem of problemsOf(object)) {
    failed = true;
    console.log(`${object.kind} ${object.metadata.name}: ${problem}`);
  }
}
process.exit(failed ? 1 : 0);

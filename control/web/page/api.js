// Control's API as the page speaks it: the gRPC methods by POST, with protobuf's JSON for both ways.
//   const {conference} = await call("ConferenceService/MuteAll", {conferenceId, isMuted: true});

export class ApiError extends Error {
  constructor(status, {code = "", reason = "", message = "", retryAfterS = 0} = {}) {
    super(message || reason || `HTTP ${status}`);
    this.status = status;
    this.code = code;
    this.reason = reason;
    this.retryAfterS = retryAfterS;
  }
}

let csrfToken = "";
let onLoggedOut = () => {};

export function whenLoggedOut(callback) {
  onLoggedOut = callback;
}

async function request(path, {method = "GET", body} = {}) {
  let response;
  try {
    response = await fetch(path, {
      method,
      credentials: "same-origin",
      headers: method === "GET" ? {} : {"Content-Type": "application/json", "X-Narada-Csrf": csrfToken},
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new ApiError(0, {reason: "UNREACHABLE"});
  }
  const text = await response.text();
  let answer = {};
  try {
    answer = text ? JSON.parse(text) : {};
  } catch {
    answer = {message: text.trim()};
  }
  if (!response.ok) throw new ApiError(response.status, answer);
  return answer;
}

export async function call(method, body = {}) {
  try {
    return await request(`/api/${method}`, {method: "POST", body});
  } catch (error) {
    if (error.status === 401) onLoggedOut();
    throw error;
  }
}

// Asks by POST for a file, which the browser then keeps.
export async function download(path, body, name) {
  const response = await fetch(`/api/${path}`, {
    method: "POST", credentials: "same-origin", headers: {"Content-Type": "application/json", "X-Narada-Csrf": csrfToken}, body: JSON.stringify(body),
  }).catch(() => {
    throw new ApiError(0, {reason: "UNREACHABLE"});
  });
  if (!response.ok) throw new ApiError(response.status, await response.json().catch(() => ({})));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

// Whole lists: page after page, up to `max` entries of the field `name`.
export async function list(method, name, body = {}, max = 1000) {
  const all = [];
  let pageToken = "";
  do {
    const answer = await call(method, {pageSize: Math.min(max, 200), ...body, pageToken});
    all.push(...(answer[name] ?? []));
    pageToken = answer.nextPageToken ?? "";
  } while (pageToken && all.length < max);
  return all;
}

// Who is logged in; null for nobody.
export async function session() {
  try {
    return keep(await request("/api/session"));
  } catch (error) {
    if (error.status === 401) return null;
    throw error;
  }
}

// For who hears no more from the server: because nobody is logged in any more?
export async function checkSession() {
  try {
    if (await session() === null) onLoggedOut();
  } catch {
    // It cannot be reached: that says nothing.
  }
}

export async function logIn(credentials) {
  return keep(await request("/api/log-in", {method: "POST", body: credentials}));
}

export async function logOut() {
  await request("/api/log-out", {method: "POST", body: {}});
  csrfToken = "";
}

function keep(answer) {
  csrfToken = answer.csrfToken ?? "";
  return answer;
}

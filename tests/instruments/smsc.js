// An SMSC for tests, on npm's smpp: a peer that shares no code with control.
//   node smsc.js [PORT]
// Prints one JSON object a line for what happens, each with the time (at_ms), first {"event": "listening",
// "port": ...}; reads policies, one JSON object a line, each of which changes the fields that it names (see
// `policy`).
'use strict';

const readline = require('readline');
const smpp = require('smpp');

const policy = {
  password: null,         // Null: any.
  delay_ms: 0,            // Before each answer to submit_sm.
  unanswered: 0,          // So many submit_sm more are taken and never answered.
  close_after: 0,         // The connection breaks at the so manieth submit_sm from now, which is taken.
  throttle_every: 0,      // Each so manieth submit_sm is answered with ESME_RTHROTTLED.
  per_second: 0,          // More than that within a second are answered so as well.
  status: 0,              // Of every answer to submit_sm.
  receipts: 'none',       // 'text', 'parameters'
  receipt_state: 'DELIVRD',
  receipt_delay_ms: 20,
};
const states = {ENROUTE: 1, DELIVRD: 2, EXPIRED: 3, DELETED: 4, UNDELIV: 5, ACCEPTD: 6, REJECTD: 8};

let submits = 0;
let ids = 0;
let recent = [];

function tell(event) {
  process.stdout.write(JSON.stringify({...event, at_ms: Date.now()}) + '\n');
}

function give(session, pdu, id) {
  const text = `id:${id} sub:001 dlvrd:001 submit date:2601021405 done date:2601021406 ` +
      `stat:${policy.receipt_state} err:000 text:x`;
  const receipt = {
    source_addr: pdu.destination_addr,
    destination_addr: pdu.source_addr,
    esm_class: 4,
    short_message: policy.receipts === 'text' ? text : '',
  };
  if (policy.receipts === 'parameters') {
    receipt.receipted_message_id = id;
    receipt.message_state = states[policy.receipt_state];
  }
  session.deliver_sm(receipt, (answer) => tell({event: 'receipt_answered', id: id, status: answer.command_status}));
}

function statusOf(now) {
  if (policy.status) return policy.status;
  if (policy.throttle_every && submits % policy.throttle_every === 0) return smpp.ESME_RTHROTTLED;
  if (policy.per_second) {
    recent = recent.filter((at) => at > now - 1000);
    recent.push(now);
    if (recent.length > policy.per_second) return smpp.ESME_RTHROTTLED;
  }
  return 0;
}

function onSubmit(session, pdu) {
  submits += 1;
  const status = statusOf(Date.now());
  const id = status === 0 ? 'ID-' + (ids += 1).toString(16) : '';
  const isLost = policy.unanswered > 0;
  const isBroken = policy.close_after === 1;
  tell({
    event: 'submit',
    status: status,
    id: id,
    answered: !isLost && !isBroken,
    to: pdu.destination_addr,
    from: pdu.source_addr,
    source_ton: pdu.source_addr_ton,
    data_coding: pdu.data_coding,
    registered_delivery: pdu.registered_delivery,
    udh: (pdu.short_message.udh || []).map((element) => element.toString('hex')),
    text: pdu.short_message.message,
  });
  if (policy.close_after > 0) {
    policy.close_after -= 1;
    if (isBroken) return session.destroy();
  }
  if (isLost) {
    policy.unanswered -= 1;
    return;
  }
  setTimeout(() => {
    session.send(pdu.response(status === 0 ? {message_id: id} : {command_status: status}));
    tell({event: 'answer', id: id});
    const isWished = status === 0 && pdu.registered_delivery === 1 && policy.receipts !== 'none';
    if (isWished) setTimeout(() => give(session, pdu, id), policy.receipt_delay_ms);
  }, policy.delay_ms);
}

const server = smpp.createServer((session) => {
  session.on('error', (error) => tell({event: 'error', why: String(error)}));
  session.on('close', () => tell({event: 'close'}));
  session.on('bind_transceiver', (pdu) => {
    const isWrong = policy.password !== null && pdu.password !== policy.password;
    tell({event: 'bind', system_id: pdu.system_id, system_type: pdu.system_type, refused: isWrong});
    if (isWrong) {
      session.send(pdu.response({command_status: smpp.ESME_RINVPASWD}));
      session.close();
    } else {
      session.send(pdu.response({system_id: 'smsc'}));
    }
  });
  session.on('submit_sm', (pdu) => onSubmit(session, pdu));
  session.on('enquire_link', (pdu) => {
    tell({event: 'enquire_link'});
    session.send(pdu.response());
  });
  session.on('unbind', (pdu) => {
    tell({event: 'unbind'});
    session.send(pdu.response());
    session.close();
  });
});

server.listen(Number(process.argv[2] || 0), '127.0.0.1',
              () => tell({event: 'listening', port: server.address().port}));
readline.createInterface({input: process.stdin})
    .on('line', (line) => {
      Object.assign(policy, JSON.parse(line));
      tell({event: 'policy'});
    })
    .on('close', () => process.exit(0));

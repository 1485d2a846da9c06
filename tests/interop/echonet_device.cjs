// The npm library echonet-lite as an ordinary air conditioner (class 0x0130) on the LAN: it, and not Hulian, answers, sets and announces.
// node echonet_device.cjs ADDRESS   prints every property that was set, as JSON lines
"use strict";

const EL = require("echonet-lite");

const CODE = "013001";
const settable = [0x80, 0x81, 0x8f, 0xb0, 0xb3, 0xa0, 0xa3];
const readable = [...settable, 0x82, 0x83, 0x88, 0x8a, 0x9d, 0x9e, 0x9f, 0xba, 0xbb, 0xbe];

function propertyMap(codes) {
  if (codes.length < 16) return [codes.length, ...codes];
  const bits = new Array(16).fill(0);
  for (const code of codes) bits[code & 0x0f] |= 1 << ((code >> 4) - 8);
  return [codes.length, ...bits];
}

const details = {
  [CODE]: {
    80: [0x30],
    81: [0x08],
    82: [0x00, 0x00, 0x52, 0x01],
    83: [0xfe, 0x00, 0x00, 0x77, ...new Array(13).fill(0x21)],
    88: [0x42],
    "8a": [0x00, 0x00, 0x77],
    "8f": [0x42],
    "9d": propertyMap([0x80, 0x81, 0x8f, 0xb0, 0xa0]),
    "9e": propertyMap(settable),
    "9f": propertyMap(readable),
    a0: [0x31],
    a3: [0x31],
    b0: [0x42],
    b3: [0x1a],
    ba: [0x32],
    bb: [0x1d],
    be: [0x7e],
  },
};

function heard(sender, frame, error) {
  if (error || frame.DEOJ !== CODE) return;
  if (frame.ESV === EL.GET) EL.replyGetDetail(sender, frame, details);
  if (frame.ESV === EL.SETC || frame.ESV === EL.SETI) {
    console.log(JSON.stringify(frame.DETAILs));
    EL.replySetDetail(sender, frame, details);
  }
}

EL.initialize([CODE], heard, 4, { v4: process.argv[2], ignoreMe: true, autoGetProperties: false }).then(() => {
  EL.Node_details["83"] = [0xfe, 0x00, 0x00, 0x77, ...new Array(13).fill(0x12)];
  console.log(JSON.stringify({ ready: process.argv[2] }));
});

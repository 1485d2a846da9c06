// What the real Zigbee2MQTT would announce to Home Assistant for definitions of devices: no radio, no broker, only its own extension.
//   node zigbee2mqtt_discovery.cjs FOLDER < definitions.jsonl      (lines {"definition": {model, vendor, description, exposes, ...}})
// FOLDER is where its configuration is written. JSON lines on stdout: {model, topic, payload}, payload as it would be published.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const readline = require("node:readline");
const { createRequire } = require("node:module");

const folder = process.argv[2];
fs.mkdirSync(folder, { recursive: true });
process.env.ZIGBEE2MQTT_DATA = folder;
fs.writeFileSync(path.join(folder, "configuration.yaml"), JSON.stringify({
    version: 5,
    mqtt: { base_topic: "zigbee2mqtt", server: "mqtt://127.0.0.1" },
    serial: { port: "/dev/null", adapter: "zstack" },
    advanced: { log_output: [] },
    availability: { enabled: true },
    homeassistant: { enabled: true },
    frontend: { enabled: false },
    devices: {},
}));

const inside = createRequire(require.resolve("zigbee2mqtt/package.json"));
inside("./dist/util/settings").reRead?.();
inside("./dist/util/logger").default.init();
const { HomeAssistant } = inside("./dist/extension/homeassistant");

const said = [];
const nothing = () => {};
const mqtt = { publish: async (topic, payload) => said.push([topic, payload]), subscribe: nothing, unsubscribe: nothing };
const bus = new Proxy({}, { get: () => nothing });
const coordinator = { deviceIeeeAddress: "0x00124b00feed0000" };
const zigbee = { firstCoordinatorEndpoint: () => coordinator, getCoordinatorVersion: async () => ({ type: "none", meta: { revision: 1 } }), devicesIterator: () => [], groupsIterator: () => [], devicesAndGroupsIterator: () => [] };

function device(definition, number) {
    const address = `0x${number.toString(16).padStart(16, "0")}`;
    return {
        ID: address, ieeeAddr: address, name: address, interviewed: true, definition, options: { ID: address },
        isDevice: () => true, isGroup: () => false, exposes: () => definition.exposes ?? [], endpoint: () => undefined,
        zh: { endpoints: [], softwareBuildID: "1.0", hardwareVersion: 1, type: "EndDevice", powerSource: "Mains (single phase)" },
    };
}

async function run() {
    const extension = new HomeAssistant(zigbee, mqtt, {}, nothing, bus, nothing, nothing, nothing);
    await extension.start();
    let number = 1;
    for await (const line of readline.createInterface({ input: process.stdin })) {
        const { definition } = JSON.parse(line);
        if (definition === undefined) continue;
        said.length = 0;
        await extension.discover(device(definition, number++));
        for (const [topic, payload] of said) process.stdout.write(`${JSON.stringify({ model: definition.model, topic: `homeassistant/${topic}`, payload })}\n`);
    }
    process.stdout.write("", () => process.exit(0));
}

run().catch((error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
});

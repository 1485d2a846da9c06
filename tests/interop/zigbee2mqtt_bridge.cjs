// The real Zigbee2MQTT, with a radio of ours under it: everything above the adapter is its own (database, devices, converters, topics,
// its Home Assistant discovery). The radio keeps a table of attributes for every endpoint, answers reads and writes from it, and does to
// it what a few commands of the clusters say.
//   node zigbee2mqtt_bridge.cjs SETUP.json
// SETUP: {data, broker, base, homeassistant, options, devices: [{ieee, name, model, maker, power, router, endpoints: {"1": {device, in, out,
// attributes: {cluster: {attribute: value}}}}}]}. JSON lines on stdin: {report: ieee, endpoint, cluster, attributes}, {said: ieee, endpoint,
// cluster, command, payload}, {silent: ieee, on}, {deaf: ieee, on} (it takes
// every message and does nothing), {leave: ieee}. JSON lines on stdout: {ready: true}, {radio: [ieee, endpoint, cluster,
// command, payload]}.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const readline = require("node:readline");
const { createRequire } = require("node:module");

const setup = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
fs.mkdirSync(setup.data, { recursive: true });
process.env.ZIGBEE2MQTT_DATA = setup.data;

const main = require.resolve("zigbee2mqtt/package.json");
const inside = createRequire(main);
const { Adapter } = inside("zigbee-herdsman/dist/adapter/adapter.js");
const { Zcl } = inside("zigbee-herdsman");
const COORDINATOR = "0x00124b00feed0000";
const units = new Map(setup.devices.map((device, index) => [device.ieee, { ...device, network: 4096 + index, silent: false, deaf: false }]));

function say(words) {
    process.stdout.write(`${JSON.stringify(words)}\n`);
}

function table(unit, endpoint, cluster) {
    const place = unit.endpoints[endpoint];
    if (place === undefined || !place.in.includes(cluster)) return undefined;
    place.attributes ??= {};
    return (place.attributes[cluster] ??= {});
}

// What a command does to the attributes; whatever is not here is answered and does nothing.
const COMMANDS = {
    genOnOff: {
        on: (kept) => (kept.onOff = 1),
        off: (kept) => (kept.onOff = 0),
        toggle: (kept) => (kept.onOff = kept.onOff ? 0 : 1),
    },
    genLevelCtrl: {
        moveToLevel: (kept, { level }) => (kept.currentLevel = level),
        moveToLevelWithOnOff: (kept, { level }, place) => {
            kept.currentLevel = level;
            (place.attributes.genOnOff ??= {}).onOff = level ? 1 : 0;
        },
    },
    lightingColorCtrl: {
        moveToColorTemp: (kept, { colortemp }) => Object.assign(kept, { colorTemperature: colortemp, colorMode: 2 }),
        moveToColor: (kept, { colorx, colory }) => Object.assign(kept, { currentX: colorx, currentY: colory, colorMode: 1 }),
    },
    closuresWindowCovering: {
        upOpen: (kept) => (kept.currentPositionLiftPercentage = 100),
        downClose: (kept) => (kept.currentPositionLiftPercentage = 0),
        goToLiftPercentage: (kept, { percentageliftvalue }) => (kept.currentPositionLiftPercentage = percentageliftvalue),
    },
    closuresDoorLock: {
        lockDoor: (kept) => (kept.lockState = 1),
        unlockDoor: (kept) => (kept.lockState = 2),
    },
};

class Radio extends Adapter {
    async start() { return "resumed"; }
    async stop() {}
    async getCoordinatorIEEE() { return COORDINATOR; }
    async getCoordinatorVersion() { return { type: "in memory", meta: { revision: 1 } }; }
    async reset() {}
    async supportsBackup() { return false; }
    async backup() { throw new Error("there is nothing to back up"); }
    async getNetworkParameters() { return { panID: 6754, extendedPanID: "0xdddddddddddddddd", channel: 11, nwkUpdateID: 0 }; }
    async addInstallCode() {}
    async permitJoin() {}
    async sendZclFrameToGroup() {}
    async sendZclFrameToAll() {}
    async setChannelInterPAN() {}
    async sendZclFrameInterPANToIeeeAddr() {}
    async sendZclFrameInterPANBroadcast() {}
    async restoreChannelInterPAN() {}
    async sendZdo() { return [0, {}]; }

    waitFor() {
        return { promise: new Promise(() => {}), cancel: () => {} };
    }

    async sendZclFrameToEndpoint(ieee, network, endpoint, frame, timeout, disableResponse) {
        const unit = units.get(ieee);
        const name = frame.command.name;
        say({ radio: [ieee, endpoint, frame.cluster.name, name, frame.payload] });
        if (unit === undefined || unit.silent) throw new Error("nobody answers");
        const kept = table(unit, endpoint, frame.cluster.name);
        if (kept === undefined) return disableResponse ? undefined : this.answer(unit, endpoint, frame, "defaultRsp", { cmdId: frame.command.ID, statusCode: 0xc3 });
        if (name === "read") return this.answer(unit, endpoint, frame, "readRsp", frame.payload.map(({ attrId }) => this.record(frame.cluster, kept, attrId)));
        if (name === "write") {
            for (const { attrId, attrData } of frame.payload) {
                const attribute = Object.values(frame.cluster.attributes).find((each) => each.ID === attrId);
                kept[attribute?.name ?? attrId] = attrData;
            }
            return this.answer(unit, endpoint, frame, "writeRsp", [{ status: 0 }]);
        }
        if (name === "configReport") return this.answer(unit, endpoint, frame, "configReportRsp", [{ status: 0 }]);
        if (!unit.deaf) COMMANDS[frame.cluster.name]?.[name]?.(kept, frame.payload, unit.endpoints[endpoint]);
        return disableResponse ? undefined : this.answer(unit, endpoint, frame, "defaultRsp", { cmdId: frame.command.ID, statusCode: 0 });
    }

    record(cluster, kept, attrId) {
        const attribute = Object.values(cluster.attributes).find((each) => each.ID === attrId);
        const value = attribute && kept[attribute.name];
        return value === undefined ? { attrId, status: 0x86 } : { attrId, status: 0, dataType: attribute.type, attrData: value };
    }

    // What a device answers is also heard as a message of its own, as with a real adapter.
    answer(unit, endpoint, frame, command, payload) {
        const answer = this.received(unit, endpoint, frame.cluster.ID, Zcl.Frame.create(0, 1, true, undefined, frame.header.transactionSequenceNumber, command, frame.cluster, payload, {}));
        if (command === "readRsp") setImmediate(() => this.emit("zclPayload", answer));
        return answer;
    }

    received(unit, endpoint, clusterID, frame) {
        const data = frame.toBuffer();
        return { clusterID, header: Zcl.Header.fromBuffer(data), data, address: unit.network, endpoint, linkquality: 120, groupID: 0, wasBroadcast: false, destinationEndpoint: 1 };
    }

    report(unit, endpoint, name, attributes) {
        const cluster = Zcl.Utils.getCluster(name, undefined, {});
        const kept = table(unit, endpoint, name);
        const records = Object.entries(attributes).map(([key, attrData]) => {
            kept[key] = attrData;
            const { ID, type } = cluster.attributes[key];
            return { attrId: ID, dataType: type, attrData };
        });
        this.emit("zclPayload", this.received(unit, endpoint, cluster.ID, Zcl.Frame.create(0, 1, true, undefined, 1, "report", cluster, records, {})));
    }

    said(unit, endpoint, name, command, payload) {
        const cluster = Zcl.Utils.getCluster(name, undefined, {});
        const direction = cluster.commands[command] === undefined ? 1 : 0;
        this.emit("zclPayload", this.received(unit, endpoint, cluster.ID, Zcl.Frame.create(1, direction, true, undefined, 1, command, cluster, payload ?? {}, {})));
    }
}

function entry(unit, id) {
    const endpoints = {};
    for (const [number, place] of Object.entries(unit.endpoints)) {
        endpoints[number] = {
            profId: 260,
            epId: Number(number),
            devId: place.device ?? 0,
            inClusterList: place.in.map((name) => Zcl.Utils.getCluster(name, undefined, {}).ID),
            outClusterList: (place.out ?? []).map((name) => Zcl.Utils.getCluster(name, undefined, {}).ID),
            clusters: Object.fromEntries(Object.entries(place.attributes ?? {}).map(([name, attributes]) => [name, { attributes: { ...attributes } }])),
            binds: [],
            configuredReportings: [],
            meta: {},
        };
    }
    return {
        id, type: unit.router ? "Router" : "EndDevice", ieeeAddr: unit.ieee, nwkAddr: unit.network, manufId: 0, manufName: unit.maker, powerSource: unit.power,
        modelId: unit.model, epList: Object.keys(endpoints).map(Number), endpoints, interviewCompleted: true, interviewState: "SUCCESSFUL",
        swBuildId: unit.firmware, dateCode: "20240101", meta: { configured: unit.configured ?? 1 }, lastSeen: Date.now(),
    };
}

const coordinator = {
    id: 1, type: "Coordinator", ieeeAddr: COORDINATOR, nwkAddr: 0, manufId: 0, epList: [1],
    endpoints: { 1: { profId: 260, epId: 1, devId: 5, inClusterList: [], outClusterList: [], clusters: {}, binds: [], configuredReportings: [], meta: {} } },
    interviewCompleted: true, interviewState: "SUCCESSFUL", meta: {},
};
const rows = [coordinator, ...[...units.values()].map((unit, index) => entry(unit, index + 2))];
fs.writeFileSync(path.join(setup.data, "database.db"), `${rows.map((row) => JSON.stringify(row)).join("\n")}\n`);
const named = Object.fromEntries(setup.devices.map((device) => [device.ieee, { friendly_name: device.name, ...(device.options ?? {}) }]));
fs.writeFileSync(path.join(setup.data, "configuration.yaml"), JSON.stringify({
    version: 5,
    mqtt: { base_topic: setup.base, server: setup.broker, version: 5 },
    serial: { port: "/dev/null", adapter: "zstack" },
    advanced: { log_output: ["console"], log_level: setup.log ?? "error", network_key: Array.from({ length: 16 }, (_, index) => index + 1), pan_id: 6754, ext_pan_id: Array(8).fill(0xdd), ...(setup.advanced ?? {}) },
    availability: { enabled: setup.availability ?? true },
    homeassistant: { enabled: setup.homeassistant ?? false, ...(setup.homeassistant ? { discovery_topic: setup.homeassistant } : {}) },
    frontend: { enabled: false },
    devices: named,
}));

let radio;
Adapter.create = async (...options) => (radio = new Radio(...options));

async function run() {
    const settings = inside("./dist/util/settings");
    settings.reRead?.();
    const { Controller } = inside("./dist/controller");
    const controller = new Controller(async () => {}, async (code) => process.exit(code));
    await controller.start();
    say({ ready: true });
    for await (const line of readline.createInterface({ input: process.stdin })) {
        const order = JSON.parse(line);
        const unit = units.get(order.report ?? order.said ?? order.silent ?? order.deaf ?? order.leave);
        if (order.report) radio.report(unit, order.endpoint ?? 1, order.cluster, order.attributes);
        if (order.said) radio.said(unit, order.endpoint ?? 1, order.cluster, order.command, order.payload);
        if (order.silent) unit.silent = order.on;
        if (order.deaf) unit.deaf = order.on;
        if (order.leave) radio.emit("deviceLeave", { ieeeAddr: unit.ieee, networkAddress: unit.network });
        say({ done: order });
    }
    await controller.stop();
}

run().catch((error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
});

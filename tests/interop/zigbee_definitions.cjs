// Every definition Zigbee2MQTT knows, and what its own Home Assistant extension makes of it: one JSON object a line,
//   {"file", "definition": {model, vendor, description, exposes}, "discovery": [{component, object_id, property, unit, device_class}]}
// Run with NODE_PATH pointing to a folder that has zigbee-herdsman-converters and zigbee2mqtt. Definitions whose exposes depend on a device
// are asked with a dummy one, as Zigbee2MQTT itself does; what cannot be loaded is a line {"file", "model", "error"}.
"use strict";

const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

const data = fs.mkdtempSync(path.join(os.tmpdir(), "hulian-zigbee-"));
process.env.ZIGBEE2MQTT_DATA = data;
fs.writeFileSync(path.join(data, "configuration.yaml"), "version: 5\nmqtt: {server: 'mqtt://127.0.0.1'}\nhomeassistant: {enabled: true}\n");
process.on("exit", () => fs.rmSync(data, { recursive: true, force: true }));

const converters = path.dirname(require.resolve("zigbee-herdsman-converters/package.json"));
const bridge = path.dirname(require.resolve("zigbee2mqtt/package.json"));
const { prepareDefinition } = require("zigbee-herdsman-converters");
const settings = require(path.join(bridge, "dist/util/settings.js"));
settings.reRead?.();
const logger = require(path.join(bridge, "dist/util/logger.js")).default;
for (const level of ["debug", "info", "warning", "error"]) logger[level] = () => {};
const extension = require(path.join(bridge, "dist/extension/homeassistant.js"));
const HomeAssistant = extension.HomeAssistant ?? extension.default;

const asked = Object.create(HomeAssistant.prototype);
asked.legacyActionSensor = false;
asked.experimentalEventEntities = true;
asked.getActionValueTemplate ??= () => "";
asked.actionValueTemplate = "";

// One device as the extension asks about it.
function entity(definition, exposes) {
    return {
        isDevice: () => true,
        isGroup: () => false,
        exposes: () => exposes,
        definition: { ...definition, ota: undefined },
        options: {},
        zh: { endpoints: [] },
        endpoint: () => undefined,
        name: definition.model,
        ID: "0x00",
        ieeeAddr: "0x00",
    };
}

// The state's property a discovered entity shows: what stands in its template.
function property(config) {
    const template = config.discovery_payload.value_template ?? "";
    return /value_json\.([A-Za-z0-9_]+)|value_json\['([^']+)'\]|value_json\["([^"]+)"\]/.exec(template)?.slice(1).find(Boolean) ?? config.object_id;
}

function discovered(definition, exposes) {
    return exposes
        .flatMap((expose) => asked.exposeToConfig([expose], entity(definition, exposes), exposes))
        .map((config) => ({
            component: config.type,
            object_id: config.object_id,
            property: property(config),
            unit: config.discovery_payload.unit_of_measurement ?? null,
            device_class: config.discovery_payload.device_class ?? null,
        }));
}

for (const file of fs.readdirSync(path.join(converters, "dist/devices")).sort()) {
    if (!file.endsWith(".js") || file === "index.js") continue;
    for (const raw of require(path.join(converters, "dist/devices", file)).definitions) {
        let line;
        try {
            const definition = prepareDefinition(raw);
            const exposes = typeof definition.exposes === "function" ? definition.exposes({ isDummyDevice: true }, {}) : definition.exposes;
            const { model, vendor, description } = definition;
            line = { file, definition: { model, vendor, description, exposes }, discovery: discovered(definition, exposes) };
        } catch (error) {
            line = { file, model: raw.model, error: String(error.stack ?? error) };
        }
        process.stdout.write(`${JSON.stringify(line)}\n`);
    }
}

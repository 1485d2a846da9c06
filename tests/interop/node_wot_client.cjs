// node-wot as an ordinary client: consumes a Thing Description from a file and uses it over MQTT.
// Nothing here knows Hulian; the arguments name the affordances.
//   node node_wot_client.cjs TD.json '{"read": "power", "write": ["targetTemperature", 23], "event": "commandAck", "invoke": ["identify", null]}'
const { readFileSync } = require("node:fs");
const { Servient } = require("@node-wot/core");
const { MqttClientFactory } = require("@node-wot/binding-mqtt");

const WAIT = 20000;

function limited(promise, what) {
    const late = new Promise((_, reject) => setTimeout(() => reject(new Error(`${what}: nothing within ${WAIT} ms`)), WAIT).unref());
    return Promise.race([promise, late]);
}

async function main() {
    const td = JSON.parse(readFileSync(process.argv[2], "utf8"));
    const plan = JSON.parse(process.argv[3]);
    const servient = new Servient();
    servient.addClientFactory(new MqttClientFactory());
    const wot = await servient.start();
    const thing = await wot.consume(td);
    const seen = {};
    if (plan.event) {
        const events = [];
        await limited(thing.subscribeEvent(plan.event, async (output) => events.push(await output.value())), "subscribe");
        seen.events = events;
    }
    if (plan.read) {
        seen.read = await limited(thing.readProperty(plan.read).then((output) => output.value()), "read");
    }
    if (plan.write) {
        await limited(thing.writeProperty(plan.write[0], plan.write[1]), "write");
        seen.wrote = true;
    }
    if (plan.invoke) {
        await limited(thing.invokeAction(plan.invoke[0], plan.invoke[1] ?? undefined), "invoke");
        seen.invoked = true;
    }
    if (plan.until) {
        const end = Date.now() + WAIT;
        const done = () => (seen.events ?? []).filter((ack) => ack.state === "completed").length >= plan.until;
        while (!done() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 100));
    }
    console.log(JSON.stringify(seen));
    process.exit(0);
}

main().catch((error) => {
    console.error(error);
    process.exit(1);
});

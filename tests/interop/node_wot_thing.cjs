// A Thing made with node-wot, served over CoAP: node node_wot_thing.cjs PORT. Says {"ready": true} when it answers.
const { Servient } = require("@node-wot/core");
const { CoapServer } = require("@node-wot/binding-coap");

async function main() {
    const servient = new Servient();
    servient.addServer(new CoapServer({ port: Number(process.argv[2]), address: "127.0.0.1" }));
    const wot = await servient.start();
    const thing = await wot.produce({
        title: "counter",
        description: "A counter nobody of this project made",
        properties: {
            count: { type: "integer", minimum: 0, maximum: 1000, observable: true, readOnly: false },
            limit: { type: "number", minimum: 0, maximum: 100, unit: "Cel" },
            label: { type: "string", readOnly: true },
        },
        actions: { increment: { input: { type: "integer", minimum: 1, maximum: 10 } } },
        events: { overflow: { data: { type: "integer" } } },
    });
    const state = { count: 4, limit: 20, label: "first" };
    for (const name of Object.keys(state)) {
        thing.setPropertyReadHandler(name, async () => state[name]);
    }
    for (const name of ["count", "limit"]) {
        thing.setPropertyWriteHandler(name, async (value) => { state[name] = await value.value(); });
    }
    thing.setActionHandler("increment", async (input) => { state.count += await input.value(); return undefined; });
    await thing.expose();
    console.log(JSON.stringify({ ready: true, td: thing.getThingDescription() }));
}

main().catch((error) => { console.error(error); process.exit(1); });

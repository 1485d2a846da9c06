// A Thing of node-wot over HTTP, to be read beside the hub: node node_wot_server.cjs PORT. Says {"ready": true} when it answers.
const { Servient } = require("@node-wot/core");
const { HttpServer } = require("@node-wot/binding-http");

async function main() {
    const servient = new Servient();
    servient.addServer(new HttpServer({ port: Number(process.argv[2]), address: "127.0.0.1" }));
    const wot = await servient.start();
    const thing = await wot.produce({
        title: "plug",
        securityDefinitions: { nosec: { scheme: "nosec" } },
        security: "nosec",
        properties: { powerDraw: { type: "number", minimum: 0, unit: "W", readOnly: true, observable: true } },
    });
    const watts = 12.5;
    thing.setPropertyReadHandler("powerDraw", async () => watts);
    await thing.expose();
    console.log(JSON.stringify({ ready: true }));
}

main().catch((error) => { console.error(error); process.exit(1); });

// node-wot as an ordinary client over HTTP: finds every device through the hub's directory, reads, writes, observes and invokes.
// Nothing here knows Hulian.    node node_wot_http.cjs http://127.0.0.1:8080
const { Servient } = require("@node-wot/core");
const { HttpClientFactory } = require("@node-wot/binding-http");

async function everyThing(base) {
    const found = [];
    for (let url = `${base}/things?limit=2`; url; ) {
        const answer = await fetch(url);
        found.push(...(await answer.json()));
        const next = (answer.headers.get("link") ?? "").match(/<([^>]+)>; rel="next"/);
        url = next && next[1];
    }
    return found;
}

async function readAll(thing, td) {
    const read = {};
    for (const name of Object.keys(td.properties)) {
        try {
            read[name] = await (await thing.readProperty(name)).value();
        } catch (error) {
            if (!/Not Found/.test(String(error))) throw error; // the device has not said it yet
        }
    }
    return read;
}

async function main() {
    const base = process.argv[2];
    const servient = new Servient();
    servient.addClientFactory(new HttpClientFactory({}));
    const wot = await servient.start();
    const directory = await wot.consume(await wot.requestThingDescription(`${base}/.well-known/wot`));
    const page = await (await directory.readProperty("things", { uriVariables: { offset: 0, limit: 2 } })).value();
    const tds = await everyThing(base);
    const seen = { page: page.length, things: {}, brightness: [], acks: [] };
    for (const td of tds) {
        seen.things[td.id] = await readAll(await wot.consume(td), td);
    }
    const light = await wot.consume(tds.find((td) => td["hl:kind"] === "light"));
    await light.observeProperty("brightness", async (output) => seen.brightness.push(await output.value()));
    await light.subscribeEvent("commandAck", async (output) => seen.acks.push((await output.value()).state));
    await light.writeProperty("brightness", 41);
    await light.writeMultipleProperties(new Map([["brightness", 70], ["power", true]]));
    await light.invokeAction("identify");
    const end = Date.now() + 10000;
    while ((seen.brightness.at(-1) !== 70 || seen.acks.filter((state) => state === "completed").length < 3) && Date.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
    console.log(JSON.stringify(seen));
    process.exit(0);
}

main().catch((error) => {
    console.error(error);
    process.exit(1);
});

// What the npm client `oscquery` makes of a tree: node browse.js PORT, one JSON object out.
const { OSCQueryDiscovery } = require("oscquery");

async function main() {
  const discovery = new OSCQueryDiscovery();
  const service = await discovery.queryNewService("127.0.0.1", Number(process.argv[2]));
  const found = {};
  for (const method of service.flat()) {
    found[method.full_path] = { arguments: method.arguments, access: method.access, children: method.children?.length ?? 0 };
  }
  process.stdout.write(JSON.stringify({ host: service.hostInfo, found }) + "\n", () => process.exit(0)); // all of it
}
main().catch((error) => { console.error(error); process.exit(1); });

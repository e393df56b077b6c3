/** docs/security.md, "Requests to others": what an address that somebody else chose can make the service fetch. */
import { describe, expect, it } from "vitest";
import { admitOutward, fetchOutward } from "../../src/platform/outward.ts";
import { ISSUER } from "../support/bindings.ts";
import { mailbox } from "../support/service.ts";

const deployed = { ISSUER: "https://auth.example.test", RESOLVER_ENDPOINT: mailbox.url };
const development = { ISSUER, RESOLVER_ENDPOINT: mailbox.url };
const refused = (address: string, config = deployed) =>
  expect(fetchOutward(config, address), address).rejects.toMatchObject({ name: "OutwardRefused" });

describe("made to fetch,", () => {
  it.each([
    ["without https", ["http://hooks.example.test/", "ftp://hooks.example.test/", "file:///etc/passwd", "data:,x"]],
    ["in digits", ["https://93.184.216.34/", "https://127.0.0.1/", "https://10.0.0.1/", "https://169.254.169.254/"]],
    [
      "in other digits",
      ["https://2130706433/", "https://0x7f.1/", "https://017700000001/", "https://127.1/", "https://①②⑦.0.0.1/"],
    ],
    [
      "in digits of IPv6",
      ["https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[fe80::1]/", "https://[fd00::1]/"],
    ],
    ["with a name of this machine", ["https://localhost/", "https://localhost./", "https://a.localhost/"]],
    [
      "with a name of a local network",
      ["https://metadata.google.internal/", "https://printer.local/", "https://intranet/"],
    ],
    [
      "with a user",
      ["https://user@hooks.example.test/", "https://user:pass@hooks.example.test/", "https://:x@a.test/"],
    ],
    ["with another port", ["https://hooks.example.test:22/", "https://hooks.example.test:6379/"]],
    ["that is this service", ["https://auth.example.test/", "https://AUTH.example.test.:8443/health"]],
    ["that is none", ["", "hooks.example.test", "https://", "https://a b.test/", `https://a.test/${"x".repeat(2048)}`]],
  ])("an address %s", async (_, addresses) => {
    for (const address of addresses) {
      // Whatever the resolver says.
      await mailbox.resolve(URL.parse(address)?.hostname.replace(/\.$/, "") ?? "", "93.184.216.34");
      await refused(address);
    }
  });

  it("a name that resolves to a private network, to one beside a public address, or to nothing", async () => {
    const inside = `
      0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.168.1.1 192.0.0.8 192.0.2.1
      198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 255.255.255.255
      :: ::1 ::ffff:10.0.0.1 64:ff9b::a00:1 fc00::1 fd12::1 fe80::1 2001::1 2001:db8::1 2002:a00:1:: 3fff::1 ff02::1`;
    for (const ip of inside.trim().split(/\s+/)) {
      const name = `${crypto.randomUUID()}.example.test`;
      await mailbox.resolve(name, ip);
      await refused(`https://${name}/`);
      await mailbox.resolve(name, "93.184.216.34", "2606:2800:220:1::1", ip);
      await refused(`https://${name}/`);
    }
    await refused(`https://${crypto.randomUUID()}.example.test/`);
  });

  it("loopback, in a deployed service and in one that runs here", async () => {
    await refused(mailbox.receiver("loopback"));
    expect(await mailbox.gotBy("loopback")).toEqual([]);
    expect(await fetchOutward(development, mailbox.receiver("loopback"))).toMatchObject({ status: 200 });
    for (const address of [`${ISSUER}/health`, "http://[::1]/", "http://10.0.0.1/", "http://hooks.example.test/"])
      await refused(address, development);
  });

  it("one that redirects to a private network", async () => {
    await mailbox.behave("here", { status: 302, location: mailbox.receiver("there") });
    const answer = await fetchOutward(development, mailbox.receiver("here"), { method: "POST", body: "{}" });
    expect(answer.status).toBe(302);
    expect(await mailbox.gotBy("here")).toMatchObject([{ method: "POST", body: "{}" }]);
    expect(await mailbox.gotBy("there")).toEqual([]);
  });

  it("one that answers megabytes, or never", async () => {
    await mailbox.behave("megabytes", { bytes: 5_000_000 });
    const start = await fetchOutward(development, mailbox.receiver("megabytes"), { answerLimitBytes: 4096 });
    expect([start.text.length, start.isWhole]).toEqual([4096, false]);
    await mailbox.behave("few", { bytes: 4096 });
    const few = await fetchOutward(development, mailbox.receiver("few"), { answerLimitBytes: 4096 });
    expect([few.text.length, few.isWhole]).toEqual([4096, true]);
    await mailbox.behave("silent", { silent: true });
    const silent = fetchOutward(development, mailbox.receiver("silent"), { timeLimitMs: 200 });
    await expect(silent).rejects.toMatchObject({ name: "TimeoutError" });
  });
});

it("made to fetch, a public name is let through, at the ports of https", async () => {
  const name = `${crypto.randomUUID()}.example.test`;
  for (const end of ["", ":443", ":8443", "."]) {
    await mailbox.resolve(name, "93.184.216.34", "2606:2800:220:1::1");
    await expect(admitOutward(deployed, `https://${name}${end}/`), end).resolves.toBeInstanceOf(URL);
  }
});

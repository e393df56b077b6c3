/** A second Worker, for bench-sockets.ts alone: pushes as the service does, and times it where the service would. */

export default {
  async fetch(request, { NOTIFICATION_HUB: hubs }) {
    const userId = new URL(request.url).searchParams.get("user");
    const startedAt = performance.now();
    await hubs.get(hubs.idFromName(`user:${userId}`)).publish();
    return Response.json({ milliseconds: performance.now() - startedAt });
  },
} satisfies ExportedHandler<Pick<Env, "NOTIFICATION_HUB">>;

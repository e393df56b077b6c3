/** What every schedule finds in its world. */
import { importKeySet, signAccessToken } from "../../src/crypto/access-token.ts";
import { createSecrets } from "../../src/crypto/secrets.ts";
import { LOW_ROLE } from "./subject.ts";
import { PASSWORD, type World } from "./world.ts";

/** Two administrators, a role that may little, and the hash that every subject's password has. */
export async function furnish(
  variables: Record<string, string>,
  door: Pick<World, "databaseUrl" | "provider" | "send" | "query" | "pauses" | "stoodStill">,
): Promise<World> {
  const { send, query } = door;
  const keySet = await importKeySet(variables["JWT_KEYS"]!);
  const sign: World["sign"] = async ({ userId, methods, ...session }) => {
    const { token } = await signAccessToken(keySet, {
      ...session,
      issuer: variables["ISSUER"]!,
      audience: variables["AUDIENCE"]!,
      subject: String(userId),
      amr: methods,
      authenticatedAt: new Date(),
      ttlSeconds: 3600,
    });
    return token;
  };
  const admins = [];
  for (const email of ["first-admin@example.test", "second-admin@example.test"]) {
    const body = { prenom: "Ada", nom: "Lovelace", email, password: PASSWORD };
    const { status, body: answer } = await send({ method: "POST", path: "/api/auth/register", body });
    if (status !== 201) throw new Error(`register answered ${status} ${answer?.code}`);
    const userId = Number(answer.user.id);
    await query("update users set role_id = 1 where id = $1", [userId]);
    // Fresh for as long as a run takes.
    const [session] = await query<{ id: string }>(
      "update refresh_tokens set authenticated_at = now() + interval '1 day' where user_id = $1 returning session_id as id",
      [userId],
    );
    admins.push(await sign({ userId, sessionId: session!.id, role: 1, permissions: ["*"], methods: ["pwd"] }));
  }
  const [role] = await query<{ id: number }>(
    "insert into roles (name, permissions) values ('race-low', $1::jsonb) returning id",
    [JSON.stringify(LOW_ROLE)],
  );
  const [{ hash }] = (await query("select password_hash as hash from users limit 1", [])) as [{ hash: string }];
  return {
    ...door,
    secrets: createSecrets(variables["AUTH_SECRET"]!),
    passwordHash: hash,
    admins,
    lowRoleId: role!.id,
    sign,
  };
}

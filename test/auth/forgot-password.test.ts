import { describe, expect, it } from "vitest";
import { tokenIn } from "../support/mailbox-control.ts";
import { database, mailbox, PASSWORD, post, registerMember } from "../support/service.ts";

describe("POST /api/auth/forgot-password", () => {
  it("mails a link with which the password is reset", async () => {
    const ada = await registerMember();
    await mailbox.next(ada.email);
    const { status } = await post("/api/auth/forgot-password", { email: ada.email });
    expect(status).toBe(202);
    const mail = await mailbox.next(ada.email);
    console.log(mail.text);
    const r = await post("/api/auth/reset-password", { token: tokenIn(mail), password: "un tout autre secret" });
    expect(r.body).toEqual({ message: "Mot de passe réinitialisé avec succès" });
    await mailbox.next(ada.email);
    expect((await post("/api/auth/login", { email: ada.email, password: PASSWORD })).status).toBe(401);
    expect((await post("/api/auth/login", { email: ada.email, password: "un tout autre secret" })).status).toBe(200);
  });
});

/** What an account's owner is told about an administrator's act: what was done, and nothing about the administrator. */
import { expect, it } from "vitest";
import { NOTICES, type NoticeText } from "../../src/services/events/notice-texts.ts";
import { database, del, mailbox, patch, post, registerMember } from "../support/service.ts";
import { insertApiKey, registerAdmin } from "../support/staff.ts";

/** Facts about the administrator that appear nowhere else. */
const FACTS = {
  "CF-Connecting-IP": "203.0.113.77",
  "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
};
const OF_THE_ADMINISTRATOR = /203\.0\.113\.77|Firefox|Linux|Gouda|\bNL\b/;
const UNFIT = /changez votre mot de passe|change your password/i;

const byAdministrator = Object.entries<NoticeText>(NOTICES).filter(([, notice]) => notice.byAdministrator);

it("the catalogue marks every notice that names an administrator as an administrator's act", () => {
  const naming = Object.entries<NoticeText>(NOTICES).filter(([, { content }]) => /administrat/i.test(content.en));
  const names = byAdministrator.map(([name]) => name);
  expect(names).toEqual(expect.arrayContaining(naming.map(([name]) => name)));
  for (const [, { advice }] of byAdministrator) expect(`${advice?.fr} ${advice?.en}`).not.toMatch(UNFIT);
});

it("no mail or notice of an administrator's act has facts about the administrator, or advice that can't be followed", async () => {
  const { token } = await registerAdmin();
  const ada = await registerMember();
  await mailbox.next(ada.email, "vérifiez");
  const options = { token, headers: FACTS, country: "NL" };
  const path = `/api/admin/users/${ada.userId}`;
  const ACTS: Record<string, () => Promise<{ status: number }>> = {
    api_key_revoked_by_admin: async () => del(`${path}/api-keys/${await insertApiKey(ada.userId)}`, options),
    impersonated: () => post(`${path}/impersonate`, { reason: "Ticket 42" }, options),
    role_changed: () => patch(path, { roleId: 2 }, options),
    account_disabled: () => patch(path, { isActive: false }, options),
    account_enabled: () => patch(path, { isActive: true }, options),
    two_factor_reset: () => post(`${path}/2fa/reset`, undefined, options),
    email_changed_by_admin: () => patch(path, { email: `nouvelle-${ada.email}` }, options),
    account_deleted_by_admin: () => del(path, options),
    account_restored: () => post(`${path}/restore`, undefined, options),
  };
  const addresses = [ada.email];
  expect(Object.keys(ACTS).toSorted()).toEqual(byAdministrator.map(([name]) => name).toSorted());
  for (const [name, act] of Object.entries(ACTS)) {
    expect([name, (await act()).status]).toEqual([name, name === "impersonated" ? 201 : 200]);
    if (name === "email_changed_by_admin") addresses.push(`nouvelle-${ada.email}`);
    for (const address of addresses) {
      const mail = await mailbox.next(address, NOTICES[name as keyof typeof NOTICES].title.fr);
      for (const text of [mail.text, mail.html]) {
        expect(text, name).not.toMatch(OF_THE_ADMINISTRATOR);
        expect(text, name).not.toMatch(UNFIT);
      }
      expect(mail.text, name).toContain("contactez-nous");
    }
    // Only the change itself is told to both.
    if (addresses.length > 1) addresses.shift();
  }
  const notices = await database.query("select * from notifications where user_id = $1", [ada.userId]);
  expect(notices).toHaveLength(byAdministrator.length);
  expect(JSON.stringify(notices)).not.toMatch(OF_THE_ADMINISTRATOR);
});

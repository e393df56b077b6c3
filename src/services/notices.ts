/**
 * What the owner of an account is told when something that matters happens to it: one text, as a notification (a row,
 * then a push to open pages) and as a mail. The row goes into the batch of the act; the rest follows the answer.
 */
import { sql, type SQL } from "drizzle-orm";
import type { Text } from "../errors.ts";
import type { Platform } from "../platform/index.ts";

interface NoticeText {
  title: Text;
  content: Text;
}

export const NOTICES = {
  password_changed: {
    title: { fr: "Mot de passe modifié", en: "Password changed" },
    content: {
      fr: "Le mot de passe de votre compte vient d'être modifié. Vos autres appareils ont été déconnectés.",
      en: "The password of your account has just been changed. Your other devices have been signed out.",
    },
  },
  account_deleted: {
    title: { fr: "Compte supprimé", en: "Account deleted" },
    content: {
      fr: "Votre compte vient d'être supprimé. Il peut être restauré pendant 30 jours.",
      en: "Your account has just been deleted. It can be restored for 30 days.",
    },
  },
  session_reuse_detected: {
    title: { fr: "Session interrompue", en: "Session ended" },
    content: {
      fr: "Un jeton de session déjà utilisé a été présenté de nouveau : par prudence, cette session a été fermée.",
      en: "A session token that had already been used was presented again: as a precaution, that session was closed.",
    },
  },
} as const satisfies Record<string, NoticeText>;

export type NoticeType = keyof typeof NOTICES;

export interface Notice {
  type: NoticeType;
  /** Small facts for the client (a device, a place); never a secret. */
  data?: Record<string, string | number | null>;
}

/** The statement that stores the notification, in the owner's language; `owners` selects users as `u`. */
export function noticeStatement({ type, data = {} }: Notice, owners: SQL): SQL {
  const { title, content } = NOTICES[type];
  return sql`
    insert into notifications (user_id, type, title, content, data)
    select u.id, ${type},
      case u.locale when 'en' then ${title.en} else ${title.fr} end,
      case u.locale when 'en' then ${content.en} else ${content.fr} end,
      ${JSON.stringify(data)}::jsonb
    from users u where ${owners}`;
}

/** Once the act is through: the mail, by the queue. Never fails the act. */
export function afterNotice(platform: Platform, userId: number, { type, data = {} }: Notice): void {
  const { client } = platform;
  platform.defer(
    platform.enqueue({ type: "notice", userId, notice: type, data, client, happenedAt: new Date().toISOString() }),
  );
}

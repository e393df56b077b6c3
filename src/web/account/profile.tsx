/** Who somebody is, how to reach them, and how they like the pages. */
import { me } from "../components/application.tsx";
import { Field, Select } from "../components/field.tsx";
import { Form } from "../components/form.tsx";
import { Card, Page } from "../components/page.tsx";
import { toast } from "../components/toast.tsx";
import { client } from "../shared/client.ts";
import { chooseLanguage, chooseTheme, chosenTheme, type Theme } from "../shared/preferences.ts";
import { locale } from "../shared/texts.ts";
import { Address } from "./address.tsx";
import { say } from "./texts.ts";

export function Profile() {
  return (
    <Page title={say.profile} lead={say.profileLead}>
      <Person />
      <Address />
      <Preferences />
    </Page>
  );
}

function Person() {
  const { prenom, nom, telephone, createdAt } = me.value!;
  return (
    <Card title={say.person} lead={say.memberSince(createdAt)}>
      <Form
        submit={say.save}
        send={async ({ prenom = "", nom = "", telephone }) => {
          const { message, user } = await client.account.put("", {
            body: { prenom, nom, telephone: telephone || null },
          });
          me.value = user;
          toast(message);
          // The browser shows the name where it offers passkeys.
          await client.passkeys.announce();
        }}
      >
        <div class="columns">
          <Field name="prenom" label={say.firstName} value={prenom} autocomplete="given-name" />
          <Field name="nom" label={say.lastName} value={nom} autocomplete="family-name" />
        </div>
        <Field
          name="telephone"
          label={say.telephone}
          type="tel"
          value={telephone ?? ""}
          autocomplete="tel"
          hint={say.telephoneHint}
          optional
        />
      </Form>
    </Card>
  );
}

/** The theme that the device itself has. */
const DEVICE = "device";

function Preferences() {
  return (
    <Card title={say.preferences} lead={say.preferencesLead}>
      <Form
        submit={say.save}
        send={async ({ language, theme }) => {
          const chosen = language === "en" ? "en" : "fr";
          const { message, user } = await client.account.put("", { body: { locale: chosen } });
          me.value = user;
          chooseTheme(theme === DEVICE ? "" : (theme as Theme));
          if (chosen === locale) toast(message);
          else chooseLanguage(chosen);
        }}
      >
        <div class="columns">
          <Select
            name="language"
            label={say.language}
            value={me.value!.locale}
            options={[
              ["fr", "Français"],
              ["en", "English"],
            ]}
          />
          <Select
            name="theme"
            label={say.theme}
            value={chosenTheme() ?? DEVICE}
            options={[
              [DEVICE, say.themeOfDevice],
              ["light", say.light],
              ["dark", say.dark],
            ]}
          />
        </div>
      </Form>
    </Card>
  );
}

/** Name and telephone. */
import { me } from "../components/application.tsx";
import { Field } from "../components/field.tsx";
import { Form } from "../components/form.tsx";
import { Card, Page } from "../components/page.tsx";
import { toast } from "../components/toast.tsx";
import { client } from "../shared/client.ts";
import { say } from "./texts.ts";

export function Profile() {
  const { prenom, nom, telephone } = me.value!;
  return (
    <Page title={say.profile} lead={say.profileLead}>
      <Card title={`${prenom} ${nom}`} lead={me.value!.email}>
        <Form
          submit={say.save}
          send={async ({ prenom = "", nom = "", telephone }) => {
            const { message, user } = await client.account.put("", {
              body: { prenom, nom, telephone: telephone || null },
            });
            me.value = user;
            toast(message);
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
            optional
          />
        </Form>
      </Card>
    </Page>
  );
}

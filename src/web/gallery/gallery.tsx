/** One card for each kind of component. */
import { useState } from "preact/hooks";
import { Act } from "../components/button.tsx";
import { Confirm } from "../components/dialog.tsx";
import { Checkbox, Field, PasswordField, Select } from "../components/field.tsx";
import { Form } from "../components/form.tsx";
import { Item, Items } from "../components/items.tsx";
import { Menu } from "../components/menu.tsx";
import { Badge, Card, Facts, Message, Page } from "../components/page.tsx";
import { Empty, Failed, Loading } from "../components/resource.tsx";
import { Pager, Table } from "../components/table.tsx";
import { Tabs } from "../components/tabs.tsx";
import { toast } from "../components/toast.tsx";

const PEOPLE = [
  { name: "Ada Lovelace", address: "ada@example.test", logins: 1815 },
  { name: "Grace Hopper", address: "grace@example.test", logins: 42 },
];

/** As the API would refuse a form. */
class Refused extends Error {
  readonly status = 422;
  readonly code = "validation_failed";
  readonly errors = [{ pointer: "#/email", detail: "This address is not valid" }];
  readonly retryAfterSeconds = undefined;
}

export function Gallery() {
  const [asking, ask] = useState(false);
  return (
    <Page title="Components" lead="What the pages are made of." actions={<button class="primary">Primary</button>}>
      <Card title="Form" lead="The first refused field gets the focus.">
        <Form submit="Save" send={() => Promise.reject(new Refused())} beside={<button type="button">Cancel</button>}>
          <Field name="email" label="E-mail address" type="email" value="ada@" hint="Where we write to you." />
          <PasswordField name="password" label="Password" autocomplete="current-password" />
          <Select
            name="locale"
            label="Language"
            optional
            options={[
              ["fr", "Français"],
              ["en", "English"],
            ]}
          />
          <Checkbox name="told" label="Tell me about new devices" hint="By e-mail." />
        </Form>
      </Card>
      <Card
        title="Facts"
        actions={
          <>
            <button onClick={() => toast("Saved")}>Toast</button>
            <button onClick={() => ask(true)}>Dialog</button>
            <Menu
              items={[
                { text: "Edit", act: () => {} },
                { text: "Delete", act: () => ask(true), danger: true },
              ]}
            >
              More
            </Menu>
          </>
        }
      >
        <Facts
          facts={[
            ["Name", "Ada Lovelace"],
            ["State", <Badge tone="good">verified</Badge>],
            [
              "Others",
              [<Badge>quiet</Badge>, " ", <Badge tone="warn">waiting</Badge>, " ", <Badge tone="bad">locked</Badge>],
            ],
          ]}
        />
        <Message>Said in passing.</Message>
        <Message tone="good">It went well.</Message>
        <Message tone="warn">Mind this.</Message>
        <Message tone="bad">It did not go well.</Message>
      </Card>
      <Card title="Table">
        <Table
          caption="People"
          rows={PEOPLE}
          keyOf={({ name }) => name}
          columns={[
            { title: "Name", show: ({ name }) => name, heads: true },
            { title: "Address", show: ({ address }) => address },
            { title: "Logins", show: ({ logins }) => logins, numeric: true },
            {
              title: "Acts",
              show: ({ name }) => (
                <button class="compact" aria-label={`Edit ${name}`}>
                  Edit
                </button>
              ),
              actions: true,
            },
          ]}
        />
        <Pager previous={null} next={() => {}}>
          2 of 40
        </Pager>
      </Card>
      <Card title="Items" lead="Things, and what can be done to each.">
        <Items label="Devices">
          <Item title="Firefox on Linux" badge={<Badge tone="good">this device</Badge>} lead="Lyon, France" />
          <Item
            title="Safari on iOS"
            lead="Paris, France"
            marked
            actions={
              <Act class="compact" act={async () => toast("Signed out")}>
                Sign out
              </Act>
            }
          />
        </Items>
      </Card>
      <Card title="Tabs and states">
        <Tabs
          label="States"
          tabs={[
            { name: "loading", title: "Loading", show: () => <Loading /> },
            {
              name: "failed",
              title: "Failed",
              show: () => <Failed why="The service is not responding." retry={() => {}} />,
            },
            { name: "empty", title: "Empty", show: () => <Empty title="Nothing here yet">It will come.</Empty> },
          ]}
        />
      </Card>
      {asking && (
        <Confirm
          title="Delete this account?"
          act="Delete"
          danger
          confirm={async () => toast("Deleted")}
          onClose={() => ask(false)}
        >
          <p class="soft">It can be restored for 30 days.</p>
          <PasswordField name="password" label="Your password" autocomplete="current-password" />
        </Confirm>
      )}
    </Page>
  );
}

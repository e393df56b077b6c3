/** The texts about roles. */
import { inLanguage, showNumber } from "../shared/texts.ts";

/** Of the roles that every service has, as they were installed. Whoever writes another description sees that one. */
const INSTALLED: Record<string, string> = inLanguage({
  "Default role": { fr: "Le rôle des nouveaux comptes", en: "Default role" },
  "Every permission": { fr: "Tous les droits", en: "Every permission" },
  "No permission": { fr: "Aucun droit", en: "No permission" },
});

export const describeRole = ({ isSystem, description }: { isSystem: boolean; description: string }): string =>
  (isSystem && INSTALLED[description]) || description;

export const say = inLanguage({
  list: { fr: "Les rôles", en: "The roles" },
  matrix: { fr: "Qui a le droit de quoi", en: "Who may do what" },
  matrixLead: {
    fr: "Chaque colonne est un rôle, chaque ligne un droit.",
    en: "Each column is a role, each line a permission.",
  },
  permission: { fr: "Droit", en: "Permission" },
  all: { fr: "Tous les droits", en: "Every permission" },
  allOf: {
    fr: (group: string) => `Tous les droits sur ${group}`,
    en: (group: string) => `Every permission on ${group}`,
  },
  elsewhere: { fr: "Droit d'un autre service", en: "Permission of another service" },
  yes: { fr: "oui", en: "yes" },
  no: { fr: "non", en: "no" },
  permissions: { fr: "Droits", en: "Permissions" },
  description: { fr: "Description", en: "Description" },
  system: { fr: "du système", en: "built in" },
  inUse: { fr: "attribué", en: "in use" },
  unused: { fr: "inutilisé", en: "unused" },
  create: { fr: "Créer un rôle", en: "Create a role" },
  edit: { fr: "Modifier", en: "Edit" },
  editOne: { fr: (name: string) => `Modifier ${name}`, en: (name: string) => `Edit ${name}` },
  editWhy: {
    fr: "Les changements s'appliquent immédiatement à toutes les personnes qui ont ce rôle.",
    en: "Changes take effect at once for everyone who has this role.",
  },
  newcomers: {
    fr: "Chaque nouveau compte reçoit ce rôle.",
    en: "Every new account gets this role.",
  },
  name: { fr: "Nom", en: "Name" },
  nameHint: {
    fr: "En minuscules, chiffres, tirets ; par exemple support.",
    en: "Lower-case letters, digits, hyphens; such as support.",
  },
  others: { fr: "Droits d'autres services", en: "Permissions of other services" },
  othersHint: {
    fr: "Un par ligne, par exemple artists:write. Ce service les transmet sans les interpréter.",
    en: "One per line, such as artists:write. This service passes them on without interpreting them.",
  },
  delete: { fr: "Supprimer", en: "Delete" },
  deleteOne: { fr: (name: string) => `Supprimer ${name}`, en: (name: string) => `Delete ${name}` },
  deleteTitle: {
    fr: (name: string) => `Supprimer le rôle ${name} ?`,
    en: (name: string) => `Delete the role ${name}?`,
  },
  deleteUnused: {
    fr: "Personne n'a ce rôle. Vous ne pourrez pas revenir en arrière.",
    en: "Nobody has this role. You can't undo this.",
  },
  deleteUsed: {
    fr: "Les personnes qui ont ce rôle passent tout de suite au rôle que vous choisissez, avec ses droits. Vous ne pourrez pas revenir en arrière.",
    en: "Everyone who has this role gets the one you choose at once, with its permissions. You can't undo this.",
  },
  replacement: { fr: "Rôle de remplacement", en: "Replacement" },
  moving: {
    fr: (count: string) =>
      `Le rôle est supprimé, et son remplaçant vaut déjà pour tous. Comptes encore à mettre à jour : ${count}.`,
    en: (count: string) =>
      `The role is deleted, and its replacement already counts for everyone. Accounts still to be updated: ${count}.`,
  },
  moved: { fr: "Tous les comptes ont leur nouveau rôle.", en: "All accounts have their new role." },
  moreThan: {
    fr: (count: number) => `plus de ${showNumber(count)}`,
    en: (count: number) => `more than ${showNumber(count)}`,
  },
});

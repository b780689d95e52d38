// What things are called: from the plan in force, with the ids where it says nothing.

let telephoneNumber = "";
let plan = { companies: [], queues: [], agents: [], away_reasons: [] };

const CHANNELS = {
  voice: "Call", email: "Email", sms: "Text message", fax: "Fax", letter: "Letter", web_chat: "Chat", web_form: "Web form",
  callback: "Call-back", voicemail: "Voicemail",
};
export const PRESENCES = { available: "Available", away: "Away", offline: "Offline", not_responding: "Not responding" };

export const learn = (newPlan, newTelephone) => { plan = newPlan; telephoneNumber = newTelephone; };
export const telephone = () => telephoneNumber;

const nameIn = (list, id) => list.find((one) => one.id === id)?.name || id;

export const company = (id) => nameIn(plan.companies, id);
export const queue = (id) => nameIn(plan.queues, id);
export const channel = (id) => CHANNELS[id] ?? id;
export const awayReasons = () => plan.away_reasons;
export const dispositions = (companyId) => plan.companies.find((one) => one.id === companyId)?.dispositions ?? [];
export const queuesOf = (companyId) => plan.queues.filter((one) => one.company === companyId);
export const escalation = (queueId) => plan.queues.find((one) => one.id === queueId)?.escalates_to || "";
export const agentsOf = (companyId) => (plan.agents ?? []).filter((one) => one.companies.includes(companyId)).map((one) => one.id);
export const skillsOf = (companyId) => [...new Set((plan.agents ?? []).filter((one) => one.companies.includes(companyId))
  .flatMap((one) => one.skills))].sort();
export const readable = (id) => id.replaceAll("_", " ").replace(/^./, (letter) => letter.toUpperCase());

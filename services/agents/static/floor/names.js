// What agents are called: by the people who are they, else by their id in the plan.

let names = {};

export const learnNames = (newNames) => { names = newNames; };
export const agentName = (id) => names[id] || id.replace(/^./u, (letter) => letter.toUpperCase());

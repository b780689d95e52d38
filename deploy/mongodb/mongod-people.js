// Run once, on an empty volume: the user that the services have, who may use one database and no other.
db.getSiblingDB("switchroom").createUser({
  user: "switchroom",
  pwd: process.env.MONGO_PASSWORD,
  roles: [{ role: "readWrite", db: "switchroom" }],
});

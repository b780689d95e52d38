// Healthy is: it takes writes. A replica set that is new has to be told first that it is one.
const admin = connect("mongodb://127.0.0.1:27017/admin?directConnection=true");
admin.auth("root", process.env.MONGO_INITDB_ROOT_PASSWORD);
const NOT_YET_INITIALIZED = 94;
try {
  admin.adminCommand({ replSetGetStatus: 1 });
} catch (error) {
  if (error.code !== NOT_YET_INITIALIZED) throw error;
  admin.adminCommand({ replSetInitiate: { _id: "rs0", members: [{ _id: 0, host: "mongodb:27017" }] } });
}
if (!admin.hello().isWritablePrimary) throw new Error("not the primary yet");

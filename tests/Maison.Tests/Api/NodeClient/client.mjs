// The official OpenAI client for Node as a black box against a Maison server: what a developer of that world would do first.
import assert from "node:assert/strict";
import OpenAI, { toFile } from "openai";

const client = new OpenAI({ baseURL: process.env.MAISON_URL, apiKey: process.env.MAISON_KEY, maxRetries: 0 });
const model = "test";
const messages = [{ role: "user", content: "Hi" }];

const names = [];
for await (const m of client.models.list()) names.push(m.id);
assert.deepEqual(names, ["test", "test-voice", "test-painter"]);

const whole = await client.chat.completions.create({ model, messages });
assert.equal(whole.choices[0].message.content, "Hello world");
assert.equal(whole.choices[0].finish_reason, "stop");
assert.ok(whole.usage.total_tokens > 0);

let streamed = "", usage;
for await (const chunk of await client.chat.completions.create({ model, messages, stream: true, stream_options: { include_usage: true } })) {
  streamed += chunk.choices[0]?.delta?.content ?? "";
  usage = chunk.usage ?? usage;
}
assert.equal(streamed, "Hello world");
assert.ok(usage.completion_tokens > 0);

assert.equal((await client.completions.create({ model, prompt: "Hi" })).choices[0].text, "Hello world");
const response = await client.responses.create({ model, input: "Hi" });
assert.equal(response.output_text, "Hello world");
const kinds = [];
for await (const event of await client.responses.create({ model, input: "Hi", stream: true })) kinds.push(event.type);
assert.equal(kinds[0], "response.created");
assert.equal(kinds.at(-1), "response.completed");

const vectors = await client.embeddings.create({ model, input: ["a", "b"] });
assert.deepEqual(vectors.data.map((d) => [...d.embedding]), [[1, 0, 0, 0], [1, 0, 0, 0]]);

const speech = await client.audio.speech.create({ model: "test-voice", voice: "kathleen", input: "one two", response_format: "wav" });
assert.equal(Buffer.from(await speech.arrayBuffer()).subarray(0, 4).toString(), "RIFF");

const picture = await client.images.generate({ model: "test-painter", prompt: "a red apple" });
assert.equal(Buffer.from(picture.data[0].b64_json, "base64").subarray(1, 4).toString(), "PNG");
const photo = async () => await toFile(Buffer.from(picture.data[0].b64_json, "base64"), "photo.png", { type: "image/png" });
const edited = await client.images.edit({ model: "test-painter", image: await photo(), prompt: "a green apple", n: 2, response_format: "url" });
assert.equal(Buffer.from(await (await fetch(edited.data[1].url)).arrayBuffer()).subarray(1, 4).toString(), "PNG");
const seen = [];
for await (const event of await client.images.edit({ model: "test-painter", image: await photo(), prompt: "a green apple", stream: true, partial_images: 1 })) seen.push(event.type);
assert.deepEqual(seen, ["image_edit.partial_image", "image_edit.completed"]);
await assert.rejects(client.images.edit({ model: "test-painter", image: [await photo(), await photo()], prompt: "two" }), (e) => e instanceof OpenAI.BadRequestError && e.param === "image");

const line = JSON.stringify({ custom_id: "a", method: "POST", url: "/v1/chat/completions", body: { model, messages } });
const file = await client.files.create({ file: await toFile(Buffer.from(line), "requests.jsonl"), purpose: "batch" });
let batch = await client.batches.create({ input_file_id: file.id, endpoint: "/v1/chat/completions", completion_window: "24h" });
for (let i = 0; i < 600 && !["completed", "failed"].includes(batch.status); i++) {
  await new Promise((done) => setTimeout(done, 50));
  batch = await client.batches.retrieve(batch.id);
}
assert.equal(batch.status, "completed");
assert.match(await (await client.files.content(batch.output_file_id)).text(), /Hello world/);

await assert.rejects(client.chat.completions.create({ model: "nobody", messages }), (e) => e instanceof OpenAI.NotFoundError && e.code === "model_not_found");
await assert.rejects(client.chat.completions.create({ model, messages, temperature: 9 }), (e) => e instanceof OpenAI.BadRequestError && e.param === "temperature");
await assert.rejects(new OpenAI({ baseURL: process.env.MAISON_URL, apiKey: "wrong", maxRetries: 0 }).models.list(), (e) => e instanceof OpenAI.AuthenticationError);
console.log("passed");

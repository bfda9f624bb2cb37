// The events of a stream: {name, data}, data read from JSON.
export async function* events(body) {
  let rest = "";
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    rest += text;
    for (let end; (end = rest.indexOf("\n\n")) >= 0; rest = rest.slice(end + 2)) {
      const lines = rest.slice(0, end).split("\n");
      yield { name: lines[0].slice("event: ".length), data: JSON.parse(lines[1].slice("data: ".length)) };
    }
  }
}

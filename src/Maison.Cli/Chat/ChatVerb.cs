// maison chat: a talk at the terminal, with a model in this process or with a server. Piped, it answers its input once and prints the
// answer alone, so that it can stand in a script.

using System.CommandLine;
using Maison.Cli.Serving;
using Maison.Cli.Terminal;
using Maison.Data.Chat;

namespace Maison.Cli.Chat;

static class ChatVerb
{
    public static Command Create(Surroundings here)
    {
        var model = new Option<string?>("--model") { Description = "The model to talk to, by name or folder; otherwise the house's own" };
        var url = new Option<string?>("--url") { Description = "Talk to this server instead of loading a model" };
        var key = new Option<string?>("--key") { Description = $"The server's key; otherwise {ServeVerb.KeyVariable}" };
        var system = new Option<string?>("--system") { Description = "An instruction that stands before the conversation" };
        var temperature = Choice.Number("--temperature", "0 always takes the likeliest token, 1 samples what the model believes; otherwise the model's own", 0, 2);
        var topP = Choice.Number("--top-p", "Keep the likeliest tokens that together reach this probability", 0.001f, 1);
        var maxTokens = Choice.Whole("--max-tokens", "Most tokens of an answer; otherwise what the context leaves", 1, int.MaxValue);
        var seed = Choice.Whole("--seed", "The same seed gives the same answers", 0, int.MaxValue);
        var noThink = new Option<bool>("--no-think") { Description = "Answer without reasoning first" };
        var options = new ServingOptions();

        var command = new Command("chat", "Talk to a model at the terminal; piped, answer the input once")
        {
            model, url, key, system, temperature, topP, maxTokens, seed, noThink, options.Threads, options.Device, options.Context, options.Memory,
        };
        command.SetAction(async (parsed, stop) =>
        {
            var output = parsed.InvocationConfiguration.Output;
            await using IChatSource source = parsed.GetValue(url) is { } address ? await Remote(address) : Local();
            var first = parsed.GetValue(model) is { } named ? Path.GetFileName(Path.TrimEndingDirectorySeparator(named)) : source.Models[0];
            await source.Switch(first, stop);
            var sampling = new ChatSampling(parsed.GetValue(temperature), parsed.GetValue(topP), parsed.GetValue(maxTokens), parsed.GetValue(seed), !parsed.GetValue(noThink));

            if (here.InputIsTerminal && here.OutputIsTerminal)
                await new ChatSession(source, sampling, here, output, colour: here.Variable("NO_COLOR") is null) { System = parsed.GetValue(system) }.Talk();
            else
                await AnswerOnce(source, sampling, here.Input, parsed.GetValue(system), output, stop);
            return 0;

            async Task<IChatSource> Remote(string server)
            {
                var remote = new RemoteChat(server, parsed.GetValue(key) ?? here.Variable(ServeVerb.KeyVariable));
                await remote.Connect(stop);
                return remote;
            }

            IChatSource Local()
            {
                IReadOnlyList<ShelvedModel> shelf = parsed.GetValue(model) is { } wanted && Directory.Exists(wanted) && wanted.Contains(Path.DirectorySeparatorChar)
                    ? ModelShelf.In(wanted) : ModelShelf.Find(here.ShippedModels, HomeFolder.Of(here).Models);
                if (shelf.Count == 0) throw new UserException("There is no model to talk to. Add one: maison models add PATH.");
                ComputeDevice.Use(parsed.GetValue(options.Device));
                return new LocalChat(shelf, parsed.GetValue(options.Threads)!.Value,
                    m => ServingPlan.For(m, parsed.GetValue(options.Context), parsed.GetValue(options.Memory) ?? MachineMemory.Available() - ServingPlan.Reserve, conversations: 1));
            }
        });
        return command;
    }

    static async Task AnswerOnce(IChatSource source, ChatSampling sampling, TextReader input, string? system, TextWriter output, CancellationToken stop)
    {
        var question = (await input.ReadToEndAsync(stop)).Trim();
        if (question.Length == 0) throw new UserException("There is no question in the input. Pipe one in: echo 'Hello' | maison chat.");
        ChatMessage[] conversation = [.. system is null ? Array.Empty<ChatMessage>() : [new("system", system)], new("user", question)];
        await foreach (var part in source.Answer(conversation, sampling, stop))
        {
            output.Write(part.Content);
            output.Flush();
        }
        output.WriteLine();
    }
}

// maison serve: the shipped models and one's own behind one port. Says what memory it takes before it takes it, and shows a new key once.
// Without any model it does not start: a server that can answer nothing would look healthy and send its user searching.

using System.CommandLine;
using System.Net;
using Maison.Api.Gateway;
using Maison.Api.Keys;
using Maison.Api.Telemetry;
using Maison.Cli.Imagine;
using Maison.Cli.Speech;
using Maison.Cli.Terminal;
using Maison.Data.Speech.Reading;
using Maison.Tensors;
using Maison.Training.Image;
using Maison.Training.Voice;

namespace Maison.Cli.Serving;

static class ServeVerb
{
    public const int DefaultPort = 8642;
    public const string KeyVariable = "MAISON_API_KEY";

    static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(30), BrowserKeyLife = TimeSpan.FromDays(14);

    public static Command Create(Surroundings here)
    {
        var port = Choice.Whole("--port", "The port to listen on; 0 takes any free one", 0, 65535, DefaultPort);
        var host = new Option<string>("--host") { Description = "The address to listen on: localhost, 0.0.0.0 or one of this machine's", DefaultValueFactory = _ => "localhost" };
        var models = new Option<string?>("--models") { Description = "Serve the models of this folder, or the one model that it is, instead of the shipped and added ones" };
        var gateway = new Option<string?>("--gateway") { Description = "The YAML file of third-party models, instead of gateway.yaml in the data folder" };
        var spoken = new Option<string?>("--voice-model") { Description = $"The folder of the voice that speaks, instead of {VoiceModel.Shipped}" };
        var painted = new Option<string?>("--image-model") { Description = $"The folder of the image model that paints, instead of {ImageModel.Shipped}" };
        var lines = new Option<string?>("--request-log") { Description = "The folder that gets a JSON line for each request, or - for standard output; otherwise logs in the data folder" };
        var content = new Option<bool>("--log-content") { Description = "Keep in these lines what was asked and answered, too" };
        var options = new ServingOptions();
        var command = new Command("serve", "Serve the models behind an OpenAI-compatible API") { port, host, models, gateway, spoken, painted, lines, content, options.Threads, options.Device, options.Context, options.Memory };
        command.SetAction(async (parsed, stop) =>
        {
            ComputeDevice.Use(parsed.GetValue(options.Device));
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            var address = Address(parsed.GetValue(host)!);
            var folder = LoadedVoice.Find(here, parsed.GetValue(spoken));
            var taken = folder is null ? 0 : VoiceModel.Bytes(folder);
            var easel = LoadedPainter.Find(here, parsed.GetValue(painted), "--image-model");
            string? upscaler = LoadedPainter.FindUpscaler(here), chooser = LoadedPainter.FindChooser(here);
            var pictures = easel is null ? 0 : PictureBytes(easel, upscaler, chooser, error);
            var plans = Plan(here, parsed, options, parsed.GetValue(models), taken + pictures, output, error);
            if (folder is not null) output.WriteLine($"        and {ByteSize.Show(taken)} for the voice in {folder}");
            if (pictures > 0) output.WriteLine($"        and {ByteSize.Show(pictures)} for the image model in {easel}");
            (string, Func<Gang, LoadedPainter>)? painter = pictures == 0 ? null : (Path.GetFileName(Path.TrimEndingDirectorySeparator(easel!)), gang => LoadedPainter.Load(easel!, upscaler, chooser, gang));
            (string, Func<Gang, LoadedVoice>)? voice = folder is null ? null : (Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)), gang => LoadedVoice.Load(here, folder, null, EmojiReading.Skip, gang, error));
            using var store = HomeFolder.Of(here).OpenStore(here);
            var keys = new KeyStore(store);
            var made = keys.EnsureFirst(here.Variable(KeyVariable));
            await using var requests = parsed.GetValue(lines) == "-"
                ? new RequestLog(_ => Console.OpenStandardOutput(), parsed.GetValue(content), TimeProvider.System, error)
                : RequestLog.In(parsed.GetValue(lines) ?? HomeFolder.Of(here).Logs, parsed.GetValue(content), TimeProvider.System, error);
            using var telemetry = Telemetry.Start(here);

            await using var server = await RunningServer.Start(new(plans, voice, painter, Moderation.Find(here), store, keys, Gateway(here, parsed.GetValue(gateway)), here.Variable, address, parsed.GetValue(port)!.Value, parsed.GetValue(options.Threads)!.Value, error, requests, () => made ?? here.Variable(KeyVariable) ?? keys.Create(new() { Name = "browser", Admin = true, Expires = DateTimeOffset.UtcNow + BrowserKeyLife }, AuditLog.Terminal).Value), stop);
            foreach (var (name, problem) in server.Failed) error.WriteLine($"{name} is not served: {problem}");
            if (server.Models.Count == 0) throw new UserException("No model could be loaded.");
            Greet(output, server, keys, made, given: here.Variable(KeyVariable) is not null, address);
            try
            {
                await Task.Delay(Timeout.Infinite, stop);
            }
            catch (OperationCanceledException)
            {
                if (server.Open > 0) output.WriteLine($"Stopping when {server.Open} open {(server.Open == 1 ? "answer is" : "answers are")} written; Ctrl+C again stops at once.");
                await server.DrainWithin(DrainLimit);
            }
            return 0;
        });
        return command;
    }

    /// <summary>Bytes that an image model will take; 0, said on the error output, where it can not be served.</summary>
    static long PictureBytes(string folder, string? upscaler, string? chooser, TextWriter error)
    {
        try
        {
            return ImageModel.Bytes(folder, upscaler, chooser);
        }
        catch (Maison.Models.Weights.CheckpointFormatException e)
        {
            error.WriteLine($"{Path.GetFileName(folder)} is not served: {e.Message}");
            return 0;
        }
    }

    /// <summary>Plans each model for what the ones before it leave; tells what is taken and what is refused.</summary>
    /// <param name="taken">Bytes that are taken besides the models.</param>
    /// <exception cref="UserException">There is no model, or none fits.</exception>
    static List<ServingPlan> Plan(Surroundings here, ParseResult parsed, ServingOptions options, string? folder, long taken, TextWriter output, TextWriter error)
    {
        var found = folder is null ? ModelShelf.Find(HomeFolder.Of(here).Models, here.ShippedModels) : ModelShelf.In(folder);
        if (found.Count == 0)
            throw new UserException(folder is null
                ? $"There is no model to serve, neither in {here.ShippedModels} nor in {HomeFolder.Of(here).Models}. Add one: maison models add PATH."
                : $"--models {folder} holds no model: it needs a folder with config.json, model.safetensors and tokenizer.json.");
        var available = (parsed.GetValue(options.Memory) ?? MachineMemory.Available() - ServingPlan.Reserve) - taken;
        var whole = available;
        var plans = new List<ServingPlan>();
        foreach (var model in found)
        {
            try
            {
                if (model.Problem is not null) throw new UserException(model.Problem);
                var plan = ServingPlan.For(model, parsed.GetValue(options.Context), available);
                plans.Add(plan);
                available -= plan.Bytes;
                output.WriteLine($"memory  {model.Name}: {plan.Describe()} = {ByteSize.Show(plan.Bytes)}");
            }
            catch (Exception e) when (e is UserException or IOException or Maison.Models.Weights.CheckpointFormatException)
            {
                error.WriteLine($"{model.Name} is not served: {e.Message}");
            }
        }
        if (plans.Count == 0) throw new UserException("No model can be served.");
        output.WriteLine($"        {ByteSize.Show(plans.Sum(p => p.Bytes))} of {ByteSize.Show(whole)} that may be taken");
        return plans;
    }

    /// <exception cref="UserException">The file that was named is not there.</exception>
    static GatewayConfig Gateway(Surroundings here, string? file)
    {
        if (file is not null && !File.Exists(file)) throw new UserException($"--gateway {file}: there is no such file.");
        file ??= HomeFolder.Of(here).Gateway;
        return File.Exists(file) ? GatewayConfig.Load(file) : new();
    }

    static void Greet(TextWriter output, RunningServer server, KeyStore keys, string? made, bool given, IPAddress address)
    {
        var url = new Uri(server.Url, "v1").ToString();
        output.WriteLine($"models  {string.Join(", ", server.Models.Select(m => m.Served.Id))}");
        if (server.Voice is { } voice) output.WriteLine($"voices  {voice.Name}: {string.Join(", ", voice.Voices.Select(v => v.Name))}");
        if (server.Moderator is { } moderator) output.WriteLine($"judges  {moderator.Id}");
        if (server.Painter is { } painter) output.WriteLine($"images  {painter.Name}: {string.Join(", ", painter.Model.Sides.Select(s => $"{s}x{s}"))}");
        output.WriteLine(made is not null ? $"key     {made}  (shown only now; for another: maison keys new)"
            : given ? $"key     the one in {KeyVariable}; for another: maison keys new"
            : $"key     {keys.Keys.Count(k => k.Revoked is null)} made before; for another: maison keys new");
        if (!IPAddress.IsLoopback(address)) output.WriteLine("note    other machines can reach this port, without encryption; keys guard it.");
        output.WriteLine($"try     curl {url}/chat/completions -H 'Authorization: Bearer {made ?? "KEY"}' -H 'Content-Type: application/json' "
            + $"-d '{{\"model\":\"{server.Models[0].Served.Id}\",\"messages\":[{{\"role\":\"user\",\"content\":\"Hello\"}}]}}'");
        output.WriteLine($"app     {server.SignInLink()}  (signs in once)");
        output.WriteLine($"url     {url}  (Ctrl+C stops)");
        output.Flush();
    }

    static IPAddress Address(string host)
    {
        if (host == "localhost") return IPAddress.Loopback;
        return IPAddress.TryParse(host, out var address) ? address
            : throw new UserException($"--host is '{host}': give localhost, 0.0.0.0 for every address, or an IP address of this machine.");
    }
}

/// <summary>The options of every verb that loads models.</summary>
sealed class ServingOptions
{
    public Option<int?> Threads { get; } = Choice.Whole("--threads", "Threads that compute; 0 takes one per processor", 0, 1024, 0);
    public Option<string?> Device { get; } = ComputeDevice.Option();
    public Option<int?> Context { get; } = Choice.Whole("--context", "Most tokens that prompt and answer may have together; otherwise the model's own limit", 16, int.MaxValue);
    public Option<long?> Memory { get; } = Choice.Memory("--memory", "Most memory to take, such as 4g; otherwise what is free");
}

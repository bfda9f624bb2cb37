// maison bench: what this machine does, figure by figure. With --json one JSON line per figure, so that results can be kept and compared;
// otherwise a table that grows while it measures. Either way they are kept in the data folder, where the app shows the latest. Close other programs first: medians forgive some noise, not a busy machine.

using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Maison.Cli.Imagine;
using Maison.Cli.Speech;
using Maison.Cli.Terminal;
using Maison.Tensors;

namespace Maison.Cli.Bench;

static class BenchVerb
{
    static readonly (string Name, string About, Func<BenchContext, IEnumerable<Figure>> Measure)[] TextGroups =
    [
        ("kernels", "matrix products beside the machine's peak and OpenBLAS", KernelFigures.Measure),
        ("model", "decoding and prefill on Qwen3-0.6B's shape", ModelFigures.Measure),
        ("grammar", "what enforcing a form costs per token", GrammarFigures.Measure),
        ("tokenizer", "encoding and training a vocabulary", TokenizerFigures.Measure),
        ("training", "a training step of the shipped shape", TrainingFigures.Measure),
        ("server", "cold start and parallel chats over HTTP", ServerFigures.Measure),
    ];

    static readonly string[] onDeviceGroups = ["model", "training"];

    public static Command Create(Surroundings here)
        => new("bench", "Measure this machine") { Text(here), Voice(here), Image(here), Gateway(here), RecordVerb.Create(here) };

    static Command Text(Surroundings here)
    {
        var json = new Option<bool>("--json") { Description = "One JSON line per figure" };
        var only = new Option<string[]>("--only") { Description = $"Measure these groups alone: {string.Join(", ", TextGroups.Select(g => g.Name))}", AllowMultipleArgumentsPerToken = true };
        only.AcceptOnlyFromAmong([.. TextGroups.Select(g => g.Name)]);
        var device = ComputeDevice.Option();
        var threads = Choice.Whole("--threads", "Threads that compute; 0 takes one per processor", 0, 1024, 0);
        var text = new Option<string?>("--text") { Description = "Measure the tokenizer on this UTF-8 file instead of made-up words" };
        var command = new Command("text", "Measure kernels, tokenizer, decoding, serving and training") { json, only, device, threads, text };
        command.SetAction((parsed, stop) =>
        {
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            var onDevice = parsed.GetValue(device) is "cuda";
            if (onDevice && parsed.GetValue(only) is { Length: > 0 } asked && asked.FirstOrDefault(n => !onDeviceGroups.Contains(n)) is { } other) throw new UserException($"--device cuda measures {string.Join(" and ", onDeviceGroups)}, not {other}. Leave one of them out.");
            ComputeDevice.Use(parsed.GetValue(device));
            using var gang = new Gang(parsed.GetValue(threads)!.Value);
            var context = new BenchContext(gang, parsed.GetValue(text), note => error.WriteLine(note), stop);
            var machine = Machine();
            if (!parsed.GetValue(json)) output.WriteLine($"{machine}, {gang.Threads} threads");
            var wanted = parsed.GetValue(only) is { Length: > 0 } names ? TextGroups.Where(g => names.Contains(g.Name)) : onDevice ? TextGroups.Where(g => onDeviceGroups.Contains(g.Name)) : TextGroups;
            foreach (var (name, about, measure) in wanted)
            {
                if (here.ErrorIsTerminal) error.WriteLine($"measuring {name}: {about} …");
                foreach (var figure in measure(context))
                {
                    stop.ThrowIfCancellationRequested();
                    Tell(here, output, parsed.GetValue(json), figure, gang.Threads);
                }
            }
            return Task.FromResult(0);
        });
        return command;
    }

    static Command Voice(Surroundings here)
    {
        var json = new Option<bool>("--json") { Description = "One JSON line per figure" };
        var model = new Option<string?>("--voice-model") { Description = "The folder of the voice, instead of the shipped one" };
        var threads = Choice.Whole("--threads", "The most threads that compute; 0 takes one per processor", 0, 1024, 0);
        var device = ComputeDevice.Option();
        var command = new Command("voice", "Measure how fast the voice speaks and how soon it is heard") { json, model, threads, device };
        command.SetAction((parsed, stop) =>
        {
            ComputeDevice.Use(parsed.GetValue(device));
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            var folder = LoadedVoice.Find(here, parsed.GetValue(model)) ?? throw new UserException(LoadedVoice.Missing(here));
            var count = parsed.GetValue(threads)!.Value is > 0 and var asked ? asked : Environment.ProcessorCount;
            if (!parsed.GetValue(json)) output.WriteLine($"{Machine()}, {count} threads");
            foreach (var figure in VoiceFigures.Measure(here, folder, count, error.WriteLine, stop)) Tell(here, output, parsed.GetValue(json), figure, count);
            return Task.FromResult(0);
        });
        return command;
    }

    static Command Image(Surroundings here)
    {
        var json = new Option<bool>("--json") { Description = "One JSON line per figure" };
        var model = new Option<string?>("--model") { Description = "The folder of the image model, instead of the shipped one" };
        var threads = Choice.Whole("--threads", "Threads that compute; 0 takes one per processor", 0, 1024, 0);
        var device = ComputeDevice.Option();
        var command = new Command("image", "Measure how fast pictures are painted and how soon they are seen") { json, model, threads, device };
        command.SetAction((parsed, stop) =>
        {
            ComputeDevice.Use(parsed.GetValue(device));
            var output = parsed.InvocationConfiguration.Output;
            var folder = LoadedPainter.Find(here, parsed.GetValue(model), "--model") ?? throw new UserException(LoadedPainter.Missing(here));
            using var gang = new Gang(parsed.GetValue(threads)!.Value);
            if (!parsed.GetValue(json)) output.WriteLine($"{Machine()}, {gang.Threads} threads");
            foreach (var figure in ImageFigures.Measure(folder, LoadedPainter.FindUpscaler(here), LoadedPainter.FindChooser(here), gang, stop)) Tell(here, output, parsed.GetValue(json), figure, gang.Threads);
            return Task.FromResult(0);
        });
        return command;
    }

    static Command Gateway(Surroundings here)
    {
        var json = new Option<bool>("--json") { Description = "One JSON line per figure" };
        var command = new Command("gateway", "Measure what it costs to ask third parties through this server") { json };
        command.SetAction(async (parsed, stop) =>
        {
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            if (!parsed.GetValue(json)) output.WriteLine(Machine());
            foreach (var figure in await GatewayFigures.Measure(note => { if (here.ErrorIsTerminal) error.WriteLine(note); }, stop)) Tell(here, output, parsed.GetValue(json), figure, Environment.ProcessorCount);
            return 0;
        });
        return command;
    }

    static string Row(Figure f) => string.Create(CultureInfo.InvariantCulture,
        $"{f.Name,-26}{f.ShownValue,12} {f.Unit,-9} {(f.Share is { } share ? $"{share:P0} of {f.Reference}, " : "")}{f.Setting}{(f.Goal is null ? "" : $"  (wanted: {f.Goal})")}");

    /// <summary>Shows a figure, and keeps it where the app finds it.</summary>
    static void Tell(Surroundings here, TextWriter output, bool json, Figure f, int threads)
    {
        var line = FigureBook.Line(new(f.Name, f.Value, f.Unit, f.Setting, f.Share, f.Reference, f.Goal, Machine(), threads, DateTimeOffset.UtcNow));
        output.WriteLine(json ? line : Row(f));
        output.Flush();
        FigureBook.Add(HomeFolder.Of(here).Made().Path, line);
    }

    static string Machine()
    {
        if (Maison.Tensors.Cuda.Device.Current is { } device) return $"{device.Name}, {RuntimeInformation.FrameworkDescription}";
        const string cpuinfo = "/proc/cpuinfo", field = "model name";
        var processor = File.Exists(cpuinfo) ? File.ReadLines(cpuinfo).FirstOrDefault(l => l.StartsWith(field, StringComparison.Ordinal))?.Split(':')[1].Trim() : null;
        return $"{processor ?? RuntimeInformation.ProcessArchitecture.ToString()}, {Environment.ProcessorCount} processors, {RuntimeInformation.FrameworkDescription}";
    }
}

/// <summary>What measurements share.</summary>
/// <param name="TextFile">A file of UTF-8 text to measure the tokenizer on; null for made-up words.</param>
/// <param name="Note">Tells the user about what could not be measured.</param>
sealed record BenchContext(Gang Gang, string? TextFile, Action<string> Note, CancellationToken Stop);

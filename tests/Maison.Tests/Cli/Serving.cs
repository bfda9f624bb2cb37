using System.Text.RegularExpressions;
using Maison.Cli;

namespace Maison.Tests.Cli;

/// <summary>A `maison serve` that runs inside the test.</summary>
sealed class Serving : IAsyncDisposable
{
    readonly Terminal terminal;
    readonly StringWriter output = new(), error = new();
    readonly Task<int> running;

    public Serving(Terminal terminal, params string[] args)
    {
        this.terminal = terminal;
        running = CommandLine.Run(["serve", "--port", "0", "--threads", "1", .. args], terminal.Around(TextReader.Null), TextWriter.Synchronized(output), TextWriter.Synchronized(error));
    }

    public async Task<Uri> Url()
    {
        for (var i = 0; i < 3000 && !running.IsCompleted; i++, await Task.Delay(20))
            if (Regex.Match(Printed, @"^url +(\S+)", RegexOptions.Multiline) is { Success: true } found) return new(found.Groups[1].Value + "/");
        throw new InvalidOperationException($"It did not come up: {Printed}{error}");
    }

    public string Printed => output.ToString();

    /// <summary>What went to the error output.</summary>
    public string Told => error.ToString();

    public string Key => Regex.Match(Printed, @"^key +(\S+)", RegexOptions.Multiline).Groups[1].Value;

    public async Task<int> Stop()
    {
        terminal.Interrupts.Interrupt();
        return await running.WaitAsync(TimeSpan.FromSeconds(60));
    }

    public async ValueTask DisposeAsync()
    {
        if (!running.IsCompleted) await Stop();
    }
}

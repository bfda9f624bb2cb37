// Runs client.mjs where Node and its package registry are at hand; the package is installed once, beside the other build products.

using System.Diagnostics;

namespace Maison.Tests.Api.NodeClient;

public sealed class NodeClientTests
{
    const string Package = "openai@7.57.0";
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task TheOfficialClientForNodeFindsWhatItExpects()
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "node-client");
        var installed = Path.Combine(folder, "node_modules", "openai", "package.json");
        if (!File.Exists(installed))
        {
            Directory.CreateDirectory(folder);
            var (code, said) = await Run("npm", ["install", "--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--prefix", folder, Package], folder);
            Assert.SkipWhen(code != 0 || !File.Exists(installed), $"npm can not install {Package} here: {said}");
        }
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Api", "NodeClient", "client.mjs"), Path.Combine(folder, "client.mjs"), overwrite: true);
        await using var server = await ApiServer.Start(
            new ScriptedModel("Hello world").Served with { Embed = (_, _) => Task.FromResult(new float[] { 1, 0, 0, 0 }), EmbeddingSize = 4 },
            new SpeechTests.ScriptedVoice().Served, new ImageGenerationTests.ScriptedPainter().Served);
        var (ended, told) = await Run("node", ["client.mjs"], folder, ("MAISON_URL", new Uri(server.Url, "v1").ToString()), ("MAISON_KEY", ApiServer.Key));
        Assert.True(ended == 0 && told.Contains("passed"), told);
    }

    /// <summary>The exit code, -1 where the program is missing or takes too long, and everything that it said.</summary>
    static async Task<(int Code, string Said)> Run(string program, string[] arguments, string folder, params (string Name, string Value)[] variables)
    {
        var info = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in variables) info.Environment[name] = value;
        Process process;
        try
        {
            process = Process.Start(info)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return (-1, e.Message);
        }
        using (process)
        using (var limit = new CancellationTokenSource(Patience))
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            try
            {
                await process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                return (-1, "it took too long");
            }
            return (process.ExitCode, await output + await error);
        }
    }
}

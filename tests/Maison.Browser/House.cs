// One server with scripted models, and Debian's chromium to walk through it. Without a browser every test is skipped with the way to get one.

using Maison.Cli.Serving;
using Maison.Tests.Api;
using Maison.Tests.App;
using Microsoft.Playwright;

namespace Maison.Browser;

/// <summary>Server and browser of a class of tests.</summary>
public sealed class House : IAsyncLifetime
{
    public const string Answer = "<think>It is a greeting.</think>Hello **world**.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```csharp\nvar x = 1;\n```\n\nThis is the answer.";

    static readonly string[] Places = [Environment.GetEnvironmentVariable("MAISON_CHROMIUM") ?? "", "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    IPlaywright? playwright;
    IBrowser? browser;

    internal ApiServer Server { get; private set; } = null!;

    /// <summary>Where runs lie.</summary>
    internal TempFolder Runs { get; } = new();

    /// <summary>Writes a training run as far as a step.</summary>
    internal void Train(int steps)
    {
        Directory.CreateDirectory(Runs.File("words"));
        File.WriteAllText(Path.Combine(Runs.File("words"), "plan.json"), """{"shards":{"train/books.bin":1},"schedule":{"steps":200}}""");
        File.WriteAllText(Path.Combine(Runs.File("words"), "metrics.jsonl"), string.Join('\n', [
            .. Enumerable.Range(1, steps).Select(i => string.Create(System.Globalization.CultureInfo.InvariantCulture, $$"""{"step":{{i}},"tokens":{{i * 100}},"loss":{{2 + 8.0 / (1 + i / 9.0)}},"tokensPerSecond":5000,"seconds":{{i * 2}}}""")),
            """{"step":50,"tokens":5000,"bitsPerByte":{"books":2.5}}""", ""]));
    }

    public async ValueTask InitializeAsync()
    {
        if (Places.FirstOrDefault(File.Exists) is not { } chromium) return;
        Server = await ApiServer.Start(options => options with { Training = new TrainingShelf(Runs.Path, TimeProvider.System) }, new ScriptedModel(Answer).Served, ScriptedSenses.Voice, ScriptedSenses.Painter);
        Train(steps: 60);
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = chromium,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required"],
        });
    }

    /// <summary>A signed-in page that fails its test for whatever asks another host, breaks the policy, throws, or opens a dialog.</summary>
    internal async Task<Visitor> Visit(bool phone = false, bool dark = false, string language = "en-GB")
    {
        Assert.SkipWhen(browser is null, "There is no chromium here: apt-get install chromium, or name one in MAISON_CHROMIUM.");
        var context = await browser!.NewContextAsync(new()
        {
            BaseURL = Server.Url.ToString(),
            ViewportSize = phone ? new() { Width = 390, Height = 844 } : new() { Width = 1280, Height = 900 },
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            ReducedMotion = ReducedMotion.Reduce,
            Locale = language,
        });
        await context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        var visitor = new Visitor(await context.NewPageAsync(), Server.Url);
        await visitor.Page.GotoAsync(Server.Pages.OneTimePath());
        return visitor;
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null) await browser.DisposeAsync();
        playwright?.Dispose();
        if (Server is not null) await Server.DisposeAsync();
        Runs.Dispose();
    }
}

/// <summary>A page and what went wrong on it.</summary>
sealed class Visitor : IAsyncDisposable
{
    readonly List<string> faults = [];

    public Visitor(IPage page, Uri house)
    {
        Page = page;
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(house.ToString(), StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal)) faults.Add("asked " + request.Url);
        };
        page.Console += (_, message) =>
        {
            if (message.Type == "error") faults.Add(message.Text);
        };
        page.PageError += (_, error) => faults.Add(error);
        page.Dialog += async (_, dialog) =>
        {
            faults.Add("dialog: " + dialog.Message);
            await dialog.DismissAsync();
        };
    }

    public IPage Page { get; }

    public ILocator At(string selector) => Page.Locator(selector);

    public async ValueTask DisposeAsync()
    {
        await Page.Context.CloseAsync();
        Assert.Empty(faults);
    }
}

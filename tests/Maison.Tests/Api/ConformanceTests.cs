// The conformance page holds what a server does: each line of it is asked, and the committed page is the served one.

using System.Net;
using System.Text.Json.Nodes;
using Maison.Api.Conformance;
using Maison.Api.Models;
using Maison.Api.Requests;
using Maison.Tests.Data.Pictures;

namespace Maison.Tests.Api;

/// <summary>One server for all questions.</summary>
public sealed class ConformingServer : IAsyncLifetime
{
    internal ApiServer Api { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Api = await ApiServer.Start(ConformanceTests.Models);

    public ValueTask DisposeAsync() => Api.DisposeAsync();
}

public sealed class ConformanceTests(ConformingServer server) : IClassFixture<ConformingServer>
{
    /// <summary>Set to 1, the test writes the page instead of comparing it.</summary>
    const string UpdateVariable = "MAISON_UPDATE_DOCS";

    /// <summary>The route whose requests are forms.</summary>
    const string Form = "/v1/images/edits";

    internal static readonly CatalogEntry[] Models =
    [
        new ScriptedModel("a").Served with { Id = "maison-text-1", Embed = (_, _) => Task.FromResult(new float[4]), EmbeddingSize = 4 },
        new SpeechTests.ScriptedVoice().Served with { Id = "maison-voice-1" },
        new ImageGenerationTests.ScriptedPainter().Served with { Id = "maison-image-1" },
        ModerationTests.Scripted,
    ];

    static readonly Dictionary<string, string> smallest = new()
    {
        ["/v1/completions"] = """{"model":"maison-text-1","prompt":"a"}""",
        ["/v1/chat/completions"] = """{"model":"maison-text-1","messages":[{"role":"user","content":"a"}]}""",
        ["/v1/responses"] = """{"model":"maison-text-1","input":"a"}""",
        ["/v1/messages"] = """{"model":"maison-text-1","max_tokens":4,"messages":[{"role":"user","content":"a"}]}""",
        ["/v1/embeddings"] = """{"model":"maison-text-1","input":"a"}""",
        ["/v1/moderations"] = """{"input":"a"}""",
        ["/v1/audio/speech"] = """{"model":"maison-voice-1","input":"a","voice":"kathleen"}""",
        ["/v1/images/generations"] = """{"model":"maison-image-1","prompt":"a"}""",
        [Form] = """{"model":"maison-image-1","prompt":"a"}""",
    };

    [Fact]
    public async Task TheCommittedPageIsTheServedOne()
    {
        var (status, page) = await server.Api.Get("/conformance");
        Assert.Equal(HttpStatusCode.OK, status);
        var file = Path.Combine(RepositoryFolder(), "docs", "CONFORMANCE.md");
        if (Environment.GetEnvironmentVariable(UpdateVariable) == "1") await File.WriteAllTextAsync(file, page);
        Assert.True(page == await File.ReadAllTextAsync(file), $"docs/CONFORMANCE.md is not what is served: run this test with {UpdateVariable}=1.");
    }

    public static TheoryData<string, string> Refused() => Fields(f => f.Support.Refused);

    public static TheoryData<string, string> Obeyed() => Fields(f => f.Support.Obeyed);

    public static TheoryData<string, string> Accepted() => Fields(f => f.Support.Accepted);

    /// <summary>A value that no field takes: whoever reads the field has to object, by its name.</summary>
    [Theory]
    [MemberData(nameof(Refused))]
    [MemberData(nameof(Obeyed))]
    public async Task AFieldIsRead(string route, string field)
    {
        var (status, body) = await Ask(route, field, new JsonArray(new JsonArray(new JsonObject { ["no"] = 1 })));
        Assert.True(status == HttpStatusCode.BadRequest, $"{(int)status} {body}");
        Assert.Contains(field, JsonNode.Parse(body)!["error"] is { } error && error["param"] is { } param ? param.GetValue<string>() : body);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    [MemberData(nameof(Accepted))]
    public async Task AFieldMayBeNull(string route, string field)
    {
        var (status, body) = await Ask(route, field, null);
        Assert.True(status == HttpStatusCode.OK, $"{(int)status} {body}");
    }

    [Fact]
    public async Task NeutralValuesPass()
    {
        foreach (var (route, fields) in Routes())
            foreach (var (field, neutral, _) in fields.Refusals)
                foreach (var value in neutral)
                {
                    var request = JsonNode.Parse(smallest[route])!.AsObject();
                    request[field] = JsonNode.Parse(value);
                    var (status, body) = await Post(route, request);
                    Assert.True(status == HttpStatusCode.OK, $"{route} {field} {value}: {(int)status} {body}");
                }
    }

    async Task<(HttpStatusCode, string)> Ask(string route, string field, JsonNode? value)
    {
        var request = JsonNode.Parse(smallest[route])!.AsObject();
        request[field] = value;
        return await Post(route, request);
    }

    /// <summary>As JSON, or as a form with a picture: there an empty field stands for null, and what is no text is a file, where a file is asked for text.</summary>
    async Task<(HttpStatusCode, string)> Post(string route, JsonObject request)
    {
        if (route != Form) return await server.Api.Post(route, request.ToJsonString());
        using var form = new MultipartFormDataContent();
        foreach (var (name, value) in request)
            if (value is JsonArray && name is not ("image" or "mask")) form.Add(new StringContent("?"), name, "file");
            else form.Add(new StringContent(value is null ? "" : value.GetValueKind() == System.Text.Json.JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString()), name);
        if (!request.ContainsKey("image")) form.Add(new ByteArrayContent(SamplePictures.Png(SamplePictures.Noise(16, 16))), "image", "a.png");
        using var answer = await server.Api.Http.PostAsync(route, form);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    static IEnumerable<KeyValuePair<string, IRequestFields>> Routes() => Models.SelectMany(m => m.Fields);

    static TheoryData<string, string> Fields(Func<IRequestFields, IReadOnlyList<string>> some)
        => [.. Routes().SelectMany(r => some(r.Value).Select(f => (r.Key, f)))];

    internal static string RepositoryFolder()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Maison.slnx"))) folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("Run the tests inside the repository.");
        return folder;
    }
}

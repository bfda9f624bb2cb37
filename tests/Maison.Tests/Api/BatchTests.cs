// Files and batches over HTTP: what goes in comes out, wrong lines are told before anything runs, a stop in the middle loses and repeats nothing.

using System.Net;
using System.Text;
using System.Text.Json;
using Maison.Api;
using Maison.Api.Keys;
using Maison.Api.Models;
using Maison.Api.Store;
using Microsoft.AspNetCore.Builder;

namespace Maison.Tests.Api;

public sealed class BatchTests
{
    static JsonElement Json(string body) => JsonDocument.Parse(body).RootElement;

    static string Text(JsonElement e, string name) => e.GetProperty(name).GetString()!;

    static async Task<(HttpStatusCode Status, JsonElement Body)> Upload(HttpClient http, string content, string purpose = "batch", string name = "in.jsonl")
    {
        using var form = new MultipartFormDataContent { { new StringContent(purpose), "purpose" }, { new ByteArrayContent(Encoding.UTF8.GetBytes(content)), "file", name } };
        using var answer = await http.PostAsync("/v1/files", form);
        return (answer.StatusCode, Json(await answer.Content.ReadAsStringAsync()));
    }

    static async Task<JsonElement> Post(HttpClient http, string path, string body)
    {
        using var answer = await http.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"));
        return Json(await answer.Content.ReadAsStringAsync());
    }

    static Task<JsonElement> Start(HttpClient http, string file, string endpoint = "/v1/chat/completions")
        => Post(http, "/v1/batches", $$$"""{"input_file_id":"{{{file}}}","endpoint":"{{{endpoint}}}","completion_window":"24h","metadata":{"night":"1"}}""");

    static string Line(int i, string model = "test")
        => $$$"""{"custom_id":"r{{{i}}}","method":"POST","url":"/v1/chat/completions","body":{"model":"{{{model}}}","messages":[{"role":"user","content":"Hi {{{i}}}"}]}}""";

    static async Task<JsonElement> Until(HttpClient http, string id, Func<JsonElement, bool> reached)
    {
        for (var i = 0; i < 3000; i++)
        {
            var batch = Json(await http.GetStringAsync($"/v1/batches/{id}"));
            if (reached(batch)) return batch;
            await Task.Delay(20);
        }
        throw new TimeoutException((await http.GetStringAsync($"/v1/batches/{id}")));
    }

    static bool IsOver(JsonElement batch) => Text(batch, "status") is "completed" or "failed" or "cancelled" or "expired";

    [Fact]
    public async Task AFileIsUploadedListedReadAndDeleted()
    {
        await using var server = await ScriptedModel.Serve("Hello");
        var (status, file) = await Upload(server.Http, "one\ntwo\n", "user_data", "notes.txt");
        Assert.Equal(HttpStatusCode.OK, status);
        var id = Text(file, "id");
        Assert.Equal($$"""{"id":"{{id}}","object":"file","bytes":8,"created_at":{{file.GetProperty("created_at")}},"filename":"notes.txt","purpose":"user_data","status":"processed"}""", file.GetRawText());
        Assert.Equal("one\ntwo\n", (await server.Get($"/v1/files/{id}/content")).Body);
        Assert.Equal(id, Text(Json((await server.Get("/v1/files?purpose=user_data")).Body).GetProperty("data")[0], "id"));
        Assert.Equal(0, Json((await server.Get("/v1/files?purpose=batch")).Body).GetProperty("data").GetArrayLength());

        var store = new KeyStore(server.Store);
        using (var stranger = server.With(store.Create(new() { Name = "other", ProjectId = store.CreateProject("other", new(), "t").Id }, "t").Value))
            Assert.Equal(HttpStatusCode.NotFound, (await stranger.GetAsync($"/v1/files/{id}")).StatusCode);

        using var deleted = await server.Http.DeleteAsync($"/v1/files/{id}");
        Assert.Equal($$"""{"id":"{{id}}","object":"file","deleted":true}""", await deleted.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.NotFound, (await server.Get($"/v1/files/{id}/content")).Status);
        Assert.Empty(Directory.GetFiles(Path.Combine(server.Store.Home, "files")));
    }

    [Fact]
    public async Task AFileThatCanNotBeIsRefusedByField()
    {
        await using var server = await ScriptedModel.Serve("Hello");
        var (status, body) = await Upload(server.Http, "x", "batch_output");
        Assert.Equal((HttpStatusCode.BadRequest, "purpose"), (status, Text(body.GetProperty("error"), "param")));
        using var form = new MultipartFormDataContent { { new StringContent("batch"), "purpose" } };
        using var answer = await server.Http.PostAsync("/v1/files", form);
        Assert.Equal("file", Text(Json(await answer.Content.ReadAsStringAsync()).GetProperty("error"), "param"));
        Assert.Equal("invalid_content_type", Text((await Post(server.Http, "/v1/files", "{}")).GetProperty("error"), "code"));
    }

    [Fact]
    public async Task ABatchAnswersEveryRequestOnce()
    {
        await using var server = await ScriptedModel.Serve("Hello world");
        var (_, file) = await Upload(server.Http, string.Join('\n', Enumerable.Range(0, 20).Select(i => Line(i, i == 7 ? "unknown" : "test"))));
        var batch = await Start(server.Http, Text(file, "id"));
        Assert.Equal(("batch", "validating", "1"), (Text(batch, "object"), Text(batch, "status"), Text(batch.GetProperty("metadata"), "night")));
        batch = await Until(server.Http, Text(batch, "id"), IsOver);
        Assert.Equal("completed", Text(batch, "status"));
        Assert.Equal("""{"total":20,"completed":19,"failed":1}""", batch.GetProperty("request_counts").GetRawText());
        Assert.True(batch.GetProperty("usage").GetProperty("output_tokens").GetInt64() >= 19);

        var output = (await server.Get($"/v1/files/{Text(batch, "output_file_id")}/content")).Body.TrimEnd().Split('\n').Select(Json).ToList();
        Assert.Equal(Enumerable.Range(0, 20).Where(i => i != 7).Select(i => $"r{i}"), output.Select(o => Text(o, "custom_id")));
        Assert.All(output, o => Assert.Equal("Hello world", Text(o.GetProperty("response").GetProperty("body").GetProperty("choices")[0].GetProperty("message"), "content")));
        Assert.All(output, o => Assert.StartsWith("req_", Text(o.GetProperty("response"), "request_id")));
        var error = Json((await server.Get($"/v1/files/{Text(batch, "error_file_id")}/content")).Body);
        Assert.Equal(("r7", 404), (Text(error, "custom_id"), error.GetProperty("response").GetProperty("status_code").GetInt32()));
        Assert.Equal(Text(batch, "id"), Text(Json((await server.Get("/v1/batches")).Body).GetProperty("data")[0], "id"));
    }

    [Fact]
    public async Task WrongLinesFailTheBatchBeforeAnythingRuns()
    {
        var model = new ScriptedModel("Hello");
        await using var server = await ApiServer.Start(model.Served);
        var (_, file) = await Upload(server.Http, string.Join('\n', Line(0), Line(0), "{", """{"custom_id":"a","method":"GET","url":"/v1/chat/completions","body":{}}""", """{"custom_id":"b","method":"POST","url":"/v1/completions","body":{}}"""));
        var batch = await Until(server.Http, Text(await Start(server.Http, Text(file, "id")), "id"), IsOver);
        Assert.Equal("failed", Text(batch, "status"));
        Assert.Equal([(2, "duplicate_custom_id"), (3, "invalid_json_line"), (4, "invalid_method"), (5, "mismatched_endpoint")],
            batch.GetProperty("errors").GetProperty("data").EnumerateArray().Select(e => (e.GetProperty("line").GetInt32(), Text(e, "code"))));
        Assert.Empty(model.Requests);
    }

    [Theory]
    [InlineData("""{"endpoint":"/v1/chat/completions","completion_window":"24h"}""", "input_file_id")]
    [InlineData("""{"input_file_id":"file-none","endpoint":"/v1/chat/completions","completion_window":"24h"}""", "input_file_id")]
    [InlineData("""{"input_file_id":"FILE","endpoint":"/v1/files","completion_window":"24h"}""", "endpoint")]
    [InlineData("""{"input_file_id":"FILE","endpoint":"/v1/chat/completions","completion_window":"1h"}""", "completion_window")]
    public async Task ABatchThatCanNotBeIsRefusedByField(string body, string param)
    {
        await using var server = await ScriptedModel.Serve("Hello");
        var (_, file) = await Upload(server.Http, Line(0));
        Assert.Equal(param, Text((await Post(server.Http, "/v1/batches", body.Replace("FILE", Text(file, "id")))).GetProperty("error"), "param"));
    }

    [Fact]
    public async Task ACancelledBatchKeepsWhatIsDoneAndNamesTheRest()
    {
        var model = new ScriptedModel(["Hello", "Hello", .. Enumerable.Repeat("Hello" + ScriptedModel.Endless, 100)]) { ContextLength = 1_000_000 };
        await using var server = await ApiServer.Start(model.Served);
        var (_, file) = await Upload(server.Http, string.Join('\n', Enumerable.Range(0, 8).Select(i => Line(i))));
        var id = Text(await Start(server.Http, Text(file, "id")), "id");
        await Until(server.Http, id, b => b.GetProperty("request_counts").GetProperty("completed").GetInt64() == 2);
        Assert.Equal("cancelling", Text(await Post(server.Http, $"/v1/batches/{id}/cancel", ""), "status"));
        var batch = await Until(server.Http, id, IsOver);
        Assert.Equal("cancelled", Text(batch, "status"));
        Assert.Equal(2, (await server.Get($"/v1/files/{Text(batch, "output_file_id")}/content")).Body.TrimEnd().Split('\n').Length);
        var rest = (await server.Get($"/v1/files/{Text(batch, "error_file_id")}/content")).Body.TrimEnd().Split('\n').Select(Json).ToList();
        Assert.Equal(6, rest.Count);
        Assert.All(rest, r => Assert.Equal("batch_cancelled", Text(r.GetProperty("error"), "code")));
        Assert.Equal("batch_not_cancellable", Text((await Post(server.Http, $"/v1/batches/{id}/cancel", "")).GetProperty("error"), "code"));
    }

    [Fact]
    public async Task ABatchGoesOnAfterARestart()
    {
        using var home = new TempFolder();
        var before = new ScriptedModel([.. Enumerable.Repeat("Hello", 5), .. Enumerable.Repeat("Hello" + ScriptedModel.Endless, 100)]) { ContextLength = 1_000_000 };
        string id;
        await using (var first = await Serve(home.Path, before))
        {
            var (_, file) = await Upload(first.Http, string.Join('\n', Enumerable.Range(0, 12).Select(i => Line(i))));
            id = Text(await Start(first.Http, Text(file, "id")), "id");
            await Until(first.Http, id, b => b.GetProperty("request_counts").GetProperty("completed").GetInt64() == 5);
        }
        var after = new ScriptedModel("Hello");
        await using var second = await Serve(home.Path, after);
        var batch = await Until(second.Http, id, IsOver);
        Assert.Equal("""{"total":12,"completed":12,"failed":0}""", batch.GetProperty("request_counts").GetRawText());
        var content = await second.Http.GetStringAsync($"/v1/files/{Text(batch, "output_file_id")}/content");
        Assert.Equal(Enumerable.Range(0, 12).Select(i => $"r{i}"), content.TrimEnd().Split('\n').Select(l => Text(Json(l), "custom_id")));
        Assert.Equal(7, after.Requests.Count);
    }

    sealed class Served(WebApplication app, Database store, HttpClient http) : IAsyncDisposable
    {
        public HttpClient Http => http;

        public async ValueTask DisposeAsync()
        {
            http.Dispose();
            await app.DisposeAsync();
            store.Dispose();
        }
    }

    static async Task<Served> Serve(string home, ScriptedModel model)
    {
        var store = Database.Open(home);
        var keys = new KeyStore(store);
        keys.EnsureFirst(ApiServer.Key);
        var models = new ModelRegistry();
        models.Add(model.Served);
        var app = MaisonServer.Build(new() { Store = store, Keys = keys, Models = models });
        await app.StartAsync();
        var http = new HttpClient { BaseAddress = new(app.Urls.Single()), Timeout = TimeSpan.FromSeconds(60) };
        http.DefaultRequestHeaders.Add("Authorization", "Bearer " + ApiServer.Key);
        return new(app, store, http);
    }
}
